"""What can be recorded: past-tense facts, the contents of a journal entry.

A fact is complete in itself: replaying facts rebuilds the situation without the playbook (`situation.py`).
Items of a posture are kept as the plain data they were, so that a fact stays readable however the
language grows. Nothing in a fact can name a person: that stands sealed in the entry (`journal.py`).
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

#: A posture item as plain data.
Plain = dict[str, Any]


class Fact(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="fact"
):
    """Something that is so since its entry."""


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


class SeatsCollided(Fact, frozen=True, kw_only=True, tag=True):
    """One holder sits in several groups of the emergency at once."""

    #: Opaque holder.
    holder: str
    #: Seats: `general_coordination.deputy`.
    seats: list[str]


class EventNoted(Fact, frozen=True, kw_only=True, tag=True):
    """An event was recorded and changed nothing that stands."""

    event: str


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
    #: What is wrong with the times: `before_state`, `in_future`, `ends_early`, `no_end`.
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
    | IncidentClosed
    | RequestRefused
)

_VERBS = {
    ItemStarted: {"body": "BodyActivated", "group": "GroupStarted", "roster": "RosterStarted"},
    ItemChanged: {"group": "GroupConverted"},
    ItemEnded: {"body": "BodyStoodDown", "group": "GroupStoodDown", "roster": "RosterEnded"},
}
_PLAIN_VERBS = {ItemStarted: "Started", ItemChanged: "Changed", ItemEnded: "Ended"}


def kind_of(fact: AnyFact) -> str:
    """Name a fact as the history shows it: `GroupConverted`, `ObligationChanged`, `StateEntered`."""
    match fact:
        case ItemChanged(kind="group") if fact.before.get("acts_as") and not fact.after.get("acts_as"):
            return "GroupReverted"
        case ItemStarted() | ItemChanged() | ItemEnded():
            fallback = fact.kind.capitalize() + _PLAIN_VERBS[type(fact)]
            return _VERBS[type(fact)].get(fact.kind, fallback)
        case _:
            return type(fact).__name__
