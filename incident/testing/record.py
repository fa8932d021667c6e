"""What holds of every record that may be written: its parts say the same, and follow from what is stored."""

from __future__ import annotations

from incident.domain import clock, journal, playbook
from incident.domain.journal import Entry
from incident.domain.situation import evolve
from incident.service.ports import Log, Record


def check_record(code: str, log: Log | None, record: Record) -> None:
    """Assert that a record is the one that follows `log` in the journal of `code`."""
    entry = journal.decode(record.body)
    before = None if log is None else log.situation
    seq = 0 if log is None else log.situation.version
    assert journal.encode(entry) == record.body, "expected canonical bytes"
    assert entry.jurisdiction == record.after.jurisdiction == code, f"expected a record of {code}"
    assert entry.seq == seq, f"expected entry {seq}, got {entry.seq}"
    assert record.before == before, f"expected to follow {before}, got {record.before}"
    assert entry.facts == list(record.facts), "expected the facts of the entry"
    after = evolve(before, code, record.at, record.facts)
    assert record.after == after, f"expected {after}, got {record.after}"
    _check_tree(seq, [] if log is None else log.peaks, record)
    _check_found_by(entry, record)
    _check_disclosures(entry, record)
    if record.playbook is not None:
        digest, body = record.playbook
        assert playbook.digest(body) == digest, "expected the hash of the playbook's bytes"


def _check_tree(seq: int, peaks: list[bytes], record: Record) -> None:
    assert record.leaf == journal.leaf_hash(record.body), "expected the leaf of the entry's bytes"
    assert record.peaks == journal.append(seq, peaks, record.leaf), "expected the tree one leaf larger"


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
