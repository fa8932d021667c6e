"""Who is on duty: now, at any instant that was or will be, or for a week."""

from __future__ import annotations

from collections.abc import Sequence

import click

from incident import bootstrap
from incident.cli import acts
from incident.cli.as_of import as_of, put_as_of
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.cli.people import addresses, numbers
from incident.domain import clock, explain_duty, names, schedule
from incident.domain.duty import Duty
from incident.domain.explain_time import promised
from incident.domain.say import Words, say
from incident.language import _
from incident.service.intake import read_time
from incident.service.past import Past
from incident.service.rota import FORESEEN, Rota, must_be_near, on_duty, rota
from incident.service.rota import as_of as rota_as_of
from incident.views import duty as views
from incident.views.duty import marks, part, why_of
from incident.views.people import named

_WEEK = 7 * 86400


@click.command(help=_("Show who is on duty, now or at any time, with the reason."))
@click.argument("jurisdiction")
@click.option("--at", metavar="TIME", help=_("At that time, past or to come; default: now."))
@click.option("--week", is_flag=True, help=_("The week that begins then."))
@click.option("--why", is_flag=True, help=_("Say why it is this person."))
@numbers
def duty(jurisdiction: str, *, at: str | None, week: bool, why: bool, numbers: bool) -> int:
    """Show who is on duty."""
    store, code, playbook = acts.place(jurisdiction)
    now = bootstrap.now()
    instant = read_time("--at", at, playbook, now)
    instant = now if instant is None else instant
    must_be_near(instant, now, playbook.jurisdiction.zone)
    with store.reading() as tx:
        past = as_of(tx, code, instant) if instant < now and not week else None
        found = (
            rota(tx, code, instant, instant + (_WEEK if week else 1), now)
            if past is None
            else rota_as_of(tx, code, past, now)
        )
    if week:
        return put_shifts(found, found.pieces, why=why, numbers=numbers)
    there = on_duty(found, instant)
    if found.behind is not None and instant >= found.behind:
        talk(not_recorded(found))
    if wants_json():
        put_json(views.duty(found, there, instant, past, numbers=numbers))
        return 0
    name, zone = found.playbook.jurisdiction.name, found.playbook.jurisdiction.zone
    put(say("{name} {code}, on duty {at}", name=name, code=code, at=clock.shown(instant, zone)))
    for key, pieces in there.items():
        _put_roster(found, key, pieces, past, why=why, numbers=numbers)
    if not there:
        put(say("nobody: no roster stands, or none is recorded for that time"))
    put_as_of(past)
    return 0


def _put_roster(
    found: Rota, key: str, pieces: Sequence[Duty], past: Past | None, *, why: bool, numbers: bool
) -> None:
    playbook, zone = found.playbook, found.playbook.jurisdiction.zone
    first = pieces[0]
    put()
    put(
        say(
            "{roster}: {shift}{since} to {until}{foreseen}",
            roster=promised(playbook, key),
            shift=_shift_name(found, first),
            since=clock.shown(first.shift, zone),
            until=clock.shown(first.till, zone),
            foreseen=_known(first, past),
        )
    )
    table([_line(found, one, numbers=numbers) for one in pieces])
    if why:
        for one in pieces:
            put(say("  {post}: {why}", post=explain_duty.post(one.piece.post), why=why_of(found, one.piece)))


def _known(one: Duty, past: Past | None) -> Words:
    """Say of what was not recorded at that time by what it is known."""
    if one.seq == FORESEEN:
        return say(" (foreseen)")
    if past is not None and one.seq >= past.cut.size:
        return say(" (recorded only later, in entry {seq})", seq=one.seq)
    return ""


def _shift_name(found: Rota, one: Duty) -> Words:
    keeping = found.case.keepings.get(one.roster)
    shift = None if keeping is None else schedule.shift_at(keeping.roster, one.shift, found.case.zone)
    return "" if shift is None else say("{shift}, ", shift=shift.name)


def _line(found: Rota, one: Duty, *, numbers: bool) -> list[Words]:
    """Give who keeps a post, as whose holder, how they are reached, and what is wrong with it."""
    piece, playbook = one.piece, found.playbook
    who = named(playbook, piece.holder, found.persons)
    seat = "" if piece.seat is None else names.name_of(playbook, piece.seat, ("seat", "unit"))
    reached = addresses(piece.holder, found.persons, numbers=numbers)
    return ["  ", explain_duty.post(piece.post), who, seat, reached, part(found, one), [*marks(one)]]


def not_recorded(found: Rota) -> Words:
    """Say that handovers have come and wait for a worker."""
    assert found.behind is not None, "asked only where some have"
    return say(
        "handovers since {at} are not recorded yet; shown is what will be, once a worker runs: {command}",
        at=clock.shown(found.behind, found.case.zone),
        command="incident run",
    )


def put_shifts(found: Rota, pieces: Sequence[Duty], *, why: bool = False, numbers: bool = False) -> int:
    """Show shifts, one below the other."""
    playbook, zone = found.playbook, found.playbook.jurisdiction.zone
    if wants_json():
        put_json(views.shifts(found, pieces, numbers=numbers))
        return 0
    rows: list[list[Words]] = [
        [
            clock.minute(one.since, zone),
            clock.minute(one.until, zone),
            promised(playbook, one.roster),
            explain_duty.post(one.piece.post),
            named(playbook, one.piece.holder, found.persons),
            [*marks(one)],
            *([why_of(found, one.piece)] if why else []),
        ]
        for one in pieces
    ]
    if not rows:
        put(say("nobody: no roster stands, or none is recorded for that time"))
        return 0
    heads: list[Words] = [say("from"), say("until"), say("roster"), say("post"), say("holder"), ""]
    table(rows, [*heads, *([say("why")] if why else [])])
    if found.behind is not None and any(one.until > found.behind for one in pieces):
        talk(not_recorded(found))
    if any(one.seq == FORESEEN for one in pieces):
        talk(say("what is to come is foreseen, and will be so unless something is recorded meanwhile"))
    return 0
