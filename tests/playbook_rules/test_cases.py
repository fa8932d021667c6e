"""Cases of rules that decide by a table: pools of people, values of conditions. Times: `test_times.py`."""

from __future__ import annotations

import msgspec
import pytest

from incident.domain import playbook
from incident.domain.check import conditions, counts, rosters
from incident.domain.collisions import collisions
from incident.domain.organisation import Body, Group, Office, Post, Seat, Text, Unit
from incident.domain.playbook import Condition, Event, Field, Range, Roster, State
from tests.playbook_rules.one_state import NAME, town

POST, OTHER = Post(name=NAME), Post(name=Text("另一职务", "another post"))


def seats(*listed: Seat) -> dict[str, Seat]:
    return {f"seat{at}": seat for at, seat in enumerate(listed)}


@pytest.mark.parametrize(
    ("body", "is_covered"),
    [
        (Body(name=NAME), False),
        (Body(name=NAME, open=True), True),
        (Body(name=NAME, members=NAME), True),
        (Body(name=NAME, units=["派出所"]), True),
        (Body(name=NAME, seats=seats(Seat(title=NAME))), False),
        (Body(name=NAME, seats=seats(Seat(title=NAME, count=2))), True),
        (Body(name=NAME, seats=seats(Seat(title=NAME, everyone=True))), True),
        (Body(name=NAME, seats=seats(Seat(title=NAME, people=NAME))), True),
        (Body(name=NAME, seats=seats(Seat(title=NAME, by_name=True))), True),
        (Body(name=NAME, seats=seats(Seat(title=NAME, posts=[POST, OTHER]))), True),
        (Body(name=NAME, seats=seats(Seat(title=NAME, posts=[Post(name=NAME, count=2)]))), True),
        # one person in two seats stays one person
        (Body(name=NAME, seats=seats(Seat(title=NAME, posts=[POST]), Seat(title=NAME, posts=[POST]))), False),
        (
            Body(name=NAME, seats=seats(Seat(title=NAME, holders=["P1"]), Seat(title=NAME, holders=["P1"]))),
            False,
        ),
        (
            Body(name=NAME, seats=seats(Seat(title=NAME, holders=["P1"]), Seat(title=NAME, holders=["P2"]))),
            True,
        ),
        (Body(name=NAME, office=Office(name=NAME)), False),
        (Body(name=NAME, office=Office(name=NAME, host_unit="派出所")), True),
    ],
)
def test_a_roster_needs_more_than_one_person(body: Body, *, is_covered: bool) -> None:
    state = State(name=NAME, rosters={"watch": Roster(name=NAME, of="command")})
    assert [one.rule for one in rosters.find(town(state, command=body))] == ([] if is_covered else ["P305"])


@pytest.mark.parametrize(
    ("keeper", "is_covered"),
    [
        ("command.office", False),
        ("command.office.head", False),
        ("command.leader", False),
        ("watchers", False),
        ("watchers.head", False),
        ("派出所", True),
        ("nobody", True),  # P204 says so
    ],
)
def test_a_roster_may_be_kept_by_a_part_of_a_body(keeper: str, *, is_covered: bool) -> None:
    one = {"head": Seat(title=NAME, posts=[POST])}
    body = Body(name=NAME, seats={"leader": one["head"]}, office=Office(name=NAME, seats=one))
    plan = town(
        State(name=NAME, rosters={"watch": Roster(name=NAME, of=keeper)}),
        command=body,
        group=Group(name=Text("值班组", "Watchers"), seats=one),
    )
    plan = msgspec.structs.replace(plan, units={"派出所": msgspec.convert({"en": "Police"}, Unit)})
    assert [one.rule for one in rosters.find(plan)] == ([] if is_covered else ["P305"])


def test_a_reinforced_group_can_keep_a_roster() -> None:
    state = State(
        name=NAME,
        groups={"watchers": playbook.StandingGroup(reinforced=True)},
        rosters={"watch": Roster(name=NAME, of="watchers")},
    )
    assert list(rosters.find(town(state, group=Group(name=Text("值班组", "Watchers"))))) == []


def test_a_person_is_counted_in_groups_under_a_task_force_by_either_way() -> None:
    seat = {"head": Seat(title=NAME, holders=["P1"])}
    groups = {
        "own": Group(name=NAME, under="force", seats=seat),
        "lent": Group(name=NAME, seats=seat),
        "idle": Group(name=NAME, seats=seat),
    }
    state = State(
        name=NAME,
        groups={
            "own": playbook.StandingGroup(),
            "lent": playbook.StandingGroup(under="force"),
            "idle": playbook.StandingGroup(),
        },
    )
    plan = msgspec.structs.replace(
        town(state),
        groups=groups,
        bodies={"command": Body(name=NAME), "force": Body(name=NAME, kind="task_force")},
    )
    assert collisions(plan, "routine") == (("P1", ("own.head", "lent.head")),)
    (problem,) = [one for one in counts.find(plan) if one.rule == "P403"]
    assert problem.path == ("states", "routine", "bodies", "force")
    assert str(problem.found) == "`P1` holds seats in `own`, `lent`"


NUMBER = Field(name=NAME, type="integer", at_least=1, at_most=9)
CHOICE = Field(name=NAME, type="choice", choices={"local": NAME})
TEXT = Field(name=NAME, type="text")


@pytest.mark.parametrize(
    ("field", "condition", "is_wrong"),
    [
        (NUMBER, 1, False),
        (NUMBER, 0, True),
        (NUMBER, Range(at_least=0), False),  # says nothing, and does no harm
        (NUMBER, Range(at_least=10), True),
        (NUMBER, Range(at_least=5, at_most=4), True),
        (NUMBER, Range(), True),
        (NUMBER, "1", True),
        (NUMBER, ["1"], True),
        (CHOICE, "local", False),
        (CHOICE, "abroad", True),
        (CHOICE, ["local", "abroad"], True),
        (CHOICE, 1, True),
        (CHOICE, Range(at_least=1), True),
        (TEXT, "anything", False),
        (TEXT, 1, True),
    ],
)
def test_a_condition_fits_the_type_of_its_field(
    field: Field, condition: Condition, *, is_wrong: bool
) -> None:
    step = playbook.Transition(name=NAME, origins=["routine"], on="e", to="routine", when={"f": condition})
    plan = town(State(name=NAME), event=Event(name=NAME, fields={"f": field}))
    found = [one.rule for one in conditions.find(msgspec.structs.replace(plan, transitions={"t": step}))]
    assert found == (["P109"] if is_wrong else [])


@pytest.mark.parametrize(
    ("field", "is_wrong"),
    [
        (NUMBER, False),
        (CHOICE, False),
        (TEXT, False),
        (Field(name=NAME, type="choice"), True),
        (Field(name=NAME, type="integer", at_least=2, at_most=1), True),
        (Field(name=NAME, type="integer", choices={"local": NAME}), True),
        (Field(name=NAME, type="text", at_most=9), True),
        (Field(name=NAME, type="integer", at_least=1), False),
    ],
)
def test_a_field_can_be_filled(field: Field, *, is_wrong: bool) -> None:
    plan = town(State(name=NAME), event=Event(name=NAME, fields={"f": field}))
    errors = [one.rule for one in conditions.find(plan) if one.severity == "error"]
    assert errors == (["P109"] if is_wrong else [])
