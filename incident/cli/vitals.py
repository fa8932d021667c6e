"""Whether work is done: what is late, set aside or undelivered, and the workers of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from incident import bootstrap
from incident.cli import recovered
from incident.cli.health import Finding
from incident.domain import clock
from incident.domain.errors import FormatError, IncidentError
from incident.domain.say import Words, say
from incident.service import proposals, signed
from incident.service.ports import Reading
from incident.service.post import lately_lost
from incident.store.inspection import Inspected, inspect_database
from incident.views.errors import in_a_line

if TYPE_CHECKING:
    from incident.domain.checkpoint import Checkpoint
    from incident.schedule.status import Seen
    from incident.service.outside import Kept

#: Seconds by which the oldest timer may be late: a sweep takes its time.
_LATE = 60
#: Seconds for which a message may wait where somebody delivers.
_WAITING = 600
#: Seconds by which the clocks may differ.
_SKEW = 1.0
#: Seconds for which a clock that was changed is worth a word.
_JUMPED = 3600
#: So many are counted.
_MANY = 1000


def of_work(url: str) -> list[Finding]:
    """Say whether the database answers and its work is done."""
    try:
        found = inspect_database(url)
    except IncidentError as error:
        return [Finding("database", well=False, words=in_a_line(error)), *_workers(_seen(url))]
    if found.revision is None:
        return examine_nothing(found, url, may_be=False)
    findings = [Finding("database", well=True, words=f"{found.server}  {found.place}")]
    if found.revision == found.expected:
        return [*findings, *examine_work(url)]
    words = say(
        "{found}, expected {expected}; run: incident db upgrade",
        found=found.revision,
        expected=found.expected,
    )
    return [*findings, Finding("schema", well=False, words=words)]


def examine_nothing(found: Inspected, url: str, *, may_be: bool) -> list[Finding]:
    """Say that no database is there; well only where that `may_be` and no worker is known that had one."""
    seen = _seen(url)
    words = say(
        "there is no database yet, or no longer, at {place}; "
        "check --db or INCIDENT_DB; a new one is made by: incident adopt NAME",
        place=found.place,
    )
    database = Finding("database", well=may_be and not seen, words=words, is_there=False)
    return [database, *(_workers(seen) if seen else [])]


def examine_work(url: str) -> list[Finding]:
    """Look at timers, messages, clocks and workers of a database of this schema."""
    seen, at = _seen(url), bootstrap.clock()
    findings = []
    try:
        told: list[Words] = []
        with closing(bootstrap.Workplace(url, bootstrap.outlets(None), told.append)) as workplace:
            findings.append(_checkpoints(workplace, told, at))
            with workplace.store.reading() as look:
                findings += [
                    *recovered.findings(look),
                    _timers(look, at),
                    _aside(look),
                    _reviews(look),
                    _messages(look, at, is_delivered=any(one.status.delivers for one in seen)),
                ]
            findings += _clock(workplace.skew())
    except IncidentError as error:
        findings.append(Finding("database", well=False, words=in_a_line(error)))
    return [*findings, *_workers(seen)]


def _checkpoints(workplace: bootstrap.Workplace, told: list[Words], at: int) -> Finding:
    """Say whether the journals are those that were signed, as far as that is known outside."""
    if not bootstrap.outlets(None):
        nowhere = say("none is kept outside; set INCIDENT_CHECKPOINTS, and sign: incident run --key FILE")
        return Finding("checkpoints", well=True, words=nowhere, is_there=False)
    wrong = workplace.store.read_only(bootstrap.known_outside(bootstrap.outlets(None)))
    if wrong:
        return Finding("checkpoints", well=False, words=in_a_line(wrong[0]))
    if told:
        return Finding("checkpoints", well=False, words=told[0])
    missing = list(_not_outside(workplace, at))
    if missing:
        return Finding("checkpoints", well=False, words=missing[0])
    return Finding("checkpoints", well=True, words=say("the journals are those that were signed"))


def _not_outside(workplace: bootstrap.Workplace, at: int) -> Iterator[Words]:
    """Say of which journals nothing is outside, or not the newest that was signed a while ago."""
    kept, unknown, behind = bootstrap.outlets(None), list[Words](), list[Words]()
    with workplace.store.reading() as tx:
        codes = [code for code, _name in tx.codes()]
    for code in codes:
        # outside last: what is signed meanwhile is no fault
        with workplace.store.reading() as tx:
            was_signed = tx.newest_checkpoint(code) is not None
            newest = next(signed.rows(tx, code, bootstrap.read_note), None)
        for outlet in kept if was_signed else ():
            there = outlet.newest(code)
            if not there:
                unknown.append(code)
            elif newest is not None and newest[1].at < at - _LATE and not _covers(there, newest[0]):
                behind.append(code)
    if unknown:
        yield say(
            "nothing outside of {codes}, which were signed; is the folder the right one, and mounted?",
            codes=unknown[:3],
        )
    if behind:
        yield say(
            "what was signed last of {codes} is not outside yet; may the folder be written? It is tried "
            "again by: incident run --key FILE",
            codes=behind[:3],
        )


def _covers(there: Sequence[Kept], newest: Checkpoint) -> bool:
    heads = []
    for one in there:
        with suppress(FormatError):
            heads.append(bootstrap.read_note(one.note))
    return any(head.origin == newest.origin and head.size >= newest.size for head in heads)


def _seen(url: str) -> list[Seen]:
    from incident.schedule.status import workers

    try:
        return workers(bootstrap.status_folder(url))
    except (OSError, IncidentError):
        return []


def _timers(look: Reading, at: int) -> Finding:
    wake = look.next_wake()
    if wake is None or at - wake <= _LATE:
        return Finding("timers", well=True, words=say("nothing is late"))
    late = say(
        "the oldest should have been carried out {minutes} min ago, {time}; does a worker run? incident run",
        minutes=(at - wake) // 60,
        time=clock.stamp(wake),
    )
    return Finding("timers", well=False, words=late)


def _aside(look: Reading) -> Finding:
    aside = look.set_aside()
    if not aside:
        return Finding("aside", well=True, words=say("none"))
    told: list[Words] = [f"{code} {timer.what} {timer.key} {clock.stamp(timer.due)}" for code, timer in aside]
    return Finding(
        "aside",
        well=False,
        words=say("{n} failed too often and are tried no more: {which}", n=len(told), which=told[:3]),
    )


def _reviews(look: Reading) -> Finding:
    """Say what one person did alone where two are needed, as long as no other has reviewed it."""
    open_now: list[Words] = [
        say("{code} entry {seq}", code=code, seq=one.seq)
        for code, _name in look.codes()
        for one in proposals.unreviewed(look, code)
    ]
    if not open_now:
        return Finding("reviews", well=True, words=say("nothing waits for a review"))
    words = say(
        "BREAK-GLASS: what one person did alone is not reviewed ({n}): {which}; another person reviews: "
        "incident review",
        n=len(open_now),
        which=open_now[:3],
    )
    return Finding("reviews", well=False, words=words)


def _messages(look: Reading, at: int, *, is_delivered: bool) -> Finding:
    """Say what waits and what reached nobody.

    What waits is a fault only where a worker should hand it on; what is lost, only as long as it could be
    sent again and whoever runs the worker can mend what is in its way.
    """
    waits, all_handed_on = _waiting(look, at, is_delivered=is_delivered)
    lost = lately_lost(look, _MANY, at)
    mendable = [one for one in lost if one.letter.lost in ("no_way", "refused", "unreadable")]
    words = [waits]
    if mendable:
        words.append(
            say(
                "{n} of the last day reached nobody: no way is set up, no address is right, or something "
                "cannot be read; look: incident messages",
                n=len(mendable),
            )
        )
    elif lost:
        words.append(
            say(
                "{n} of the last day were for nobody the directory knows; look: incident messages",
                n=len(lost),
            )
        )
    return Finding("messages", well=all_handed_on and not mendable, words=words)


def _waiting(look: Reading, at: int, *, is_delivered: bool) -> tuple[Words, bool]:
    """Say how many wait, and whether that is well."""
    waiting = look.undelivered(_MANY + 1)
    if not waiting:
        return say("none waits"), True
    n: Words = len(waiting) if len(waiting) <= _MANY else say("more than {n}", n=_MANY)
    if not is_delivered:
        return say(
            "{n} wait; no worker of this machine hands them on (incident run --messages, --outgoing)", n=n
        ), True
    oldest = next(look.entries(waiting[0].code, since=waiting[0].seq), None)
    since = at if oldest is None else oldest.at
    return say("{n} wait, the oldest since {time}", n=n, time=clock.stamp(since)), at - since <= _WAITING


def _clock(skew: float | None) -> Iterator[Finding]:
    if skew is not None:
        words = say(
            "the database's clock and ours differ by {seconds} s", seconds=f"{round(skew, 1) + 0:+.1f}"
        )
        yield Finding("clock", well=abs(skew) <= _SKEW, words=words)


def _workers(seen: list[Seen]) -> Iterator[Finding]:
    if not seen:
        yield Finding("workers", well=True, words=say("none runs on this machine"))
    for one in seen:
        complaints = list(_complaints(one))
        since = clock.stamp(one.status.since)
        runs = say("runs since {time}, process {pid}", time=since, pid=one.status.pid)
        yield Finding(f"worker {one.status.node}", not complaints, complaints or runs)


def _complaints(one: Seen) -> Iterator[Words]:
    found, at = one.status.findings, bootstrap.clock()
    if found.scheduler_died is not None:
        yield say("its alarm clock died at {time}", time=clock.stamp(found.scheduler_died))
    if found.database_lost is not None:
        yield say("its database's file was gone or replaced at {time}", time=clock.stamp(found.database_lost))
    if not one.is_alive:
        yield say("process {pid} died; start it again: incident run", pid=one.status.pid)
    if found.away_since is not None:
        since = clock.stamp(found.away_since)
        yield say("cannot work since {time}: {error}", time=since, error=found.last_error)
    if found.skew:
        yield say("the database's clock and ours differ by {seconds} s", seconds=f"{found.skew:+d}")
    if found.clock_jumped is not None and at - found.clock_jumped < _JUMPED:
        moved = clock.stamp(found.clock_jumped)
        yield say(
            "the clock was changed by {seconds} s at {time}", seconds=f"{found.jumped_by:+d}", time=moved
        )
