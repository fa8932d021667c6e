"""A decision in sentences. The terminal, the console and the history use these same words.

Everything here gives a `Say`, which is rendered in Chinese or English at the edge. Facts are explained by
way of the change they record, so a plan and its history read alike.
"""

from __future__ import annotations

import msgspec

from incident.domain import names
from incident.domain.decision import Refusal
from incident.domain.facts import (
    AnyFact,
    EventNoted,
    IncidentClosed,
    IncidentOpened,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    Plain,
    PlaybookAdopted,
    RequestRefused,
    SeatsCollided,
    StateEntered,
)
from incident.domain.organisation import Text
from incident.domain.playbook import (
    Measure,
    Obligation,
    Playbook,
    Roster,
    StandingBody,
    StandingGroup,
)
from incident.domain.posture import KINDS, Change, Kind, Standing, changed_fields
from incident.domain.say import Say, Words, say

_URGENCIES = {
    "at_once": say("at once"),
    "promptly": say("promptly, no time is stated"),
    "simultaneous": say("at the same time"),
    "any_time": say("at any time"),
    "as_needed": say("as needed"),
    "regular": say("regularly, no period is stated"),
    "continuous": say("continuously"),
}


def change(playbook: Playbook, one: Change) -> Say:
    """Say what one line of a difference does."""
    name = item_name(playbook, one.key, one.after or one.before)
    if one.op == "=":
        return say("{name} continues", name=name)
    if one.before is not None and one.after is not None and not changed_fields(one.before, one.after):
        return say("{name} continues; only its grounds or notes are others", name=name)
    match one.kind:
        case "body":
            return _body(name, one)
        case "group":
            return _group(playbook, name, one)
        case "roster":
            return _roster(playbook, name, one)
        case "obligation":
            return _obligation(playbook, name, one)
        case _:
            return say("{name} in force", name=name) if one.after else say("{name} lifted", name=name)


def standing(playbook: Playbook, key: str, item: Standing) -> Words:
    """Say what stands, as a state and not as a change."""
    name = item_name(playbook, key, item)
    match item:
        case StandingGroup() if item.acts_as is not None:
            details = _group_details(playbook, item)
            return say(
                "{name}, acting as {acting} ({details})",
                name=name,
                acting=_acting(playbook, item, item.acts_as),
                details=details,
            )
        case Roster():
            return say("{name}: {what}", name=name, what=roster(playbook, item))
        case Obligation():
            return say("{name}: {what}", name=name, what=schedule(playbook, item))
        case _:
            return name


def item_name(playbook: Playbook, key: str, item: Standing | None = None) -> Text:
    """Give the name of a posture item; one unknown to the playbook is shown by its key."""
    match item:
        case Roster() | Obligation() | Measure():
            return item.name
        case StandingBody():
            return names.name_of(playbook, key, ("body",))
        case StandingGroup():
            return names.name_of(playbook, key, ("group",))
        case _:
            return names.name_of(playbook, key)


def _body(name: Text, one: Change) -> Say:
    if one.op == "+":
        return say("{name} activated", name=name)
    return say("{name} stood down", name=name) if one.op == "-" else say("{name} changed", name=name)


def _group(playbook: Playbook, name: Text, one: Change) -> Say:
    before = one.before if isinstance(one.before, StandingGroup) else None
    after = one.after if isinstance(one.after, StandingGroup) else None
    if after is None:
        return say("{name} ends its work", name=name)
    details = _group_details(playbook, after)
    acted, acts = before.acts_as if before else None, after.acts_as
    if after.acts_as is not None and acts != acted:
        acting = _acting(playbook, after, after.acts_as)
        return say("{name} → {acting} ({details})", name=name, acting=acting, details=details)
    if before is not None and before.acts_as is not None and acts is None:
        acting = _acting(playbook, before, before.acts_as)
        return say("{acting} → {name} (routine duties only)", name=name, acting=acting)
    if before is None:
        return say("{name} starts work", name=name)
    return say("{name} changed ({details})", name=name, details=details)


def _acting(playbook: Playbook, group: StandingGroup, acts_as: Text) -> Words:
    """Name a group as it acts, with its body: two bodies may each have a 综合协调组."""
    if group.under is None:
        return acts_as
    return say("{group} of {body}", group=acts_as, body=names.name_of(playbook, group.under))


def _group_details(playbook: Playbook, group: StandingGroup) -> list[Words]:
    details: list[Words] = []
    if group.duties:
        details.append(say("duties +{n}", n=len(group.duties)))
    details.append(say("routine duties continue"))
    if group.led_by:
        details.append(say("led by {units}", units=[names.name_of(playbook, unit) for unit in group.led_by]))
    if group.reinforced:
        details.append(say("staff reinforced"))
    if group.place is not None:
        details.append(say("together at {place}", place=group.place))
    elif group.co_located:
        details.append(say("works in one place"))
    return details


def _roster(playbook: Playbook, name: Text, one: Change) -> Say:
    if not isinstance(one.after, Roster):
        return say("{name} ends", name=name)
    duty = roster(playbook, one.after)
    if isinstance(one.before, Roster) and roster(playbook, one.before) != duty:
        return say("{name}: {old} → {new}", name=name, old=roster(playbook, one.before), new=duty)
    return say("{name}: {what}", name=name, what=duty)


def roster(playbook: Playbook, one: Roster) -> Say:
    """Say who keeps a duty, in which shifts and where."""
    who = names.name_of(playbook, one.of)
    shifts = {
        "24h": say("24 h a day"),
        "12h": say("24 h a day in shifts of 12 h"),
        "8h": say("24 h a day in shifts of 8 h"),
    }[one.pattern]
    if one.place is not None:
        return say("{who}, {shifts}, at {place}", who=who, shifts=shifts, place=one.place)
    return say("{who}, {shifts}", who=who, shifts=shifts)


def _obligation(playbook: Playbook, name: Text, one: Change) -> Say:
    if not isinstance(one.after, Obligation):
        return say("{name} is owed no more", name=name)
    new = schedule(playbook, one.after)
    if isinstance(one.before, Obligation) and schedule(playbook, one.before) != new:
        return say("{name}: {old} → {new}", name=name, old=schedule(playbook, one.before), new=new)
    return say("{name}: {what}", name=name, what=new)


def schedule(playbook: Playbook, one: Obligation) -> Words:
    """Say when an obligation falls due, in the paper's own vagueness where it gives no hour."""
    when = _when(playbook, one)
    if one.receivers:
        to = [names.name_of(playbook, ref) for ref in one.receivers]
        return say("{when}, to {receivers}", when=when, receivers=to)
    return when


def _when(playbook: Playbook, one: Obligation) -> Words:
    if one.after is not None:
        return say("after {other}, no hour of its own", other=_other(playbook, one.after))
    if one.within is not None:
        since = {"entry": say("the state is entered"), "receipt": say("it becomes known")}[
            one.of or "receipt"
        ]
        return say("within {duration} after {since}", duration=duration(one.within), since=since)
    if one.every == "day" and one.at:
        return say("daily by {times}", times=list(one.at))
    if one.every == "day":
        times = one.times_a_day
        return say("{n} times a day", n=times) if times else say("daily, no hour is stated")
    if one.every is not None and one.at:
        return say("every {duration} by {times}", duration=duration(one.every), times=list(one.at))
    if one.every is not None:
        return say("every {duration}", duration=duration(one.every))
    if one.urgency is not None:
        return _URGENCIES[one.urgency]
    return say("{n} times a day", n=one.times_a_day) if one.times_a_day else say("no time is stated")


def duration(text: str) -> Words:
    """Say a duration such as `4h`."""
    number = int(text[:-1])
    match text[-1]:
        case "m":
            return say("{n} min", n=number)
        case "h":
            return say("{n} h", n=number)
        case _:
            return say("1 day") if number == 1 else say("{n} days", n=number)


def _other(playbook: Playbook, key: str) -> Words:
    for state in playbook.states.values():
        if key in state.obligations:
            return state.obligations[key].name
    return key


def fact(playbook: Playbook, one: AnyFact) -> Say:
    """Say what a fact records."""
    match one:
        case ItemStarted():
            return change(playbook, _as_change(one.kind, one.key, None, one.after))
        case ItemChanged():
            return change(playbook, _as_change(one.kind, one.key, one.before, one.after))
        case ItemEnded():
            return change(playbook, _as_change(one.kind, one.key, one.before, None))
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
        case RequestRefused():
            return say("refused: {reason}", reason=refusal(playbook, one))


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


def event_name(playbook: Playbook, key: str) -> Text:
    """Give an event's name; one that the playbook does not know is shown by its key."""
    event = playbook.events.get(key)
    return event.name if event is not None else Text(zh=key, en=key)


_TIMES: dict[str, Words] = {
    "before_state": say("it would hold from before the present state began"),
    "in_future": say("it would hold from a time to come"),
    "ends_early": say("it would end before it begins"),
    "no_end": say("what ends or changes nothing has no planned end"),
}
_MISSING = {
    "matter": say("the matter (--set the event's values, or --reason)"),
    "decided_by": say("the deciding body (--decided-by)"),
    "basis": say("the basis (--basis: instrument and clause)"),
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
            return say("the plan is not the one that was shown; look at it again with --plan")
        case rule:  # recorded by another version of the program
            return say("rule {rule}", rule=rule)
