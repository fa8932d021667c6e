"""What can be asked: which jurisdiction is meant, what a step would do, where one stands.

Nothing here writes. A record that cannot be read is no answer: `JournalError`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from incident.domain.decision import Decision, decide
from incident.domain.errors import RequestError
from incident.domain.explain_time import promised
from incident.domain.names import folded
from incident.domain.playbook import Playbook
from incident.domain.request import Request
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Standing
from incident.service.handle import adopted
from incident.service.past import Past
from incident.service.ports import Clock, Reading
from incident.service.words import must_be_plain, must_be_whole

#: How many jurisdictions an error lists; a nation has thousands.
_SOME: Final = 12


class Status(Struct, frozen=True, kw_only=True):
    """Where a jurisdiction stands."""

    situation: Situation
    playbook: Playbook
    standing: Standing


def find_jurisdiction(tx: Reading, words: str) -> str:
    """Give the code of the jurisdiction meant by code or playbook name. Raises `RequestError`."""
    must_be_whole(words)
    must_be_plain(say("jurisdiction"), words, is_line=True)
    found = tx.named(words)
    if found is not None or tx.log(words) is not None:
        return found or words
    codes = tx.codes()
    for code, _name in codes:
        place = present(tx, code)[1].jurisdiction.name
        if words in (place.zh, place.en):
            return code
    names = [name for _, name in codes]
    near = difflib.get_close_matches(words, names, n=1)
    some: list[Words] = [f"{name} {code}" for code, name in codes[:_SOME]]
    if len(codes) > _SOME:
        some.append(say("{n} more", n=len(codes) - _SOME))
    expected: Words = some or say("none is adopted yet")
    raise RequestError(
        where=say("jurisdiction"),
        expected=expected,
        found=f"`{words}`",
        do=say("did you mean `{name}`?", name=near[0]) if near else say("run: incident adopt PLAYBOOK"),
    )


def find_roster(playbook: Playbook, there: Iterable[str], words: str, nothing: Words) -> str:
    """Give the key of that one of some rosters which is meant by key or name, in either language.

    Raises `RequestError`, which says `nothing` where there are none.
    """
    called = {key: promised(playbook, key) for key in sorted({*there})}
    for key, name in called.items():
        if folded(words) in (folded(key), folded(name.zh), folded(name.en)):
            return key
    raise RequestError(
        where=say("roster"),
        expected=[say("{key} ({name})", key=key, name=name) for key, name in called.items()] or nothing,
        found=f"`{words}`",
        do=say("choose one of those") if called else say("look: incident duty"),
    )


def present(tx: Reading, code: str) -> tuple[Situation, Playbook]:
    """Give a jurisdiction's situation and the playbook that governs it. Raises `RequestError`."""
    situation = adopted(tx, code).situation
    return situation, tx.playbook(code, situation.playbook)


def preview(tx: Reading, code: str, request: Request, *, now: Clock) -> Decision:
    """Say what a request would do now. Raises `RequestError`."""
    situation, playbook = present(tx, code)
    return decide(playbook, situation, request, now())


def status(tx: Reading, code: str, past: Past | None = None) -> Status:
    """Say where a jurisdiction stands, or stood in the past. Raises `RequestError`."""
    if past is not None:
        return Status(situation=past.situation, playbook=past.playbook, standing=past.standing)
    situation, playbook = present(tx, code)
    return Status(situation=situation, playbook=playbook, standing=tx.standing(code))
