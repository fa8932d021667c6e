"""What verify.py computes on its own is what the program, and the specifications, compute."""

from __future__ import annotations

import contextlib
from pathlib import Path
from random import Random
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from incident.domain import condition, facts, journal, names, tree
from incident.domain.errors import IncidentError
from incident.domain.fact_names import kind_of
from incident.domain.facts import (
    End,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    Outcome,
    ReportFiled,
    Result,
    TimerEnded,
    What,
)
from incident.domain.playbook import Playbook, Range, encode
from incident.domain.request import Verb
from incident.service.adopt import adopt
from incident.service.who import Who
from incident.testing import Drill, MemoryStore
from incident.testing.given import fixed_chance
from tests.kit.making import HOUSE, SCRIPT, SIGNED_AT, parts_of, root_of, run, write_zip
from tests.playbooks import CODE
from tests.service import story
from tests.service.walk import Walk
from tests.shipped import plan

NAMES = ("majian", "dongshan", "taiping", "taizhou", "wulipai")


@given(some.lists(some.binary(max_size=3), max_size=40))
def test_roots_are_those_of_the_definition(entries: list[bytes]) -> None:
    leaves = [tree.leaf_hash(one) for one in entries]

    found = SCRIPT.roots(leaves, range(len(leaves) + 1))

    assert found == {size: root_of(leaves[:size]) for size in range(len(leaves) + 1)}


PLAIN = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**53), 2**53) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=9,
)


@given(some.dictionaries(some.text(max_size=3), PLAIN, max_size=4))
def test_canonical_bytes_are_those_of_the_program(plain: dict[str, object]) -> None:
    assert SCRIPT.parse(journal.canonical(plain)) == plain


@pytest.mark.parametrize("text", ["AB==", "AAB=", "AA", "AA=", "AA==\n", "-_8="])
def test_base64_in_another_form_is_refused(text: str) -> None:
    with pytest.raises((SCRIPT.Unfit, ValueError)):
        SCRIPT.unbase64(text)


def kinds_of_facts() -> list[facts.AnyFact]:
    """A fact of every kind, in every way in which its name can differ."""
    items = [
        "body",
        "group",
        "roster",
        "obligation",
        "measure",
        "clock",
        "directive",
        "tenure",
        "leave",
        "pin",
    ]
    bare, acting = {"a": 1}, {"acts_as": {"zh": "组", "en": "group"}, "replaced": "x"}
    made: list[facts.AnyFact] = []
    for kind in [*items, "callout", "handover", "proposal", "break_glass"]:
        made += [ItemStarted(kind=kind, key="k", after=bare), ItemEnded(kind=kind, key="k", before=bare)]
        made += [
            ItemChanged(kind=kind, key="k", before=before, after=after)
            for before in (bare, acting)
            for after in (bare, acting)
        ]
    for what in get_args(What):
        for end in get_args(End):
            for result in (None, *get_args(Result)):
                made.append(TimerEnded(what=what, key="k", due=SIGNED_AT, end=end, result=result))
    made += [ItemEnded(kind="proposal", key="k", before=bare, outcome=one) for one in get_args(Outcome)]
    made += [ReportFiled(sender="s", form="f", corrects=one) for one in (None, 3)]
    return [
        *made,
        facts.EventNoted(event="e"),
        facts.IncidentClosed(incident="i"),
        facts.LogNoted(way="in", at=SIGNED_AT),
    ]


def test_facts_are_called_what_the_program_calls_them() -> None:
    for fact in kinds_of_facts():
        assert SCRIPT.kind_of(msgspec.to_builtins(fact)) == kind_of(fact), fact


@pytest.mark.parametrize("name", NAMES)
def test_references_name_whom_they_name_in_the_program(name: str) -> None:
    playbook: Playbook = plan(name)
    book = SCRIPT.decode(encode(playbook).decode())
    deciders = {one.key: one for one in names.known(playbook, names.DECIDERS)}
    refs = {ref for step in playbook.transitions.values() for ref in step.decided_by}
    refs |= {words for words, _ in names._all(playbook)} | {"nobody", ""}

    for ref in refs:
        found = {one.key for one in names.find(playbook, ref, names.DECIDERS)}
        named = {key for key in deciders if SCRIPT.is_named(book, ref, key)}
        assert found == named, ref


@given(
    some.text(max_size=2) | some.integers(-3, 3) | some.lists(some.text(max_size=2), max_size=2)
    | some.builds(Range, some.none() | some.integers(-3, 3), some.none() | some.integers(-3, 3)),
    some.text(max_size=2) | some.integers(-3, 3),
)  # fmt: skip
def test_conditions_are_met_as_in_the_program(one: str | int | list[str] | Range, value: str | int) -> None:
    assert SCRIPT.meets(msgspec.to_builtins(one), value) == condition.meets(one, value)


@pytest.mark.parametrize("to", ["previous", "nowhere"])
def test_step_to_no_state_is_found(to: str) -> None:
    step = {"from": ["routine"], "on": "event", "to": to}
    book = {"transitions": {"step": step}, "events": {"event": {}}, "states": {"routine": {}}}
    walk = SCRIPT.Walk(None)
    walk.now["state"] = "routine"

    with pytest.raises(SCRIPT.Unfit, match="to no state"):
        walk.step({"step": "step", "came": {"type": "event"}}, {}, book, {})


@pytest.mark.parametrize(("to", "holder"), [("previous", "first"), ("other", "second")])
def test_whoever_decided_the_state_to_which_a_step_returns_lifts_it(to: str, holder: str) -> None:
    """By `activator` the table names the body that decided the state in force."""
    step = {"from": ["raised"], "on": "event", "to": to}
    states: dict[str, Any] = {"routine": {}, "raised": {}, "other": {}}
    walk = SCRIPT.Walk(None)
    walk.now |= {"state": "raised", "previous": "other", "incident": "1"}
    walk.now |= {"authority": "later", "previous_authority": "first"}
    facts = {"StateEntered": {"origin": "raised", "target": "other", "authority": "second"}}
    book = {"transitions": {"step": step}, "events": {"event": {}}, "states": states, "initial": "routine"}

    walk.step({"step": "step", "came": {"type": "event"}, "authority": "second"}, facts, book, {})

    assert walk.now["authority"] == holder


# -- nothing that the program records is called a fault


def held(tmp_path: Path, store: MemoryStore, code: str) -> str:
    with store.reading() as tx:
        kit = parts_of(tx, code, sizes=(1,))
    said = run(write_zip(tmp_path / "kit.zip", kit.sealed()), "--key", HOUSE.vkey())
    assert said.code == 0, said.out
    return said.out


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_asked_of_a_town_holds(tmp_path: Path, name: str) -> None:
    random, drill = Random(name), Drill(name)
    bodies = [*drill.playbook.bodies, *drill.playbook.groups]
    for _ in range(25):
        key = random.choice([*drill.playbook.events])
        fields = drill.playbook.events[key].fields
        values: dict[str, Any] = {
            name: 1 if one.type == "integer" else random.choice([*one.choices, "张三"])
            for name, one in fields.items()
        }
        verb = random.choice(get_args(Verb))
        words: dict[str, Any] = {"decided_by": random.choice(bodies)} if random.random() < 1 / 4 else {}
        drill._refused = None
        drill.clock.after(minutes=random.randrange(90))
        with contextlib.suppress(IncidentError):
            drill.ask(verb, key, **words, **values)

    assert "StateEntered 0" not in held(tmp_path, drill.store, drill.code)


@pytest.mark.parametrize("seed", [1, 5])
def test_whatever_people_do_about_duty_holds(tmp_path: Path, seed: int) -> None:
    walk = Walk(seed)
    walk.go(12)

    held(tmp_path, walk.office.store, walk.office.code)


def test_night_and_morning_of_other_plans_hold(tmp_path: Path) -> None:
    store = MemoryStore()
    story.whole_night(store)
    held(tmp_path, store, CODE)
    held(tmp_path, store, story.morning(store))


def test_other_versions_adopted_between_two_incidents_hold(tmp_path: Path) -> None:
    drill = Drill("majian")
    case: dict[str, Any] = {"origin": "local", "result": "confirmed", "cases": 1}
    for zone in ("Asia/Urumqi", "Asia/Shanghai"):
        town = msgspec.structs.replace(drill.playbook.jurisdiction, zone=zone)
        adopted = msgspec.structs.replace(drill.playbook, jurisdiction=town, initial="routine")
        drill.clock.after(hours=3)
        adopt(drill.store, adopted, Who(by="drill"), now=drill.clock, chance=fixed_chance)
        drill.clock.after(hours=3)
        drill.activate("local_positive_reported", **case)
        drill.clock.after(hours=3)
        drill.stand_down()

    assert "StateEntered 4" in held(tmp_path, drill.store, drill.code)
