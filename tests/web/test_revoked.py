"""Whoever listens hears no more once a role, a session, a token or a user is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from incident.domain.errors import StoreAway
from incident.service import access, sessions, tokens, users
from incident.service.access import NOBODY
from incident.web import revoked
from incident.web.live import Live
from incident.web.pages.live import _events
from incident.web.revoked import Watch
from incident.web.security.asking import PLAIN_COOKIE
from tests.web.serving import PASSWORD, TOWN, Served
from tests.web.test_live import in_a_loop


def _end_sessions(served: Served, user: str) -> None:
    sessions.end_sessions(served.gate, sessions.sessions(served.gate, user), NOBODY)


#: What takes away that somebody may listen.
ENDINGS: dict[str, Callable[[Served, str], object]] = {
    "role": lambda served, _: users.revoke(served.gate, "auditor", "auditor", TOWN, NOBODY),
    "user": lambda served, _: users.disable(served.gate, "auditor", NOBODY),
    "session": _end_sessions,
    "password": lambda served, _: users.set_password(served.gate, "auditor", PASSWORD, NOBODY),
}


def request_of(served: Served, token: str | None = None) -> Any:
    """Give the request of somebody who listens, by a session or by a token."""
    handler = SimpleNamespace(opt={})
    return SimpleNamespace(
        headers={} if token is None else {"authorization": f"Bearer {token}"},
        query_params={},
        cookies={} if token else {PLAIN_COOKIE: served.session("auditor")},
        scope={"route_handler": handler, "scheme": "http"},
    )


def ended(
    served: Served,
    code: str | None,
    end: Callable[[], object],
    token: str | None = None,
    patience: float = 10.0,
) -> bool:
    """Let somebody listen, let something happen, let it be looked for once; tell whether they were let go."""
    site, doors = served.opened.site, served.opened.doors
    watch = Watch(partial(access.lessened, served.gate), doors.forget, site.live)

    async def story() -> bool:
        await site.live.turn()
        stream: AsyncIterator[Any] = _events(request_of(served, token), site, doors, code, None)
        for _ in range(2):  # that it listens, and what it may have missed
            await anext(stream)
        waits = asyncio.ensure_future(anext(stream, None))
        await asyncio.sleep(0)
        await watch.turn()
        end()
        await watch.turn()
        await asyncio.wait([waits], timeout=patience)
        if not waits.done():
            return not waits.cancel()
        said = waits.result()
        return said is not None and said.event == "changed" and await anext(stream, None) is None

    return in_a_loop(story)


@pytest.mark.parametrize("what", ENDINGS)
@pytest.mark.parametrize("code", [TOWN, None])
def test_who_listens_is_let_go_when_they_may_no_more(served: Served, what: str, code: str | None) -> None:
    users.revoke(served.gate, "auditor", "auditor", "330681112", NOBODY)
    with served.gate.identity.reading() as tx:
        user = users.find(tx, "auditor").id
    assert ended(served, code, lambda: ENDINGS[what](served, user))


def test_a_token_that_was_taken_back_hears_no_more(served: Served) -> None:
    plain = served.token("auditor", ["look"])
    (there,) = tokens.tokens(served.gate, "auditor")
    assert ended(served, TOWN, lambda: tokens.revoke(served.gate, there.id, NOBODY), plain)


def test_who_may_still_goes_on_listening_whatever_is_taken_from_others(served: Served) -> None:
    assert not ended(served, TOWN, lambda: users.disable(served.gate, "author", NOBODY), patience=0.2)
    assert not ended(
        served, TOWN, lambda: users.grant(served.gate, "auditor", "author", TOWN, NOBODY), patience=0.2
    )


def test_one_look_serves_everybody_and_only_what_lessens_wakes(served: Served) -> None:
    looks: list[int | None] = []
    forgotten: list[None] = []

    def look(known: int | None) -> tuple[int, bool]:
        looks.append(known)
        return access.lessened(served.gate, known)

    watch = Watch(look, lambda: forgotten.append(None), served.opened.site.live)

    async def story() -> None:
        for act in (
            lambda: None,
            lambda: access.note(served.gate, "read_personal", NOBODY),
            lambda: users.grant(served.gate, "author", "auditor", TOWN, NOBODY),
        ):
            act()
            await watch.turn()
        assert forgotten == []
        users.revoke(served.gate, "author", "auditor", TOWN, NOBODY)
        await watch.turn()
        await watch.turn()

    in_a_loop(story)
    assert len(forgotten) == 1
    (_nothing, first, *later) = looks
    assert first is not None
    assert later == [first + 1, first + 2, first + 3]


def test_what_happened_among_very_many_lines_is_not_missed(served: Served) -> None:
    newest, _ = access.lessened(served.gate, None)
    users.disable(served.gate, "author", NOBODY)
    for _ in range(120):
        access.note(served.gate, "read_personal", NOBODY)
    assert access.lessened(served.gate, newest) == (newest + 121, True)


def test_a_database_that_does_not_answer_ends_nothing_and_is_asked_again() -> None:
    answers: list[Any] = [(3, False), StoreAway(where="here"), (4, True)]
    forgotten: list[None] = []

    def look(known: int | None) -> tuple[int, bool]:
        assert known in (None, 3)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    watch = Watch(look, lambda: forgotten.append(None), Live(dict, patience=1))

    async def story() -> None:
        for _ in range(3):
            await watch.turn()

    in_a_loop(story)
    assert (answers, len(forgotten)) == ([], 1)


def test_a_fault_of_ours_is_said_once_and_ends_no_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revoked, "EVERY", 0)
    live = Live(dict, patience=1)
    said: list[Exception] = []
    looks: list[int | None] = []

    def look(known: int | None) -> tuple[int, bool]:
        looks.append(known)
        if len(looks) == 4:
            live.close()
            return 1, False
        raise ZeroDivisionError("no time")

    in_a_loop(Watch(look, lambda: None, live, wrong=said.append).run)
    assert (len(looks), [str(one) for one in said]) == (4, ["no time"])
