"""Who is meant: a body, group, unit or seat by its key, its name or another of its names, in either language.

A reference in a playbook and `--decided-by 领导小组` on the command line are read by the same rule.
Seats are named under their owner: `command.leader`, `command.office.head`, or 领导小组组长.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from incident.domain.effects import SUPERIOR
from incident.domain.memo import by_identity
from incident.domain.organisation import Body, Group, Office, Seat, Text
from incident.domain.playbook import ACTIVATOR, DIRECTORY, EACH_GROUP, Playbook


class Named(NamedTuple):
    """Something a reference can mean."""

    #: `body`, `office`, `group`, `unit`, `seat`, `role` (a reserved word).
    kind: str
    #: Its key; for a seat the owner's key, a dot, and its own.
    key: str
    #: What it is called.
    name: Text


#: Kinds of names that can have decided something.
DECIDERS = ("body", "office", "group", "unit", "seat")
#: Reserved references and what they are called.
ROLES = {
    ACTIVATOR: Text(zh="作出启动决定的机关", en="the body that decided the activation"),
    EACH_GROUP: Text(zh="各工作组", en="each work group"),
    SUPERIOR: Text(zh="上级辖区", en="the superior jurisdiction"),
    DIRECTORY: Text(zh="人员名录所列人员", en="everybody in the directory"),
}


def find(playbook: Playbook, words: str, kinds: tuple[str, ...] = ()) -> list[Named]:
    """Give all that `words` can mean, only of `kinds` if any are given; a key goes before names."""
    index = _index(playbook)
    found = [one for one in index.get(folded(words), []) if not kinds or one.kind in kinds]
    by_key = [one for one in found if one.key == words]
    return by_key or found


def key_of(playbook: Playbook, ref: str) -> str | None:
    """Give the key of the one authority that a reference names; none where it names none or several."""
    found = find(playbook, ref, DECIDERS)
    return found[0].key if len(found) == 1 else None


def name_of(playbook: Playbook, ref: str, kinds: tuple[str, ...] = ()) -> Text:
    """Give the name to show for a reference; an unknown one is shown as it is written."""
    found = find(playbook, ref, kinds)
    return found[0].name if found else Text(zh=ref, en=ref)


def known(playbook: Playbook, kinds: tuple[str, ...]) -> list[Named]:
    """List all that a reference of `kinds` can mean, in the playbook's order."""
    seen: dict[tuple[str, str], Named] = {}
    for _, one in _all(playbook):
        if one.kind in kinds:
            seen.setdefault((one.kind, one.key), one)
    return list(seen.values())


def folded(words: str) -> str:
    """Give words as they are compared: blanks and capitals tell nothing apart."""
    return "".join(words.split()).casefold()


@by_identity
def _index(playbook: Playbook) -> dict[str, list[Named]]:
    index: dict[str, list[Named]] = {}
    for words, one in _all(playbook):
        entries = index.setdefault(folded(words), [])
        if one not in entries:
            entries.append(one)
    return index


def _all(playbook: Playbook) -> Iterator[tuple[str, Named]]:
    for role, text in ROLES.items():
        yield role, Named("role", role, text)
    for key, body in [*playbook.bodies.items(), *playbook.subordinate_bodies.items()]:
        yield from _of_body(key, body)
    for key, group in playbook.groups.items():
        yield from _of_group(playbook, key, group)
    for name, unit in playbook.units.items():
        one = Named("unit", name, Text(zh=name, en=unit.en))
        for words in (name, unit.en, *unit.alias):
            yield words, one


def _of_body(key: str, body: Body) -> Iterator[tuple[str, Named]]:
    one = Named("body", key, body.name)
    for words in (key, body.name.zh, body.name.en, *body.alias):
        yield words, one
    yield from _seats(key, body.name, body.seats, body.alias)
    if body.office is not None:
        yield from _of_office(f"{key}.office", body.office, body)


def _of_office(key: str, office: Office, body: Body) -> Iterator[tuple[str, Named]]:
    name = Text(zh=body.name.zh + office.name.zh, en=f"{body.name.en}, {office.name.en}")
    one = Named("office", key, name)
    for words in (key, name.zh, name.en, office.name.zh, office.name.en, *office.alias):
        yield words, one
    yield from _seats(key, name, office.seats, office.alias)


def _of_group(playbook: Playbook, key: str, group: Group) -> Iterator[tuple[str, Named]]:
    one = Named("group", key, group.name)
    words_for = [key, group.name.zh, group.name.en, *group.alias]
    for state in playbook.states.values():
        standing = state.groups.get(key)
        if standing is not None and standing.acts_as is not None:
            words_for += [standing.acts_as.zh, standing.acts_as.en, *standing.alias]
    for words in words_for:
        yield words, one
    yield from _seats(key, group.name, group.seats, group.alias)


def _seats(owner: str, name: Text, seats: dict[str, Seat], alias: list[str]) -> Iterator[tuple[str, Named]]:
    for key, seat in seats.items():
        shown = Text(zh=name.zh + seat.title.zh, en=f"{name.en}, {seat.title.en}")
        one = Named("seat", f"{owner}.{key}", shown)
        for words in (one.key, shown.zh, shown.en, *seat.alias, *(other + seat.title.zh for other in alias)):
            yield words, one
