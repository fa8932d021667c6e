"""Rules of what stands together in a state: whoever works or owes there also stands there.

P207  a group works under a body that does not stand in the state
P208  a roster or obligation of a group or body that does not stand in the state
P209  an obligation follows none of its state, or itself in a circle

Units always stand, and so do bodies of other jurisdictions (`subordinate_bodies`) and bodies that only decide
or are only named (`kind: authority`, `other`): no state of this playbook raises or dissolves them.
"""

from __future__ import annotations

from collections.abc import Iterator

from incident.domain.check.owners import owners
from incident.domain.check.report import error, nearest, quoted
from incident.domain.collisions import works_under
from incident.domain.playbook import Playbook, State
from incident.domain.problem import Path, Problem
from incident.domain.say import Words, say

TITLES = {
    "P207": say("a group under a body that does not stand"),
    "P208": say("a duty of somebody who does not stand"),
    "P209": say("an obligation that follows none"),
}


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find who works or owes without standing."""
    for name, state in playbook.states.items():
        yield from _groups(playbook, name, state)
        yield from _duties(playbook, name, state)
        yield from _after(name, state)


def _stands(playbook: Playbook, state: State, kind: str, key: str) -> bool:
    if kind == "group":
        return key in state.groups
    body = playbook.bodies.get(key)
    return body is None or body.kind in ("authority", "other") or key in state.bodies


def _groups(playbook: Playbook, name: str, state: State) -> Iterator[Problem]:
    for key, standing in state.groups.items():
        group = playbook.groups.get(key)
        if group is None:
            continue
        body = works_under(group, standing)
        if not _stands(playbook, state, "body", body):
            yield error(
                "P207",
                ("states", name, "groups", key, "under"),
                expected=say(
                    "a body that stands in `{state}`: {bodies}", state=name, bodies=quoted(state.bodies)
                ),
                found=say("group `{group}` works under `{body}`", group=key, body=body),
                do=say(
                    "let `{body}` stand in `bodies:` of the state, or say `under:` whom it works", body=body
                ),
            )


def _duties(playbook: Playbook, name: str, state: State) -> Iterator[Problem]:
    owed: list[tuple[Path, str]] = [
        (("rosters", key, "of"), roster.of) for key, roster in state.rosters.items()
    ]
    for key, obligation in state.obligations.items():
        owed += [(("obligations", key, "from", at), ref) for at, ref in enumerate(obligation.senders)]
    for place, ref in owed:
        found = owners(playbook, ref)
        if found and not any(_stands(playbook, state, *one) for one in found if one[0] != "unit"):
            if any(kind == "unit" for kind, _ in found):
                continue
            yield error(
                "P208",
                ("states", name, *place),
                expected=say("somebody who stands in `{state}`", state=name),
                found=say("`{ref}`, which does not", ref=ref),
                do=say("let it stand in the state, or let somebody else have the duty"),
            )


def _after(name: str, state: State) -> Iterator[Problem]:
    for key, obligation in state.obligations.items():
        if obligation.after is None:
            continue
        path = ("states", name, "obligations", key, "after")
        others = [other for other in state.obligations if other != key]
        if obligation.after not in state.obligations:
            expected: Words = quoted(others) or say("another obligation of the state")
            do = nearest(obligation.after, others, say("name an obligation of the same state"))
            yield error("P209", path, expected=expected, found=f"`{obligation.after}`", do=do)
        elif key in _followed(state, obligation.after):
            yield error(
                "P209",
                path,
                expected=say("an obligation that does not follow this one"),
                found=say("a circle: {keys}", keys=quoted(_followed(state, key))),
                do=say("break the circle"),
            )


def _followed(state: State, key: str) -> list[str]:
    """List an obligation and those it follows, until there is none or one comes again."""
    seen: list[str] = []
    following: str | None = key
    while following is not None and following in state.obligations and following not in seen:
        seen.append(following)
        following = state.obligations[following].after
    return seen
