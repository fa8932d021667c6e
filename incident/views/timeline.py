"""The newest of what was recorded, for a glance; the whole of it is the history."""

from __future__ import annotations

from itertools import takewhile
from typing import Final

from msgspec import Struct

from incident.domain import clock, explain
from incident.domain.facts import RequestRefused
from incident.language import speak
from incident.service.opened import first_body, read_entry
from incident.service.ports import Reading

#: So many facts are shown, and so many of one entry before the rest is folded away.
MOST: Final = 20
#: Entries that are looked at for them.
_FAR: Final = 40


class Moment(Struct, frozen=True, kw_only=True):
    """One entry, with the facts it records."""

    seq: int
    #: When it was recorded.
    at: str
    #: From when it holds, where that is another instant.
    effective_at: str | None
    #: In words.
    facts: list[str]
    #: Whether something was refused.
    is_refusal: bool


def newest(tx: Reading, code: str, until: int, most: int = MOST) -> list[Moment]:
    """Give the last entries below number `until` whose bodies are kept, newest first.

    As many as hold some facts. Raises `JournalError` where the record cannot be read.
    """
    since = max(first_body(tx, code), until - _FAR)
    found: list[Moment] = []
    stored = takewhile(lambda one: one.seq < until, tx.entries(code, since=since))
    for one in reversed(list(stored)):
        if sum(len(moment.facts) for moment in found) >= most:
            break
        entry = read_entry(code, one)
        playbook = tx.playbook(code, entry.playbook)
        held = entry.effective_at
        found.append(
            Moment(
                seq=one.seq,
                at=clock.stamp(one.at),
                effective_at=None if held in (None, entry.at) else held,
                facts=[speak(explain.fact(playbook, fact)) for fact in entry.facts],
                is_refusal=any(isinstance(fact, RequestRefused) for fact in entry.facts),
            )
        )
    return found
