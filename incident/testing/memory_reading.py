"""Looking at the store in memory (`memory.py`): one look sees what was committed when it began."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nsmallest
from operator import attrgetter

import msgspec

from incident.domain.duty import Duty
from incident.domain.errors import StoreError
from incident.domain.keeping import Served
from incident.domain.people import Person
from incident.domain.playbook import Playbook, encode
from incident.domain.say import say
from incident.domain.situation import Standing
from incident.domain.timer import Closing, Timer
from incident.service.ports import LAST, Log, Signed, Stored
from incident.testing.evidence import EvidenceRead
from incident.testing.memory_survey import SurveyRead
from incident.testing.shelf import (
    Shelf,
    rows,
    served,
    urgency,
)
from incident.testing.told import Recorded, View


class MemoryReading(SurveyRead, EvidenceRead):
    """One look; it sees what was committed when it began."""

    def __init__(self, shelves: dict[str, Shelf], told: View) -> None:
        """Look at `shelves`, and at what became of their notices."""
        self._shelves: dict[str, Shelf] | None = shelves
        self._told = told

    def close(self) -> None:
        """End the look; it is of no use afterwards."""
        self._shelves = None

    def _all(self) -> dict[str, Shelf]:
        assert self._shelves is not None, "expected a look inside its block, got one after its end or commit"
        return self._shelves

    def codes(self) -> list[tuple[str, str]]:
        """List (code, playbook name) of every jurisdiction."""
        return sorted((code, shelf.log.situation.name) for code, shelf in self._all().items())

    def named(self, name: str) -> str | None:
        """Give the code of the jurisdiction whose playbook has this name."""
        return next((code for code, of in self.codes() if of == name), None)

    def recovered(self) -> list[str]:
        """List the codes of the journals that went on after a loss (`Situation.origin`)."""
        return sorted(code for code, shelf in self._all().items() if shelf.log.situation.origin)

    def journals(self) -> list[str]:
        """List the codes under which anything of a journal is stored."""
        return sorted(self._all())

    def damage(self) -> None:
        """Find nothing: there are no pages."""

    def log(self, code: str) -> Log | None:
        """Give a situation and its journal's compact range."""
        shelf = self._all().get(code)
        return None if shelf is None else Log(shelf.log.situation, list(shelf.log.peaks))

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:  # noqa: ARG002 - nothing grows stale
        """Give a playbook of a jurisdiction."""
        shelf = self._all().get(code)
        seq, playbook = (0, None) if shelf is None else shelf.book.playbooks.get(digest, (0, None))
        if shelf is None or playbook is None or seq >= shelf.version:
            raise StoreError(
                where=say("{place}, playbook of {code}", place="memory", code=code),
                expected=say("the playbook {hash}", hash=digest),
                found=say("nothing"),
            )
        return playbook

    def playbook_bytes(self, code: str, digest: str) -> bytes:
        """Give the bytes of a playbook."""
        return encode(self.playbook(code, digest))

    def standing(self, code: str) -> Standing:
        """Give what stands."""
        shelf = self._all().get(code)
        return {} if shelf is None else dict(shelf.standing)

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else shelf.entries(since)

    def subtrees(self, code: str, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Give the hashes of complete subtrees, by (level, number)."""
        shelf = self._all()[code]
        return [shelf.subtree(*place) for place in places]

    def checkpoints(self, code: str, *, since: int = 0) -> list[Signed]:
        """Give the signed checkpoints of `since` entries or more, by size."""
        shelf = self._all().get(code)
        return [] if shelf is None else [one for one in shelf.checkpoints if one.size >= since]

    def newest_checkpoint(self, code: str, *, until: int = LAST) -> Signed | None:
        """Give the newest signed checkpoint of at most `until` entries."""
        return max((one for one in self.checkpoints(code) if one.size <= until), default=None)

    def unsigned(self, *, at: int, entries: int, seconds: int, most: int) -> list[str]:
        """List `most` jurisdictions whose journal is to be signed at an instant, the most urgent first."""
        found = {
            code: urgency(shelf, at, entries=entries, seconds=seconds) for code, shelf in self._all().items()
        }
        return sorted((code for code in found if found[code]), key=lambda code: (found[code], code))[:most]

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) from entry `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else shelf.disclosed(since)

    def notices(self, code: str, *, since: int = 0) -> Iterator[tuple[int, int, str, bytes, int]]:
        """Give (entry, number, receiver, facts as JSON, when recorded) from entry `since` on."""
        shelf = self._all().get(code)
        found = iter(()) if shelf is None else rows(shelf.book.notices, shelf.notices, since)
        return ((seq, n, notice.to, msgspec.json.encode(notice.facts), at) for seq, n, at, notice in found)

    def open_timers(self, code: str) -> list[Timer]:
        """Give all open timers, by entry and number."""
        shelf = self._all().get(code)
        return [] if shelf is None else [one.timer for _, one in sorted(shelf.open.items())]

    def timers(self, code: str, *, since: int, until: int) -> list[Timer]:
        """Give the timers promised from `since` to before `until`, open or ended, by instant."""
        ended = [timer for _, timer in self.ended_timers(code)]
        found = [one for one in ended + self.open_timers(code) if since <= one.due < until]
        return sorted(found, key=attrgetter("due", "seq", "n"))

    def ended_timers(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Timer]]:
        """Give (ending entry, timer) from entry `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else rows(shelf.book.ended, shelf.ended, since)

    def closings(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Closing]]:
        """Give (entry, closing) from entry `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else rows(shelf.book.closings, shelf.closings, since)

    def attachment(self, code: str, digest: str) -> bytes | None:
        """Give the bytes of an attachment."""
        shelf = self._all().get(code)
        return None if shelf is None else shelf.attachment(digest)

    def newest_duties(self, code: str) -> list[Duty]:
        """Give the pieces of the newest shift of each roster, by entry and number."""
        shelf = self._all().get(code)
        return [] if shelf is None else [one for _, one in sorted(shelf.newest.items())]

    def duties(self, code: str, *, since: int, until: int, is_struck: bool = False) -> list[Duty]:
        """Give the pieces of duty that count, or do no more, and lie between two instants, by beginning."""
        known = [one for _, one in self.ended_duties(code)] + self.newest_duties(code)
        there = [one for one in known if one.is_void == is_struck and one.since < one.until]
        found = [one for one in there if one.until > since and one.since < until]
        return sorted(found, key=attrgetter("since", "seq", "n"))

    def ended_duties(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Duty]]:
        """Give (ending entry, piece) from entry `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else rows(shelf.book.duties, shelf.duties, since)

    def served(self, code: str, *, year: int) -> list[Served]:
        """Give what everybody served in shifts that are not the newest."""
        return served((one for _, one in self.ended_duties(code)), year)

    def people(self, code: str) -> list[Person]:
        """Give whom the directory names, by holder."""
        shelf = self._all().get(code)
        return [] if shelf is None else [one for _, one in sorted(shelf.people.items())]

    def next_wake(self) -> int | None:
        """Give the earliest instant at which an open timer is to be carried out."""
        return min((shelf.wake for shelf in self._all().values() if shelf.wake is not None), default=None)

    def due_codes(self, at: int, limit: int) -> list[str]:
        """List at most `limit` jurisdictions in which something is due by `at`, oldest first."""
        wakes = ((shelf.wake, code) for code, shelf in self._all().items() if shelf.wake is not None)
        return [code for _, code in nsmallest(limit, (one for one in wakes if one[0] <= at))]

    def set_aside(self) -> list[tuple[str, Timer]]:
        """List (code, timer) of all that are tried no more."""
        return [
            (code, one.timer)
            for code, shelf in sorted(self._all().items())
            for _, one in sorted(shelf.open.items())
            if one.next_at is None
        ]

    def _recorded(self) -> Iterator[Recorded]:
        for code, shelf in self._all().items():
            for seq, n, since, notice in rows(shelf.book.notices, shelf.notices, 0):
                yield Recorded(since, code, seq, n, notice)

    def answered(self, code: str, source: str, event_id: str) -> Stored | None:
        """Give the entry that answered an event before."""
        shelf = self._all().get(code)
        return None if shelf is None else shelf.answered(source, event_id)
