"""Handing on what is to be told, at least once: a notice is a row until a carrier has ended its message.

    does any wait? → lease the oldest → make their messages → carrier → note what became of each
    └ snapshot       └ transaction      └ snapshot                      └ transaction

While the carrier works nothing is open in the database and nobody waits for it; where nothing waits nothing
is written. A lease keeps all other workers from a notice until it ends. Whoever is killed loses nothing: what
it had leased and not noted may be taken again `LEASE` seconds later at most, and what was handed on of it is
sent twice. So is what ends when the lease is over. The key is the same each time.

A message that fails is tried again later, whichever worker tries, and does not stall others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from incident.domain.errors import IncidentError
from incident.service.carrier import Carrier, NotBegun
from incident.service.message import Composer, Message, key_of
from incident.service.notices import LONGEST_WAIT, Undelivered
from incident.service.ports import Clock, Store

#: Notices leased in one go, and with the carrier at once before no more are.
BATCH, WINDOW = 32, 128
#: Seconds for which they are leased; the clocks of all workers have to agree far better than that.
LEASE = 120
#: Seconds until something that failed is tried again at first, and until something that was not begun is.
_SOON, _NEXT = 15, 1
#: So often is the time doubled; further it would be longer than the longest anyway.
_DOUBLED = 6
#: Seconds for which a carrier is waited for before what has ended so far is noted.
_PATIENCE = 1.0


class Failed(NamedTuple):
    """A message that could not be handed on."""

    key: str
    error: Exception


class Delivered(NamedTuple):
    """What one round did."""

    sent: int
    failures: list[Failed]


class _Leased(NamedTuple):
    """A notice that is ours until the lease ends."""

    notice: Undelivered
    until: int


class _Over(NamedTuple):
    """What became of one, to be noted; without error it was handed on."""

    leased: _Leased
    error: Exception | None


class Courier:
    """Delivers by one carrier. What failed, and until when it waits, stands in the store."""

    def __init__(self, store: Store, carrier: Carrier, now: Clock) -> None:
        """Give what waits in `store` to `carrier`."""
        self._store, self._carrier, self._now = store, carrier, now
        #: What was leased and not given away, is given away, has ended and is not noted; by key.
        self._held: dict[str, _Leased] = {}
        self._away: dict[str, _Leased] = {}
        self._over: dict[str, _Over] = {}

    def deliver(self, is_stopping: Callable[[], bool] = lambda: False) -> Delivered:
        """Deliver until nothing waits that may be taken now, or `is_stopping`.

        Raises `StoreError` when the database cannot be used.
        """
        sent, failures = 0, list[Failed]()
        self._note()  # of a round after which the database was away
        while True:
            is_last = is_stopping()
            if is_last:
                self._carrier.give_up()
            else:
                self._take()
            if not (self._away or self._over):
                break
            for key, over in self._ended():
                sent += over.error is None
                if over.error is not None and not isinstance(over.error, NotBegun):
                    failures.append(Failed(key, over.error))
            self._note()
            if is_last:
                break
        return Delivered(sent, failures)

    def _take(self) -> None:
        """Lease what waits, oldest first, and give it away, as long as there is room for it."""
        while len(self._away) < WINDOW and self._carrier.is_open() and self._lease():
            made = self._composed()
            # one may be away still: its lease ended before it did, and is ours anew
            fault = self._begin([one for key, one in made.items() if key not in self._away])
            for key, leased in self._held.items():
                error = made[key] if isinstance(made[key], Exception) else fault
                if isinstance(error, Exception):
                    self._over[key] = _Over(leased, error)
                else:
                    self._away[key] = leased
            self._held = {}

    def _begin(self, made: Iterable[Message | Exception]) -> Exception | None:
        """Give messages away; gives what is in the way."""
        try:
            self._carrier.begin([one for one in made if isinstance(one, Message)])
        except Exception as error:  # noqa: BLE001 - what it was is noted of each of them
            return error
        return None

    def _lease(self) -> bool:
        """Lease the oldest that nobody has; where there are none nothing is written."""
        at = self._now()
        with self._store.reading() as look:
            if not look.free(1, at=at):
                return False
        with self._store.claiming(()) as tx:
            found = tx.lease(BATCH, at=at, until=at + LEASE)
            if not found:  # somebody else was first
                return False
            # before the end of it: that may be carried out and yet not be heard of
            self._held = {key_of(notice): _Leased(notice, at + LEASE) for notice in found}
            tx.commit()
        return True

    def _composed(self) -> dict[str, Message | Exception]:
        """Make the messages of what is held.

        None of a journal that is not the one that was signed: after a rollback it tells of what was over
        long ago, and of what was told before.
        """
        left_out = self._store.left_out({leased.notice.code for leased in self._held.values()})
        made: dict[str, Message | Exception] = {}
        with self._store.reading() as look:
            composer = Composer(look)
            for key, leased in self._held.items():
                if leased.notice.code in left_out:
                    made[key] = left_out[leased.notice.code]
                    continue
                try:
                    made[key] = composer.compose(leased.notice)
                except (IncidentError, ValueError, LookupError) as error:
                    made[key] = error
        return made

    def _ended(self) -> Iterable[tuple[str, _Over]]:
        """Hear what became of what was given away; gives that, and what could not be given away."""
        if self._away:
            for key, error in self._carrier.ended(0.0 if self._over else _PATIENCE):
                if key in self._away:
                    self._over[key] = _Over(self._away.pop(key), error)
        return self._over.items()

    def _note(self) -> None:
        """Note what became of each; what was not given away is free at once.

        What another worker has taken meanwhile, since the lease was over, is left to that one.
        """
        if not (self._over or self._held):
            return
        at, over = self._now(), self._over.values()
        with self._store.claiming(()) as tx:
            for lease in sorted(
                {one.until for one in (*self._held.values(), *(each.leased for each in over))}
            ):
                mine = [one for one in over if one.leased.until == lease]
                again = [(one.notice, at) for one in self._held.values() if one.until == lease]
                again += [_again(one.leased.notice, one.error, at) for one in mine if one.error is not None]
                tx.delivered([one.leased.notice for one in mine if one.error is None], at, lease=lease)
                tx.put_back(again, lease=lease)
            tx.commit()
        self._held, self._over = {}, {}


def _again(notice: Undelivered, error: Exception, at: int) -> tuple[Undelivered, int]:
    """Say when one that was not handed on is tried again: what was not begun soon, what failed ever later."""
    if isinstance(error, NotBegun):
        return notice, at + _NEXT
    wait = min(_SOON << min(notice.tries, _DOUBLED), LONGEST_WAIT)
    return notice._replace(tries=notice.tries + 1), at + wait
