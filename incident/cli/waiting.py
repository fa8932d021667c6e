"""What `incident status` says of answers, signatures and second persons that are waited for."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from incident.cli.approving import proposal_json, proposal_words, review_json, review_words
from incident.cli.called import callout_json, callout_words, handover_json
from incident.cli.messages import recently_lost
from incident.cli.output import put, table
from incident.domain import clock
from incident.domain.explain_time import promised
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import calling, handover, proposals, queries
from incident.service.calling import Open
from incident.service.handover import Handover
from incident.service.past import Past
from incident.service.ports import Reading
from incident.service.proposals import Open as Proposed
from incident.service.proposals import Unreviewed


class Waiting(Struct, frozen=True):
    """What is waited for."""

    playbook: Playbook
    callouts: list[Open] = []
    unsigned: list[Handover] = []
    #: Proposals to be approved by another person, and what one did alone and another is to review.
    proposed: list[Proposed] = []
    unreviewed: list[Unreviewed] = []
    #: Messages to people that reached nobody in the last day; no journal tells of them, so of now alone.
    lost: int = 0


def waiting(tx: Reading, code: str, now: int, past: Past | None) -> Waiting:
    """Look what is waited for now, or was in the past."""
    at = now if past is None else past.at
    unsigned = [one for one in handover.handovers(tx, code, at, past) if one.missing]
    callouts = calling.open_callouts(tx, code, past)
    two = proposals.open_proposals(tx, code, past), proposals.unreviewed(tx, code, past)
    if past is not None:
        return Waiting(past.playbook, callouts, unsigned, *two)
    _situation, playbook = queries.present(tx, code)
    return Waiting(playbook, callouts, unsigned, *two, recently_lost(tx, code))


def put_waiting(found: Waiting) -> None:
    """Show it in a few lines."""
    playbook, zone = found.playbook, found.playbook.jurisdiction.zone
    lines: list[list[Words]] = [["!", review_words(playbook, one)] for one in found.unreviewed]
    lines += [["!", proposal_words(playbook, one)] for one in found.proposed]
    lines += [["!", callout_words(playbook, one, zone)] for one in found.callouts]
    lines += [["!", _unsigned(playbook, one)] for one in found.unsigned]
    if found.lost:
        command = f"incident messages {playbook.playbook}"
        lines.append(
            [
                "!",
                say("{n} messages of the last day reached nobody; {command}", n=found.lost, command=command),
            ]
        )
    if lines:
        put()
        table(lines)


def _unsigned(playbook: Playbook, one: Handover) -> Words:
    sides: list[Words] = []
    if "gave" in one.missing:
        sides.append(say("who hands over"))
    if "took" in one.missing:
        sides.append(say("who takes over"))
    at = clock.minute(one.at, playbook.jurisdiction.zone)
    command = f"incident handover {playbook.playbook} {one.roster}"
    return say(
        "{roster}: the handover at {at} is not signed by {sides}; {command}",
        roster=promised(playbook, one.roster),
        at=at,
        sides=sides,
        command=command if one.is_newest else f'{command} --at "{at}"',
    )


def waiting_json(found: Waiting) -> dict[str, Any]:
    """Give it as the JSON contract has it."""
    return {
        "callouts": [callout_json(found.playbook, one) for one in found.callouts],
        "unsigned": [handover_json(one) for one in found.unsigned],
        "proposals": [proposal_json(found.playbook, one) for one in found.proposed],
        "unreviewed": [review_json(found.playbook, one) for one in found.unreviewed],
        "lost": found.lost,
    }
