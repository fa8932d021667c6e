"""Acts that are no steps of the playbook: a report is filed, a directive issued, a planned end moved.

The same transaction as for an event (`handle.py`), for acts whose facts are found by a function of their own:

    lock the jurisdiction → seen before? → carry out what is due → facts → append to the journal → commit

What cannot be understood or may not be is an error, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from incident import __version__
from incident.domain import clock, journal
from incident.domain.effects import notices
from incident.domain.facts import AnyFact
from incident.domain.journal import Came, Entry
from incident.domain.people import Person
from incident.domain.playbook import Playbook
from incident.domain.request import find_basis
from incident.domain.situation import Situation, Standing
from incident.domain.timer import Timer
from incident.service import going
from incident.service.follow import follow
from incident.service.handle import Outcome, adopted, another_act, must_be_version
from incident.service.opened import disclosed, read_entry, with_disclosures
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.record import Seals, frame_of, to_record
from incident.service.tick import catch_up
from incident.service.who import Origin
from incident.service.words import must_be_kept


class Act(Struct, frozen=True, kw_only=True):
    """What somebody does, and what is said with it. All words are sealed: they may name people."""

    #: What is done; its own kind of `came`.
    verb: str
    origin: Origin
    #: What was said, by name.
    words: Mapping[str, str] = {}
    #: What the program itself wrote for it, by name; sealed too, and another one does not make another act.
    drawn: Mapping[str, str] = {}
    #: Who decided, where somebody has to; a key of the playbook, and what was typed for it.
    authority: str | None = None
    decided_by: str | None = None
    basis: str | None = None
    reason: str | None = None
    #: Until when it is asked for.
    until: int | None = None
    #: SHA-256 in hex and bytes of what came with it.
    attachments: Sequence[tuple[str, bytes]] = ()
    #: People as they are from then on.
    people: Sequence[Person] = ()
    #: What goes with the bodies that are dropped.
    bodies: going.Bodies | None = None
    #: Tells whether an entry of the same verb and identity records this very act, as far as it can be read.
    is_same: Callable[[Playbook, Entry], bool] = lambda _playbook, _entry: True


class View(NamedTuple):
    """What an act is decided on."""

    tx: Reading
    playbook: Playbook
    situation: Situation
    standing: Standing
    timers: list[Timer]
    at: int


def act(
    store: Store,
    code: str,
    doing: Act,
    find: Callable[[View], list[AnyFact]],
    *,
    now: Clock,
    chance: Chance,
    node: str | None = None,
) -> Outcome:
    """Do it, in one transaction; the same identity a second time is answered from the record.

    Raises `RequestError` for words that are no text and what `find` raises, `Conflict` when the identity
    stands for another act, and `Moved` when something was recorded since `origin.version`.
    """
    must_be_kept(_said(doing), doing.origin.source, doing.origin.id)
    with store.writing(code) as tx:
        log = adopted(tx, code)
        before = tx.answered(code, doing.origin.source, doing.origin.id)
        if before is not None:
            return _repeat(tx, log.situation, read_entry(code, before), doing)
        must_be_version(log.situation, doing.origin.version)
        at = now()
        log = catch_up(tx, log, at, node)
        situation = log.situation
        playbook = tx.playbook(code, situation.playbook)
        frame = frame_of(tx, code)
        view = View(tx, playbook, situation, frame.standing, frame.timers, at)
        facts, newest = follow(
            tx, playbook, frame.standing, find(view), seq=situation.version, at=at, people=doing.people
        )
        seals = Seals(chance)
        entry = _entry(playbook, situation, doing, facts, at, seals)
        record = to_record(
            log,
            entry,
            frame._replace(duties=newest),
            disclosures=seals.disclosures,
            effects=notices(facts),
            attachments=doing.attachments,
            people=doing.people,
            gone=going.gone(tx, code, facts, doing.bodies),
        )
        tx.write([record])
        tx.commit()
    return Outcome(entry=entry, situation=record.after, playbook=playbook)


def _said(doing: Act) -> Iterator[str | None]:
    """Give all that is said with an act; what the program wrote for it is as long as it has to be."""
    yield from doing.words.values()
    yield from (doing.decided_by, doing.basis, doing.reason, *doing.origin.who.said())


def _repeat(tx: Reading, situation: Situation, entry: Entry, doing: Act) -> Outcome:
    playbook = tx.playbook(entry.jurisdiction, entry.playbook)
    is_same = entry.verb == doing.verb and doing.is_same(playbook, entry)
    if not (is_same and _is_said_again(tx, entry, doing)):
        raise another_act(doing.origin.source, doing.origin.id, entry, None if is_same else doing.verb)
    return Outcome(entry=entry, situation=situation, playbook=playbook, repeated=True)


def _is_said_again(tx: Reading, entry: Entry, doing: Act) -> bool:
    """Tell whether the words are those of the entry; what was erased cannot be compared.

    Of a file its SHA-256 is a word, so its bytes count too.
    """
    data = {} if entry.came is None else entry.came.data
    if data.keys() != {*doing.words, *doing.drawn}:
        return False
    _stored, remaining = next(with_disclosures(tx, entry.jurisdiction, since=entry.seq))
    words = {f"data.{name}": text for name, text in doing.words.items()}
    return all(words.get(name, text) == text for name, text in disclosed(entry, remaining).items())


def _entry(
    playbook: Playbook, situation: Situation, doing: Act, facts: list[AnyFact], at: int, seals: Seals
) -> Entry:
    return Entry(
        v=journal.FORMAT,
        program=__version__,
        jurisdiction=situation.jurisdiction,
        seq=situation.version,
        at=clock.stamp(at),
        until=None if doing.until is None else clock.stamp(doing.until),
        playbook=situation.playbook,
        came=Came(
            id=doing.origin.id,
            source=doing.origin.source,
            type=doing.verb,
            time=clock.stamp(at),
            data={
                name: seals.must_seal(f"data.{name}", words)
                for name, words in {**doing.words, **doing.drawn}.items()
            },
        ),
        verb=doing.verb,
        authority=doing.authority,
        decided_by=seals.seal("decided_by", doing.decided_by),
        basis=seals.seal("basis", doing.basis),
        basis_ref=find_basis(playbook, doing.basis),
        reason=seals.seal("reason", doing.reason),
        actor=doing.origin.who.actor,
        by=seals.seal("by", doing.origin.who.by),
        os_user=seals.seal("os_user", doing.origin.who.os_user),
        incident=situation.incident,
        facts=facts,
    )
