"""Who is on duty, and why; who comes; what everybody served; what a change of a roster recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import UNSET, Struct, UnsetType

from incident.domain import clock, explain, explain_duty
from incident.domain.duty import Duty
from incident.domain.explain_time import promised
from incident.domain.facts import DutyAssigned, Mark, Piece, Rule
from incident.domain.say import Words, say
from incident.domain.tally import Tally
from incident.language import speak
from incident.service.handle import Outcome
from incident.service.past import Past
from incident.service.rota import FORESEEN, Rota, tally_until
from incident.views.as_of import AsOf, as_of
from incident.views.people import Holder, Persons, channels_of, name_of, named


class Watch(Struct, frozen=True, kw_only=True):
    """Somebody at a post for a time: a shift, or the piece of it that this person keeps."""

    #: Key of the roster.
    roster: str
    #: `lead`, or `officer.1`.
    post: str
    #: As of a holder of a seat.
    holder: str | None
    name: str | None
    channels: list[str]
    #: As holder of which seat, or as whose staff.
    seat: str | None
    since: str
    until: str
    #: Why it is this one; `why` says it in words.
    rule: Rule
    why: str
    #: What is wrong with it.
    marks: list[Mark]
    #: Entry that recorded it; null for what is foreseen.
    seq: int | None


class RosterNow(Struct, frozen=True, kw_only=True):
    """The shift of a roster that is on duty."""

    key: str
    #: In the language in force.
    name: str
    since: str
    until: str
    posts: list[Watch]


class DutyNow(Struct, frozen=True, kw_only=True):
    """Who is on duty at an instant."""

    #: Statistical code.
    jurisdiction: str
    at: str
    rosters: list[RosterNow]
    as_of: AsOf | UnsetType = UNSET


class Shifts(Struct, frozen=True, kw_only=True):
    """Shifts, one after the other."""

    shifts: list[Watch]


class Minutes(Struct, frozen=True, kw_only=True):
    """Minutes on duty, and those of them at night, on rest days and on public holidays."""

    hours: int
    night: int
    weekend: int
    holiday: int


class Served(Holder, frozen=True, kw_only=True):
    """What somebody served."""

    minutes: Minutes


class Fairness(Struct, frozen=True, kw_only=True):
    """What everybody served since an instant."""

    since: str
    served: list[Served]


class RosterChanged(Struct, frozen=True, kw_only=True):
    """What a change of a roster recorded."""

    seq: int
    #: In words.
    changes: list[str]
    repeated: bool


def duty(
    found: Rota, there: Mapping[str, Sequence[Duty]], at: int, past: Past | None, *, numbers: bool
) -> DutyNow:
    """Give who is on duty at an instant, roster by roster."""
    return DutyNow(
        jurisdiction=found.situation.jurisdiction,
        at=clock.stamp(at),
        rosters=[
            RosterNow(
                key=key,
                name=speak(promised(found.playbook, key)),
                since=clock.stamp(pieces[0].shift),
                until=clock.stamp(pieces[0].till),
                posts=[watch(found, one, numbers=numbers) for one in pieces],
            )
            for key, pieces in there.items()
        ],
        as_of=as_of(past),
    )


def shifts(found: Rota, pieces: Sequence[Duty], *, numbers: bool) -> Shifts:
    """Give pieces of duty, one after the other."""
    return Shifts(shifts=[watch(found, one, numbers=numbers) for one in pieces])


def watch(found: Rota, one: Duty, *, numbers: bool) -> Watch:
    """Give a piece of duty; addresses in full where `numbers` are asked for."""
    piece = one.piece
    return Watch(
        roster=one.roster,
        post=piece.post,
        holder=piece.holder,
        name=name_of(piece.holder, found.persons),
        channels=channels_of(piece.holder, found.persons, numbers=numbers),
        seat=piece.seat,
        since=clock.stamp(one.since),
        until=clock.stamp(one.until),
        rule=piece.rule,
        why=speak(why_of(found, piece)),
        marks=piece.marks,
        seq=None if one.seq == FORESEEN else one.seq,
    )


def served(found: Rota, until: int, roster: str | None = None) -> list[tuple[str, Tally]]:
    """Count what everybody served of a rota before an instant, of one roster or all; who did most first."""
    tallies: dict[str, Tally] = {}
    for one in found.pieces:
        holder = one.piece.holder
        if holder is not None and roster in (None, one.roster):
            tallies[holder] = tallies.get(holder, Tally()).plus(tally_until(found, one, until))
    return sorted(tallies.items(), key=lambda each: (-each[1].hours, each[0]))


def fairness(since: int, served: Sequence[tuple[str, Tally]], persons: Persons) -> Fairness:
    """Give what everybody served since an instant, without their addresses in full."""
    return Fairness(
        since=clock.stamp(since),
        served=[
            Served(
                holder=holder,
                name=name_of(holder, persons),
                channels=channels_of(holder, persons, numbers=False),
                minutes=Minutes(**counted._asdict()),
            )
            for holder, counted in served
        ],
    )


def changed(outcome: Outcome, persons: Persons) -> RosterChanged:
    """Give what a change of a roster recorded, and who is on duty by it."""
    return RosterChanged(
        seq=outcome.entry.seq,
        changes=[speak(line) for line in change_lines(outcome, persons)],
        repeated=outcome.repeated,
    )


def change_lines(outcome: Outcome, persons: Persons) -> list[Words]:
    """Say what a change of a roster recorded, with people by their names."""
    playbook = outcome.playbook
    return [
        explain_duty.assigned(playbook, fact, lambda holder: named(playbook, holder, persons))
        if isinstance(fact, DutyAssigned)
        else explain.fact(playbook, fact)
        for fact in outcome.entry.facts
    ]


def part(found: Rota, one: Duty) -> Words:
    """Say which part of its shift a piece is; nothing where it is the whole."""
    zone = found.case.zone
    since = "" if one.since == one.shift else say("from {at}", at=clock.minute(one.since, zone))
    until = "" if one.until == one.till else say("until {at}", at=clock.minute(one.until, zone))
    return [part for part in (since, until) if part != ""]


def marks(one: Duty) -> list[Words]:
    """Say what is wrong with a piece, or was."""
    return [explain_duty.MARKS[mark] for mark in one.piece.marks]


def why_of(found: Rota, piece: Piece) -> list[Words]:
    """Say why it is this person: by the rules, or by whom and why they were set."""
    first, *out = explain_duty.why(piece, lambda holder: named(found.playbook, holder, found.persons))
    order = None if piece.act is None else found.orders.get(piece.act)
    if order is None:
        return [first, *out]
    by: list[Words] = [] if order.by is None else [say("by {by}", by=order.by)]
    return [first, *by, *([] if order.why is None else [order.why]), *out]
