"""A journal rewritten with the program's own code: hashes and tables are in step, and it does not follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import clock, journal
from incident.domain.errors import JournalError
from incident.domain.fact import Fact
from incident.domain.facts import (
    AnyFact,
    EventNoted,
    IncidentClosed,
    IncidentOpened,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    PlannedEndMoved,
    ReportFiled,
    RequestRefused,
    StateEntered,
    TimerEnded,
)
from incident.domain.filing import Filing
from incident.domain.journal import Came, Entry
from incident.domain.playbook import Playbook
from incident.service.extend import extend
from incident.service.filing import Contents, Order, file, issue, withdraw
from incident.service.ports import Store
from incident.service.tick import sweep
from incident.service.verify import verify
from incident.service.verify_record import verify_record
from incident.service.who import Origin, Who
from incident.testing import MemoryStore, fixed_chance
from tests.playbooks import BAISHI, CODE, DAY, HOUR, NIGHT, text
from tests.service.forging import Forge, Forger
from tests.service.story import LOCAL, OFFICER, activate, begin, morning, tell, verified, whole_night

NOTHING = Came(id="", source="", type="", time="")
Doing = Callable[[Store], object]


def forged(store: MemoryStore, doing: Doing, forge: Forge) -> Any:
    """Let something be done whose entry is forged."""
    forger: Any = Forger(store, forge)  # a store in all that is asked of it
    return doing(forger)


def found(store: MemoryStore, code: str = CODE) -> tuple[str | None, int | None]:
    """Give level and entry at which verifying the live database stops; a kit's record stops there too."""
    with store.reading() as tx, pytest.raises(JournalError) as live:
        verify(tx, code)
    with store.reading() as tx, pytest.raises(JournalError) as kit:
        verify_record(tx, code)
    assert (live.value.level, live.value.seq) == (kit.value.level, kit.value.seq)
    assert all(live.value.parts())
    return live.value.level, live.value.seq


def with_facts(change: Callable[[Any], Any]) -> Forge:
    """Make other facts of those of an entry; none of one that is left out."""
    return lambda entry: replace(entry, facts=[one for one in map(change, entry.facts) if one is not None])


def changing(kind: type[Fact], **fields: Any) -> Forge:
    return with_facts(lambda fact: replace(fact, **fields) if isinstance(fact, kind) else fact)


def leaving_out(kind: str) -> Forge:
    return with_facts(lambda fact: None if getattr(fact, "kind", None) == kind else fact)


def decided_by(body: str) -> Forge:
    """Let another body have decided: in the entry, and in the state that it entered."""

    def forge(entry: Entry) -> Entry:
        return replace(changing(StateEntered, authority=body)(entry), authority=body)

    return forge


def said(**data: Any) -> Forge:
    """Let the event have had other values."""

    def forge(entry: Entry) -> Entry:
        assert entry.came is not None
        return replace(entry, came=replace(entry.came, data={**entry.came.data, **data}))

    return forge


def instead(*facts: AnyFact, **fields: Any) -> Forge:
    return lambda entry: replace(entry, facts=[*facts], **fields)


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


# -- what has become due, reports, directives, planned ends


@pytest.fixture
def town(memory: MemoryStore) -> tuple[MemoryStore, str]:
    """Qingshi, in the morning after: entries 0 to 5."""
    return memory, morning(memory)


def _filed(code: str) -> Doing:
    return lambda store: file(
        store,
        code,
        Filing(sender="coordination"),
        Contents(text="晚了"),
        origin=Origin(Who(by=OFFICER), "test", "late"),
        now=lambda: NIGHT + 8 * HOUR + 600,
        chance=fixed_chance,
    )


def _made_on_time(fact: Any) -> Any:
    if not isinstance(fact, ReportFiled):
        return fact
    assert any(one.late for one in fact.closes), "one of them is late"
    return replace(fact, closes=[replace(one, late=0) for one in fact.closes])


FILINGS: dict[str, Forge] = {
    "late, and marked on time": with_facts(_made_on_time),
    "closing what it does not": changing(ReportFiled, closes=[]),
    "in another's name": changing(ReportFiled, sender="command"),
    "in a form that is not owed": changing(ReportFiled, form="daily"),
    "with a file that did not come": changing(ReportFiled, attachments=1),
    "zero without having said so is another": changing(ReportFiled, zero=True, closes=[]),
    "with what it gathers": changing(ReportFiled, corrects=0),
}


@pytest.mark.parametrize("what", FILINGS)
def test_filing_that_does_not_follow_is_found(town: tuple[MemoryStore, str], what: str) -> None:
    store, code = town
    sweep(store, now=lambda: NIGHT + 7 * HOUR, node="n1")
    with store.reading() as tx:
        before = verify(tx, code).entries
    forged(store, _filed(code), FILINGS[what])

    level, seq = found(store, code)
    assert (level, seq) == ("decisions", seq)
    assert seq is not None
    assert seq >= before


TIMES: dict[str, Forge] = {
    "missed, made met": changing(TimerEnded, result="met"),
    "told to nobody": changing(TimerEnded, tell=[]),
    "late, made punctual": changing(TimerEnded, late=0, end="fired"),
    "held for no reason": changing(TimerEnded, end="held"),
    "by a person": lambda entry: replace(entry, actor="os"),
    "with a state besides": lambda entry: replace(entry, facts=[*entry.facts, EventNoted(event="positive")]),
}


@pytest.mark.parametrize("what", TIMES)
def test_end_of_a_time_that_does_not_follow_is_found(town: tuple[MemoryStore, str], what: str) -> None:
    store, code = town
    forged(store, lambda there: sweep(there, now=lambda: NIGHT + 9 * HOUR + 300, node="n1"), TIMES[what])

    assert found(store, code)[0] == "decisions"


def test_directive_issued_and_taken_back_holds_and_forged_is_found(town: tuple[MemoryStore, str]) -> None:
    store, code = town
    order = Order(by="command", to="coordination", due=NIGHT + 9 * HOUR, text="核查")
    given: Any = {"chance": fixed_chance, "now": lambda: NIGHT + 5 * HOUR}
    issue(store, code, order, origin=Origin(Who(by=OFFICER), "test", "issued"), **given)
    with store.reading() as tx:
        size = verify(tx, code).entries
    key = f"directive-{size - 1}"

    def back(there: Store) -> object:
        return withdraw(there, code, key, "误发", origin=Origin(Who(by=OFFICER), "test", "back"), **given)

    forged(store, back, lambda entry: replace(entry, reason=None))

    assert found(store, code) == ("decisions", size)


ENDS: dict[str, Forge] = {
    "moved by another body": changing(PlannedEndMoved, authority="county"),
    "moved elsewhere than was asked for": changing(
        PlannedEndMoved, planned_end=clock.stamp(NIGHT + 99 * DAY)
    ),
    "moved without a basis": lambda entry: replace(entry, basis=None, basis_ref=None),
    "refused though it may be": instead(RequestRefused(rule="time", times=["no_end"])),
}


@pytest.mark.parametrize("what", ENDS)
def test_planned_end_that_does_not_follow_is_found(memory: MemoryStore, what: str) -> None:
    begin(memory)
    activate(memory)
    forged(
        memory,
        lambda store: extend(
            store,
            CODE,
            NIGHT + 20 * DAY,
            decided_by="领导小组",
            basis="突发事件应对法",
            reason="疫情未止",
            origin=Origin(Who(by=OFFICER), "test", "longer"),
            now=lambda: NIGHT + HOUR,
            chance=fixed_chance,
        ),
        ENDS[what],
    )

    assert found(memory) == ("decisions", 2)


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
