"""What follows from the facts of an act, in its own entry: who is on duty, and who is called out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from incident.domain import approving, callout, clock, handing, pins
from incident.domain.duty import Duty
from incident.domain.facts import AnyFact
from incident.domain.people import Person
from incident.domain.playbook import Playbook
from incident.domain.situation import Standing
from incident.service import duty
from incident.service.ports import Reading


class Followed(NamedTuple):
    """All facts of an entry, and the newest shifts before it."""

    facts: list[AnyFact]
    newest: Sequence[Duty]


def follow(
    tx: Reading,
    playbook: Playbook,
    standing: Standing,
    facts: Sequence[AnyFact],
    *,
    seq: int,
    at: int,
    people: Iterable[Person] = (),
) -> Followed:
    """Give what is recorded in entry `seq` once some facts hold; `standing` is what stands before it.

    `people` are known from then on. Nothing wrong with it stands between an officer and an activation.
    """
    code = playbook.jurisdiction.code
    facts = with_ends(standing, facts)
    assigned = duty.settled(tx, playbook, code, standing, facts, seq=seq, at=at, people=people)
    asked = callout.called(playbook, standing, facts, seq=seq, at=clock.stamp(at))
    return Followed([*facts, *assigned.facts, *asked], assigned.newest)


def with_ends(standing: Standing, facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Give some facts, and those by which what belongs to a roster, or a state, ends with it."""
    gone = [*handing.ended(standing, facts), *pins.ended(standing, facts)]
    return [*facts, *gone, *approving.ended(standing, facts)]
