"""Steps that need two persons in sentences; part of `explain.py`, which everybody else uses."""

from __future__ import annotations

from incident.domain import approving, inputs
from incident.domain.explain_time import promised, when
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted, RequestRefused
from incident.domain.playbook import Playbook
from incident.domain.refusal import Refusal
from incident.domain.say import Say, Words, say

#: How a proposal ends.
OUTCOMES: dict[str, Words] = {
    "approved": say("approved"),
    "rejected": say("rejected"),
    "withdrawn": say("withdrawn by whoever proposed it"),
    "expired": say("expired"),
    "superseded": say("superseded: the state it was for was left, or the playbook is another"),
}


def of_two(playbook: Playbook, one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    """Say what was proposed, how a proposal ended, what one person did alone, or that it was reviewed."""
    name = promised(playbook, one.key)
    if one.kind == approving.GLASS:
        return _glass(playbook, one, name)
    if isinstance(one, ItemEnded):
        how = OUTCOMES.get(one.outcome or "", one.outcome)
        return say("{name} ({step}): {how}", name=name, step=_step(playbook, one.before), how=how)
    item = approving.read(one.after)
    return say(
        "{name}: {step} is proposed, plan {plan}; another person is to approve it by {until}",
        name=name,
        step=_step(playbook, one.after),
        plan=item.plan[:12],
        until=when(playbook, item.until),
    )


def _glass(playbook: Playbook, one: ItemStarted | ItemChanged | ItemEnded, name: Words) -> Say:
    if isinstance(one, ItemEnded):
        return say(
            "{name} ({step}) was reviewed by another person", name=name, step=_step(playbook, one.before)
        )
    return say(
        "BREAK-GLASS: one person alone took the step {step}, which needs two; to be reviewed by another "
        "person: {command}",
        step=_step(playbook, one.after),
        command=f"incident review {playbook.playbook} {approving.entry_of(one.key)}",
    )


def _step(playbook: Playbook, item: dict[str, str]) -> Words:
    step = playbook.transitions.get(item["step"])
    return item["step"] if step is None else step.name


def refusal(playbook: Playbook, one: Refusal | RequestRefused) -> Say:
    """Say why one person may not do this alone, or two need not."""
    place = playbook.playbook
    match one.rule:
        case "two_persons":
            return say(
                "this step needs two persons: propose it, and another person approves it: {command}; in an "
                "emergency: {alone}, and say why",
                command=f"incident propose {place} EVENT",
                alone=inputs.BREAK_GLASS,
            )
        case "one_person":
            return say("this step needs no second person: take it with activate, stand-down or signal")
        case _:
            return say(
                "nobody approves or reviews their own act, and nothing shows that this is another; {who}",
                who=say("let somebody else do it, at a terminal of their own or signed in"),
            )


def needs_two(playbook: Playbook, step: str) -> Words | None:
    """Say that a step needs two persons; none for one that does not."""
    if not playbook.transitions[step].approval:
        return None
    return say("needs two persons: one proposes it, another approves it")
