"""What happened, fact by fact; the facts of one decision share `seq`."""

from __future__ import annotations

from typing import Any, get_args

from msgspec import Struct

from incident.domain import approving, clock, explain, holding, people
from incident.domain.callout import CALLOUT
from incident.domain.fact_names import kind_of, kinds_of_time
from incident.domain.facts import (
    AnyFact,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    Outcome,
    ReportFiled,
    TimerEnded,
)
from incident.domain.handing import HANDOVER
from incident.domain.heads import HEAD
from incident.domain.posture import KINDS
from incident.domain.timer import OUTLOOK
from incident.language import speak
from incident.service.history import Line, Sealed

#: Kinds of items that stand beside the posture.
_BESIDE = (
    *("directive", CALLOUT, HANDOVER, OUTLOOK, HEAD),
    *(*people.KINDS, *holding.KINDS, *approving.KINDS),
)
#: Those of them that never change, and those that never end.
_UNCHANGING = ("directive", holding.HOLD, *approving.KINDS)
_UNENDING = (people.TENURE, holding.RETENTION, approving.PROPOSAL)


class Witness(Struct, frozen=True, kw_only=True):
    """A checkpoint beside which an entry stands."""

    #: How many entries it covers, and when it was signed.
    size: int
    at: str


class HistoryFact(Struct, frozen=True, kw_only=True):
    """One fact of the record."""

    #: Its entry.
    seq: int
    at: str
    #: What happened, such as `GroupConverted`.
    kind: str
    #: Who pressed; null once it is erased.
    by: str | None
    #: Number of the incident that ran.
    incident: str | None
    #: Its values as recorded.
    data: dict[str, Any]
    text: str
    #: How it is known who pressed.
    actor: str | None
    #: User of the operating system; null once it is erased.
    os_user: str | None
    #: From when it holds, as claimed; when it was recorded; minutes between, 0 below five.
    effective_at: str
    recorded_at: str
    recorded_late: int
    #: The last checkpoint that does not cover it, and the first that does.
    after_checkpoint: Witness | None
    before_checkpoint: Witness | None


def fact(line: Line) -> HistoryFact:
    """Give one fact."""
    return HistoryFact(
        seq=line.seq,
        at=clock.stamp(line.at),
        kind=line.kind,
        by=line.by,
        incident=line.incident,
        data=line.data(),
        text=speak(explain.fact(line.playbook, line.fact)),
        actor=line.entry.actor,
        os_user=line.disclosed.get("os_user"),
        effective_at=clock.stamp(line.effective_at),
        recorded_at=clock.stamp(line.at),
        recorded_late=line.late,
        after_checkpoint=_witness(line.after),
        before_checkpoint=_witness(line.before),
    )


def _witness(one: Sealed | None) -> Witness | None:
    return None if one is None else Witness(size=one.size, at=clock.stamp(one.at))


def kinds() -> list[str]:
    """List the kinds of facts: those of items by what happens to them, the others by their names."""
    items: list[AnyFact] = [
        ItemChanged(kind="group", key="", before={"acts_as": "another"}, after={}),
        *(ItemStarted(kind=kind, key="", after={}) for kind in KINDS),
        *(ItemChanged(kind=kind, key="", before={}, after={}) for kind in KINDS),
        *(ItemEnded(kind=kind, key="", before={}) for kind in KINDS),
        *(ItemStarted(kind=kind, key="", after={}) for kind in _BESIDE),
        *(ItemChanged(kind=kind, key="", before={}, after={}) for kind in _BESIDE if kind not in _UNCHANGING),
        *(ItemEnded(kind=kind, key="", before={}) for kind in _BESIDE if kind not in _UNENDING),
        *(ItemEnded(kind=approving.PROPOSAL, key="", before={}, outcome=one) for one in get_args(Outcome)),
        ReportFiled(sender="", form=""),
        ReportFiled(sender="", form="", corrects=0),
    ]
    named_otherwise = {type(one).__name__ for one in items} | {TimerEnded.__name__}
    others = {structure.__name__ for structure in get_args(AnyFact)} - named_otherwise
    return sorted({*map(kind_of, items), *kinds_of_time(), *others})
