"""What two versions of a playbook differ in: what stands in each state line by line, and every value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct, to_builtins

from incident.domain.playbook import Playbook
from incident.domain.posture import difference, posture
from incident.views import naming
from incident.views.naming import Name, Place
from incident.views.plan import PlanLine, lines


class ChangedState(Struct, frozen=True, kw_only=True):
    """A state, and what stands in it otherwise; what stands as before is left out."""

    key: str
    name: Name
    #: `+` it is new, `-` it is gone, `~` it is in both.
    op: Literal["+", "-", "~"]
    changes: list[PlanLine]


class ChangedValue(Struct, frozen=True, kw_only=True):
    """A value that is another."""

    #: Keys from the top of the playbook, joined with dots.
    path: str
    #: Null where there is none.
    before: str | None
    after: str | None


class Compared(Struct, frozen=True, kw_only=True):
    """What two versions of a playbook differ in; nothing of both where they are the same."""

    states: list[ChangedState]
    #: All values that differ, those of the states too.
    values: list[ChangedValue]


class Differing(Compared, frozen=True, kw_only=True):
    """Two versions of a jurisdiction's playbook, and what they differ in."""

    jurisdiction: Place
    #: SHA-256 of each.
    before: str
    after: str


def differing(playbook: Playbook, hashes: tuple[str, str], found: Compared) -> Differing:
    """Give what differs with whose it is and which two they are; `playbook` is the second."""
    before, after = hashes
    return Differing(
        jurisdiction=naming.place(playbook),
        before=before,
        after=after,
        states=found.states,
        values=found.values,
    )


def compared(before: Playbook, after: Playbook) -> Compared:
    """Compare two versions of a playbook."""
    states = [_state(before, after, key) for key in dict.fromkeys([*after.states, *before.states])]
    old, new = dict(_leaves(to_builtins(before), "")), dict(_leaves(to_builtins(after), ""))
    return Compared(
        states=[one for one in states if one.changes or one.op != "~"],
        values=[
            ChangedValue(path=path, before=old.get(path), after=new.get(path))
            for path in dict.fromkeys([*new, *old])
            if old.get(path) != new.get(path)
        ],
    )


def _state(before: Playbook, after: Playbook, key: str) -> ChangedState:
    old, new = before.states.get(key), after.states.get(key)
    named = new or old
    assert named is not None, "a state is in one of them"
    changes = difference(posture(old) if old else {}, posture(new) if new else {})
    return ChangedState(
        key=key,
        name=naming.name(named.name),
        op="+" if old is None else "-" if new is None else "~",
        changes=lines(after if new else before, [one for one in changes if one.op != "="], ()),
    )


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Give every value of plain data with its path; what is empty is a value too."""
    inside: Any = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = enumerate(value)
    if not inside:
        yield path, str(value)
    for key, child in inside:
        yield from _leaves(child, f"{path}.{key}" if path else str(key))
