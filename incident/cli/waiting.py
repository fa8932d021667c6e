"""What `incident status` says of answers and signatures that are waited for."""

from __future__ import annotations

from incident.cli.output import put, table
from incident.domain import clock
from incident.domain.explain_time import promised
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service.handover import Handover
from incident.views.callouts import in_words
from incident.views.two_persons import proposal_words, review_words
from incident.views.waiting import Waiting


def put_waiting(found: Waiting) -> None:
    """Show it in a few lines."""
    playbook, zone = found.playbook, found.playbook.jurisdiction.zone
    lines: list[list[Words]] = [["!", review_words(playbook, one)] for one in found.unreviewed]
    lines += [["!", proposal_words(playbook, one)] for one in found.proposed]
    lines += [["!", in_words(playbook, one, zone)] for one in found.callouts]
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
