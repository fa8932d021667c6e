"""What is owed: each report, by whom, when, and whether it is in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from incident.domain import clock, explain, names, schedule
from incident.domain.explain_time import promised
from incident.domain.filing import form_of
from incident.domain.ledger import Occurrence, State
from incident.domain.owing import obligation
from incident.domain.playbook import Obligation, Playbook
from incident.domain.say import Words, say
from incident.language import speak
from incident.service import reports as service
from incident.service.past import Past
from incident.service.ports import Reading
from incident.service.reports import AWAITED, Board, Coming, Row
from incident.views import naming
from incident.views.as_of import AsOf, as_of
from incident.views.naming import Name, Who
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


class Filing(Struct, frozen=True, kw_only=True):
    """That a report is in."""

    #: Entry of the filing, and when it was recorded.
    seq: int
    at: str
    #: Minutes after it was due.
    late: int
    #: It says that there is nothing to report, by its newest correction.
    zero: bool
    #: The entry that is valid: `seq`, or its newest correction.
    valid_seq: int | None


class GatheredPart(Struct, frozen=True, kw_only=True):
    """A report that another one gathers."""

    key: str
    of: Who
    due: str


class Gathered(Struct, frozen=True, kw_only=True):
    """The reports that one gathers: those in, those that say zero, those late, those not late yet."""

    filed: list[GatheredPart]
    zero: list[GatheredPart]
    missing: list[GatheredPart]
    awaited: list[GatheredPart]


class Report(Struct, frozen=True, kw_only=True):
    """One report, due once."""

    key: str
    name: Name
    kind: Literal["obligation", "directive"]
    #: By which it is filed.
    form: str
    #: Who owes it; who receives it.
    of: Who
    to: list[Who]
    due: str
    #: From when it can be filed; null: at any time.
    opens: str | None
    state: State
    #: Minutes after it was due: of the filing, or by now.
    late: int
    filing: Filing | None
    gathers: Gathered | None


class OwedReport(Report, frozen=True, kw_only=True):
    """One report of the list of all."""

    #: The same of each: how many promised times have passed and were not carried out.
    overdue: int
    as_of: AsOf | UnsetType = UNSET


class TimelessReport(Struct, frozen=True, kw_only=True):
    """A report of which no time can be computed before something comes in."""

    key: str
    name: Name
    kind: Literal["obligation"]
    form: str
    of: list[Who]
    to: list[Who]
    due: None
    state: Literal["no_time"]
    #: When it is owed, in words.
    text: str
    overdue: int
    as_of: AsOf | UnsetType = UNSET


class Wanted(NamedTuple):
    """What the list is to hold."""

    #: All that is kept, and what has no hour of its own.
    everything: bool = False
    since: int | None = None
    until: int | None = None
    #: Key of who owes it.
    sender: str | None = None
    states: tuple[str, ...] = ()

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


class Owed(NamedTuple):
    """What was found of what is wanted."""

    board: Board
    rows: list[Row]
    #: Obligations that stand and have no hour of their own, by key.
    timeless: list[tuple[str, Obligation]]
    #: How many promised times have passed and were not carried out.
    overdue: int
    past: Past | None


def owed(tx: Reading, code: str, wanted: Wanted, now: int, past: Past | None) -> Owed:
    """Look what is owed now, or was in the past. Raises `JournalError`."""
    found = service.board(tx, code, at=now, past=past, since=wanted.since)
    shelved = service.aside(tx, code) if past is None else []
    listed = service.rows(found.desk, [one for one in found.desk.occurrences if wanted.holds(found, one)])
    timeless = [*_timeless(found, wanted.sender)] if wanted.everything else []
    return Owed(found, listed, timeless, service.overdue(found, {(one.seq, one.n) for one in shelved}), past)


def _timeless(found: Board, sender: str | None) -> Iterator[tuple[str, Obligation]]:
    """Give the obligations that stand and for which no time can be computed before something comes in."""
    for (kind, key), stood in found.desk.standing.items():
        if kind != "obligation":
            continue
        one = obligation(stood.item)
        by = [names.key_of(found.playbook, ref) for ref in one.senders]
        if not schedule.recurs(one) and one.of != "entry" and (sender is None or sender in by):
            yield key, one


def lines(found: Owed) -> Iterator[OwedReport | TimelessReport]:
    """Give what was found, by time; then what has no hour of its own."""
    of = as_of(found.past)
    for row in found.rows:
        yield OwedReport(**asdict(report(found.board, row)), overdue=found.overdue, as_of=of)
    for key, one in found.timeless:
        yield _without_time(found.board.playbook, key, one, found.overdue, of)


def report(found: Board, row: Row) -> Report:
    """Give one report."""
    one, playbook, desk = row.report, found.playbook, found.desk
    stood = desk.standing.get(("obligation", one.key))
    order = desk.standing.get(("directive", one.key))
    to: list[str] = [order.item["by"]] if order else stood.item.get("to", []) if stood else []
    return Report(
        key=one.key,
        name=naming.name(promised(playbook, one.key)),
        kind="directive" if one.key.startswith("directive-") else "obligation",
        form=form_of(desk.standing, one.key),
        of=naming.who(playbook, one.of),
        to=[naming.who(playbook, ref) for ref in to],
        due=clock.stamp(one.due),
        opens=None if one.opens is None else clock.stamp(one.opens),
        state=one.state,
        late=one.late,
        filing=_filing(row),
        gathers=_gathered(playbook, row),
    )


def _filing(row: Row) -> Filing | None:
    filing = row.report.filing
    if filing is None:
        return None
    return Filing(
        seq=filing.seq, at=clock.stamp(filing.at), late=filing.late, zero=row.zero, valid_seq=row.valid
    )


def _gathered(playbook: Playbook, row: Row) -> Gathered | None:
    found = row.gathers
    if found is None:
        return None

    def parts(of: list[Occurrence]) -> list[GatheredPart]:
        return [
            GatheredPart(key=one.key, of=naming.who(playbook, one.of), due=clock.stamp(one.due)) for one in of
        ]

    return Gathered(
        filed=parts(found.filed),
        zero=parts(found.zero),
        missing=parts(found.missing),
        awaited=parts(found.awaited),
    )


def _without_time(
    playbook: Playbook, key: str, one: Obligation, overdue: int, of: AsOf | UnsetType = UNSET
) -> TimelessReport:
    return TimelessReport(
        key=key,
        name=naming.name(one.name),
        kind="obligation",
        form=one.form or key,
        of=[naming.who(playbook, ref) for ref in one.senders],
        to=[naming.who(playbook, ref) for ref in one.receivers],
        due=None,
        state="no_time",
        text=speak(explain.schedule(playbook, one)),
        overdue=overdue,
        as_of=of,
    )


def not_carried_out(n: int) -> Words:
    """Say that `n` promised times have passed without a worker: what follows from them is not known yet."""
    return say("{n} promised times have passed and were not carried out; look: incident doctor", n=n)


def coming_words(playbook: Playbook, one: Coming, at: int) -> Words:
    """Say what a sender owes next."""
    name, due = promised(playbook, one.key), put_time(one.due, playbook)
    if one.opens is not None and one.opens > at:
        opens = put_time(one.opens, playbook)
        return say("next: {name} due {due}, can be filed from {opens}", name=name, due=due, opens=opens)
    return say("next: {name} due {due}", name=name, due=due)
