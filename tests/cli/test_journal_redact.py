"""At the desk: words are taken away for ever, holds keep them, and nothing of them is left in the files."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from incident.store import database, sql
from tests.cli.desk import AGREED, LANGUAGES, Desk
from tests.cli.terminal import at_terminal
from tests.playbooks import HOUR

WORDS = ("李四家里有人发热", "王小明", "13912345678", "a face that nobody may see")
WHY = ("--reason", "诉讼保全", "--basis", "法院裁定")
ASKED = (*AGREED[:-1],)


@pytest.fixture
def told(desk: Desk, tmp_path: Path) -> Desk:
    """A note 2, a report with an attachment 3, and somebody named and renamed 1 and 4."""
    people = tmp_path / "people.csv"
    file = tmp_path / "face.png"
    file.write_bytes(WORDS[3].encode())
    for name, number in ((WORDS[1], WORDS[2]), ("王晓明", "13900000000")):
        people.write_text(
            f"seat,holder,name,channels\nduty.leader,H1,{name},sms:{number}\n", encoding="utf-8"
        )
        desk.done("people", "import", str(people))
        if number == WORDS[2]:
            desk.done("log", "add", "majian", "--who", "王五", "--said", WORDS[0])
            filing = ("report", "file", "majian", "--from", "duty", "--form", "daily_report")
            desk.done(*filing, "--text", "x", "--file", str(file))
    return desk


def found(desk: Desk) -> set[str]:
    """Give the words of which bytes are left in the database's files: as they are, or within base64."""
    raw = b"".join(file.read_bytes() for file in desk.file.parent.glob("incident.db*"))
    return {words for words in WORDS if any(one in raw for one in _written(words))}


def _written(words: str) -> Iterator[bytes]:
    yield words.encode()
    for shift, cut in enumerate((0, 2, 3)):
        coded = base64.urlsafe_b64encode(b"\0" * shift + words.encode()).rstrip(b"=")
        yield coded[cut : len(coded) - 2]


def take_all(desk: Desk) -> None:
    desk.done("journal", "redact", "majian", "2", "data.said", *AGREED)
    desk.done("journal", "redact", "majian", "3", "data.digest.0", "data.file.0", *AGREED)
    desk.done("people", "erase", "H1", *AGREED)


def test_no_byte_of_what_was_taken_away_is_left_in_the_files(told: Desk) -> None:
    assert found(told) >= {WORDS[0], WORDS[1], WORDS[3]}
    with closing(
        sqlite3.connect(told.file)
    ) as other:  # so that the log is not emptied by the last who closes
        other.execute("SELECT count(*) FROM entry").fetchone()
        take_all(told)
        assert found(told) == set()
    assert "holds" in told.done("journal", "verify", "majian").out


def test_they_would_be_left_if_nothing_were_zeroed(told: Desk) -> None:
    """The search above finds them, so it is no accident that it finds none."""
    careless = patch.object(database, "SECURE", "OFF")
    with careless:
        take_all(told)
    assert found(told) & {WORDS[0], WORDS[1]}


def test_who_still_reads_keeps_the_log_and_that_is_said(told: Desk) -> None:
    with (
        patch.object(sql, "SCRUB_WAIT", 1),
        closing(sqlite3.connect(told.file, isolation_level=None)) as other,
    ):
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM entry").fetchone()
        said = told.done("journal", "redact", "majian", "2", "data.said", *AGREED, "--event-id", "r")
        assert "may still be in free space" in said.err
        assert WORDS[0] in found(told)
    again = told.done("journal", "redact", "majian", "2", "data.said", *AGREED, "--event-id", "r")
    assert "may still be" not in again.err
    assert WORDS[0] not in found(told)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_plan_shows_parts_and_words_only_to_who_asks(told: Desk, lang: str) -> None:
    plan = ("journal", "redact", "majian", "3", "data.text", "data.digest.0", "--plan", "--lang", lang)
    shown = told.done(*plan).out
    assert "data.text" in shown
    assert str(len(WORDS[3])) in shown, "the attachment goes too, and how long it is"
    assert " x" not in shown
    assert " x" in told.done(*plan, "--words").out
    asked = told.done(*plan, "--json").object()
    assert asked["parts"] == [
        {"part": "data.digest.0", "attachment": len(WORDS[3])},
        {"part": "data.text", "attachment": None},
    ]
    assert told.done(*plan, "--json", "--words").object()["parts"][1]["words"] == "x"
    assert told.run("journal", "redact", "majian", "3", "data.text", *ASKED).code == 2, "nobody can be asked"
    assert "data.text" in told.done("journal", "redact", "majian", "3", "data.text", "--plan").out


def test_what_is_missing_is_named(told: Desk) -> None:
    for words in (("data.said",), ("data.said", "--by", "甲", "--with", "甲", *WHY)):
        said = told.run("journal", "redact", "majian", "2", *words, "--yes")
        assert (said.code, "give --reason, --by, --with" in said.err) == (2, True)
    said = told.run("journal", "redact", "majian", "2", "--yes", *AGREED)
    assert "data.said" in said.err
    assert told.run("people", "erase", "H1", "--yes").code == 2


def test_a_hold_is_placed_shown_and_released(told: Desk) -> None:
    place = ("journal", "hold", "place", "majian", *WHY)
    held = told.done(*place, "--entry", "2-3", "--entry", "1", "--event-id", "h", "--json").object()
    assert held["entries"] == [[1, 1], [2, 3]]
    assert told.done(*place, "--entry", "2-3", "--entry", "1", "--event-id", "h", "--json").object()[
        "repeated"
    ]
    number = str(held["hold"])
    status = told.done("status", "majian").out
    assert f"hold {number}" in status
    assert told.done("status", "majian", "--json").object()["holds"] == [
        {"hold": held["hold"], "entries": [[1, 1], [2, 3]]}
    ]
    listed = told.done("journal", "hold", "list", "majian")
    assert "法院裁定" in listed.out
    assert (
        told.done("journal", "hold", "list", "majian", "--json").object()["holds"][0]["basis"] == "法院裁定"
    )
    for take in (("journal", "redact", "majian", "2", "data.said"), ("people", "erase", "H1")):
        refused = told.run(*take, *AGREED)
        assert (refused.code, f"hold {number} on" in refused.err) == (3, True)
    assert "HoldPlaced" in told.done("history", "majian", "--kind", "HoldPlaced").out
    told.done("journal", "hold", "release", "majian", number, *WHY)
    assert "no hold stands" in told.done("journal", "hold", "list", "majian").out
    told.done("people", "erase", "H1", *AGREED)


@pytest.mark.parametrize(
    "what",
    [
        (),
        ("--all", "--entry", "1"),
        ("--entry", "x"),
        ("--entry", "3-"),
        ("--entry", "99"),
        ("--holder", "王小明"),
    ],
)
def test_a_hold_says_what_it_covers(told: Desk, what: tuple[str, ...]) -> None:
    assert told.run("journal", "hold", "place", "majian", *WHY, *what).code == 2


def test_redacted_at_a_terminal_and_said_again_is_answered_from_the_record(told: Desk) -> None:
    words = ("journal", "redact", "majian", "2", "data.said", *ASKED, "--event-id", "once")
    for _ in range(2):
        screen = at_terminal(told, *words, talk=[("Take this away?", "y\n")])
        assert screen.code == 0, screen.text
    assert "answered before" in screen.text


def test_dropped_by_a_time_and_said_again_is_answered_from_the_record(told: Desk) -> None:
    told.clock.at += 48 * HOUR
    drop = ("journal", "drop-bodies", "majian", "--without-checkpoint", *AGREED, "--event-id", "d")
    ahead = told.run(*drop, "--before", "2027-01-01 00:00")
    assert (ahead.code, "a time that has been" in ahead.err) == (2, True)
    told.done("run", "--once", "--messages", str(told.file.parent / "out"))
    told.clock.at += 48 * HOUR
    for is_repeated in (False, True):
        done = told.done(*drop, "--before", "2026-03-01 12:00", "--json").object()
        assert done["repeated"] is is_repeated


def test_bodies_are_dropped_after_a_look(told: Desk, tmp_path: Path) -> None:
    folder, key = tmp_path / "outside", tmp_path / "key"
    folder.mkdir()
    told.done("journal", "key", "new", str(key))
    told.clock.at += 48 * HOUR
    told.done("run", "--once", "--messages", str(tmp_path / "out"))
    kept = ("--checkpoints", str(folder))
    drop = ("journal", "drop-bodies", "majian", "--before", "4", *kept)
    refused = told.run(*drop, "--plan")
    assert (refused.code, "checkpoint outside covers" in refused.err) == (3, True)
    told.done("journal", "checkpoint", "majian", "--key", str(key), *kept)

    plan = told.done(*drop, "--plan")
    assert "entries 0 to 3" in plan.out
    assert found(told) >= {WORDS[0], WORDS[1], WORDS[3]}
    assert told.run(*drop, *ASKED).code == 2, "nobody can be asked"
    done = told.done(*drop, *AGREED, "--event-id", "d", "--json").object()
    assert (done["until"], done["repeated"]) == (4, False)
    assert told.done(*drop, *AGREED, "--event-id", "d", "--json").object()["repeated"]

    assert found(told) == set(), "nothing of the first four is left"
    verified = told.done("journal", "verify", "majian").out
    assert verified.count("holds from entry 4 on") == 5
    assert "from entry 4 on; what had ended before is outside the record" in verified
    assert told.done("history", "majian").out.startswith("entries 0 to 3: body dropped")
    for line in told.done("history", "majian", "--json").objects():
        assert line["seq"] >= 4
    for gone in (
        ("report", "show", "majian", "3"),
        ("account", "majian", "--from", "2026-02-28T12:00:00Z"),
        ("status", "majian", "--at", "2026-02-28T12:00:00Z"),
        ("journal", "redact", "majian", "2", "data.said", "--plan"),
    ):
        refused = told.run(*gone)
        assert (gone, refused.code, "body was dropped" in refused.err) == (gone, 3, True)
    kit = str(tmp_path / "kit.zip")
    told.done("journal", "export", "majian", "--out", kit)
    assert "entries of which the bytes were dropped: 4" in told.done("journal", "verify", kit).out
    for command in ("status", "duty", "reports", "account"):
        told.done(command, "majian")
    assert told.run("journal", "drop-bodies", "majian", "--before", "nonsense", *kept).code == 2
