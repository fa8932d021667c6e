"""Promised times, filings and directives in sentences; part of `explain.py`, which everybody else uses."""

from __future__ import annotations

from collections.abc import Iterable

from incident.domain import clock, names
from incident.domain.explain_items import event_name
from incident.domain.facts import (
    ActivationConfirmed,
    ClockReset,
    Closed,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    PlannedEndMoved,
    ReportFiled,
    TimerEnded,
)
from incident.domain.organisation import Text
from incident.domain.playbook import Playbook
from incident.domain.say import Say, Words, say

Timed = TimerEnded | ReportFiled | ClockReset | PlannedEndMoved | ActivationConfirmed


def timed(playbook: Playbook, one: Timed) -> Say:
    """Say what a fact of time records."""
    match one:
        case TimerEnded():
            return _ended(playbook, one)
        case ReportFiled():
            return _filed(playbook, one)
        case ClockReset():
            event = event_name(playbook, one.event)
            return say("{name} counts anew: {event}", name=promised(playbook, one.clock), event=event)
        case PlannedEndMoved():
            return say("planned end is now {at}", at=when(playbook, one.planned_end))
        case ActivationConfirmed():
            return say("the provisional act is confirmed")


def promised(playbook: Playbook, key: str) -> Text:
    """Give the name of what a time belongs to; a directive, a proposal and what is unknown have their key."""
    for state in playbook.states.values():
        item = state.obligations.get(key) or state.rosters.get(key) or state.clocks.get(key)
        if item is not None:
            return item.name
    if key in playbook.states:
        return playbook.states[key].name
    prefix, _dash, number = key.partition("-")
    match prefix:
        case "directive" if number:
            return Text(zh=f"批示{number}", en=f"directive {number}")
        case "*":
            return Text(zh="全部值班", en="all rosters")
        case "callout" if number:
            return Text(zh=f"点名{number}", en=f"call-out {number}")
        case "proposal" if number:
            return Text(zh=f"提请{number}", en=f"proposal {number}")
        case "break_glass" if number:
            return Text(zh=f"单人破例{number}", en=f"break-glass {number}")
        case _:
            return Text(zh=key, en=key)


def form_name(playbook: Playbook, form: str) -> Text:
    """Give the name of a form: of the obligation that it is the key of, or of the first that asks for it."""
    for state in playbook.states.values():
        asking = [one for key, one in state.obligations.items() if form in (key, one.form)]
        if asking:
            return asking[0].name
    return promised(playbook, form)


def when(playbook: Playbook, stamp: str) -> str:
    """Give an instant of the record as people of the jurisdiction read it."""
    return clock.shown(clock.read_stamp(stamp), playbook.jurisdiction.zone)


def lateness(minutes: int) -> Words:
    """Say how late something is: minutes, or hours and minutes."""
    hours, rest = divmod(minutes, 60)
    return say("{hours} h {minutes} min", hours=hours, minutes=rest) if hours else say("{n} min", n=rest)


def _ended(playbook: Playbook, one: TimerEnded) -> Say:
    """Say what became of a promised time, and whether that was late."""
    sentence = _came(playbook, one) if one.end in ("fired", "fired_late") else _passed(playbook, one)
    if one.end == "fired_late":
        return say("{what} (carried out {late} late)", what=sentence, late=lateness(one.late))
    return sentence


def _came(playbook: Playbook, one: TimerEnded) -> Say:
    name, at = promised(playbook, one.key), when(playbook, one.due)
    who = names.name_of(playbook, one.of) if one.of else ""
    told = [names.name_of(playbook, ref) for ref in one.tell]
    match one.what:
        case "deadline" if one.result == "met":
            return say("{name} of {who}, due {at}: in", name=name, who=who, at=at)
        case "deadline":
            return say("{name} of {who}, due {at}: missing", name=name, who=who, at=at)
        case "reminder":
            about = when(playbook, one.about or one.due)
            return say("reminder to {who}: {name} is due {at}", who=who, name=name, at=about)
        case "escalation":
            about = when(playbook, one.about or one.due)
            return say(
                "{name} of {who}, due {at}, is still missing: step {tier}, told to {told}",
                name=name,
                who=who,
                at=about,
                tier=one.tier,
                told=told,
            )
        case "call":
            return say("{name}: {who} called for {at}", name=name, who=who, at=at)
        case "handover":
            return say("{name}: handover of {who} at {at}", name=name, who=who, at=at)
        case "signature":
            about = when(playbook, one.about or one.due)
            return say(
                "{name}: the handover at {at} is not signed; told to {told}", name=name, at=about, told=told
            )
        case "answer":
            return _unanswered(playbook, one, told)
        case "step_down":
            return _run(playbook, one, told)
        case _:
            return _term(one, name, at, told)


def _term(one: TimerEnded, name: Text, at: str, told: list[Text]) -> Say:
    """Say that a planned end or a term is over, or that the weeks ahead were looked through."""
    match one.what:
        case "planned_end":
            return say("the planned end of {state} is reached; nothing ends by itself", state=name)
        case "approval":
            return say(
                "{name} was not approved by {at}, and has expired; told to {told}",
                name=name,
                at=at,
                told=told,
            )
        case "outlook":
            return say("{name}: the weeks to come looked through for gaps", name=name)
        case _:
            return say("{state} was to be confirmed by {at}; it holds all the same", state=name, at=at)


def _run(playbook: Playbook, one: TimerEnded, told: list[Text]) -> Say:
    """Say what a clock that has run proposes, or what it waits for."""
    name = promised(playbook, one.key)
    if one.result != "proposed":
        return say("{name} has run and waits for: {gates}", name=name, gates=_reasons(playbook, one))
    step = playbook.transitions.get(one.step or "")
    return say(
        "{name} has run: {step} is proposed; a person decides: {told}",
        name=name,
        step=step.name if step is not None else one.step or "",
        told=told,
    )


def _unanswered(playbook: Playbook, one: TimerEnded, told: list[Text]) -> Say:
    """Say who is asked because others did not answer, and for whom nobody is left to ask."""
    name = promised(playbook, one.key)
    what = say(
        "{name}, step {tier}: not all have answered; asked now: {told}", name=name, tier=one.tier, told=told
    )
    if not one.reason:
        return what
    unreached = [names.name_of(playbook, ref) for ref in one.reason]
    return say("{what}; NOT REACHED: {unreached}", what=what, unreached=unreached)


def _passed(playbook: Playbook, one: TimerEnded) -> Say:
    name, at = promised(playbook, one.key), when(playbook, one.due)
    what = WHATS[one.what]
    match one.end:
        case "expired":
            return say("{what} {name} of {at}: its time had passed", what=what, name=name, at=at)
        case "superseded" if one.filing is not None:
            return say("{what} {name} of {at}: the report was in already", what=what, name=name, at=at)
        case "superseded":
            return say("{what} {name} of {at}: a later one takes its place", what=what, name=name, at=at)
        case "held":
            why = _reasons(playbook, one)
            return say(
                "{what} {name} of {at}: held for a person: {why}", what=what, name=name, at=at, why=why
            )
        case _:
            return say("{what} {name} of {at}: {end}", what=what, name=name, at=at, end=ENDS[one.end])


#: What a promised time is for.
WHATS: dict[str, Words] = {
    "deadline": say("deadline"),
    "reminder": say("reminder"),
    "escalation": say("escalation"),
    "call": say("call"),
    "handover": say("handover"),
    "signature": say("signature of the handover"),
    "answer": say("answer"),
    "step_down": say("step-down"),
    "planned_end": say("planned end"),
    "confirmation": say("confirmation"),
    "outlook": say("look ahead"),
    "approval": say("approval"),
}
#: How a promised time ends.
ENDS: dict[str, Words] = {
    "fired": say("carried out"),
    "fired_late": say("carried out late"),
    "superseded": say("superseded"),
    "expired": say("expired"),
    "cancelled": say("cancelled"),
    "held": say("held"),
}
#: Why a promised time ended as it did.
REASONS: dict[str, Words] = {
    "reports_in": say("all reports to be in"),
    "outage": say("it came late, after an outage"),
    "silent_feed": say("the report that shows the cases is missing"),
    "fault": say("it could not be carried out"),
    "changed": say("the schedule changed"),
    "ended": say("what it belongs to ended"),
    "filed": say("the report came in"),
    "reset": say("the clock was reset"),
    "state_left": say("the state was left"),
    "moved": say("the end was moved"),
    "confirmed": say("it was confirmed"),
    "signed": say("both sides signed"),
}


def _reasons(playbook: Playbook, one: TimerEnded) -> list[Words]:
    return reasons(playbook, one.reason)


def reasons(playbook: Playbook, keys: Iterable[str]) -> list[Words]:
    """Say why a promised time ended as it did: by a reason, by an event, or by whom nobody answered for."""
    return [
        REASONS.get(key)
        or (event_name(playbook, key) if key in playbook.events else names.name_of(playbook, key))
        for key in keys
    ]


def _filed(playbook: Playbook, one: ReportFiled) -> Say:
    who, form = names.name_of(playbook, one.sender), form_name(playbook, one.form)
    if one.corrects is not None:
        return say("{who} corrects the {form} of entry {seq}", who=who, form=form, seq=one.corrects)
    said = say("zero report {form}", form=form) if one.zero else form
    if not one.closes:
        return say("{who} filed {form}; none was asked for at this time", who=who, form=said)
    closed = [_closed(playbook, closing) for closing in one.closes]
    return say("{who} filed {form}, which closes: {closed}", who=who, form=said, closed=closed)


def _closed(playbook: Playbook, one: Closed) -> Words:
    name, at = promised(playbook, one.key), when(playbook, one.due)
    if one.late:
        return say("{name} of {at}, {late} late", name=name, at=at, late=lateness(one.late))
    return say("{name} of {at}", name=name, at=at)


def directive(playbook: Playbook, one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    """Say who ordered something of whom by when; the words themselves are sealed in the entry."""
    name = promised(playbook, one.key)
    if not isinstance(one, ItemStarted):
        return say("{directive} is closed", directive=name)
    return say(
        "{by} orders {to} ({directive}), due {due}",
        by=names.name_of(playbook, one.after["by"]),
        to=names.name_of(playbook, one.after["to"]),
        directive=name,
        due=when(playbook, one.after["due"]),
    )
