"""What one who signs journals does round after round: who comes first, what counts, what is tried again."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from incident.domain import clock as clocks
from incident.domain.checkpoint import format_checkpoint
from incident.domain.errors import JournalError, StoreError
from incident.domain.note import sign_note
from incident.schedule.bell import Bell
from incident.schedule.notary import LOOK
from incident.schedule.notary import notary as signing_thread
from incident.schedule.outside import left_out
from incident.schedule.outside import outside as outside_thread
from incident.service import notary as rounds
from incident.service.notary import Notarised, Often, publish, sign, sign_due
from incident.service.ports import Signed
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from incident.testing.samples import AT, append, begin
from tests.service.signing import OTHER_SEED, Shelf, head, notary, signer

OFTEN = Often(entries=3, seconds=3600)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(clocks.stamp(AT))


def kept(store: MemoryStore | SqlStore, code: str = "1") -> list[int]:
    with store.reading() as tx:
        return [one.size for one in tx.checkpoints(code)]


def keep(store: MemoryStore | SqlStore, row: Signed, code: str = "1") -> None:
    """Put a row beside a journal, as whoever may write the database can."""
    with store.writing(code) as tx:
        tx.keep_checkpoint(code, row)
        tx.commit()


def false(size: int, at: int) -> Signed:
    return Signed(size, at, 0, f"incident/1/0011223344556677\n{size}\n{'A' * 43}=\n\n— x y\n")


def test_no_row_that_somebody_put_there_gets_outside(memory: MemoryStore, clock: FakeClock) -> None:
    """Else the newest outside would be one that nobody signed, and the true newest be hidden by it."""
    shelf = Shelf()
    signing = notary(clock, shelf)
    begin(memory, "1")
    true = sign(memory, "1", signing)
    assert true is not None
    more = head(true.note)._replace(size=600)
    by_another = sign_note(format_checkpoint(more), signer(OTHER_SEED)).decode()
    keep(memory, false(500, AT))
    keep(memory, Signed(600, AT, 0, by_another))

    append(memory, "1", event="noted")
    fewer = sign_note(format_checkpoint(more._replace(size=2)), signer(OTHER_SEED)).decode()
    keep(memory, Signed(2, true.at, 0, fewer))

    publish(memory, "1", signing)

    assert shelf.sizes() == [1]


def test_a_true_note_of_another_journal_gets_outside_from_no_row(
    memory: MemoryStore, clock: FakeClock
) -> None:
    """There it would keep this journal from being written to, as one that is not known here."""
    shelf = Shelf()
    signing = notary(clock, shelf)
    begin(memory, "1")
    for n in range(3):
        append(memory, "1", event=str(n))
    true = sign(memory, "1", signing)
    assert true is not None
    foreign = head(true.note)._replace(origin="incident/1/0011223344556677", size=2)
    keep(memory, Signed(2, true.at, 0, sign_note(format_checkpoint(foreign), signer()).decode()))

    publish(memory, "1", signing)

    assert shelf.sizes() == [4]


def test_what_is_outside_is_not_put_there_again(memory: MemoryStore, clock: FakeClock) -> None:
    class Counting(Shelf):
        puts = 0

        def put(self, *words: object) -> None:
            self.puts += 1
            super().put(*words)  # type: ignore[arg-type]

    shelf = Counting()
    signing = notary(clock, shelf)
    begin(memory, "1")
    for n in range(3):
        append(memory, "1", event=str(n))
        sign(memory, "1", signing)
        publish(memory, "1", signing)

    assert (shelf.puts, shelf.sizes()) == (3, [2, 3, 4])


def test_a_row_of_entries_that_are_not_here_keeps_no_heart_from_beating(
    memory: MemoryStore, clock: FakeClock
) -> None:
    signing = notary(clock)
    begin(memory, "1")
    sign_due(memory, signing, OFTEN, node=None)
    keep(memory, false(10**12, AT + 10))

    assert sign_due(memory, signing, OFTEN, node=None) == Notarised([], [], [])
    clock.after(hours=1)
    assert sign_due(memory, signing, OFTEN, node=None).signed == ["1"]
    assert sign_due(memory, signing, OFTEN, node=None).signed == []
    assert kept(memory) == [1, 2, 10**12]


def test_a_false_row_in_the_place_of_the_next_one_is_told_and_passed(
    memory: MemoryStore, clock: FakeClock
) -> None:
    signing = notary(clock)
    begin(memory, "1")
    sign(memory, "1", signing)
    keep(memory, false(2, AT))
    append(memory, "1", event="noted")

    with pytest.raises(JournalError, match="a row that counts for nothing"):
        sign(memory, "1", signing)
    clock.after(hours=1)
    assert sign_due(memory, signing, OFTEN, node=None).signed == ["1"]
    assert kept(memory) == [1, 2, 3]


def test_a_body_that_is_gone_and_was_not_dropped_is_not_signed(
    sqlite_store: SqlStore, clock: FakeClock
) -> None:
    begin(sqlite_store, "1")
    append(sqlite_store, "1", event="noted")
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE entry SET body = x'' WHERE seq = 1")

    with pytest.raises(JournalError) as caught:
        sign(sqlite_store, "1", notary(clock))
    assert caught.value.seq == 1


def test_what_entered_another_state_is_signed_before_all_that_is_only_old(
    memory: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "AT_A_TIME", 2)
    signing = notary(clock)
    for code in ("1", "2", "3", "4", "5"):
        begin(memory, code)
        sign(memory, code, signing)
        clock.after(seconds=1)
    clock.after(hours=1)
    for code in ("6", "7"):
        begin(memory, code)

    done = sign_due(memory, signing, OFTEN, node="n1")

    parts = [sorted(done.signed[n : n + 2]) for n in (0, 2, 4)]
    assert parts == [["6", "7"], ["1", "2"], ["3", "4"]]


def test_nodes_go_through_what_is_due_in_orders_of_their_own(clock: FakeClock) -> None:
    orders = set()
    for node in ("n1", "n2", "n3"):
        store = MemoryStore()
        for n in range(20):
            begin(store, str(n))
        orders.add(tuple(sign_due(store, notary(clock), OFTEN, node=node).signed))
    assert len(orders) == 3


def test_who_is_held_by_somebody_is_not_counted_as_signed(memory: MemoryStore, clock: FakeClock) -> None:
    begin(memory, "1")
    memory._lock("1").acquire()

    assert sign_due(memory, notary(clock), OFTEN, node=None) == Notarised([], [], ["1"])


def test_what_did_not_get_outside_is_tried_again(memory: MemoryStore, clock: FakeClock) -> None:
    class Full(Shelf):
        is_full = True

        def put(self, *words: object) -> None:
            if self.is_full:
                raise OSError("no room")
            super().put(*words)  # type: ignore[arg-type]

    shelf = Full()
    signing = notary(clock, shelf)
    begin(memory, "1")
    for behind in (["1"], None):
        done = sign_due(memory, signing, OFTEN, node=None, behind=behind)
        assert [(code, str(error)) for code, error in done.failures] == [("1", "no room")]
    assert sign_due(memory, signing, OFTEN, node=None, behind=[]).failures == []

    shelf.is_full = False
    assert sign_due(memory, signing, OFTEN, node=None, behind=["1"]) == Notarised([], [], [])
    assert shelf.sizes() == [1]


class Log:
    """Keeps what is logged."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str | float | None]] = []
        self.levels: set[str] = set()

    def __call__(self, level: str, event: str, **values: str | float | None) -> None:
        self.levels.add(level)
        self.lines.append((event, values.get("jurisdiction")))


def test_the_thread_that_signs_tries_all_at_first_and_every_hour_and_else_what_failed() -> None:
    asked: list[Collection[str] | None] = []
    answers = [
        Notarised([], [("1", OSError("full")), ("2", OSError("full"))], []),
        Notarised([], [("1", OSError("full"))], ["2"]),
        Notarised(["1"], [], []),
        Notarised([], [("1", OSError("full"))], []),
        Notarised([], [], []),
    ]
    log, ticks = Log(), [0.0]

    def sign(*, behind: Collection[str] | None, is_stopping: object) -> Notarised:
        asked.append(behind)
        return answers[len(asked) - 1]

    thread = signing_thread(sign, log, Bell(), lambda: ticks[0])
    for at in (0, 20, 40, 60, LOOK):
        ticks[0] = at
        thread.turn()

    assert asked == [None, ["1", "2"], ["2", "1"], [], None]
    assert log.lines == [
        ("not_signed", "1"),
        ("not_signed", "2"),
        ("signed", None),
        ("not_signed", "1"),
    ]


def test_what_must_not_be_written_to_is_looked_for_every_hour(memory: MemoryStore) -> None:
    begin(memory, "1")
    log, ticks, looked = Log(), [0.0], []

    class Store(MemoryStore):
        def left_out(self, codes: Collection[str]) -> dict[str, StoreError]:
            looked.append([*codes])
            return {code: StoreError(where=code) for code in codes if code == "2"}

    store = Store()
    begin(store, "1")

    thread = outside_thread(
        lambda is_stopping: left_out(store, lambda: {"2"}, is_stopping), log, Bell(), lambda: ticks[0]
    )
    for at in (0, 20, LOOK):
        ticks[0] = at
        thread.turn()

    assert looked == [["1", "2"], ["1", "2"]]
    assert log.lines == [("read_only", "2")]
    assert left_out(store, lambda: {"2"}, lambda: True) == {}
