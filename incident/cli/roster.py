"""Rosters: looking at what is to come, changing it, and taking it away as a calendar."""

from __future__ import annotations

from typing import Any

import click

from incident import bootstrap
from incident.cli import acts, exits
from incident.cli.duty import put_shifts
from incident.cli.files import ToWrite
from incident.cli.output import put, put_file, put_json, table, wants_json
from incident.cli.people import numbers
from incident.domain import clock
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.tally import year_begins
from incident.language import _
from incident.service import rota as service
from incident.service import shifts
from incident.service.handle import Outcome
from incident.service.intake import read_time
from incident.service.queries import find_roster
from incident.views import duty as views
from incident.views.people import named

_FORTNIGHT = 14 * 86400
_WEEK = 7 * 86400

since_option = click.option("--since", metavar="TIME", help=_("From that time on; default: now."))
until_option = click.option("--until", metavar="TIME", help=_("Until that time, or so long: 14d."))


@click.group(help=_("Rosters: who comes when, changes, gaps, hours served, calendars."))
def roster() -> None:
    """Hold the commands about rosters."""


def _span(
    playbook: Playbook, since: str | None, until: str | None, length: int = _FORTNIGHT
) -> tuple[int, int, int]:
    """Read which time is meant, from now on for so long unless it is said; gives the present too."""
    now = bootstrap.now()
    begins = read_time("--since", since, playbook, now)
    begins = now if begins is None else begins
    ends = read_time("--until", until, playbook, now, begins) or begins + length
    if ends <= begins:
        raise RequestError(
            where="--until",
            expected=say("an end after {since}", since=clock.shown(begins, playbook.jurisdiction.zone)),
            found=clock.shown(ends, playbook.jurisdiction.zone),
            do=say("correct --until"),
        )
    service.must_be_near(ends, now, playbook.jurisdiction.zone)
    return begins, ends, now


def _looked(
    jurisdiction: str, only: str | None, since: str | None, until: str | None, length: int = _FORTNIGHT
) -> tuple[service.Rota, list[Duty], tuple[int, int]]:
    """Give the rota of a time, and its pieces of one roster or of all."""
    store, code, playbook = acts.place(jurisdiction)
    begins, ends, now = _span(playbook, since, until, length)
    with store.reading() as tx:
        found = service.rota(tx, code, begins, ends, now)
    key = _key(found, only)
    pieces = [one for one in found.pieces if key in (None, one.roster)]
    return found, pieces, (begins, ends)


def _key(found: service.Rota, words: str | None) -> str | None:
    """Give the key of the roster meant; none where none is named, for all are meant."""
    known = {one.roster for one in found.pieces} | {*found.case.keepings}
    return None if words is None else find_roster(found.playbook, known, words, say("none stands"))


@roster.command(help=_("Show who comes when, a fortnight unless you say."))
@click.argument("jurisdiction")
@click.argument("only", metavar="[ROSTER]", required=False)
@since_option
@until_option
@click.option("--why", is_flag=True, help=_("Say why it is this person."))
@numbers
def show(
    jurisdiction: str, *, only: str | None, since: str | None, until: str | None, why: bool, numbers: bool
) -> int:
    """Show shifts."""
    found, pieces, _times = _looked(jurisdiction, only, since, until)
    return put_shifts(found, pieces, why=why, numbers=numbers)


@roster.command(
    help=_("Show what is wrong in the time to come: empty posts, rest not kept, nobody to reach.")
)
@click.argument("jurisdiction")
@click.argument("only", metavar="[ROSTER]", required=False)
@since_option
@until_option
def gaps(jurisdiction: str, *, only: str | None, since: str | None, until: str | None) -> int:
    """List what is wrong; exit code 1 when anything is."""
    found, pieces, _times = _looked(jurisdiction, only, since, until, 4 * _WEEK)
    wrong = [one for one in pieces if one.piece.marks]
    if wants_json() or wrong:
        put_shifts(found, wrong)
    else:
        put(say("no gap: every post is kept, by somebody rested who can be reached"))
    return exits.FAULTS if wrong else 0


@roster.command(help=_("Show what everybody served this year: hours, nights, rest days, public holidays."))
@click.argument("jurisdiction")
@click.argument("only", metavar="[ROSTER]", required=False)
def fairness(jurisdiction: str, *, only: str | None) -> int:
    """Show hours served so far, shifts that are on included as far as they have come."""
    store, code, playbook = acts.place(jurisdiction)
    now, zone = bootstrap.now(), playbook.jurisdiction.zone
    with store.reading() as tx:
        found = service.rota(tx, code, year_begins(now, zone), now, now)
    ordered = views.served(found, now, _key(found, only))
    if wants_json():
        put_json(views.fairness(year_begins(now, zone), ordered, found.persons))
        return 0
    rows: list[list[Words]] = [
        [named(playbook, holder, found.persons), *(f"{minutes / 60:.1f}" for minutes in counted)]
        for holder, counted in ordered
    ]
    table(
        rows, [say("holder"), say("hours"), say("at night"), say("on rest days"), say("on public holidays")]
    )
    return 0


post_option = click.option("--post", metavar="POST", help=_("lead (default), or officer.1, officer.2, …"))
why_option = click.option("--why", metavar="TEXT", help=_("Why; sealed in the journal."))


@roster.command(help=_("Set a person for a post, whatever the rotation says; or take that back."))
@click.argument("jurisdiction")
@click.argument("only", metavar="ROSTER")
@click.option(
    "--holder", metavar="SIGN", help=_("Who: a sign of the directory. A post is never set to nobody.")
)
@post_option
@click.option("--from", "since", metavar="TIME", help=_("From when; default: now."))
@click.option("--until", metavar="TIME", help=_("Until when, or how long; default: the end of that shift."))
@click.option("--withdraw", is_flag=True, help=_("Take back whom somebody set for the post at that time."))
@why_option
@acts.acting
def override(
    jurisdiction: str,
    *,
    only: str,
    holder: str | None,
    post: str | None,
    since: str | None,
    until: str | None,
    withdraw: bool,
    why: str | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Set a person, or withdraw that."""
    sign = _set_or_withdrawn(holder, until, withdraw=withdraw)
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    begins, ends = _times(playbook, since, until)
    said: dict[str, Any] = {"why": why, "origin": origin, "now": bootstrap.clock, "chance": bootstrap.chance}
    if sign is None:
        outcome = shifts.withdraw(store, code, only, begins, post=post, **said)
    else:
        outcome = shifts.override(store, code, shifts.Setting(only, post, sign, begins, ends), **said)
    return _put_outcome(store, outcome)


def _set_or_withdrawn(holder: str | None, until: str | None, *, withdraw: bool) -> str | None:
    """Give the sign of who is set, none where that is withdrawn. Raises `RequestError`."""
    sign = (holder or "").strip()
    if withdraw and (sign or until is not None):
        raise RequestError(
            where="--withdraw",
            expected=say("the post, and a time at which somebody is set for it"),
            found="--holder" if sign else "--until",
            do=say("leave it out"),
        )
    if not withdraw and not sign:
        raise RequestError(
            where="--holder",
            expected=say("the sign of the person who keeps the post"),
            found=say("nobody"),
            do=say("name somebody; if one cannot come: incident roster cover"),
        )
    return sign or None


def _times(playbook: Playbook, since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """Read from when until when; without the first from when it is recorded."""
    now = bootstrap.now()
    begins = read_time("--from", since, playbook, now)
    return begins, read_time("--until", until, playbook, now, now if begins is None else begins)


@roster.command(help=_("Exchange two shifts of a post; each is named by a time in it."))
@click.argument("jurisdiction")
@click.argument("only", metavar="ROSTER")
@click.argument("first")
@click.argument("second")
@post_option
@why_option
@acts.acting
def swap(
    jurisdiction: str,
    *,
    only: str,
    first: str,
    second: str,
    post: str | None,
    why: str | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Exchange two shifts."""
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    now = bootstrap.now()
    one, other = read_time("FIRST", first, playbook, now), read_time("SECOND", second, playbook, now)
    assert one is not None, "the argument is required"
    assert other is not None, "the argument is required"
    outcome = shifts.swap(
        store,
        code,
        only,
        (one, other),
        post=post,
        why=why,
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    return _put_outcome(store, outcome)


@roster.command(help=_("Somebody cannot come: note it, and let another come."))
@click.argument("jurisdiction")
@click.argument("holder")
@click.option("--from", "since", metavar="TIME", help=_("From when; default: now."))
@click.option("--until", metavar="TIME", help=_("Until when, or how long; default: the end of that shift."))
@click.option(
    "--as",
    "kind",
    type=click.Choice(["sick", "leave", "travel", "other"]),
    default="sick",
    help=_("What keeps them; default: sick."),
)
@click.option("--with", "other", metavar="SIGN", help=_("Who covers; default: whom the rotation gives."))
@why_option
@acts.acting
def cover(
    jurisdiction: str,
    *,
    holder: str,
    since: str | None,
    until: str | None,
    kind: Any,
    other: str | None,
    why: str | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Note that somebody is away."""
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    begins, ends = _times(playbook, since, until)
    absence = shifts.Absence(holder, begins, ends, kind, other)
    outcome = shifts.cover(
        store, code, absence, why=why, origin=origin, now=bootstrap.clock, chance=bootstrap.chance
    )
    return _put_outcome(store, outcome)


def _put_outcome(store: Any, outcome: Outcome) -> int:
    """Say what was recorded, and who is on duty by it."""
    acts.told(outcome)
    entry = outcome.entry
    with store.reading() as tx:
        persons = {one.holder: one for one in tx.people(entry.jurisdiction)}
    if wants_json():
        put_json(views.changed(outcome, persons))
        return 0
    for line in views.change_lines(outcome, persons):
        put(line)
    put(say("recorded in entry {seq}", seq=entry.seq))
    return 0


@roster.command(help=_("Write duty as a calendar file, of a roster or of a person."))
@click.argument("jurisdiction")
@click.argument("only", metavar="[ROSTER]", required=False)
@click.option("--ics", "file", type=ToWrite(), required=True, help=_("File to write; - for stdout."))
@click.option("--holder", metavar="SIGN", help=_("Only the duty of this one."))
@since_option
@until_option
def export(
    jurisdiction: str,
    *,
    only: str | None,
    file: str,
    holder: str | None,
    since: str | None,
    until: str | None,
) -> int:
    """Write a calendar."""
    from incident.service.calendar import shifts
    from incident.views.calendar import calendar

    store, code, playbook = acts.place(jurisdiction)
    begins, ends, now = _span(playbook, since, until, 8 * _WEEK)
    with store.reading() as tx:
        told = shifts(tx, code, begins, ends, now)
    body = calendar(told, roster=_key(told.found, only), holder=holder)
    events = body.count(b"BEGIN:VEVENT")
    said = say("{n} events written to {file}", n=events, file=file)
    return put_file(file, body.decode(), "--ics", "calendar", said, events=events)


@roster.command("chart", help=_("Draw duty as a picture to print: rosters as rows, days across."))
@click.argument("jurisdiction")
@click.argument("only", metavar="[ROSTER]", required=False)
@click.option("--out", "file", type=ToWrite(), required=True, help=_("File to write; - for stdout."))
@since_option
@until_option
def chart_command(
    jurisdiction: str, *, only: str | None, file: str, since: str | None, until: str | None
) -> int:
    """Draw a fortnight."""
    from incident.cli.roster_chart import write

    found, pieces, (begins, ends) = _looked(jurisdiction, only, since or "00:00", until)  # whole days
    return write(found, pieces, begins, ends, file)
