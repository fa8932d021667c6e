"""`incident playbook rehearse`: a month of a plan in seconds, on a clock that jumps, all accounted for."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import click
from msgspec import to_builtins

from incident.cli import exits
from incident.cli.output import error_lines, put, put_error, put_json, table, wants_json
from incident.domain import clock, explain, names
from incident.domain.errors import IncidentError, Refused, RequestError
from incident.domain.explain_time import ENDS, WHATS, promised
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted, ReportFiled, RequestRefused, TimerEnded
from incident.domain.playbook import Playbook
from incident.domain.problem import Mark
from incident.domain.say import Words, say
from incident.language import _, speak
from incident.playbook_text.load import must_load
from incident.playbook_text.script import Scripted, ScriptError, instant, read_script
from incident.service.history import Line
from incident.service.ports import Store
from incident.testing.rehearsal import Act, Outage, Rehearsed, Undone
from incident.testing.rehearsal import rehearse as play
from incident.testing.story import story
from incident.views.errors import failure

#: Where a rehearsal begins that is not told when.
_START = "2026-03-01 00:00"
#: A time of which the day is said.
_DATE = re.compile(r"[0-9]{4}-")
#: Within these instants a plan has room before and behind: 1971 to the end of 9998, UTC.
_FIRST, _END = clock.read_stamp("1971-01-01T00:00:00Z"), clock.read_stamp("9999-01-01T00:00:00Z")
#: Facts that are as they should be: counted a day, listed with `--all`.
_COUNTED: dict[str, Words] = {
    "ReportFiled": say("reports filed in time"),
    "Reminded": say("reminders"),
    "Called": say("meetings and checks called"),
}


class _Count(click.IntRange):
    """So many of something."""

    name = _("whole number")


@click.command(help=_("Rehearse a plan on a virtual clock: timeline, and an account of every promised time."))
@click.argument("name")
@click.option(
    "--days", metavar="N", type=_Count(1, 3660), default=30, show_default=True, help=_("How long, in days.")
)
@click.option("--start", default=_START, show_default=True, help=_("When it begins, by the plan's clock."))
@click.option(
    "--script",
    metavar="FILE",
    help=_(
        "YAML of what is done when, as docs/playbook-authors.md describes it: "
        "`acts: [{at: day 2 02:40, activate: EVENT}]`; default: a story of its own."
    ),
)
@click.option("--outage", metavar="FROM..TO", help=_("No worker runs meanwhile: `day 3 02:00..day 4 09:00`."))
@click.option(
    "--nodes", metavar="N", type=_Count(1, 16), default=1, show_default=True, help=_("Equal workers.")
)
@click.option("--kill", is_flag=True, help=_("Kill workers now and then before they commit."))
@click.option("--on-disk", is_flag=True, help=_("On a scratch SQLite database instead of in memory."))
@click.option(
    "--all", "everything", is_flag=True, help=_("Also what came in time, and each line of a switch.")
)
def rehearse(
    name: str,
    days: int,
    start: str,
    script: str | None,
    outage: str | None,
    nodes: int,
    kill: bool,
    on_disk: bool,
    everything: bool,
) -> int:
    """Rehearse; exit code 1 when the account does not balance or an act of the script was in vain."""
    playbook = must_load(name).playbook
    assert playbook is not None, "a playbook without errors was read"
    period = _period(playbook.jurisdiction.zone, start, days)
    acts = story(playbook, period.since, days) if script is None else _acts(script, period)
    away = None if outage is None else _outage(outage, period)
    with _store(on_disk=on_disk) as store:
        done = play(
            store,
            playbook,
            acts,
            since=period.since,
            until=period.until,
            outage=away,
            nodes=nodes,
            kill=kill,
        )
    if wants_json():
        _put_json(done, everything=everything)
    else:
        _put(done, everything=everything)
    is_in_vain = any(one.act.mark is not None for one in done.undone)
    return 0 if done.account.is_balanced and not is_in_vain else exits.FAULTS


@contextmanager
def _store(*, on_disk: bool) -> Iterator[Store]:
    """Open an empty store that is gone afterwards."""
    if not on_disk:
        from incident.testing.memory import MemoryStore

        yield MemoryStore()
        return
    from incident import bootstrap

    with tempfile.TemporaryDirectory(prefix="incident-rehearsal-") as folder:
        store = bootstrap.open_store(f"sqlite:///{Path(folder) / 'rehearsal.db'}")
        try:
            yield store
        finally:
            store.close()


class _Period(NamedTuple):
    """From when to when is rehearsed, in seconds since 1970 UTC, and the zone of the plan."""

    zone: str
    since: int
    until: int

    def instant(self, words: str, where: Words) -> int:
        """Read a time of the rehearsal. Raises `RequestError` for what is none, or outside."""
        try:
            at = instant(words, self.zone, self.since)
        except (ValueError, OverflowError) as error:
            raise _no_time(where, say("a time such as 2026-03-01 02:40, or day 2 02:40"), words) from error
        if self.since <= at <= self.until:
            return at
        first, last = clock.shown(self.since, self.zone), clock.shown(self.until, self.zone)
        raise RequestError(
            where=where,
            expected=say("within the period {first} to {last}", first=first, last=last),
            found=f"`{words}`",
            do=say("correct the time, or give another --start or more --days"),
        )


def _no_time(where: Words, expected: Words, words: str) -> RequestError:
    return RequestError(where=where, expected=expected, found=f"`{words}`", do=say("correct the time"))


def _period(zone: str, start: str, days: int) -> _Period:
    """Read `--start` and `--days`. Raises `RequestError`, also for years without room around them."""
    try:
        if not _DATE.match(start):
            raise ValueError(start)
        since = clock.read_time(start, zone, 0)
    except (ValueError, OverflowError) as error:
        raise _no_time("--start", say("a time such as 2026-03-01 02:40"), start) from error
    until = since + days * clock.seconds("1d")
    if not _FIRST <= since < until < _END:
        raise RequestError(
            where="--start",
            expected=say("a period that begins after 1970 and ends before the year 9999"),
            found=say("{days} days from {start}", days=days, start=f"`{start}`"),
            do=say("correct the time, or give fewer --days"),
        )
    return _Period(zone, since, until)


def _acts(script: str, period: _Period) -> list[Act]:
    """Read the acts of a script. Raises `RequestError`, once every fault of it is shown but the last."""
    try:
        placed = read_script(script)
        errors: list[RequestError] = []
        acts = []
        for one, mark in placed:
            try:
                acts.append(_act(one, mark, period))
            except RequestError as error:
                errors.append(error)
        if errors:
            raise ScriptError(errors)
    except ScriptError as error:
        for before in error.before:
            put_error(before)
        raise
    return acts


def _act(one: Scripted, mark: Mark, period: _Period) -> Act:
    said = one.what()
    assert said is not None, "the script was read"
    return Act(
        at=period.instant(one.at, say("script {name}", name=str(mark))),
        do=said[0],
        what=said[1],
        values=one.set,
        form=one.form,
        zero=one.zero,
        decided_by=one.decided_by,
        mark=mark,
    )


def _outage(words: str, period: _Period) -> Outage:
    first, dots, last = words.partition("..")
    expected = say("FROM..TO, the second after the first")
    if not dots:
        raise _no_time("--outage", expected, words)
    found = Outage(*(period.instant(one.strip(), "--outage") for one in (first, last)))
    if found.until <= found.since:
        raise _no_time("--outage", expected, words)
    return found


def _put(done: Rehearsed, *, everything: bool) -> None:
    """Print the timeline day by day, then the account."""
    zone = done.playbook.jurisdiction.zone
    for day, lines in groupby(done.lines, key=lambda line: f"{clock.local(line.at, zone):%Y-%m-%d}"):
        put(day)
        quiet, on_duty = Counter[str](), dict[str, Words]()
        for line in lines:
            if everything or _is_news(line):
                time = f"{clock.local(line.at, zone):%H:%M}"
                put(say("  {time}  {what}", time=time, what=explain.fact(done.playbook, line.fact)))
            else:
                quiet[line.kind] += 1
            if line.kind == "HandoverCame" and isinstance(line.fact, TimerEnded):
                on_duty[line.fact.key] = names.name_of(done.playbook, line.fact.of)
        _put_counted(quiet)
        if on_duty:
            put(say("  on duty: {who}", who=[*on_duty.values()]))
    _put_account(done)


def _put_counted(quiet: Counter[str]) -> None:
    counted: list[Words] = [
        say("{what} {n}", what=what, n=quiet[kind]) for kind, what in _COUNTED.items() if quiet[kind]
    ]
    if counted:
        put(say("  as it should be: {counted}", counted=counted))


def _is_news(line: Line) -> bool:
    """Tell whether a fact belongs into the short timeline: not what a switch does, nor what came in time."""
    match line.fact:
        case ItemStarted() | ItemChanged() | ItemEnded():
            return line.fact.kind == "directive"
        case ReportFiled():
            return not line.fact.closes or any(one.late for one in line.fact.closes)
        case TimerEnded(end="fired"):
            return line.kind not in {*_COUNTED, "HandoverCame", "ReportMet"}
        case _:
            return True


def _put_account(done: Rehearsed) -> None:
    account = done.account
    _put_undone(done)
    put()
    put(say("{n} entries, {promised} times promised by schedules", n=done.entries, promised=account.promised))
    table(
        [
            [WHATS[what], ENDS.get(end, say("open")), str(n)]
            for (what, end), n in sorted(account.ends.items())
        ],
        [say("promised time"), say("how it ended"), say("count")],
    )
    if done.kills:
        put(say("workers killed before they could commit: {n}", n=done.kills))
    for fault in account.faults:
        put(_fault(done.playbook, fault.kind, fault.key, fault.due))
    put(say("the account balances") if account.is_balanced else say("the account does not balance"))


def _put_undone(done: Rehearsed) -> None:
    """Print each act that was not carried out, with when and where, and why as the real command says it."""
    if done.undone:
        put()
        put(say("not carried out ({n}):", n=len(done.undone)))
    for act, why in done.undone:
        at = clock.shown(act.at, done.playbook.jurisdiction.zone)
        put(say("  {at}  {act}  {place}", at=at, act=f"{act.do}: {act.what}", place=_place(act)))
        for line in _why(done.playbook, why):
            put(say("    {line}", line=line))


def _place(act: Act) -> Words:
    return say("story of the program's own") if act.mark is None else f"{act.mark.file}:{act.mark.line}"


def _why(playbook: Playbook, why: RequestRefused | IncidentError) -> list[Words]:
    if isinstance(why, IncidentError):
        return error_lines(why)
    return [say("refused [{rule}]: {reason}", rule=why.rule, reason=explain.refusal(playbook, why))]


def _undone_json(playbook: Playbook, one: Undone) -> dict[str, Any]:
    return {
        "at": clock.stamp(one.act.at),
        "do": one.act.do,
        "what": one.act.what,
        "script": None if one.act.mark is None else str(one.act.mark),
        **to_builtins(
            failure(one.why if isinstance(one.why, IncidentError) else _refused(playbook, one.why))
        ),
    }


def _refused(playbook: Playbook, why: RequestRefused) -> Refused:
    return Refused(
        rule=why.rule,
        where=playbook.jurisdiction.name,
        found=explain.refusal(playbook, why),
        missing=why.missing,
        who_may_decide=why.who_may_decide,
    )


def _fault(playbook: Playbook, kind: str, key: str, due: int) -> Words:
    at = clock.shown(due, playbook.jurisdiction.zone)
    return say("! {kind}: {name} of {at}", kind=kind, name=promised(playbook, key), at=at)


def _put_json(done: Rehearsed, *, everything: bool) -> None:
    for line in done.lines:
        if everything or _is_news(line):
            put_json(
                {
                    "at": clock.stamp(line.at),
                    "entry": line.seq,
                    "kind": line.kind,
                    "what": speak(explain.fact(done.playbook, line.fact)),
                    "data": line.data(),
                }
            )
    account: dict[str, Any] = {
        "entries": done.entries,
        "promised": done.account.promised,
        "ends": [{"what": what, "end": end, "n": n} for (what, end), n in sorted(done.account.ends.items())],
        "kills": done.kills,
        "not_carried_out": [_undone_json(done.playbook, one) for one in done.undone],
        "faults": [
            {"kind": one.kind, "what": one.what, "key": one.key, "of": one.of, "due": clock.stamp(one.due)}
            for one in done.account.faults
        ],
        "balanced": done.account.is_balanced,
    }
    put_json({"account": account})
