"""Postures and their difference: what stands in a state, and what a switch therefore does.

A switch is never written down; it is the difference of two postures, so nothing can be forgotten on the
way in and nothing left standing on the way out. Laws (`tests/test_posture.py`):

    apply(a, difference(a, b)) == b        difference(a, a) changes nothing
    apply(b, difference(b, a)) == a        (the way back undoes the way in)

An item keeps its key across states; that is what makes a change of it readable (`~`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import fields

from incident.domain.memo import by_identity
from incident.domain.playbook import (
    Measure,
    Obligation,
    Playbook,
    Roster,
    StandingBody,
    StandingGroup,
    State,
    StepDown,
)

Kind = Literal["body", "group", "roster", "obligation", "measure", "clock"]
Standing = StandingBody | StandingGroup | Roster | Obligation | Measure | StepDown
#: What stands, by kind and key, in the playbook's order.
Posture = Mapping[tuple[Kind, str], Standing]
#: `+` begins, `~` changes, `=` continues, `-` ends.
Op = Literal["+", "~", "=", "-"]

#: The kinds of posture items: where a state lists them, and their structure.
KINDS: dict[Kind, tuple[str, type[Standing]]] = {
    "body": ("bodies", StandingBody),
    "group": ("groups", StandingGroup),
    "roster": ("rosters", Roster),
    "obligation": ("obligations", Obligation),
    "measure": ("measures", Measure),
    "clock": ("clocks", StepDown),
}

_ABOUT_ITEM = frozenset({"source", "project", "note"})


class Change(Struct, frozen=True):
    """One line of a difference."""

    #: What happens.
    op: Op
    #: To what kind of item.
    kind: Kind
    #: Which.
    key: str
    #: How it stood; none if it did not.
    before: Standing | None
    #: How it will stand; none if it will not.
    after: Standing | None

    @property
    def source(self) -> str | None:
        """Clause that says so; none where the project supplied it because the paper is silent.

        A changed item counts as the paper's when a new value in it is. What only falls away is named by the
        clause under which it stood.
        """
        if self.before is None or self.after is None or self.op == "=":
            item = self.after or self.before
            return item.source if item is not None else None
        changed = changed_fields(self.before, self.after)
        if not changed:
            return self.after.source
        given = [name for name in changed if getattr(self.after, name)]
        item, names = (self.after, given) if given else (self.before, changed)
        return item.source if any(_is_said(item, name) for name in names) else None

    @property
    def is_partly_project(self) -> bool:
        """Tell whether the project supplied some of what a sourced line says: an hour, a cadence."""
        if self.after is None or self.source is None or self.op == "=":
            return False
        if self.before is None:
            return bool(self.after.project)
        given = [name for name in changed_fields(self.before, self.after) if getattr(self.after, name)]
        written = _WRITTEN[type(self.after)]
        return any(written[name] in self.after.project for name in given)

    @property
    def is_ending(self) -> bool:
        """Tell whether something only falls away; then `source` says under what it stood."""
        if self.before is None or self.after is None:
            return self.after is None
        changed = changed_fields(self.before, self.after)
        return bool(changed) and not any(getattr(self.after, name) for name in changed)


#: How a field of an item is written in a playbook, by structure and name.
_WRITTEN = {
    structure: {field.name: field.encode_name for field in fields(structure)}
    for _, structure in KINDS.values()
}


def _is_said(item: Standing, name: str) -> bool:
    written = _WRITTEN[type(item)][name]
    return item.source is not None and bool(getattr(item, name)) and written not in item.project


def changed_fields(before: Standing, after: Standing) -> list[str]:
    """Name the fields in which two forms of an item differ, apart from clause and notes."""
    return [
        name
        for name in before.__struct_fields__
        if name not in _ABOUT_ITEM and getattr(before, name) != getattr(after, name)
    ]


def posture(state: State) -> Posture:
    """Give what stands in a state."""
    return {
        (kind, key): item
        for kind, (attribute, _) in KINDS.items()
        for key, item in getattr(state, attribute).items()
    }


def difference(a: Posture, b: Posture) -> tuple[Change, ...]:
    """Give every line that leads from `a` to `b`, continuing items included; ends come last of their kind."""
    changes: list[Change] = []
    for kind in KINDS:
        for (of, key), after in b.items():
            if of == kind:
                before = a.get((kind, key))
                op: Op = "+" if before is None else "=" if before == after else "~"
                changes.append(Change(op, kind, key, before, after))
        changes += [
            Change("-", kind, key, before, None)
            for (of, key), before in a.items()
            if of == kind and (kind, key) not in b
        ]
    return tuple(changes)


def apply(a: Posture, changes: Iterable[Change]) -> Posture:
    """Carry out a difference. Raises `ValueError` when `a` is not the posture it was made for."""
    result = dict(a)
    for change in changes:
        key = (change.kind, change.key)
        if result.get(key) != change.before:
            raise ValueError(f"{change.kind} {change.key} does not stand as the difference expects")
        if change.after is None:
            result.pop(key)
        else:
            result[key] = change.after
    return result


@by_identity
def switch(playbook: Playbook, origin: str, target: str) -> tuple[Change, ...]:
    """Give the difference between two states of a playbook."""
    return difference(posture(playbook.states[origin]), posture(playbook.states[target]))
