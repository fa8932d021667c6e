"""A playbook as something to read: its document, states, steps, people and rules, each with its clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from incident.domain import explain, names
from incident.domain.check import check
from incident.domain.organisation import Body, Group, Item, Seat
from incident.domain.paper import FollowUp, Relation, Release, Reward, Rule, Trigger
from incident.domain.playbook import PREVIOUS, Playbook, State, Transition
from incident.domain.problem import Problem as Found
from incident.domain.say import Words, say
from incident.language import speak
from incident.views.errors import Problem
from incident.views.errors import problem as as_data
from incident.web.pages import items
from incident.web.pages.items import Section


class Step(NamedTuple):
    """A transition."""

    name: Words
    origins: list[Words]
    target: Words
    event: Words
    conditions: list[Words]
    #: Who decides; nobody where it needs no decision.
    deciders: list[Words]
    #: What else is said: who proposes, on what basis, by when.
    remarks: list[Words]
    source: str | None
    is_partly_own: bool


class Said(NamedTuple):
    """Something the paper says, with its clause."""

    name: Words
    text: Words
    source: str | None


class Part(NamedTuple):
    """A part of the paper."""

    name: Words
    said: list[Said]


class Shown(NamedTuple):
    """A state, and what it declares."""

    key: str
    name: Words
    level: Words
    is_initial: bool
    source: str | None
    sections: list[Section]


class Reading(NamedTuple):
    """A playbook to be read."""

    playbook: Playbook
    facts: list[tuple[Words, Words]]
    states: list[Shown]
    steps: list[Step]
    parts: list[Part]
    #: What does not fit together in the paper, and what it does not say.
    conflicts: list[Said]
    silences: list[Said]


def reading(playbook: Playbook) -> Reading:
    """Lay a playbook out for readers."""
    return Reading(
        playbook,
        _document(playbook),
        [_state(playbook, key, state) for key, state in playbook.states.items()],
        [_step(playbook, step) for step in playbook.transitions.values()],
        [part for part in _parts(playbook) if part.said],
        [Said("", one.text, one.source) for one in playbook.conflicts],
        [Said("", one.text, None) if one.supplied is None else _supplied(one) for one in playbook.silences],
    )


def problems(found: Iterable[Found]) -> list[Problem]:
    """Give what a check found, in the language in force."""
    return [as_data(one) for one in found]


def checked(playbook: Playbook) -> list[Problem]:
    """Check a playbook by the rules of today; where things stand in a file is not known any more."""
    return problems(check(playbook))


def _supplied(one: Any) -> Said:
    return Said("", say("{text} We supply: {supplied}", text=one.text, supplied=one.supplied), None)


def _document(playbook: Playbook) -> list[tuple[Words, Words]]:
    one, place = playbook.document, playbook.jurisdiction
    told: list[tuple[Words, Words | None]] = [
        (say("Title"), one.title),
        (say("Jurisdiction"), say("{name} {code}", name=place.name, code=place.code)),
        (say("Issued by"), [*one.issuers] or None),
        (say("Number"), one.number),
        (say("Index"), one.index),
        (say("Date"), one.date),
        (say("Published"), one.published),
        (say("In force from"), one.effective_from),
        (say("Approved by"), one.approved_by),
        (say("Addressed to"), [*one.addressees] or None),
        *((say("Basis"), _basis(basis)) for basis in one.basis.values()),
        *((say("Principle"), text) for text in one.principles),
    ]
    return [(name, words) for name, words in told if words is not None]


def _basis(one: Any) -> Words:
    if one.number is None:
        return speak(one.title)
    return say("{title} {number}", title=one.title, number=one.number)


def _state(playbook: Playbook, key: str, state: State) -> Shown:
    level: Words = (
        ""
        if state.level is None
        else say("level {grade} ({scheme})", grade=state.level.grade, scheme=state.level.scheme)
    )
    is_initial = key == playbook.initial
    return Shown(key, state.name, level, is_initial, state.source, items.of_state(playbook, state))


def _step(playbook: Playbook, step: Transition) -> Step:
    event = playbook.events.get(step.on)
    target = say("the state before") if step.to == PREVIOUS else explain.state_name(playbook, step.to)
    return Step(
        step.name,
        [explain.state_name(playbook, key) for key in step.origins],
        target,
        explain.event_name(playbook, step.on),
        [explain.condition(event, field, wanted) for field, wanted in step.when.items()],
        _named(playbook, step.decided_by),
        _remarks(playbook, step),
        step.source,
        step.source is not None and bool(step.project),
    )


def _named(playbook: Playbook, refs: Iterable[str]) -> list[Words]:
    return [names.name_of(playbook, ref) for ref in refs]


def _remarks(playbook: Playbook, step: Transition) -> list[Words]:
    found: list[Words] = []
    if step.approval is not None:
        found.append(say("one person proposes, another approves"))
    if step.proposed_by:
        found.append(say("proposed by {who}", who=_named(playbook, step.proposed_by)))
    bases = [playbook.document.basis[key].title for key in step.basis if key in playbook.document.basis]
    if bases:
        found.append(say("basis: {bases}", bases=bases))
    if step.immediate:
        found.append(say("to be done at once"))
    if step.planned_end is not None:
        found.append(say("end planned after {duration}", duration=explain.duration(step.planned_end)))
    if step.confirm_within is not None:
        found.append(say("to be confirmed within {duration}", duration=explain.duration(step.confirm_within)))
    return found


def _parts(playbook: Playbook) -> Iterable[Part]:
    rules: tuple[tuple[Words, Mapping[str, Item]], ...] = (
        (say("Mechanisms"), playbook.mechanisms),
        (say("Demands"), playbook.demands),
        (say("What sets work going"), playbook.triggers),
        (say("Following one person"), playbook.follow_ups),
        (say("Before publication"), playbook.releases),
        (say("Approvals"), playbook.approvals),
        (say("Discipline"), playbook.sanctions),
        (say("Rewards"), playbook.rewards),
        (say("Substitution"), playbook.substitutions),
        (say("Relations"), playbook.relations),
    )
    yield Part(
        say("Bodies and who sits in them"), [_organ(playbook, one) for one in playbook.bodies.values()]
    )
    yield Part(say("Groups and their units"), [_organ(playbook, one) for one in playbook.groups.values()])
    yield Part(
        say("Units with duties of their own"),
        [
            Said(names.name_of(playbook, one.unit), [duty.text for duty in one.duties], one.source)
            for one in playbook.departments.values()
        ],
    )
    for name, found in rules:
        yield Part(name, [_rule(playbook, one) for one in found.values()])


def _organ(playbook: Playbook, one: Body | Group) -> Said:
    """Say who sits in a body or group, which units it has, and what it does; nobody is named."""
    lead = one.lead_unit if isinstance(one, Group) else None
    told: list[Words] = [_seat(seat) for seat in one.seats.values()]
    if lead is not None:
        told.append(say("led by {units}", units=[names.name_of(playbook, lead)]))
    if one.units:
        told.append(say("units: {units}", units=_named(playbook, one.units)))
    told += [duty.text for duty in one.duties]
    return Said(one.name, told, one.source)


def _seat(seat: Seat) -> Words:
    who: list[Words] = [post.name for post in seat.posts]
    if seat.people is not None:
        who.append(seat.people)
    return say("{seat}: {who}", seat=seat.title, who=who) if who else seat.title


def _rule(playbook: Playbook, one: Item) -> Said:
    match one:
        case Rule():
            by = say("by {by}", by=_named(playbook, one.by)) if one.by else ""
            return Said(one.name or "", [part for part in (one.text, by) if part != ""], one.source)
        case Trigger():
            return Said("", say("{what} → {effect}", what=one.text, effect=one.effect), one.source)
        case FollowUp():
            return Said(one.subjects, one.text, one.source)
        case Release():
            who = _named(playbook, one.approver)
            said: Words = say("{what}: approved by {who}", what=one.text, who=who) if who else one.text
            return Said("", said, one.source)
        case Reward():
            return Said("", say("{what}: {yuan} yuan", what=one.text, yuan=one.yuan), one.source)
        case Relation():
            sender, receiver = _named(playbook, [one.sender, one.receiver])
            return Said(say("{sender} → {receiver}", sender=sender, receiver=receiver), one.text, one.source)
        case _:
            raise AssertionError(f"a rule of no known kind: {one!r}")
