"""History read from its end: pages that fit together, and nothing twice or left out."""

from __future__ import annotations

import pytest

from incident.domain.errors import RequestError
from incident.domain.facts import ItemStarted
from incident.language import in_each
from incident.service.history import EVERYTHING, Wanted, history
from incident.service.history_pages import page
from incident.service.past import after, as_of
from incident.service.ports import LAST
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from tests.playbooks import CODE, HOUR
from tests.service.story import DECIDER, OFFICER, begin, tell, whole_night


@pytest.fixture
def long(memory: MemoryStore, clock: FakeClock) -> MemoryStore:
    """A night of five entries, then two hundred refusals, a minute apart."""
    whole_night(memory, clock)
    for n in range(200):
        clock.after(minutes=1)
        tell(memory, "ordered", id=f"refused {n}", authority="task_force", now=clock)
    return memory


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def seqs(
    store: MemoryStore, wanted: Wanted = EVERYTHING, *, most: int = 7, looked: int = 10**6
) -> list[list[int]]:
    """Turn all pages, and give the entries of each."""
    found, before = list[list[int]](), LAST
    with store.reading() as tx:
        while True:
            one = page(tx, CODE, wanted, before=before, most=most, spoken=in_each, looked=looked)
            found.append([lines[0].seq for lines in one.entries])
            if one.further is None:
                return found
            before = one.further


def test_pages_are_the_history_from_its_end(long: MemoryStore) -> None:
    pages = seqs(long)
    assert [len(one) for one in pages[:-1]] == [7] * (205 // 7)
    assert [seq for one in pages for seq in one] == [*range(204, -1, -1)]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(kinds=("StateEntered", "IncidentClosed")),
        Wanted(incident="2026-001"),
        Wanted(actor=OFFICER),
        Wanted(text="confirmed"),
        Wanted(authority=DECIDER),
        Wanted(authority="command"),
        Wanted(since=FakeClock().at + HOUR, until=FakeClock().at + 2 * HOUR),
        Wanted(since=FakeClock().at + 10**9),
    ],
)
def test_what_is_wanted_is_the_same_in_pages_as_in_order(long: MemoryStore, wanted: Wanted) -> None:
    with long.reading() as tx:
        in_order = list(dict.fromkeys(line.seq for line in history(tx, CODE, wanted, in_each)))
    assert [seq for one in seqs(long, wanted) for seq in one] == in_order[::-1]


def test_what_is_recorded_meanwhile_moves_no_page(long: MemoryStore, clock: FakeClock) -> None:
    with long.reading() as tx:
        first = page(tx, CODE, EVERYTHING, most=3)
    tell(long, "ordered", id="later", authority="task_force", now=clock)
    assert first.further == 202
    with long.reading() as tx:
        following = page(tx, CODE, EVERYTHING, before=first.further, most=3)
    assert [lines[0].seq for lines in following.entries] == [201, 200, 199]


def test_page_that_looked_long_enough_says_where_to_go_on(long: MemoryStore) -> None:
    pages = seqs(long, Wanted(kinds=("IncidentOpened",)), looked=100)
    assert pages == [[], [], [2]]


def test_incident_that_never_was_is_refused_on_the_first_page(long: MemoryStore) -> None:
    never = Wanted(incident="2026-009")
    with long.reading() as tx:
        with pytest.raises(RequestError, match="2026-001"):
            page(tx, CODE, never, most=5)
        # further back nothing is found, and nobody is told that it never was
        assert page(tx, CODE, never, before=100, most=5).entries == []


def test_known_incident_without_such_a_fact_is_an_empty_page(long: MemoryStore) -> None:
    assert seqs(long, Wanted(incident="2026-001", kinds=("ReportFiled",))) == [[]]


def test_facts_are_found_by_the_clause_they_rest_on(long: MemoryStore) -> None:
    with long.reading() as tx:
        started = [line.fact for line in history(tx, CODE) if isinstance(line.fact, ItemStarted)]
        clauses = {fact.source for fact in started if fact.source is not None}
        assert clauses
        for clause in clauses:
            found = [*history(tx, CODE, Wanted(clause=clause))]
            assert found
            assert len(found) < len([*history(tx, CODE)])
        assert [*history(tx, CODE, Wanted(clause="九十九"))] == []


def test_right_after_each_entry_is_what_was_then(memory: MemoryStore, clock: FakeClock) -> None:
    begin(memory, now=clock)
    for n in range(3):
        clock.after(minutes=5)
        tell(memory, "ordered", id=f"refused {n}", authority="task_force", now=clock)
    with memory.reading() as tx:
        for seq in range(4):
            found = after(tx, CODE, seq)
            assert (found.cut.size, found.cut.astray) == (seq + 1, 0)
            assert found.situation == as_of(tx, CODE, found.at).situation


@pytest.mark.parametrize("seq", [-1, 4, 99])
def test_after_no_entry_nothing_was(memory: MemoryStore, clock: FakeClock, seq: int) -> None:
    begin(memory, now=clock)
    with memory.reading() as tx, pytest.raises(RequestError, match=str(seq)):
        after(tx, CODE, seq)
