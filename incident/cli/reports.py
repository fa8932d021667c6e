"""`incident reports`: what is owed, by whom, and whether it is in."""

from __future__ import annotations

from typing import get_args

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.as_of import as_of, put_as_of
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain import explain, names
from incident.domain.explain_time import lateness, promised
from incident.domain.filing import find_sender
from incident.domain.ledger import State
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries
from incident.service.intake import read_past, read_time
from incident.service.reports import Board, Gathered, Row
from incident.views import reports as views
from incident.views.times import put_time


@click.command(help=_("Show which reports are owed: open, due, late, missed, in."))
@click.argument("jurisdiction")
@click.option(
    "--all", "everything", is_flag=True, help=_("All that is kept, and what has no hour of its own.")
)
@click.option("--since", metavar="TIME", help=_("Due at this time or later."))
@click.option("--until", metavar="TIME", help=_("Due before this time."))
@click.option("--from", "sender", metavar="SENDER", help=_("Only what this group, body, unit or seat owes."))
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(get_args(State)),
    help=_("Only what stands so; repeat."),
)
@click.option("--at", metavar="TIME", help=_("As it was at this time."))
def reports(
    jurisdiction: str,
    everything: bool,
    since: str | None,
    until: str | None,
    sender: str | None,
    states: tuple[str, ...],
    at: str | None,
) -> None:
    """List the reports that are owed, by time."""
    now = bootstrap.now()
    with session.store().reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
        _situation, playbook = queries.present(tx, code)
        past = as_of(tx, code, read_past("--at", at, playbook, now))
        wanted = views.Wanted(
            everything,
            read_time("--since", since, playbook, now),
            read_time("--until", until, playbook, now),
            None if sender is None else find_sender(playbook, sender),
            states,
        )
        found = views.owed(tx, code, wanted, now, past)
    if not wants_json():
        _put(found)
        put_as_of(past, has_ends=True)
        return
    if found.overdue:
        talk(views.not_carried_out(found.overdue))
    for line in views.lines(found):
        put_json(line)


def _put(found: views.Owed) -> None:
    board, playbook = found.board, found.board.playbook
    put(
        say(
            "{name} {code}   reports at {at}",
            name=playbook.jurisdiction.name,
            code=playbook.jurisdiction.code,
            at=put_time(board.desk.at, playbook),
        )
    )
    if found.overdue:
        table([["!", views.not_carried_out(found.overdue)]])
    if not found.rows:
        put(say("no report is owed in this time"))
    lines: list[list[Words]] = []
    for row in found.rows:
        lines.append(row_words(board, row))
        if row.gathers is not None:
            lines.append(["", "", "", "", "", gathered(playbook, row.gathers)])
    if lines:
        table(lines, ["", say("due at"), say("state"), say("report"), say("owed by"), ""])
    if found.timeless:
        put()
        put(say("no hour of its own"))
        table(
            [
                [
                    "",
                    owed.name,
                    [names.name_of(playbook, ref) for ref in owed.senders],
                    explain.schedule(playbook, owed),
                ]
                for _key, owed in found.timeless
            ]
        )


def row_words(found: Board, row: Row) -> list[Words]:
    """Show one report as a row: mark, time, state, name, sender, what else is known."""
    one, playbook = row.report, found.playbook
    return [
        "!" if one.state in ("late", "missed") else "",
        put_time(one.due, playbook),
        views.STATES[one.state],
        promised(playbook, one.key),
        names.name_of(playbook, one.of),
        _remarks(found, row),
    ]


def _remarks(found: Board, row: Row) -> list[Words]:
    one = row.report
    remarks: list[Words] = []
    if one.late:
        remarks.append(say("{late} late", late=lateness(one.late)))
    if row.zero:
        remarks.append(say("zero report"))
    if one.filing is not None:
        seq = one.filing.seq
        is_valid = row.valid in (None, seq)
        remarks.append(
            say("entry {seq}", seq=seq)
            if is_valid
            else say("entry {seq}, corrected by entry {newest}", seq=seq, newest=row.valid)
        )
    elif one.state in ("open", "due") and one.opens is not None and one.opens > found.desk.at:
        remarks.append(say("can be filed from {at}", at=put_time(one.opens, found.playbook)))
    return remarks


def gathered(playbook: Playbook, found: Gathered) -> Words:
    """Say what of the reports that one gathers is in, zero, missing or not late yet."""
    parts: list[Words] = [say("in {n}", n=len(found.filed)), say("zero {n}", n=len(found.zero))]
    for title, those in ((say("missing"), found.missing), (say("awaited"), found.awaited)):
        who = list(dict.fromkeys(names.name_of(playbook, one.of) for one in those))
        if who:
            parts.append(say("{what}: {who}", what=title, who=who))
    return say("gathers: {parts}", parts=parts)
