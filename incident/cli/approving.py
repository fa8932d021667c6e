"""Two persons: proposals are listed, approved, rejected; what one person did alone is reviewed.

Proposing itself is a request like others (`officer.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from msgspec.structs import asdict

from incident import bootstrap
from incident.cli import acts, exits, session
from incident.cli.output import put, put_json, table, wants_json, yes_or_no
from incident.cli.plan import put_plan, put_refusal, put_times
from incident.domain import clock, explain, explain_entry, names
from incident.domain.facts import ItemEnded
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import _
from incident.service import proposals as service
from incident.service import queries
from incident.service.approving import Said
from incident.service.handle import Outcome
from incident.service.proposals import Offered, Open
from incident.views import plan as views
from incident.views import two_persons
from incident.views.acts import recorded
from incident.views.times import put_time

_NUMBER = click.IntRange(min=0)


@click.command(help=_("List the steps that wait for the approval of a second person; of all without a name."))
@click.argument("jurisdiction", required=False)
def proposals(jurisdiction: str | None) -> None:
    """Print a block for each proposal; with --json one object a line."""
    with session.store().reading() as tx:
        codes = [code for code, _name in tx.codes()]
        if jurisdiction is not None:
            codes = [queries.find_jurisdiction(tx, jurisdiction)]
        found = [
            (code, queries.present(tx, code)[1], one)
            for code in codes
            for one in service.open_proposals(tx, code)
        ]
    if not found and not wants_json():
        put(say("nothing waits for the approval of a second person"))
    for code, playbook, one in found:
        if wants_json():
            put_json(two_persons.Listed(jurisdiction=code, **asdict(two_persons.proposed(playbook, one))))
            continue
        put(say("{name} {code}", name=playbook.jurisdiction.name, code=code))
        _put_proposal(playbook, one)


@click.command(help=_("Approve a proposal: shows what will run, asks, and takes the step."))
@click.argument("jurisdiction")
@click.argument("proposal", type=_NUMBER)
@click.option("--plan", is_flag=True, help=_("Show what would happen; change nothing."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@acts.acting
def approve(
    jurisdiction: str, proposal: int, *, plan: bool, yes: bool, by: str | None, event_id: str | None
) -> int:
    """Take the step that another person proposed, if it is still what was proposed."""
    from incident.cli.officer import must_be_asked_or_sure, tell_decided

    origin = acts.origin(by, event_id)
    must_be_asked_or_sure(plan=plan, yes=yes)
    store, code, _playbook = acts.place(jurisdiction)
    with store.reading() as tx:
        is_answered = tx.answered(code, origin.source, origin.id) is not None
        offered = None if is_answered else service.plan_of(tx, code, proposal, now=bootstrap.clock)
    if offered is not None and (plan or not yes):
        _put_offered(offered)
    if plan:
        return 0
    if offered is not None and not yes:
        seen = offered.decision.plan
        if not yes_or_no(_question(offered), seen.hash if seen is not None else ""):
            raise click.Abort
    outcome = service.approve(
        store, code, proposal, origin=origin, now=bootstrap.clock, chance=bootstrap.chance
    )
    return tell_decided(store, code, outcome, shown=offered is not None and not yes)


@click.command(help=_("Reject a proposal."))
@click.argument("jurisdiction")
@click.argument("proposal", type=_NUMBER)
@click.option("--reason", metavar="TEXT", required=True, help=_("Why."))
@acts.acting
def reject(jurisdiction: str, proposal: int, *, reason: str, by: str | None, event_id: str | None) -> int:
    """End a proposal without taking its step."""
    origin = acts.origin(by, event_id)
    store, code, _playbook = acts.place(jurisdiction)
    outcome = service.reject(
        store, code, proposal, reason, origin=origin, now=bootstrap.clock, chance=bootstrap.chance
    )
    return _told(outcome)


@click.command(help=_("Take back what you proposed."))
@click.argument("jurisdiction")
@click.argument("proposal", type=_NUMBER)
@click.option("--reason", metavar="TEXT", required=True, help=_("Why."))
@acts.acting
def withdraw(jurisdiction: str, proposal: int, *, reason: str, by: str | None, event_id: str | None) -> int:
    """End one's own proposal without taking its step."""
    origin = acts.origin(by, event_id)
    store, code, _playbook = acts.place(jurisdiction)
    outcome = service.withdraw(
        store, code, proposal, reason, origin=origin, now=bootstrap.clock, chance=bootstrap.chance
    )
    return _told(outcome)


@click.command(help=_("Review what one person did alone with --break-glass; another person does."))
@click.argument("jurisdiction")
@click.argument("entry", type=_NUMBER)
@click.option("--finding", metavar="TEXT", required=True, help=_("What the review found; sealed."))
@acts.acting
def review(jurisdiction: str, entry: int, *, finding: str, by: str | None, event_id: str | None) -> int:
    """Record a review."""
    origin = acts.origin(by, event_id)
    store, code, _playbook = acts.place(jurisdiction)
    outcome = service.review(
        store, code, entry, finding, origin=origin, now=bootstrap.clock, chance=bootstrap.chance
    )
    return _told(outcome)


def _told(outcome: Outcome) -> int:
    exit_code = acts.told(outcome)
    if exit_code == exits.REFUSED:
        return exit_code
    if wants_json():
        put_json(two_persons.ended(outcome))
        return 0
    fact = recorded(outcome, ItemEnded)
    put(say("{what}; entry {seq}", what=explain.fact(outcome.playbook, fact), seq=outcome.entry.seq))
    return 0


# -- what is shown before it is approved


def _put_offered(offered: Offered) -> None:
    playbook, decision, one = offered.playbook, offered.decision, offered.proposal
    if wants_json():
        if decision.plan is None:
            put_json(two_persons.proposed(playbook, one))
        else:
            incident = offered.situation.incident
            put_json(views.plan(playbook, decision.plan, incident=incident, refused=decision.refusal))
        return
    _put_proposal(playbook, one)
    if decision.plan is not None:
        put_plan(playbook, decision.plan)
        put_times(playbook, decision)
    if decision.refusal is not None:
        put_refusal(playbook, decision.refusal)


def _question(offered: Offered) -> Words:
    playbook, plan = offered.playbook, offered.decision.plan
    if plan is None:  # it will be refused, and recorded so
        return say("approve it all the same?")
    return say(
        "{name}: {origin} → {target}. Approve this, to be done now?",
        name=playbook.jurisdiction.name,
        origin=explain.state_name(playbook, plan.origin),
        target=explain.state_name(playbook, plan.target),
    )


def _put_proposal(playbook: Playbook, one: Open) -> None:
    """Show what was proposed, by whom, with what was said."""
    put(two_persons.proposal_words(playbook, one))
    table([["", title, words] for title, words in _said(playbook, one.said)])


def _said(playbook: Playbook, said: Said) -> Iterator[tuple[Words, Words]]:
    entry, disclosed = said
    yield say("proposed by"), who_words(said)
    yield say("proposed at"), put_time(clock.read_stamp(entry.at), playbook)
    if entry.came is not None:
        yield say("event"), explain.event_name(playbook, entry.came.type)
        for name, value in entry.came.data.items():
            shown = disclosed.get(f"data.{name}", value if isinstance(value, str | int) else "…")
            yield "", f"{explain_entry.label(name)}{shown}"
    if entry.authority is not None:
        yield say("decided by"), names.name_of(playbook, entry.authority)
    for name, title in (("basis", say("basis")), ("reason", say("reason"))):
        if name in disclosed:
            yield title, disclosed[name]


def who_words(said: Said) -> Words:
    """Say who did something, and how that is known."""
    by = said.by or say("(erased; its digest remains)")
    match said.actor:
        case "claimed":
            return say("{by} (as typed), user here: {user}", by=by, user=said.os_user or "…")
        case "os":
            return say("{by}, user here", by=by)
        case _:
            return by
