"""Whatever a stranger sends is checked within bounds of time and memory, and stops no check."""

from __future__ import annotations

import tracemalloc
from time import process_time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import playbook
from incident.domain.check import MOST_ERRORS, RULES, check, clocks, counts, paper
from incident.domain.organisation import Text
from incident.domain.playbook import Event, Field, Playbook, Range
from incident.playbook_text.limits import MOST
from incident.playbook_text.nodes import MAX_BYTES
from tests.playbook_rules.plain_town import TOWN

# --- Long texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scrap", ["1", "0", "139", "13 ", "86 ", "+86-", "0000-", "(000", "400-", " ", "1-", "１"]
)
def test_a_mebibyte_of_digits_and_spaces_is_searched_at_once(scrap: str) -> None:
    text = scrap * (MAX_BYTES // len(scrap))
    started = process_time()
    paper._TELEPHONE.search(text)
    clocks._ZONE.fullmatch("A" + text)
    clocks._ZONE.fullmatch("A" + "/Aa" * (MAX_BYTES // 3))
    assert process_time() - started < 10  # some tenths; a search that backtracks takes days


@pytest.mark.parametrize("scrap", ["1", "1,", "1-9、", "一1", "999-"])
def test_the_longest_clause_is_read_at_once(scrap: str) -> None:
    clause = (scrap * 120)[:119] + "x"
    started = process_time()
    for _ in range(100):
        counts._numbers(clause)
    assert process_time() - started < 10


# --- Large and broken playbooks --------------------------------------------------------------------


def crowded(**changes: object) -> Playbook:
    """Give as many states and transitions as there may be, each from every state."""
    names = ["routine", *(f"s{at}" for at in range(1, MOST[("states",)]))]
    step = msgspec.structs.replace(TOWN.transitions["lift_response"], origins=names, decided_by=["command"])
    return msgspec.structs.replace(
        TOWN,
        states=dict.fromkeys(names, TOWN.states["first_level_response"])
        | {"routine": TOWN.states["routine"]},
        events={f"e{at}": TOWN.events["response_lifted"] for at in range(MOST[("transitions",)])},
        transitions={
            f"t{at}": msgspec.structs.replace(
                step, **{"on": f"e{at}", "to": names[at % len(names)] if at % 2 else "previous", **changes}
            )
            for at in range(MOST[("transitions",)])
        },
    )


def intricate() -> Playbook:
    """Give one event with as many fields as there may be, and conditions that overlap in every way."""
    name = Text("名", "name")
    field = Field(name=name, type="integer", at_least=0, at_most=1000)
    event = Event(name=name, fields={f"f{at}": field for at in range(MOST[("events", "*", "fields")])})
    plan = crowded(on="e0")
    steps = {
        key: msgspec.structs.replace(
            step,
            origins=[state for n, state in enumerate(plan.states) if (at + n) % 7 < 4],
            when={f"f{(at + n * n) % 30}": Range((at * n) % 300, 700 + (at * n) % 300) for n in range(5)},
        )
        for at, (key, step) in enumerate(plan.transitions.items())
    }
    return msgspec.structs.replace(plan, events={"e0": event}, transitions=steps)


@pytest.mark.parametrize(
    "plan",
    [
        crowded(),
        crowded(on="e0"),
        crowded(to="routine"),
        crowded(to="previous"),
        crowded(decided_by=["nobody"] * 100),
        intricate(),
    ],
    ids=["any", "one event", "one target", "all back", "nobody decides", "intricate"],
)
def test_the_largest_playbook_is_checked_within_bounds(plan: Playbook) -> None:
    tracemalloc.start()
    started = process_time()
    found = check(plan)
    took = process_time() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len([one for one in found if one.severity == "error"]) <= 10 * MOST_ERRORS
    assert took < 20  # 2 s without the tracing, on a machine that does nothing else
    assert peak < 200e6


OTHER_NAMES = ["previous", "each_group", "activator", "command", "routine", "general", "P1", "一(一)1", "x"]


@given(st.data())
def test_no_playbook_that_can_be_read_stops_the_check(data: st.DataObject) -> None:
    """Break a sound playbook at random places: remove things, and put other names where names stand."""
    raw = msgspec.json.decode(playbook.encode(TOWN))
    for _ in range(data.draw(st.integers(1, 6))):
        at = raw
        while isinstance(at, dict | list) and at:
            steps = list(at) if isinstance(at, dict) else list(range(len(at)))
            step = data.draw(st.sampled_from(steps))
            if data.draw(st.integers(0, 5)) == 0:
                del at[step]
                break
            if isinstance(at[step], str):
                at[step] = data.draw(st.sampled_from(OTHER_NAMES))
            at = at[step]
    try:
        broken = msgspec.convert(raw, Playbook)
    except msgspec.ValidationError:
        return
    assert all(one.rule in RULES for one in check(broken))
