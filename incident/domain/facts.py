"""What can be recorded: past-tense facts, the contents of a journal entry.

A fact is complete in itself: replaying facts rebuilds the situation without the playbook (`situation.py`).
Items of a posture are kept as the plain data they were, so that a fact stays readable however the
language grows. Nothing in a fact can name a person: that stands sealed in the entry (`journal.py`).
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from incident.domain.fact import Fact
from incident.domain.facts_record import (
    DirectoryChanged,
    DisclosureRedacted,
    HeartbeatRecorded,
    JournalRecovered,
    PersonErased,
    SnapshotTaken,
)

#: A posture item as plain data.
Plain = dict[str, Any]
#: What a promised time is for.
What = Literal[
    "deadline",
    "reminder",
    "escalation",
    "call",
    "handover",
    "signature",
    "answer",
    "step_down",
    "planned_end",
    "confirmation",
    "outlook",
    "approval",
]
#: How a promised time ends; each ends in exactly one way.
End = Literal["fired", "fired_late", "superseded", "expired", "cancelled", "held"]
#: How an item ended of which there is more than one end: a proposal to be approved by another person.
Outcome = Literal["approved", "rejected", "withdrawn", "expired", "superseded"]
#: What was found when it came.
Result = Literal["met", "missed", "proposed", "waiting", "unreached"]


class PlaybookAdopted(Fact, frozen=True, kw_only=True, tag=True):
    """A jurisdiction came under a playbook, or under another version of it."""

    #: Name of the playbook.
    name: str
    #: Its SHA-256.
    playbook: str
    #: State in which the jurisdiction begins; none when it stays in the one it has.
    state: str | None = None
    #: Rules of `playbook check` that warned, one for each warning.
    warnings: list[str] = []
    #: Time zone of the jurisdiction's wall clock (IANA name).
    zone: str = "Asia/Shanghai"


class IncidentOpened(Fact, frozen=True, kw_only=True, tag=True):
    """Routine was left."""

    #: Number: `330681111-2026-001`.
    incident: str


class StateEntered(Fact, frozen=True, kw_only=True, tag=True):
    """A state took the place of another."""

    #: State left.
    origin: str
    #: State entered.
    target: str
    #: From when it holds.
    since: str
    #: Who decided; a reference of the playbook.
    authority: str | None = None
    #: Who holds the state entered, when that is not who decided this step: a return gives a response back to
    #: the body that had decided it.
    held_by: str | None = None
    #: When its end is planned.
    planned_end: str | None = None
    #: Until when it must be confirmed; it holds all the same.
    confirm_by: str | None = None


class ItemStarted(Fact, frozen=True, kw_only=True, tag=True):
    """A body, group, roster, obligation or measure began to stand."""

    kind: str
    key: str
    after: Plain
    #: Clause that says so.
    source: str | None = None


class ItemChanged(Fact, frozen=True, kw_only=True, tag=True):
    """A standing item now stands otherwise: a group acts as another, a report comes more often."""

    kind: str
    key: str
    before: Plain
    after: Plain
    #: Clause that says so.
    source: str | None = None


class ItemEnded(Fact, frozen=True, kw_only=True, tag=True):
    """An item stands no longer."""

    kind: str
    key: str
    before: Plain
    #: Clause under which it stood.
    source: str | None = None
    #: Who is told beside those whose it was; signs of holders, or references of the playbook.
    tell: list[str] = []
    #: How, where an item of its kind ends in more than one way.
    outcome: Outcome | None = None


class SeatsCollided(Fact, frozen=True, kw_only=True, tag=True):
    """One holder sits in several groups of the emergency at once."""

    #: Opaque holder.
    holder: str
    #: Seats: `general_coordination.deputy`.
    seats: list[str]


class EventNoted(Fact, frozen=True, kw_only=True, tag=True):
    """An event was recorded and changed nothing that stands."""

    event: str


class PlannedEndMoved(Fact, frozen=True, kw_only=True, tag=True):
    """The planned end of the present state is another now."""

    planned_end: str
    #: Who decided; a reference of the playbook.
    authority: str | None = None


class ActivationConfirmed(Fact, frozen=True, kw_only=True, tag=True):
    """What was in force provisionally was confirmed in time or late."""

    state: str


class ClockReset(Fact, frozen=True, kw_only=True, tag=True):
    """A clock that proposes to step down counts from the beginning again."""

    clock: str
    #: Event that reset it.
    event: str


class TimerEnded(Fact, frozen=True, kw_only=True, tag=True):
    """A promised time came to its end (`agenda.py`). `about` and `due` are stamps."""

    what: What
    #: Item it belongs to; the state for `planned_end` and `confirmation`.
    key: str
    #: Who owes it or keeps it; a reference of the playbook.
    of: str = ""
    #: The promised time.
    due: str
    #: The occurrence it is about, where that is another time: a reminder's, an escalation's.
    about: str | None = None
    #: How it ended.
    end: End
    #: What was found at that time.
    result: Result | None = None
    #: Step of an escalation or a call-out, from 1.
    tier: int = 0
    #: Minutes after the instant at which it should have been carried out.
    late: int = 0
    #: Why, where `end` alone does not say.
    reason: list[str] = []
    #: Who is told; references of the playbook.
    tell: list[str] = []
    #: Entry of the filing that had met it.
    filing: int | None = None
    #: Step of the playbook that is proposed, and the hash of its plan.
    step: str | None = None
    plan: str | None = None


class Closed(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """An occurrence that a filing closes."""

    #: Obligation or directive.
    key: str
    #: Who owed it, as the playbook writes it.
    of: str
    #: When it was due.
    due: str
    #: Minutes after that.
    late: int = 0


#: What a filing that gathers others found of one; `awaited`: not in, and its time and grace had not passed.
PartState = Literal["filed", "zero", "missing", "awaited"]


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a filing that gathers others found of one of them."""

    key: str
    of: str
    due: str
    state: PartState
    #: Its entry.
    entry: int | None = None


class ReportFiled(Fact, frozen=True, kw_only=True, tag=True):
    """A report came in. What it says is sealed in the entry, and so is the SHA-256 of each attachment."""

    #: Who filed; a key of the playbook.
    sender: str
    #: Form: that of the obligation, or the obligation's own key.
    form: str
    #: There is nothing to report, and that was said.
    zero: bool = False
    #: Occurrences it closes; none for one that was not asked for at that time.
    closes: list[Closed] = []
    #: Entry of the filing it takes the place of.
    corrects: int | None = None
    #: How many attachments came with it.
    attachments: int = 0
    #: What had come in from below, where the sender's report gathers others.
    parts: list[Part] = []


#: Why it is this person: nobody else could, who had served least, whose turn it was, set by hand; `nobody`
#: where the post is empty.
Rule = Literal["only", "least", "turn", "rested", "set", "nobody"]
#: Why somebody could not: away, on duty at another post, still resting, set for another post soon, or not for
#: as long as who came.
Out = Literal["away", "on_duty", "resting", "set_elsewhere", "shorter"]
#: What is wrong with a piece of duty: nobody is there, rest was not kept, the directory does not name who it
#: is, or gives no way to reach them.
Mark = Literal["uncovered", "rest", "unnamed", "unreachable"]
#: Hours that are counted apart.
Hours = Literal["hours", "night", "weekend", "holiday"]


class Piece(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One person at one post for a time; a shift has a piece for each post, or several one after another."""

    #: `lead`, or `officer.1`.
    post: str
    since: str
    until: str
    #: Opaque holder, or `@` and the seat or unit that nobody is named for; none where the post is empty.
    holder: str | None = None
    #: As holder of which seat, or as whose staff.
    seat: str | None = None
    rule: Rule
    #: Entry by which they were set by hand.
    act: int | None = None
    #: How many could have come.
    of: int = 0
    #: Hours by which they were compared, minutes of them that this one had served, and in how many days.
    by: Hours | None = None
    served: int = 0
    days: int = 0
    #: Who could not, and why.
    out: dict[str, Out] = {}
    marks: list[Mark] = []
    #: Minutes of the piece that are at night (22:00 to 06:00), on rest days, on public holidays.
    night: int = 0
    weekend: int = 0
    holiday: int = 0


class DutyAssigned(Fact, frozen=True, kw_only=True, tag=True):
    """Who keeps a shift. Said again of the same shift, it takes the place of what was said, from now on."""

    roster: str
    #: When the shift begins, and when it ends.
    since: str
    until: str
    pieces: list[Piece]
    #: Who is told; references of the playbook.
    tell: list[str] = []


class GapForeseen(Fact, frozen=True, kw_only=True, tag=True):
    """In the weeks to come a post will be empty, or kept by somebody whom no message reaches."""

    roster: str
    #: What is wrong, and where and when for the first time.
    mark: Mark
    post: str
    since: str
    until: str
    #: How often in those weeks.
    times: int = 1
    #: Who is told; references of the playbook.
    tell: list[str] = []


class OutlookPromised(Fact, frozen=True, kw_only=True, tag=True):
    """Duty of the weeks to come is to be looked through at `due`, in an entry of its own; once for all."""

    due: str


class LogNoted(Fact, frozen=True, kw_only=True, tag=True):
    """Something was noted in the duty log. What was said and done, and by whom, is sealed in the entry."""

    #: A call that came in, one that was made, or something seen or done.
    way: Literal["in", "out", "note"]
    #: When it happened.
    at: str
    #: The shift to which it belongs; none: every one that was on duty then, if any was.
    roster: str | None = None
    shift: str | None = None
    #: Minutes by which it was noted late.
    late: int = 0


class IncidentClosed(Fact, frozen=True, kw_only=True, tag=True):
    """Routine was reached again."""

    incident: str


class RequestRefused(Fact, frozen=True, kw_only=True, tag=True):
    """Somebody asked for what may not be."""

    #: Which rule refused: `not_possible`, `no_match`, `missing`, `authority`, …
    rule: str
    #: What was missing, by name.
    missing: list[str] = []
    #: Who may decide; references of the playbook.
    who_may_decide: list[str] = []
    #: Events that are possible instead.
    possible: list[str] = []
    #: What is wrong with the times: `before_state`, `in_future`, `ends_early`, `passed`, `no_end`.
    times: list[str] = []


AnyFact = (
    PlaybookAdopted
    | IncidentOpened
    | StateEntered
    | ItemStarted
    | ItemChanged
    | ItemEnded
    | SeatsCollided
    | EventNoted
    | PlannedEndMoved
    | ActivationConfirmed
    | ClockReset
    | TimerEnded
    | ReportFiled
    | DutyAssigned
    | GapForeseen
    | OutlookPromised
    | LogNoted
    | DirectoryChanged
    | PersonErased
    | DisclosureRedacted
    | HeartbeatRecorded
    | JournalRecovered
    | SnapshotTaken
    | IncidentClosed
    | RequestRefused
)
