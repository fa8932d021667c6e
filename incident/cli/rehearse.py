"""`incident playbook rehearse`: a month of a plan in seconds, on a clock that jumps, all accounted for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from msgspec import to_builtins

from incident.cli import exits
from incident.cli.output import error_lines, put, put_error, put_json, table, wants_json
from incident.domain import clock, explain
from incident.domain.errors import IncidentError, Refused
from incident.domain.explain_time import ENDS, WHATS, promised
from incident.domain.facts import RequestRefused
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import _, speak
from incident.playbook_text.load import must_load
from incident.playbook_text.script import ScriptError, read_script
from incident.service.ports import Store
from incident.testing.rehearsal import Act, Rehearsed, Undone
from incident.testing.rehearsal import rehearse as play
from incident.testing.story import story
from incident.testing.wanted import START, Period, acts_of, outage_of, period_of
from incident.views import rehearsal as views
from incident.views.errors import failure


class _Count(click.IntRange):
    """So many of something."""

    name = _("whole number")


@click.command(help=_("Rehearse a plan on a virtual clock: timeline, and an account of every promised time."))
@click.argument("name")
@click.option(
    "--days", metavar="N", type=_Count(1, 3660), default=30, show_default=True, help=_("How long, in days.")
)
@click.option("--start", default=START, show_default=True, help=_("When it begins, by the plan's clock."))
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
    period = period_of(playbook.jurisdiction.zone, start, days, "--start")
    acts = story(playbook, period.since, days) if script is None else _acts(script, period)
    away = None if outage is None else outage_of(outage, period, "--outage")
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


def _acts(script: str, period: Period) -> list[Act]:
    """Read the acts of a script. Raises `RequestError`, once every fault of it is shown but the last."""
    try:
        return acts_of(read_script(script), period)
    except ScriptError as error:
        for before in error.before:
            put_error(before)
        raise


def _put(done: Rehearsed, *, everything: bool) -> None:
    """Print the timeline day by day, then the account."""
    for day in views.days(done.playbook, done.lines, everything=everything):
        put(day.date)
        for time, what in day.told:
            put(say("  {time}  {what}", time=time, what=what))
        if day.counted:
            put(say("  as it should be: {counted}", counted=day.counted))
        if day.on_duty:
            put(say("  on duty: {who}", who=day.on_duty))
    _put_account(done)


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
        if everything or views.is_news(line):
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
