"""Several servers on one PostgreSQL, and many requests to one: what everybody waits for comes."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing
from threading import Event

from anyio import to_thread

from incident import bootstrap
from incident.cli.serving import Opened, open_site
from incident.domain.identity import SignedIn
from incident.service import log
from incident.service.adopt import adopt
from incident.service.log import Note
from incident.service.who import Origin, Who
from incident.testing import fixed_chance
from incident.web.security.asking import Known
from incident.web.threads import looked
from tests.playbooks import BAISHI, CODE, NIGHT
from tests.web.test_live import in_a_loop

#: Seconds in which news have to come: below those after which a server that is deaf looks by itself.
SOON = 20.0


def server(url: str, stack: ExitStack) -> Opened:
    """Open a site as `incident serve` does, which hears of what others record."""
    workplace = stack.enter_context(closing(bootstrap.Workplace(url, may_create=True)))
    opened = open_site(workplace, lambda *_words, **_more: None)
    listener = workplace.listener(opened.site.live.ring, lambda _error: None)
    assert listener is not None
    listener.start()
    stack.callback(listener.stop)
    return opened


def test_what_is_recorded_at_one_server_is_news_at_another(postgres_url: str) -> None:
    with ExitStack() as stack:
        one, other = server(postgres_url, stack), server(postgres_url, stack)
        store, who = one.site.store, Who(by="a test")
        adopt(store, BAISHI, who, now=lambda: NIGHT, chance=fixed_chance)

        def write(name: str) -> None:
            # nothing is promised by it: the worker need not be told, whoever looks has to be
            note, origin = Note("note", "桥已封", None, None, None, None), Origin(who, "test", name)
            log.add(store, CODE, note, origin=origin, now=lambda: NIGHT, chance=fixed_chance)

        async def story() -> list[set[str]]:
            live = other.site.live
            await live.turn()
            running, news = asyncio.create_task(live.run()), live.news(lambda code: code == CODE)
            found = [await anext(news)]
            for name in ("first", "second"):  # by then it only waits to hear of it
                await asyncio.to_thread(write, name)
                found.append(await asyncio.wait_for(anext(news), SOON))
            live.close()
            await running
            return found

        assert in_a_loop(story) == [set(), {CODE}, {CODE}]


def test_who_asks_is_found_although_all_requests_wait_for_a_lock() -> None:
    async def story() -> str:
        to_thread.current_default_thread_limiter().total_tokens = 1
        is_free = Event()
        stuck = asyncio.create_task(to_thread.run_sync(is_free.wait))
        await asyncio.sleep(0)
        found = await asyncio.wait_for(looked(str.upper, "somebody"), SOON)
        is_free.set()
        await stuck
        return found

    assert in_a_loop(story) == "SOMEBODY"


def test_who_somebody_is_is_asked_again_after_as_long_as_it_is_believed() -> None:
    asked, at = list[str](), [100.0]

    def look(secret: str) -> SignedIn | None:
        asked.append(secret)
        return None

    async def story() -> list[int]:
        known, counts = Known(look, lambda: at[0]), list[int]()
        for seconds, believed in ((0.0, 1.0), (0.9, 1.0), (1.1, 5.0), (0.0, 1.0), (5.1, 5.0)):
            at[0] += seconds
            await known.who("s", believed)
            counts.append(len(asked))
        known.forget()
        await known.who("s", 5.0)
        return [*counts, len(asked)]

    assert in_a_loop(story) == [1, 1, 1, 2, 3, 4]


def test_what_was_seen_before_it_was_forgotten_is_not_believed_after_it() -> None:
    asked, seen, is_free = list[str](), Event(), Event()

    def look(secret: str) -> SignedIn | None:
        asked.append(secret)
        seen.set()
        assert is_free.wait(SOON)
        return None

    async def story() -> list[int]:
        known, counts = Known(look, lambda: 100.0), list[int]()
        looking = asyncio.create_task(known.who("s"))
        await to_thread.run_sync(seen.wait)
        known.forget()  # the session was ended while somebody looked
        is_free.set()
        await looking
        for _ in range(2):
            await known.who("s")
            counts.append(len(asked))
        return counts

    assert in_a_loop(story) == [2, 2]
