"""Putting a jurisdiction under its playbook, and under another version of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from incident.domain import clock, journal, playbook
from incident.domain.errors import Refused, RequestError
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted, PlaybookAdopted
from incident.domain.playbook import Playbook, decode, encode
from incident.domain.posture import posture
from incident.service.adopt import adopt
from incident.service.ports import Store
from incident.service.who import Who
from incident.testing import Drill, MemoryStore, fixed_chance
from incident.testing.samples import log_of
from tests.playbooks import BAISHI, CODE, HASH, NIGHT, text
from tests.service.story import OFFICER, activate, begin, tell, verified, version

#: Baishi's next version: traffic no longer works in routine, the report comes later, masks are worn.
ROUTINE = BAISHI.states["routine"]
NEXT = replace(
    BAISHI,
    states={
        **BAISHI.states,
        "routine": replace(
            ROUTINE,
            groups={key: group for key, group in ROUTINE.groups.items() if key != "traffic"},
            obligations={"daily_report": replace(ROUTINE.obligations["daily_report"], at=["18:00"])},
            measures=BAISHI.states["emergency"].measures,
        ),
    },
)
each_store = pytest.mark.parametrize("store_name", ["memory", "sqlite_store", "postgres_store"])


def hash_of(plan: Playbook) -> str:
    return playbook.digest(playbook.encode(plan))


@each_store
def test_first_adoption_puts_routine_in_force(store_name: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(store_name)
    adoption = begin(store)

    assert adoption.playbook == BAISHI
    assert adoption.facts[0] == PlaybookAdopted(
        name="baishi", playbook=HASH, state="routine", warnings=["P403"]
    )
    assert (adoption.situation.state, adoption.situation.since) == ("routine", NIGHT)
    with store.reading() as tx:
        assert tx.codes() == [(CODE, "baishi")]
        assert tx.standing(CODE).keys() == posture(ROUTINE).keys()
        (stored,) = tx.entries(CODE)
    assert journal.decode(stored.body).came is None
    assert verified(store).entries == 1


def test_who_adopted_is_sealed_if_anybody_did(memory: MemoryStore) -> None:
    begin(memory)
    begin(memory, NEXT, by=None)

    with memory.reading() as tx:
        assert [(seq, name) for seq, name, _ in tx.disclosures(CODE)] == [(0, "by")]
        assert OFFICER.encode() not in b"".join(stored.body for stored in tx.entries(CODE))


@each_store
def test_same_version_again_records_nothing(store_name: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(store_name)
    first = begin(store)
    again = begin(store)

    assert again.facts == []
    assert again.situation == first.situation
    assert version(store) == 1


@each_store
def test_new_version_in_routine_changes_what_stands_by_the_difference(
    store_name: str, request: pytest.FixtureRequest
) -> None:
    store: Store = request.getfixturevalue(store_name)
    begin(store)
    facts = begin(store, NEXT).facts

    adopted, *items = facts
    assert adopted == PlaybookAdopted(name="baishi", playbook=hash_of(NEXT), warnings=["P403"])
    assert {
        (type(item), item.key) for item in items if isinstance(item, ItemStarted | ItemChanged | ItemEnded)
    } == {
        (ItemEnded, "traffic"),
        (ItemChanged, "daily_report"),
        (ItemStarted, "masks"),
    }
    with store.reading() as tx:
        assert tx.standing(CODE).keys() == posture(NEXT.states["routine"]).keys()
        assert log_of(tx, CODE).situation.playbook == hash_of(NEXT)
        assert tx.playbook(CODE, HASH) == BAISHI
    assert verified(store).entries == 2


def test_version_that_governed_before_may_come_back(store: Store) -> None:
    for plan in (BAISHI, NEXT, BAISHI):
        begin(store, plan)
    activate(store)

    assert verified(store).entries == 4


def test_adoption_after_an_incident_finds_routine_again(memory: MemoryStore) -> None:
    begin(memory)
    activate(memory)
    tell(memory, "lifted", id="2")
    begin(memory, NEXT)

    assert verified(memory).entries == 4


def test_running_incident_stays_under_the_playbook_that_opened_it(memory: MemoryStore) -> None:
    begin(memory)
    activate(memory)

    with pytest.raises(Refused, match=f"incident {CODE}-2026-001") as caught:
        begin(memory, NEXT)
    assert caught.value.rule == "pinned"
    assert version(memory) == 2


def test_initial_state_keeps_its_name(memory: MemoryStore) -> None:
    begin(memory)
    # one built from text, so that every mention of the state is renamed
    renamed = decode(encode(BAISHI).replace(b'"routine"', b'"calm"'))
    other = replace(renamed, initial="calm")

    with pytest.raises(Refused, match="begins in routine; calm") as caught:
        begin(memory, other)
    assert caught.value.rule == "other_initial"


def test_name_that_another_jurisdiction_has_is_refused(memory: MemoryStore) -> None:
    begin(memory)
    elsewhere = replace(BAISHI, jurisdiction=replace(BAISHI.jurisdiction, code="11", name=text("别处", "x")))

    with pytest.raises(RequestError, match=f"{CODE} answers to it"):
        begin(memory, elsewhere)
    begin(memory, replace(elsewhere, playbook="elsewhere"))
    with memory.reading() as tx:
        assert tx.codes() == [("11", "elsewhere"), (CODE, "baishi")]


def test_jurisdiction_may_be_called_otherwise_by_its_next_version(memory: MemoryStore) -> None:
    begin(memory)
    begin(memory, replace(BAISHI, playbook="white_stone"))

    with memory.reading() as tx:
        assert tx.codes() == [(CODE, "white_stone")]
    assert verified(memory).entries == 2


def test_plan_in_another_zone_promises_every_hour_anew() -> None:
    drill = Drill(str(Path(__file__).parent.parent / "plans" / "clockwork.yaml"))
    drill.after(days=1)
    there = replace(drill.playbook.jurisdiction, zone="Europe/Berlin")
    adopt(
        drill.store, replace(drill.playbook, jurisdiction=there), Who(), now=drill.clock, chance=fixed_chance
    )
    with drill.store.reading() as tx:
        due = {one.due for one in tx.open_timers(drill.code) if one.key == "morning_meeting"}
    assert [clock.local(one, "Europe/Berlin").hour for one in due] == [9]

    drill.after(days=3)
    drill.expect_account()
    drill.dump()
