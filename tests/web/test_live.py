"""News: told to who wants them, soon, and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from incident.domain.errors import StoreAway
from incident.web.live import Live

T = TypeVar("T")


class Journals:
    """Journals that grow."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {"a": 1, "b": 1}
        self.is_away = False

    def look(self) -> Mapping[str, int] | None:
        if self.is_away:
            raise StoreAway(where="here")
        return dict(self.versions)


def in_a_loop(story: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a story in a loop of its own: that of the browser may run in this thread."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(lambda: asyncio.run(story())).result()


def told(live: Live, wants: str, grow: list[str], journals: Journals) -> list[set[str]]:
    """Give what one who wants one journal hears while some grow."""

    async def story() -> list[set[str]]:
        heard: list[set[str]] = []

        async def listen() -> None:
            heard.extend([news async for news in live.news(lambda code: code == wants, heartbeat=0.01)])

        listener = asyncio.create_task(listen())
        await live.turn()
        for code in grow:
            journals.versions[code] = journals.versions.get(code, 0) + 1
            await live.turn()
            for _ in range(10):  # let whoever waits hear it
                await asyncio.sleep(0)
        live.close()
        live._wake_all()
        await listener
        return [news for news in heard if news]

    return in_a_loop(story)


def test_who_wants_news_hears_them() -> None:
    journals = Journals()

    assert told(Live(journals.look, patience=1), "a", ["a", "a"], journals)[0] == {"a"}


def test_nobody_hears_of_what_is_not_wanted() -> None:
    journals = Journals()

    assert told(Live(journals.look, patience=1), "a", ["b"], journals) == []


def test_a_jurisdiction_that_is_new_is_news() -> None:
    journals = Journals()

    assert told(Live(journals.look, patience=1), "c", ["c"], journals) == [{"c"}]


def test_a_fault_of_ours_is_said_once_and_ends_nothing() -> None:
    said: list[str] = []

    def look() -> Mapping[str, int] | None:
        raise ZeroDivisionError("here")

    live = Live(look, patience=1, wrong=lambda error: said.append(str(error)))

    async def story() -> None:
        await live._try()
        await live._try()

    in_a_loop(story)
    assert said == ["here"]


def test_a_database_that_does_not_answer_ends_nothing() -> None:
    journals = Journals()
    live = Live(journals.look, patience=1)

    async def story() -> bool:
        await live.turn()
        journals.is_away = True
        await live.turn()
        journals.is_away = False
        journals.versions["a"] = 2
        rung: list[None] = []
        live.also(lambda: rung.append(None))
        await live.turn()
        return bool(rung)

    assert in_a_loop(story)


def test_who_listened_before_anything_was_known_is_woken_once_it_is() -> None:
    journals = Journals()
    journals.is_away = True
    live = Live(journals.look, patience=1)

    async def story() -> list[tuple[int | None, int | None]]:
        heard: list[tuple[int | None, int | None]] = []

        async def listen() -> None:
            async for news in live.news(lambda _code: True):
                assert not news
                heard.append((live.entries(None), live.entries("a")))

        await live.turn()
        listener = asyncio.create_task(listen())
        await asyncio.sleep(0)
        journals.is_away = False
        journals.versions["a"] = 7
        await live.turn()
        for _ in range(10):
            await asyncio.sleep(0)
        live.close()
        live._wake_all()
        await listener
        return heard

    assert in_a_loop(story) == [(None, None), (8, 7)]
    assert live.entries("unknown") == 0
