"""Rules of names and items: nobody shares a name, and what is said about fields is true of them.

P205  two bodies, groups or units share a key or name (used references: `references.py`)
P210  `project:` names a field that the item does not have
P211  a body, group or state bears a word that means something else wherever it stands

A group may act under its own name, and a group inside a group may bear any name: it is never referred to.
English names of units are free, for lists of units are written as the document prints them.
"""

from __future__ import annotations

from collections.abc import Iterator

from incident.domain.check.report import error, nearest
from incident.domain.check.walk import all_structs, field_names
from incident.domain.effects import SUPERIOR
from incident.domain.organisation import Item, Text
from incident.domain.playbook import ACTIVATOR, EACH_GROUP, PREVIOUS, Playbook
from incident.domain.problem import Path, Problem
from incident.domain.say import say

TITLES = {
    "P205": say("a name that means two things"),
    "P210": say("`project:` names no field"),
    "P211": say("a reserved word as key"),
}

#: What each word means that no body, group or state may bear.
_RESERVED = {
    ACTIVATOR: say("the body that decided the state in force"),
    PREVIOUS: say("the state before the present one"),
    EACH_GROUP: say("every standing group"),
    SUPERIOR: say("the superior jurisdiction"),
    "all": say("every group of the playbook"),
}
#: Fields that are about the item as a whole.
_ABOUT_ITEM = frozenset({"source", "project", "note"})


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find shared names and words about fields that do not exist."""
    yield from _shared(_bodies_and_groups(playbook))
    yield from _shared(_units(playbook))
    yield from _project(playbook)
    yield from _reserved(playbook)


#: A name, whose it is, and where it is written.
_Use = tuple[str, Path, Path]


def _named(owner: Path, names: Text, alias: list[str], place: Path | None = None) -> Iterator[_Use]:
    at = owner if place is None else place
    yield names.zh, owner, at
    yield names.en, owner, at
    for index, other in enumerate(alias):
        yield other, owner, (*at, "alias", index)


def _bodies_and_groups(playbook: Playbook) -> Iterator[_Use]:
    for kind, bodies in (("bodies", playbook.bodies), ("subordinate_bodies", playbook.subordinate_bodies)):
        for key, body in bodies.items():
            yield key, (kind, key), (kind, key)
            yield from _named((kind, key), body.name, body.alias)
    for key, group in playbook.groups.items():
        yield key, ("groups", key), ("groups", key)
        yield from _named(("groups", key), group.name, group.alias)
    for name, state in playbook.states.items():
        for key, standing in state.groups.items():
            if standing.acts_as is not None:
                place = ("states", name, "groups", key)
                yield from _named(("groups", key), standing.acts_as, standing.alias, place)


def _units(playbook: Playbook) -> Iterator[_Use]:
    for name, unit in playbook.units.items():
        yield name, ("units", name), ("units", name)
        yield from (
            (alias, ("units", name), ("units", name, "alias", at)) for at, alias in enumerate(unit.alias)
        )


def _shared(uses: Iterator[_Use]) -> Iterator[Problem]:
    """Report each name at its second owner."""
    first: dict[str, Path] = {}
    reported: set[tuple[str, Path]] = set()
    for name, owner, place in uses:
        folded = "".join(name.split()).casefold()
        other = first.setdefault(folded, owner)
        if other != owner and (folded, owner) not in reported:
            reported.add((folded, owner))
            yield error(
                "P205",
                place,
                expected=say("a name that means one thing"),
                found=say("`{name}` is also {other}", name=name, other=".".join(map(str, other))),
                do=say("give one of them another name or alias"),
            )


def _project(playbook: Playbook) -> Iterator[Problem]:
    for path, item in all_structs(playbook):
        if not isinstance(item, Item):
            continue
        known = [name for name in field_names(type(item)).values() if name not in _ABOUT_ITEM]
        for at, name in enumerate(item.project):
            if name not in known:
                yield error(
                    "P210",
                    (*path, "project", at),
                    expected=known,
                    found=f"`{name}`",
                    do=nearest(name, known, say("name fields of this item, or remove it")),
                )


def _reserved(playbook: Playbook) -> Iterator[Problem]:
    for kind in ("bodies", "subordinate_bodies", "groups", "states"):
        for word, meaning in _RESERVED.items():
            if word in getattr(playbook, kind):
                yield error(
                    "P211",
                    (kind, word),
                    expected=say("a key that is not reserved"),
                    found=say("`{word}`, which means: {meaning}", word=word, meaning=meaning),
                    do=say("choose another key"),
                )
