"""What fails when it comes due: tried again, then held or set aside; it stalls nothing and nobody."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from incident.domain.errors import Conflict, StoreAway, StoreError
from incident.domain.facts import TimerEnded
from incident.service.ports import Record
from incident.service.tick import TRIES, Swept, take_up
from incident.store.sql import SqlStore
from incident.store.writing import SqlWriting
from incident.testing import MemoryStore
from incident.testing.samples import AT, HOUR
from tests.playbooks import CODE, DAY, NIGHT
from tests.service.story import activate, begin, verified
from tests.service.sweeping import MISSED, TOWNS, ends, run, spoil, town


def alter(store: SqlStore, statement: str) -> None:
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0, statement
        connection.commit()


# -- what fails


def test_timer_that_fails_is_tried_again_and_then_held_and_stalls_nothing(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    town(memory, *TOWNS)
    spoil(monkeypatch, "a")
    first = run(memory)

    assert (first.ended, first.entries) == (9, 5)
    assert [(one.code, one.timer and one.timer.key, one.tries) for one in first.failures] == [("2", "a", 1)]
    assert ends(memory, "2") == [("b", "fired", None)]
    assert run(memory, MISSED + 59) == Swept(0, 0, [])

    tried = [one for n in range(1, TRIES) for one in run(memory, MISSED + 60 * n).failures]
    assert [(one.tries, one.is_held) for one in tried] == [(2, False), (3, False), (4, False), (5, True)]
    assert all(isinstance(one.error, ZeroDivisionError) for one in (*first.failures, *tried))
    assert ends(memory, "2")[1:] == [("a", "held", "fault")]
    assert run(memory, MISSED + DAY // 8) == Swept(0, 0, [])
    with memory.reading() as tx:
        assert tx.set_aside() == []
        going_on = [timer.due for timer in tx.open_timers("2") if timer.key == "a"]
    assert going_on == [AT + 8 * HOUR], "one that was held does not end its series"


def test_several_that_fail_are_counted_each_for_itself(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    town(memory, *TOWNS)
    spoil(monkeypatch, "a", "b")
    for n in range(TRIES):
        failures = run(memory, MISSED + 60 * n, batch=1).failures
        assert [(one.timer and one.timer.key, one.tries) for one in failures] == [("a", n + 1), ("b", n + 1)]
    assert {end for _, end, _ in ends(memory, "2")} == {"held"}


def test_item_that_cannot_be_read_fails_its_own_timers_alone(sqlite_store: SqlStore) -> None:
    town(sqlite_store, *TOWNS)
    alter(sqlite_store, "UPDATE standing SET item = x'5B' WHERE jurisdiction = '2' AND key = 'a'")
    first = run(sqlite_store)

    assert (first.ended, first.entries) == (9, 5)
    assert [(one.code, one.timer and one.timer.key) for one in first.failures] == [("2", "a")]
    tried = [run(sqlite_store, MISSED + 60 * n).failures[0].is_held for n in range(1, TRIES)]
    assert tried == [False, False, False, True]
    with sqlite_store.reading() as tx:
        assert [(one.key, one.end) for _, one in tx.ended_timers("2")] == [("b", "fired")]
        assert [(code, one.key) for code, one in tx.set_aside()] == [("2", "a")]


def test_what_was_set_aside_is_tried_anew_when_a_worker_starts(sqlite_store: SqlStore) -> None:
    town(sqlite_store, *TOWNS)
    with sqlite_store.reading() as tx:
        item = msgspec.json.encode(tx.standing("2")["obligation", "a"].item).hex()
    alter(sqlite_store, "UPDATE standing SET item = x'5B' WHERE jurisdiction = '2' AND key = 'a'")
    for n in range(TRIES):
        run(sqlite_store, MISSED + 60 * n)
    alter(sqlite_store, f"UPDATE standing SET item = x'{item}' WHERE jurisdiction = '2' AND key = 'a'")

    assert run(sqlite_store, MISSED + HOUR) == Swept(0, 0, [])
    assert take_up(sqlite_store) == 1
    assert run(sqlite_store, MISSED + HOUR).ended == 1
    assert ends(sqlite_store, "2") == [("b", "fired", None), ("a", "fired_late", None)]
    assert take_up(sqlite_store) == 0


@pytest.mark.parametrize("batch", [1, 500])
def test_damaged_situation_stalls_no_other(sqlite_store: SqlStore, batch: int) -> None:
    town(sqlite_store, *TOWNS)
    alter(sqlite_store, "UPDATE situation SET version = 'many' WHERE jurisdiction = '2'")
    for n in range(TRIES):
        swept = run(sqlite_store, MISSED + 60 * n, batch=batch)
        assert swept.ended == (8 if n == 0 else 0)
        assert [(one.code, one.timer, one.tries) for one in swept.failures] == [("2", None, n + 1)]
        assert swept.failures[0].is_held == (n + 1 == TRIES)

    assert run(sqlite_store, MISSED + 2 * HOUR) == Swept(0, 0, [])
    with sqlite_store.reading() as tx:
        assert [(code, one.key) for code, one in tx.set_aside()] == [("2", "a"), ("2", "b")]


@pytest.mark.parametrize("batch", [1, 500])
def test_timers_whose_situation_is_gone_stall_no_other(sqlite_store: SqlStore, batch: int) -> None:
    town(sqlite_store, *TOWNS)
    alter(sqlite_store, "DELETE FROM situation WHERE jurisdiction = '1'")
    assert run(sqlite_store, batch=batch) == Swept(8, 4, [])


@pytest.mark.parametrize("batch", [1, 500])
def test_timer_of_another_state_never_fires_and_is_set_back(store: SqlStore, batch: int) -> None:
    town(store, *TOWNS)
    alter(store, "UPDATE timer SET epoch = 7 WHERE jurisdiction = '2'")
    for n in range(TRIES):
        swept = run(store, MISSED + 60 * n, batch=batch)
        assert swept.ended == (8 if n == 0 else 0)
        assert [(one.code, one.timer, one.tries) for one in swept.failures] == [("2", None, n + 1)]
        assert all(isinstance(one.error, Conflict) for one in swept.failures)

    assert run(store, MISSED + 60 * TRIES) == Swept(0, 0, [])
    with store.reading() as tx:
        assert list(tx.ended_timers("2")) == []
        assert {code for code, _ in tx.set_aside()} == {"2"}


def test_one_of_another_state_beside_others_holds_them_up_no_more(sqlite_store: SqlStore) -> None:
    town(sqlite_store, "1")
    alter(sqlite_store, "UPDATE timer SET epoch = 7 WHERE n = 0")
    swept = run(sqlite_store)
    assert (swept.ended, [one.tries for one in swept.failures]) == (1, [1])


def test_row_that_ended_and_is_to_be_carried_out_ends_the_sweep_all_the_same(sqlite_store: SqlStore) -> None:
    town(sqlite_store, "1", "2")
    run(sqlite_store)
    with sqlite_store._engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER timer_no_update")
        connection.exec_driver_sql("UPDATE timer SET next_at = 0 WHERE jurisdiction = '1' AND ended > 0")
        connection.commit()
    for expected in (Swept(4, 2, []), Swept(0, 0, [])):
        assert run(sqlite_store, MISSED + 4 * HOUR, batch=1) == expected


# -- a person's request in between


def test_what_fails_never_stands_between_an_officer_and_an_activation(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(memory)
    spoil(monkeypatch, "daily_report", code=CODE)
    outcome = activate(memory, now=lambda: NIGHT + DAY)

    assert outcome.situation.state == "emergency"
    assert verified(memory).entries == 2
    assert [one.timer and one.timer.key for one in run(memory, NIGHT + DAY).failures] == ["daily_report"]


@pytest.mark.parametrize("kind", ["sqlite_store", "postgres_store"])
def test_what_the_database_refuses_of_it_stands_in_nobodys_way_either(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: SqlStore = request.getfixturevalue(kind)
    begin(store)
    write = SqlWriting.write

    def refuse_timers(self: SqlWriting, records: Sequence[Record]) -> None:
        if any(isinstance(fact, TimerEnded) for record in records for fact in record.facts):
            self._connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
        write(self, records)

    monkeypatch.setattr(SqlWriting, "write", refuse_timers)
    assert activate(store, now=lambda: NIGHT + DAY).situation.state == "emergency"
    assert verified(store).entries == 2


def test_database_that_goes_away_in_between_is_said(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(sqlite_store)

    def go_away(*_: object) -> None:
        raise StoreAway(where="there", found="gone")

    monkeypatch.setattr(SqlWriting, "write", go_away)
    with pytest.raises(StoreAway, match="gone"):
        activate(sqlite_store, now=lambda: NIGHT + DAY)


def test_item_that_cannot_be_read_stands_in_nobodys_way_either(sqlite_store: SqlStore) -> None:
    begin(sqlite_store)
    alter(sqlite_store, "UPDATE standing SET item = x'5B' WHERE key = 'daily_report'")
    assert activate(sqlite_store, now=lambda: NIGHT + DAY).situation.state == "emergency"
    # what stands otherwise now is written anew
    assert verified(sqlite_store).entries == 2


def test_what_does_not_stand_as_the_journal_says_is_damage_and_nothing_is_written(
    sqlite_store: SqlStore,
) -> None:
    begin(sqlite_store)
    alter(sqlite_store, "DELETE FROM standing WHERE key = 'daily_report'")
    with pytest.raises(StoreError, match="what stands as the journal says"):
        activate(sqlite_store)
    with sqlite_store.reading() as tx:
        assert len(list(tx.entries(CODE))) == 1


def test_timer_that_cannot_be_read_stands_in_nobodys_way_either(sqlite_store: SqlStore) -> None:
    begin(sqlite_store)
    alter(sqlite_store, "UPDATE timer SET due = 'soon' WHERE key = 'daily_report'")
    assert activate(sqlite_store, now=lambda: NIGHT + DAY).situation.state == "emergency"
