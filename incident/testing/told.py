"""What the store in memory knows of each notice besides its words: delivered, leased, to be tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from incident.domain.effects import Notice
from incident.service.notices import LONGEST_WAIT, Lost, Settled, Undelivered
from incident.service.ports import LEEWAY

#: Code, entry, number.
Key = tuple[str, int, int]


class Told(NamedTuple):
    """What became of a notice so far."""

    is_done: bool = False
    #: When it may be taken, unless at once.
    next_at: int | None = None
    tries: int = 0


Tellings = dict[Key, Told]
#: Letters that are over, each with its holder.
Letters = dict[tuple[str, int, int, str], Settled]


class Recorded(NamedTuple):
    """A notice as its entry wrote it; `at` is when that was recorded."""

    at: int
    code: str
    seq: int
    n: int
    notice: Notice


class Outbox:
    """What became of all notices; replaced as a whole, by whoever holds the lock."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self.lock = threading.Lock()
        self.told: Tellings = {}
        self.letters: Letters = {}


class View:
    """What one look sees of them; who changes it sees them as they are now, and holds the lock to its end."""

    def __init__(self, outbox: Outbox) -> None:
        """Look at what is known now."""
        self._outbox, self.told, self.letters = outbox, outbox.told, outbox.letters
        self._is_moving = False

    def moving(self) -> Tellings:
        """Give what may be changed; waits for whoever changes it."""
        if not self._is_moving:
            self._outbox.lock.acquire()
            self._is_moving, self.told = True, dict(self._outbox.told)
            self.letters = dict(self._outbox.letters)
        return self.told

    def keep(self) -> None:
        """Make it visible."""
        if self._is_moving:
            self._outbox.told, self._outbox.letters = self.told, self.letters

    def end(self) -> None:
        """Let others change it."""
        if self._is_moving:
            self._is_moving = False
            self._outbox.lock.release()


def is_free(told: Told, at: int | None) -> bool:
    """Tell whether a notice waits, and may be taken at an instant if one is given."""
    if told.is_done or at is None or told.next_at is None:
        return not told.is_done
    return told.next_at <= at or told.next_at > at + LONGEST_WAIT + LEEWAY


def move(told: Tellings, moved: Iterable[tuple[Undelivered, Told]], *, lease: int | None = None) -> None:
    """Note what became of notices; with `lease` of those alone that it still holds."""
    for notice, after in moved:
        key = (notice.code, notice.seq, notice.n)
        if lease is None or told.get(key, Told())[:2] == (False, lease):
            told[key] = after


class NoticesRead:
    """The part of a look that sees notices that wait, and letters."""

    _told: View

    def _recorded(self) -> Iterator[Recorded]:
        """Give all notices that were ever recorded."""
        raise NotImplementedError

    def _waiting(self, at: int | None) -> list[Undelivered]:
        """Give all notices that wait, oldest entry first; with `at` those that may be taken then."""
        there = [(one, self._told.told.get(one[1:4], Told())) for one in self._recorded()]
        there = sorted((pair for pair in there if is_free(pair[1], at)), key=lambda pair: pair[0][:4])
        return [self._undelivered(one) for one, _told in there]

    def undelivered(self, limit: int, *, code: str | None = None) -> list[Undelivered]:
        """Give at most `limit` notices that are not delivered yet, oldest entry first."""
        return [one for one in self._waiting(None) if code in (None, one.code)][:limit]

    def free(self, limit: int, *, at: int) -> list[Undelivered]:
        """Give at most `limit` notices that may be taken at an instant, oldest entry first."""
        return self._waiting(at)[:limit]

    def letters(self, code: str, seq: int, n: int) -> list[Settled]:
        """Give the letters of a notice that are over, by holder."""
        return [one for key, one in sorted(self._told.letters.items()) if key[:3] == (code, seq, n)]

    def lost(self, limit: int, *, code: str | None = None, since: int = 0) -> list[Lost]:
        """Give at most `limit` lost letters of notices recorded from an instant on, lost last first."""
        found = [one for one in self._lost(since) if code in (None, one.letter.code)]
        return sorted(found, key=lambda one: (-one.letter.at, one.letter[:4]))[:limit]

    def _lost(self, since: int) -> list[Lost]:
        recorded = {one[1:4]: one for one in self._recorded() if one.at >= since}
        letters = self._told.letters.values()
        return [
            Lost(one, self._undelivered(recorded[one[:3]]))
            for one in letters
            if one.lost is not None and one[:3] in recorded
        ]

    def _undelivered(self, one: Recorded) -> Undelivered:
        tries = self._told.told.get(one[1:4], Told()).tries
        return Undelivered(one.code, one.seq, one.n, one.notice.to, [*one.notice.facts], tries)


class NoticesWritten(NoticesRead):
    """The part of a look that takes notices, and settles letters."""

    def lease(self, limit: int, *, at: int, until: int) -> list[Undelivered]:
        """Take notices that may be taken at `at`, oldest entry first."""
        told = self._told.moving()
        found = self.free(limit, at=at)
        move(told, [(one, Told(next_at=until, tries=one.tries)) for one in found])
        return found

    def delivered(self, notices: Sequence[Undelivered], at: int, *, lease: int) -> None:  # noqa: ARG002 - nobody asks when
        """Note that notices were delivered, of those that the lease still holds."""
        move(self._told.moving(), [(one, Told(is_done=True)) for one in notices], lease=lease)

    def put_back(self, again: Sequence[tuple[Undelivered, int]], *, lease: int) -> None:
        """Let notices be taken again from an instant on, of those that the lease still holds."""
        after = [(one, Told(next_at=at, tries=one.tries)) for one, at in again]
        move(self._told.moving(), after, lease=lease)

    def settle(self, letters: Iterable[Settled]) -> None:
        """Note that letters are over."""
        self._told.moving()
        for one in letters:
            self._told.letters.setdefault(one[:4], one)

    def send_again(self, code: str, *, since: int) -> int:
        """Let lost letters of a jurisdiction be sent again; gives how many."""
        told = self._told.moving()
        lost = [one.letter[:4] for one in self._lost(since) if one.letter.code == code]
        for key in lost:
            del self._told.letters[key]
        for notice in {key[:3] for key in lost}:
            next_at = told.get(notice, Told()).next_at
            told[notice] = Told(next_at=None if next_at is None else next_at + 1)
        return len(lost)
