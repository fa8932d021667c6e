"""Who holds which seat and who is away, by opaque holders; where the people of a roster come from.

What is known of people stands beside the posture, as items of three kinds that people's acts start, change
and end: a `tenure` (a holder has a seat), a `leave` (a holder is away), a `pin` (a person was set for a post
by hand). None of them names anybody: a holder is a sign such as `P9`.

* As soon as the directory names anybody for a seat or unit, it alone says who holds that, from then on.
* Before, the holders that the paper itself gives stand in (`P2`); a seat it gives none for stands for whoever
  holds it, written `@command.leader`; a unit, a class or a seat without a number stands for many people.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import msgspec
from msgspec import Struct

from incident.domain import clock, names
from incident.domain.effects import SUPERIOR
from incident.domain.facts import Plain
from incident.domain.memo import by_identity
from incident.domain.organisation import Seat
from incident.domain.playbook import DIRECTORY, Playbook, Roster
from incident.domain.situation import Standing
from incident.domain.stretch import joined, without

TENURE: Final = "tenure"
LEAVE: Final = "leave"
PIN: Final = "pin"
#: Kinds of items that are about people and belong to no playbook.
KINDS: Final = (TENURE, LEAVE, PIN)
#: What may stand for a person: never a name, a telephone or an identity number.
HOLDER: Final = re.compile(r"[A-Z]{1,4}-?[0-9]{1,6}")
#: How a stand-in for whoever holds a seat begins.
WHOEVER: Final = "@"
#: Later than any instant of a record.
FOREVER: Final = 2**62

#: Why somebody is away.
Away = Literal["leave", "sick", "travel", "other"]
#: By which act a person was set.
Set = Literal["override", "swap", "cover"]


class Tenure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A holder has a seat, from `since` to before `until`."""

    #: Seat (`command.leader`) or unit whose staff it is.
    seat: str
    holder: str
    since: str
    until: str | None = None


class Leave(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A holder is away and comes on no duty."""

    holder: str
    since: str
    until: str | None = None
    why: Away = "leave"


class Pin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody decided that this holder keeps this post, whatever the rotation says."""

    roster: str
    #: `lead`, or `officer.1`.
    post: str
    holder: str
    since: str
    until: str
    how: Set = "override"
    #: Whoever is set is told.
    tell: bool = False


class Person(NamedTuple):
    """Who a holder is. Personal data: never in an entry or a log."""

    #: Opaque sign.
    holder: str
    name: str | None
    #: Addresses, `mail:a@b.cn`; what comes first is tried first.
    channels: tuple[str, ...] = ()
    #: Was known once; the sign is never given to anybody else.
    is_erased: bool = False


class Span(NamedTuple):
    """Somebody who can be on duty, as holder of a seat, from `since` to before `until`."""

    holder: str
    seat: str
    since: int
    until: int
    #: Stands for many people, so that it can be at several posts.
    is_many: bool = False


class Absence(NamedTuple):
    """A time in which somebody is away."""

    since: int
    until: int


class Pinned(NamedTuple):
    """A pin, by instants."""

    #: Entry by which it stands: the newest of several counts.
    order: int
    pin: Pin
    since: int
    until: int


class People(NamedTuple):
    """All that is known of the people of a jurisdiction."""

    #: By seat or unit, in order of time.
    tenures: dict[str, list[tuple[str, Tenure]]]
    #: By holder, in order of time.
    leaves: dict[str, list[Absence]]
    #: By holder, in order of time.
    pins: dict[str, list[Pinned]]


@by_identity
def _tenure(item: Plain) -> Tenure:
    return msgspec.convert(item, Tenure)


@by_identity
def _leave(item: Plain) -> Leave:
    return msgspec.convert(item, Leave)


@by_identity
def _pin(item: Plain) -> Pin:
    return msgspec.convert(item, Pin)


def people_of(standing: Standing) -> People:
    """Read what stands about people. Raises `msgspec.ValidationError` or `ValueError`."""
    people = People(defaultdict(list), defaultdict(list), defaultdict(list))
    for (kind, key), stood in sorted(standing.items()):
        match kind:
            case "tenure":
                tenure = _tenure(stood.item)
                people.tenures[tenure.seat].append((key, tenure))
            case "leave":
                leave = _leave(stood.item)
                people.leaves[leave.holder].append(Absence(*bounds(leave.since, leave.until)))
            case "pin":
                pin = _pin(stood.item)
                people.pins[pin.holder].append(Pinned(stood.since, pin, *bounds(pin.since, pin.until)))
    for tenures in people.tenures.values():
        tenures.sort(key=lambda one: (one[1].since, one[0]))
    for leaves in people.leaves.values():
        leaves.sort()
    for pins in people.pins.values():
        pins.sort(key=lambda one: (one.since, one.order))
    return people


def bounds(since: str, until: str | None) -> tuple[int, int]:
    """Give the instants of a time that may have no end."""
    return clock.read_stamp(since), FOREVER if until is None else clock.read_stamp(until)


def holders(playbook: Playbook, people: People, ref: str, at: int) -> list[Span]:
    """List who holds a seat at an instant, or whom a unit, body or group has."""
    if ref == SUPERIOR:
        return in_directory(people, ref, at)
    found = spans(playbook, people, [ref])
    return [one for one in found if one.since <= at < one.until]


def spans(playbook: Playbook, people: People, refs: Iterable[str]) -> list[Span]:
    """List who can come from some seats, units, bodies or groups, in their order.

    While anybody is there who is known by a sign, those who stand for many are left out.
    """
    found = [span for ref in refs for span in _of_ref(playbook, people, ref)]
    one_by_one = [span for span in found if not span.is_many]
    known = joined((span.since, span.until) for span in one_by_one)
    many = dict.fromkeys(span for span in found if span.is_many)
    left = (
        span._replace(since=since, until=until)
        for span in many
        for since, until in without((span.since, span.until), known)
    )
    return [*one_by_one, *left]


def lead_of(playbook: Playbook, roster: Roster) -> list[str]:
    """Name the seats from which the leader on duty comes: those of whom keeps the roster, unless it says."""
    if roster.lead is not None:
        return roster.lead
    return [key for key, _ in seats_of(playbook, roster.of)]


def pool_of(playbook: Playbook, roster: Roster) -> list[str]:
    """Name the units from which the officers on duty come: those of whom keeps the roster, unless it says."""
    return units_of(playbook, roster.of) if roster.pool is None else roster.pool


def seats_of(playbook: Playbook, ref: str) -> list[tuple[str, Seat]]:
    """Give the seats that a reference means: itself, or all of a body, office or group."""
    for one in names.find(playbook, ref, ("body", "office", "group", "seat")):
        return [(key, seat) for key, seat in _all_seats(playbook).items() if _belongs(key, one)]
    return []


def units_of(playbook: Playbook, ref: str) -> list[str]:
    """Give the units that a reference means: itself, or those that bring their staff to it."""
    for one in names.find(playbook, ref, ("body", "office", "group", "unit")):
        first = one.key.partition(".")[0]
        body = playbook.bodies.get(first) or playbook.subordinate_bodies.get(first)
        match one.kind:
            case "unit":
                return [one.key]
            case "group":
                group = playbook.groups[one.key]
                units = [group.lead_unit, group.host_unit, *group.units]
            case "office" if body is not None and body.office is not None:
                units = [body.office.host_unit, *body.office.units]
            case _:
                units = [] if body is None else [*body.units]
        known = (names.find(playbook, unit, ("unit",)) for unit in units if unit is not None)
        return list(dict.fromkeys(found[0].key for found in known if found))
    return []


@by_identity
def _all_seats(playbook: Playbook) -> dict[str, Seat]:
    """Give all seats by key, in the playbook's order."""
    found: dict[str, Seat] = {}
    for key, body in [*playbook.bodies.items(), *playbook.subordinate_bodies.items()]:
        found |= {f"{key}.{name}": seat for name, seat in body.seats.items()}
        if body.office is not None:
            found |= {f"{key}.office.{name}": seat for name, seat in body.office.seats.items()}
    for key, group in playbook.groups.items():
        found |= {f"{key}.{name}": seat for name, seat in group.seats.items()}
    return found


def seat_of(playbook: Playbook, key: str) -> Seat | None:
    """Give a seat by its key."""
    return _all_seats(playbook).get(key)


def _belongs(key: str, one: names.Named) -> bool:
    return key == one.key if one.kind == "seat" else key.rpartition(".")[0] == one.key


def _of_ref(playbook: Playbook, people: People, ref: str) -> Iterator[Span]:
    if ref == DIRECTORY:
        for named in sorted(people.tenures):
            if named != SUPERIOR:
                yield from _in_directory(people, named)
        return
    for key, seat in seats_of(playbook, ref):
        yield from _of_seat(playbook, people, key, seat)
    for unit in units_of(playbook, ref):
        staff = _in_directory(people, unit)
        yield from _since_named(staff, [Span(WHOEVER + unit, unit, 0, FOREVER, is_many=True)])


def _of_seat(playbook: Playbook, people: People, key: str, seat: Seat) -> Iterator[Span]:
    before = [*_on_paper(key, seat)]
    if seat.people is not None and (names.find(playbook, seat.people.zh, ("unit",))):
        staff = [span for unit in units_of(playbook, seat.people.zh) for span in _in_directory(people, unit)]
        before = [*_since_named(staff, before)]
    yield from _since_named(_in_directory(people, key), before)


def _since_named(named: Sequence[Span], before: Sequence[Span]) -> Iterator[Span]:
    """Let the directory speak from its first tenure on, and what was known without it before."""
    first = min((span.since for span in named), default=FOREVER)
    for span in before:
        if span.since < first:
            yield span._replace(until=min(span.until, first))
    yield from named


def in_directory(people: People, seat: str, at: int) -> list[Span]:
    """List whom the directory names for a seat at an instant."""
    return [one for one in _in_directory(people, seat) if one.since <= at < one.until]


def _in_directory(people: People, seat: str) -> list[Span]:
    return [
        Span(tenure.holder, seat, *bounds(tenure.since, tenure.until))
        for _key, tenure in people.tenures.get(seat, ())
    ]


def _on_paper(key: str, seat: Seat) -> Iterator[Span]:
    """Give who holds a seat by the paper alone."""
    if seat.holders:
        for holder in seat.holders:
            yield Span(holder, key, 0, FOREVER)
        return
    number = seat.count or sum(post.count or 1 for post in seat.posts)
    if seat.everyone or not number:
        yield Span(WHOEVER + key, key, 0, FOREVER, is_many=seat.everyone or seat.people is not None)
        return
    for n in range(1, number + 1):
        yield Span(f"{WHOEVER}{key}" + (f"/{n}" if number > 1 else ""), key, 0, FOREVER)


def is_known(playbook: Playbook, people: People, holder: str) -> bool:
    """Tell whether the directory or the paper gives a seat to a holder, now or at another time."""
    tenures = (tenure for there in people.tenures.values() for _key, tenure in there)
    on_paper = (one for seat in _all_seats(playbook).values() for one in seat.holders)
    return holder in on_paper or any(tenure.holder == holder for tenure in tenures)


def is_named(holder: str) -> bool:
    """Tell whether a holder is one person's sign, and no stand-in for whoever holds a seat."""
    return not holder.startswith(WHOEVER)


def away(people: People, holder: str, at: int) -> int | None:
    """Give the instant until which somebody who is away at an instant is away; None: is there."""
    until = [one.until for one in people.leaves.get(holder, ()) if one.since <= at < one.until]
    return max(until, default=None)


def next_away(people: People, holder: str, at: int) -> int:
    """Give the instant after `at` from which somebody is away."""
    return min((one.since for one in people.leaves.get(holder, ()) if one.since > at), default=FOREVER)
