"""Parts of the page of duty: who is there and who comes, shifts, what was served, what is to be signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from incident.domain import clock, explain_duty, names, schedule
from incident.domain.duty import Duty
from incident.domain.explain_time import promised
from incident.domain.people import WHOEVER
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.tally import Tally
from incident.service.handover import Handover
from incident.service.rota import FORESEEN, Rota, on_duty
from incident.views.duty import marks, part, why_of
from incident.views.people import Persons, channels_of, named


class Post(NamedTuple):
    """Somebody at a post for a time."""

    roster: str
    post: str
    roster_name: Words
    post_name: Words
    #: Sign; nothing where nobody is there.
    sign: str
    who: Words
    #: As holder of which seat; nothing where that is not known.
    seat: Words
    #: How they are reached: in words, hidden in the middle unless in full, and the link that calls them.
    reached: list[tuple[str, str | None]]
    since: int
    until: int
    #: Which part of the shift it is, where it is not the whole.
    part: Words
    marks: list[Words]
    why: Words
    is_foreseen: bool
    #: Whether it can still be changed, and an instant in it by which it is named.
    can_change: bool
    named: str


class Watch(NamedTuple):
    """The shift of a roster that is on duty, and the one that follows."""

    name: Words
    shift: Words
    since: int
    until: int
    now: list[Post]
    next: list[Post]


class Side(NamedTuple):
    """One side of a handover."""

    words: Words
    who: list[Words]
    #: Who signed; nothing where nobody has.
    signed: Words


class Signing(NamedTuple):
    """A handover, and who has signed it."""

    roster: str
    name: Words
    at: int
    until: int
    #: By which it is named.
    named: str
    sides: list[Side]
    #: Somebody is still to sign.
    is_open: bool


class Served(NamedTuple):
    """What somebody served this year, in hours."""

    who: Words
    hours: str
    night: str
    weekend: str
    holiday: str


def nameless(found: Rota) -> Rota:
    """Give a rota without names, and without what people wrote who set others: signs remain."""
    return found._replace(persons={}, orders={})


def posts(found: Rota, pieces: Iterable[Duty], at: int, *, numbers: bool = False) -> list[Post]:
    """Give pieces of duty for a page, as they can be changed at an instant; with addresses in full or not."""
    return [_post(found, one, at, numbers=numbers) for one in pieces]


def watches(found: Rota, at: int, *, numbers: bool) -> list[Watch]:
    """Give who is on duty at an instant and who comes next, roster by roster."""
    there = on_duty(found, at)
    following = _following(found, at)
    return [
        _watch(found, key, there.get(key, ()), following.get(key, ()), at, numbers=numbers)
        for key in _keys(there, following)
    ]


def served(found: Rota, tallies: Iterable[tuple[str, Tally]]) -> list[Served]:
    """Give hours for a page."""
    return [
        Served(named(found.playbook, holder, found.persons), *(f"{minutes / 60:.1f}" for minutes in counted))
        for holder, counted in tallies
    ]


def signings(playbook: Playbook, persons: Persons, there: Iterable[Handover]) -> list[Signing]:
    """Give handovers for a page."""
    return [
        Signing(
            one.roster,
            promised(playbook, one.roster),
            one.at,
            one.until,
            clock.stamp(one.at),
            [
                _side(playbook, persons, say("hands over"), one.gave, one.signed.gave),
                _side(playbook, persons, say("takes over"), one.took, one.signed.took),
            ],
            bool(one.missing),
        )
        for one in there
    ]


def _side(playbook: Playbook, persons: Persons, words: Words, there: Iterable[str], by: str | None) -> Side:
    who = [called(playbook, ref, persons) for ref in there]
    return Side(words, who, "" if by is None else called(playbook, by, persons))


def called(playbook: Playbook, ref: str, persons: Persons) -> Words:
    """Say who is meant by a sign, or as whoever holds which seat."""
    if ref in persons or not ref.startswith(WHOEVER):
        return named(playbook, ref, persons)
    return names.name_of(playbook, ref.removeprefix(WHOEVER))


def _keys(*there: Iterable[str]) -> list[str]:
    return sorted({key for keys in there for key in keys})


def _following(found: Rota, at: int) -> dict[str, list[Duty]]:
    """Give the first shift of each roster that begins after an instant."""
    first: dict[str, list[Duty]] = {}
    for one in found.pieces:
        if one.shift > at:
            mine = first.setdefault(one.roster, [])
            if not mine or mine[0].shift == one.shift:
                mine.append(one)
    return first


def _watch(
    found: Rota, key: str, now: Sequence[Duty], following: Sequence[Duty], at: int, *, numbers: bool
) -> Watch:
    first = (now or following)[0]
    keeping = found.case.keepings.get(key)
    shift = None if keeping is None else schedule.shift_at(keeping.roster, first.shift, found.case.zone)
    return Watch(
        promised(found.playbook, key),
        "" if shift is None else shift.name,
        first.shift,
        first.till,
        posts(found, now, at, numbers=numbers),
        posts(found, following, at, numbers=numbers),
    )


def _post(found: Rota, one: Duty, at: int, *, numbers: bool) -> Post:
    piece, playbook = one.piece, found.playbook
    return Post(
        roster=one.roster,
        post=piece.post,
        roster_name=promised(playbook, one.roster),
        post_name=explain_duty.post(piece.post),
        sign=piece.holder or "",
        who=named(playbook, piece.holder, found.persons),
        seat="" if piece.seat is None else names.name_of(playbook, piece.seat, ("seat", "unit")),
        reached=[
            (words, _link(words) if numbers else None)
            for words in channels_of(piece.holder, found.persons, numbers=numbers)
        ],
        since=one.since,
        until=one.until,
        part=part(found, one),
        marks=[*marks(one)],
        why=why_of(found, piece),
        is_foreseen=one.seq == FORESEEN,
        can_change=one.until > at and one.roster in found.case.keepings,
        named=clock.stamp(max(one.since, at)),
    )


def _link(channel: str) -> str | None:
    """Give the link by which a telephone calls, or a letter is begun; none for other ways."""
    way, _colon, address = channel.partition(":")
    return {"sms": f"tel:{address}", "tel": f"tel:{address}", "mail": f"mailto:{address}"}.get(way)
