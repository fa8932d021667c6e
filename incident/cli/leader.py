"""The leader's commands: a directive is issued or taken back, the planned end of a response is moved."""

from __future__ import annotations

import click

from incident import bootstrap
from incident.cli import acts, session
from incident.cli.output import put, put_json, wants_json
from incident.domain import explain, names
from incident.domain.errors import RequestError
from incident.domain.explain_time import promised
from incident.domain.facts import ItemEnded, ItemStarted, PlannedEndMoved, RequestRefused
from incident.domain.say import say
from incident.language import _
from incident.service import queries
from incident.service.extend import extend as move
from incident.service.filing import Order, issue, withdraw
from incident.service.handle import Outcome
from incident.service.intake import read_time
from incident.views import acts as views
from incident.views.acts import recorded


@click.group(help=_("A leader's directives: one answer, due once, chased like a report."))
def directive() -> None:
    """Hold the commands about directives."""


@directive.command("issue", help=_("Order something of a group, to be answered by a time."))
@click.argument("jurisdiction")
@click.option("--from", "sender", metavar="SEAT", required=True, help=_("Who orders: seat, body or office."))
@click.option("--to", metavar="GROUP", required=True, help=_("Who answers: group, body, unit or seat."))
@click.option("--due", metavar="TIME", required=True, help=_("When: a time, or a duration such as 4h."))
@click.option("--text", metavar="TEXT", required=True, help=_("What is ordered."))
@click.option("--remind", metavar="DURATION", help=_("Remind so long before."))
@click.option(
    "--escalate",
    "escalate",
    multiple=True,
    metavar="DURATION:SEAT",
    help=_("So long after, tell this one; repeat. Default: who orders, after 30m."),
)
@acts.acting
def issue_command(
    jurisdiction: str,
    sender: str,
    to: str,
    due: str,
    text: str,
    remind: str | None,
    escalate: tuple[str, ...],
    by: str | None,
    event_id: str | None,
) -> int:
    """Issue a directive."""
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    at = bootstrap.now()
    instant = read_time("--due", due, playbook, at, at)
    assert instant is not None, "the option is required"
    steps = [_step(words) for words in escalate]
    order = Order(by=sender, to=to, due=instant, text=text, remind=remind, escalate=steps)
    outcome = issue(store, code, order, origin=origin, now=bootstrap.clock, chance=bootstrap.chance)
    acts.told(outcome)
    _put_issued(outcome)
    return 0


def _step(words: str) -> tuple[str, str]:
    after, sign, who = words.partition(":")
    if not (sign and who.strip()):
        raise RequestError(
            where="--escalate",
            expected=say("a duration, a colon, and who is told"),
            found=f"`{words}`",
            do=say("write it as: `--escalate 30m:command.leader`"),
        )
    return after.strip(), who.strip()


def _put_issued(outcome: Outcome) -> None:
    fact, playbook = recorded(outcome, ItemStarted), outcome.playbook
    if wants_json():
        put_json(views.issued(outcome))
        return
    put(say("{what}; entry {seq}", what=explain.fact(playbook, fact), seq=outcome.entry.seq))
    for step in fact.after["escalate"]:
        who = [names.name_of(playbook, ref) for ref in step["to"]]
        duration = explain.duration(step["after"])
        put(say("unanswered {duration} later: {who} is told", duration=duration, who=who))
    place, to = playbook.playbook, fact.after["to"]
    command = f"incident report file {place} --from {to} --form {fact.key} --text …"
    put(say("it is answered with: {command}", command=command))


@directive.command("withdraw", help=_("Take a directive back before it is answered."))
@click.argument("jurisdiction")
@click.argument("key")
@click.option("--reason", metavar="TEXT", required=True, help=_("Why it is taken back."))
@acts.acting
def withdraw_command(jurisdiction: str, key: str, reason: str, by: str | None, event_id: str | None) -> int:
    """Take a directive back."""
    origin = acts.origin(by, event_id)
    store = session.store()
    with store.reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
    key = f"directive-{key}" if key.isdigit() else key
    outcome = withdraw(store, code, key, reason, origin=origin, now=bootstrap.clock, chance=bootstrap.chance)
    acts.told(outcome)
    fact = recorded(outcome, ItemEnded)
    if wants_json():
        put_json(views.withdrawn(outcome))
    else:
        name = promised(outcome.playbook, fact.key)
        put(say("{directive} is withdrawn; entry {seq}", directive=name, seq=outcome.entry.seq))
    return 0


@click.command(help=_("Move the planned end of what is in force; the body that decided it decides."))
@click.argument("jurisdiction")
@click.option(
    "--until",
    metavar="TIME",
    required=True,
    help=_("The new end: a time, or a duration from now such as 14d."),
)
@click.option("--decided-by", metavar="BODY", help=_("Body or seat that decided, by key or name."))
@click.option("--basis", metavar="TEXT", help=_("Instrument and clause, e.g. a document number."))
@click.option("--reason", metavar="TEXT", help=_("Why it goes on."))
@acts.acting
def extend(
    jurisdiction: str,
    until: str,
    decided_by: str | None,
    basis: str | None,
    reason: str | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Move the planned end."""
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    at = bootstrap.now()
    instant = read_time("--until", until, playbook, at, at)
    assert instant is not None, "the option is required"
    outcome = move(
        store,
        code,
        instant,
        decided_by=decided_by,
        basis=basis,
        reason=reason,
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    exit_code = acts.told(outcome)
    if not any(isinstance(fact, RequestRefused) for fact in outcome.entry.facts):
        _put_extended(outcome)
    return exit_code


def _put_extended(outcome: Outcome) -> None:
    fact, playbook = recorded(outcome, PlannedEndMoved), outcome.playbook
    if wants_json():
        put_json(views.extended(outcome))
        return
    put(say("{what}; entry {seq}", what=explain.fact(playbook, fact), seq=outcome.entry.seq))
