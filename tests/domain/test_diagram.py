"""The state diagram in its formats: everything is there, once, and no name of a playbook breaks out."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import msgspec
import pytest

from incident.domain.diagram import FORMATS, dot, mermaid, svg, text
from incident.domain.diagram.graph import Graph, clean, graph
from incident.domain.diagram.typeset import columns
from incident.domain.playbook import Playbook, Range
from incident.playbook_text.load import must_load, shipped_names
from tests.domain.diagrams import SVG, english

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


def classed(root: ET.Element, kind: str) -> list[ET.Element]:
    return [one for one in root.iter(f"{SVG}g") if kind in (one.get("class") or "").split()]
