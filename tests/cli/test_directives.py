"""A leader's directive at the terminal: issued in a line, chased by itself, answered like a report."""

from __future__ import annotations

import pytest

from tests.cli.desk import Desk
from tests.cli.qingshi import active, adopted, local, owed
from tests.cli.working import work_for
from tests.playbooks import HOUR

ISSUE = ("directive", "issue", "clockwork")
ORDER = (*ISSUE, "--from", "command.leader", "--to", "stability", "--due", "2h", "--text", "查清王五去向")
FILE = ("report", "file", "clockwork")


@pytest.fixture
def town(empty_desk: Desk) -> Desk:
    """Qingshi in routine since 02:40."""
    return adopted(empty_desk)


def issued(desk: Desk, *words: str) -> str:
    """Issue a directive; gives its key."""
    return str(desk.done(*ORDER, *words, "--json").object()["directive"])


def kinds(desk: Desk) -> list[str]:
    return [line["kind"] for line in desk.done("history", "clockwork", "--json").objects()]


def test_directive_says_who_orders_whom_by_when_and_how_it_is_answered(town: Desk) -> None:
    shown = town.done(*ORDER, "--escalate", "30m:command.leader", "--escalate", "2h:command").out

    assert "Leading group, Leader orders Stability group (directive 1), due 2026-03-01 04:40 +08:00" in shown
    assert "unanswered 30 min later: Leading group, Leader is told" in shown
    assert "unanswered 2 h later: Leading group is told" in shown
    assert "incident report file clockwork --from stability --form directive-1" in shown


def test_directive_answers_with_what_was_promised(town: Desk) -> None:
    answer = town.done(*ORDER, "--remind", "15m", "--json").object()

    assert (answer["directive"], local(answer["due"]), answer["remind"]) == ("directive-1", "01 04:40", "15m")
    assert (answer["by"]["key"], answer["to"]["key"]) == ("command.leader", "stability")
    assert [(one["after"], [who["key"] for who in one["to"]]) for one in answer["escalate"]] == [
        ("30m", ["command.leader"])
    ]


def test_directive_is_told_in_both_languages(town: Desk) -> None:
    chinese, english = (town.done("--lang", lang, *ORDER).out for lang in ("zh", "en"))

    assert "批示1" in chinese
    assert "directive 2" in english


def test_directive_stands_among_the_reports_and_in_the_status(town: Desk) -> None:
    key = issued(town)

    one = owed(town)[key, "stability", "01 04:40"]
    status = town.done("status", "clockwork", "--json").object()
    shown = town.done("status", "clockwork").out

    assert (one["kind"], one["form"], [who["key"] for who in one["to"]]) == (
        "directive",
        key,
        ["command.leader"],
    )
    assert [order["key"] for order in status["directives"]] == [key]
    assert "Directives\n" in shown
    assert "not in the playbook" not in shown


def test_words_of_a_directive_are_kept_apart_and_can_name_people(town: Desk) -> None:
    issued(town)

    (body,) = town.sql("SELECT CAST(body AS TEXT) FROM entry WHERE seq = 1")[0]
    assert "王五" not in body
    assert "查清王五去向" in town.done("history", "clockwork").out


def test_directive_is_chased_until_it_is_answered(town: Desk) -> None:
    key = issued(town, "--remind", "30m", "--escalate", "10m:command.deputy")
    work_for(town, 2 * HOUR + 12 * 60)
    assert owed(town)[key, "stability", "01 04:40"]["state"] == "late"

    shown = town.done(*FILE, "--from", "stability", "--form", key, "--text", "已查清").out

    assert "closes  directive 1  2026-03-01 04:40 +08:00  12 min late  to Leading group, Leader" in shown
    assert kinds(town)[-5:] == ["Reminded", "ReportMissed", "Escalated", "ReportFiled", "DirectiveClosed"]
    assert owed(town)[key, "stability", "01 04:40"]["state"] == "filed"
    assert town.done("status", "clockwork", "--json").object()["directives"] == []


def test_directive_is_not_answered_with_nothing(town: Desk) -> None:
    key = issued(town)

    refused = town.run(*FILE, "--from", "stability", "--form", key, "--zero", "--json")

    assert refused.code == 2
    assert refused.object()["error"]["expected"] == "an answer to the directive: words or a file"
    assert owed(town)[key, "stability", "01 04:40"]["state"] == "open"


def test_reports_name_the_valid_answer_to_a_directive(town: Desk) -> None:
    key = issued(town)
    town.done(*FILE, "--from", "stability", "--form", key, "--text", "已查清")
    town.done(*FILE, "--from", "stability", "--form", key, "--text", "更正", "--corrects", "2")

    assert owed(town)[key, "stability", "01 04:40"]["filing"]["valid_seq"] == 3
    assert "entry 2, corrected by entry 3" in town.done("reports", "clockwork").out


def test_directive_is_taken_back(town: Desk) -> None:
    key = issued(town)

    shown = town.done("directive", "withdraw", "clockwork", "1", "--reason", "已查清").out

    assert "directive 1 is withdrawn; entry 2" in shown
    assert owed(town)[key, "stability", "01 04:40"]["state"] == "withdrawn"
    again = town.run("directive", "withdraw", "clockwork", key, "--reason", "已查清", "--json")
    assert (again.code, again.object()["error"]["found"]) == (2, key)


def test_same_identity_counts_once(town: Desk) -> None:
    words = (*ORDER, "--event-id", "call", "--json")
    first, again = town.done(*words).object(), town.done(*words).object()
    assert again == {**first, "repeated": True}

    back = ("directive", "withdraw", "clockwork", "1", "--reason", "查清", "--event-id", "back", "--json")
    assert town.done(*back).object()["repeated"] is False
    assert town.done(*back).object()["repeated"] is True


def test_directive_outlives_the_response(town: Desk) -> None:
    active(town)
    key = issued(town)

    town.done(
        "stand-down", "clockwork", "--event", "lifted", "--decided-by", "command", "--basis", "令", "--yes"
    )

    assert key in {one for one, _of, _at in owed(town)}
    assert town.done("journal", "verify", "clockwork").code == 0


WRONG = [
    ({"--from": "nobody"}, "--from"),
    ({"--to": "宣传组"}, "--to"),
    ({"--due": "01:00"}, "when it is due"),
    ({"--from": "stability", "--to": "command"}, "--from"),
    ({"--to": "command"}, "--to"),
    ({"--remind": "2h"}, "--remind"),
    ({"--due": "soon"}, "--due"),
    ({"--due": "500d"}, "when it is due"),
    ({"--text": " "}, "--text"),
    ({"--remind": "soon"}, "--remind"),
    ({"--escalate": "30m"}, "--escalate"),
    ({"--escalate": "later:command"}, "--escalate"),
    ({"--escalate": "30m:nobody"}, "--escalate"),
    ({"--event-id": "\udcff"}, "--event-id"),
]


@pytest.mark.parametrize(("changed", "where"), WRONG)
def test_order_that_cannot_be_understood_is_refused_and_nothing_is_recorded(
    town: Desk, changed: dict[str, str], where: str
) -> None:
    said = {"--from": "command", "--to": "stability", "--due": "2h", "--text": "查清", **changed}
    before = town.stored()

    refused = town.run(*ISSUE, *[word for pair in said.items() for word in pair], "--json")

    assert refused.code == 2
    assert refused.object()["error"]["where"] == where
    assert town.stored() == before
