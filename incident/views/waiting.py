"""Answers, signatures and second persons that are waited for, and messages that reached nobody."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from incident.domain.playbook import Playbook
from incident.service import calling, proposals, queries
from incident.service import handover as service
from incident.service.calling import Open
from incident.service.past import Past
from incident.service.ports import Reading
from incident.service.post import lately_lost
from incident.views import callouts, handover, two_persons
from incident.views.callouts import Callout
from incident.views.handover import Handover
from incident.views.two_persons import Proposed, Unreviewed

#: So many lost messages are counted.
MOST = 500


class WaitingParts(Struct, frozen=True, kw_only=True):
    """What a status says of what is waited for."""

    callouts: list[Callout]
    #: Handovers of the last week that are not signed, the newest of each roster first.
    unsigned: list[Handover]
    #: Steps that wait for another person's approval; what one did alone and another is to review.
    proposals: list[Proposed]
    unreviewed: list[Unreviewed]
    #: Messages of the last day that reached nobody; of now alone.
    lost: int


class Waiting(NamedTuple):
    """What is waited for."""

    playbook: Playbook
    callouts: list[Open]
    unsigned: list[service.Handover]
    proposed: list[proposals.Open]
    unreviewed: list[proposals.Unreviewed]
    #: No journal tells of them, so of now alone.
    lost: int


def look(tx: Reading, code: str, now: int, past: Past | None) -> Waiting:
    """Look what is waited for now, or was in the past."""
    at = now if past is None else past.at
    unsigned = [one for one in service.handovers(tx, code, at, past) if one.missing]
    found = calling.open_callouts(tx, code, past)
    two = proposals.open_proposals(tx, code, past), proposals.unreviewed(tx, code, past)
    if past is not None:
        return Waiting(past.playbook, found, unsigned, *two, 0)
    _situation, playbook = queries.present(tx, code)
    return Waiting(playbook, found, unsigned, *two, len(lately_lost(tx, MOST, now, code=code)))


def waiting(found: Waiting) -> WaitingParts:
    """Give what was found."""
    return WaitingParts(
        callouts=[callouts.callout(found.playbook, one) for one in found.callouts],
        unsigned=[handover.handover(one) for one in found.unsigned],
        proposals=[two_persons.proposed(found.playbook, one) for one in found.proposed],
        unreviewed=[two_persons.unreviewed(found.playbook, one) for one in found.unreviewed],
        lost=found.lost,
    )
