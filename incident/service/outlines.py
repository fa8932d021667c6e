"""What a board needs of playbooks: a small extract of each, kept in memory by the playbook's hash.

A playbook takes some 60 KB and a millisecond to read. Its outline takes 450 bytes where many plans call
their states alike, 2.7 KB where none does: whose it is, below whom, what its states are called and how grave
they are. So a province takes some 2 MB, and a nation of 44,703 bodies 20 to 120 MB and a minute. A server
makes one `Outlines`, lets `warm` fill it in the background when it starts, and gives it to whoever looks at
many.

How grave a state is, is derived, for no plan says it: the state in which a plan begins is calm; of the others
one is graver on top of which no other stands. So a first response on which a plan builds another is to be
watched, and the last of them is an alarm.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Final, Literal
from weakref import WeakValueDictionary

import msgspec
from msgspec import Struct

from incident.domain import schedule
from incident.domain.organisation import Jurisdiction, Text
from incident.domain.playbook import Obligation, digest
from incident.service.ports import Store
from incident.service.survey import Surveying

#: How grave a state is.
Grave = Literal["calm", "watch", "alarm"]
#: So many are kept: of all bodies of a nation down to the townships, and versions of plans besides.
MOST: Final = 65_536
#: So many playbooks are read at once.
_AT_ONCE: Final = 200


class _State(Struct, frozen=True):
    """What is read of a state."""

    name: Text
    on_top_of: str | None = None
    obligations: dict[str, Obligation] = {}


class _Extract(Struct, frozen=True):
    """What is read of a playbook; the rest is passed over."""

    jurisdiction: Jurisdiction
    states: dict[str, _State]
    initial: str = "routine"


class States(Struct, frozen=True, weakref=True):
    """What the states of a plan are called, and what many plans have alike besides."""

    initial: str
    names: dict[str, Text]
    grave: dict[str, Grave]
    #: Reports that are owed once, and therefore never overtaken by a later one.
    once: list[str]


class Outline(Struct, frozen=True, gc=False):
    """A playbook as a board needs it."""

    name: Text
    level: str
    #: Code of the superior jurisdiction.
    parent: str | None
    states: States


_decode = msgspec.json.Decoder(_Extract).decode
_encode = msgspec.json.Encoder().encode


class Outlines:
    """The outlines that were needed last; many threads may use it."""

    def __init__(self, most: int = MOST) -> None:
        """Keep at most so many."""
        self._most = most
        self._kept: OrderedDict[str, Outline] = OrderedDict()
        self._states: WeakValueDictionary[bytes, States] = WeakValueDictionary()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def of(self, tx: Surveying, wanted: Sequence[tuple[str, str]]) -> dict[str, Outline]:
        """Give the outlines of playbooks by hash, each named by its jurisdiction's code and its hash.

        One that is missing, was altered or is of a later program is left out.
        """
        kept = self._kept
        missing = [(code, name) for code, name in wanted if name not in kept]
        read: dict[str, Outline] = {}
        for n in range(0, len(missing), _AT_ONCE):
            for (_code, name), body in tx.bodies(missing[n : n + _AT_ONCE]).items():
                if digest(body) == name and (outline := self._read(body)) is not None:
                    read[name] = outline
        self._keep(read)
        found = ((name, read.get(name) or kept.get(name)) for _code, name in wanted)
        return {name: outline for name, outline in found if outline is not None}

    def _read(self, body: bytes) -> Outline | None:
        try:
            found = _decode(body)
        except msgspec.DecodeError:
            return None
        states, place = _states(found), found.jurisdiction
        with self._lock:
            states = self._states.setdefault(_encode(states), states)
        return Outline(place.name, place.level, place.parent, states)

    def _keep(self, read: dict[str, Outline]) -> None:
        with self._lock:
            self._kept.update(read)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _states(found: _Extract) -> States:
    below = {state.on_top_of for state in found.states.values()}
    grave: dict[str, Grave] = {key: "watch" if key in below else "alarm" for key in found.states}
    once = {
        key
        for state in found.states.values()
        for key, owed in state.obligations.items()
        if not schedule.recurs(owed)
    }
    return States(
        initial=found.initial,
        names={key: state.name for key, state in found.states.items()},
        grave={**grave, found.initial: "calm"},
        once=sorted(once),
    )


def warm(store: Store, outlines: Outlines, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Read the playbooks of all that are adopted, some at a time, until done or `is_stopping`.

    To be run beside the server: whoever asks meanwhile reads what they need themselves. Raises `StoreError`.
    """
    with store.reading() as tx:
        wanted = [(place.code, place.playbook) for place in tx.places().read]
    for some in _parts(wanted):
        if is_stopping():
            return
        with store.reading() as tx:
            outlines.of(tx, some)


def _parts(wanted: Sequence[tuple[str, str]]) -> Iterable[Sequence[tuple[str, str]]]:
    return (wanted[n : n + _AT_ONCE] for n in range(0, len(wanted), _AT_ONCE))
