"""All jurisdictions at one look: where each stands, what is late there, who is not reached, who lags behind.

    places and their outlines → how they stand below each other → what is open there → one `Glance` each

A fixed number of questions however many there are, and nothing here writes. What a look before this one found
is made use of: whatever stands as it stood is not made anew, so that a look costs little more than its
questions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from incident.domain.identity import SignedIn
from incident.domain.permission import EVERYWHERE, roots
from incident.service.glance import UNKNOWN, Glance
from incident.service.outlines import Outline, Outlines
from incident.service.paths import paths
from incident.service.ports import Reading
from incident.service.survey import Place, Places
from incident.service.unsettled import Counts, counted

_NOTHING: Final[Mapping[str, Any]] = {}


class Order(NamedTuple):
    """How jurisdictions stand below each other, by the plans they are under."""

    #: Playbook of each by code, and codes of those whose row cannot be read.
    plans: Mapping[str, str]
    unreadable: list[str]
    #: Outlines by playbook.
    known: Mapping[str, Outline]
    #: Code and superiors of each, the nearest first.
    above: Mapping[str, tuple[str, ...]]
    #: How many superiors of each are there, by code, each after its superior.
    depths: Mapping[str, int]


class _Made(NamedTuple):
    """What a glance was made of."""

    place: Place
    counts: Mapping[str, Any]
    glance: Glance


class Whole(NamedTuple):
    """All jurisdictions at an instant."""

    at: int
    #: Entries in all journals together: whatever is recorded makes it grow.
    entries: int
    #: Each after its superior.
    glances: list[Glance]
    order: Order
    made: Mapping[str, _Made]

    def below(self, roots: Collection[str], within: str = EVERYWHERE) -> list[Glance]:
        """Give those alone that lie below some codes (`EVERYWHERE`: all there are), each after its superior.

        `within` leaves of these those that lie below one code more, as the root of a token does.
        """
        if EVERYWHERE in roots and within == EVERYWHERE:
            return self.glances
        above = self.order.above
        shown = {code: None for code in above if _is_below(above[code], roots, within)}
        there = [one for one in self.glances if one.code in shown]
        depths = [sum(code in shown for code in above[one.code]) - 1 for one in there]
        pairs = zip(there, depths, strict=True)
        return [one if one.depth == depth else replace(one, depth=depth) for one, depth in pairs]


def within_reach(person: SignedIn, seen: Whole) -> list[Glance]:
    """Give of all jurisdictions those at which a person may look, each after its superior."""
    within = EVERYWHERE if person.token is None else person.token.root
    if person.token is not None and "look" not in person.token.scopes:
        return []
    return seen.below(roots(person.grants, "look"), within)


def _is_below(path: Collection[str], roots: Collection[str], within: str) -> bool:
    is_there = EVERYWHERE in roots or any(code in roots for code in path)
    return is_there and (within == EVERYWHERE or within in path)


def look(tx: Reading, at: int, outlines: Outlines, before: Whole | None = None) -> Whole:
    """Look at all jurisdictions at an instant; `before` is an earlier look."""
    entries, there = tx.entries_of_all(), tx.places()
    order = _ordered(tx, there, outlines, None if before is None else before.order)
    counts = counted(tx, there.read, order.known, at)
    for code, superior in _behind(there.read, order):
        counts[code]["behind"] = superior
        counts[superior]["laggards"] = counts[superior].get("laggards", 0) + 1
    # a glance tells how deep it stands
    made = before.made if before is not None and before.order is order else {}
    made = {one.code: _glance(one, order, counts, made.get(one.code)) for one in there.read}
    glances = [
        made[code].glance if code in made else Glance(code=code, depth=depth, is_readable=False)
        for code, depth in order.depths.items()
    ]
    return Whole(at, entries, glances, order, made)


def _ordered(tx: Reading, there: Places, outlines: Outlines, before: Order | None) -> Order:
    plans = {one.code: one.playbook for one in there.read}
    if before is not None and (before.plans, before.unreadable) == (plans, there.unreadable):
        return before
    known = outlines.of(tx, [*plans.items()])
    parents = {code: _parent(known, name) for code, name in plans.items()} | dict.fromkeys(there.unreadable)
    above = paths(parents)
    codes = sorted(above, key=lambda code: above[code][::-1])
    depths = {code: sum(one in above for one in above[code]) - 1 for code in codes}
    return Order(plans, there.unreadable, known, above, depths)


def _parent(known: Mapping[str, Outline], playbook: str) -> str | None:
    outline = known.get(playbook)
    return None if outline is None else outline.parent


def _glance(one: Place, order: Order, counts: Counts, before: _Made | None) -> _Made:
    open_there = counts.get(one.code, _NOTHING)
    if before is not None and before.place == one and before.counts == open_there:
        return before
    outline = order.known.get(one.playbook)
    known: dict[str, Any] = {"is_readable": False}
    if outline is not None:
        states = outline.states
        known = {"name": outline.name, "level": outline.level, "parent": outline.parent}
        known["state_name"] = states.names.get(one.state)
        known["grave"] = states.grave.get(one.state, UNKNOWN)
    glance = Glance(
        code=one.code,
        depth=order.depths[one.code],
        playbook=one.name,
        playbook_hash=one.playbook,
        zone=one.zone,
        state=one.state,
        since=one.since,
        incident=one.incident,
        planned_end=one.planned_end,
        confirm_by=one.confirm_by,
        version=one.version,
        signed_at=one.signed_at,
        **{**open_there, **known},
    )
    return _Made(one, open_there, glance)


def _behind(places: Iterable[Place], order: Order) -> Iterator[tuple[str, str]]:
    """Give (code, superior) of those that have not moved since a superior left its initial state."""
    calm, moved = list[Place](), dict[str, int]()
    for one in places:
        outline = order.known.get(one.playbook)
        if outline is None:
            continue
        if one.state == outline.states.initial:
            calm.append(one)
        else:
            moved[one.code] = one.since
    for one in calm if moved else ():
        led_by = next(
            (code for code in order.above[one.code] if moved.get(code, one.since) > one.since), None
        )
        if led_by is not None:
            yield one.code, led_by
