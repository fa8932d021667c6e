"""Each rule finds what it is there to find, at its line, and nothing in the mended text.

`tests/playbook_rules` holds a failing and a passing example for every rule; `# <- here` marks the lines at
which a rule must report. Two examples cannot stand in the checkout as text and are written here.
"""

from __future__ import annotations

import re
import typing
import zoneinfo
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import decision, playbook
from incident.domain.check import RULES, boxes, check, clocks, conditions, references
from incident.domain.organisation import Text
from incident.domain.playbook import Condition, Event, Field, Playbook, Range
from incident.domain.problem import Problem
from incident.domain.say import Say, Words, render
from incident.playbook_text.load import Loaded, load, shipped_names
from incident.playbook_text.nodes import MAX_BYTES

HERE = Path(__file__).parent / "playbook_rules"
DOCS = (Path(__file__).parents[1] / "docs" / "playbook-rules.md").read_text(encoding="utf-8")
#: Rules of the text, kept by `incident.playbook_text`.
TEXT_RULES = [f"P{number:03}" for number in range(1, 12)]
ALL_RULES = sorted({*TEXT_RULES, "P110", *RULES})


def example(rule: str, ending: str, folder: Path) -> Path:
    """Give the file of an example; the two that no editor would keep are written into `folder`."""
    path = folder / f"{rule}_{ending}.yaml"
    match rule, ending:
        case "P001", "fails":
            path.write_bytes(
                "playbook: example\nextends: epidemic # 基础\n".encode("gb18030") + b"# <- here\n"
            )
        case "P002", "fails":
            path.write_bytes(b"playbook: example # <- here\n" + b"# padding\n" * (MAX_BYTES // 10))
        case (("P001" | "P002"), _):
            return HERE / "base" / "town.yaml"
        case _:
            return HERE / f"{rule}_{ending}.yaml"
    return path


def marked(files: set[str]) -> set[tuple[str, int]]:
    """Give the lines that are marked as wrong."""
    return {
        (file, number)
        for file in files
        for number, line in enumerate(Path(file).read_bytes().splitlines(), start=1)
        if b"# <- here" in line
    }


def reported(loaded: Loaded, rule: str) -> list[Problem]:
    return [one for one in loaded.problems if one.rule == rule]


@pytest.mark.parametrize("rule", [rule for rule in ALL_RULES if rule not in ("P001", "P009")])
def test_the_failing_example_is_reported_at_the_marked_lines(rule: str, tmp_path: Path) -> None:
    path = example(rule, "fails", tmp_path)
    marks = [one.mark for one in reported(load(str(path)), rule) if one.mark is not None]
    lines = {(mark.file, mark.line) for mark in marks}
    assert lines == marked({str(path), *(mark.file for mark in marks)})
    assert lines
    assert len(marks) == len(lines), "each fault once"


def test_a_file_that_is_not_utf8_is_reported_at_its_first_wrong_byte(tmp_path: Path) -> None:
    path = example("P001", "fails", tmp_path)
    assert [str(one.mark) for one in load(str(path)).problems] == [f"{path}:2:21"]


def test_a_missing_field_is_reported_at_the_item_it_is_missing_from(tmp_path: Path) -> None:
    path = example("P009", "fails", tmp_path)
    assert {(one.mark.file, one.mark.line) for one in load(str(path)).problems if one.mark} == marked(
        {str(path)}
    )


@pytest.mark.parametrize("rule", ALL_RULES)
def test_the_passing_example_does_not_break_the_rule(rule: str, tmp_path: Path) -> None:
    loaded = load(str(example(rule, "passes", tmp_path)))
    assert reported(loaded, rule) == []
    assert loaded.errors == []


@pytest.mark.parametrize("rule", ALL_RULES)
def test_the_docs_explain_the_rule_in_both_languages(rule: str) -> None:
    entry = re.search(rf"^### {rule} (.+?)\n(.*?)(?=^##|\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert entry is not None, f"docs/playbook-rules.md has no entry {rule}"
    title, text = entry.groups()
    assert re.search(r"[\u4e00-\u9fff]", title), "the title is also Chinese"
    assert "```yaml" in text
    assert "**Mend:**" in text
    if rule in RULES:
        assert title.lower().startswith(str(RULES[rule]).lower())


def test_the_docs_explain_no_rule_that_does_not_exist() -> None:
    assert sorted(re.findall(r"^### (P\d{3})", DOCS, re.MULTILINE)) == ALL_RULES


def test_the_plain_town_breaks_no_rule() -> None:
    assert load(str(HERE / "base" / "town.yaml")).problems == []


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_playbook_has_no_errors(name: str) -> None:
    assert [f"{one.mark} {one.rule} {one.found}" for one in load(name).errors] == []


# --- Reports --------------------------------------------------------------------------------------


def sayings(words: Words) -> list[Say]:
    match words:
        case Say():
            return [words, *(one for value in words.values.values() for one in sayings(value))]
        case None | str() | int() | Text():
            return []
        case _:
            return [one for word in words for one in sayings(word)]


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_report_reads_as_a_sentence_in_both_languages(rule: str, tmp_path: Path) -> None:
    for one in load(str(example(rule, "fails", tmp_path))).problems:
        for words in (one.expected, one.found, one.do):
            assert words not in (None, "", [])
            assert "{" not in render(words, "en", lambda msgid: msgid)
            assert "{" not in render(words, "zh", lambda msgid: msgid)
            for said in sayings(words):
                assert set(re.findall(r"{(\w+)}", said.msgid)) == set(said.values)


def test_checking_twice_finds_the_same() -> None:
    loaded = load(str(HERE / "P109_fails.yaml"))
    assert loaded.playbook is not None
    assert check(loaded.playbook) == check(loaded.playbook)


def test_a_problem_inherited_from_the_state_below_is_reported_there_only() -> None:
    problems = reported(load(str(HERE / "P209_fails.yaml")), "P209")
    assert {one.path[1] for one in problems} == {"routine"}


# --- References -----------------------------------------------------------------------------------


def structures(kind: msgspec.inspect.Type, seen: dict[type, msgspec.inspect.StructType]) -> None:
    """Collect every structure of the language."""
    match kind:
        case msgspec.inspect.StructType() if kind.cls not in seen:
            seen[kind.cls] = kind
            for field in kind.fields:
                structures(field.type, seen)
        case msgspec.inspect.Metadata():
            structures(kind.type, seen)
        case msgspec.inspect.ListType():
            structures(kind.item_type, seen)
        case msgspec.inspect.DictType():
            structures(kind.value_type, seen)
        case msgspec.inspect.UnionType():
            for member in kind.types:
                structures(member, seen)
        case _:
            pass


def test_every_field_that_refers_to_somebody_is_checked() -> None:
    seen: dict[type, msgspec.inspect.StructType] = {}
    structures(msgspec.inspect.type_info(Playbook), seen)
    referring = set()
    for cls in seen:
        for name, hint in typing.get_type_hints(cls, include_extras=True).items():
            is_ref = "a body, group, unit or seat" in str(hint)
            is_unit = name in {"unit", "lead_unit", "host_unit", "led_by"} or (
                name == "units" and "dict" not in str(hint)
            )
            is_body = name in {"under", "beside"}
            if is_ref or is_unit or is_body:
                referring.add((cls, name))
    assert referring == set(references.REFERENCES)


# --- Clocks ---------------------------------------------------------------------------------------


def test_every_zone_named_by_area_and_place_has_the_form_of_one() -> None:
    named = [
        zone
        for zone in zoneinfo.available_timezones()
        if "/" in zone and not zone.startswith(("SystemV", "posix"))
    ]
    assert [zone for zone in named if clocks._ZONE.fullmatch(zone) is None] == []


# --- Boxes: decided by representatives, compared with trying every event --------------------------

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
    inside = boxes.is_inside(boxes.box(axes, one), [boxes.box(axes, other) for other in earlier])
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
    assert not boxes.is_inside(boxes.box(axes, {}), [boxes.box(axes, one) for one in listed])


@given(st.lists(cases, min_size=1, max_size=4), bounds, bounds)
def test_bounds_of_an_unbounded_integer_are_told_apart(
    listed: list[Condition], least: int | None, most: int | None
) -> None:
    field = Field(name=Text("人数", "Cases"), type="integer", at_least=least, at_most=most)
    event = Event(name=Text("事件", "Event"), fields={"cases": field})
    conditions_on: list[dict[str, Condition]] = [{"cases": one} for one in listed]
    axes = boxes.axes(event, conditions_on)
    inside = boxes.is_inside(boxes.box(axes, {}), [boxes.box(axes, one) for one in conditions_on])
    possible = [n for n in range(-20, 21) if (least is None or n >= least) and (most is None or n <= most)]
    assert inside == all(any(decision.holds(one, {"cases": n}) for one in conditions_on) for n in possible)


def test_a_union_too_intricate_to_decide_is_still_refused_as_an_overlap() -> None:
    whole = (frozenset({1, 2}),) * 20
    corners = [
        tuple(frozenset({1}) if at in (k, k + 1) else whole[at] for at in range(20)) for k in range(0, 20, 2)
    ]
    assert boxes.is_inside(whole, corners, most=50) is None
    assert boxes.is_inside(whole, [whole]) is True


def step(when: dict[str, Condition], *, to: str = "hot") -> playbook.Transition:
    return playbook.Transition(name=Text("步", "Step"), origins=["cold"], on="e", when=when, to=to)


@given(st.lists(whens, max_size=4))
def test_steps_are_free_of_problems_exactly_when_every_event_has_at_most_one(
    listed: list[dict[str, Condition]],
) -> None:
    steps = {f"s{at}": step(when) for at, when in enumerate(listed)}
    found = list(conditions._answers(EVENT, steps))
    answers = [at for when in listed for at in taken_by(when)]
    clean = len(answers) == len(set(answers)) and all(taken_by(when) for when in listed)
    assert (found == []) == clean
