"""A notice in words: what a message says, to whom, and how it is known again when it comes twice.

What a message says is made from the facts of its entry: nothing that an entry seals is in it. A message may
come late. So what stands when it is made is looked at too: nobody is asked for an answer that is not waited
for, and where the state was left since, that is said first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from incident.domain import callout, clock, explain, names
from incident.domain.checkpoint import format_line, line_of
from incident.domain.effects import SUPERIOR
from incident.domain.errors import IncidentError, JournalError
from incident.domain.fact_names import kind_of
from incident.domain.facts import AnyFact, ItemStarted, StateEntered, TimerEnded
from incident.domain.journal import Entry
from incident.domain.organisation import Text
from incident.domain.playbook import ACTIVATOR, EACH_GROUP, Playbook, StandingGroup
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Standing
from incident.service.notices import Undelivered
from incident.service.opened import read_entry
from incident.service.outside import root_at
from incident.service.ports import Reading


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
    #: Kinds of the facts that are told.
    kinds: list[str] = []
    #: Entry of the call-out that waits for an answer; none when none is asked for.
    asks: int | None = None
    #: Parties for which the receiver is asked to answer: itself, or those in whose place it is asked.
    parties: list[str] = []
    #: Numbers of other notices of the entry that say the same: to one person they are one message.
    twins: list[int] = []


def key_of(notice: Undelivered) -> str:
    """Name a notice; the same for ever: `330681111-000012-0`."""
    return f"{notice.code}-{notice.seq:06}-{notice.n}"


class Composer:
    """Puts notices into words in one look; what several of them need is read once."""

    def __init__(self, tx: Reading) -> None:
        """Read from a look."""
        self._tx = tx
        #: By jurisdiction, the situation and what stands; by entry, itself and its notices.
        self._now: dict[str, tuple[Situation | None, Standing]] = {}
        self._entries: dict[tuple[str, int], tuple[Entry, list[_Told]]] = {}

    def compose(self, notice: Undelivered) -> Message:
        """Put a notice into words. Raises `JournalError` or `ValueError` when the record does not hold."""
        (entry, told), (now, standing) = self._entry(notice), self._there(notice.code)
        playbook = _playbook(self._tx, entry)
        at = clock.read_stamp(entry.at)
        asks, parties = _asks(playbook, standing, entry, notice.receiver, notice.facts)
        return Message(
            key=key_of(notice),
            code=notice.code,
            place=Text(zh="", en="") if playbook is None else playbook.jurisdiction.name,
            to=notice.receiver
            if playbook is None
            else _receiver(self._tx, playbook, now, standing, notice.receiver),
            ref=notice.receiver,
            seq=notice.seq,
            n=notice.n,
            at=at,
            shown_at=clock.shown(at, "UTC" if playbook is None else playbook.jurisdiction.zone),
            sentences=[
                *_changed_since(self._tx, now, entry),
                *(_sentence(playbook, entry.facts[n]) for n in notice.facts),
                *_witnessed(self._tx, entry),
            ],
            kinds=[kind_of(entry.facts[n]) for n in notice.facts],
            asks=callout.entry_of(asks) if parties else None,
            parties=parties,
            twins=[
                one.n
                for one in told
                if one.n != notice.n
                and one.facts == notice.facts
                and bool(_asks(playbook, standing, entry, one.receiver, notice.facts)[1]) == bool(parties)
            ],
        )

    def _there(self, code: str) -> tuple[Situation | None, Standing]:
        if code not in self._now:
            log = self._tx.log(code)
            self._now[code] = (None if log is None else log.situation, self._tx.standing(code))
        return self._now[code]

    def _entry(self, notice: Undelivered) -> tuple[Entry, list[_Told]]:
        place = notice.code, notice.seq
        if place not in self._entries:
            self._entries[place] = _entry(self._tx, notice), [*_told(self._tx, *place)]
        return self._entries[place]


class _Told(NamedTuple):
    """A notice of an entry: its number, whom it tells, and which facts."""

    n: int
    receiver: str
    facts: list[int]


def _told(tx: Reading, code: str, entry: int) -> Iterator[_Told]:
    for seq, n, receiver, facts, _at in tx.notices(code, since=entry):
        if seq != entry:
            break
        yield _Told(n, receiver, msgspec.json.decode(facts))


def _asks(
    playbook: Playbook | None, standing: Standing, entry: Entry, receiver: str, told: Sequence[int]
) -> tuple[str, list[str]]:
    """Give the call-out of a notice, and the parties that its receiver is still to answer for."""
    for fact in entry.facts:
        if (
            isinstance(fact, ItemStarted)
            and fact.kind == callout.CALLOUT
            and receiver in fact.after["waiting"]
        ):
            return fact.key, [one for one in _waiting(standing, fact.key) if one == receiver]
    for fact in (entry.facts[n] for n in told):
        if isinstance(fact, TimerEnded) and fact.what == "answer" and playbook is not None:
            waiting = _waiting(standing, fact.key)
            return fact.key, [one for one in waiting if _stands_in(playbook, receiver, one)]
    return "", []


def _waiting(standing: Standing, key: str) -> list[str]:
    """List the parties that a call-out still waits for; none when it is over."""
    stood = standing.get((callout.CALLOUT, key))
    return [] if stood is None else callout.read(stood.item).waiting


def _stands_in(playbook: Playbook, ref: str, party: str) -> bool:
    return any(ref in step for step in callout.in_place_of(playbook, party))


def _changed_since(tx: Reading, now: Situation | None, entry: Entry) -> list[Words]:
    """Say that another state was entered after an entry, if one was: its orders may hold no longer."""
    if now is None or now.epoch <= entry.seq:
        return []
    newest = next(tx.entries(now.jurisdiction, since=now.epoch), None)
    facts = [] if newest is None or not newest.body else read_entry(now.jurisdiction, newest).facts
    # the newest epoch may be that of another version of the playbook, in the same state
    is_left = any(isinstance(fact, StateEntered) for fact in facts)
    if not is_left and now.since <= clock.read_stamp(entry.at):
        return []
    return [
        say(
            "CHANGED SINCE: {state} since {time}; look: {command}",
            state=_state_name(tx, now),
            time=clock.minute(now.since, now.zone),
            command=f"incident status {now.jurisdiction}",
        )
    ]


def _witnessed(tx: Reading, entry: Entry) -> list[Words]:
    """Let all who are told of another state keep what the journal was then: as many witnesses as messages.

    Said by `incident journal verify` of any of them, years later.
    """
    if not any(isinstance(fact, StateEntered) for fact in entry.facts):
        return []
    code, size = entry.jurisdiction, entry.seq + 1
    try:
        root = root_at(tx, code, size)
    except IncidentError:
        return []
    return [say("Record: {line} (keep this)", line=format_line(line_of(code, size, root)))]


def _state_name(tx: Reading, now: Situation) -> Words:
    try:
        return explain.state_name(tx.playbook(now.jurisdiction, now.playbook), now.state)
    except IncidentError:
        return now.state


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


def _receiver(tx: Reading, playbook: Playbook, now: Situation | None, standing: Standing, ref: str) -> Words:
    """Say who is told: reserved words stand for somebody, a group may act as another."""
    authority = None if now is None else now.authority
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
