"""Steps that wait for a second person, and what one person did alone and another is to review."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from incident.domain import approving, clock
from incident.domain.explain_time import promised
from incident.domain.facts import ItemEnded
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import speak
from incident.service import proposals as service
from incident.service.handle import Outcome
from incident.service.proposals import Open
from incident.service.proposals import Unreviewed as Alone
from incident.views import plan as plans
from incident.views.acts import recorded
from incident.views.plan import Plan, Refusal


class Proposed(Struct, frozen=True, kw_only=True):
    """A step that waits for the approval of another person than proposed it."""

    #: Its number, that of its entry.
    proposal: int
    #: Key of the step, and the hash of the plan that alone may run.
    step: str
    plan: str
    #: When it was proposed, and until when it can be approved.
    at: str
    until: str
    event: str | None
    #: Key of who decided.
    authority: str | None
    #: Who proposed it, null once it is erased, and how that is known.
    by: str | None
    actor: str | None
    text: str


class Listed(Proposed, frozen=True, kw_only=True):
    """A proposal in a list of several jurisdictions."""

    #: Statistical code.
    jurisdiction: str


class Unreviewed(Struct, frozen=True, kw_only=True):
    """What one person did alone where two are needed, and nobody has reviewed."""

    entry: int
    #: Key of the step, and the hash of the plan that ran.
    step: str
    plan: str
    at: str
    by: str | None
    actor: str | None
    text: str


class Offered(Struct, frozen=True, kw_only=True):
    """A proposal, with what approving it would do now."""

    proposal: Proposed
    #: Exactly what will run; null where it cannot any more.
    plan: Plan | None
    #: Why approving it would be refused now.
    would_be_refused: Refusal | None


class Ended(Struct, frozen=True, kw_only=True):
    """A proposal that was ended without its step, or a review."""

    #: Statistical code.
    jurisdiction: str
    seq: int
    at: str
    #: The proposal, or the entry that was reviewed.
    of: int
    outcome: Literal["rejected", "withdrawn", "reviewed"]
    repeated: bool


def proposal_words(playbook: Playbook, one: Open) -> Words:
    """Say in a line what waits for approval, and how it is approved."""
    return say(
        "{name}: {step}, waits for another person until {until}; {command}",
        name=promised(playbook, approving.key_of(approving.PROPOSAL, one.seq)),
        step=_step(playbook, one.item.step),
        until=clock.minute(one.until, playbook.jurisdiction.zone),
        command=f"incident approve {playbook.playbook} {one.seq}",
    )


def review_words(playbook: Playbook, one: Alone) -> Words:
    """Say in a line what one person did alone, and how it is reviewed."""
    return say(
        "BREAK-GLASS: {step} was done by one person alone at {at}; another is to review it: {command}",
        step=_step(playbook, one.item.step),
        at=clock.minute(clock.read_stamp(one.said.entry.at), playbook.jurisdiction.zone),
        command=f"incident review {playbook.playbook} {one.seq}",
    )


def _step(playbook: Playbook, key: str) -> Words:
    step = playbook.transitions.get(key)
    return key if step is None else step.name


def proposed(playbook: Playbook, one: Open) -> Proposed:
    """Give a proposal that stands; words as far as they are disclosed."""
    entry = one.said.entry
    return Proposed(
        proposal=one.seq,
        step=one.item.step,
        plan=one.item.plan,
        at=entry.at,
        until=one.item.until,
        event=None if entry.came is None else entry.came.type,
        authority=entry.authority,
        by=one.said.by,
        actor=entry.actor,
        text=speak(proposal_words(playbook, one)),
    )


def offered(found: service.Offered) -> Offered:
    """Give a proposal with what approving it would do now."""
    playbook, made, refused = found.playbook, found.decision.plan, found.decision.refusal
    incident = found.situation.incident
    return Offered(
        proposal=proposed(playbook, found.proposal),
        plan=None if made is None else plans.plan(playbook, made, incident=incident, refused=refused),
        would_be_refused=None if refused is None else plans.refusal(playbook, refused),
    )


def unreviewed(playbook: Playbook, one: Alone) -> Unreviewed:
    """Give what waits for a review; words as far as they are disclosed."""
    return Unreviewed(
        entry=one.seq,
        step=one.item.step,
        plan=one.item.plan,
        at=one.said.entry.at,
        by=one.said.by,
        actor=one.said.actor,
        text=speak(review_words(playbook, one)),
    )


def ended(outcome: Outcome) -> Ended:
    """Give what a rejection, a withdrawal or a review recorded."""
    entry, fact = outcome.entry, recorded(outcome, ItemEnded)
    how: Literal["rejected", "withdrawn", "reviewed"] = "reviewed"
    if fact.outcome is not None:
        how = "withdrawn" if fact.outcome == "withdrawn" else "rejected"
    return Ended(
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        at=entry.at,
        of=approving.entry_of(fact.key),
        outcome=how,
        repeated=outcome.repeated,
    )
