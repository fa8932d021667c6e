"""Each rule finds what it is there to find, at its line, and nothing in the mended text.

`tests/playbook_rules` holds a failing and a passing example for every rule; `# <- here` marks the lines at
which a rule must report. Two examples cannot stand in the checkout as text and are written here.
"""

from __future__ import annotations

import re
import typing
import zoneinfo
from pathlib import Path

import msgspec
import pytest

from incident.domain.check import RULES, check, clocks, paper, references, steps
from incident.domain.organisation import Text
from incident.domain.paper import Rule
from incident.domain.playbook import Playbook
from incident.domain.problem import Problem
from incident.domain.say import Input, Say, Words, render
from incident.playbook_text.load import Loaded, load, shipped_names
from incident.playbook_text.nodes import MAX_BYTES
from tests.playbook_rules.plain_town import TOWN

HERE = Path(__file__).parent / "playbook_rules"
DOCS = (Path(__file__).parents[1] / "docs" / "playbook-rules.md").read_text(encoding="utf-8")
#: Rules of the text, kept by `incident.playbook_text`.
TEXT_RULES = [f"P{number:03}" for number in range(1, 13)]
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


def marked(files: set[Path]) -> set[tuple[Path, int]]:
    """Give the lines that are marked as wrong."""
    return {
        (file, number)
        for file in files
        for number, line in enumerate(file.read_bytes().splitlines(), start=1)
        if b"# <- here" in line
    }


def lines(problems: list[Problem]) -> list[tuple[Path, int]]:
    """Give the lines at which problems are reported."""
    return [(Path(one.mark.file).resolve(), one.mark.line) for one in problems if one.mark is not None]


def reported(loaded: Loaded, rule: str) -> list[Problem]:
    return [one for one in loaded.problems if one.rule == rule]


@pytest.mark.parametrize("rule", [rule for rule in ALL_RULES if rule not in ("P001", "P009")])
def test_the_failing_example_is_reported_at_the_marked_lines(rule: str, tmp_path: Path) -> None:
    path = example(rule, "fails", tmp_path)
    found = lines(reported(load(str(path)), rule))
    assert set(found) == marked({path, *(file for file, _ in found)})
    assert found
    assert len(found) == len(set(found)), "each fault once"


def test_a_file_that_is_not_utf8_is_reported_at_its_first_wrong_byte(tmp_path: Path) -> None:
    path = example("P001", "fails", tmp_path)
    marks = [one.mark for one in load(str(path)).problems if one.mark is not None]
    assert [(mark.line, mark.column) for mark in marks] == [(2, 21)]


def test_a_missing_field_is_reported_at_the_item_it_is_missing_from(tmp_path: Path) -> None:
    path = example("P009", "fails", tmp_path)
    assert set(lines(load(str(path)).problems)) == marked({path})


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
        case None | str() | int() | Text() | Input():
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


@pytest.mark.parametrize(
    ("ref", "rules"),
    [
        ("command", []),
        ("领导小组", []),
        ("综合组组长", []),
        ("党政综合办", []),
        ("outbreak_task_force", []),
        ("activator", []),
        ("镇政府", ["P202"]),
        ("each_group", ["P202"]),
        ("双名", ["P205"]),  # of a unit and of a group
    ],
)
@pytest.mark.parametrize("field", ["decided_by", "proposed_by"])
def test_who_decides_or_proposes_is_one_by_any_of_its_names(field: str, ref: str, rules: list[str]) -> None:
    replace = msgspec.structs.replace
    step = replace(TOWN.transitions["lift_response"], **{field: [ref]})
    plan = replace(
        TOWN,
        transitions={**TOWN.transitions, "lift_response": step},
        groups={**TOWN.groups, "general": replace(TOWN.groups["general"], alias=["双名"])},
        units={**TOWN.units, "派出所": replace(TOWN.units["派出所"], alias=["双名"])},
    )
    found = [
        one.rule for one in references.find(plan) if one.path[:3] == ("transitions", "lift_response", field)
    ]
    assert found == rules


def test_activator_in_other_letters_is_still_nobody_in_the_initial_state() -> None:
    step = msgspec.structs.replace(TOWN.transitions["declare_first_level"], decided_by=["Activator"])
    plan = msgspec.structs.replace(TOWN, transitions={**TOWN.transitions, "declare_first_level": step})
    assert [one.rule for one in steps.find(plan)] == ["P113"]


# --- Clocks ---------------------------------------------------------------------------------------


def test_every_zone_named_by_area_and_place_has_the_form_of_one() -> None:
    named = [
        zone
        for zone in zoneinfo.available_timezones()
        if "/" in zone and not zone.startswith(("SystemV", "posix"))
    ]
    assert [zone for zone in named if clocks._ZONE.fullmatch(zone) is None] == []


# --- Telephone numbers ----------------------------------------------------------------------------


def with_text(zh: str) -> list[Problem]:
    one = msgspec.structs.replace(TOWN, demands={"text": Rule(text=Text(zh, "text"))})
    return [problem for problem in paper.find(one) if problem.rule == "P503"]


@pytest.mark.parametrize(
    "number",
    [
        "13900000000",
        "+86 139-0000-0000",
        "8613900000000",
        "139 0000 0000",
        "１３９００００００００",  # full width
        "电话0000-1234567。",
        "000-12345678",
        "(0000)1234567",
        "（0000）1234567",
        "400-000-0000",
    ],
)
def test_what_looks_like_a_telephone_number_is_found_and_not_repeated(number: str) -> None:
    (problem,) = with_text(f"联系{number}")
    assert problem.path == ("demands", "text", "text", "zh")
    assert number not in str(problem)


@pytest.mark.parametrize(
    "text",
    [
        "2021-0012345",  # year and running number
        "2021-12-15",
        "330681111206",  # statistical code of a village
        "诸市防控〔2021〕4号",
        "11330681002572193X",  # credit code of a public body
        "每日15:30前",
    ],
)
def test_other_numbers_are_no_telephone_numbers(text: str) -> None:
    assert with_text(text) == []
