"""Holding the tables of the live database against what its journal makes of them.

The outbox, ended timers, closings and pieces of duty entry by entry; at the end the situation, what stands,
open timers, newest shifts and the directory; and that nothing stands beside an entry that is not there.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, islice, pairwise, zip_longest
from typing import TypeVar

import msgspec

from incident.domain import effects
from incident.domain.duty import Duty
from incident.domain.errors import JournalError
from incident.domain.facts import PlaybookAdopted
from incident.domain.journal import Entry
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.domain.timer import Closing, Timer, id_of
from incident.service.opened import Beside
from incident.service.ports import Reading, Stored
from incident.service.verify_beside import BesideCheck
from incident.service.verify_past import Moved
from incident.service.verify_people import Told
from incident.service.verify_record import LEAST, RecordCheck
from incident.service.verify_verdict import fault

#: Where reading ends.
_MOST = 2**63 - 1
#: A row of the outbox: entry, number, receiver, facts as JSON, when recorded.
_Notice = tuple[int, int, str, bytes, int]
_Row = TypeVar("_Row", Timer, Duty)


class StoredCheck:
    """Holds what is stored beside the entries against them."""

    def __init__(self, tx: Reading, check: RecordCheck) -> None:
        """Begin before the first entry; `check` takes each before this does."""
        self.tx, self.code, self.check = tx, check.code, check
        #: When the first entry was recorded that has its body.
        self.began = 0 if check.base is None else check.at
        self.told = Told(is_resumed=check.base is not None)
        self.beside = BesideCheck(tx, check)

    def take(
        self, entry: Entry, disclosed: dict[str, str], moved: Moved, stored: Stored, beside: Beside
    ) -> None:
        """Hold what is stored beside an entry against it."""
        if entry.seq == 0:
            self.began = self.check.at
        self.told.take(entry, disclosed)
        self.beside.take()
        self._check_found_by(entry, stored)
        self._check_effects(entry, beside.notices)
        if moved.timers or beside.ended:
            ended = [timer for timer in moved.timers if timer.end is not None]
            self._compare(entry.seq, sorted(ended, key=_place), beside.ended, "times")
        if moved.closings or beside.closings:
            self._check_closings(entry, moved.closings, beside.closings)
        if moved.duties or beside.duties:
            ended_ = [duty for duty in moved.duties if duty.ended is not None]
            self._compare(entry.seq, sorted(ended_, key=_place), beside.duties, "times")

    def _fault(self, seq: int | None, expected: Words, found: Words, level: str = "stored") -> JournalError:
        return fault(self.code, seq, expected, found, level)

    def _check_found_by(self, entry: Entry, stored: Stored) -> None:
        """Hold what stands beside an entry against what it says itself."""
        came = entry.came
        is_so = stored.came is None if came is None else stored.came == (came.source, came.id)
        if not is_so or self.check.at != stored.at:
            said = None if came is None else (came.source, came.id)
            raise self._fault(stored.seq, repr((self.check.at, said)), repr((stored.at, stored.came)))

    def _check_effects(self, entry: Entry, kept: list[_Notice]) -> None:
        """Hold the outbox against what follows from the facts; an adoption tells nobody."""
        try:
            is_adoption = bool(entry.facts) and isinstance(entry.facts[0], PlaybookAdopted)
            due = [] if is_adoption else effects.notices(entry.facts)
        except (KeyError, TypeError) as error:  # an item without what an item of its kind has
            expected_ = say("facts that follow from those before")
            raise self._fault(entry.seq, expected_, repr(error), "effects") from error
        if not (due or kept):
            return
        at = self.check.at
        expected = [
            (entry.seq, n, notice.to, _written(tuple(notice.facts)), at) for n, notice in enumerate(due)
        ]
        if kept != expected:
            words = say("the notices that follow from the facts: {notices}", notices=_shown(expected))
            raise self._fault(entry.seq, words, _shown(kept), "effects")

    def _check_closings(self, entry: Entry, closings: list[Closing], kept: list[Closing]) -> None:
        if sorted(closings, key=_series) != kept:
            raise self._fault(entry.seq, repr(closings), repr(kept), "times")

    def _compare(self, seq: int | None, rebuilt: list[_Row], kept: list[_Row], level: str = "stored") -> None:
        for expected, found in zip_longest(rebuilt, kept):
            if expected != found:
                raise self._fault(seq, repr(expected), repr(found), level)

    def compare(self, stored: Situation) -> None:
        """Hold all that stands now against what the journal gives."""
        check, situation = self.check, self.check.situation
        for name in Situation.__struct_fields__:
            rebuilt, kept = getattr(situation, name, None), getattr(stored, name)
            if rebuilt != kept:
                expected = say("`{name}` as the journal gives it: {value}", name=name, value=str(rebuilt))
                raise self._fault(None, expected, str(kept))
        standing = self.tx.standing(self.code)
        for key in sorted({*standing, *check.standing}):
            if standing.get(key) != check.standing.get(key):
                words = say("{item} as the journal gives it", item=" ".join(key))
                raise self._fault(None, words, repr(standing.get(key)))
        self._compare(None, check.open_timers(), self.tx.open_timers(self.code))
        self._compare(None, check.newest_duties(), self.tx.newest_duties(self.code))
        self._check_strays()
        self.told.check(self.code, self.tx.people(self.code), check.standing)
        self.check.snapshots.compare(self.tx)
        self.beside.compare()

    def _check_strays(self) -> None:
        """Look for what is stored beside no entry: below the first, above the last, in no state at all."""
        for since in (LEAST, self.check.tree.size):
            disclosure = next(self.tx.disclosures(self.code, since=since), None)
            if disclosure is not None:
                seq, name, _ = disclosure
                self._check_number(seq, say("a disclosure of `{name}`", name=name))
            notice = next(self.tx.notices(self.code, since=since), None)
            if notice is not None:
                seq, _, receiver, *_ = notice
                self._check_number(seq, say("a notice to {receiver}", receiver=str(receiver)))
            for number, row in chain(
                islice(self.tx.ended_timers(self.code, since=since), 1),
                islice(self.tx.closings(self.code, since=since), 1),
                islice(self.tx.ended_duties(self.code, since=since), 1),
            ):
                self._check_number(number, repr(row))
        self._check_epochs()

    def _check_epochs(self) -> None:
        """Look for open timers that belong to another state: no look at the present one shows them."""
        month = 30 * 86400
        # some weeks at a time, not all that ever was
        bounds = [LEAST, *range(self.began, self.check.at + month, month), _MOST]
        for since, until in pairwise(bounds):
            for timer in self.tx.timers(self.code, since=since, until=until):
                if timer.ended is None and self.check.agenda.open.get(id_of(timer)) != timer:
                    self._compare(None, [], [timer])

    def _check_number(self, seq: object, found: Words) -> None:
        if not isinstance(seq, int):
            raise self._fault(None, say("a number of an entry"), repr(seq))
        if not 0 <= seq < self.check.tree.size:
            raise self._fault(seq, say("no entry of this number"), found)


@lru_cache(maxsize=1024)  # the same few facts of an entry are told again and again
def _written(facts: tuple[int, ...]) -> bytes:
    return msgspec.json.encode(facts)


def _place(one: Timer | Duty) -> tuple[int, int]:
    return one.seq, one.n


def _series(one: Closing) -> tuple[str, str, int]:
    return one.key, one.of, one.due


def _shown(notices: list[_Notice]) -> Words:
    shown: list[Words] = [
        f"{n} {receiver} {facts.decode(errors='replace')} {at}" for _, n, receiver, facts, at in notices
    ]
    return shown or say("nothing")
