"""The directory: importing it, looking who holds a seat, erasing who somebody is.

Who holds which seat is recorded, by signs that name nobody. Names are sealed in the entry that gives them and
disclosed beside it; addresses stand in their own table alone. Erasing takes names, addresses and disclosures
away, and no hash depends on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from incident.domain import clock
from incident.domain.directory import Difference, Sheet, compare
from incident.domain.errors import Conflict, RequestError
from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted
from incident.domain.facts_record import DirectoryChanged, PersonErased
from incident.domain.people import HOLDER, KINDS, TENURE, People, Person, Span, bounds, holders, people_of
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.domain.situation import Standing
from incident.service import going, queries
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
from incident.service.opened import first_body, read_entry
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin, Why, two_names


class Directory(NamedTuple):
    """All that is known of the people of a jurisdiction."""

    playbook: Playbook
    people: People
    #: By holder.
    persons: dict[str, Person]


def directory(tx: Reading, code: str) -> Directory:
    """Give what is known now. Raises `RequestError` where nothing is adopted."""
    _situation, playbook = queries.present(tx, code)
    return Directory(playbook, people_of(tx.standing(code)), {one.holder: one for one in tx.people(code)})


def difference(tx: Reading, code: str, sheet: Sheet, at: int) -> Difference:
    """Say what a file would change. Raises `DirectoryError`."""
    found = directory(tx, code)
    situation = queries.present(tx, code)[0]
    return compare(found.playbook, found.people, found.persons, sheet, at=at, seq=situation.version)


def preview(tx: Reading, code: str, sheet: Sheet, at: int) -> Difference:
    """Say what importing a file would change. Raises `DirectoryError`, and `Refused` as importing does."""
    found = difference(tx, code, sheet, at)
    _must_lose_nothing_held(tx, code, tx.standing(code), found)
    return found


def _must_lose_nothing_held(tx: Reading, code: str, standing: Standing, found: Difference) -> None:
    """Refuse to take away, or exchange, a name or an address that a hold keeps. Raises `Refused`.

    Addresses stand in the directory alone, so one that a file leaves out is gone for ever.
    """
    known = {one.holder: one for one in tx.people(code)}
    losing = [one.holder for one in found.people if one.holder in known and _loses(known[one.holder], one)]
    if losing:
        going.must_be_free(
            say("directory: {holders}", holders=[*losing]),
            standing,
            [],
            losing,
            do=say("add the new address and keep the old one and the name; or wait until it is released"),
        )


def _loses(before: Person, after: Person) -> bool:
    is_renamed = before.name is not None and after.name != before.name
    return is_renamed or not {*before.channels} <= {*after.channels}


class _UnchangedError(Exception):
    """Another import of the same was first."""


def import_rows(
    store: Store, code: str, sheet: Sheet, *, origin: Origin, now: Clock, chance: Chance
) -> Outcome | None:
    """Carry a file into the directory; None when it changes nothing.

    Raises `DirectoryError` with all that is wrong with it, `Refused` where a name or an address would go that
    a hold keeps, and `Conflict` when somebody else changed the directory meanwhile.
    """
    with store.reading() as tx:
        seen = difference(tx, code, sheet, now())
        if not seen.facts and tx.answered(code, origin.source, origin.id) is None:
            return None

    def find(view: View) -> list[AnyFact]:
        found = difference(view.tx, code, sheet, view.at)
        if not found.facts:
            raise _UnchangedError
        if found.people != seen.people:
            raise Conflict(
                where=say("directory"),
                expected=say("the people that were looked at"),
                found=say("others"),
                do=say("import the file again"),
            )
        _must_lose_nothing_held(view.tx, code, view.standing, found)
        return found.facts

    doing = Act(verb="people", origin=origin, words=seen.names, people=seen.people)
    try:
        return act(store, code, doing, find, now=now, chance=chance)
    except _UnchangedError:
        return None


def who_holds(tx: Reading, code: str, seat: str, at: int) -> list[Span]:
    """List who holds a seat, or whom a unit, body or group has, at an instant."""
    found = directory(tx, code)
    return holders(found.playbook, found.people, seat, at)


class Written(NamedTuple):
    """An entry that still discloses what people wrote."""

    seq: int
    #: Which parts of it, as they are sealed: `by`, `reason`, `data.said`.
    parts: list[str]


def written_since(tx: Reading, code: str, holder: str) -> list[Written]:
    """List what people wrote since the directory first spoke of a holder.

    It may name them, and is not searched. Names that imports gave to others are left out: those are theirs.
    """
    since = _first_of(tx, code, holder)
    found: dict[int, list[str]] = {}
    for seq, name, _text in tx.disclosures(code, since=since):
        if not HOLDER.fullmatch(name.removeprefix("data.")):
            found.setdefault(seq, []).append(name)
    return [Written(seq, parts) for seq, parts in found.items()]


def _first_of(tx: Reading, code: str, holder: str) -> int:
    """Give the entry that first speaks of a holder: how they are reached, which seat they have."""
    for stored in tx.entries(code, since=first_body(tx, code)):
        for fact in read_entry(code, stored).facts:
            match fact:
                case DirectoryChanged() if holder in fact.ways:
                    return stored.seq
                case ItemStarted() if fact.kind == TENURE and fact.after["holder"] == holder:
                    return stored.seq
                case _:
                    pass
    return 0


def erase(
    store: Store, code: str, holder: str, why: Why, *, origin: Origin, now: Clock, chance: Chance
) -> Outcome:
    """Take away all that tells who a holder is; nobody whom nothing names any more holds a seat or comes.

    Raises `RequestError` for one of whom nothing is known and without a reason, a basis and two names, and
    `Refused` where a hold keeps it.
    """
    agreed = two_names(say("erasing"), origin, why)

    def find(view: View) -> list[AnyFact]:
        one = next((one for one in view.tx.people(code) if one.holder == holder), None)
        if one is None or one.is_erased:
            raise RequestError(
                where=say("holder"),
                expected=say("the sign of somebody whom the directory names"),
                found=f"`{holder}`",
                do=say("look: incident people list"),
            )
        entries = [range(seq, seq + 1) for seq in going.naming(view.tx, code, holder)]
        going.must_be_free(say("erasing"), view.standing, entries, [holder])
        return [PersonErased(holder=holder), *left(view.standing, holder, view.at)]

    doing = Act(
        verb="people_erase",
        origin=origin,
        words={"with": agreed.second},
        reason=agreed.reason,
        basis=agreed.basis,
        people=[Person(holder, None, is_erased=True)],
        is_same=lambda _playbook, entry: PersonErased(holder=holder) in entry.facts,
    )
    return act(store, code, doing, find, now=now, chance=chance)


def left(standing: Standing, holder: str, at: int) -> Iterator[ItemChanged | ItemEnded]:
    """End what stands of a holder: a seat from now on, for that they held it stays so; leaves, pins."""
    for (kind, key), stood in sorted(standing.items()):
        if kind not in KINDS or stood.item["holder"] != holder:
            continue
        since, until = bounds(stood.item["since"], stood.item.get("until"))
        if kind != TENURE or since >= at:
            yield ItemEnded(kind=kind, key=key, before=stood.item)
        elif until > at:
            after = {**stood.item, "until": clock.stamp(at)}
            yield ItemChanged(kind=kind, key=key, before=stood.item, after=after)
