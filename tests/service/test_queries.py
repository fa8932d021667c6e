"""What is asked of the record: which town, where it stands, where it stood, what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from incident.domain import facts as said
from incident.domain.errors import JournalError, RequestError
from incident.domain.playbook import Playbook
from incident.domain.posture import posture
from incident.domain.situation import Situation, Standing
from incident.service import queries
from incident.service.history import Wanted, history
from incident.service.past import as_of
from incident.service.ports import Store
from incident.store.sql import SqlStore
from incident.testing import FakeClock, MemoryStore
from incident.testing.samples import log_of
from tests.playbooks import BAISHI, CODE, HOUR, NIGHT, ask
from tests.service.attacks import flip, run
from tests.service.story import LOCAL, OFFICER, activate, begin, night, tell, version, whole_night
from tests.service.test_adopt import NEXT


def test_jurisdiction_is_found_by_code_or_name(memory: MemoryStore) -> None:
    begin(memory)
    with memory.reading() as tx:
        assert [queries.find_jurisdiction(tx, words) for words in (CODE, "baishi")] == [CODE, CODE]


@pytest.mark.parametrize(
    ("words", "help_given"), [("baishy", "did you mean `baishi`?"), ("x", "incident adopt PLAYBOOK")]
)
def test_jurisdiction_that_is_not_known_is_refused_with_help(
    memory: MemoryStore, words: str, help_given: str
) -> None:
    with memory.reading() as tx, pytest.raises(RequestError, match="none is adopted yet"):
        queries.find_jurisdiction(tx, words)
    begin(memory)
    with memory.reading() as tx, pytest.raises(RequestError) as caught:
        queries.find_jurisdiction(tx, words)
    assert f"baishi {CODE}" in str(caught.value)
    assert help_given in str(caught.value)


def test_of_very_many_jurisdictions_some_are_listed(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(memory)
    monkeypatch.setattr(queries, "_SOME", 0)
    with memory.reading() as tx, pytest.raises(RequestError, match="jurisdiction; 1 more; `x`"):
        queries.find_jurisdiction(tx, "x")


def test_preview_shows_and_changes_nothing(memory: MemoryStore) -> None:
    begin(memory)
    with memory.reading() as tx:
        decision = queries.preview(tx, CODE, ask("positive", fields=LOCAL), now=night)

    assert decision.plan is not None
    assert decision.plan.target == "emergency"
    assert version(memory) == 1


Moment = tuple[int, Situation, Standing, Playbook]


def live_through(store: Store) -> Iterator[Moment]:
    """Tell a night in which every kind of thing happens, an hour each; give what is so after each."""
    now = FakeClock()
    story: list[Callable[[], object]] = [
        lambda: begin(store, now=now),
        lambda: tell(store, "ordered", id="1", authority="task_force", now=now),
        lambda: begin(store, NEXT, now=now),
        lambda: tell(store, "ordered", id="2", now=now),
        lambda: activate(store, id="3", now=now),
        lambda: tell(store, "positive", id="4", fields=LOCAL, now=now),
        lambda: tell(store, "ruled_out", id="5", now=now),
        lambda: activate(store, id="6", until=NIGHT + 99 * HOUR, now=now),
        lambda: tell(store, "lifted", id="7", verb="stand_down", now=now),
        lambda: begin(store, BAISHI, now=now),
        lambda: activate(store, id="8", now=now),
    ]
    for happen in story:
        happen()
        with store.reading() as tx:
            situation = log_of(tx, CODE).situation
            yield now.at, situation, tx.standing(CODE), tx.playbook(CODE, situation.playbook)
        now.after(hours=1)


@pytest.mark.parametrize("store_name", ["memory", "sqlite_store", "postgres_store"])
def test_status_at_any_time_is_what_it_was_then(store_name: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(store_name)
    moments = list(live_through(store))
    # and what fell due at 08:00, and half an hour after it, is carried out before the requests of those hours
    assert len(moments) + 2 == moments[-1][1].version == 13

    with store.reading() as tx:
        for (at, situation, standing, plan), (following, *_) in pairwise(
            [*moments, (moments[-1][0] + 1, *moments[-1][1:])]
        ):
            for moment in (at, following - 1):
                then = queries.status(tx, CODE, as_of(tx, CODE, moment))
                assert (then.situation, then.standing, then.playbook) == (situation, standing, plan)
                assert standing.keys() == posture(plan.states[situation.state]).keys()


def test_status_now_is_what_is_stored(memory: MemoryStore) -> None:
    *_, (_, situation, standing, plan) = live_through(memory)
    with memory.reading() as tx:
        now = queries.status(tx, CODE)
        later = queries.status(tx, CODE, as_of(tx, CODE, NIGHT + 10**8))

    assert (now.situation, now.standing, now.playbook) == (situation, standing, plan)
    assert later == now


def test_status_before_adoption_is_refused(memory: MemoryStore) -> None:
    begin(memory)
    with memory.reading() as tx, pytest.raises(RequestError, match=f"a time since {CODE} was adopted"):
        queries.status(tx, CODE, as_of(tx, CODE, NIGHT - 1))


def test_town_that_is_not_adopted_has_neither_status_nor_history(memory: MemoryStore) -> None:
    with memory.reading() as tx:
        for ask_for in (lambda: queries.status(tx, CODE), lambda: list(history(tx, CODE))):
            with pytest.raises(RequestError):
                ask_for()


def test_history_tells_every_fact_in_order(memory: MemoryStore) -> None:
    whole_night(memory)
    with memory.reading() as tx:
        lines = list(history(tx, CODE))

    assert [line.seq for line in lines] == sorted(line.seq for line in lines)
    assert [len([line for line in lines if line.seq == seq]) for seq in (1, 3)] == [1, 1]
    kinds = [line.kind for line in lines if line.seq == 2]
    assert kinds[:3] == ["IncidentOpened", "StateEntered", "BodyActivated"]
    assert {"GroupConverted", "SeatsCollided"} <= set(kinds)
    assert {line.by for line in lines} == {OFFICER}
    assert {line.incident for line in lines} == {None, f"{CODE}-2026-001"}
    assert {line.playbook.playbook for line in lines} == {"baishi"}
    refused = next(line for line in lines if line.seq == 1)
    assert refused.data() == {"rule": "authority", "who_may_decide": ["command", "county"]}
    assert isinstance(refused.fact, said.RequestRefused)


def test_history_is_filtered_by_time_and_kind(memory: MemoryStore) -> None:
    list(live_through(memory))

    def seqs(**words: Any) -> list[int]:
        with memory.reading() as tx:
            found = [line.seq for line in history(tx, CODE, Wanted(**words))]
        return sorted(set(found))

    assert seqs() == list(range(13))
    assert seqs(since=NIGHT + 9 * HOUR) == [11, 12]
    assert seqs(since=NIGHT + 9 * HOUR + 1) == [12]
    assert seqs(until=NIGHT) == []
    assert seqs(until=NIGHT + 1) == [0]
    assert seqs(since=NIGHT + HOUR, until=NIGHT + 3 * HOUR) == [1, 2]
    assert seqs(kinds=["IncidentOpened"]) == [3, 12]
    assert seqs(kinds=["GroupReverted"], since=NIGHT + 7 * HOUR) == [10]
    assert seqs(kinds=["HandoverCame"]) == seqs(kinds=["ReportMissed"]) == [6]
    assert seqs(kinds=["Nothing"]) == []


def test_each_line_is_told_under_the_playbook_of_its_time(memory: MemoryStore) -> None:
    list(live_through(memory))
    with memory.reading() as tx:
        governed = {line.seq: line.playbook for line in history(tx, CODE)}

    assert [governed[seq] == NEXT for seq in range(13)] == [False] * 2 + [True] * 9 + [False] * 2


def test_what_was_erased_is_left_out(sqlite_store: SqlStore) -> None:
    whole_night(sqlite_store)
    with sqlite_store._engine.connect() as connection:
        connection.exec_driver_sql("DELETE FROM disclosure WHERE seq = 2 AND name IN ('by', 'data.remark')")
    with sqlite_store.reading() as tx:
        line = next(line for line in history(tx, CODE) if line.seq == 2)

    assert line.by is None
    assert line.disclosed.keys() == {"basis", "reason", "decided_by"}
    assert line.entry.by is not None


def test_record_that_does_not_hold_is_no_answer(sqlite_store: SqlStore) -> None:
    """Whoever reads a journal that was changed is told so, with the entry."""
    whole_night(sqlite_store)
    with sqlite_store._engine.connect() as connection:
        for trigger in ("entry_no_update", "entry_in_order"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        run("UPDATE disclosure SET text = 'x' WHERE seq = 1 AND name = 'by'")(connection)
    with sqlite_store.reading() as tx, pytest.raises(JournalError) as caught:
        list(history(tx, CODE))
    assert caught.value.seq == 1

    with sqlite_store._engine.connect() as connection:
        flip("entry", "body", 0)(connection)
    with sqlite_store.reading() as tx:
        for read in (
            lambda: list(history(tx, CODE, Wanted(since=0))),
            lambda: queries.status(tx, CODE, as_of(tx, CODE, NIGHT)),
        ):
            with pytest.raises(JournalError):
                read()
    with pytest.raises(JournalError) as caught:
        activate(sqlite_store, id="activated")
    assert caught.value.seq == 2
