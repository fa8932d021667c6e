"""The directory at the desk: a file is taken in, asked about, and somebody is erased."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from incident.service import people as service
from incident.service.ports import Reading
from tests.cli.desk import AGREED, LANGUAGES, MAJIAN, Desk
from tests.playbooks import HOUR

HEADS = "岗位,代号,姓名,起,止,联系方式\n"
ROWS = (
    "疫情防控值班组组长,P1,张甲,2025-01-01,,sms:13900000001 mail:jia@example.cn\n"
    "duty.leader,P2,李乙,2025-01-01,,sms:13900000002\n"
    "全体机关干部,H1,王丙,2025-01-01,,tel:0575-87001234\n"
    "卫生院,H1,,2025-01-01,,\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(HEADS + ROWS, encoding="gb18030", newline="\r\n")
    return path


def test_file_is_shown_then_taken_in_once(desk: Desk, file: Path) -> None:
    before = desk.stored()
    dry = desk.done("people", "import", str(file), "--dry-run", "--lang", "en")
    assert "Duty group, Head: P1 from 2025-01-01" in dry.out
    assert desk.stored() == before

    done = desk.done("people", "import", str(file), "--lang", "en")
    assert "recorded in entry 1" in done.out
    assert "H1 holds 2 seats" in done.err
    assert "nothing changes" in desk.done("people", "import", str(file), "--lang", "en").out
    assert desk.version() == 2


def test_who_is_asked_is_told_numbers_only_when_they_are_wanted(desk: Desk, file: Path) -> None:
    desk.done("people", "import", str(file))
    shown = desk.done("people", "who", "疫情防控值班组组长").out
    assert "张甲" in shown
    assert "139******01" in shown
    assert "13900000001" not in shown
    assert "13900000001" in desk.done("people", "who", "duty.leader", "--numbers").out
    everybody = desk.done("people", "list", "--json").object()["holders"]
    assert sorted({one["holder"] for one in everybody}) == ["H1", "P1", "P2"]
    assert desk.done("people", "who", "outbreak_task_force").out
    assert [
        one["holder"]
        for one in desk.done("people", "who", "duty.leader", "--at", "2024-06-01", "--json").object()[
            "holders"
        ]
    ] == ["P1", "P2"]


def test_all_faults_of_a_file_are_told_at_once_with_their_rows(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("seat,holder,channels\nnowhere,P1,\nduty.leader,张三,sms:139\n", encoding="utf-8-sig")
    before = desk.stored()
    said = desk.run("people", "import", str(path), "--json", "--lang", "en")
    assert said.code == 2
    problems = said.object()["problems"]
    assert [(one["rule"], one["line"]) for one in problems] == [("D001", 2), ("D002", 3), ("D006", 3)]
    assert "张三" not in said.out
    assert desk.stored() == before
    assert "bad.csv:3:1" in desk.run("people", "import", str(path)).err


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.csv", b""),
        ("a.csv", b"seat,name\nduty.leader,x\n"),
        ("a.csv", b"seat,holder,shoe\n"),
        ("a.csv", b"seat,holder,holder\n"),
        ("a.csv", b'seat,holder\n"duty.leader,P1\n'),
        ("a.csv", b"seat,holder\nduty.leader,P1,2025-01-01\n"),
        ("a.csv", b"PK\x03\x04\x00\x00\xff\xff\x00"),
        ("a.csv", b"\xff\xff\xff"),
        ("a.csv", b"x" * (4 * 1024 * 1024 + 1)),
        ("a.yaml", b"seat: duty.leader\n"),
        ("a.yaml", b"- duty.leader\n"),
        ("a.yaml", b"- {seat: duty.leader, shoe: 42}\n"),
        ("a.yaml", b"- {seat: duty.leader, holder: {a: b}}\n"),
        ("a.yaml", b"- {seat: [\n"),
    ],
)
def test_file_that_cannot_be_read_is_refused(
    desk: Desk, tmp_path: Path, name: str, body: bytes, lang: str
) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    said = desk.run("people", "import", str(path), "--lang", lang)
    assert said.code == 2
    assert path.name in said.err


def test_file_that_is_not_there_is_refused(desk: Desk) -> None:
    assert desk.run("people", "import", "no-such.csv").code == 2


def test_yaml_and_semicolons_are_read_as_well(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(
        "- {seat: duty.leader, holder: P1, from: 2025-01-01, channels: ['mail:a@b.cn', 'sms:13900000001']}\n"
    )
    desk.done("people", "import", str(path), "--in", "majian")
    other = tmp_path / "people.csv"
    other.write_text("seat;holder;name\nduty.leader;P2;乙\n\n", encoding="utf-8")
    desk.done("people", "import", str(other))
    assert (
        desk.done("people", "who", "duty.leader", "--json").object()["holders"][0]["channels"][0]
        == "mail:a@b.cn"
    )


def test_somebody_is_erased_after_being_asked(desk: Desk, file: Path) -> None:
    desk.done("people", "import", str(file))
    assert desk.run("people", "erase", "P1").code == 2
    assert desk.done("people", "erase", "P1", *AGREED, "--json").object()["erased"] == "P1"
    assert "张甲" not in desk.done("people", "list", "--numbers").out
    said = desk.done("people", "erase", "H1", *AGREED, "--lang", "en")
    assert "H1 holds no more: All cadres of the town offices, Town health centre" in said.err
    assert "may name them" in said.out
    assert "P1" in desk.done("people", "erase", "P2", *AGREED).out.replace("P2", "P1")
    assert "holds" in desk.done("journal", "verify", "majian", "--lang", "en").out
    assert desk.run("people", "erase", "P1", *AGREED).code == 2


def test_erasing_says_what_it_leaves_and_a_handover_keeps_no_words_of_the_log(desk: Desk, file: Path) -> None:
    desk.done("people", "import", str(file))
    noted = desk.done("log", "add", "majian", "--who", "张甲", "--said", "张甲已到岗", "--json").object()[
        "seq"
    ]
    desk.clock.at += 7 * HOUR
    desk.done("run", "--once")
    shown = desk.done("handover", "majian", "watch", "--json").object()
    assert "张甲已到岗" in shown["text"]
    signed = desk.done("handover", "majian", "watch", "--gave", shown["gave"]["who"][0], "--json").object()[
        "seq"
    ]

    drafts = disclosed(desk, signed)
    assert f"entry {noted}, " in drafts["data.draft"]
    assert "张甲" not in drafts["data.draft"]

    erased = desk.done("people", "erase", "P1", *AGREED, "--json").object()
    written = {one["seq"]: one["parts"] for one in erased["written"]}
    assert min(written) == 1, "since the import that first spoke of them"
    assert {"data.said", "data.who"} < {*written[noted]}
    assert "data.draft" in written[signed]
    assert not any("data.P2" in parts for parts in written.values()), "other people's names are theirs"
    told = desk.done("people", "erase", "P2", *AGREED, "--lang", "en").out
    assert any(line.split() == ["data.said", str(noted)] for line in told.splitlines())
    assert "holds" in desk.done("journal", "verify", "majian", "--lang", "en").out


def disclosed(desk: Desk, seq: int) -> dict[str, str]:
    """Give what an entry discloses, by name."""
    found = {}
    for (text,) in desk.sql(f"SELECT text FROM disclosure WHERE seq = {seq}"):
        _salt, name, value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        found[name] = value
    return found


def test_template_names_every_seat_and_is_a_file_to_begin_with(desk: Desk, tmp_path: Path) -> None:
    printed = desk.done("people", "template").out
    assert "duty.leader,P1,,,," in printed
    assert "全体机关干部,,,,," in printed
    path = tmp_path / "people.csv"
    path.write_text(printed.replace("全体机关干部,,", "全体机关干部,H1,"), encoding="utf-8")
    said = desk.done("people", "import", str(path), "--lang", "en")
    assert "All cadres of the town offices: H1 from" in said.out
    assert re.search(r"note: rows that name nobody are passed over: \d+", said.err)


def test_json_counts_the_people_and_says_what_was_answered_before(desk: Desk, file: Path) -> None:
    words = ("people", "import", str(file), "--json", "--event-id", "call")
    dry = desk.done("people", "import", str(file), "--json", "--dry-run").object()
    first, again = desk.done(*words).object(), desk.done(*words).object()
    assert [(one["seq"], one["people"], one["repeated"]) for one in (dry, first, again)] == [
        (None, 3, False),
        (1, 3, False),
        (1, 3, True),
    ]
    none = desk.done("people", "import", str(file), "--json").object()
    assert none == {"seq": None, "changes": [], "people": 0, "repeated": False}


def test_template_is_json_too(desk: Desk) -> None:
    rows = desk.done("people", "template", "--json").object()["rows"]
    assert {"seat": "duty.leader", "holder": "P1"} in rows
    assert {"seat": "全体机关干部", "holder": None} in rows


def test_a_line_break_in_a_cell_is_none_in_a_name(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('seat,holder,name\nduty.leader,P1,"张\n  甲"\n', encoding="utf-8")
    desk.done("people", "import", str(path))
    assert desk.done("people", "who", "duty.leader", "--json").object()["holders"][0]["name"] == "张 甲"


def test_jurisdiction_is_named_where_there_are_several(desk: Desk) -> None:
    desk.done("adopt", "taiping")
    said = desk.run("people", "list", "--json")
    assert (said.code, said.object()["error"]["where"]) == (2, "--in")
    assert desk.done("people", "list", "--in", "majian").out
    assert desk.run("people", "who", "nobody", "--in", "majian").code == 2


def test_jurisdiction_is_named_as_with_other_commands_too(desk: Desk, file: Path) -> None:
    """First, by code or either name; or after --in, as before."""
    desk.done("adopt", "dongshan")
    for words in (("majian",), (MAJIAN,), ("马剑镇",)):
        assert desk.done("people", "import", *words, str(file), "--dry-run").out
    desk.done("people", "import", "majian", str(file))
    shown = desk.done("people", "who", "majian", "duty.leader").out
    assert shown == desk.done("people", "who", "duty.leader", "--in", "majian").out
    assert "张甲" in shown
    assert desk.done("people", "list", "majian").out == desk.done("people", "list", "--in", MAJIAN).out
    assert desk.done("people", "template", "majian").out != desk.done("people", "template", "dongshan").out
    assert desk.done("messages", "majian").out == desk.done("messages", "--in", "majian").out
    assert desk.run("people", "who", "majian", "duty.leader", "--in", "majian").code == 2
    assert desk.run("people", "who", "majian", "x", "duty.leader").code == 2
    assert desk.done("people", "erase", "majian", "P1", *AGREED).out


def test_directory_before_anything_is_adopted(empty_desk: Desk) -> None:
    assert empty_desk.run("people", "list").code == 2


def test_nothing_personal_is_logged(desk: Desk, file: Path) -> None:
    said = desk.done("people", "import", str(file), "--log-json", "-v")
    for secret in ("张甲", "13900000001", "jia@example.cn"):
        assert secret not in said.out + said.err


def test_list_reads_the_directory_once_for_all_seats(
    desk: Desk, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.done("people", "import", str(file))
    read: list[str] = []
    whole = service.directory

    def directory(tx: Reading, code: str) -> service.Directory:
        read.append(code)
        return whole(tx, code)

    monkeypatch.setattr(service, "directory", directory)
    assert desk.done("people", "list", "--lang", "en").out.count("from") == 1
    assert read == [MAJIAN]
