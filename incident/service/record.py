"""Putting an entry into a jurisdiction's record: what then stands, what is promised, and the journal's tree.

The one place where a fact becomes rows, whoever caused it: a person, a timer, a filing, an adoption.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from incident import __version__
from incident.domain import clock, journal, tree
from incident.domain.agenda import Agenda
from incident.domain.duty import Duties, Duty
from incident.domain.effects import Notice
from incident.domain.errors import JournalError, StoreError
from incident.domain.facts import AnyFact
from incident.domain.journal import Entry, Sealed
from incident.domain.people import Person
from incident.domain.say import say
from incident.domain.situation import Situation, Standing, evolve, stand
from incident.domain.timer import Timer
from incident.service.opened import UNFOUNDED
from incident.service.ports import NOTHING, Chance, Gone, Log, Reading, Record
from incident.service.snapshots import replayed

_SALT_BYTES = 16


class Frame(NamedTuple):
    """What an entry can move: the open timers and what stands, all of it or the part concerned."""

    timers: list[Timer]
    standing: Standing
    #: The newest shift of each roster; needed by an entry that assigns duty.
    duties: Sequence[Duty] = ()


def frame_of(tx: Reading, code: str) -> Frame:
    """Give all that an entry of a jurisdiction can move, but duty.

    Rows that cannot be read keep nobody from acting: then it is what the journal gives. Raises `JournalError`
    when that does not hold either.
    """
    try:
        return Frame(tx.open_timers(code), tx.standing(code))
    except (JournalError, StoreError):
        replay = replayed(tx, code)
        return Frame(replay.open_timers(), replay.standing)


class Seals:
    """Seals values and collects their disclosures."""

    def __init__(self, chance: Chance) -> None:
        """Draw salts from `chance`."""
        self._chance = chance
        self.disclosures: dict[str, str] = {}

    def seal(self, name: str, value: str | None) -> Sealed | None:
        """Seal a value under `name`; nothing stays nothing."""
        return None if value is None else self.must_seal(name, value)

    def must_seal(self, name: str, value: str) -> Sealed:
        """Seal a value that is there."""
        sealed, self.disclosures[name] = journal.seal(name, value, self._chance(_SALT_BYTES))
        return sealed


def by_itself(log: Log, facts: list[AnyFact], *, at: int, node: str | None) -> Entry:
    """Give the next entry of a journal, of what the program does itself: nobody pressed."""
    situation = log.situation
    return Entry(
        v=journal.FORMAT,
        program=__version__,
        jurisdiction=situation.jurisdiction,
        seq=situation.version,
        at=clock.stamp(at),
        playbook=situation.playbook,
        actor="system",
        node=node,
        incident=situation.incident,
        facts=facts,
    )


def to_record(
    log: Log | None,
    entry: Entry,
    frame: Frame,
    *,
    disclosures: dict[str, str] | None = None,
    effects: Sequence[Notice] = (),
    playbook: tuple[str, bytes] | None = None,
    attachments: Sequence[tuple[str, bytes]] = (),
    people: Sequence[Person] = (),
    gone: Gone = NOTHING,
) -> Record:
    """Gather all that has to be written with an entry. `frame` is used up.

    Raises `StoreError` when the entry does not follow from what is stored.
    """
    at = clock.read_stamp(entry.at)
    before = None if log is None else log.situation
    after, agenda, duties = _followed(entry, before, frame)
    body = journal.encode(entry)
    leaf = tree.leaf_hash(body)
    peaks = [] if log is None else log.peaks
    nodes = tree.completed(entry.seq, peaks, leaf)
    return Record(
        before=before,
        after=after,
        peaks=tree.grown(peaks, leaf, nodes),
        body=body,
        leaf=leaf,
        nodes=b"".join(nodes),
        at=at,
        came=None if entry.came is None else (entry.came.source, entry.came.id),
        disclosures=disclosures or {},
        facts=entry.facts,
        effects=effects,
        timers=agenda.settled(),
        closings=agenda.closings,
        attachments=attachments,
        playbook=playbook,
        duties=duties,
        people=people,
        gone=gone,
    )


def _followed(entry: Entry, before: Situation | None, frame: Frame) -> tuple[Situation, Agenda, list[Duty]]:
    """Carry an entry into the situation, what stands, what is promised, and who is on duty."""
    agenda, duties = Agenda(frame.timers), Duties(frame.duties)
    try:
        after = evolve(before, entry.jurisdiction, clock.read_stamp(entry.at), entry.facts)
        stand(frame.standing, entry.seq, entry.facts)
        agenda.follow(entry, before, after, frame.standing)
        duties.follow(entry)
    except UNFOUNDED as error:
        raise StoreError(
            where=entry.jurisdiction,
            expected=say("what stands as the journal says"),
            found=str(error) or repr(error),
            do=say("run: incident journal verify"),
        ) from error
    return after, agenda, duties.settled()


def log_after(record: Record) -> Log:
    """Give the log as it is once a record is written."""
    return Log(record.after, record.peaks)
