"""The picture of a rota at the desk: a file to print, in both languages, of all rosters or one."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.desk import ACTIVATE, LANGUAGES, Desk
from tests.playbooks import DAY, HOUR

SVG = "{http://www.w3.org/2000/svg}"
STAFF = """seat,holder,name,from,channels
全体机关干部,H1,王小明,2025-01-01,mail:h1@example.cn
全体机关干部,H2,<b>&李,2025-01-01,mail:h2@example.cn
全体机关干部,H3,欧阳建国,2025-01-01,
"""


@pytest.fixture
def staffed(desk: Desk, tmp_path: Path) -> Desk:
    """Majian in its emergency, with three people of whom one cannot be reached."""
    path = tmp_path / "people.csv"
    path.write_text(STAFF, encoding="utf-8")
    desk.done("people", "import", str(path))
    desk.done(*ACTIVATE)
    return desk


def drawn(desk: Desk, *words: str) -> str:
    return desk.done("roster", "chart", "majian", *words, "--out", "-").out


def texts(picture: str, kind: str = "") -> list[str]:
    found = ET.fromstring(picture).iter(f"{SVG}text")
    return [one.text or "" for one in found if not kind or kind in one.attrib["class"].split()]


def tips(picture: str) -> list[str]:
    return [one.text or "" for one in ET.fromstring(picture).iterfind(f"{SVG}g/{SVG}title")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_chart_is_titled_and_headed_in_the_language_in_force(staffed: Desk, lang: str) -> None:
    picture = drawn(staffed, "--lang", lang)

    (title,) = texts(picture, "title")
    assert {"zh": "马剑镇 330681111", "en": "Majian Town 330681111"}[lang] in title
    assert {"zh": "区域协查24小时工作", "en": "Round-the-clock regional tracing"}[lang] in texts(
        picture, "roster"
    )
    assert {"zh": "带班领导", "en": "leader on duty"}[lang] in texts(picture, "post")
    assert "Asia/Shanghai" in texts(picture, "sub")[0]
    assert "2026-03-01 02:40 +08:00" in texts(picture, "made")[0]


def test_names_of_people_are_shown_and_escaped(staffed: Desk) -> None:
    picture = drawn(staffed)

    assert {"王小明", "<b>&李", "欧阳建国"} <= {*texts(picture, "who")}
    assert "<b>" not in picture


def test_whom_nobody_can_reach_is_hatched_and_the_tip_says_why(staffed: Desk) -> None:
    picture = drawn(staffed)

    (tip, *_) = [tip for tip in tips(picture) if "欧阳建国 (H3)" in tip]
    assert "no way to reach them is known" in tip
    assert "has served least" in tip
    assert picture.count('class="unreachable"') > 1 + 2  # one is the legend's
    assert not [tip for tip in tips(picture) if "王小明 (H1)" in tip.splitlines()[0] and "no way" in tip]


def test_nobody_at_a_post_is_hatched(staffed: Desk) -> None:
    for holder in ("H1", "H2", "H3"):
        staffed.done("roster", "cover", "majian", holder, "--until", "3d")
    picture = drawn(staffed, "watch")

    gap = re.search(
        r"<g><title>([^<]*)</title><rect class=\"bar[^>]*wrong[^>]*/>\n<rect class=\"uncovered\"", picture
    )
    assert gap
    assert "nobody is there" in gap[1]


def test_one_roster_alone_is_drawn(staffed: Desk) -> None:
    assert texts(drawn(staffed, "watch", "--lang", "en"), "roster") == ["Round-the-clock epidemic duty"]


def test_time_that_is_drawn_can_be_chosen(staffed: Desk) -> None:
    staffed.clock.at += 3 * DAY
    staffed.done("run", "--once")
    picture = drawn(staffed, "--since", "2026-03-02", "--until", "7d")

    assert texts(picture, "day")[::2] == [f"03-{day:02}" for day in range(2, 9)]
    assert texts(picture, "flag") == ["now 02:40"]
    assert {"bar", "bar foreseen"} <= {*re.findall(r'class="(bar[^"]*)"', picture)}


def test_time_of_years_is_refused_for_nobody_could_read_it(staffed: Desk) -> None:
    said = staffed.run("roster", "chart", "majian", "--out", "-", "--until", "36d", "--json")
    assert (said.code, said.object()["error"]["where"]) == (2, "--until")


def test_same_time_gives_the_same_file(staffed: Desk, tmp_path: Path) -> None:
    one, other = tmp_path / "1.svg", tmp_path / "2.svg"
    for file in (one, other):
        staffed.done("roster", "chart", "majian", "--out", str(file))

    assert one.read_bytes() == other.read_bytes()
    assert one.read_bytes().endswith(b"</svg>\n")


def test_chart_is_told_as_data(staffed: Desk, tmp_path: Path) -> None:
    file = str(tmp_path / "duty.svg")
    words = ("roster", "chart", "majian", "--json", "--out")

    written = staffed.done(*words, file).object()
    shown = staffed.done(*words, "-").object()

    assert (written["file"], shown["file"]) == (file, None)
    assert written["bars"] == shown["bars"] > 20
    assert shown["chart"] == Path(file).read_text(encoding="utf-8")


@pytest.mark.parametrize("file", ["/no/such/folder/duty.svg", "/"])
def test_file_that_cannot_be_written_is_refused(staffed: Desk, file: str) -> None:
    said = staffed.run("roster", "chart", "majian", "--out", file, "--json")
    assert (said.code, said.object()["error"]["where"]) == (2, "--out")


def test_town_without_duty_has_an_empty_chart(staffed: Desk) -> None:
    picture = drawn(staffed, "--since", "2025-01-01", "--until", "14d")
    assert texts(picture, "roster") == []
    assert any(words.startswith("nobody:") for words in texts(picture))


def test_now_is_not_drawn_where_it_does_not_lie(staffed: Desk) -> None:
    staffed.clock.at += HOUR
    assert texts(drawn(staffed, "--since", "2026-03-10"), "flag") == []
