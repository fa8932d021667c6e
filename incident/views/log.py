"""The sheet of a shift: who kept it, what was noted and what was done (fields of ICS 214)."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from incident.domain import clock, explain, explain_duty
from incident.domain.explain_time import lateness
from incident.domain.facts import LogNoted
from incident.domain.say import Words, say
from incident.language import speak
from incident.service.log import Line, Sheet
from incident.views.people import Persons, name_of

#: What a note says, each sealed by itself.
Part = Literal["who", "said", "done"]


class Resource(Struct, frozen=True, kw_only=True):
    """Somebody who kept the shift."""

    post: str
    #: Sign; `@` and a seat or unit where nobody is named; null where the post was empty.
    holder: str | None
    name: str | None
    since: str
    until: str


class Activity(Struct, frozen=True, kw_only=True):
    """A note, or what was recorded of another act."""

    #: When it happened.
    at: str
    #: Its entry.
    seq: int
    #: Minutes by which it was noted after it happened.
    late: int
    text: str
    #: Of a note alone, the words as they were written; null: none, or erased.
    who: str | UnsetType | None = UNSET
    said: str | UnsetType | None = UNSET
    done: str | UnsetType | None = UNSET


class DutySheet(Struct, frozen=True, kw_only=True):
    """The sheet of a shift."""

    #: Statistical code.
    jurisdiction: str
    #: Key of the roster.
    roster: str
    since: str
    until: str
    resources: list[Resource]
    activities: list[Activity]


def sheet(found: Sheet, persons: Persons) -> DutySheet:
    """Give the sheet of a shift."""
    first = found.pieces[0]
    return DutySheet(
        jurisdiction=found.situation.jurisdiction,
        roster=first.roster,
        since=clock.stamp(first.shift),
        until=clock.stamp(first.till),
        resources=[
            Resource(
                post=one.piece.post,
                holder=one.piece.holder,
                name=name_of(one.piece.holder, persons),
                since=clock.stamp(one.since),
                until=clock.stamp(one.until),
            )
            for one in found.pieces
        ],
        activities=[_activity(found, line) for line in found.lines],
    )


def _activity(found: Sheet, line: Line) -> Activity:
    is_note = isinstance(line.fact, LogNoted)
    return Activity(
        at=clock.stamp(line.at),
        seq=line.entry.seq,
        late=line.fact.late if isinstance(line.fact, LogNoted) else 0,
        text=speak(in_words(found, line)),
        who=part(line, "who") if is_note else UNSET,
        said=part(line, "said") if is_note else UNSET,
        done=part(line, "done") if is_note else UNSET,
    )


def in_words(found: Sheet, line: Line) -> Words:
    """Say what was noted, as far as it is not erased, or what was recorded of another act."""
    if not isinstance(line.fact, LogNoted):
        more = len(line.entry.facts) - 1
        what = explain.fact(found.playbook, line.fact)
        return say("{what}; and {n} more: incident history", what=what, n=more) if more else what
    who, done = part(line, "who"), part(line, "done")
    parts: list[Words] = [explain_duty.WAYS[line.fact.way]]
    if who:
        parts.append(who)
    parts.append(part(line, "said") or say("erased"))
    if done:
        parts.append(say("done: {what}", what=done))
    if line.fact.late:
        parts.append(say("LATE: noted {late} afterwards", late=lateness(line.fact.late)))
    return parts


def part(line: Line, name: Part) -> str | None:
    """Give the words of a note as they were written; none where there are none, or they are erased."""
    return line.disclosed.get(f"data.{name}")
