"""What was computed of a playbook is remembered by the playbook itself, not by its looks."""

from __future__ import annotations

from msgspec.structs import replace

from incident.domain import memo
from incident.domain.memo import by_identity
from incident.domain.playbook import Playbook
from tests.playbooks import BAISHI


class Counted:
    """Computes something of a playbook and counts how often."""

    def __init__(self) -> None:
        self.times = 0
        self.of = by_identity(self._compute)

    def _compute(self, plan: Playbook, state: str, shout: str = "") -> str:
        self.times += 1
        return plan.playbook + state + shout


def test_same_question_is_computed_once() -> None:
    counted = Counted()

    assert [counted.of(BAISHI, "routine") for _ in range(3)] == ["baishiroutine"] * 3
    assert counted.times == 1


def test_other_arguments_are_other_questions() -> None:
    counted = Counted()

    assert counted.of(BAISHI, "routine") != counted.of(BAISHI, "raised")
    assert counted.times == 2


def test_arguments_given_by_name_are_told_apart() -> None:
    counted = Counted()

    assert counted.of(BAISHI, state="routine") == "baishiroutine"
    assert counted.of(BAISHI, state="raised") == "baishiraised"


def test_equal_playbook_that_is_another_object_is_computed_anew() -> None:
    counted = Counted()
    other = replace(BAISHI)

    assert other == BAISHI
    assert counted.of(BAISHI, "routine") == counted.of(other, "routine")
    assert counted.times == 2


def test_playbook_whose_place_in_memory_is_given_to_another_is_not_mistaken_for_it() -> None:
    counted = Counted()
    names = [f"p{number}" for number in range(200)]

    # each copy is dropped at once, so its id would soon be another's if nobody kept it
    seen = [counted.of(replace(BAISHI, playbook=name), "") for name in names]

    assert seen == names


def test_what_is_kept_is_bounded_and_forgetting_changes_no_answer() -> None:
    counted = Counted()
    many = memo._KEPT + 10

    first = [counted.of(BAISHI, str(number)) for number in range(many)]
    again = [counted.of(BAISHI, str(number)) for number in range(many)]

    assert first == again
    assert many < counted.times <= 2 * many


def test_remembered_function_keeps_its_name() -> None:
    assert Counted().of.__name__ == "_compute"
