"""Items of a posture in sentences: what begins, changes, ends, and how it stands.

Everything here gives words for `explain.py`, through which the rest of the program speaks. Lines of a plan
are kept short; whom a late report reaches is said where something stands, and where only that changes.
"""

from __future__ import annotations

from incident.domain import names
from incident.domain.organisation import Text
from incident.domain.playbook import (
    Condition,
    Event,
    Measure,
    Obligation,
    Playbook,
    Range,
    Roster,
    StandingBody,
    StandingGroup,
    StepDown,
)
from incident.domain.posture import Change, Standing, changed_fields
from incident.domain.say import Say, Words, say
from incident.domain.schedule import is_filing

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
        case "clock":
            return _clock(playbook, name, one)
        case _:
            return say("{name} in force", name=name) if one.after else say("{name} lifted", name=name)


def standing(playbook: Playbook, key: str, item: Standing) -> Words:
    """Say what stands, as a state and not as a change."""
    name = item_name(playbook, key, item)
    match item:
        case StandingGroup() if item.acts_as is not None:
            details = group_details(playbook, item)
            return say(
                "{name}, acting as {acting} ({details})",
                name=name,
                acting=acting_group(playbook, item, item.acts_as),
                details=details,
            )
        case Roster():
            return say("{name}: {what}", name=name, what=roster(playbook, item))
        case Obligation():
            return _owed(playbook, name, item)
        case StepDown():
            return say("{name}: {what}", name=name, what=step_down(playbook, item))
        case _:
            return name


def item_name(playbook: Playbook, key: str, item: Standing | None = None) -> Text:
    """Give the name of a posture item; one unknown to the playbook is shown by its key."""
    match item:
        case Roster() | Obligation() | Measure() | StepDown():
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
    details = group_details(playbook, after)
    acted, acts = before.acts_as if before else None, after.acts_as
    if after.acts_as is not None and acts != acted:
        acting = acting_group(playbook, after, after.acts_as)
        return say("{name} → {acting} ({details})", name=name, acting=acting, details=details)
    if before is not None and before.acts_as is not None and acts is None:
        acting = acting_group(playbook, before, before.acts_as)
        return say("{acting} → {name} (routine duties only)", name=name, acting=acting)
    if before is None:
        return say("{name} starts work", name=name)
    return say("{name} changed ({details})", name=name, details=details)


def acting_group(playbook: Playbook, group: StandingGroup, acts_as: Text) -> Words:
    """Name a group as it acts, with its body: two bodies may each have a 综合协调组."""
    if group.under is None:
        return acts_as
    return say("{group} of {body}", group=acts_as, body=names.name_of(playbook, group.under))


def group_details(playbook: Playbook, group: StandingGroup) -> list[Words]:
    """Say how a group works while it acts as another."""
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
    shifts: Words = {
        "24h": say("24 h a day"),
        "12h": say("24 h a day in shifts of 12 h"),
        "8h": say("24 h a day in shifts of 8 h"),
    }[one.pattern]
    if one.shifts:
        named = [say("{name} from {at}", name=shift.name, at=shift.at) for shift in one.shifts]
        shifts = say("24 h a day: {shifts}", shifts=named)
    if one.place is not None:
        return say("{who}, {shifts}, at {place}", who=who, shifts=shifts, place=one.place)
    return say("{who}, {shifts}", who=who, shifts=shifts)


def _obligation(playbook: Playbook, name: Text, one: Change) -> Say:
    if not isinstance(one.after, Obligation):
        return say("{name} is owed no more", name=name)
    new = schedule(playbook, one.after)
    if not isinstance(one.before, Obligation):
        return say("{name}: {what}", name=name, what=new)
    old = schedule(playbook, one.before)
    if old != new:
        return say("{name}: {old} → {new}", name=name, old=old, new=new)
    if follow_up(playbook, one.before) != follow_up(playbook, one.after):
        return _owed(playbook, name, one.after)
    return say("{name}: {what}", name=name, what=new)


def _owed(playbook: Playbook, name: Text, one: Obligation) -> Say:
    """Say all of an obligation: when it is due, and what happens before and after that time."""
    when, details = schedule(playbook, one), follow_up(playbook, one)
    if details:
        return say("{name}: {what} ({details})", name=name, what=when, details=details)
    return say("{name}: {what}", name=name, what=when)


def follow_up(playbook: Playbook, one: Obligation) -> list[Words]:
    """Say what happens around a promised time: reminder, grace, who hears of it when it is missing."""
    details: list[Words] = []
    if one.remind is not None:
        details.append(say("reminder {duration} before", duration=duration(one.remind)))
    if one.grace is not None:
        grace = duration(one.grace)
        details.append(
            say("missing {duration} after it was due", duration=grace)
            if is_filing(one)
            else say("called up to {duration} late", duration=grace)
        )
    details += [
        say(
            "escalates after {duration} to {who}",
            duration=duration(tier.after),
            who=_named(playbook, tier.to),
        )
        for tier in one.escalate
    ]
    return details


def _named(playbook: Playbook, refs: list[str]) -> list[Words]:
    return [names.name_of(playbook, ref) for ref in refs]


def schedule(playbook: Playbook, one: Obligation) -> Words:
    """Say when an obligation falls due, in the paper's own vagueness where it gives no hour."""
    when = _when(playbook, one)
    if one.receivers:
        return say("{when}, to {receivers}", when=when, receivers=_named(playbook, one.receivers))
    return when


def _when(playbook: Playbook, one: Obligation) -> Words:
    if one.within is not None:
        return say(
            "within {duration} after {since}", duration=duration(one.within), since=_since(playbook, one)
        )
    if one.after is not None:
        return say("after {other}, no hour of its own", other=_other(playbook, one.after))
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


def _since(playbook: Playbook, one: Obligation) -> Words:
    """Say from what a term is counted."""
    if one.of == "entry":
        return say("the state is entered")
    if one.after is not None:
        return say("{other} is in", other=_other(playbook, one.after))
    if one.on:
        return say("receipt of {events}", events=[event_name(playbook, event) for event in one.on])
    return say("it becomes known")


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


def _clock(playbook: Playbook, name: Text, one: Change) -> Say:
    if not isinstance(one.after, StepDown):
        return say("{name} ends", name=name)
    new = step_down(playbook, one.after)
    if isinstance(one.before, StepDown) and step_down(playbook, one.before) != new:
        return say("{name}: {old} → {new}", name=name, old=step_down(playbook, one.before), new=new)
    return say("{name}: {what}", name=name, what=new)


def step_down(playbook: Playbook, one: StepDown) -> Words:
    """Say what a clock proposes, after how long, and what must have come before."""
    step = playbook.transitions.get(one.proposes)
    proposed: Words = step.name if step is not None else one.proposes
    days = duration(f"{one.days}d")
    if one.reset_by:
        events = [_resetting(playbook, one, event) for event in one.reset_by]
        when = say("proposes {step} after {days} without {events}", step=proposed, days=days, events=events)
    else:
        when = say("proposes {step} after {days}", step=proposed, days=days)
    gates: list[Words] = [event_name(playbook, event) for event in one.gates]
    if one.reports_in:
        gates.append(say("all reports in"))
    return say("{when}; needs {gates}", when=when, gates=gates) if gates else when


def _resetting(playbook: Playbook, one: StepDown, key: str) -> Words:
    """Name an event that resets a clock, and which of them do: an imported case may not count."""
    event, name = playbook.events.get(key), event_name(playbook, key)
    if not one.when:
        return name
    held = [condition(event, field, wanted) for field, wanted in one.when.items()]
    return say("{event} ({conditions})", event=name, conditions=held)


def condition(event: Event | None, key: str, wanted: Condition) -> Words:
    """Say what a value of an event must be; a value that the event does not have is shown by its key."""
    field = event.fields.get(key) if event else None
    name = field.name if field else key
    choices = field.choices if field else {}
    if isinstance(wanted, Range):
        return _bounds(name, wanted)
    if isinstance(wanted, list):
        return say("{field}: one of {values}", field=name, values=[choices.get(one, one) for one in wanted])
    return say("{field}: {value}", field=name, value=choices.get(str(wanted), str(wanted)))


def _bounds(name: Text | str, bounds: Range) -> Words:
    least, most = bounds.at_least, bounds.at_most
    if least is not None and most is not None:
        return say("{field} from {least} to {most}", field=name, least=least, most=most)
    if least is not None:
        return say("{field} at least {least}", field=name, least=least)
    return (
        say("{field} at most {most}", field=name, most=most)
        if most is not None
        else say("{field}", field=name)
    )


def event_name(playbook: Playbook, key: str) -> Text:
    """Give an event's name; one that the playbook does not know is shown by its key."""
    event = playbook.events.get(key)
    return event.name if event is not None else Text(zh=key, en=key)
