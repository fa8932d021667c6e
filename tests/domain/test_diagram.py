"""The state diagram in its formats: everything is there, once, and no name of a playbook breaks out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, product
from xml.etree import ElementTree as ET

import msgspec
import pytest

from incident.domain.diagram import FORMATS, dot, inline, mermaid, svg, svg_style, text
from incident.domain.diagram.graph import Graph, clean, graph
from incident.domain.diagram.layout import Box, Layout, Size, place
from incident.domain.diagram.typeset import columns, wrap
from incident.domain.organisation import Text
from incident.domain.playbook import Playbook, Range, State, Transition
from incident.playbook_text.load import must_load, shipped_names

SVG = "{http://www.w3.org/2000/svg}"
#: The ways of the shared base, step by step.
WAYS = [
    ("declare_first_level", "routine", "first_level_response"),
    ("activate_on_positive", "routine", "local_positive_detected"),
    ("activate_on_positive", "first_level_response", "local_positive_detected"),
    ("record_further_positive", "local_positive_detected", "local_positive_detected"),
    ("rule_out_positive", "local_positive_detected", "routine"),
    ("rule_out_positive", "local_positive_detected", "first_level_response"),
    ("lift_response", "first_level_response", "routine"),
    ("lift_response", "local_positive_detected", "routine"),
]
#: Means something to each of the formats, to a terminal, and to a reader from right to left.
HOSTILE = (
    '"]; x -> y; [label="\\" \\N </text></desc><script>alert(1)</script> & &lt; ]]> --> s_x : y %%{init}%%\n'
    's_a --> s_b; state "z" as end #quot; `{}` {n} \'\x1b[31m\x00\x7f\u202e\ufffe\ud800' + "阳" * 300
)


def english(msgid: str) -> str:
    return msgid


@pytest.fixture(scope="module")
def wulipai() -> Playbook:
    playbook = must_load("wulipai").playbook
    assert playbook is not None
    return playbook


@pytest.fixture(scope="module")
def hostile(wulipai: Playbook) -> Playbook:
    """Give a playbook whose every name is an attack."""
    name = Text(zh=HOSTILE, en=HOSTILE)

    def renamed(items: dict[str, State]) -> dict[str, State]:
        return {key: msgspec.structs.replace(item, name=name) for key, item in items.items()}

    return msgspec.structs.replace(
        wulipai,
        jurisdiction=msgspec.structs.replace(wulipai.jurisdiction, name=name),
        bodies=renamed(wulipai.bodies),  # type: ignore[arg-type]  # anything with a name
        events=renamed(wulipai.events),  # type: ignore[arg-type]
        states=renamed(wulipai.states),
        transitions={
            key: msgspec.structs.replace(step, name=name, source=HOSTILE)
            for key, step in wulipai.transitions.items()
        },
    )


def every_way(base: Playbook, size: int) -> Playbook:
    """Give a playbook of `size` states with two steps from each to each."""
    keys = [f"s{number}" for number in range(size)]
    return msgspec.structs.replace(
        base,
        initial="s0",
        states={key: State(name=Text(zh=f"状态{key}", en=f"State {key}")) for key in keys},
        transitions={
            f"{origin}_{target}_{nth}": Transition(
                name=Text(zh="步", en="Step"),
                origins=[origin],
                on="response_lifted",
                to=target,
                decided_by=["command"],
                source="一" if nth else None,
            )
            for origin, target, nth in product(keys, keys, (0, 1))
        },
    )


def with_step(base: Playbook, **changes: object) -> Graph:
    """Draw the graph of a playbook whose first step is changed."""
    step = msgspec.structs.replace(base.transitions["activate_on_positive"], **changes)
    return graph(msgspec.structs.replace(base, transitions={"changed": step}), "en", english)


# --- What is drawn ---------------------------------------------------------------------------------------


def test_every_step_gives_an_edge_for_each_state_it_leaves_and_enters(wulipai: Playbook) -> None:
    drawn = graph(wulipai, "en", english)
    assert [(edge.step, edge.origin, edge.target) for edge in drawn.edges] == WAYS
    assert [node.key for node in drawn.nodes] == list(wulipai.states)
    assert [node.key for node in drawn.nodes if node.is_initial] == ["routine"]


def test_a_step_back_says_that_it_needs_the_state_before(wulipai: Playbook) -> None:
    back = [edge for edge in graph(wulipai, "en", english).edges if edge.step == "rule_out_positive"]
    assert [edge.conditions for edge in back] == [["if that was the state before"]] * 2


def test_a_state_shows_its_level_and_how_much_stands(wulipai: Playbook) -> None:
    node = graph(wulipai, "en", english).nodes[1]
    state = wulipai.states["first_level_response"]
    assert node.level == "level I (local)"
    assert node.standing == [
        f"bodies {len(state.bodies)} · groups {len(state.groups)}",
        f"rosters {len(state.rosters)} · obligations {len(state.obligations)}",
    ]
    assert graph(wulipai, "en", english).nodes[2].standing[2:] == ["clocks 1"]


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"origin": "local"}, ["Origin: local"]),
        (
            {"result": ["preliminary_positive", "confirmed"]},
            ["Test result: one of preliminary positive, confirmed"],
        ),
        ({"cases": 3}, ["Cases: 3"]),
        ({"cases": Range(at_least=1)}, ["Cases at least 1"]),
        ({"cases": Range(at_most=9)}, ["Cases at most 9"]),
        ({"cases": Range(at_least=1, at_most=9)}, ["Cases from 1 to 9"]),
        ({"cases": Range()}, ["Cases"]),
        # a field the event does not declare is shown as it is written
        ({"unknown": "x"}, ["unknown: x"]),
    ],
)
def test_a_condition_is_said_in_words(wulipai: Playbook, when: object, words: list[str]) -> None:
    assert with_step(wulipai, when=when).edges[0].conditions == words


def test_a_step_with_a_clause_shows_it_and_is_not_the_projects_own(wulipai: Playbook) -> None:
    edge = with_step(wulipai, source="一(八)3").edges[0]
    assert (edge.origin_mark, edge.is_own) == ("[一(八)3]", False)


def test_a_field_the_project_supplied_to_a_sourced_step_is_marked(wulipai: Playbook) -> None:
    edge = with_step(
        wulipai,
        source="一",
        project=["decided_by", "when"],
        decided_by=["activator"],
        proposed_by=["activator"],
    ).edges[0]
    assert edge.decision == "decided by the body that decided the activation (the project's own)"
    assert edge.conditions == ["Origin: local (the project's own)"]
    assert edge.remarks[0] == "proposed by the body that decided the activation"


def test_several_who_may_decide_are_not_said_to_decide_together(wulipai: Playbook) -> None:
    edge = with_step(wulipai, decided_by=["activator", "each_group"], immediate=True).edges[0]
    assert edge.decision == "decided by one of the body that decided the activation, each work group"
    assert edge.remarks == ["to be done at once", "end planned after 14d"]


def test_names_are_in_the_language_asked_for(wulipai: Playbook) -> None:
    for draw in FORMATS.values():
        assert "发现本土阳性" in draw(wulipai, "zh", english)
        assert "Local positive detected" in draw(wulipai, "en", english)


def test_own_words_come_from_the_catalogue(wulipai: Playbook) -> None:
    catalogue = {"needs no decision": "无需决定"}
    for draw in FORMATS.values():
        assert "无需决定" in draw(wulipai, "zh", lambda msgid: catalogue.get(msgid, msgid))


# --- Each format holds all of it, once -------------------------------------------------------------------


def test_mermaid_holds_every_state_and_every_way_once(wulipai: Playbook) -> None:
    lines = [line.strip() for line in mermaid(wulipai, "en", english).splitlines()]
    ways = [re.match(r"s_(\w+) --> s_(\w+) : ", line) for line in lines]
    assert [way.groups() for way in ways if way] == [way[1:] for way in WAYS]
    assert [key for line in lines for key in re.findall(r'^state ".*" as s_(\w+)$', line)] == list(
        wulipai.states
    )
    assert lines.count("[*] --> s_routine") == 1


def test_dot_holds_every_state_and_every_way_once(wulipai: Playbook) -> None:
    body = dot(wulipai, "en", english)
    assert re.findall(r'^  "([a-z]\w*)" -> "(\w+)" \[', body, re.MULTILINE) == [way[1:] for way in WAYS]
    assert re.findall(r'^  "([a-z]\w*)" \[', body, re.MULTILINE) == list(wulipai.states)
    assert body.count("style=dashed") == len(WAYS)
    assert '"_initial" -> "routine";' in body


def test_svg_holds_every_state_and_every_way_once(wulipai: Playbook) -> None:
    root = ET.fromstring(svg(wulipai, "en", english))
    ways = [(one.get("data-step"), one.get("data-from"), one.get("data-to")) for one in classed(root, "step")]
    assert [way for way in ways if way[0]] == WAYS
    assert [one.get("data-state") for one in classed(root, "state")] == list(wulipai.states)
    assert [one.get("data-state") for one in classed(root, "initial")] == ["routine"]
    assert len(classed(root, "card")) == len(WAYS)


def test_svg_says_everything_in_words_too(wulipai: Playbook) -> None:
    root = ET.fromstring(svg(wulipai, "en", english))
    assert root.findtext(f"{SVG}title") == "Wulipai Street: states and steps of the plan"
    description = root.findtext(f"{SVG}desc") or ""
    assert description.count(" → ") == len(WAYS)
    assert description.count("[the project's own]") == len(WAYS)


def test_text_holds_every_state_and_every_way_once(wulipai: Playbook) -> None:
    body = text(wulipai, "en", english)
    assert re.findall(r"^[│║] .*\((\w+)\) +[│║]$", body, re.MULTILINE) == list(wulipai.states)
    assert re.findall(r"^  [├└]┄┄→  .*\((\w+)\)  \[", body, re.MULTILINE) == [
        target for state in wulipai.states for _, origin, target in WAYS if origin == state
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_step_of_the_paper_is_drawn_solid_with_its_clause(wulipai: Playbook, form: str) -> None:
    step = wulipai.transitions["declare_first_level"]
    sourced = msgspec.structs.replace(step, source="一(八)3")
    own, paper = (
        FORMATS[form](msgspec.structs.replace(wulipai, transitions={"declare": one}), "en", english)
        for one in (step, sourced)
    )
    solid = {
        "dot": "style=solid",
        "svg": '<g class="step" data-step',
        "text": "└──→",
        "mermaid": "#91;一(八)3#93;",
    }
    dashed = {
        "dot": "style=dashed",
        "svg": '<g class="step own" data-step',
        "text": "└┄┄→",
        "mermaid": "project#39;s own",
    }
    assert (paper.count(solid[form]), paper.count(dashed[form])) == (1, 0)
    assert (own.count(solid[form]), own.count(dashed[form])) == (0, 1)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_playbook_is_drawn_the_same_each_time(name: str, form: str) -> None:
    playbook = must_load(name).playbook
    assert playbook is not None
    for lang in ("zh", "en"):
        body = FORMATS[form](playbook, lang, english)
        assert body == FORMATS[form](playbook, lang, english)
        assert body.endswith("\n")


# --- Hostile names ---------------------------------------------------------------------------------------


def test_cleaned_words_are_one_line_without_signs_that_steer() -> None:
    assert clean("a\r\n b\t\x1b[1m\u202ec\u200b\ud800\uffff") == "a b \ufffd[1m\ufffdc\ufffd\ufffd\ufffd"


def test_no_name_breaks_out_of_mermaid(hostile: Playbook) -> None:
    word = r"(?:[\w ,.()]|[^\x00-\x7f]|#\d+;)*"
    allowed = re.compile(
        rf"stateDiagram-v2|    (?:accTitle: {word}|direction TB|\[\*\] --> s_routine"
        rf'|state "{word}" as s_[a-z_]+'
        rf"|s_[a-z_]+ : {word}|s_[a-z_]+ --> s_[a-z_]+ : {word}(?:<br/>{word})*)"
    )
    lines = mermaid(hostile, "en", english).splitlines()
    assert [line for line in lines if not allowed.fullmatch(line)] == []
    assert len([line for line in lines if " --> s_" in line]) == len(WAYS) + 1


def test_no_name_breaks_out_of_dot(hostile: Playbook) -> None:
    bare = re.sub(r'"(?:[^"\\]|\\["\\n])*"', "Q", dot(hostile, "en", english))
    statement = r"Q(?: -> Q)?(?: \[\w+=\w+(?:, \w+=(?:[\w.#]+))*\])?;"
    lines = [line for line in bare.splitlines() if line.startswith("  Q")]
    assert [line for line in lines if not re.fullmatch(rf"  {statement}", line)] == []
    assert set(re.findall(r"[^\w\s=\[\],;.{}>-]", bare)) == set()
    assert bare.count("Q -> Q") == len(WAYS) + 1


def test_no_name_breaks_out_of_svg(hostile: Playbook) -> None:
    root = ET.fromstring(svg(hostile, "en", english))
    known = {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "rect", "g", "path", "circle", "text")
    }
    assert {one.tag for one in root.iter()} == known
    assert len(classed(root, "card")) == len(WAYS)
    assert "<script>alert(1)</script> & &lt; ]]>" in (root.findtext(f"{SVG}title") or "")


def test_no_name_steers_a_terminal_or_breaks_its_box(hostile: Playbook) -> None:
    lines = text(hostile, "en", english).splitlines()
    assert [line for line in lines if columns(line) > 100] == []
    assert [sign for line in lines for sign in line if not sign.isprintable()] == []
    boxed = [line for line in lines if line.startswith(("│", "║", "┌", "╔"))]
    assert {line[0] + line[-1] for line in boxed} == {"││", "║║", "┌┐", "╔╗"}
    assert len({columns(line) for line in boxed}) == 1


# --- The drawing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_no_card_covers_another_nor_a_state_nor_a_line_not_its_own(wulipai: Playbook, size: int) -> None:
    drawn = graph(every_way(wulipai, size), "en", english)
    # cards of every width, high and low
    cards = [Size(60 + number * 37 % 150, 30 + number * 23 % 90) for number in range(len(drawn.edges))]
    layout = place(drawn, [Size(120, 90)] * size, cards)
    assert all(
        map(
            is_apart,
            *zip(*combinations([*layout.boxes, *(one.card for one in layout.lines)], 2), strict=True),
        )
    )
    assert [(a, b) for a, b in crossings(layout) if a != b] == []


@pytest.mark.parametrize("size", [1, 2, 5])
def test_no_two_steps_share_an_end(wulipai: Playbook, size: int) -> None:
    drawn = graph(every_way(wulipai, size), "en", english)
    lines = place(drawn, [Size(120, 90)] * size, [Size(100, 40)] * len(drawn.edges)).lines
    ends = [end for line in lines for end in (line.corners[0], line.corners[-1])]
    assert len(set(ends)) == len(ends)


def test_a_playbook_without_steps_is_drawn(wulipai: Playbook) -> None:
    alone = msgspec.structs.replace(every_way(wulipai, 1), transitions={})
    for draw in FORMATS.values():
        assert "State s0" in draw(alone, "en", english)


@pytest.mark.parametrize("colours", [svg_style._LIGHT, svg_style._DARK])
def test_words_stand_out_from_what_lies_behind_them(colours: svg_style._Colours) -> None:
    for ground in (colours.paper, colours.box, colours.initial):
        assert min(contrast(ink, ground) for ink in (colours.ink, colours.faint, colours.step)) >= 4.5
    assert min(contrast(line, colours.paper) for line in (colours.own, colours.border)) >= 3


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("常态", ["常态"]),
        ("由领导小组决定。", ["由领导小组", "决定。"]),
        # no closing mark begins a line, no opening one ends it
        ("一二三四五，六", ["一二三四", "五，六"]),
        ("一二三四（五）", ["一二三四", "（五）"]),
        ("one two three", ["one two", "three"]),
        ("abcdefghijklmn", ["abcdefghij", "klmn"]),
        # a combining sign takes no room of its own, a space none at the end of a line
        ("e\u0301" * 10 + " f", ["e\u0301" * 10, "f"]),
        ("常态常态常 f", ["常态常态常", "f"]),
        ("", [""]),
    ],
)
def test_lines_break_where_the_language_allows(words: str, lines: list[str]) -> None:
    assert wrap(words, 10, columns) == lines


def test_words_beyond_the_last_line_are_cut_with_a_sign() -> None:
    assert wrap("one two three four", 9, columns, 2) == ["one two", "three…"]


def classed(root: ET.Element, kind: str) -> list[ET.Element]:
    return [one for one in root.iter(f"{SVG}g") if kind in (one.get("class") or "").split()]


def is_apart(a: Box, b: Box) -> bool:
    return a.right < b.left or b.right < a.left or a.bottom < b.top or b.bottom < a.top


def crossings(layout: Layout) -> Iterator[tuple[int, int]]:
    """Give each (line, card) of which the line runs through the card."""
    for number, line in enumerate(layout.lines):
        for (x0, y0), (x1, y1) in zip(line.corners, line.corners[1:], strict=False):
            stretch = Box((x0 + x1) / 2, (y0 + y1) / 2, Size(abs(x1 - x0), abs(y1 - y0)))
            yield from (
                (number, nth) for nth, other in enumerate(layout.lines) if not is_apart(stretch, other.card)
            )


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


# -- for a page of ours


def test_on_a_page_the_state_that_is_here_says_so(wulipai: Playbook) -> None:
    drawn = ET.fromstring(inline(wulipai, "en", english, "first_level_response"))

    (here,) = [one for one in drawn.iter(f"{SVG}g") if "here" in one.get("class", "").split()]
    assert here.get("data-state") == "first_level_response"
    assert "● we are here" in [one.text for one in here.iter(f"{SVG}text")]
    leaving = {
        one.get("data-from") for one in drawn.iter(f"{SVG}g") if "next" in one.get("class", "").split()
    }
    assert leaving == {"first_level_response"}
    said = drawn.findtext(f"{SVG}desc")
    assert said is not None
    assert said.startswith("we are here: First-level response")


def test_on_a_page_nothing_is_styled_in_place(hostile: Playbook) -> None:
    drawn = inline(hostile, "zh", english, "routine")

    page = ET.fromstring(drawn)
    assert {one.tag.removeprefix(SVG) for one in page.iter()} <= {
        *("svg", "title", "desc", "g", "rect", "circle", "path", "text")
    }
    assert not [one for one in page.iter() if "style" in one.attrib]


def test_nowhere_is_said_where_that_is_not_known(wulipai: Playbook) -> None:
    drawn = inline(wulipai, "en", english)

    assert "we are here" not in drawn
    assert 'next"' not in drawn
