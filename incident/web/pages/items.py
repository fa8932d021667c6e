"""What stands, item by item, as pages show it: with the clause, and a group beside its counterpart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from incident.domain import explain, explain_items
from incident.domain.playbook import (
    Obligation,
    Playbook,
    Roster,
    StandingBody,
    StandingGroup,
    State,
    StepDown,
)
from incident.domain.posture import KINDS, Standing, posture
from incident.domain.say import Words, say
from incident.views import kinds
from incident.views.standing import Line


class Item(NamedTuple):
    """One row."""

    key: str
    #: What it is called; of a group its routine name.
    name: Words
    #: What else is said of it.
    text: Words
    #: The group that it acts as, with its body; none for what is no group, or acts as itself.
    acts_as: Words | None
    #: Clause that says so; none for the project's own.
    source: str | None
    #: Whether the project supplied some of what the clause does not say.
    is_partly_own: bool
    #: What the playbook's author notes about it.
    note: Words | None
    #: Entry since which it stands so; none where there is none.
    since: int | None
    #: Whether it stands and should not, or should and does not.
    fault: str | None


class Section(NamedTuple):
    """All that stands of one kind."""

    kind: str
    name: Words
    items: list[Item]

    @property
    def has_counterparts(self) -> bool:
        """Whether any of them acts as another."""
        return any(one.acts_as is not None for one in self.items)


def of_state(playbook: Playbook, state: State) -> list[Section]:
    """Give what a state of a playbook declares."""
    lines = [Line(kind, key, None, item, in_playbook=True) for (kind, key), item in posture(state).items()]
    return _sections((line.kind, _item(playbook, line, None)) for line in lines)


def of_record(playbook: Playbook, lines: Iterable[Line]) -> list[Section]:
    """Give what stands by the record, held against the playbook."""
    return _sections((line.kind, _item(playbook, line, _fault(line))) for line in lines)


def _fault(line: Line) -> str | None:
    if line.stood is None:
        return "missing"
    return None if line.in_playbook else "not_in_playbook"


def _sections(found: Iterable[tuple[str, Item]]) -> list[Section]:
    by_kind: dict[str, list[Item]] = {kind: [] for kind in KINDS}
    for kind, item in found:
        by_kind.setdefault(kind, []).append(item)
    return [Section(kind, kinds.SEVERAL.get(kind, kind), items) for kind, items in by_kind.items() if items]


def _item(playbook: Playbook, line: Line, fault: str | None) -> Item:
    item = line.item
    name, text, acts_as = _said(playbook, line.key, item)
    return Item(
        key=line.key,
        name=name,
        text=text,
        acts_as=acts_as,
        source=None if item is None else item.source,
        is_partly_own=item is not None and item.source is not None and bool(item.project),
        note=None if item is None else item.note,
        since=None if line.stood is None else line.stood.since,
        fault=fault,
    )


def _said(playbook: Playbook, key: str, item: Standing | None) -> tuple[Words, Words, Words | None]:
    """Give name, what is said beside it, and the counterpart; what cannot be read is called by its key."""
    if item is None:
        return key, "", None
    name = explain.item_name(playbook, key, item)
    try:
        return name, _details(playbook, item), _counterpart(playbook, item)
    except (ValueError, LookupError):
        return name, "", None


def _counterpart(playbook: Playbook, item: Standing) -> Words | None:
    if not isinstance(item, StandingGroup) or item.acts_as is None:
        return None
    return explain_items.acting_group(playbook, item, item.acts_as)


def _details(playbook: Playbook, item: Standing) -> Words:
    match item:
        case StandingGroup() if item.acts_as is not None:
            return explain_items.group_details(playbook, item)
        case StandingBody() if item.place is not None:
            return say("at {place}", place=item.place)
        case Roster():
            return explain.roster(playbook, item)
        case Obligation():
            return [explain.schedule(playbook, item), *explain.follow_up(playbook, item)]
        case StepDown():
            return explain.step_down(playbook, item)
        case _:
            return ""
