"""Postures and their difference: the laws on which everything else rests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from incident.domain import posture
from incident.domain.organisation import Duty
from incident.domain.playbook import Measure, Obligation, Playbook, StandingBody, StandingGroup, State
from incident.domain.posture import Change, Posture
from tests.domain.items import postures
from tests.domain.strategies import playbooks
from tests.playbooks import BAISHI, text

LAWS = settings(max_examples=60)


@LAWS
@given(postures(), postures())
def test_difference_of_two_postures_leads_from_one_to_the_other(a: Posture, b: Posture) -> None:
    assert posture.apply(a, posture.difference(a, b)) == b


@LAWS
@given(postures())
def test_difference_of_a_posture_with_itself_changes_nothing(a: Posture) -> None:
    changes = posture.difference(a, a)

    assert {change.op for change in changes} <= {"="}
    assert len(changes) == len(a)
    assert posture.apply(a, changes) == a


@LAWS
@given(postures(), postures())
def test_way_back_undoes_the_way_in(a: Posture, b: Posture) -> None:
    there = posture.apply(a, posture.difference(a, b))

    assert posture.apply(there, posture.difference(b, a)) == a


@LAWS
@given(postures(), postures())
def test_way_back_is_the_way_in_mirrored(a: Posture, b: Posture) -> None:
    mirrored = {"+": "-", "-": "+", "~": "~", "=": "="}
    there = {(c.op, c.kind, c.key, c.before, c.after) for c in map(_hashable, posture.difference(a, b))}
    back = {
        (mirrored[c.op], c.kind, c.key, c.after, c.before) for c in map(_hashable, posture.difference(b, a))
    }

    assert there == back


def _hashable(change: Change) -> Any:
    return Change(change.op, change.kind, change.key, repr(change.before), repr(change.after))  # type: ignore[arg-type]


@LAWS
@given(postures(), postures())
def test_every_item_of_both_postures_has_exactly_one_line(a: Posture, b: Posture) -> None:
    keys = [(change.kind, change.key) for change in posture.difference(a, b)]

    assert sorted(keys) == sorted({*a, *b})


@LAWS
@given(postures(), postures())
def test_sign_of_a_line_says_where_the_item_stands(a: Posture, b: Posture) -> None:
    for change in posture.difference(a, b):
        here, there = (change.kind, change.key) in a, (change.kind, change.key) in b
        expected = "+" if not here else "-" if not there else "=" if change.before == change.after else "~"
        assert change.op == expected


@LAWS
@given(postures(), postures())
def test_lines_stand_kind_by_kind_and_ends_come_last_of_their_kind(a: Posture, b: Posture) -> None:
    order = {kind: at for at, kind in enumerate(posture.KINDS)}
    places = [(order[change.kind], change.op == "-") for change in posture.difference(a, b)]

    assert places == sorted(places)


@settings(max_examples=30)
@given(playbooks())
def test_switch_between_any_two_states_gives_the_posture_of_the_second(plan: Playbook) -> None:
    for origin, before in plan.states.items():
        for target, after in plan.states.items():
            changes = posture.switch(plan, origin, target)
            assert posture.apply(posture.posture(before), changes) == posture.posture(after)


def test_difference_carried_out_on_another_posture_is_refused() -> None:
    routine, raised = BAISHI.states["routine"], BAISHI.states["raised"]
    changes = posture.difference(posture.posture(routine), posture.posture(raised))

    with pytest.raises(ValueError, match="roster watch does not stand as the difference expects"):
        posture.apply(posture.posture(raised), [change for change in changes if change.kind == "roster"])


def test_posture_lists_every_kind_of_item_that_a_state_can_list() -> None:
    about_state = {"name", "level", "on_top_of", "source", "project", "note"}
    listed = {attribute for attribute, _ in posture.KINDS.values()}

    assert listed == set(State.__struct_fields__) - about_state


def test_switch_of_the_small_town_reads_as_the_paper_does() -> None:
    lines = [(c.op, c.kind, c.key, c.source) for c in posture.switch(BAISHI, "raised", "emergency")]

    assert lines == [
        ("=", "body", "command", "一"),
        ("+", "body", "task_force", "二"),
        ("~", "group", "coordination", "二(一)"),
        ("~", "group", "stability", "二(二)"),
        ("=", "group", "traffic", "三(三)"),
        # the clause of the changed form, not of the form before
        ("~", "roster", "watch", "二(三)"),
        # the new value `every` is the project's, though the item is the paper's
        ("~", "obligation", "daily_report", None),
        ("+", "obligation", "first_report", None),
        ("+", "measure", "masks", "六"),
    ]


ACTING = text("专班组", "task-force group")
DUTY = Duty(text=text("统筹", "coordinate"))

SOURCES: list[tuple[str, Any, Any, str | None]] = [
    # what begins carries its own clause
    ("begins", None, StandingBody(source="二"), "二"),
    # what ends is named by the clause under which it stood
    ("ends", StandingBody(source="二"), None, "二"),
    # what continues carries the clause it stands under now
    ("continues", StandingBody(source="二"), StandingBody(source="二"), "二"),
    # what nobody's paper says is the project's
    ("project", None, StandingBody(), None),
    # a changed field that the paper says counts for the whole line
    ("changed", StandingGroup(source="三"), StandingGroup(acts_as=ACTING, source="二"), "二"),
    # a changed field that the project supplied does not
    (
        "supplied",
        StandingGroup(source="三"),
        StandingGroup(acts_as=ACTING, source="二", project=["acts_as"]),
        None,
    ),
    # one changed field of the paper's is enough
    (
        "one of two",
        StandingGroup(source="三"),
        StandingGroup(acts_as=ACTING, duties=[DUTY], source="二", project=["acts_as"]),
        "二",
    ),
    # what only falls away is named by the clause under which it stood
    ("falls away", StandingGroup(acts_as=ACTING, source="二"), StandingGroup(source="三"), "二"),
    # and by none if the project had supplied it
    (
        "fell",
        StandingGroup(acts_as=ACTING, source="二", project=["acts_as"]),
        StandingGroup(source="三"),
        None,
    ),
    # a new value of the project's is not made the paper's by an old one that was
    (
        "replaced",
        StandingBody(place=ACTING, source="二"),
        StandingBody(place=text("大厅", "hall"), source="二", project=["place"]),
        None,
    ),
    # `project` speaks of fields as the language names them
    (
        "renamed field",
        Obligation(name=ACTING, senders=["command"], source="五"),
        Obligation(name=ACTING, senders=["county"], source="五", project=["from"]),
        None,
    ),
    # the same words under another clause are the paper's all the same
    ("only the clause", StandingBody(source="一"), StandingBody(source="二"), "二"),
]


@pytest.mark.parametrize(
    ("before", "after", "source"), [row[1:] for row in SOURCES], ids=[row[0] for row in SOURCES]
)
def test_line_carries_the_clause_that_says_so(before: Any, after: Any, source: str | None) -> None:
    kind = next(kind for kind, (_, of) in posture.KINDS.items() if isinstance(after or before, of))
    stands = [{} if item is None else {(kind, "key"): item} for item in (before, after)]

    (change,) = posture.difference(*stands)

    assert change.source == source


def test_line_with_no_item_on_either_side_has_no_clause() -> None:
    assert Change("=", "body", "key", None, None).source is None


def test_changed_fields_leave_out_what_is_said_about_the_item() -> None:
    before = Measure(name=text("停课", "no school"), source="一", note=text("注", "note"))
    after = Measure(name=text("停工", "no work"), source="二", project=["name"])

    assert posture.changed_fields(before, after) == ["name"]


ENDINGS: list[tuple[Any, Any, bool]] = [
    # what begins and what continues
    (None, StandingBody(), False),
    (StandingBody(), StandingBody(), False),
    # what stands no more
    (StandingBody(), None, True),
    # what loses something and gains nothing, loses and gains, or gets another clause alone
    (StandingBody(place=ACTING), StandingBody(), True),
    (StandingGroup(place=ACTING), StandingGroup(reinforced=True), False),
    (StandingBody(source="一"), StandingBody(source="二"), False),
]


@pytest.mark.parametrize(("before", "after", "expected"), ENDINGS)
def test_line_says_whether_something_only_falls_away(before: Any, after: Any, *, expected: bool) -> None:
    assert Change("~", "body", "key", before, after).is_ending is expected


PARTLY: list[tuple[str, Any, Any, bool]] = [
    # a sourced item that begins, wholly the paper's or not
    ("all said", None, StandingBody(source="一", place=ACTING), False),
    ("place supplied", None, StandingBody(source="一", place=ACTING, project=["place"]), True),
    # an item without a clause is wholly the project's, not partly
    ("nothing said", None, StandingBody(place=ACTING), False),
    # what ends and what continues says nothing new
    ("ends", StandingBody(source="一", project=["place"]), None, False),
    (
        "continues",
        StandingBody(source="一", project=["place"]),
        StandingBody(source="一", project=["place"]),
        False,
    ),
    # of two new values one is the paper's, one the project's
    (
        "half",
        StandingGroup(source="一"),
        StandingGroup(source="二", place=ACTING, reinforced=True, project=["place"]),
        True,
    ),
    # what the project supplies and what does not change was supplied before
    (
        "unchanged",
        StandingGroup(source="一", place=ACTING, project=["place"]),
        StandingGroup(source="一", place=ACTING, reinforced=True, project=["place"]),
        False,
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "expected"), [row[1:] for row in PARTLY], ids=[row[0] for row in PARTLY]
)
def test_line_says_whether_the_project_supplied_some_of_it(
    before: Any, after: Any, *, expected: bool
) -> None:
    stands = [{} if item is None else {("body", "key"): item} for item in (before, after)]

    (change,) = posture.difference(*stands)  # type: ignore[arg-type]  # a group among bodies is one item all the same

    assert change.is_partly_project is expected
