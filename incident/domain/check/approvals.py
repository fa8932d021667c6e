"""Rules of steps that need two persons: there is something for two to do, and waiting for it is meant.

P115  two persons for a step that none of them decides: nobody does, or the superior alone
P116  two persons for a step that is to be taken at once

Not here: who the two are (`persons.py`), and how the second one is waited for (`approving.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from incident.domain import names
from incident.domain.check.report import error, quoted, warning
from incident.domain.playbook import Playbook, Transition
from incident.domain.problem import Problem
from incident.domain.say import say

TITLES = {
    "P115": say("two persons for what none of them decides"),
    "P116": say("two persons for what must be done at once"),
}


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find steps that need two persons to no purpose, or that may not wait for them."""
    for key, step in playbook.transitions.items():
        if step.approval is not None:
            yield from _undecided(playbook, key, step)
            if step.immediate:
                yield warning(
                    "P116",
                    ("transitions", key, "approval"),
                    expected=say("a step that can wait for a second person"),
                    found=say("`immediate: true`; until another approves it, nothing happens"),
                    do=say("leave one of the two out, or tell those on duty how one acts alone"),
                )


def _undecided(playbook: Playbook, key: str, step: Transition) -> Iterator[Problem]:
    if not step.decided_by or all(_is_superior(playbook, ref) for ref in step.decided_by):
        yield error(
            "P115",
            ("transitions", key, "approval"),
            expected=say("a step that a body of this jurisdiction decides"),
            found=say("decided by the superior alone: {who}", who=quoted(step.decided_by))
            if step.decided_by
            else say("decided by nobody"),
            do=say("name the deciding body in `decided_by:`, or remove `approval:`"),
        )


def _is_superior(playbook: Playbook, ref: str) -> bool:
    """Tell whether whoever is meant decides elsewhere, and here it is only carried out."""
    meant = names.find(playbook, ref, ("unit",))
    return bool(meant) and all(playbook.units[one.key].kind == "superior" for one in meant)
