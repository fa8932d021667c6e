"""What the store in memory knows of each notice besides its words: delivered, leased, to be tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import NamedTuple

from incident.service.ports import Settled, Undelivered

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
    return not told.is_done and (at is None or told.next_at is None or told.next_at <= at)


def move(told: Tellings, moved: Iterable[tuple[Undelivered, Told]], *, lease: int | None = None) -> None:
    """Note what became of notices; with `lease` of those alone that it still holds."""
    for notice, after in moved:
        key = (notice.code, notice.seq, notice.n)
        if lease is None or told.get(key, Told())[:2] == (False, lease):
            told[key] = after


class LettersRead:
    """The part of a look that sees letters."""

    _told: View

    def letters(self, code: str, seq: int, n: int) -> list[Settled]:
        """Give the letters of a notice that are over, by holder."""
        return [one for key, one in sorted(self._told.letters.items()) if key[:3] == (code, seq, n)]

    def lost(self, limit: int, *, since: int = 0) -> list[Settled]:
        """Give at most `limit` letters that were lost from an instant on, newest first."""
        found = [one for one in self._told.letters.values() if one.lost is not None and one.at >= since]
        return sorted(found, key=lambda one: (-one.at, one[:4]))[:limit]


class LettersWritten(LettersRead):
    """The part of a look that settles letters."""

    def settle(self, letters: Iterable[Settled]) -> None:
        """Note that letters are over."""
        self._told.moving()
        for one in letters:
            self._told.letters.setdefault(one[:4], one)

    def send_again(self, code: str) -> int:
        """Let the lost letters of a jurisdiction be sent again; gives how many."""
        told = self._told.moving()
        lost = [key for key, one in self._told.letters.items() if key[0] == code and one.lost is not None]
        for key in lost:
            del self._told.letters[key]
            told[key[:3]] = Told()
        return len(lost)
