"""Holding the directory against the record: who each holder is, as far as the record says it.

The record says by which ways each holder is reached (`DirectoryChanged`), who was erased (`PersonErased`),
and, as long as that is disclosed, what each is called: sealed in the entry of the import under the holder's
sign. Of a holder whose name was erased there any name may stand in the table. Where bodies were dropped the
record speaks of those alone whom an entry names that remains; the others are counted. The addresses
themselves are in no entry: one that is exchanged for another of the same way is not found. No fault tells a
name.

Deciding again uses two rules beside: what an import, and what setting people by hand, can change at all. The
file that was imported is in no entry, nor is who could have come at that time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from incident.domain import clock, journal, names
from incident.domain.effects import SUPERIOR
from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted, Plain
from incident.domain.facts_record import DirectoryChanged, PersonErased
from incident.domain.journal import Entry
from incident.domain.people import HOLDER, PIN, TENURE, Person, Tenure, bounds
from incident.domain.playbook import Playbook
from incident.domain.say import Say, Words, say
from incident.domain.situation import Standing
from incident.service.ports import name_of
from incident.service.verify_verdict import DiffersError, fault, same

#: Facts about the directory.
NEWS: Final = frozenset({DirectoryChanged, PersonErased})


class _Told(Struct, frozen=True):
    """What the record says of one holder."""

    #: Entry that said it last.
    seq: int
    ways: list[str] = []
    #: What the holder may be called; none: whatever, for it is not disclosed any more.
    names: frozenset[str | None] | None = frozenset({None})
    is_erased: bool = False


class Told:
    """What the entries taken say of holders."""

    def __init__(self, *, is_resumed: bool = False) -> None:
        """Begin before the first entry, or after some whose bodies were dropped."""
        self._told: dict[str, _Told] = {}
        self._is_resumed = is_resumed
        #: How many holders were not looked at: only entries that were dropped named them.
        self.unseen = 0

    def take(self, entry: Entry, disclosed: Mapping[str, str]) -> None:
        """Take what an entry says, and what it still discloses, by name."""
        if NEWS.isdisjoint(map(type, entry.facts)):
            return
        for fact in entry.facts:
            match fact:
                case DirectoryChanged():
                    for holder, ways in fact.ways.items():
                        names = self._names(holder, entry, disclosed)
                        self._told[holder] = _Told(entry.seq, ways, names)
                case PersonErased():
                    self._told[fact.holder] = _Told(entry.seq, is_erased=True)
                case _:
                    pass

    def _names(self, holder: str, entry: Entry, disclosed: Mapping[str, str]) -> frozenset[str | None] | None:
        name = name_of(holder)
        if name in disclosed:
            return frozenset({disclosed[name]})
        unknown = _Told(entry.seq, names=None) if self._is_resumed else _Told(entry.seq)
        before = self._told.get(holder, unknown).names
        # an import that gives no name leaves it as it was, or takes it away
        return None if before is None or name in journal.sealed_parts(entry) else before | {None}

    def check(self, code: str, people: Iterable[Person], standing: Standing) -> None:
        """Hold the people of a jurisdiction against it. Raises `JournalError`."""
        found = {one.holder: one for one in people}
        looked_at = {*found, *self._told}
        if self._is_resumed:
            seated = {stood.item["holder"] for (kind, _key), stood in standing.items() if kind == TENURE}
            self.unseen = len({*found, *seated} - {*self._told})
            looked_at = {*self._told}
        for holder in sorted(looked_at):
            told, one = self._told.get(holder), found.get(holder)
            if told is None or one is None or not _is_so(told, one):
                seq = None if told is None else told.seq
                found_ = say("nobody") if one is None else _found(told, one)
                raise fault(code, seq, _expected(holder, told), found_, "people")


def _ways(one: Person) -> list[str]:
    return sorted({each.partition(":")[0] for each in one.channels})


def _is_so(told: _Told, one: Person) -> bool:
    is_named_so = told.names is None or one.name in told.names
    return is_named_so and (told.ways, told.is_erased) == (_ways(one), one.is_erased)


def _expected(holder: str, told: _Told | None) -> Say:
    if told is None:
        return say("nobody of the sign {holder}", holder=holder)
    if told.is_erased:
        return say("{holder}, erased", holder=holder)
    return say("{holder} as disclosed, reached by: {ways}", holder=holder, ways=_shown(told.ways))


def _found(told: _Told | None, one: Person) -> Words:
    if one.is_erased:
        return say("erased")
    if told is not None and told.names is not None and one.name not in told.names:
        return say("another name, reached by: {ways}", ways=_shown(_ways(one)))
    return say("reached by: {ways}", ways=_shown(_ways(one)))


def _shown(ways: list[str]) -> Words:
    shown: list[Words] = [*ways]
    return shown or say("no way")


# -- what acts about people can change


def imported(
    playbook: Playbook, standing: Standing, entry: Entry, *, erased: Collection[str]
) -> list[AnyFact]:
    """Give the facts of an import as far as one can have them. Raises `DiffersError` for any other."""
    found: list[AnyFact] = []
    new = 0
    for fact in entry.facts:
        match fact:
            case ItemStarted(kind="tenure"):
                same("key", f"{TENURE}-{entry.seq}-{new}", fact.key)
                _check_tenure(playbook, msgspec.convert(fact.after, Tenure), erased)
                new += 1
            case ItemChanged(kind="tenure"):
                before, after = (msgspec.convert(item, Tenure) for item in (fact.before, fact.after))
                same("holder", (before.seat, before.holder), (after.seat, after.holder))
                stood = standing.get((TENURE, fact.key))
                same(fact.key, None if stood is None else stood.item, fact.before)
            case DirectoryChanged():
                for holder in fact.ways:
                    _check_holder(holder, erased)
            case _:
                break
        found.append(fact)
    return found


def _check_tenure(playbook: Playbook, tenure: Tenure, erased: Collection[str]) -> None:
    _check_holder(tenure.holder, erased)
    known = [SUPERIOR, *(one.key for one in names.find(playbook, tenure.seat, ("seat", "unit")))]
    since, until = bounds(tenure.since, tenure.until)
    if tenure.seat not in known or since >= until:
        raise DiffersError(say("a seat or unit of the playbook, for some time"), tenure.seat)


def _check_holder(holder: str, erased: Collection[str]) -> None:
    if not HOLDER.fullmatch(holder) or holder in erased:
        raise DiffersError(say("the sign of somebody who was not erased"), holder)


def set_by_hand(standing: Standing, entry: Entry) -> list[AnyFact]:
    """Give the facts of an act that sets people by hand. Raises `DiffersError` for what none can have."""
    found: list[AnyFact] = []
    at, new = clock.read_stamp(entry.at), 0
    for fact in entry.facts:
        match fact:
            case ItemStarted(kind="pin" | "leave"):
                same("key", f"{fact.kind}-{entry.seq}-{new}", fact.key)
                _check_time(fact.after, at)
                if fact.kind == PIN and ("roster", fact.after["roster"]) not in standing:
                    raise DiffersError(say("a roster that stands"), fact.after["roster"])
                new += 1
            case ItemChanged(kind="leave"):
                same("holder", fact.before["holder"], fact.after["holder"])
            case ItemEnded(kind="pin" | "leave"):
                pass
            case _:
                break
        found.append(fact)
    return found


def _check_time(item: Plain, at: int) -> None:
    since, until = bounds(item["since"], item.get("until"))
    if not at <= since < until:
        raise DiffersError(say("a time to come"), f"{item['since']} {item.get('until')}")
