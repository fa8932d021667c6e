"""What a playbook is: one jurisdiction's plan, as data. The one definition of the language.

The structures here are the resolved form: `extends` and `on_top_of` are already applied
(`incident.playbook_text` does that), so a state lists all that stands in it. A JSON Schema for editors
is derived from them, and so are the messages for a wrong file. A playbook is identified by the SHA-256 of
`encode(playbook)`; `decode(encode(p)) == p`. Order inside maps and lists is the document's and counts.

Not here: whether the plan makes sense (`domain/check`), what follows from an event (`decision.py`).
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Struct, field

from incident.domain.organisation import (
    Body,
    ClockTime,
    Department,
    Duration,
    Duty,
    Group,
    Item,
    Jurisdiction,
    Key,
    Level,
    Text,
    Unit,
    Words,
    shape,
)
from incident.domain.paper import (
    Conflict,
    Document,
    FollowUp,
    Ref,
    Relation,
    Release,
    Reward,
    Rule,
    Silence,
    Trigger,
)

#: Reserved target of a transition: the state that was in force before the present one.
PREVIOUS = "previous"
#: Reserved authority: the body that decided the state now in force (传染病防治法 41-43).
ACTIVATOR = "activator"
#: `approval` of a step that one person proposes and another approves.
TWO_PERSONS: Final = "two_persons"
#: Reserved sender: every standing group owes its own.
EACH_GROUP = "each_group"
#: Reserved pool: everybody whom the directory names.
DIRECTORY = "directory"


class StandingBody(Item, frozen=True, kw_only=True):
    """A body that stands in a state."""

    #: Where it works.
    place: Text | None = None


class StandingGroup(Item, frozen=True, kw_only=True):
    """A group that works in a state; in an emergency it may act as another."""

    #: The task-force group it acts as.
    acts_as: Text | None = None
    #: Other names it goes by while acting.
    alias: list[Words] = []
    #: Body it works under, if not its own.
    under: Key | None = None
    #: Duties added to its routine ones, which continue.
    duties: list[Duty] = []
    #: Who leads while it acts (牵头).
    led_by: list[Words] = []
    #: Its staff is reinforced (充实人员力量).
    reinforced: bool = False
    #: Works together in one place (集中办公).
    co_located: bool = False
    #: Where.
    place: Text | None = None


class Shift(Struct, frozen=True, forbid_unknown_fields=True):
    """A shift with a name of its own: 白班."""

    #: What it is called.
    name: Text
    #: When it begins; it lasts until the next one.
    at: ClockTime


class Roster(Item, frozen=True, kw_only=True):
    """Duty that must have no gap. `duty.py` says who keeps it when the fields on people are left out."""

    #: What the duty is called.
    name: Text
    #: Group, body or unit that keeps it.
    of: Ref
    #: Length of a shift: one, two or three shifts a day.
    pattern: Literal["24h", "12h", "8h"] = "24h"
    #: Hour of handover.
    handover: ClockTime | None = None
    #: Shifts by name, in place of `pattern` and `handover`.
    shifts: list[Shift] = []
    #: Where it is kept.
    place: Text | None = None
    #: Whose seats give the leader on duty (带班领导); `directory` for all whom it names.
    lead: list[Ref] | None = None
    #: Whose seats and staff give the officers on duty (值班员).
    pool: list[Ref] | None = None
    #: How many officers are on duty beside the leader.
    officers: Annotated[int, shape("a whole number from 0 to 20", ge=0, le=20)] | None = None
    #: Who comes next: whoever has served least, or in the order of the seats.
    rotation: Literal["fair", "fixed"] = "fair"
    #: Nobody comes on duty again sooner than this, as long as somebody else can.
    rest: Duration | None = None


class Range(Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds on an integer, both included."""

    #: Least.
    at_least: int | None = None
    #: Greatest.
    at_most: int | None = None


#: What a field must be: one value, one of several, or inside bounds.
Condition = str | int | list[str] | Range


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of an escalation: who is told of a missing report, and how long after it was due."""

    #: How long after it was due.
    after: Duration
    #: Who is told.
    to: list[Ref]


class Obligation(Item, frozen=True, kw_only=True):
    """A recurring or conditional duty to report, meet, notify or check.

    A schedule is one of: `every` with or without `at` (wall clock); `within` counted from `of`
    (elapsed); `after` another obligation; or only an `urgency`, for which no hour can be computed.
    `schedule.py` says which times a schedule promises.
    """

    #: What it is called.
    name: Text
    #: What kind of act is owed.
    kind: Literal["report", "meeting", "notice", "check", "watch", "act"] = "report"
    #: Who owes it; `each_group` for every standing group.
    senders: list[Ref] = field(default_factory=list, name="from")
    #: With whom the senders act together.
    together_with: list[Ref] = []
    #: Who receives it, all of them; empty when the paper does not say.
    receivers: list[Ref] = field(default_factory=list, name="to")
    #: Period: `day`, or a number of hours or days.
    every: Annotated[str, shape("`day`, `4h` or `2d`", pattern=r"^(day|[1-9][0-9]{0,2}[hd])$")] | None = None
    #: Times of day at which it is due, in the playbook's zone.
    at: list[ClockTime] = []
    #: How many times a day, where no hours are given (twice daily).
    times_a_day: Annotated[int, shape("1 to 96", ge=1, le=96)] | None = None
    #: Due this long after `of`.
    within: Duration | None = None
    #: What `within` counts from: entry into the state, or receipt of what is reported.
    of: Literal["entry", "receipt"] | None = None
    #: Events whose receipt starts it; with `after`, the receipt of that report starts it.
    on: list[Key] = []
    #: Follows another obligation of the same state, once that is in; with `within`, so long after that.
    after: Key | None = None
    #: How urgent, where the paper gives a word and no hour.
    urgency: (
        Literal["at_once", "promptly", "simultaneous", "any_time", "as_needed", "regular", "continuous"]
        | None
    ) = None
    #: What period a report covers.
    window: Literal["same_day", "previous_24h", "as_needed", "undefined"] | None = None
    #: A report with nothing to report is due all the same; silence is not zero.
    zero_report: bool = False
    #: Must be in writing.
    written: bool = False
    #: Form asked for; one filing closes all open obligations of a sender that ask for the same form.
    form: Key | None = None
    #: Counts as missing only this long after it was due; lateness is counted from when it was due.
    grace: Duration | None = None
    #: The senders are reminded this long before it is due, unless it is in.
    remind: Duration | None = None
    #: Who is told while it is missing, after ever longer times.
    escalate: list[Tier] = []
    #: Holds only while this is so; no change of state goes with it.
    condition: Text | None = None


class StepDown(Item, frozen=True, kw_only=True):
    """A clock that proposes to step down when it has run. It never lifts: a person does (应对法 86).

    It counts whole local days from the entry into the state, and anew from each event that resets it.
    """

    #: What it is called.
    name: Text
    #: Whole days without an event that resets it.
    days: Annotated[int, shape("a whole number of days from 1 to 365", ge=1, le=365)]
    #: The first day counted: the day after, or the day itself.
    starts: Literal["day_after", "same_day"] = "day_after"
    #: Events that reset it.
    reset_by: list[Key] = []
    #: What such an event's fields must hold; a field not named may hold anything.
    when: dict[Key, Condition] = {}
    #: Nothing is proposed while a report of the state is missing.
    reports_in: bool = False
    #: Events that must have come since it began to count: the superior agrees, the inspection is passed.
    gates: list[Key] = []
    #: Report that shows that cases would be heard of; while one of it is missing the proposal is held.
    feed: Key | None = None
    #: Step that is proposed.
    proposes: Key


class Measure(Item, frozen=True, kw_only=True):
    """Something that is in force for the public while a state lasts."""

    #: What it is called or says.
    name: Text


class Field(Item, frozen=True, kw_only=True):
    """One typed value that an event carries."""

    #: What it is called.
    name: Text
    #: What it may hold. `text` may name people and is kept apart from the journal.
    type: Literal["choice", "integer", "text"]
    #: The choices, with their names.
    choices: dict[Key, Text] = {}
    #: Least integer.
    at_least: int | None = None
    #: Greatest integer.
    at_most: int | None = None
    #: An event without it is refused.
    required: bool = True


class Event(Item, frozen=True, kw_only=True):
    """Something that happened or was ordered."""

    #: What it is called.
    name: Text
    #: Other names.
    alias: list[Words] = []
    #: Its values.
    fields: dict[Key, Field] = {}


class Transition(Item, frozen=True, kw_only=True):
    """(states, event, condition) → state, with who may decide it."""

    #: What the step is called.
    name: Text
    #: States it leaves.
    origins: list[Key] = field(name="from")
    #: Event it answers to.
    on: Key
    #: What the event's fields must hold; a field not named may hold anything.
    when: dict[Key, Condition] = {}
    #: State it enters; `previous` returns to the state before the present one.
    to: Key
    #: Who may decide it; empty: it needs no decision (a report that changes nothing that stands).
    decided_by: list[Ref] = []
    #: `two_persons`: one person proposes it and another approves it; nobody takes it alone.
    approval: Literal["two_persons"] | None = None
    #: Who may propose it.
    proposed_by: list[Ref] = []
    #: Instruments it may rest on, keys of `document.basis`.
    basis: list[Key] = []
    #: Must be done at once (立即).
    immediate: bool = False
    #: After how long an end is planned; reaching it reminds and never reverts.
    planned_end: Duration | None = None
    #: Provisional: in force at once, to be confirmed within this time (传染病防治法 41). Passing it reminds.
    confirm_within: Duration | None = None
    #: Event that confirms it; a refusal is a step of its own, back.
    confirmed_by: Key | None = None


class State(Item, frozen=True, kw_only=True):
    """A state and all that stands in it."""

    #: What it is called.
    name: Text
    #: Level it has in a named scheme.
    level: Level | None = None
    #: State whose posture it extended (already applied).
    on_top_of: Key | None = None
    #: Bodies that stand.
    bodies: dict[Key, StandingBody] = {}
    #: Groups that work.
    groups: dict[Key, StandingGroup] = {}
    #: Round-the-clock duties.
    rosters: dict[Key, Roster] = {}
    #: Duties to report, meet, notify, check.
    obligations: dict[Key, Obligation] = {}
    #: Measures in force.
    measures: dict[Key, Measure] = {}
    #: Clocks that propose to step down.
    clocks: dict[Key, StepDown] = {}


class Playbook(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One jurisdiction's plan."""

    #: Its name.
    playbook: Key
    #: Base it extended (already applied).
    extends: Words | None = None
    #: Whose plan it is.
    jurisdiction: Jurisdiction
    #: The paper plan.
    document: Document
    #: Units, by the name the document prints.
    units: dict[Words, Unit] = {}
    #: Bodies.
    bodies: dict[Key, Body]
    #: Work groups, in the document's order.
    groups: dict[Key, Group] = {}
    #: Units with duties of their own, in the document's order.
    departments: dict[Key, Department] = {}
    #: Events.
    events: dict[Key, Event]
    #: State in which a jurisdiction begins and to which it returns.
    initial: Key = "routine"
    #: How long each step lasts in which those called out, or who is asked in their place, can answer; the
    #: project's own where it is not given. `never`: nobody is called out.
    answer: Annotated[
        str, shape("a duration such as 10m, or `never`", pattern=r"^(never|[1-9][0-9]{0,4}[mhd])$")
    ] = "10m"
    #: How long a proposal waits for the approval of another person; the project's own where it is not given.
    approval_term: Duration = "2h"
    #: States.
    states: dict[Key, State]
    #: Transitions.
    transitions: dict[Key, Transition]
    #: Lower headquarters and what they owe.
    subordinate_bodies: dict[Key, Body] = {}
    #: Standing ways of working.
    mechanisms: dict[Key, Rule] = {}
    #: General demands.
    demands: dict[Key, Rule] = {}
    #: What sets work going without a change of state.
    triggers: dict[Key, Trigger] = {}
    #: Rules about following one person.
    follow_ups: dict[Key, FollowUp] = {}
    #: Gates before publication.
    releases: dict[Key, Release] = {}
    #: Who approves what else.
    approvals: dict[Key, Rule] = {}
    #: Discipline and escalation.
    sanctions: dict[Key, Rule] = {}
    #: Rewards.
    rewards: dict[Key, Reward] = {}
    #: Who follows whom in a seat.
    substitutions: dict[Key, Rule] = {}
    #: Relations across levels.
    relations: dict[Key, Relation] = {}
    #: Contradictions inside the document.
    conflicts: list[Conflict] = []
    #: Questions the document leaves open.
    silences: list[Silence] = []


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Playbook)


def encode(playbook: Playbook) -> bytes:
    """Give the bytes by which a playbook is stored and identified; `decode(encode(p)) == p`."""
    return _encoder.encode(playbook)


def decode(body: bytes) -> Playbook:
    """Read stored bytes back. Raises `msgspec.DecodeError` when they are not a playbook's."""
    return _decoder.decode(body)


def digest(body: bytes) -> str:
    """Name a playbook by the SHA-256 of its bytes, in hex."""
    return hashlib.sha256(body).hexdigest()
