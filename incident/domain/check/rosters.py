"""Rule of rosters: round the clock needs more than one.

P305  a roster kept by nobody, or by one person alone

Only a pool that the playbook closes counts: units bring their staff, `open` and `reinforced` lists go on,
and a class of people or a rule by whom members are represented names more than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from incident.domain import names
from incident.domain.check.counts import listed
from incident.domain.check.report import error
from incident.domain.organisation import Body, Group, Seat
from incident.domain.playbook import Playbook, State
from incident.domain.problem import Problem
from incident.domain.say import say

TITLES = {"P305": say("a roster that cannot be covered")}

#: As many as anybody asks for.
_MANY = 1_000_000


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find rosters that cannot cover their hours from their pool."""
    for name, state in playbook.states.items():
        for key, roster in state.rosters.items():
            people = [_pool(playbook, state, one) for one in names.find(playbook, roster.of)]
            if people and max(people) <= 1:
                yield error(
                    "P305",
                    ("states", name, "rosters", key, "of"),
                    expected=say("a pool of at least two people for {pattern} duty", pattern=roster.pattern),
                    found=say("`{ref}` has one person", ref=roster.of)
                    if max(people)
                    else say("`{ref}` has no seats and no units", ref=roster.of),
                    do=say("let a body, group or unit with more people keep it, or list its members"),
                )


def _pool(playbook: Playbook, state: State, one: names.Named) -> int:
    """Count the people known to be in a pool."""
    first, _, rest = one.key.partition(".")
    body = playbook.bodies.get(first) or playbook.subordinate_bodies.get(first)
    group = playbook.groups.get(first)
    match one.kind:
        case "seat":
            seat = _seat(body, group, rest)
            return _MANY if seat is None else _people([seat])
        case "body" if body is not None:
            return _of_body(body)
        case "office" if body is not None and body.office is not None:
            return _of_office(body)
        case "group" if group is not None:
            standing = state.groups.get(first)
            if standing is not None and (standing.reinforced or standing.led_by):
                return _MANY
            return (
                _MANY
                if group.open or group.units or group.lead_unit or group.host_unit
                else _people(group.seats.values())
            )
    return _MANY


def _of_body(body: Body) -> int:
    if body.open or body.units or body.members is not None:
        return _MANY
    return _people(body.seats.values()) + _of_office(body)


def _of_office(body: Body) -> int:
    office = body.office
    if office is None:
        return 0
    if office.units or office.host_unit or office.members is not None:
        return _MANY
    return _people(office.seats.values())


def _seat(body: Body | None, group: Group | None, rest: str) -> Seat | None:
    if body is not None and rest.startswith("office."):
        return body.office.seats.get(rest.removeprefix("office.")) if body.office is not None else None
    owner = body or group
    return owner.seats.get(rest) if owner is not None else None


def _people(seats: Iterable[Seat]) -> int:
    """Count different people; a post or holder in two seats is one person."""
    known: set[str] = set()
    unnamed = 0
    for seat in seats:
        if seat.everyone or seat.people is not None or (seat.by_name and seat.count is None):
            return _MANY
        known |= {post.name.zh for post in seat.posts} | set(seat.holders)
        unnamed += sum(post.count - 1 for post in seat.posts if post.count is not None)
        unnamed += max(0, (seat.count or 1) - listed(seat))
    return len(known) + unnamed
