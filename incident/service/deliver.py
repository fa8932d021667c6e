"""Handing on what is to be told, at least once: a notice is a row until a channel has taken its message.

    which notices wait → lock their jurisdictions → make each message → channel → mark → commit

A crash between channel and commit sends a message twice, never not at all; its key is the same both times.
A message that fails is tried again later and does not stall others; a channel that takes none is left alone
for a while. What a message says is made from the facts of its entry: nothing that an entry seals is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec
from msgspec import Struct

from incident.domain import clock, explain, names
from incident.domain.effects import SUPERIOR
from incident.domain.errors import IncidentError, JournalError
from incident.domain.facts import AnyFact, kind_of
from incident.domain.journal import Entry
from incident.domain.organisation import Text
from incident.domain.playbook import ACTIVATOR, EACH_GROUP, Playbook, StandingGroup
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Standing
from incident.service.opened import read_entry
from incident.service.ports import Clock, Reading, Store, Undelivered, Writing

#: Notices looked at in one go, and delivered in one transaction, which holds the locks of their places.
LOOK, BATCH = 100, 32
#: Seconds until something that failed is tried again: at first, and at most.
_SOON, _LATEST = 15, 600


class Message(Struct, frozen=True, kw_only=True):
    """A notice in words."""

    #: The same whenever it is sent: jurisdiction, entry, number.
    key: str
    code: str
    #: Name of the jurisdiction.
    place: Words
    #: Who is told.
    to: Words
    #: Entry it follows from, when that was recorded, and the same on the clock of the place.
    seq: int
    at: int
    shown_at: str
    sentences: list[Words]


class Channel(Protocol):
    """Takes messages; the same one may come twice."""

    def __call__(self, message: Message) -> None:
        """Return when the message is safe. Raises whatever is in the way."""


class Failed(NamedTuple):
    """A message that could not be handed on."""

    key: str
    error: Exception


class Delivered(NamedTuple):
    """What one round did."""

    sent: int
    failures: list[Failed]


class Courier:
    """Delivers to one channel, and remembers what failed only until it is tried again."""

    def __init__(self, store: Store, channel: Channel, now: Clock) -> None:
        """Carry from `store` to `channel`."""
        self._store, self._channel, self._now = store, channel, now
        #: Messages not to be tried before an instant, and how long they wait the next time.
        self._waiting: dict[str, tuple[int, int]] = {}
        self._closed_until, self._pause = 0, _SOON

    def deliver(self, is_interrupted: Callable[[], bool] = lambda: False) -> Delivered:
        """Deliver all that waits, at least one batch, until nothing is left or something else is due.

        Raises `StoreError` when the database cannot be used.
        """
        sent, failures, passed = 0, list[Failed](), set[str]()
        while self._closed_until <= self._now():
            limit = LOOK + len(passed) + len(self._waiting)
            chosen = self._chosen(passed, limit)
            if not chosen:
                break
            passed |= {key_of(notice) for notice in chosen}
            done, refused = self._together(chosen, limit)
            for failure in done.failures:
                self._put_back(failure.key)
            if refused and not done.sent:
                self._closed_until, self._pause = self._now() + self._pause, min(2 * self._pause, _LATEST)
            elif done.sent:
                self._pause = _SOON
            sent, failures = sent + done.sent, failures + done.failures
            if is_interrupted():
                break
        return Delivered(sent, failures)

    def _chosen(self, passed: set[str], limit: int) -> list[Undelivered]:
        """Choose the oldest that were not tried just now: neither in this round nor in vain before."""
        at = self._now()
        # one that was to be tried long ago was delivered by somebody else
        self._waiting = {key: one for key, one in self._waiting.items() if one[0] + _LATEST > at}
        left_out = passed | {key for key, (until, _) in self._waiting.items() if until > at}
        with self._store.reading() as look:
            waiting = look.undelivered(limit)
        return [notice for notice in waiting if key_of(notice) not in left_out][:BATCH]

    def _put_back(self, key: str) -> None:
        _, wait = self._waiting.get(key, (0, _SOON))
        self._waiting[key] = self._now() + wait, min(2 * wait, _LATEST)

    def _together(self, chosen: Sequence[Undelivered], limit: int) -> tuple[Delivered, int]:
        """Deliver some in one transaction; gives too how many the channel refused.

        What another worker holds or has delivered meanwhile is left out.
        """
        taken, failures, refused = list[Undelivered](), list[Failed](), 0
        with self._store.claiming(sorted({notice.code for notice in chosen})) as tx:
            for notice in _still(tx, chosen, limit):
                try:
                    message = compose(tx, notice)
                except (IncidentError, ValueError, LookupError) as error:
                    failures.append(Failed(key_of(notice), error))
                    continue
                try:
                    self._channel(message)
                except Exception as error:  # noqa: BLE001 - whatever a channel does wrong, others go on
                    failures.append(Failed(message.key, error))
                    refused += 1
                else:
                    taken.append(notice)
            tx.delivered(taken, self._now())
            tx.commit()
        for notice in taken:
            self._waiting.pop(key_of(notice), None)
        return Delivered(len(taken), failures), refused


def _still(tx: Writing, chosen: Sequence[Undelivered], limit: int) -> list[Undelivered]:
    """Give those that wait still, in the places that are locked now."""
    held = {*tx.codes_held}
    ours = {key_of(notice) for notice in chosen if notice.code in held}
    return [notice for notice in tx.undelivered(limit) if key_of(notice) in ours] if ours else []


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
        seq=notice.seq,
        at=at,
        shown_at=clock.shown(at, "UTC" if playbook is None else playbook.jurisdiction.zone),
        sentences=[_sentence(playbook, entry.facts[n]) for n in notice.facts],
    )


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
