"""The one transaction: granted, refused, repeated, too late; and what of it may be read by anybody."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from msgspec.structs import replace

from incident.domain import journal
from incident.domain.errors import Conflict, RequestError
from incident.domain.facts import EventNoted, IncidentClosed, IncidentOpened, RequestRefused
from incident.domain.request import Request
from incident.service import redact
from incident.service.handle import Seen, handle
from incident.service.ports import Reading, Store
from incident.service.queries import present, preview
from incident.service.who import Origin, Who
from incident.store.sql import SqlStore
from incident.testing import FakeClock, MemoryStore, fixed_chance
from incident.testing.samples import log_of
from tests.playbooks import BAISHI, CODE, HASH, HOUR, NIGHT, ask
from tests.service.office import WHY
from tests.service.story import (
    LOCAL,
    REMARK,
    activate,
    begin,
    bodies,
    night,
    tell,
    verified,
    version,
)


@pytest.fixture
def town(memory: MemoryStore) -> MemoryStore:
    """Baishi in routine."""
    begin(memory)
    return memory


def test_activation_is_recorded_whole(town: MemoryStore) -> None:
    outcome = activate(town)
    entry = outcome.entry

    assert not outcome.repeated
    assert outcome.playbook == BAISHI
    assert outcome.situation.state == "emergency"
    assert (entry.seq, entry.jurisdiction, entry.playbook) == (1, CODE, HASH)
    assert (entry.verb, entry.step, entry.authority) == ("activate", "activate", "command")
    assert entry.incident == f"{CODE}-2026-001"
    assert entry.came is not None
    assert (entry.came.id, entry.came.source, entry.came.type) == ("1", "test", "positive")
    assert entry.effective_at is None
    assert entry.facts[0] == IncidentOpened(incident=f"{CODE}-2026-001")
    with town.reading() as tx:
        assert log_of(tx, CODE).situation == outcome.situation
        assert bodies(tx)[1] == journal.encode(entry)
        assert tx.standing(CODE)["body", "task_force"].since == 1


def test_what_was_said_is_read_by_the_situation_that_is_decided_about(town: MemoryStore) -> None:
    read: list[tuple[str, bool]] = []

    def meant(tx: Reading) -> Request:
        with pytest.raises(AssertionError, match="one lock at a time"), town.writing(CODE):
            pass
        situation, playbook = present(tx, CODE)
        read.append((situation.state, playbook == BAISHI))
        return ask("positive", verb="activate", fields={**LOCAL, "remark": REMARK})

    outcome = handle(town, CODE, meant, now=FakeClock("2026-02-28T18:40:00Z"), chance=fixed_chance)

    assert read == [("routine", True)]
    assert (outcome.entry.verb, outcome.situation.state) == ("activate", "emergency")


def test_what_was_said_and_cannot_be_read_changes_nothing(town: MemoryStore) -> None:
    def meant(_tx: Reading) -> Request:
        raise RequestError(where="time", expected="one that is", found="25:00", do="correct it")

    with pytest.raises(RequestError, match="25:00"):
        handle(town, CODE, meant, now=FakeClock("2026-02-28T18:40:00Z"), chance=fixed_chance)

    assert version(town) == 1
    assert activate(town).entry.seq == 1


def test_what_holds_since_earlier_says_so(town: MemoryStore) -> None:
    outcome = activate(town, effective_at=NIGHT, now=FakeClock("2026-02-28T19:40:00Z"))

    assert outcome.entry.effective_at == "2026-02-28T18:40:00Z"
    assert outcome.situation.since == NIGHT


def test_those_concerned_are_told_after_commit(town: MemoryStore) -> None:
    entry = activate(town).entry
    told = {notice.to: notice.facts for _, notice in town.outbox(CODE)}

    assert {"command", "task_force", "coordination", "superior"} <= told.keys()
    assert all(at < len(entry.facts) for facts in told.values() for at in facts)


def test_entry_that_closes_an_incident_belongs_to_it(town: MemoryStore) -> None:
    activate(town)
    outcome = tell(town, "lifted", id="2", verb="stand_down")

    assert outcome.entry.incident == f"{CODE}-2026-001"
    assert IncidentClosed(incident=f"{CODE}-2026-001") in outcome.entry.facts
    assert outcome.situation.incident is None


def test_refusal_is_recorded_and_changes_nothing_else(town: MemoryStore) -> None:
    with town.reading() as tx:
        before, standing = log_of(tx, CODE).situation, tx.standing(CODE)
    outcome = tell(town, "ordered", authority="task_force")

    assert [type(fact) for fact in outcome.entry.facts] == [RequestRefused]
    assert outcome.entry.authority == "task_force"
    assert outcome.situation == replace(before, version=2)
    assert town.outbox(CODE) == []
    with town.reading() as tx:
        assert tx.standing(CODE) == standing
    assert verified(town).entries == 2


def test_refusal_that_no_step_answers_is_recorded_too(town: MemoryStore) -> None:
    entry = tell(town, "lifted").entry

    assert (entry.step, entry.plan, entry.incident) == (None, None, None)
    assert isinstance(entry.facts[0], RequestRefused)


@pytest.mark.parametrize("store_name", ["memory", "sqlite_store", "postgres_store"])
@pytest.mark.parametrize("authority", ["command", "task_force"], ids=["granted", "refused"])
def test_same_event_again_is_answered_as_the_first_time(
    store_name: str, authority: str, request: pytest.FixtureRequest
) -> None:
    store: Store = request.getfixturevalue(store_name)
    begin(store)
    first = tell(store, "ordered", id="fax 17", authority=authority)
    # in the meantime the world has moved on
    tell(store, "ordered", id="fax 18")
    again = tell(store, "ordered", id="fax 17", authority=authority, now=lambda: NIGHT + HOUR)

    assert again.repeated
    assert again.entry == first.entry
    assert again.playbook == first.playbook
    assert again.situation.state == "raised"
    assert version(store) == 3


def test_repeat_is_answered_whatever_plan_was_seen(town: MemoryStore) -> None:
    activate(town)

    assert activate(town, seen=Seen("another", granted=True)).repeated


#: The event came in as positive, local, one case, with a remark; what comes under its id now.
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("another event", {"event": "ordered", "fields": {}}),
    ("another value", {"fields": {**LOCAL, "cases": 2}}),
    ("a value less", {"fields": {"origin": "local"}}),
    ("no value", {"fields": {}}),
]


@pytest.mark.parametrize("changes", [row[1] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_id_that_now_means_something_else_is_a_conflict(town: MemoryStore, changes: dict[str, Any]) -> None:
    tell(town, "positive", fields={**LOCAL, "remark": REMARK})

    with pytest.raises(Conflict, match="the same event as in entry 1"):
        tell(town, **{"event": "positive", **changes})
    assert version(town) == 2


def test_value_that_was_not_there_the_first_time_is_a_conflict(town: MemoryStore) -> None:
    tell(town, "positive", fields={"origin": "local"})

    for more in ({"cases": 9}, {"remark": "new"}):
        with pytest.raises(Conflict):
            tell(town, "positive", fields={"origin": "local", **more})


def test_other_words_under_the_same_id_are_a_conflict(town: MemoryStore) -> None:
    """Nobody is told that what they say now was recorded, where it was not."""
    said: dict[str, Any] = {"fields": {**LOCAL, "remark": REMARK}, "reason": "two cases"}
    tell(town, "positive", **said)

    for changed in ({"fields": {**LOCAL, "remark": "in other words"}}, {"reason": "three"}, {"basis": "a"}):
        with pytest.raises(Conflict, match="other words"):
            tell(town, "positive", **{**said, **changed})
    assert tell(town, "positive", **said).repeated


def test_what_is_left_out_the_second_time_is_not_compared(town: MemoryStore) -> None:
    tell(town, "positive", fields={**LOCAL, "remark": REMARK})

    assert tell(town, "positive", fields=LOCAL, reason=None).repeated


def test_text_that_was_erased_is_not_compared(store: SqlStore) -> None:
    begin(store)
    tell(store, "positive", fields={**LOCAL, "remark": REMARK})
    fact = redact.meant(1, ["data.remark"])
    redact.redact(store, CODE, fact, WHY, origin=Origin(Who(), "test", "2"), now=night, chance=fixed_chance)

    assert tell(store, "positive", fields={**LOCAL, "remark": "in other words"}).repeated


def test_what_was_wanting_the_first_time_is_not_refused_as_wanting_the_second(town: MemoryStore) -> None:
    refused = activate(town, basis=None)
    assert isinstance(refused.entry.facts[0], RequestRefused)

    with pytest.raises(Conflict, match="other words"):
        activate(town)
    assert activate(town, basis=None).repeated


def test_plan_that_was_looked_at_is_the_plan_that_runs(town: MemoryStore) -> None:
    with town.reading() as tx:
        seen = preview(tx, CODE, ask("positive", fields=LOCAL), now=night).plan
    assert seen is not None

    assert activate(town, seen=Seen(seen.hash, granted=True)).entry.plan == seen.hash


def test_plan_that_is_another_now_means_that_somebody_was_first(town: MemoryStore) -> None:
    with town.reading() as tx:
        seen = preview(tx, CODE, ask("positive", fields=LOCAL), now=night).plan
    assert seen is not None
    tell(town, "ordered", id="the other officer")

    with pytest.raises(Conflict, match="first-level response, in force since 2026-03-01 02:40"):
        activate(town, id="2", seen=Seen(seen.hash, granted=True))
    # no step answers at all any more
    with pytest.raises(Conflict):
        tell(town, "ruled_out", id="3", seen=Seen(seen.hash, granted=True))
    assert version(town) == 2


def test_activating_what_is_active_is_no_decision(town: MemoryStore) -> None:
    activate(town)

    with pytest.raises(Conflict, match="local positive detected, in force since"):
        activate(town, id="2")
    assert version(town) == 2
    assert tell(town, "positive", id="2", fields=LOCAL).entry.facts == [EventNoted(event="positive")]


def test_jurisdiction_that_is_not_adopted_is_not_known(memory: MemoryStore) -> None:
    with pytest.raises(RequestError, match="none is adopted yet"):
        activate(memory)
    begin(memory)
    with pytest.raises(RequestError, match=f"{CODE}; 1; run: incident adopt"):
        activate(memory, code="1")


def test_event_or_value_that_the_governing_playbook_does_not_know_is_refused(town: MemoryStore) -> None:
    """Between looking and pressing another version may have been adopted."""
    with pytest.raises(RequestError, match="positive"):
        tell(town, "flood")
    with pytest.raises(RequestError, match="value `depth`"):
        tell(town, "positive", fields={**LOCAL, "depth": 3})
    with pytest.raises(RequestError, match="a whole number from 1 to 999"):
        tell(town, "positive", fields={**LOCAL, "cases": 1000})
    assert version(town) == 1


def test_event_is_recorded_by_its_key_whatever_it_was_called(town: MemoryStore) -> None:
    came = tell(town, "阳性", fields={"origin": "本土"}).entry.came

    assert came is not None
    assert (came.type, came.data) == ("positive", {"origin": "local"})


def test_clock_is_asked_once_and_under_the_lock(town: MemoryStore) -> None:
    asked = []

    def now() -> int:
        asked.append(town._holders)
        assert town._holders
        return NIGHT

    handle(town, CODE, ask("ordered"), now=now, chance=fixed_chance)

    assert len(asked) == 1


def test_auditor_computes_the_plan_hash_from_the_entry_alone(town: Store) -> None:
    """By the recipe of docs/auditors.md."""
    entry = json.loads(journal.encode(activate(town).entry))
    items = {"ItemStarted", "ItemChanged", "ItemEnded", "SeatsCollided"}
    beside = {"callout", "handover"}
    changes = [f for f in entry["facts"] if f["fact"] in items and f.get("kind") not in beside]
    facts = rfc8785.dumps(changes)
    left, entered = next((f["origin"], f["target"]) for f in entry["facts"] if f["fact"] == "StateEntered")
    said = [entry["jurisdiction"], entry["playbook"], left, entered, entry["step"], ["command"]]

    plan = hashlib.sha256(rfc8785.dumps([*said, hashlib.sha256(facts).hexdigest()])).hexdigest()

    assert entry["plan"] == plan
