"""A night at the desk in which people are reached: by mail and web, by a folder; they answer, and sign."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.channels.servers import Answer, MailServer, mail_server, web_server
from tests.cli.desk import ACTIVATE, LANGUAGES, Desk
from tests.playbooks import DAY, HOUR

STAFF = """seat,holder,name,from,channels
综合信息指挥室,T1,张某,2025-01-01,mail:t1@example.cn
command.leader,L1,李某,2025-01-01,gate:l1
superior,S1,王某,2025-01-01,gate:s1
"""


@pytest.fixture
def staffed(desk: Desk, tmp_path: Path) -> Desk:
    path = tmp_path / "people.csv"
    path.write_text(STAFF, encoding="utf-8")
    desk.done("people", "import", str(path))
    return desk


def ways(folder: Path, mail: int, web: int) -> Path:
    """Write an outgoing setup whose servers are those of the test."""
    path = folder / "ways.yaml"
    path.write_text(
        f'mail: {{apprise: "mailto://127.0.0.1:{mail}?from=duty@example.cn&to={{address}}"}}\n'
        f'gate: {{apprise: "json://127.0.0.1:{web}/{{address}}"}}\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    return path


def test_people_are_reached_by_mail_and_web_each_once_and_answer(staffed: Desk, tmp_path: Path) -> None:
    staffed.done(*ACTIVATE)
    folder = tmp_path / "folder"
    with mail_server(MailServer()) as mail, web_server(Answer()) as web:
        setup = ways(tmp_path, mail.port, web.port)
        for _ in range(2):
            said = staffed.run("run", "--once", "--outgoing", str(setup), "--messages", str(folder))
            assert said.code == 0, said.err
        keys = [one["X-Incident-Key"] for one in mail.mails]
        keys += [one.json()["key"] for one in web.requests]

    assert len(keys) == len({*keys}) > 0
    assert {*mail.receivers} == {"t1@example.cn"}
    assert {one.path for one in web.requests} == {"/s1"}
    texts = [one.get_content() for one in mail.mails]
    assert any("incident ack 330681111 --as T1 --entry 2" in text for text in texts)
    assert list(folder.glob("*.txt")), "what reaches nobody is in the folder"
    assert staffed.done("messages", "--json").object() == {"waiting": [], "lost": []}

    answered = staffed.done("ack", "majian", "--as", "T1", "--json").object()
    assert "regional_cocheck" not in [one["key"] for one in answered["waiting"][0]["waiting"]]


def test_what_reaches_nobody_is_shown_and_sent_again(staffed: Desk, tmp_path: Path) -> None:
    staffed.done(*ACTIVATE)
    with mail_server(MailServer(receiver="550 5.1.1 no such user")) as mail, web_server(Answer()) as web:
        said = staffed.run("run", "--once", "--outgoing", str(ways(tmp_path, mail.port, web.port)))
    assert "event=reached_nobody" in said.err
    shown = staffed.done("messages", "majian").out
    assert "every way says that the address is none" in shown
    assert "the directory has no address of them" in shown
    assert "reached nobody" in staffed.done("status", "majian").out
    assert staffed.run("doctor").code == 1
    lost = staffed.done("messages", "majian", "--json").object()["lost"]
    assert "refused" in {one["why"] for one in lost}
    assert all(one["to"] and one["to_name"] and one["recorded"] <= one["at"] for one in lost)

    assert staffed.done("messages", "majian", "--again", "--json").object()["again"] == len(lost)
    with mail_server(MailServer()) as mail, web_server(Answer()) as web:
        staffed.run("run", "--once", "--outgoing", str(ways(tmp_path, mail.port, web.port)))
    assert "t1@example.cn" in mail.receivers
    again = staffed.done("messages", "--again", "--json").object()
    assert again["jurisdiction"] == "330681111", "there is but one"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_messages_say_for_whom_they_are_and_when_they_were_recorded(
    staffed: Desk, tmp_path: Path, lang: str
) -> None:
    staffed.done(*ACTIVATE)
    task_force = {"zh": "疫情处置专班", "en": "Outbreak task force"}[lang]
    waiting = staffed.done("messages", "majian", "--lang", lang).out
    assert task_force in waiting
    assert waiting.count("2026-03-01 02:40") == len(waiting.splitlines()) - 4
    listed = staffed.done("messages", "majian", "--json", "--lang", lang).object()["waiting"]
    assert {task_force, "2026-02-28T18:40:00Z"} <= {
        one[key] for one in listed for key in ("to_name", "recorded")
    }
    path = tmp_path / "ways.yaml"
    path.write_text(f"gate: {{folder: {tmp_path / 'gate'}}}\n", encoding="utf-8")
    path.chmod(0o600)
    staffed.clock.at += HOUR
    staffed.run("run", "--once", "--outgoing", str(path))
    (line,) = [
        one for one in staffed.done("messages", "majian", "--lang", lang).out.splitlines() if "T1" in one
    ]
    assert line.startswith("2026-03-01 02:40")
    assert {"zh": "区域协查组", "en": "Regional tracing group"}[lang] in line


def test_setup_that_does_not_hold_is_told_before_anything_is_sent(staffed: Desk, tmp_path: Path) -> None:
    path = tmp_path / "ways.yaml"
    for text in ("mail: {apprise: 7}\n", "mail: {", ""):
        path.write_text(text, encoding="utf-8")
        assert staffed.run("run", "--once", "--outgoing", str(path)).code == 2
    path.write_text("print: {folder: /nowhere}\n", encoding="utf-8")
    path.chmod(0o644)
    assert "chmod 600" in staffed.run("run", "--once", "--outgoing", str(path)).err


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_call_out_is_seen_in_status_until_all_have_answered(staffed: Desk, lang: str) -> None:
    staffed.done(*ACTIVATE)
    waiting = {"zh": "尚未回复", "en": "no answer yet"}[lang]
    assert waiting in staffed.done("status", "majian", "--lang", lang).out
    parties = staffed.done("status", "majian", "--json").object()["callouts"][0]["waiting"]
    words = [word for one in parties for word in ("--for", one["key"])]
    said = staffed.done("ack", "majian", *words, "--said", "都到了", "--lang", lang).out
    assert {"zh": "已全部回复", "en": "all have answered"}[lang] in said
    assert waiting not in staffed.done("status", "majian", "--lang", lang).out


def test_ack_says_what_it_needs(staffed: Desk) -> None:
    staffed.done(*ACTIVATE)
    assert "--as or --for" in staffed.run("ack", "majian").err
    assert "sign of a holder" in staffed.run("ack", "majian", "--as", "张某").err
    refused = staffed.run("ack", "majian", "--for", "交通管理组")
    assert refused.code == 2
    assert "regional_cocheck" in refused.err
    staffed.done("ack", "majian", "--as", "T1", "--for", "regional_cocheck")
    second = staffed.run("ack", "majian", "--for", "regional_cocheck")
    assert (second.code, "answered already by T1" in second.err) == (4, True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_handover_is_read_and_signed(staffed: Desk, lang: str) -> None:
    assert "none was yet" in staffed.run("handover", "majian").err
    staffed.done("log", "add", "majian", "--who", "卫生院", "--said", "要求增派")
    staffed.clock.at += 7 * HOUR
    staffed.done("run", "--once")
    note = staffed.done("handover", "majian", "--lang", lang).out
    assert "要求增派" in note
    assert {"zh": "本班到期", "en": "Falls due in this shift"}[lang] in note
    unsigned = {"zh": "交接未签字", "en": "is not signed"}[lang]
    assert unsigned in staffed.done("status", "majian", "--lang", lang).out

    found = staffed.done("handover", "majian", "--json").object()
    gave, took = found["gave"]["who"][0], found["took"]["who"][0]
    assert "--gave or --took" in staffed.run("handover", "majian", "--note", "x").err
    signed = staffed.done("handover", "majian", "--gave", gave, "--note", "钥匙在抽屉", "--json").object()
    assert signed["items"][0]["gave"] == gave
    shown = staffed.done("handover", "majian", "--took", took, "--lang", lang).out
    assert {"zh": "接班", "en": "took over"}[lang] in shown
    assert unsigned not in staffed.done("status", "majian", "--lang", lang).out
    assert {"zh": "已签字", "en": "signed by"}[lang] in staffed.done("handover", "majian", "--lang", lang).out
    assert "钥匙" not in staffed.done("history", "majian", "--json").out


def test_a_handover_that_was_not_signed_is_shown_with_how_to_sign_it_when_the_next_has_come(
    staffed: Desk,
) -> None:
    for _ in range(2):
        staffed.clock.at += DAY
        staffed.done("run", "--once")
    shown = staffed.done("status", "majian").out
    assert 'incident handover majian watch --at "2026-03-01 08:00"' in shown
    found = staffed.done("handover", "majian", "watch", "--at", "2026-03-01 08:00", "--json").object()
    gave, took = found["gave"]["who"][0], found["took"]["who"][0]
    staffed.done("handover", "majian", "watch", "--at", "2026-03-01 08:00", "--gave", gave, "--took", took)
    shown = staffed.done("status", "majian").out
    assert "2026-03-01 08:00" not in shown
    assert "incident handover majian watch" in shown, "the newest is not signed yet"
    assert "name one of those" in staffed.run("handover", "majian", "--at", "2026-02-01 08:00").err
