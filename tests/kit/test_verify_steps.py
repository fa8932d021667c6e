"""What the table does not allow, all made anew and signed, so that only the levels named can find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit.making import ACTIVATED, CALLED, FURTHER, LIFTED, REFUSED, Parts
from tests.kit.sealing import verified, whole

__all__ = ["whole"]


def another_step(kit: Parts) -> Parts:
    return kit.with_entry(ACTIVATED, kit.entry(ACTIVATED) | {"step": "declare_first_level"})


def another_event(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["came"]["type"] = "response_lifted"
    return kit.with_entry(ACTIVATED, entry)


def another_body(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["authority"] = entry["facts"][1]["authority"] = "general_coordination"
    return kit.with_entry(ACTIVATED, entry)


def another_lifts(kit: Parts) -> Parts:
    """Lifted by a body that did not decide the activation."""
    entry = kit.entry(LIFTED)
    entry["authority"] = entry["facts"][0]["authority"] = "outbreak_task_force"
    return kit.with_entry(LIFTED, entry)


def no_such_step(kit: Parts) -> Parts:
    return kit.with_entry(ACTIVATED, kit.entry(ACTIVATED) | {"step": "bless"})


def later_step(kit: Parts) -> Parts:
    """A step of the table that leaves another state."""
    return kit.with_entry(ACTIVATED, kit.entry(ACTIVATED) | {"step": kit.entry(LIFTED)["step"]})


def condition_false(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["came"]["data"]["origin"] = "imported"
    return kit.with_entry(ACTIVATED, entry)


def condition_hidden(kit: Parts) -> Parts:
    """The value that decides is sealed and not opened."""
    entry = kit.entry(ACTIVATED)
    entry["came"]["data"]["origin"] = entry["by"]
    return replace(kit.with_entry(ACTIVATED, entry), withheld=[[ACTIVATED, "data.origin"]])


def condition_true(kit: Parts) -> Parts:
    """`true` is no number, though Python takes it for 1."""
    entry = kit.entry(ACTIVATED)
    entry["came"]["data"]["result"] = True
    return kit.with_entry(ACTIVATED, entry)


def condition_void(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["came"]["data"]["origin"] = None
    return kit.with_entry(ACTIVATED, entry)


def nobody(kit: Parts) -> Parts:
    """Decided by nobody, as the entry says."""
    entry = kit.entry(ACTIVATED)
    del entry["authority"], entry["facts"][1]["authority"]
    return kit.with_entry(ACTIVATED, entry)


def no_step(kit: Parts) -> Parts:
    entry = kit.entry(LIFTED)
    del entry["step"]
    return kit.with_entry(LIFTED, entry)


def gap_between_states(kit: Parts) -> Parts:
    entry = kit.entry(LIFTED)
    entry["facts"][0]["origin"] = "first_level_response"
    return kit.with_entry(LIFTED, entry)


def elsewhere(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["facts"][1]["target"] = "first_level_response"
    return kit.with_entry(ACTIVATED, entry)


def refusal_that_acts(kit: Parts) -> Parts:
    entry = kit.entry(REFUSED)
    entry["facts"].append({"fact": "EventNoted", "event": "local_positive_reported"})
    return kit.with_entry(REFUSED, entry)


def other_incident(kit: Parts) -> Parts:
    """An entry that a filter by incident would not open."""
    return kit.with_entry(FURTHER, kit.entry(FURTHER) | {"incident": "330681111-2026-007"})


def entered_twice(kit: Parts) -> Parts:
    entry = kit.entry(ACTIVATED)
    entry["facts"].insert(1, entry["facts"][1] | {"target": "first_level_response"})
    return kit.with_entry(ACTIVATED, entry)


def not_noted(kit: Parts) -> Parts:
    return kit.with_entry(FURTHER, kit.entry(FURTHER) | {"facts": []})


def switched_instead(kit: Parts) -> Parts:
    """A step that only notes an event is said to have changed the state."""
    entry = kit.entry(FURTHER)
    entry["facts"].append(kit.entry(ACTIVATED)["facts"][1])
    return kit.with_entry(FURTHER, entry)


def goes_on(kit: Parts) -> Parts:
    """Lifted, and the incident does not end."""
    entry = kit.entry(LIFTED)
    entry["facts"] = [one for one in entry["facts"] if one["fact"] != "IncidentClosed"]
    return kit.with_entry(LIFTED, entry)


def adopted_again(kit: Parts) -> Parts:
    """The playbook is adopted within the incident."""
    entry = kit.entry(CALLED)
    entry["facts"].append(kit.entry(0)["facts"][0])
    return kit.with_entry(CALLED, entry)


def never_adopted(kit: Parts) -> Parts:
    entry = kit.entry(0)
    entry["facts"] = entry["facts"][1:]
    return kit.with_entry(0, entry)


@pytest.mark.parametrize(
    ("spoil", "seq", "words"),
    [
        (another_step, ACTIVATED, "event 'local_positive_reported', expected 'first_level"),
        (no_such_step, ACTIVATED, "not in the table 'bless'"),
        (later_step, ACTIVATED, "from state 'routine', expected ["),
        (another_event, ACTIVATED, "event 'response_lifted', expected 'local_positive_reported'"),
        (another_body, ACTIVATED, "decided by 'general_coordination', expected ['"),
        (nobody, ACTIVATED, "decided by None"),
        (another_lifts, LIFTED, "decided by 'outbreak_task_force', expected ['command']"),
        (condition_false, ACTIVATED, "condition {'origin': 'imported'}, expected {'origin': 'local'}"),
        (condition_hidden, ACTIVATED, "condition {'origin': {'sd': "),
        (condition_true, ACTIVATED, "condition {'result': True}"),
        (condition_void, ACTIVATED, "condition {'origin': None}"),
        (no_step, LIFTED, "facts about the state ['IncidentClosed', 'StateEntered'], expected []"),
        (gap_between_states, LIFTED, "enters ['first_level_response', "),
        (elsewhere, ACTIVATED, "enters ['routine', 'first_level_response', "),
        (entered_twice, ACTIVATED, "facts about the state"),
        (not_noted, FURTHER, "event noted None"),
        (switched_instead, FURTHER, "facts about the state"),
        (goes_on, LIFTED, "facts about the state"),
        (adopted_again, CALLED, "adopted in state"),
        (refusal_that_acts, REFUSED, "a refusal that changes something"),
        (other_incident, FURTHER, "incident '330681111-2026-007', expected '330681111-2026-001'"),
        (never_adopted, 0, "playbook in force"),
    ],
)
def test_step_that_the_table_does_not_allow_is_found(
    tmp_path: Path, whole: Parts, spoil: Callable[[Parts], Parts], seq: int, words: str
) -> None:
    said = verified(tmp_path, spoil(whole).sealed())

    assert said.code == 1
    assert said.faults().keys() == {"transitions"}
    assert said.faults()["transitions"].startswith(f"entry {seq}: "), said.out
    assert words in said.faults()["transitions"]
