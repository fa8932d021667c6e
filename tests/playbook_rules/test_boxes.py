"""Dead and overlapping conditions, decided by representatives, are those that trying every event finds."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from incident.domain import decision, playbook
from incident.domain.check import boxes, conditions
from incident.domain.organisation import Text
from incident.domain.playbook import Condition, Event, Field, Range

CHOICES = ("local", "imported", "unknown")
CASES = range(6)
FIELDS = {
    "origin": Field(
        name=Text("来源", "Origin"), type="choice", choices={name: Text(name, name) for name in CHOICES}
    ),
    "cases": Field(name=Text("人数", "Cases"), type="integer", at_least=0, at_most=5, required=False),
}
EVERY_EVENT = [
    {"origin": origin} | ({} if cases is None else {"cases": cases})
    for origin, cases in product(CHOICES, (*CASES, None))
]

origins: st.SearchStrategy[Condition] = st.sampled_from(CHOICES) | st.lists(
    st.sampled_from(CHOICES), unique=True
)
bounds = st.none() | st.integers(-1, 7)
cases: st.SearchStrategy[Condition] = st.integers(0, 5) | st.builds(Range, bounds, bounds)
whens: st.SearchStrategy[dict[str, Condition]] = st.fixed_dictionaries(
    {}, optional={"origin": origins, "cases": cases}
)
EVENT = Event(name=Text("事件", "Event"), fields=FIELDS)


def taken_by(when: dict[str, Condition]) -> list[int]:
    return [at for at, event in enumerate(EVERY_EVENT) if decision.holds(when, event)]


@given(whens, whens)
def test_two_conditions_overlap_exactly_when_some_event_meets_both(
    one: dict[str, Condition], other: dict[str, Condition]
) -> None:
    axes = boxes.axes(EVENT, [one, other])
    overlap = boxes.share(boxes.box(axes, one), boxes.box(axes, other))
    assert overlap == bool(set(taken_by(one)) & set(taken_by(other)))


@given(whens, st.lists(whens, max_size=5))
def test_a_condition_is_dead_exactly_when_earlier_ones_take_all_its_events(
    one: dict[str, Condition], earlier: list[dict[str, Condition]]
) -> None:
    axes = boxes.axes(EVENT, [one, *earlier])
    inside = boxes.is_inside(
        boxes.box(axes, one), [boxes.box(axes, other) for other in earlier], boxes.Effort()
    )
    assert inside == (set(taken_by(one)) <= {at for other in earlier for at in taken_by(other)})
    assert boxes.is_empty(boxes.box(axes, one)) == (not taken_by(one))


texts: st.SearchStrategy[Condition] = st.sampled_from("abc") | st.lists(st.sampled_from("abc"), unique=True)


@given(st.lists(texts, min_size=1, max_size=4))
def test_conditions_on_free_text_never_take_every_text(earlier: list[Condition]) -> None:
    event = Event(
        name=Text("事件", "Event"), fields={"place": Field(name=Text("地点", "Place"), type="text")}
    )
    listed: list[dict[str, Condition]] = [{"place": one} for one in earlier]
    axes = boxes.axes(event, listed)
    assert not boxes.is_inside(boxes.box(axes, {}), [boxes.box(axes, one) for one in listed], boxes.Effort())


@given(st.lists(cases, min_size=1, max_size=4), bounds, bounds)
def test_bounds_of_an_unbounded_integer_are_told_apart(
    listed: list[Condition], least: int | None, most: int | None
) -> None:
    field = Field(name=Text("人数", "Cases"), type="integer", at_least=least, at_most=most)
    event = Event(name=Text("事件", "Event"), fields={"cases": field})
    conditions_on: list[dict[str, Condition]] = [{"cases": one} for one in listed]
    axes = boxes.axes(event, conditions_on)
    inside = boxes.is_inside(
        boxes.box(axes, {}), [boxes.box(axes, one) for one in conditions_on], boxes.Effort()
    )
    possible = [n for n in range(-20, 21) if (least is None or n >= least) and (most is None or n <= most)]
    assert inside == all(any(decision.holds(one, {"cases": n}) for one in conditions_on) for n in possible)


def test_a_union_too_intricate_to_decide_is_still_refused_as_an_overlap() -> None:
    whole = (frozenset({1, 2}),) * 20
    corners = [
        tuple(frozenset({1}) if at in (k, k + 1) else whole[at] for at in range(20)) for k in range(0, 20, 2)
    ]
    assert boxes.is_inside(whole, corners, boxes.Effort(50)) is None
    assert boxes.is_inside(whole, [whole], boxes.Effort()) is True


def step(when: dict[str, Condition], *, to: str = "hot") -> playbook.Transition:
    return playbook.Transition(name=Text("步", "Step"), origins=["cold"], on="e", when=when, to=to)


@given(st.lists(whens, max_size=4))
def test_steps_are_free_of_problems_exactly_when_every_event_has_at_most_one(
    listed: list[dict[str, Condition]],
) -> None:
    steps = {f"s{at}": step(when) for at, when in enumerate(listed)}
    found = list(conditions._answers(EVENT, steps, boxes.Effort()))
    answers = [at for when in listed for at in taken_by(when)]
    clean = len(answers) == len(set(answers)) and all(taken_by(when) for when in listed)
    assert (found == []) == clean
