"""The duty log on the command line: noting a call, and printing the sheet of a shift (fields of ICS 214)."""

from __future__ import annotations

from typing import Any

import click

from incident import bootstrap
from incident.cli import acts
from incident.cli.output import put, put_json, table, wants_json
from incident.domain import clock, explain, explain_duty, names
from incident.domain.explain_time import promised
from incident.domain.facts import LogNoted
from incident.domain.people import Person
from incident.domain.say import Words, say
from incident.language import _
from incident.service import log as service
from incident.service.intake import read_time
from incident.service.log import Note, Sheet
from incident.views import log as views
from incident.views.acts import noted, recorded
from incident.views.people import named


@click.group(help=_("The duty log: calls in and out, what was done, and the sheet of a shift."))
def log() -> None:
    """Hold the commands about the duty log."""


@log.command(help=_("Note a call or what was done, in the shift that was on duty."))
@click.argument("jurisdiction")
@click.option(
    "--way",
    type=click.Choice(["in", "out", "note"]),
    default="in",
    help=_("A call in (default), a call out, or a note."),
)
@click.option("--who", metavar="WHO", help=_("Who called or was called; sealed."))
@click.option("--said", metavar="TEXT", required=True, help=_("What was said or seen; sealed."))
@click.option("--done", metavar="TEXT", help=_("What was done about it; sealed."))
@click.option("--at", metavar="TIME", help=_("When it happened; default: now."))
@click.option("--roster", metavar="ROSTER", help=_("Of whose shift; default: of all on duty then."))
@acts.acting
def add(
    jurisdiction: str,
    *,
    way: Any,
    who: str | None,
    said: str,
    done: str | None,
    at: str | None,
    roster: str | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Write a note."""
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    happened = read_time("--at", at, playbook, bootstrap.now())
    note = Note(way, said, happened, roster, who, done)
    outcome = service.add(store, code, note, origin=origin, now=bootstrap.clock, chance=bootstrap.chance)
    acts.told(outcome)
    fact = recorded(outcome, LogNoted)
    if wants_json():
        put_json(noted(outcome))
        return 0
    put(say("{what}; entry {seq}", what=explain.fact(playbook, fact), seq=outcome.entry.seq))
    return 0


@log.command("print", help=_("Print the sheet of a shift, named by a time in it (fields of ICS 214)."))
@click.argument("jurisdiction")
@click.option("--shift", metavar="TIME", help=_("A time in the shift; default: now."))
@click.option("--roster", metavar="ROSTER", help=_("Whose shift; default: the first on duty."))
def print_command(jurisdiction: str, *, shift: str | None, roster: str | None) -> int:
    """Print a sheet."""
    store, code, playbook = acts.place(jurisdiction)
    now = bootstrap.now()
    at = read_time("--shift", shift, playbook, now)
    with store.reading() as tx:
        found = service.sheet(tx, code, now if at is None else at, roster)
        persons = {one.holder: one for one in tx.people(code)}
    if wants_json():
        put_json(views.sheet(found, persons))
        return 0
    _put_sheet(found, persons)
    return 0


def _put_sheet(found: Sheet, persons: dict[str, Person]) -> None:
    """Print the fields of ICS 214 in their order."""
    playbook, zone, first = found.playbook, found.playbook.jurisdiction.zone, found.pieces[0]
    place = say("{name} {code}", name=playbook.jurisdiction.name, code=found.situation.jurisdiction)
    incident = next((line.entry.incident for line in found.lines if line.entry.incident), None)
    put(say("Duty log (ICS 214)   {place}", place=place))
    head: list[list[Words]] = [
        [say("1. Incident"), incident or say("routine")],
        [
            say("2. Period"),
            say(
                "{since} to {until}",
                since=clock.shown(first.shift, zone),
                until=clock.shown(first.till, zone),
            ),
        ],
        [say("3. Name"), named(playbook, first.piece.holder, persons)],
        [say("4. Position"), explain_duty.post(first.piece.post)],
        [say("5. Unit"), promised(playbook, first.roster)],
    ]
    table(head)
    put()
    put(say("6. Resources assigned"))
    table([_resource(found, one, persons) for one in found.pieces])
    put()
    put(say("7. Activity log"))
    if found.lines:
        table(
            [
                [clock.minute(line.at, zone), f"#{line.entry.seq}", views.in_words(found, line)]
                for line in found.lines
            ]
        )
    else:
        put(say("nothing was noted"))
    put()
    put(say("8. Prepared by ............   signature ............   date and time ............"))


def _resource(found: Sheet, one: Any, persons: dict[str, Person]) -> list[Words]:
    zone, piece = found.playbook.jurisdiction.zone, one.piece
    seat = "" if piece.seat is None else names.name_of(found.playbook, piece.seat, ("seat", "unit"))
    times = say(
        "{since} to {until}", since=clock.minute(one.since, zone), until=clock.minute(one.until, zone)
    )
    return ["  ", named(found.playbook, piece.holder, persons), explain_duty.post(piece.post), seat, times]
