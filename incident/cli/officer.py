"""The duty officer's commands: activate, stand-down, signal, and propose. One flow for the four.

    look → say what would happen → ask → decide and record → say what happened

With `--plan` it ends after the second step. What is recorded is decided anew under the lock; if
that is not what was shown, somebody was first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from incident import bootstrap
from incident.cli import exits, session
from incident.cli.asking import SOURCE, Asked, alone, options, repeated_request, request_of, until
from incident.cli.output import put, put_json, talk, wants_json, yes_or_no
from incident.cli.plan import put_plan, put_refusal, put_result, put_times
from incident.domain import explain
from incident.domain.decision import Plan, decide, outline
from incident.domain.errors import IncidentError, RequestError
from incident.domain.facts import RequestRefused, StateEntered
from incident.domain.playbook import Playbook
from incident.domain.request import Press, Request
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.language import _
from incident.service import queries
from incident.service.handle import Outcome, Seen, handle, seen_of, understood
from incident.service.opened import read_entry
from incident.store.sql import SqlStore
from incident.views import plan as views


@click.command(help=_("Switch a jurisdiction to its emergency mode."))
@click.argument("jurisdiction")
@click.option(
    "--event", metavar="EVENT", help=_("What happened; without it, the events possible now are offered.")
)
@options
@alone
@until
def activate(**words: Any) -> int:
    """Begin or raise a response."""
    return act(Asked(**words), "activate")


@click.command("stand-down", help=_("Return a jurisdiction to routine."))
@click.argument("jurisdiction")
@click.option("--event", metavar="EVENT", help=_("What ends the response; default: response_lifted."))
@options
@alone
def stand_down(**words: Any) -> int:
    """End a response."""
    return act(Asked(**words), "stand_down")


@click.command(help=_("Report any other event."))
@click.argument("jurisdiction")
@click.argument("event")
@options
@alone
@until
def signal(**words: Any) -> int:
    """Record an event and what follows from it."""
    return act(Asked(**words), "signal")


@click.command(
    help=_("Propose a step that needs two persons, whichever button it is of; another approves it.")
)
@click.argument("jurisdiction")
@click.argument("event")
@options
@until
def propose(**words: Any) -> int:
    """Record a proposal."""
    return act(Asked(**words), "propose")


def act(asked: Asked, verb: Press) -> int:
    """Carry one request from the words typed to the record."""
    session.must_be_text("--event-id", asked.event_id)
    store = session.store()
    with store.reading() as tx:
        code = queries.find_jurisdiction(tx, asked.jurisdiction)
        situation, playbook = queries.present(tx, code)
        stored = tx.answered(code, SOURCE, asked.event_id) if asked.event_id else None
        answered = None if stored is None else read_entry(code, stored)
        playbook = playbook if answered is None else tx.playbook(code, answered.playbook)
    must_be_asked_or_sure(plan=asked.plan, yes=asked.yes)
    if answered is None:
        request = understood(playbook, request_of(asked, playbook, situation, verb), partly=asked.plan)
    else:
        request = repeated_request(asked, playbook, answered, verb)
    if asked.plan:
        return _show_only(playbook, situation, request)
    seen = None if answered is not None else _look(asked, playbook, situation, request)
    outcome = handle(store, code, request, now=bootstrap.clock, chance=bootstrap.chance, seen=seen)
    return tell_decided(store, code, outcome, shown=not asked.yes and answered is None)


def tell_decided(store: SqlStore, code: str, outcome: Outcome, *, shown: bool) -> int:
    """Say what was decided, and sign a journal that entered another state; gives the exit code.

    `shown`: the lines of the plan were shown just before.
    """
    code_of_end = _tell(outcome, shown=shown)
    if any(isinstance(fact, StateEntered) for fact in outcome.entry.facts):
        _sign(store, code)  # also when it is said again: the first time may have ended before this
    return code_of_end


def _sign(store: SqlStore, code: str) -> None:
    """Sign a journal that entered another state, where this command has the key; a worker does so anyway.

    It is recorded: nothing that goes wrong here may look as if it were not.
    """
    key = os.environ.get("INCIDENT_KEY")
    if not key:
        return
    from incident.service.notary import publish, sign

    try:
        outlets = bootstrap.outlets(None)
        notary = bootstrap.notary(Path(key), outlets)
        sign(store, code, notary)
        publish(store, code, notary)
    except (IncidentError, OSError) as error:
        talk(say("it is recorded, and NOT SIGNED yet: {error}", error=str(error)))


def must_be_asked_or_sure(*, plan: bool, yes: bool) -> None:
    """Refuse to act where nobody can be asked, and nobody said so. Raises `RequestError`."""
    if not (plan or yes or session.is_interactive()):
        raise RequestError(
            where="--yes",
            expected=say("a terminal to ask on, or --yes"),
            found=say("neither"),
            do=say("look first with --plan, then give --yes"),
        )


def _show_only(playbook: Playbook, situation: Situation, request: Request) -> int:
    decision = decide(playbook, situation, request, bootstrap.now())
    plan = decision.plan or outline(playbook, situation, request.event, request.fields)
    if plan is None:
        assert decision.refusal is not None, "a granted request has a plan"
        put_refusal(playbook, decision.refusal)
        return exits.REFUSED
    if wants_json():
        put_json(views.plan(playbook, plan, incident=situation.incident, refused=decision.refusal))
        return 0
    put_plan(playbook, plan)
    put_times(playbook, decision)
    declared = playbook.events[request.event].fields
    lacking = [
        field.name for name, field in declared.items() if field.required and name not in request.fields
    ]
    if lacking:
        put(say("values of the event still to be given: {names}", names=lacking))
    elif decision.refusal is not None:
        put(say("as typed it would be refused: {reason}", reason=explain.refusal(playbook, decision.refusal)))
    return 0


def _look(asked: Asked, playbook: Playbook, situation: Situation, request: Request) -> Seen:
    """Decide once before recording, to show it and ask; gives what was seen, which alone may follow.

    A refusal is not asked about: it goes on to be recorded.
    """
    decision = decide(playbook, situation, request, bootstrap.now())
    if decision.refusal is None and decision.plan is not None and not asked.yes:
        put_plan(playbook, decision.plan)
        put_times(playbook, decision)
        if not yes_or_no(_question(playbook, decision.plan, request.verb), decision.plan.hash):
            raise click.Abort
    return seen_of(decision)


def _question(playbook: Playbook, plan: Plan, verb: Press) -> Words:
    """Ask with what it is about: on a small screen the head of the plan has scrolled away."""
    name = playbook.jurisdiction.name
    origin, target = explain.state_name(playbook, plan.origin), explain.state_name(playbook, plan.target)
    if verb == "propose":
        return say("{name}: {origin} → {target}. Propose this?", name=name, origin=origin, target=target)
    return say("{name}: {origin} → {target}. Do this now?", name=name, origin=origin, target=target)


def _tell(outcome: Outcome, *, shown: bool) -> int:
    entry, playbook = outcome.entry, outcome.playbook
    refusal = next((fact for fact in entry.facts if isinstance(fact, RequestRefused)), None)
    session.note(
        "refused" if refusal else "decided",
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        step=entry.step,
        rule=refusal.rule if refusal else None,
    )
    if outcome.repeated:
        talk(say("this event was answered before, in entry {seq}; nothing changes", seq=entry.seq))
    if refusal is not None:
        put_refusal(playbook, refusal)
        if outcome.repeated:
            talk(say("to ask again, give a new --event-id or none"))
        return exits.REFUSED
    put_result(playbook, outcome, shown=shown)
    return 0
