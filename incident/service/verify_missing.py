"""Counting the disclosures that are missing and that no entry explains.

What an entry holds sealed may be disclosed no more: another one says that it was redacted
(`DisclosureRedacted`), that a holder was erased (`PersonErased`), or that the bodies of a beginning were
dropped. This program takes nothing away otherwise, so where no entry says so somebody went past it. No hash
depends on a disclosure: the record holds, and what it said cannot be read any more. So it is no fault of an
entry, and all of it is counted.

Which of them a hold covers that stands now is counted too; since when they are missing nobody can tell.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from itertools import islice

from msgspec.structs import replace

from incident.domain import holding
from incident.domain.facts_record import DisclosureRedacted, PersonErased
from incident.domain.holding import Doomed
from incident.domain.journal import Entry, Sealed, sealed_parts
from incident.domain.say import say
from incident.domain.situation import Standing
from incident.service.ports import name_of
from incident.service.redact import holders_in
from incident.service.verify_verdict import Level, Missing, Verified

#: How many are named.
_NAMED = 10
#: Acts that explain; of others their facts are not looked at.
_EXPLAINING = ("redact", "people_erase")


class MissingCheck:
    """Counts them; takes entry after entry, each before those that explain it."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        #: By name the entries of which it is missing, in order: eight bytes each, however many there are.
        self._missing: dict[str, array[int]] = {}
        #: What explained them.
        self._explaining: list[DisclosureRedacted | PersonErased] = []

    def take(self, entry: Entry, disclosed: Collection[str]) -> None:
        """Take an entry, and the names of what it still discloses."""
        # every one that is disclosed opens something that is sealed
        if _sealed(entry) > len(disclosed):
            for name in sealed_parts(entry):
                if name not in disclosed:
                    self._missing.setdefault(name, array("q")).append(entry.seq)
        if entry.verb in _EXPLAINING:
            for fact in entry.facts:
                if isinstance(fact, DisclosureRedacted | PersonErased):
                    self._explaining.append(fact)
                    self._explain(fact)

    def join(self, later: MissingCheck) -> None:
        """Take the entries that another one took, which follow."""
        for fact in later._explaining:
            self._explain(fact)
        for name, entries in later._missing.items():
            self._missing.setdefault(name, array("q")).extend(entries)

    def _explain(self, fact: DisclosureRedacted | PersonErased) -> None:
        if isinstance(fact, PersonErased):
            self._missing.pop(name_of(fact.holder), None)
            return
        for name in fact.parts:
            entries = self._missing.get(name, array("q"))
            place = bisect_left(entries, fact.entry)
            if place < len(entries) and entries[place] == fact.entry:
                del entries[place]

    def found(self, standing: Standing) -> Missing:
        """Give what is missing once all entries were taken; `standing` then stands."""
        holds = [*holding.holds(standing).values()]
        held = 0
        if holds:
            dooms = (Doomed([range(seq, seq + 1)], holders_in([name])) for seq, name in self._each())
            held = sum(any(holding.covers(hold, doomed) for hold in holds) for doomed in dooms)
        first = sorted(
            (seq, name) for name, entries in self._missing.items() for seq in islice(entries, _NAMED)
        )
        return Missing(sum(map(len, self._missing.values())), first[:_NAMED], held)

    def _each(self) -> Iterator[tuple[int, str]]:
        return ((seq, name) for name, entries in self._missing.items() for seq in entries)


def _sealed(entry: Entry) -> int:
    """Count what an entry holds sealed; an auditor does this a million times."""
    plain = (entry.by, entry.os_user, entry.decided_by, entry.basis, entry.reason).count(None)
    came = entry.came
    return 5 - plain + (0 if came is None else [*map(type, came.data.values())].count(Sealed))


def with_missing(found: Verified, missing: Missing) -> Verified:
    """Add which disclosures are missing; if any are, that level does not hold."""
    if not missing.n:
        return replace(found, missing=missing)
    why = say("{n} are missing, and no entry says why", n=missing.n)
    wrong = Level("disclosures", held=False, why=why, is_wrong=True)
    shown = [wrong if level.name == wrong.name else level for level in found.levels]
    return replace(found, missing=missing, levels=shown)
