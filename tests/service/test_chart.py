"""The picture of a rota: whole, escaped, the same each time, and wrong things seen without colour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from incident.domain import clock
from incident.domain.tally import Day, tally, weekdays
from incident.service.chart import chart, inset
from incident.service.picture import Bar, Group, Legend, Picture, Row

SINCE = clock.read_stamp("2026-02-28T16:00:00Z")
HOUR, DAY = 3600, 86400
SVG = "{http://www.w3.org/2000/svg}"
MARKS = ("uncovered", "rest", "unnamed", "unreachable")
LEGEND = Legend(
    recorded="recorded",
    foreseen="foreseen",
    marks={mark: f"is {mark}" for mark in MARKS},
    rest_day="rest day",
    holiday="holiday",
    night="night",
    now="now",
)
#: Means something to XML, or nothing at all.
HOSTILE = "</text></title><script>alert(1)</script>&lt; ]]> \" ' \x00\x1b[31m\u202e\ufffe\ud800"


def picture(*rows: Sequence[Bar], days: int = 14, zone: str = "Asia/Shanghai", **changed: Any) -> Picture:
    drawn = Picture(
        title="马剑镇 <值班>",
        span="a & b",
        made="made then",
        nothing="no roster stands",
        groups=[Group("watch", [Row(f"post {n}", bars) for n, bars in enumerate(rows)])] if rows else [],
        since=SINCE,
        until=SINCE + days * DAY,
        now=SINCE + 10 * HOUR,
        zone=zone,
        days=weekdays,
        weekdays=["一", "二", "三", "四", "五", "六", "日"],
        legend=LEGEND,
    )
    return drawn._replace(**changed)


def bar(name: str = "王小明", *, at: int = 0, hours: int = 24, sign: str = "", **changed: Any) -> Bar:
    since = SINCE + at * HOUR
    return Bar(since, since + hours * HOUR, name, sign, [f"{name} all day"])._replace(**changed)


def tree(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)


def texts(drawn: str, kind: str = "") -> list[str]:
    """Give the words in the picture, of a class or of all."""
    found = tree(drawn).iter(f"{SVG}text")
    return [one.text or "" for one in found if not kind or kind in one.attrib["class"].split()]


def shapes(drawn: str, kind: str) -> list[ET.Element]:
    """Give the rectangles of a class, those of the legend left out."""
    kinds = set(kind.split())
    return [
        one
        for group in [tree(drawn), *tree(drawn).iterfind(f"{SVG}g")]
        if "transform" not in group.attrib
        for one in group.iterfind(f"{SVG}rect")
        if kinds <= {*one.attrib.get("class", "").split()}
    ]


def number(one: ET.Element, name: str) -> float:
    return float(one.attrib[name])


# -- words


def test_no_word_breaks_out_and_what_xml_does_not_know_is_shown_as_an_escape() -> None:
    drawn = chart(picture([bar(HOSTILE, sign="P1")], title=HOSTILE, span=HOSTILE, nothing=HOSTILE))

    assert "<script" not in drawn
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ufffe\ud800-\udfff]", drawn)
    assert "\\u0000\\u001b" in drawn
    (tip,) = [one.text for one in tree(drawn).iterfind(f"{SVG}g/{SVG}title")]
    assert tip is not None
    assert tip.startswith("</text></title><script>")


def test_title_span_and_time_of_making_stand_there() -> None:
    drawn = chart(picture([bar()]))

    assert {"马剑镇 <值班>", "a & b", "made then", "watch", "post 0", "王小明"} <= {*texts(drawn)}
    assert tree(drawn).findtext(f"{SVG}title") == "马剑镇 <值班>"


def test_the_same_rota_is_the_same_picture() -> None:
    def drawn() -> str:
        return chart(picture([bar(), bar("李丽", at=24)], [bar("欧阳建国特别长的名字", hours=3)]))

    assert drawn() == drawn()


def test_picture_stands_by_itself() -> None:
    drawn = chart(picture([bar(marks=MARKS)]))

    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg\")|<script|@import|<image|href", drawn)
    assert {*re.findall(r"url\(#(\w+)\)", drawn)} <= {*re.findall(r'id="(\w+)"', drawn)}
    assert '"Noto Sans CJK SC","Microsoft YaHei"' in drawn
    assert "sans-serif" in drawn


def test_name_in_a_wide_bar_is_written_out() -> None:
    assert texts(chart(picture([bar("欧阳建国", sign="P3")])), "who") == ["欧阳建国"]


def test_chinese_name_is_broken_evenly_before_it_gives_way() -> None:
    assert texts(chart(picture([bar("综合信息指挥室")])), "who") == ["综合信息", "指挥室"]
    assert texts(chart(picture([bar("欧阳建国", hours=8)])), "who") == ["欧阳", "建国"]


def test_latin_word_is_never_broken() -> None:
    assert texts(chart(picture([bar("Ebenezer Winterbottom", hours=8, sign="P3")])), "who") == ["P3"]


def test_name_without_room_gives_way_to_a_sign_that_the_key_explains() -> None:
    long = "镇党政综合办公室值班室工作人员"
    row = [bar(long, hours=8), bar(long, at=8, hours=8), bar(long * 2, at=16, hours=8)]
    drawn = chart(picture([*row, bar("阿卜杜拉·买买提", at=24, hours=8, sign="P12")]))

    assert texts(drawn, "who") == ["[1]", "[1]", "[2]", "P12"]
    assert texts(drawn, "means")[-3:] == ["P12 阿卜杜拉·买买提", f"[1] {long}", f"[2] {long * 2}"]


def test_key_explains_no_sign_that_is_all_that_is_known() -> None:
    shown = texts(chart(picture([bar("P9", sign="P9", hours=8)])))
    assert shown.count("P9") == 1
    assert "P9 P9" not in shown


def test_bar_without_room_says_nothing_and_its_tip_says_all() -> None:
    drawn = chart(picture([bar(hours=1, sign="P1")]))

    assert texts(drawn, "who") == []
    assert "<title>王小明 all day</title>" in drawn
    assert "P1 王小明" not in texts(drawn)


def test_too_long_a_word_beside_and_below_is_shortened() -> None:
    group = Group("很长" * 100, [Row("很长" * 100, [bar("很长" * 100, hours=8)])])
    drawn = chart(picture(groups=[group]))

    (name,), (post,) = texts(drawn, "roster"), texts(drawn, "post")
    assert name.endswith("…")
    assert post.endswith("…")
    assert len(post) < 15
    assert texts(drawn, "means")[-1].endswith("…")


# -- what is wrong


@pytest.mark.parametrize("mark", MARKS)
def test_each_thing_wrong_has_a_hatching_of_its_own(mark: str) -> None:
    drawn = chart(picture([bar(marks=[mark]), bar(at=24)]))

    (hatched,) = shapes(drawn, mark)
    assert f'id="{mark}"' in drawn
    assert f"is {mark}" in texts(drawn, "means")
    assert number(hatched, "width") > 100


def test_empty_post_and_rest_not_kept_are_framed_too_and_their_words_stand_on_paper() -> None:
    drawn = chart(picture([bar("nobody", marks=["uncovered"]), bar(at=24, marks=["rest"]), bar(at=48)]))

    assert len(shapes(drawn, "bar wrong")) == 2
    assert len(shapes(drawn, "paper")) == 1 + 2  # the page itself, and behind two names


def test_short_gap_is_hatched_without_a_sign_for_nobody() -> None:
    drawn = chart(picture([bar("nobody", hours=2, marks=["uncovered"])]))

    assert len(shapes(drawn, "uncovered")) == 1
    assert texts(drawn, "who") == []
    assert not [words for words in texts(drawn) if words.startswith("[")]


def test_what_is_foreseen_looks_otherwise_than_what_is_recorded() -> None:
    drawn = chart(picture([bar(), bar(at=24, is_foreseen=True)]))

    assert (len(shapes(drawn, "bar")), len(shapes(drawn, "bar foreseen"))) == (2, 1)
    assert {"recorded", "foreseen"} <= {*texts(drawn, "means")}


# -- time


def china(day: date) -> Day:
    return "holiday" if day == date(2026, 3, 5) else weekdays(day)


def test_fortnight_has_its_days_with_their_weekdays() -> None:
    shown = texts(chart(picture([bar()])), "day")
    assert shown[::2] == [f"03-{day:02}" for day in range(1, 15)]
    assert shown[1::2] == [*"日一二三四五六日一二三四五六"]


def test_rest_days_and_holidays_are_tinted_and_headed_apart() -> None:
    drawn = chart(picture([bar()], days=14)._replace(days=china))

    assert len(shapes(drawn, "rest-day")) == 4  # 1, 7, 8 and 14 March
    assert len(shapes(drawn, "holiday")) == len(shapes(drawn, "holiday-head")) == 1
    assert texts(drawn, "inverse") == ["03-05", "四"]


def test_month_is_headed_by_the_days_alone() -> None:
    assert texts(chart(picture([bar()], days=35)), "day")[::2][:3] == ["01", "02", "03"]
    assert texts(chart(picture([bar()], days=100)), "day") == []


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"])
def test_nights_are_shaded_where_they_are_counted(zone: str) -> None:
    drawn = picture([bar()], days=40, zone=zone)  # over the change to summer time
    left, right = 360, 2880
    second = (right - left) / (drawn.until - drawn.since)
    shaded = sum(number(one, "width") for one in shapes(chart(drawn), "night"))

    assert shaded / second / 60 == pytest.approx(
        tally(drawn.since, drawn.until, zone, weekdays).night, rel=1e-3
    )


def test_bar_lies_where_its_time_does_and_ends_at_the_edge() -> None:
    drawn = chart(picture([bar(at=-12), bar(at=12), bar(at=13 * 24 + 12)]))
    first, second, last = shapes(drawn, "bar")

    assert number(second, "x") == pytest.approx(360 + 90 + 1.5)
    assert number(second, "width") == pytest.approx(180 - 3)
    assert number(first, "width") == number(last, "width") == pytest.approx(90 - 3)
    assert number(last, "x") + number(last, "width") == pytest.approx(2880 - 1.5)


def test_duty_of_another_time_is_not_drawn() -> None:
    drawn = chart(picture([bar(at=-48), bar(at=400), bar(hours=0)]))
    assert shapes(drawn, "bar") == []


def test_now_is_a_line_with_its_hour_only_where_it_lies_inside() -> None:
    assert texts(chart(picture([bar()])), "flag") == ["now 10:00"]
    for now in (SINCE - 1, SINCE + 14 * DAY):
        assert texts(chart(picture([bar()], now=now)), "flag") == []


@pytest.mark.parametrize("now", [SINCE, SINCE + 14 * DAY - 1])
def test_flag_of_now_stays_inside(now: int) -> None:
    (flag,) = shapes(chart(picture([bar()], now=now)), "flagged")
    assert 360 <= number(flag, "x") <= 2880 - number(flag, "width")


# -- the page


def many(groups: int, posts: int, hours: int) -> Picture:
    row = [bar(at=at, hours=hours) for at in range(0, 14 * 24, hours)]
    return picture(groups=[Group(f"g{n}", [Row(f"p{k}", row) for k in range(posts)]) for n in range(groups)])


@pytest.mark.parametrize(("groups", "posts", "hours"), [(1, 1, 24), (6, 4, 12), (6, 4, 8)])
def test_a_fortnight_of_six_rosters_of_four_posts_fills_one_page(groups: int, posts: int, hours: int) -> None:
    page = tree(chart(many(groups, posts, hours))).attrib
    assert (page["width"], page["height"], page["viewBox"]) == ("297mm", "210mm", "0 0 2970 2100")


def test_more_rows_make_the_page_taller_and_none_lies_on_another() -> None:
    drawn = chart(many(10, 6, 24))
    tops = [number(one, "y") for one in shapes(drawn, "bar")][::14]

    assert tree(drawn).attrib["width"] == "297mm"
    height = float(tree(drawn).attrib["height"].removesuffix("mm"))
    assert height > 300
    assert all(after - before >= 50 for before, after in pairwise(tops))
    assert max(number(one, "y") for one in tree(drawn).iter(f"{SVG}text")) < 10 * height


def test_letters_are_larger_where_there_is_room() -> None:
    def sizes(drawn: Picture) -> set[str]:
        return {
            one.attrib["font-size"]
            for one in tree(chart(drawn)).iter(f"{SVG}text")
            if "who" in one.attrib["class"]
        }

    assert sizes(many(1, 1, 24)) == {"34"}
    assert sizes(many(1, 1, 12)) == {"26"}
    tight = bar("P1234", sign="P1234", hours=11)
    assert sizes(picture([tight, bar("P1", at=11)])) == {"26", "22"}


def test_nothing_to_draw_is_said() -> None:
    assert "no roster stands" in texts(chart(picture()))


def test_in_a_page_it_is_the_same_without_a_sheet_of_its_own() -> None:
    drawn = picture([bar(HOSTILE), bar("乙", at=24, marks=("uncovered", "unnamed"))])
    page, paper = inset(drawn), chart(drawn)

    assert "style" not in page
    assert "<script" not in page
    assert texts(page, "who") == texts(paper, "who")
    assert shapes(page, "bar") != []
    assert {one.attrib.get("fill") for one in shapes(page, "uncovered")} == {"url(#uncovered)"}
    assert "url(#unnamed)" in page
    assert "made then" not in page
    _left, top, _width, height = map(float, tree(page).attrib["viewBox"].split())
    assert top + height < 2100, "it ends where what is drawn ends, not where a page does"


def test_where_no_roster_stands_a_page_says_so() -> None:
    assert texts(inset(picture()), "sub") == ["no roster stands"]
