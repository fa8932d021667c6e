"""Rules of numbers the paper itself gives. All are warnings: the paper is what it is, its reader has to know.

P401  a body announces another number of groups than there are
P402  the numbers of a list of duties leave one out
P403  one person holds seats in several groups of one task force at once
P404  a seat is held by more than it has room for

A number that any item of the playbook cites is not left out: a duty may be modelled as an obligation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from incident.domain.check.report import quoted, warning
from incident.domain.check.walk import all_structs
from incident.domain.collisions import collisions, works_under
from incident.domain.organisation import Duty, Item, Seat
from incident.domain.playbook import Playbook, State
from incident.domain.problem import Path, Problem
from incident.domain.say import say

TITLES = {
    "P401": say("announced groups and groups differ"),
    "P402": say("a gap in the numbering"),
    "P403": say("one person in several groups at once"),
    "P404": say("a seat with more holders than places"),
}

#: A clause that ends in numbers: `一(七)1`, `一(七)2、3`, `一(七)4-6`.
_NUMBERED = re.compile(r"(?P<list>.*?)(?<!\d)(?P<numbers>\d{1,3}(?:[-–、,]\d{1,3})*)$", re.ASCII)


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find numbers that do not fit each other."""
    yield from _announced(playbook)
    yield from _gaps(playbook)
    for name, state in playbook.states.items():
        yield from _holders(playbook, name, state)
    for path, seat in all_structs(playbook):
        if isinstance(seat, Seat) and seat.count is not None and listed(seat) > seat.count:
            yield warning(
                "P404",
                (*path, "count"),
                expected=say("at most {n} holders", n=seat.count),
                found=listed(seat),
                do=say("correct the count or the list of posts and holders"),
            )


def listed(seat: Seat) -> int:
    """Count the posts and holders that a seat lists."""
    return sum(post.count or 1 for post in seat.posts) + len(seat.holders)


def _announced(playbook: Playbook) -> Iterator[Problem]:
    for key, body in playbook.bodies.items():
        if body.announced_groups is None:
            continue
        if body.kind == "task_force":
            counted = [
                (name, len(groups))
                for name, state in playbook.states.items()
                if (groups := _groups_under(playbook, state, key)) or key in state.bodies
            ]
        else:
            counted = [("", sum(group.under == key for group in playbook.groups.values()))]
        for name, number in counted:
            if number != body.announced_groups:
                yield warning(
                    "P401",
                    ("bodies", key, "announced_groups"),
                    expected=say("{n} groups, as announced", n=body.announced_groups),
                    found=say("{n} groups in `{state}`", n=number, state=name)
                    if name
                    else say("{n} groups", n=number),
                    do=say("compare with the paper; if it is the paper that errs, say so under `conflicts:`"),
                )


def _groups_under(playbook: Playbook, state: State, body: str) -> list[str]:
    return [
        key
        for key, standing in state.groups.items()
        if key in playbook.groups and works_under(playbook.groups[key], standing) == body
    ]


def _numbers(clause: str) -> tuple[str, set[int]]:
    """Give the list a clause belongs to and its numbers in it; none for a clause without numbers."""
    match = _NUMBERED.fullmatch(clause)
    if match is None:
        return clause, set()
    numbers: set[int] = set()
    for part in re.split("[、,]", match["numbers"]):
        bounds = [int(number) for number in re.split("[-–]", part)]
        numbers.update(range(bounds[0], bounds[-1] + 1))
    return match["list"], numbers


def _gaps(playbook: Playbook) -> Iterator[Problem]:
    cited: dict[str, set[int]] = {}
    lists: dict[Path, dict[str, set[int]]] = {}
    for path, item in all_structs(playbook):
        if isinstance(item, Item) and item.source is not None:
            for clause in item.source.split("; "):
                name, numbers = _numbers(clause)
                cited.setdefault(name, set()).update(numbers)
                if isinstance(item, Duty) and numbers:
                    lists.setdefault(path[:-1], {}).setdefault(name, set()).update(numbers)
    for path, numbered in lists.items():
        for name, numbers in numbered.items():
            missing = sorted(set(range(1, max(numbers))) - cited[name])
            # one number alone counts nothing: 附件3
            if missing and len(numbers) > 1:
                yield warning(
                    "P402",
                    path,
                    expected=say("{list}1 to {list}{n} without a gap", list=name, n=max(numbers)),
                    found=say("no {clauses}", clauses=[f"{name}{number}" for number in missing]),
                    do=say("compare with the paper; if it is the paper that errs, say so under `conflicts:`"),
                )


def _holders(playbook: Playbook, name: str, state: State) -> Iterator[Problem]:
    for holder, seats in sorted(collisions(playbook, name)):
        groups = [seat.partition(".")[0] for seat in seats]
        body = works_under(playbook.groups[groups[0]], state.groups[groups[0]])
        yield warning(
            "P403",
            ("states", name, "bodies", body),
            expected=say("one group of the task force for each person"),
            found=say("`{holder}` holds seats in {groups}", holder=holder, groups=quoted(groups)),
            do=say("name a stand-in for the others before the night it happens"),
        )
