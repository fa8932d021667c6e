"""Rules of references: whatever is named exists, and the name means one thing.

P201  a unit that is not declared
P202  an authority that is not declared: who decides or proposes, under or beside whom a body or group stands
P203  a state lets a group or body stand that is not declared
P204  a sender, receiver, actor or approver that is not declared
P205  a name that means two things (used here; declared in `ambiguity.py`)
P206  a basis that the document does not have
P107  an event that is not declared, where a duty, a clock or a provisional step waits for it (declared in
      `steps.py`)

`directory` may only be where people on duty come from.
`each_group` may act, owe and receive, but neither decide, approve nor keep a roster. `superior` may only be
told what is missing: what else it does, its own playbook says.
Names are read as on the command line (`domain/names.py`). `REFERENCES` is the one list of fields that refer;
a test compares it with the structures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct

from incident.domain import names
from incident.domain.check.report import error, nearest, quoted
from incident.domain.check.walk import all_structs, field_names
from incident.domain.effects import SUPERIOR
from incident.domain.organisation import Body, Department, Duty, Group, Office
from incident.domain.paper import FollowUp, Relation, Release, Rule, Trigger
from incident.domain.playbook import (
    ACTIVATOR,
    DIRECTORY,
    EACH_GROUP,
    Obligation,
    Playbook,
    Roster,
    StandingGroup,
    Tier,
    Transition,
)
from incident.domain.problem import Path, Problem
from incident.domain.say import Say, say

TITLES = {
    "P201": say("unknown unit"),
    "P202": say("unknown authority"),
    "P203": say("a group or body that does not exist"),
    "P204": say("unknown sender, receiver or actor"),
    "P206": say("unknown basis"),
}


class _Sort(NamedTuple):
    """What a field may refer to, and how to say so."""

    #: Rule that is broken otherwise.
    rule: str
    #: Kinds of `names.Named`; empty for all.
    kinds: tuple[str, ...]
    #: What would be right.
    expected: Say
    #: What to do when no name is near.
    do: Say
    #: Only by key, for the program looks it up by key.
    by_key: bool = False
    #: Reserved words that may be said here.
    roles: tuple[str, ...] = (ACTIVATOR,)


_ALL = ("body", "office", "group", "unit", "seat", "role")
_UNIT = _Sort("P201", ("unit",), say("a unit of `units:`, by name or alias"), say("declare it in `units:`"))
_BODY = _Sort(
    "P202", ("body",), say("the key of a body of `bodies:`"), say("declare it in `bodies:`"), by_key=True
)
_AUTHORITY = _Sort(
    "P202",
    _ALL,
    say("a body, unit or seat that can decide, or `activator`"),
    say("declare the authority in `bodies:` (`kind: authority`) or in `units:`"),
)
_ONE = _Sort(
    "P204",
    _ALL,
    say("a declared body, office, group, unit or seat"),
    say("declare it in `units:` (a stranger with `kind: outside`), or name what is declared"),
)
_POOL = _ONE._replace(roles=(DIRECTORY,))
_ANYONE = _ONE._replace(roles=(ACTIVATOR, EACH_GROUP))
_TOLD = _ONE._replace(
    roles=(ACTIVATOR, EACH_GROUP, SUPERIOR),
    expected=say("a declared body, office, group, unit or seat, or `superior`"),
)

#: Every field that refers to somebody.
REFERENCES: dict[tuple[type[Struct], str], _Sort] = {
    **dict.fromkeys([(Body, "units"), (Office, "units"), (Office, "host_unit"), (Department, "unit")], _UNIT),
    **dict.fromkeys([(Group, "lead_unit"), (Group, "host_unit"), (Group, "units"), (Duty, "unit")], _UNIT),
    **dict.fromkeys([(StandingGroup, "led_by")], _UNIT),
    **dict.fromkeys([(Body, "under"), (Body, "beside"), (Group, "under"), (StandingGroup, "under")], _BODY),
    **dict.fromkeys([(Transition, "decided_by"), (Transition, "proposed_by")], _AUTHORITY),
    **dict.fromkeys(
        [(Obligation, "senders"), (Obligation, "together_with"), (Obligation, "receivers")], _ANYONE
    ),
    (Tier, "to"): _TOLD,
    **dict.fromkeys([(Rule, "by"), (Trigger, "by"), (FollowUp, "by")], _ANYONE),
    **dict.fromkeys([(Roster, "lead"), (Roster, "pool")], _POOL),
    **dict.fromkeys([(Roster, "of"), (Release, "approver"), (Release, "publisher")], _ONE),
    **dict.fromkeys([(Relation, "sender"), (Relation, "receiver")], _ANYONE),
}


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find references to nobody, and to two."""
    for path, one in all_structs(playbook):
        for name, written in field_names(type(one)).items():
            sort = REFERENCES.get((type(one), name))
            if sort is not None:
                for place, ref in _listed((*path, written), getattr(one, name)):
                    yield from _reference(playbook, place, ref, sort)
    yield from _standing(playbook)
    yield from _basis(playbook)
    for path, event in awaited(playbook):
        if event not in playbook.events:
            yield error(
                "P107",
                path,
                expected=say("a declared event: {events}", events=quoted(playbook.events)),
                found=f"`{event}`",
                do=nearest(event, playbook.events, say("declare the event, or name another")),
            )


def awaited(playbook: Playbook) -> Iterator[tuple[Path, str]]:
    """Give the events that a duty, a clock or a provisional step waits for."""
    for name, state in playbook.states.items():
        for key, owed in state.obligations.items():
            yield from _listed(("states", name, "obligations", key, "on"), owed.on)
        for key, clock in state.clocks.items():
            yield from _listed(("states", name, "clocks", key, "reset_by"), clock.reset_by)
            yield from _listed(("states", name, "clocks", key, "gates"), clock.gates)
    for key, step in playbook.transitions.items():
        yield from _listed(("transitions", key, "confirmed_by"), step.confirmed_by)


def _listed(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        yield from (((*path, at), ref) for at, ref in enumerate(value))


def _reference(playbook: Playbook, path: Path, ref: str, sort: _Sort) -> Iterator[Problem]:
    meant = names.find(playbook, ref, sort.kinds)
    if sort.by_key:
        meant = [one for one in meant if one.key == ref]
    else:
        meant = [one for one in meant if _may_be_said(one, sort)]
    if not meant:
        yield error(
            sort.rule,
            path,
            expected=sort.expected,
            found=f"`{ref}`",
            do=nearest(ref, _spellings(playbook, sort), sort.do),
        )
    elif len(meant) > 1:
        yield error(
            "P205",
            path,
            expected=say("a name that means one thing"),
            found=say("`{ref}` means {things}", ref=ref, things=[one.key for one in meant]),
            do=say("use the key, or a name that only one of them has"),
        )


def _may_be_said(one: names.Named, sort: _Sort) -> bool:
    return one.kind != "role" or one.key in sort.roles


def _spellings(playbook: Playbook, sort: _Sort) -> Iterator[str]:
    for one in names.known(playbook, sort.kinds):
        if not _may_be_said(one, sort):
            continue
        yield one.key
        if not sort.by_key:
            yield one.name.zh


def _standing(playbook: Playbook) -> Iterator[Problem]:
    for name, state in playbook.states.items():
        for kind, standing, declared in (
            ("bodies", state.bodies, playbook.bodies),
            ("groups", state.groups, playbook.groups),
        ):
            for key in standing:
                if key not in declared:
                    yield error(
                        "P203",
                        ("states", name, kind, key),
                        expected=say("a key of `{kind}:`", kind=kind),
                        found=f"`{key}`",
                        do=nearest(key, declared, say("declare it in `{kind}:`", kind=kind)),
                    )


def _basis(playbook: Playbook) -> Iterator[Problem]:
    known = playbook.document.basis
    for key, step in playbook.transitions.items():
        for at, basis in enumerate(step.basis):
            if basis not in known:
                yield error(
                    "P206",
                    ("transitions", key, "basis", at),
                    expected=quoted(known) or say("a key of `basis:` of the document"),
                    found=f"`{basis}`",
                    do=nearest(basis, known, say("add the instrument to `basis:` of the document")),
                )
