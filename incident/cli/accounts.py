"""`incident account`: what became of every promised time of a period."""

from __future__ import annotations

import click

from incident import bootstrap
from incident.cli import exits, session
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain.errors import RequestError
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.timer import Timer
from incident.language import _
from incident.service import queries
from incident.service.account import Account, Fault, account, period
from incident.service.intake import read_time
from incident.views import account as views
from incident.views.times import put_time


@click.command("account", help=_("Account for every promised time of a period; exit code 1 if one is lost."))
@click.argument("jurisdiction")
@click.option(
    "--from",
    "since",
    metavar="TIME",
    help=_("From this time on; default: since the incident opened, or 30 days."),
)
@click.option("--to", "until", metavar="TIME", help=_("Before this time; default: now."))
@click.option("--all", "everything", is_flag=True, help=_("List every promised time."))
def account_command(jurisdiction: str, since: str | None, until: str | None, everything: bool) -> int:
    """Show what was promised and how it ended; exit code 1 when it does not balance."""
    now = bootstrap.now()
    with session.store().reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
        situation, playbook = queries.present(tx, code)
        given = read_time("--from", since, playbook, now), read_time("--to", until, playbook, now)
        start, end = period(tx, situation, *given, now=now)
        if end < start:
            raise _turned(playbook, start, end, "--from" if until is None else "--to")
        found = account(tx, code, since=start, until=end, at=now)
    if wants_json():
        put_json(views.account(playbook, found, everything=everything))
    else:
        _put(playbook, found, everything=everything)
    if now < start:
        talk(say("the clock here says {at}, before this period begins", at=put_time(now, playbook)))
    return 0 if found.is_balanced else exits.FAULTS


def _turned(playbook: Playbook, start: int, end: int, where: str) -> RequestError:
    """Make the error of a period that ends before it begins; `where` is the option at fault."""
    earlier, later = put_time(end, playbook), put_time(start, playbook)
    is_start = where == "--from"
    return RequestError(
        where=where,
        expected=say("a time before {at}", at=earlier)
        if is_start
        else say("a time later than {at}", at=later),
        found=later if is_start else earlier,
        do=say("correct --from or --to"),
    )


def _put(playbook: Playbook, found: Account, *, everything: bool) -> None:
    put(
        say(
            "{name} {code}   from {since} to before {until}",
            name=playbook.jurisdiction.name,
            code=found.jurisdiction,
            since=put_time(found.since, playbook),
            until=put_time(found.until, playbook),
        )
    )
    _put_sums(found)
    listed = views.listed(found, everything=everything)
    if listed:
        put()
        table(
            [_row(playbook, one) for one in listed],
            [
                say("due at"),
                say("what"),
                "",
                say("of"),
                say("how it ended"),
                say("late by"),
                say("node"),
                say("why"),
            ],
        )
    put()
    if found.is_balanced:
        put(say("balances: each of {n} promised times came to exactly one end", n=found.promised))
        return
    put(say("does not balance: {n} faults", n=len(found.faults)))
    table([_fault_row(playbook, one) for one in found.faults])
    for kind in dict.fromkeys(one.kind for one in found.faults):
        put(say("  {what}: {do}", what=views.FAULTS[kind], do=views.what_to_do(kind)))


def _put_sums(found: Account) -> None:
    """Show how many of each kind ended in which way; kinds and ends of which there are none are left out."""
    ends, rows = views.sums(found)
    if rows:
        table(rows, ["", *ends])
    else:
        put(say("no time was promised in this period"))
    put(say("promised by schedules, events and directives: {n}", n=found.promised))


def _row(playbook: Playbook, one: Timer) -> list[Words]:
    said = views.line(playbook, one)
    return [
        put_time(said.due, playbook),
        said.what,
        said.name,
        said.of,
        said.end,
        said.late,
        said.node,
        said.why,
    ]


def _fault_row(playbook: Playbook, one: Fault) -> list[Words]:
    said = views.fault_line(playbook, one)
    return ["!", put_time(said.due, playbook), said.what, said.name, said.of, said.end]
