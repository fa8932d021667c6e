"""What stands in a jurisdiction, item by item: by the record, held against the playbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from incident.domain import approving, explain, holding, people
from incident.domain.callout import CALLOUT
from incident.domain.handing import HANDOVER
from incident.domain.heads import HEAD
from incident.domain.playbook import Playbook
from incident.domain.posture import KINDS, Standing, posture
from incident.domain.say import Words
from incident.domain.situation import Stood
from incident.domain.timer import OUTLOOK
from incident.language import speak
from incident.service.queries import Status
from incident.views import naming
from incident.views.naming import Name

#: Kinds that stand beside the posture: shown with what is due, on duty, asked.
_OF_NO_PLAYBOOK = (
    *("directive", CALLOUT, HANDOVER, OUTLOOK, HEAD),
    *(*people.KINDS, *holding.KINDS, *approving.KINDS),
)
#: Kinds by what a record calls them.
_KINDS: Mapping[str, tuple[str, type[Standing]]] = dict(KINDS.items())


class PostureItem(Struct, frozen=True, kw_only=True):
    """One item that stands."""

    key: str
    name: Name
    #: Clause that says so; null where the project supplied it because the paper is silent.
    source: str | None
    text: str
    #: Entry since which it stands as it does; null where nothing is recorded.
    since_seq: int | None
    #: Its data as recorded.
    item: dict[str, Any] | None
    #: There only where record and playbook part.
    fault: Literal["missing", "not_in_playbook"] | UnsetType = UNSET


#: What stands, by where a state of the playbook lists it: `bodies`, `groups`, …
Posture = dict[str, list[PostureItem]]


class Line(NamedTuple):
    """One item that stands by the record, or should by the playbook."""

    kind: str
    key: str
    #: As recorded; none when nothing is.
    stood: Stood | None
    #: Read from the record or else from the playbook; none when that cannot be done.
    item: Standing | None
    #: Whether the playbook has it in this state.
    in_playbook: bool

    def words(self, playbook: Playbook) -> Words:
        """Say what stands; what cannot be read is called by its key."""
        if self.item is None:
            return self.key
        try:
            return explain.standing(playbook, self.key, self.item)
        except (ValueError, LookupError):
            return self.key


def lines(found: Status) -> Iterator[Line]:
    """List what the record says: what the playbook knows in its order, then what it does not."""
    planned = posture(found.playbook.states[found.situation.state])
    for (kind, key), item in planned.items():
        stood = found.standing.get((kind, key))
        yield Line(kind, key, stood, item if stood is None else _read(kind, stood), in_playbook=True)
    known: set[tuple[str, str]] = {*planned}
    for of, key in sorted({*found.standing} - known):
        if of in _OF_NO_PLAYBOOK:
            continue
        stood = found.standing[of, key]
        yield Line(of, key, stood, _read(of, stood), in_playbook=False)


def _read(kind: str, stood: Stood) -> Standing | None:
    """Read an item as it was recorded; none when it is not one of ours."""
    try:
        item: Standing = msgspec.convert(stood.item, _KINDS[kind][1])
    except (KeyError, msgspec.ValidationError):
        return None
    return item


def standing(found: Status) -> Posture:
    """Give all that stands."""
    shown: Posture = {attribute: [] for attribute, _structure in KINDS.values()}
    for line in lines(found):
        attribute = _KINDS[line.kind][0] if line.kind in _KINDS else line.kind
        shown.setdefault(attribute, []).append(_item(found.playbook, line))
    return shown


def _item(playbook: Playbook, line: Line) -> PostureItem:
    stood = line.stood
    fault: Literal["missing", "not_in_playbook"] | UnsetType = UNSET
    if stood is None:
        fault = "missing"
    elif not line.in_playbook:
        fault = "not_in_playbook"
    return PostureItem(
        key=line.key,
        name=naming.name(explain.item_name(playbook, line.key, line.item)),
        source=None if line.item is None else line.item.source,
        text=speak(line.words(playbook)),
        since_seq=None if stood is None else stood.since,
        item=None if stood is None else stood.item,
        fault=fault,
    )
