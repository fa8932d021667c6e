"""A decision in sentences. The terminal, the console and the history use these same words.

Everything here gives a `Say`, which is rendered in Chinese or English at the edge. Facts are explained by
way of the change they record, so a plan and its history read alike.
"""

from __future__ import annotations

import msgspec

from incident.domain import (
    approving,
    explain_approving,
    explain_callout,
    explain_duty,
    explain_record,
    explain_time,
    holding,
    inputs,
    names,
    people,
)
from incident.domain.callout import CALLOUT
from incident.domain.explain_items import (
    change,
    condition,
    duration,
    event_name,
    follow_up,
    item_name,
    roster,
    schedule,
    standing,
    step_down,
)
from incident.domain.facts import (
    AnyFact,
    DutyAssigned,
    EventNoted,
    GapForeseen,
    IncidentClosed,
    IncidentOpened,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    LogNoted,
    OutlookPromised,
    Plain,
    PlaybookAdopted,
    RequestRefused,
    SeatsCollided,
    StateEntered,
)
from incident.domain.facts_record import (
    DirectoryChanged,
    DisclosureRedacted,
    HeartbeatRecorded,
    JournalRecovered,
    PersonErased,
    SnapshotTaken,
)
from incident.domain.handing import HANDOVER
from incident.domain.heads import HEAD
from incident.domain.organisation import Text
from incident.domain.playbook import Playbook
from incident.domain.posture import KINDS, Change, Kind
from incident.domain.refusal import Refusal
from incident.domain.say import Say, Words, say
from incident.domain.timer import OUTLOOK

__all__ = [
    "change",
    "collision",
    "condition",
    "duration",
    "event_name",
    "fact",
    "follow_up",
    "item_name",
    "refusal",
    "roster",
    "schedule",
    "standing",
    "state_name",
    "step_down",
]


def fact(playbook: Playbook, one: AnyFact) -> Say:
    """Say what a fact records."""
    match one:
        case ItemStarted() | ItemChanged() | ItemEnded():
            return _item(playbook, one)
        case PlaybookAdopted():
            return say("playbook {name} {hash} adopted", name=one.name, hash=one.playbook[:12])
        case IncidentOpened():
            return say("incident {incident} opened", incident=one.incident)
        case IncidentClosed():
            return say("incident {incident} closed", incident=one.incident)
        case StateEntered():
            return _state_entered(playbook, one)
        case SeatsCollided():
            return collision(playbook, one.holder, one.seats)
        case EventNoted():
            return say("{event} recorded; nothing that stands changes", event=event_name(playbook, one.event))
        case DutyAssigned() | LogNoted() | DirectoryChanged() | PersonErased():
            return explain_duty.on_duty(playbook, one)
        case GapForeseen() | OutlookPromised():
            return explain_duty.ahead(playbook, one)
        case HeartbeatRecorded() | JournalRecovered() | SnapshotTaken() | DisclosureRedacted():
            return explain_record.of_journal(one)
        case RequestRefused():
            return say("refused: {reason}", reason=refusal(playbook, one))
        case _:
            return explain_time.timed(playbook, one)


def _head(one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    """Say what a superior keeps of a subordinate's journal."""
    known = one.before if isinstance(one, ItemEnded) else one.after
    return say(
        "signed head of {code} noted: {n} entries, root {root}",
        code=one.key,
        n=known["size"],
        root=known["root"][:16],
    )


def _item(playbook: Playbook, one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    if one.kind == "directive":
        return explain_time.directive(playbook, one)
    if one.kind in (CALLOUT, HANDOVER):
        return explain_callout.asked(playbook, one)
    if one.kind in approving.KINDS:
        return explain_approving.of_two(playbook, one)
    if one.kind == HEAD:
        return _head(one)
    if one.kind == OUTLOOK:
        return explain_duty.known(one)
    if one.kind in holding.KINDS:
        return explain_record.kept(one)
    if one.kind in people.KINDS:
        return explain_duty.about_people(playbook, one)
    before = None if isinstance(one, ItemStarted) else one.before
    after = None if isinstance(one, ItemEnded) else one.after
    return change(playbook, _as_change(one.kind, one.key, before, after))


def _as_change(kind: str, key: str, before: Plain | None, after: Plain | None) -> Change:
    known: Kind = kind  # type: ignore[assignment]  # the record was written from a Kind
    structure = KINDS[known][1]
    old = None if before is None else msgspec.convert(before, structure)
    new = None if after is None else msgspec.convert(after, structure)
    return Change("+" if old is None else "-" if new is None else "~", known, key, old, new)


def _state_entered(playbook: Playbook, one: StateEntered) -> Say:
    origin, target = state_name(playbook, one.origin), state_name(playbook, one.target)
    if one.authority is None:
        return say("{origin} → {target}", origin=origin, target=target)
    who = names.name_of(playbook, one.authority)
    if one.held_by is not None:
        return say(
            "{origin} → {target}, decided by {who}; it stays the response of {holder}",
            origin=origin,
            target=target,
            who=who,
            holder=names.name_of(playbook, one.held_by),
        )
    return say("{origin} → {target}, decided by {who}", origin=origin, target=target, who=who)


def collision(playbook: Playbook, holder: str, seats: list[str]) -> Say:
    """Say that one holder sits in several groups at once."""
    groups = [names.name_of(playbook, seat.partition(".")[0]) for seat in seats]
    return say(
        "one holder ({holder}) holds {n} seats at once: {groups}", holder=holder, n=len(seats), groups=groups
    )


def state_name(playbook: Playbook, key: str) -> Text:
    """Give a state's name; one that the playbook does not know is shown by its key."""
    state = playbook.states.get(key)
    return state.name if state is not None else Text(zh=key, en=key)


_TIMES: dict[str, Words] = {
    "before_state": say("it would hold from before the present state began"),
    "in_future": say("it would hold from a time to come"),
    "ends_early": say("it would end before it begins"),
    "passed": say("it would end at a time that has passed"),
    "no_end": say("what ends or changes nothing has no planned end"),
}
_MISSING: dict[str, Words] = {
    "matter": say("the matter: {values} or {reason}", values=inputs.VALUES, reason=inputs.REASON),
    "decided_by": inputs.DECIDED_BY,
    "basis": say("{basis}: instrument and clause", basis=inputs.BASIS),
    "why_alone": say("{reason}: one person does it alone", reason=inputs.REASON),
}


def refusal(playbook: Playbook, one: Refusal | RequestRefused) -> Say:
    """Say why a request was refused and what would be possible."""
    who = [names.name_of(playbook, ref) for ref in one.who_may_decide]
    possible = [event_name(playbook, event) for event in one.possible]
    match one.rule:
        case "not_possible":
            return say(
                "the event is not possible in the present state; possible now: {events}", events=possible
            )
        case "no_match" if not possible:
            return say("the plan has no step for these values of the event")
        case "no_match":
            return say("the plan has no step for these values; possible now: {events}", events=possible)
        case "wrong_verb":
            return say(
                "this event leads elsewhere; activate begins or raises a response, stand-down ends one"
            )
        case "two_persons" | "one_person" | "same_person":
            return explain_approving.refusal(playbook, one)
        case "already":
            return say("that state is in force already; somebody was first")
        case "missing":
            lacking = [_MISSING[name] for name in one.missing]
            return say("missing: {what}; this may be decided by: {who}", what=lacking, who=who)
        case "authority":
            return say("the body named may not decide this; it may be decided by: {who}", who=who)
        case "time":
            return say("the times do not fit: {what}", what=[_TIMES.get(name, name) for name in one.times])
        case "plan_changed":
            return say("the plan is not the one that was shown; look at it again")
        case rule:  # recorded by another version of the program
            return say("rule {rule}", rule=rule)
