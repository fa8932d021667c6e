"""What must be true once all is over, whatever was killed: everything came, each thing once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from incident.domain import clock
from incident.domain.facts import AnyFact, TimerEnded
from incident.domain.timer import Timer
from incident.service.account import account
from incident.service.opened import read_entry
from incident.service.ports import Reading
from incident.service.verify import verify
from incident.store.sql import SqlStore
from incident.store.tables import outbox
from tests.chaos.town import Promised, Town, must_end, still_open

_FOR_EVER = 2**40


def is_done(store: SqlStore, at: int, *, delivers: bool = True) -> bool:
    """Tell whether all that was due by an instant is carried out, and all messages handed on."""
    if int(time.time()) < at:
        return False
    with store.reading() as tx:
        return not tx.due_codes(at, 1) and not (delivers and tx.undelivered(1))


def must_have_come_once(store: SqlStore, wanted: Iterable[Town]) -> int:
    """Hold towns that nobody touched against what arithmetic says; gives how many times came."""
    came = 0
    for town in wanted:
        with store.reading() as tx:
            rows = tx.timers(town.code, since=0, until=_FOR_EVER)
        ended = [row for row in rows if row.end is not None]
        expected = must_end(town)
        assert Counter(map(_promised, ended)) == Counter(expected.keys()), town
        for row in ended:
            assert row.end in expected[_promised(row)], row
        assert {_promised(row) for row in rows if row.end is None} == still_open(town), town
        came += len(ended)
    return came


def must_hold(store: SqlStore, codes: Iterable[str], nodes: set[str]) -> int:
    """Hold the record of some places against itself; gives how many times ended."""
    ends = 0
    now = int(time.time())
    for code in codes:
        with store.reading() as tx:
            assert verify(tx, code).replayed
            accounted = account(tx, code, since=0, until=now + 1, at=now)
            assert accounted.is_balanced, (code, accounted.faults)
            ends += _one_end_one_fact(tx, code, nodes)
            _told_once(tx, code)
    return ends


def _one_end_one_fact(tx: Reading, code: str, nodes: set[str]) -> int:
    """Hold rows that ended against the facts of the journal: one fact in one entry for each."""
    rows = tx.timers(code, since=0, until=_FOR_EVER)
    carried_out = [row for row in rows if row.end is not None and row.end != "cancelled"]
    facts = [(fact, seq, node) for fact, seq, node in _facts(tx, code) if isinstance(fact, TimerEnded)]
    of_rows = Counter((_promised(row), row.end, row.ended, row.node) for row in carried_out)
    of_facts = Counter((_of_fact(fact), fact.end, seq, node) for fact, seq, node in facts)
    assert of_rows == of_facts, code
    assert max(of_facts.values(), default=1) == 1, code
    twice = [one for one, n in Counter(_of_fact(fact) for fact, _, _ in facts).items() if n > 1]
    assert not twice, (code, twice)
    # a request of a person carries out what is due itself, and then no node stands there
    assert {node for _, _, node in facts} <= nodes | {None}, code
    return len(carried_out)


def _told_once(tx: Reading, code: str) -> None:
    """Make sure that nobody is told the same twice."""
    facts = {(seq, n): fact for seq, n, fact in _numbered(tx, code)}
    told = Counter(
        (receiver, _of_fact(fact))
        for seq, _n, receiver, numbers, _at in tx.notices(code)
        for n in msgspec.json.decode(numbers, type=list[int])
        if isinstance(fact := facts[seq, n], TimerEnded)
    )
    assert max(told.values(), default=1) == 1, code


def must_be_delivered(store: SqlStore, messages: Path) -> int:
    """Hold the outbox against the files: each message is one, whole and no other; gives how many."""
    with store.reading() as tx:
        assert not tx.undelivered(1)
        keys = {f"{code}-{seq:06}-{n}" for code, _name in tx.codes() for seq, n, *_ in tx.notices(code)}
    with store._engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
    files = {path.stem: path for path in messages.glob("[!.]*.txt")}
    assert rows == len(keys)
    assert files.keys() == keys
    for key, path in files.items():
        assert path.read_text(encoding="utf-8").rstrip().endswith(key), f"{path} is not whole"
    return len(keys)


def _facts(tx: Reading, code: str) -> Iterator[tuple[AnyFact, int, str | None]]:
    for stored in tx.entries(code):
        entry = read_entry(code, stored)
        yield from ((fact, entry.seq, entry.node) for fact in entry.facts)


def _numbered(tx: Reading, code: str) -> Iterator[tuple[int, int, AnyFact]]:
    for stored in tx.entries(code):
        entry = read_entry(code, stored)
        yield from ((entry.seq, n, fact) for n, fact in enumerate(entry.facts))


def _promised(row: Timer) -> Promised:
    return Promised(row.what, row.key, row.of, row.due, row.about, row.tier)


def _of_fact(fact: TimerEnded) -> Promised:
    due = clock.read_stamp(fact.due)
    about = due if fact.about is None else clock.read_stamp(fact.about)
    return Promised(fact.what, fact.key, fact.of, due, about, fact.tier)
