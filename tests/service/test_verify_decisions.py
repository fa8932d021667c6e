"""A journal rewritten with the program's own code: hashes and tables are in step, and it does not follow."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import clock, journal
from incident.domain.errors import JournalError
from incident.domain.facts import (
    EventNoted,
    IncidentClosed,
    IncidentOpened,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    RequestRefused,
    StateEntered,
)
from incident.domain.journal import Came, Entry
from incident.domain.playbook import Playbook
from incident.service.ports import Store
from incident.service.verify import verify
from incident.service.verify_record import verify_record
from incident.testing import MemoryStore
from tests.playbooks import BAISHI, CODE, DAY, NIGHT, text
from tests.service.forging import (
    Forge,
    Forger,
    changing,
    decided_by,
    forged,
    found,
    instead,
    leaving_out,
    said,
    with_facts,
)
from tests.service.story import LOCAL, activate, begin, tell, verified, whole_night

NOTHING = Came(id="", source="", type="", time="")


#: What is forged of the activation, which is entry 1.
ACTIVATIONS: dict[str, Forge] = {
    "a step that the playbook does not have from there": lambda entry: replace(entry, step="rule_out"),
    "another step than the one that answers": lambda entry: replace(entry, step="raise"),
    "a state that the step does not enter": changing(StateEntered, target="raised"),
    "a body that may not decide it": decided_by("county"),
    "a body in the state alone": changing(StateEntered, authority="county"),
    "nobody who decided": lambda entry: replace(entry, authority=None),
    "a body that is none": decided_by("nobody"),
    "no basis": lambda entry: replace(entry, basis=None),
    "an instrument that was not named": lambda entry: replace(entry, basis_ref="law"),
    "a value on which the condition does not hold": said(origin="imported"),
    "a value that the event does not know": said(origin="lokal"),
    "a value beyond its bounds": said(cases=5000),
    "words in the open": said(remark="张三自述"),
    "another event": lambda entry: replace(entry, came=replace(entry.came or NOTHING, type="ordered")),
    "another button": lambda entry: replace(entry, verb="stand_down"),
    "an obligation left out": leaving_out("obligation"),
    "a measure left out": leaving_out("measure"),
    "a roster left out": leaving_out("roster"),
    "a body left out": leaving_out("body"),
    "an alarm left out": with_facts(lambda fact: None if "Collided" in type(fact).__name__ else fact),
    "a measure more": lambda entry: replace(
        entry, facts=[*entry.facts, ItemStarted(kind="measure", key="curfew", after={})]
    ),
    "other duties": with_facts(
        lambda fact: (
            replace(fact, after={**fact.after, "duties": []})
            if isinstance(fact, ItemChanged) and fact.key == "coordination"
            else fact
        )
    ),
    "another clause": with_facts(
        lambda fact: replace(fact, source="九") if isinstance(fact, ItemStarted) else fact
    ),
    "another number of the incident": lambda entry: replace(
        changing(IncidentOpened, incident=f"{CODE}-2026-007")(entry), incident=f"{CODE}-2026-007"
    ),
    "an incident that is not opened": with_facts(
        lambda fact: None if isinstance(fact, IncidentOpened) else fact
    ),
    "another incident than the facts say": lambda entry: replace(entry, incident=None),
    "from earlier on": changing(StateEntered, since=clock.stamp(NIGHT - 60)),
    "a term to be confirmed": changing(StateEntered, confirm_by=clock.stamp(NIGHT + DAY)),
    "another plan": lambda entry: replace(entry, plan="0" * 64),
    "a refusal in its place": instead(RequestRefused(rule="authority"), incident=None),
    "a note in its place": instead(EventNoted(event="positive"), incident=None),
    "nothing in its place": instead(),
    "an act that nobody knows": lambda entry: replace(entry, verb="bless"),
    "the program itself": lambda entry: replace(entry, verb=None, came=None),
    "no duty of the roster that begins": with_facts(
        lambda fact: None if type(fact).__name__ == "DutyAssigned" else fact
    ),
}


@pytest.mark.parametrize("what", ACTIVATIONS)
def test_activation_that_does_not_follow_is_found(memory: MemoryStore, what: str) -> None:
    begin(memory)
    forged(memory, activate, ACTIVATIONS[what])

    assert found(memory) == ("decisions", 1)


def test_same_journal_unforged_holds_with_every_entry_counted_once(memory: MemoryStore) -> None:
    whole_night(memory)
    decided = verified(memory).decided

    assert decided is not None
    # the roster that begins, and ends, is given out by names that may be erased
    assert (decided.fully, decided.partly, decided.unknown) == (3, {"duty": 2}, {})


def test_refusal_that_was_none_is_found(memory: MemoryStore) -> None:
    """Somebody asked in vain, says the record; and it would have been granted."""
    begin(memory)
    forged(memory, activate, instead(RequestRefused(rule="missing", missing=["basis"]), incident=None))

    assert found(memory) == ("decisions", 1)


def test_refusal_made_a_grant_is_found(memory: MemoryStore) -> None:
    begin(memory)
    forged(
        memory,
        lambda store: tell(store, "positive", fields={"origin": "imported"}),
        instead(EventNoted(event="positive")),
    )

    assert found(memory) == ("decisions", 1)


#: How the response is lifted, by entry 2.
LIFTS: dict[str, Forge] = {
    "by another body than activated": decided_by("county"),
    "an item that stays": leaving_out("measure"),
    "an incident that goes on": with_facts(lambda fact: None if isinstance(fact, IncidentClosed) else fact),
    "into another state": changing(StateEntered, target="raised"),
}


@pytest.mark.parametrize("what", LIFTS)
def test_stand_down_that_does_not_follow_is_found(memory: MemoryStore, what: str) -> None:
    begin(memory)
    activate(memory)
    forged(memory, lambda store: tell(store, "lifted", id="2", verb="stand_down"), LIFTS[what])

    assert found(memory) == ("decisions", 2)


def test_first_adoption_without_an_item_is_found(memory: MemoryStore) -> None:
    forged(memory, begin, leaving_out("obligation"))

    assert found(memory) == ("decisions", 0)


def test_adoption_that_leaves_an_obligation_as_it_was_is_found(memory: MemoryStore) -> None:
    begin(memory)
    routine = BAISHI.states["routine"]
    report = replace(routine.obligations["daily_report"], at=["09:00"])
    other = replace(
        BAISHI, states={**BAISHI.states, "routine": replace(routine, obligations={"daily_report": report})}
    )
    forged(memory, lambda store: begin(store, other), leaving_out("obligation"))

    assert found(memory) == ("decisions", 1)


def test_entry_under_a_playbook_that_governs_no_more_is_found(memory: MemoryStore) -> None:
    begin(memory)
    with memory.reading() as tx:
        first = journal.decode(next(tx.entries(CODE)).body).playbook
    begin(memory, _renamed())
    forged(memory, activate, lambda entry: replace(entry, playbook=first))

    assert found(memory) == ("decisions", 2)


def _renamed() -> Playbook:
    steps = dict(BAISHI.transitions)
    steps["activate"] = replace(steps["activate"], name=text("启动", "activate"))
    return replace(BAISHI, transitions=steps)


# -- what is no fault


def test_another_program_that_decided_otherwise_is_named_and_no_fault(memory: MemoryStore) -> None:
    begin(memory)
    forged(
        memory,
        activate,
        lambda entry: replace(with_facts(without_clause)(entry), program="0.0.9"),
    )
    decided = verified(memory).decided

    assert decided is not None
    assert decided.unknown == {"program 0.0.9": (1, 1)}
    assert [one.name for one in verified(memory).levels if not one.held] == ["decisions"]


def without_clause(fact: Any) -> Any:
    return replace(fact, source=None) if isinstance(fact, ItemChanged) else fact


def test_another_program_that_decided_the_same_counts_as_decided_again(memory: MemoryStore) -> None:
    begin(memory)
    forged(memory, lambda store: tell(store, "ordered", authority="task_force"), _older)
    decided = verified(memory).decided

    assert decided is not None
    assert (decided.fully, decided.unknown) == (2, {})


def _older(entry: Entry) -> Entry:
    return replace(entry, program="0.0.9")


def test_an_end_that_was_asked_for_in_vain_is_recorded_and_decided_again(memory: MemoryStore) -> None:
    begin(memory)
    tell(memory, "positive", verb="activate", fields=LOCAL, until=NIGHT - DAY)
    decided = verified(memory).decided

    assert decided is not None
    assert (decided.fully, decided.partly) == (2, {})


def test_an_end_that_older_programs_did_not_record_is_guessed_and_said(memory: MemoryStore) -> None:
    begin(memory)
    forged(
        memory,
        lambda store: tell(store, "positive", verb="activate", fields=LOCAL, until=NIGHT - DAY),
        lambda entry: replace(entry, until=None),
    )
    decided = verified(memory).decided

    assert decided is not None
    assert decided.partly == {"unrecorded": 1}


def test_words_that_are_erased_hinder_no_decision(memory: MemoryStore) -> None:
    whole_night(memory)
    whole = verified(memory)

    class Erased:
        def __init__(self, tx: Any) -> None:
            self._tx = tx

        def __getattr__(self, name: str) -> Any:
            return getattr(self._tx, name)

        def disclosures(self, _code: str, *, since: int = 0) -> Any:
            return iter(())

    with memory.reading() as tx:
        bare = verify_record(Erased(tx), CODE)

    assert (bare.decided, bare.root, bare.disclosures) == (whole.decided, whole.root, 0)


def test_levels_are_named_each_with_its_verdict(memory: MemoryStore) -> None:
    whole_night(memory)
    of_record = ["bytes", "leaves", "root", "disclosures", "playbooks", "decisions", "replay"]
    of_store = ["effects", "times", "people", "stored"]
    with memory.reading() as tx:
        whole, hashes, kit = verify(tx, CODE), verify(tx, CODE, replay=False), verify_record(tx, CODE)

    assert [one.name for one in whole.levels if one.held] == of_record + of_store
    assert [one.name for one in hashes.levels] == of_record + of_store
    assert [one.name for one in hashes.levels if one.held] == ["leaves", "root"]
    assert all(one.why is not None for one in hashes.levels if not one.held)
    assert [one.name for one in kit.levels if not one.held] == ["root"]
    with memory.reading() as tx:
        assert verify_record(tx, CODE, expected=(5, whole.root)).levels[2].held
        with pytest.raises(JournalError) as caught:
            verify_record(tx, CODE, expected=(5, "0" * 64))
    assert caught.value.level == "root"


@pytest.mark.parametrize("replay", [True, False])
def test_roots_of_prefixes_are_given_where_they_are_asked_for(memory: MemoryStore, *, replay: bool) -> None:
    begin(memory)
    roots = {1: verified(memory).root}
    tell(memory, "ordered", id="refused", authority="task_force")
    roots[2] = verified(memory).root
    activate(memory, id="activated")
    with memory.reading() as tx:
        given = verify(tx, CODE, replay=replay, roots_at={0, 1, 2, 3, 9}).roots

    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert given == {0: empty, **roots, 3: verified(memory).root}


def test_item_that_ends_though_it_does_not_stand_is_found(memory: MemoryStore) -> None:
    begin(memory)
    with pytest.raises(Exception, match="did not stand"):
        forged(
            memory,
            activate,
            lambda entry: replace(
                entry, facts=[*entry.facts, ItemEnded(kind="measure", key="curfew", before={})]
            ),
        )


#: A plan under which nothing follows from a switch, so that its kinds of requests are remembered.
PLAIN = replace(
    BAISHI,
    states={key: replace(state, rosters={}) for key, state in BAISHI.states.items()},
    transitions={key: replace(step, planned_end=None) for key, step in BAISHI.transitions.items()},
)


#: What is forged of the second of two that are alike.
SECOND: dict[str, Forge] = {
    "an obligation left out": leaving_out("obligation"),
    "from another hour on": changing(StateEntered, since=clock.stamp(NIGHT - 60)),
    "the number of the first incident": lambda entry: replace(
        changing(IncidentOpened, incident=f"{CODE}-2026-001")(entry), incident=f"{CODE}-2026-001"
    ),
    "a body that may not decide it": decided_by("county"),
    "an instrument that was not named": lambda entry: replace(entry, basis_ref="law"),
}


def twice(store: MemoryStore, second: Store | None = None) -> None:
    """Adopt, activate, lift, activate again."""
    begin(store, PLAIN)
    tell(store, "positive", id="1", verb="activate", fields=LOCAL)
    tell(store, "lifted", id="2", verb="stand_down")
    tell(second or store, "positive", id="3", verb="activate", fields=LOCAL)


@pytest.mark.parametrize("what", SECOND)
def test_what_came_before_in_the_same_way_is_no_excuse(memory: MemoryStore, what: str) -> None:
    forger: Any = Forger(memory, SECOND[what])
    twice(memory, forger)

    assert found(memory) == ("decisions", 3)


def test_what_came_before_in_the_same_way_is_decided_again_in_full(memory: MemoryStore) -> None:
    twice(memory)
    decided = verified(memory).decided

    assert decided is not None
    assert (decided.fully, decided.partly) == (4, {})


def test_second_refusal_of_another_kind_than_the_first_is_found(memory: MemoryStore) -> None:
    begin(memory)
    tell(memory, "ordered", id="1", authority="task_force")
    forged(
        memory,
        lambda store: tell(store, "ordered", id="2", authority="task_force"),
        changing(RequestRefused, who_may_decide=["county"]),
    )

    assert found(memory) == ("decisions", 2)
