"""Handing on what is to be told, at least once: a notice is a row until a channel has taken its message.

    does any wait? → lease the oldest → make their messages → channel → note what became of each
    └ snapshot       └ transaction      └ snapshot                      └ transaction

While the channel works nothing is open in the database and nobody waits for it; where nothing waits nothing
is written. A lease keeps all other workers from a notice until it ends. Whoever is killed loses nothing: what
it had leased and not noted may be taken again `LEASE` seconds later at most, and what the channel had taken
of it is sent twice. So is what a channel takes when the lease is over. The key is the same each time.

A message that fails is tried again later, whichever worker tries, and does not stall others; a channel that
takes none is left alone for a while. What a message says is made from the facts of its entry: nothing that an
entry seals is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import msgspec
from msgspec import Struct

from incident.domain import clock, explain, names
from incident.domain.callout import CALLOUT
from incident.domain.effects import SUPERIOR
from incident.domain.errors import IncidentError, JournalError
from incident.domain.fact_names import kind_of
from incident.domain.facts import AnyFact, ItemStarted, TimerEnded
from incident.domain.journal import Entry
from incident.domain.organisation import Text
from incident.domain.playbook import ACTIVATOR, EACH_GROUP, Playbook, StandingGroup
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Standing
from incident.service.opened import read_entry
from incident.service.ports import Clock, Reading, Store, Undelivered

#: Notices leased in one go.
BATCH = 32
#: Seconds for which they are leased; the clocks of all workers have to agree far better than that.
LEASE = 120
#: Seconds after which no further message of a batch is begun, so that the last is through before the lease
#: ends: at most, and when something else is due.
_HOLD, _BRIEF = 30, 1
#: Seconds until something that failed is tried again: at first, and at most.
_SOON, _LATEST = 15, 600
#: So often is the time doubled; further it would be longer than the latest anyway.
_DOUBLED = 6


class Message(Struct, frozen=True, kw_only=True):
    """A notice in words."""

    #: The same whenever it is sent: jurisdiction, entry, number.
    key: str
    code: str
    #: Name of the jurisdiction.
    place: Words
    #: Who is told: in words, and as the playbook or the directory writes it.
    to: Words
    ref: str
    #: Entry it follows from, when that was recorded, and the same on the clock of the place.
    seq: int
    #: Its number among the notices of that entry.
    n: int
    at: int
    shown_at: str
    sentences: list[Words]
    #: Entry of the call-out that waits for an answer; none when none is asked for.
    asks: int | None = None


class Channel(Protocol):
    """Takes messages; the same one may come twice."""

    def __call__(self, message: Message) -> None:
        """Return when the message is safe. Raises whatever is in the way, within a minute at best."""


class Failed(NamedTuple):
    """A message that could not be handed on."""

    key: str
    error: Exception


class Delivered(NamedTuple):
    """What one round did."""

    sent: int
    failures: list[Failed]


class _Batch(Struct):
    """Notices that were leased, and what became of them so far."""

    #: When they were leased, and until when.
    since: int
    until: int
    #: Not tried yet.
    left: list[Undelivered]
    is_full: bool
    sent: list[Undelivered] = []
    failed: list[tuple[Undelivered, Failed]] = []
    #: How many the channel refused.
    refused: int = 0

    def fail(self, notice: Undelivered, error: Exception) -> None:
        """Take note of one that could not be handed on."""
        self.left.remove(notice)
        self.failed.append((notice, Failed(key_of(notice), error)))

    def again(self, at: int) -> list[tuple[Undelivered, int]]:
        """Say when each that was not sent is to be tried: one that failed ever later, the others at once."""
        failed = [
            (one._replace(tries=one.tries + 1), at + min(_SOON << min(one.tries, _DOUBLED), _LATEST))
            for one, _ in self.failed
        ]
        return failed + [(one, at) for one in self.left]


class Courier:
    """Delivers to one channel. What failed, and until when it waits, stands in the store."""

    def __init__(self, store: Store, channel: Channel, now: Clock) -> None:
        """Carry from `store` to `channel`."""
        self._store, self._channel, self._now = store, channel, now
        #: What was leased, until it is noted what became of it.
        self._batch: _Batch | None = None
        self._closed_until, self._pause = 0, _SOON

    def deliver(self, is_interrupted: Callable[[], bool] = lambda: False) -> Delivered:
        """Deliver all that waits, at least one message, until nothing is left or something else is due.

        Raises `StoreError` when the database cannot be used.
        """
        self._note()  # of a batch after which the database was away
        sent, failures = 0, list[Failed]()
        while self._closed_until <= self._now() and (batch := self._lease()) is not None:
            self._send(batch, is_interrupted)
            self._note()
            self._look_after_channel(batch)
            sent += len(batch.sent)
            failures += [failure for _, failure in batch.failed]
            if is_interrupted():
                break
        return Delivered(sent, failures)

    def _lease(self) -> _Batch | None:
        """Lease the oldest that nobody has; none when there are none, and then nothing is written."""
        at = self._now()
        with self._store.reading() as look:
            if not look.free(1, at=at):
                return None
        with self._store.claiming(()) as tx:
            found = tx.lease(BATCH, at=at, until=at + LEASE)
            if not found:  # somebody else was first
                return None
            # before the end of it: that may be carried out and yet not be heard of
            self._batch = _Batch(at, at + LEASE, found, is_full=len(found) == BATCH)
            tx.commit()
        return self._batch

    def _send(self, batch: _Batch, is_interrupted: Callable[[], bool]) -> None:
        """Hand a batch on, message by message, while there is time."""
        messages = self._composed(batch)
        for n, (notice, message) in enumerate(messages):
            # seconds are whole: one at least is sent, or whoever is interrupted all the time would send none
            if self._now() - batch.since >= (_BRIEF if n and is_interrupted() else _HOLD):
                return
            try:
                self._channel(message)
            except Exception as error:  # noqa: BLE001 - whatever a channel does wrong, others go on
                batch.fail(notice, error)
                batch.refused += 1
            else:
                batch.left.remove(notice)
                batch.sent.append(notice)

    def _composed(self, batch: _Batch) -> list[tuple[Undelivered, Message]]:
        """Make the messages of a batch."""
        made = []
        with self._store.reading() as look:
            for notice in [*batch.left]:
                try:
                    made.append((notice, compose(look, notice)))
                except (IncidentError, ValueError, LookupError) as error:
                    batch.fail(notice, error)
        return made

    def _note(self) -> None:
        """Note what became of the batch; what was not tried is free at once.

        What another worker has taken meanwhile, since the lease was over, is left to that one.
        """
        batch = self._batch
        if batch is None:
            return
        at = self._now()
        with self._store.claiming(()) as tx:
            tx.delivered(batch.sent, at, lease=batch.until)
            tx.put_back(batch.again(at), lease=batch.until)
            tx.commit()
        self._batch = None

    def _look_after_channel(self, batch: _Batch) -> None:
        """Leave a channel alone that took none of many; where there were few, each waits by itself."""
        if batch.sent:
            self._pause = _SOON
        elif batch.refused and (batch.is_full or batch.left):
            self._closed_until = self._now() + self._pause
            self._pause = min(2 * self._pause, _LATEST)


def key_of(notice: Undelivered) -> str:
    """Name a notice; the same for ever: `330681111-000012-0`."""
    return f"{notice.code}-{notice.seq:06}-{notice.n}"


def compose(tx: Reading, notice: Undelivered) -> Message:
    """Put a notice into words. Raises `JournalError` or `ValueError` when the record does not hold."""
    entry = _entry(tx, notice)
    playbook = _playbook(tx, entry)
    at = clock.read_stamp(entry.at)
    return Message(
        key=key_of(notice),
        code=notice.code,
        place=Text(zh="", en="") if playbook is None else playbook.jurisdiction.name,
        to=notice.receiver if playbook is None else _receiver(tx, playbook, notice),
        ref=notice.receiver,
        seq=notice.seq,
        n=notice.n,
        at=at,
        shown_at=clock.shown(at, "UTC" if playbook is None else playbook.jurisdiction.zone),
        sentences=[_sentence(playbook, entry.facts[n]) for n in notice.facts],
        asks=_asks(entry, notice),
    )


def _asks(entry: Entry, notice: Undelivered) -> int | None:
    """Give the entry of the call-out that a notice is part of, if it asks its receiver to answer."""
    for fact in entry.facts:
        if (
            isinstance(fact, ItemStarted)
            and fact.kind == CALLOUT
            and notice.receiver in fact.after["waiting"]
        ):
            return entry.seq
    for fact in (entry.facts[n] for n in notice.facts):
        if isinstance(fact, TimerEnded) and fact.what == "answer":
            return int(fact.key.rpartition("-")[2])
    return None


def _entry(tx: Reading, notice: Undelivered) -> Entry:
    stored = next(tx.entries(notice.code, since=notice.seq), None)
    if stored is None or stored.seq != notice.seq:
        raise JournalError(
            jurisdiction=notice.code,
            seq=notice.seq,
            expected=say("the entry that a message follows from"),
            found=say("nothing"),
        )
    return read_entry(notice.code, stored)


def _playbook(tx: Reading, entry: Entry) -> Playbook | None:
    """Give the playbook of an entry; None where it is lost: a message in plain words beats none."""
    try:
        return tx.playbook(entry.jurisdiction, entry.playbook)
    except IncidentError:
        return None


def _sentence(playbook: Playbook | None, fact: AnyFact) -> Words:
    if playbook is None:
        return kind_of(fact)
    try:
        return explain.fact(playbook, fact)
    except (LookupError, ValueError, TypeError):  # recorded by another version of the program
        return kind_of(fact)


def _receiver(tx: Reading, playbook: Playbook, notice: Undelivered) -> Words:
    """Say who is told: reserved words stand for somebody, a group may act as another."""
    ref, standing = notice.receiver, tx.standing(notice.code)
    log = tx.log(notice.code)
    authority = None if log is None else log.situation.authority
    match ref:
        case _ if ref == SUPERIOR:
            return _superior(tx, playbook)
        case _ if ref == EACH_GROUP:
            groups = [key for kind, key in standing if kind == "group"]
            return [_group(playbook, key, standing) for key in groups] or names.name_of(playbook, ref)
        case _ if ref == ACTIVATOR and authority is not None:
            return names.name_of(playbook, authority)
        case _ if ("group", ref) in standing:
            return _group(playbook, ref, standing)
        case _:
            return names.name_of(playbook, ref)


def _group(playbook: Playbook, key: str, standing: Standing) -> Words:
    name = names.name_of(playbook, key, ("group",))
    acts_as = msgspec.convert(standing["group", key].item, StandingGroup).acts_as
    return name if acts_as is None else say("{acting} ({name})", acting=acts_as, name=name)


def _superior(tx: Reading, playbook: Playbook) -> Words:
    """Name the superior jurisdiction; by its name where it is kept here too."""
    code = playbook.jurisdiction.parent
    if code is None:
        return names.name_of(playbook, SUPERIOR)
    there = tx.log(code)
    name = names.name_of(playbook, SUPERIOR) if there is None else _name(tx, there.situation)
    return say("{name} {code}", name=name, code=code)


def _name(tx: Reading, situation: Situation) -> Words:
    try:
        return tx.playbook(situation.jurisdiction, situation.playbook).jurisdiction.name
    except IncidentError:
        return situation.name
