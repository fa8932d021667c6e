"""From YAML to a playbook: every text that is refused, with its place, and none that is too much."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.playbook_text.limits import MOST, MOST_CHOICES, MOST_CONDITIONS, MOST_ENTRIES
from incident.playbook_text.load import Loaded, place
from incident.playbook_text.nodes import MAX_BYTES, MAX_DEPTH, MAX_NODES, UnreadableError, read
from tests.tiny import TINY, loaded


def places(result: Loaded) -> list[tuple[str, int, int]]:
    """Rule, line and column of every problem of the text."""
    found = [
        (one.rule, one.mark) for one in result.problems if one.rule < "P100" or one.rule in ("P101", "P110")
    ]
    return [(rule, mark.line, mark.column) for rule, mark in found if mark is not None]


def test_tiny_plan_has_no_fault_of_its_text(tmp_path: Path) -> None:
    result = loaded(tmp_path, TINY)

    assert places(result) == []
    assert result.playbook is not None
    assert result.playbook.states["alarm"].groups.keys() == {"watch"}


BAD_BYTES = [
    # not UTF-8: on the first line, on a later one
    (b"a: \xff", ("P001", 1, 4)),
    (b"a: 1\nb: 2\nc: \xc3(", ("P001", 3, 4)),
    # columns count letters, and a Chinese one is one letter
    ("名称: ".encode() + b"\xff", ("P001", 1, 5)),
    # a surrogate is no letter
    (b"a: \xed\xa0\x80", ("P001", 1, 4)),
    # more than a playbook can be
    (b"#" * (MAX_BYTES + 1), ("P002", 1, 1)),
    # deeper than a playbook can be, in either kind of nesting
    (b"[" * (MAX_DEPTH + 1), ("P003", 1, MAX_DEPTH + 1)),
    (b"{a: " * (MAX_DEPTH + 1), ("P003", 1, 4 * MAX_DEPTH + 1)),
    (b"- " * (MAX_DEPTH + 1) + b"x", ("P003", 1, 2 * MAX_DEPTH + 1)),
]

BAD_YAML = [
    # no YAML
    ("a: [1, 2", ("P004", 1, 9)),
    ("a: 'x", ("P004", 1, 6)),
    ("a: b: c", ("P004", 1, 5)),
    ("a:\n\tb: 1", ("P004", 2, 1)),
    ("a: 1\n b: 2", ("P004", 2, 3)),
    # a sign that no text has
    ("a: \x00", ("P004", 1, 1)),
    # what is not seen lets other words be read than those that stand there
    ("a: 1\nb: x\u202ey", ("P004", 2, 4)),
    ('a: "\\u2066x"', ("P004", 1, 4)),
    ('a: "\\0"', ("P004", 1, 4)),
    ("a\u200f: 1", ("P004", 1, 1)),
    # a second document
    ("a: 1\n---\nb: 2", ("P004", 2, 1)),
    # another YAML
    ("%YAML 1.1\n---\na: 1", ("P004", 2, 1)),
    ("%YAML 1.3\n---\na: 1", ("P004", 1, 1)),
    ("%YAML 3.0\n---\na: 1", ("P004", 1, 1)),
    # the same amid a document: the parser's own rules failed on that number
    ("a:\n%YAML 0.2\n", ("P004", 2, 1)),
    # letters that are none
    ('a: "\\UFFFFFFFF"', ("P004", 1, 1)),
    ('a: "\\U00110000"', ("P004", 1, 1)),
    # anchors, aliases, tags
    ("a: &x 1", ("P006", 1, 4)),
    ("a: *x", ("P006", 1, 4)),
    ("a: !!str 1", ("P006", 1, 4)),
    ("a: !python/object/apply:os.system [ls]", ("P006", 1, 4)),
    ("a: ! 1", ("P006", 1, 4)),
    ("&x a: 1", ("P006", 1, 1)),
    ("a: &x [1]", ("P006", 1, 4)),
    # keys that are no names
    ("1: a", ("P008", 1, 1)),
    ("null: a", ("P008", 1, 1)),
    ("? [a]\n: b", ("P008", 1, 3)),
    ("{{a: 1}: b}", ("P008", 1, 2)),
    # not a map at all
    ("- a", ("P008", 1, 1)),
    ("just words", ("P008", 1, 1)),
    # bases that are none
    ("extends: earthquake", ("P010", 1, 10)),
    ("playbook: p\nextends: ../secret", ("P010", 2, 10)),
    ("extends: 5", ("P010", 1, 10)),
    ("extends: [a, b]", ("P010", 1, 10)),
    ('extends: ""', ("P010", 1, 10)),
    # a base of itself
    ("extends: p", ("P011", 1, 10)),
]


@pytest.mark.parametrize(("text", "expected"), [*BAD_BYTES, *BAD_YAML])
def test_text_that_cannot_be_read_is_refused_at_its_place(
    tmp_path: Path, text: str | bytes, expected: tuple[str, int, int]
) -> None:
    result = loaded(tmp_path, text)
    found = places(result)

    assert [rule for rule, _, _ in found] == [expected[0]]
    if expected[1:] != (1, 1):
        assert found == [expected]


def test_largest_and_deepest_text_is_read() -> None:
    read(b"#" * MAX_BYTES, "p.yaml")
    read(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "p.yaml")
    read(b"[" + b"1," * (MAX_NODES - 1) + b"]", "p.yaml")


def test_text_of_too_many_values_is_refused_where_they_become_too_many() -> None:
    """A mebibyte of commas is half a million values, and took ten seconds."""
    with pytest.raises(UnreadableError) as caught:
        read(b"[" + b"1,\n" * MAX_NODES + b"]", "p.yaml")

    mark = caught.value.problem.mark
    assert mark is not None
    assert (caught.value.problem.rule, mark.line, mark.column) == ("P012", MAX_NODES, 1)


def test_alias_bomb_is_refused_before_anything_grows(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]

    assert places(loaded(tmp_path, "\n".join(lines))) == [("P006", 1, 5)]


def test_number_too_long_for_a_number_is_refused_as_text(tmp_path: Path) -> None:
    text = TINY.replace("at_least: 3", "at_least: " + "9" * 5000)

    assert [rule for rule, _, _ in places(loaded(tmp_path, text))] == ["P008"]


def test_half_a_letter_is_refused(tmp_path: Path) -> None:
    """A lone surrogate is no Unicode text: it could neither be stored nor shown."""
    assert loaded(tmp_path, TINY.replace("en: V", r'en: "\uD800"')).playbook is None


#: What is put for what in TINY, and the words at which the rule must point.
DEVIATIONS = [
    # a field nobody declared: at its name
    ("type: integer", "typ: integer", [("P009", "{name: {zh: 水深"), ("P007", "typ: integer")]),
    ("level: village", "level: village, colour: red", [("P007", "colour")]),
    # a value of another kind: at the value
    ("{zh: 村, en: V}", "[村]", [("P008", "[村]")]),
    ("{zh: 村, en: V}", "村", [("P008", "村")]),
    ("from: [routine]", "from: routine", [("P008", "routine, on")]),
    ("from: [routine]", "from: {a: routine}", [("P008", "{a: routine}")]),
    ('code: "99"', "code: 99", [("P008", "99")]),
    ("en: V", "en: true", [("P008", "true")]),
    ("at_least: 3", "at_least: three", [("P008", "three")]),
    ("at_least: 3", "at_least: true", [("P008", "true")]),
    # a value outside its choices, pattern or length
    ("level: village", "level: hamlet", [("P008", "hamlet")]),
    ('code: "99"', 'code: "9"', [("P008", '"9"')]),
    ('code: "99"', 'code: "９９"', [("P008", '"９９"')]),
    ("playbook: tiny", "playbook: Tiny", [("P008", "Tiny")]),
    ("playbook: tiny", r'playbook: "tiny\n"', [("P008", '"tiny')]),
    ("en: V", 'en: ""', [("P008", '""')]),
    # a key that is none: at the key
    ("  ebb:", "  Ebb:", [("P008", "Ebb")]),
    # a flag that is neither
    ("type: integer", "type: integer, required: no", [("P008", "no}")]),
    # a condition that is neither value, list nor bounds
    ("depth: {at_least: 3}", "depth: true", [("P008", "true")]),
    ("depth: {at_least: 3}", "depth: {least: 3}", [("P007", "least: 3")]),
    # a null inside a list is no removal
    ("from: [routine]", "from: [null]", [("P008", "null")]),
    # a key twice: at the second
    ("  ebb:", "  flood : {}\n  ebb:", [("P005", "flood :")]),
    # what must be there, and what was removed: at the map that lacks it
    ("document: {title: {zh: 方案, en: P}}", "", [("P009", "playbook: tiny")]),
    ("on: ebb, ", "", [("P009", "{name: {zh: 止")]),
    ("en: V", "en: null", [("P009", "{zh: 村")]),
    ("en: V", "en:", [("P009", "{zh: 村"), ("P008", "en:}")]),
    # a state on one that is not there, on itself, in a circle, on no name, on no state
    ("on_top_of: routine", "on_top_of: storm", [("P101", "storm")]),
    ("on_top_of: routine", "on_top_of: alarm", [("P110", "alarm\n    bodies")]),
    ("groups: all}", "on_top_of: alarm}", [("P110", "routine\n    bodies")]),
    ("on_top_of: routine", "on_top_of: [routine]", [("P008", "[routine]\n"), ("P101", "[routine]\n")]),
    ("{name: {zh: 常态, en: R}, groups: all}", "[calm]", [("P008", "[calm]")]),
]


def at(text: str, words: str) -> tuple[int, int]:
    """Line and column at which words stand."""
    before = text[: text.index(words)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def states(number: int) -> str:
    """Give so many states, each on the next one."""
    stacked = "".join(f"  s{at}: {{on_top_of: s{at + 1}}}\n" for at in range(number))
    return TINY.replace("  alarm:\n", stacked + "  alarm:\n")


#: A plan with too much of something, and the number that is allowed.
EXCESS = [
    (states(3000), MOST[("states",)]),
    (TINY.replace("  down:", "".join(f"  t{at}: {{}}\n" for at in range(400)) + "  down:"), 400),
    (TINY.replace("from: [routine]", f"from: [{'routine, ' * 101}]"), 100),
    (
        TINY.replace("groups:\n", "groups:\n" + "".join(f"  g{at}: {{}}\n" for at in range(500)), 1),
        MOST_ENTRIES,
    ),
    (TINY.replace("decided_by: [组]", f"decided_by: [{'组, ' * 501}]"), MOST_ENTRIES),
    (TINY.replace("depth: {name", "".join(f"f{at}: {{}}, " for at in range(30)) + "depth: {name"), 30),
    (
        TINY.replace("type: integer", "choices: {" + "".join(f"c{at}: , " for at in range(200)) + "}"),
        MOST_CHOICES,
    ),
    (
        TINY.replace(
            "  down:", "".join(f"  t{at}: {{when: {{f: [{'a, ' * 400}]}}}}\n" for at in range(5)) + "  down:"
        ),
        MOST_CONDITIONS,
    ),
]


@pytest.mark.parametrize(("text", "most"), EXCESS)
def test_plan_with_too_much_is_refused_before_anything_else_is_asked(
    tmp_path: Path, text: str, most: int
) -> None:
    result = loaded(tmp_path, text)

    found = [one for one in result.problems if one.rule == "P012"]
    assert [str(one.expected).split()[2] for one in found] == [str(most)]
    assert {one.rule for one in result.problems} <= {"P012", "P008"}
    assert result.playbook is None


def test_plan_whose_states_inherit_too_much_is_refused_before_it_is_checked(tmp_path: Path) -> None:
    measures = ", ".join(f"m{at}: {{name: {{zh: 甲, en: a}}}}" for at in range(400))
    text = states(99 - 1).replace("常态, en: R}", f"常态, en: R}}, measures: {{{measures}}}")
    result = loaded(tmp_path, text.replace("s98}", "routine}"))

    assert [one.rule for one in result.problems] == ["P012"]


def test_deepest_plan_is_laid_over_its_base_and_judged(tmp_path: Path) -> None:
    deep = "{a: " * (MAX_DEPTH - 1) + "1" + "}" * (MAX_DEPTH - 1)
    (tmp_path / "q.yaml").write_text(TINY + f"mechanisms: {deep}\n", encoding="utf-8")
    result = loaded(tmp_path, f"playbook: p\nextends: q\nmechanisms: {deep}\n")

    assert {one.rule for one in result.problems} == {"P007", "P009"}


@pytest.mark.parametrize(("old", "new", "expected"), DEVIATIONS)
def test_deviation_from_the_language_is_found_at_its_place(
    tmp_path: Path, old: str, new: str, expected: list[tuple[str, str]]
) -> None:
    text = TINY.replace(old, new, 1)

    assert places(loaded(tmp_path, text)) == [(rule, *at(text, words)) for rule, words in expected]


def test_all_problems_of_a_text_are_found_at_once_in_their_order(tmp_path: Path) -> None:
    text = TINY.replace("type: integer", "typ: integer").replace("village", "hamlet").replace("ebb:", "Ebb:")
    words = [("P008", "hamlet"), ("P009", "{name: {zh: 水深"), ("P007", "typ: integer"), ("P008", "Ebb")]

    assert places(loaded(tmp_path, text)) == [(rule, *at(text, word)) for rule, word in words]


def test_slip_is_met_with_what_was_meant(tmp_path: Path) -> None:
    near, far = (
        loaded(tmp_path, TINY.replace("bodies:", word, 1)).problems for word in ("bodys:", "colour:")
    )

    assert "did you mean `bodies`?" in [str(one.do) for one in near]
    assert "remove it" in [str(one.do) for one in far]


def test_text_marked_as_utf_8_or_written_on_windows_is_read_the_same(tmp_path: Path) -> None:
    expected = loaded(tmp_path, TINY).playbook

    assert loaded(tmp_path, b"\xef\xbb\xbf" + TINY.encode()).playbook == expected
    assert loaded(tmp_path, TINY.replace("\n", "\r\n")).playbook == expected


def test_place_is_that_of_the_deepest_thing_that_is_there() -> None:
    root, _ = read(b"a: 1\nb:\n  - x\n  - {c: 2}\n", "p.yaml")
    marks = {
        (): (1, 1),
        # a key, not its value
        ("b",): (2, 1),
        ("b", 0): (3, 5),
        ("b", 1, "c"): (4, 6),
        # what is not there is shown where it would be
        ("b", 7): (2, 1),
        ("b", 1, "d", "e"): (4, 5),
        ("z",): (1, 1),
    }

    assert {path: place(root, path)[1:] for path in marks} == marks


# Whatever a stranger sends.


@pytest.mark.parametrize("first", range(3))
def test_plan_mangled_at_any_byte_is_read_or_refused(tmp_path: Path, first: int) -> None:
    raw = TINY.encode()
    for at in range(first, len(raw), 18):
        before, after = raw[:at], raw[at + 1 :]
        loaded(tmp_path, before + after)
        loaded(tmp_path, before + bytes([raw[at] ^ 1 << at % 8]) + after)
        loaded(tmp_path, before + b'":[{&*!|>%@`-#?,\n\x00'[at % 17 : at % 17 + 1] + raw[at:])


PIECES = [
    "a",
    "source",
    "project",
    "states",
    "groups",
    "all",
    "on_top_of",
    "null",
    "~",
    "true",
    "1",
    '"',
    "'",
    ": ",
    "- ",
]
PIECES += [
    "\n",
    "\n  ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "! ",
    "? ",
    "|",
    ">",
    "%YAML 1.",
    "---",
    "...",
    "#",
    "\\U",
    "F",
]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_scraps_of_yaml_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    loaded(tmp_path_factory.getbasetemp(), text)
