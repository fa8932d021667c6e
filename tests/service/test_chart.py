"""The picture of a rota: whole, escaped, the same each time, and wrong things seen without colour."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from incident.domain import clock
from incident.domain.tally import weekdays
from incident.service.chart import Bar, Lane, Picture, chart

SINCE = clock.read_stamp("2026-02-28T16:00:00Z")
DAY = 86400
SVG = "{http://www.w3.org/2000/svg}"


def picture(*bars: Bar, lanes: int = 2, days: int = 14, now: int = SINCE + 3600) -> Picture:
    return Picture(
        title="马剑镇 <值班>",
        subtitle="a & b",
        since=SINCE,
        until=SINCE + days * DAY,
        now=now,
        now_name="now",
        zone="Asia/Shanghai",
        weekdays=["一", "二", "三", "四", "五", "六", "日"],
        lanes=[Lane("watch" if n % 2 == 0 else "", f"post {n}") for n in range(lanes)],
        bars=bars,
        legend=["hatched: nobody"],
    )


def bar(lane: int = 0, day: int = 0, name: str = "王小明", **words: object) -> Bar:
    since = SINCE + day * DAY
    return Bar(lane=lane, since=since, until=since + DAY, name=name, tip=f"{name} all day", **words)  # type: ignore[arg-type]


def texts(drawn: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(drawn).iter(f"{SVG}text")]


def test_every_word_is_escaped_and_stands_there() -> None:
    drawn = chart(picture(bar(name="<&>")), weekdays)
    assert {"马剑镇 <值班>", "a & b", "<&>", "hatched: nobody", "now"} <= {*texts(drawn)}


def test_the_same_rota_is_the_same_picture() -> None:
    assert chart(picture(bar(), bar(1, 3)), weekdays) == chart(picture(bar(), bar(1, 3)), weekdays)


def test_a_fortnight_has_its_days_and_rest_days_are_tinted() -> None:
    drawn = chart(picture(), weekdays)
    assert [words for words in texts(drawn) if re.fullmatch(r"3-\d\d", words)] == [
        f"3-{day:02}" for day in range(1, 15)
    ]
    assert drawn.count('class="off"') == 4  # 1, 7, 8 and 14 March


def test_what_is_wrong_shows_without_colour() -> None:
    drawn = chart(picture(bar(name="nobody", is_empty=True), bar(1, mark="⚠")), weekdays)
    assert 'class="empty"' in drawn
    assert "url(#empty)" in drawn
    assert "⚠王小明" in texts(drawn)


def test_name_without_room_is_shortened_and_stands_whole_in_the_tip() -> None:
    name = "诸暨市马剑镇综合信息指挥室值班人员"
    drawn = chart(picture(bar(name=name)), weekdays)
    (shown,) = [words for words in texts(drawn) if words.endswith("…")]
    assert name.startswith(shown[:-1])
    assert f"<title>{name} all day</title>" in drawn
    tiny = bar(name="王")._replace(until=SINCE + 600)
    assert "王" not in texts(chart(picture(tiny), weekdays))


def test_now_is_a_line_only_where_it_lies_inside() -> None:
    assert 'class="now"' in chart(picture(), weekdays)
    assert 'class="now"' not in chart(picture(now=SINCE - 1), weekdays)


def test_many_rows_lie_below_one_another() -> None:
    drawn = chart(picture(*(bar(lane) for lane in range(24)), lanes=24), weekdays)
    tops = [float(found) for found in re.findall(r'class="bar" x="[\d.]+" y="([\d.]+)"', drawn)]
    assert tops == sorted(set(tops))
    assert len(tops) == 24


def test_nothing_to_draw_is_drawn_too() -> None:
    assert ET.fromstring(chart(picture(lanes=0), weekdays)) is not None
    nothing = bar()._replace(until=SINCE)
    assert 'class="bar"' not in chart(picture(nothing), weekdays)
