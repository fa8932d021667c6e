"""`incident reports`: what is owed, by whom, and whether it is in."""

from __future__ import annotations

from typing import Any, NamedTuple, get_args

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.as_of import as_of, as_of_json, put_as_of
from incident.cli.asking import past_of
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain import clock, explain, names, schedule
from incident.domain.explain_time import lateness, promised
from incident.domain.filing import find_sender, form_of
from incident.domain.ledger import Occurrence, State
from incident.domain.organisation import Text
from incident.domain.owing import obligation
from incident.domain.playbook import Obligation, Playbook
from incident.domain.say import Words, say
from incident.language import _, speak
from incident.service import queries
from incident.service.intake import read_time
from incident.service.reports import AWAITED, Board, Gathered, Row, aside, board, overdue, rows
from incident.views.times import put_time

#: How long what is done stays in the list.
_SHOWN = 86400
#: Where a report stands, in words.
STATES: dict[str, Words] = {
    "open": say("not due yet"),
    "due": say("due soon"),
    "late": say("late"),
    "missed": say("missed"),
    "filed": say("in"),
    "withdrawn": say("withdrawn"),
}


class _Wanted(NamedTuple):
    """What the list is to hold."""

    everything: bool
    since: int | None
    until: int | None
    sender: str | None
    states: tuple[str, ...]

    def holds(self, laid: Board, one: Occurrence) -> bool:
        """Tell whether a report is asked for; unless something is, what awaits and what was a day ago."""
        if self.sender is not None and names.key_of(laid.playbook, one.of) != self.sender:
            return False
        if self.states and one.state not in self.states:
            return False
        if self.since is not None or self.until is not None:
            return (self.since or 0) <= one.due and (self.until is None or one.due < self.until)
        is_near = one.state in AWAITED or one.due >= laid.desk.at - _SHOWN
        return self.everything or bool(self.states) or is_near


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
        past = as_of(tx, code, past_of(at, playbook, now))
        wanted = _Wanted(
            everything,
            read_time("--since", since, playbook, now),
            read_time("--until", until, playbook, now),
            None if sender is None else find_sender(playbook, sender),
            states,
        )
        found = board(tx, code, at=now, past=past, since=wanted.since)
        shelved = aside(tx, code) if past is None else []
        listed = rows(found.desk, [one for one in found.desk.occurrences if wanted.holds(found, one)])
    timeless = _timeless(found, wanted.sender) if everything else []
    passed = overdue(found, {(one.seq, one.n) for one in shelved})
    if not wants_json():
        _put(found, listed, timeless, passed)
        put_as_of(past, has_ends=True)
        return
    if passed:
        talk(not_carried_out(passed))
    for row in listed:
        put_json({**row_json(found, row), "overdue": passed, **as_of_json(past)})
    for key, owed in timeless:
        put_json({**_timeless_json(found.playbook, key, owed), "overdue": passed, **as_of_json(past)})


def not_carried_out(n: int) -> Words:
    """Say that `n` promised times have passed without a worker: what follows from them is not known yet."""
    return say("{n} promised times have passed and were not carried out; look: incident doctor", n=n)


def _put(found: Board, listed: list[Row], timeless: list[tuple[str, Obligation]], passed: int) -> None:
    playbook = found.playbook
    put(
        say(
            "{name} {code}   reports at {at}",
            name=playbook.jurisdiction.name,
            code=playbook.jurisdiction.code,
            at=put_time(found.desk.at, playbook),
        )
    )
    if passed:
        table([["!", not_carried_out(passed)]])
    if not listed:
        put(say("no report is owed in this time"))
    lines: list[list[Words]] = []
    for row in listed:
        lines.append(row_words(found, row))
        if row.gathers is not None:
            lines.append(["", "", "", "", "", gathered(playbook, row.gathers)])
    if lines:
        table(lines, ["", say("due at"), say("state"), say("report"), say("owed by"), ""])
    if timeless:
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
                for _key, owed in timeless
            ]
        )


def row_words(found: Board, row: Row) -> list[Words]:
    """Show one report as a row: mark, time, state, name, sender, what else is known."""
    one, playbook = row.report, found.playbook
    return [
        "!" if one.state in ("late", "missed") else "",
        put_time(one.due, playbook),
        STATES[one.state],
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


def row_json(found: Board, row: Row) -> dict[str, Any]:
    """Give one report as the JSON contract has it."""
    one, playbook, desk = row.report, found.playbook, found.desk
    stood = desk.standing.get(("obligation", one.key))
    order = desk.standing.get(("directive", one.key))
    to: list[str] = [order.item["by"]] if order else stood.item.get("to", []) if stood else []
    filing, gathers = one.filing, row.gathers
    return {
        "key": one.key,
        "name": name_json(promised(playbook, one.key)),
        "kind": "directive" if one.key.startswith("directive-") else "obligation",
        "form": form_of(desk.standing, one.key),
        "of": who_json(playbook, one.of),
        "to": [who_json(playbook, ref) for ref in to],
        "due": clock.stamp(one.due),
        "opens": None if one.opens is None else clock.stamp(one.opens),
        "state": one.state,
        "late": one.late,
        "filing": None
        if filing is None
        else {
            "seq": filing.seq,
            "at": clock.stamp(filing.at),
            "late": filing.late,
            "zero": row.zero,
            "valid_seq": row.valid,
        },
        "gathers": None
        if gathers is None
        else {
            "filed": [_part_json(playbook, part) for part in gathers.filed],
            "zero": [_part_json(playbook, part) for part in gathers.zero],
            "missing": [_part_json(playbook, part) for part in gathers.missing],
            "awaited": [_part_json(playbook, part) for part in gathers.awaited],
        },
    }


def _part_json(playbook: Playbook, part: Occurrence) -> dict[str, Any]:
    return {"key": part.key, "of": who_json(playbook, part.of), "due": clock.stamp(part.due)}


def who_json(playbook: Playbook, ref: str) -> dict[str, Any]:
    """Give a group, body, unit or seat as data."""
    return {"key": names.key_of(playbook, ref) or ref, "name": name_json(names.name_of(playbook, ref))}


def name_json(name: Text) -> dict[str, str]:
    """Give a name in both languages."""
    return {"zh": name.zh, "en": name.en}


def _timeless(found: Board, sender: str | None) -> list[tuple[str, Obligation]]:
    """List the obligations that stand and for which no time can be computed before something comes in."""
    listed = []
    for (kind, key), stood in found.desk.standing.items():
        if kind != "obligation":
            continue
        owed = obligation(stood.item)
        by = [names.key_of(found.playbook, ref) for ref in owed.senders]
        if not schedule.recurs(owed) and owed.of != "entry" and (sender is None or sender in by):
            listed.append((key, owed))
    return listed


def _timeless_json(playbook: Playbook, key: str, owed: Obligation) -> dict[str, Any]:
    return {
        "key": key,
        "name": name_json(owed.name),
        "kind": "obligation",
        "form": owed.form or key,
        "of": [who_json(playbook, ref) for ref in owed.senders],
        "to": [who_json(playbook, ref) for ref in owed.receivers],
        "due": None,
        "state": "no_time",
        "text": speak(explain.schedule(playbook, owed)),
    }
