"""Bodies were dropped, and what came after is decided again all the same: from their snapshot on."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain.errors import JournalError, StoreError
from incident.domain.facts import StateEntered
from incident.domain.filing import Filing
from incident.domain.journal import Entry
from incident.service.filing import Contents, file
from incident.service.opened import read_entry
from incident.service.tick import sweep
from incident.service.verify import Verified, verify
from incident.service.who import Origin, Who
from incident.store.sql import SqlStore
from incident.testing import MemoryStore, fixed_chance
from tests.playbooks import CODE, HOUR, NIGHT
from tests.service.attacks import run
from tests.service.attic import Attic, kept_in
from tests.service.cutting import decided_from
from tests.service.forging import Forge, Forger, changing, forged, leaving_out, said
from tests.service.office import row
from tests.service.story import OFFICER, activate, begin, morning, tell, version, whole_night
from tests.service.test_rehearsal import PLAN, month
from tests.service.test_verify import under, unguarded
from tests.service.test_verify_decisions import ACTIVATIONS, LIFTS, _renamed
from tests.service.test_verify_promises import FILINGS, TIMES, _filed
from tests.service.walk import Walk

# -- no honest entry is called a fault


def test_an_honest_night_is_decided_again_from_any_entry_on(memory: MemoryStore) -> None:
    whole_night(memory)
    with memory.reading() as tx:
        found = [decided_from(tx, CODE, size) for size in range(1, 6)]
    assert [one.fully + sum(one.partly.values()) for one in found] == [4, 3, 2, 1, 0]
    assert {why for one in found for why in one.partly} == {"duty"}


@pytest.mark.parametrize("seed", [3, 5])
def test_honest_weeks_of_duty_are_decided_again_from_any_entry_on(seed: int) -> None:
    walk = Walk(seed)
    walk.go(40)
    with walk.office.store.reading() as tx:
        n = sum(1 for _ in tx.entries(walk.office.code))
        for size in range(1, n, 1 + n // 12):
            decided = decided_from(tx, walk.office.code, size)
            assert (decided.fully + sum(decided.partly.values()), decided.unknown) == (n - size, {})


def test_honest_days_of_reports_and_clocks_are_decided_again_from_any_entry_on(memory: MemoryStore) -> None:
    """Reports that gather others, clocks that propose, an outage: all that looks back."""
    month(PLAN, days=6, store=memory)
    with memory.reading() as tx:
        (code,) = (code for code, _name in tx.codes())
        n = sum(1 for _ in tx.entries(code))
        found = [decided_from(tx, code, size) for size in range(5, n, 1 + n // 16)]
    assert any("long ago" in one.partly for one in found)
    assert all(one.unknown == {} for one in found)


def _late(store: Any, code: str, at: int, due: int | None = None) -> None:
    file(
        store,
        code,
        Filing(sender="coordination", due=due),
        Contents(text="晚了"),
        origin=Origin(Who(by=OFFICER), "test", str(at)),
        now=lambda: at,
        chance=fixed_chance,
    )


def test_a_report_that_had_been_missed_before_is_closed_by_what_comes_after(memory: MemoryStore) -> None:
    """When it was due is known no more; how late it is follows from what it says itself."""
    code = morning(memory)
    sweep(memory, now=lambda: NIGHT + 9 * HOUR, node="n1")
    size = version(memory, code)
    _late(memory, code, NIGHT + 9 * HOUR + 60)
    with memory.reading() as tx:
        assert decided_from(tx, code, size).partly == {"long ago": 1}
        assert decided_from(tx, code, 1).partly.get("long ago") is None


def test_such_a_report_marked_on_time_is_found(memory: MemoryStore) -> None:
    code = morning(memory)
    sweep(memory, now=lambda: NIGHT + 9 * HOUR, node="n1")
    size = version(memory, code)
    forge = FILINGS["late, and marked on time"]
    forged(memory, lambda store: _late(store, code, NIGHT + 9 * HOUR + 60), forge)
    assert faults(memory, code, size) == size


def test_playbook_that_dropped_entries_alone_named_is_no_fault_where_it_is_gone(memory: MemoryStore) -> None:
    """A kit holds the playbooks that its entries name."""
    begin(memory)
    begin(memory, _renamed())
    with memory.reading() as tx:
        first, second = (read_entry(CODE, one).playbook for one in tx.entries(CODE))
        assert first != second
        assert decided_from(tx, CODE, 1).fully == 1
        assert decided_from(_Without(tx, first), CODE, 1).partly == {"long ago": 1}


class _Without:
    """A record without one playbook."""

    def __init__(self, tx: Any, digest: str) -> None:
        self._tx, self._digest = tx, digest

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Any:
        if digest == self._digest:
            raise StoreError(where="playbook", expected="it", found="nothing", do="look")
        return self._tx.playbook(code, digest, afresh=afresh)


# -- what is forged after it is found


def faults(memory: MemoryStore, code: str, size: int) -> int | None:
    with memory.reading() as tx, pytest.raises(JournalError) as caught:
        decided_from(tx, code, size)
    assert caught.value.level == "decisions"
    return caught.value.seq


@pytest.mark.parametrize("what", ACTIVATIONS)
def test_activation_that_does_not_follow_is_found(memory: MemoryStore, what: str) -> None:
    begin(memory)
    forged(memory, activate, ACTIVATIONS[what])
    assert faults(memory, CODE, 1) == 1


@pytest.mark.parametrize("what", LIFTS)
def test_stand_down_that_does_not_follow_is_found(memory: MemoryStore, what: str) -> None:
    begin(memory)
    activate(memory)
    forged(memory, lambda store: tell(store, "lifted", id="2", verb="stand_down"), LIFTS[what])
    assert faults(memory, CODE, 2) == 2


@pytest.mark.parametrize("what", FILINGS)
def test_filing_that_does_not_follow_is_found(memory: MemoryStore, what: str) -> None:
    code = morning(memory)
    size = version(memory, code)
    sweep(memory, now=lambda: NIGHT + 7 * HOUR, node="n1")
    filed = version(memory, code)
    forged(memory, _filed(code), FILINGS[what])
    assert (faults(memory, code, size) or 0) >= filed


@pytest.mark.parametrize("what", TIMES)
def test_end_of_a_time_that_does_not_follow_is_found(memory: MemoryStore, what: str) -> None:
    code = morning(memory)
    size = version(memory, code)
    forged(memory, lambda store: sweep(store, now=lambda: NIGHT + 9 * HOUR + 300, node="n1"), TIMES[what])
    assert faults(memory, code, size) == size


# -- through retention itself


def aged() -> Attic:
    story = Attic("majian")
    story.year()
    story.told()
    story.drop(4)
    return story


def checked(story: Attic) -> Verified:
    with story.store.reading() as tx:
        return verify(tx, story.code)


def decided_by(body: str) -> Forge:
    def forge(entry: Entry) -> Entry:
        return replace(changing(StateEntered, authority=body)(entry), authority=body)

    return forge


AFTERWARDS: dict[str, Forge] = {
    "by a body that may not decide it": decided_by("supervision"),
    "on a condition that does not hold": said(result="negative"),
    "with an obligation left out": leaving_out("obligation"),
}


@pytest.mark.parametrize("what", AFTERWARDS)
def test_after_a_retention_an_activation_that_does_not_follow_is_found(what: str) -> None:
    story = aged()
    with story.store.reading() as tx:
        size = tx.log(story.code).situation.version  # type: ignore[union-attr]
    story.store = Forger(story.store, AFTERWARDS[what])  # type: ignore[assignment]
    story.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    with pytest.raises(JournalError) as caught:
        checked(story)
    assert (caught.value.level, caught.value.seq) == ("decisions", size)


def test_after_a_retention_the_level_holds_and_says_from_where() -> None:
    story = aged()
    story.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    verified = checked(story)
    levels = {one.name: one for one in verified.levels}
    assert levels["decisions"].held
    assert str(levels["decisions"].why) == "from entry 4 on"
    assert levels["times"].held
    assert "outside the record" in str(levels["times"].why)
    assert verified.decided is not None
    assert verified.decided.unknown == {}


# -- the directory


def test_who_is_named_in_dropped_entries_alone_is_counted_and_the_others_are_held(
    sqlite_store: SqlStore,
) -> None:
    old = kept_in(sqlite_store)
    old.drop(4)
    old.take_in(row("duty.leader", "H2", name="李四", channels=("sms:13900000002",)))
    people = next(one for one in checked(old).levels if one.name == "people")
    assert not people.held
    assert str(people.why) == "those named only in dropped entries: 1; the others hold"
    store: Any = unguarded(sqlite_store)
    for attack in (
        "UPDATE person SET name = 'x' WHERE holder = 'H2'",
        "UPDATE person SET channels = '[]' WHERE holder = 'H2'",
        "DELETE FROM person WHERE holder = 'H2'",
    ):
        for tx in under(store, run(attack), old.code):
            with pytest.raises(JournalError) as caught:
                verify(tx, old.code)
            assert caught.value.level == "people", attack


def test_who_is_erased_after_a_retention_is_held(sqlite_store: SqlStore) -> None:
    old = kept_in(sqlite_store)
    old.drop(4)
    old.erase("H1")
    verified = checked(old)
    assert next(one for one in verified.levels if one.name == "people").held
    assert verified.decided is not None
    assert verified.decided.partly["long ago"] == 1
