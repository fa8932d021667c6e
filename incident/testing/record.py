"""What holds of every record that may be written: its parts say the same, and follow from what is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from incident.domain import clock, journal, playbook, tree
from incident.domain.agenda import Agenda
from incident.domain.duty import Duties, Duty
from incident.domain.journal import Entry
from incident.domain.situation import Standing, evolve
from incident.domain.timer import Timer
from incident.service.ports import Log, Record


def check_record(
    code: str,
    log: Log | None,
    timers: Iterable[Timer],
    after: Standing,
    record: Record,
    *,
    newest: Iterable[Duty] = (),
) -> None:
    """Assert that a record is the one that follows `log` in the journal of `code`.

    `timers` are all that are open before it, `newest` the newest shift of each roster; `after` is what stands
    once it is written.
    """
    entry = journal.decode(record.body)
    before = None if log is None else log.situation
    seq = 0 if log is None else log.situation.version
    assert journal.encode(entry) == record.body, "expected canonical bytes"
    assert entry.jurisdiction == record.after.jurisdiction == code, f"expected a record of {code}"
    assert entry.seq == seq, f"expected entry {seq}, got {entry.seq}"
    assert record.before == before, f"expected to follow {before}, got {record.before}"
    assert entry.facts == list(record.facts), "expected the facts of the entry"
    following = evolve(before, code, record.at, record.facts)
    assert record.after == following, f"expected {following}, got {record.after}"
    _check_tree(seq, [] if log is None else log.peaks, record)
    _check_found_by(entry, record)
    _check_disclosures(entry, record)
    _check_times(entry, timers, after, record)
    _check_duties(entry, newest, record)
    for digest, body in record.attachments:
        assert hashlib.sha256(body).hexdigest() == digest, "expected the hash of the attachment's bytes"
    if record.playbook is not None:
        digest, body = record.playbook
        assert playbook.digest(body) == digest, "expected the hash of the playbook's bytes"


def _check_tree(seq: int, peaks: list[bytes], record: Record) -> None:
    assert record.leaf == tree.leaf_hash(record.body), "expected the leaf of the entry's bytes"
    assert record.peaks == tree.append(seq, peaks, record.leaf), "expected the tree one leaf larger"
    nodes = b"".join(tree.completed(seq, peaks, record.leaf))
    assert record.nodes == nodes, "expected the subtrees that the entry completes"


def _check_found_by(entry: Entry, record: Record) -> None:
    came = None if entry.came is None else (entry.came.source, entry.came.id)
    assert record.came == came, f"expected the event {came}, got {record.came}"
    assert clock.stamp(record.at) == entry.at, f"expected {entry.at}, got {clock.stamp(record.at)}"


def _check_disclosures(entry: Entry, record: Record) -> None:
    sealed = journal.sealed_parts(entry)
    assert sealed.keys() == record.disclosures.keys(), f"expected disclosures of {sorted(sealed)}"
    for name, disclosure in record.disclosures.items():
        assert journal.unseal(sealed[name], disclosure)[0] == name, f"expected `{name}`"
    for notice in record.effects:
        positions = range(len(entry.facts))
        assert all(at in positions for at in notice.facts), "expected notices of facts of the entry"


def _check_times(entry: Entry, timers: Iterable[Timer], standing: Standing, record: Record) -> None:
    """Hold timers and closings against what the entry makes of all that are open, as verifying will."""
    agenda = Agenda(timers)
    agenda.follow(entry, record.before, record.after, standing)
    expected = sorted(agenda.settled(), key=_place)
    given = sorted(record.timers, key=_place)
    assert given == expected, f"expected the timers {expected}, got {given}"
    assert list(record.closings) == agenda.closings, f"expected the closings {agenda.closings}"


def _check_duties(entry: Entry, newest: Iterable[Duty], record: Record) -> None:
    """Hold pieces of duty against what the entry makes of the newest shifts, as verifying will."""
    duties = Duties(newest)
    duties.follow(entry)
    expected = sorted(duties.settled(), key=_place)
    given = sorted(record.duties, key=_place)
    assert given == expected, f"expected the duty {expected}, got {given}"


def _place(one: Timer | Duty) -> tuple[int, int]:
    return one.seq, one.n
