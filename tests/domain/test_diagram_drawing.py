"""How a diagram is drawn: nothing covers anything else, and a page of ours shows where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from xml.etree import ElementTree as ET

import msgspec
import pytest

from incident.domain.diagram import FORMATS, inline, svg_style
from incident.domain.diagram.graph import graph
from incident.domain.diagram.layout import Box, Layout, Size, place
from incident.domain.diagram.typeset import columns, wrap
from incident.domain.organisation import Text
from incident.domain.playbook import Playbook, State, Transition
from tests.domain.diagrams import SVG, english


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
