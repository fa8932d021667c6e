"""Damage to what is kept of duty and people keeps nobody from acting, and is said by who verifies."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from incident.domain.errors import JournalError
from incident.domain.facts import DutyAssigned, TimerEnded
from incident.domain.say import say
from incident.service.adopt import adopt
from incident.service.verify import verify
from incident.service.who import Who
from incident.store.sql import SqlStore
from incident.testing.given import fixed_chance
from tests.service.attacks import Attack, put, run
from tests.service.office import Office, assigned, row
from tests.service.test_verify import unguarded

_OPEN = "ended IS NULL"


class Town(Office):
    """An office on a database whose guards the attacker took away; somebody is on duty."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__("majian")
        self.database = store
        self.store = store  # type: ignore[assignment]
        adopt(store, self.playbook, Who(by="drill"), now=self.clock, chance=fixed_chance)
        self.take_in(
            row("全体机关干部", "H1", name="甲", channels=("mail:h1@b.cn",), since="2026-01-01"),
            row("全体机关干部", "H2", name="乙", channels=("mail:h2@b.cn",), since="2026-01-01"),
            row("duty.leader", "L1", name="丙", channels=("mail:l1@b.cn",), since="2026-01-01"),
        )
        unguarded(store)

    def suffer(self, attack: Attack) -> None:
        with self.database._engine.begin() as connection:
            attack(connection)

    def switch(self) -> list[DutyAssigned]:
        self.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
        self.expect_state("local_positive_detected")
        assert self.outcome is not None
        return assigned(self.outcome.entry.facts)


@pytest.fixture
def town(store: SqlStore) -> Town:
    return Town(store)


def spoil_duty(connection: Connection) -> None:
    put(connection, "duty", "piece", b"{}", _OPEN)


def spoil_people(connection: Connection) -> None:
    put(connection, "person", "channels", b"x", "holder = 'H1'")


def test_unreadable_duty_is_taken_from_the_journal_and_keeps_nobody_from_acting(town: Town) -> None:
    town.suffer(spoil_duty)
    (shift,) = town.switch()
    assert shift.roster == "regional_cocheck_watch", "who keeps the other one is no news"
    assert all(one.holder for one in shift.pieces)


@pytest.mark.parametrize("column", ["since", "until", "shift", "till"])
def test_duty_that_was_moved_in_its_row_alone_keeps_nobody_from_acting(town: Town, column: str) -> None:
    """Taken as it stands it would tell another past, which no entry may."""
    town.suffer(run(f"UPDATE duty SET {column} = {column} - 60 WHERE {_OPEN}"))
    assert "regional_cocheck_watch" in {one.roster for one in town.switch()}


def test_unreadable_duty_is_said_to_be_duty(town: Town) -> None:
    town.suffer(spoil_duty)
    with town.store.reading() as tx, pytest.raises(JournalError) as found:
        tx.newest_duties(town.code)
    assert found.value.expected == say("a piece of duty as this program writes it")


def test_with_neither_rows_nor_a_journal_that_holds_the_posts_are_recorded_as_empty(town: Town) -> None:
    town.suffer(spoil_duty)
    town.suffer(run("DELETE FROM entry WHERE seq = 0"))
    (shift,) = town.switch()
    assert [(one.rule, one.marks) for one in shift.pieces] == [("nobody", ["uncovered"])]


def test_somebody_who_cannot_be_read_is_somebody_without_ways_and_holds_up_no_other(town: Town) -> None:
    town.suffer(spoil_people)
    with town.store.reading() as tx:
        people = {one.holder: one for one in tx.people(town.code)}
    assert (people["H1"].name, people["H1"].channels) == (None, ())
    assert people["H2"].channels == ("mail:h2@b.cn",)
    town.switch()


def test_a_handover_whose_newest_shift_cannot_be_read_is_carried_out(town: Town) -> None:
    town.suffer(spoil_duty)
    town.after(hours=5, minutes=25)
    assert town.who("watch") == {"lead": "L1", "officer.1": "H2"}
    town.after(hours=1)
    unsigned = [fact for fact in town.facts() if isinstance(fact, TimerEnded) and fact.what == "signature"]
    assert [fact.tell for fact in unsigned] == [["duty", "duty.leader", "command.leader"]]


def test_untouched_it_holds(town: Town) -> None:
    town.switch()
    with town.store.reading() as tx:
        assert verify(tx, town.code).replayed
