"""`incident playbook rehearse`: a month of a plan in seconds, on a clock that jumps, all accounted for."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from incident.cli import exits
from incident.cli.language import _, speak
from incident.cli.output import put, put_json, table, wants_json
from incident.domain import clock, explain, names
from incident.domain.errors import RequestError
from incident.domain.explain_time import ENDS, WHATS, promised
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted, ReportFiled, TimerEnded
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.playbook_text.load import must_load
from incident.playbook_text.script import instant, read_script
from incident.service.ports import Store
from incident.service.queries import Line
from incident.testing.rehearsal import Act, Outage, Rehearsed
from incident.testing.rehearsal import rehearse as play
from incident.testing.story import story

#: Where a rehearsal begins that is not told when.
_START = "2026-03-01 00:00"
#: Facts that are as they should be: counted a day, listed with `--all`.
_COUNTED: dict[str, Words] = {
    "ReportFiled": say("reports filed in time"),
    "Reminded": say("reminders"),
    "Called": say("meetings and checks called"),
}


@click.command(help=_("Rehearse a plan on a virtual clock: timeline, and an account of every promised time."))
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, help=_("How long."))
@click.option("--start", default=_START, show_default=True, help=_("When it begins, by the plan's clock."))
@click.option("--script", metavar="FILE", help=_("YAML of what is done when; default: a story of its own."))
@click.option("--outage", metavar="FROM..TO", help=_("No worker runs meanwhile: `day 3 02:00..day 4 09:00`."))
@click.option("--nodes", type=click.IntRange(1, 16), default=1, show_default=True, help=_("Equal workers."))
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
    """Rehearse; exit code 1 when the account does not balance."""
    playbook = must_load(name).playbook
    assert playbook is not None, "a playbook without errors was read"
    since = _instant("--start", start, playbook, 0)
    acts = _acts(script, playbook, since, days)
    until = clock.later(since, f"{days}d")
    with _store(on_disk=on_disk) as store:
        done = play(
            store,
            playbook,
            acts,
            since=since,
            until=until,
            outage=None if outage is None else _outage(outage, playbook, since),
            nodes=nodes,
            kill=kill,
        )
    if wants_json():
        _put_json(done, everything=everything)
    else:
        _put(done, everything=everything)
    return 0 if done.account.is_balanced else exits.FAULTS


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


def _instant(option: str, words: str, playbook: Playbook, since: int) -> int:
    try:
        return instant(words, playbook.jurisdiction.zone, since)
    except ValueError as error:
        raise RequestError(
            where=option,
            expected=say("a time such as 2026-03-01 02:40, or day 2 02:40"),
            found=f"`{words}`",
            do=say("correct the time"),
        ) from error


def _acts(script: str | None, playbook: Playbook, since: int, days: int) -> list[Act]:
    if script is None:
        return story(playbook, since, days)
    acts = []
    for one in read_script(script):
        said = one.what()
        assert said is not None, "the script was read"
        acts.append(
            Act(
                at=_instant(script, one.at, playbook, since),
                do=said[0],
                what=said[1],
                values=one.set,
                form=one.form,
                zero=one.zero,
                decided_by=one.decided_by,
            )
        )
    return acts


def _outage(words: str, playbook: Playbook, since: int) -> Outage:
    first, dots, last = words.partition("..")
    found = Outage(
        _instant("--outage", first.strip(), playbook, since),
        _instant("--outage", last.strip(), playbook, since) if dots else 0,
    )
    if found.until <= found.since:
        raise RequestError(
            where="--outage",
            expected=say("FROM..TO, the second after the first"),
            found=f"`{words}`",
            do=say("correct the time"),
        )
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
    put()
    put(say("{n} entries, {promised} times promised by schedules", n=done.entries, promised=account.promised))
    table(
        [
            [WHATS[what], ENDS.get(end, say("open")), str(n)]
            for (what, end), n in sorted(account.ends.items())
        ],
        [say("promised time"), say("how it ended"), say("count")],
    )
    for act, reason in done.refused:
        put(say("! {act} of the script: {reason}", act=act.what, reason=reason))
    if done.kills:
        put(say("workers killed before they could commit: {n}", n=done.kills))
    for fault in account.faults:
        put(_fault(done.playbook, fault.kind, fault.key, fault.due))
    put(say("the account balances") if account.is_balanced else say("the account does not balance"))


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
        "faults": [
            {"kind": one.kind, "what": one.what, "key": one.key, "of": one.of, "due": clock.stamp(one.due)}
            for one in done.account.faults
        ],
        "balanced": done.account.is_balanced,
    }
    put_json({"account": account})
