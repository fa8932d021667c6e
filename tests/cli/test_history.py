"""`history`: what of it is wanted, when it was recorded, and by what the past is known."""

from __future__ import annotations

import pytest

from incident.domain import clock
from incident.domain.checkpoint import Checkpoint, format_checkpoint
from incident.domain.note import format_public_key, sign_note
from tests.cli.desk import ACTIVATE, MAJIAN, STAND_DOWN, Desk, in_both_languages
from tests.playbooks import HOUR
from tests.service.signing import OTHER_SEED, SEED, signer

#: A second incident; of the first the stand-down is left.
AGAIN = (*ACTIVATE[:-1], "--reason", "复工后检出", "--yes")


@pytest.fixture
def two(active_desk: Desk) -> Desk:
    """Adopted (0), activated (1), stood down, activated again, each an hour later."""
    for words in (STAND_DOWN, AGAIN):
        active_desk.clock.at += HOUR
        active_desk.done(*words)
    return active_desk


def kinds(desk: Desk, *words: str) -> list[str]:
    return [one["kind"] for one in desk.done("history", "majian", *words, "--json").objects()]


def test_several_kinds_are_one_list(two: Desk) -> None:
    found = kinds(two, "--kind", "IncidentOpened", "--kind", "IncidentClosed")
    assert found == ["IncidentOpened", "IncidentClosed", "IncidentOpened"]


@pytest.mark.parametrize("number", ["2026-001", f"{MAJIAN}-2026-001"])
def test_one_incident_is_told_alone(two: Desk, number: str) -> None:
    found = two.done("history", "majian", "--incident", number, "--json").objects()
    assert {one["incident"] for one in found} == {f"{MAJIAN}-2026-001"}
    assert kinds(two, "--incident", number, "--kind", "IncidentClosed") == ["IncidentClosed"]
    assert kinds(two, "--incident", "2026-002", "--kind", "IncidentOpened") == ["IncidentOpened"]


@pytest.mark.parametrize("number", ["2026-003", "2026-01", "1", "330681112-2026-001"])
def test_incident_that_never_was_is_refused(two: Desk, number: str) -> None:
    """Nothing found would read as if nothing had happened in it."""
    refused = two.run("history", "majian", "--incident", number, "--json")
    error = refused.object()["error"]
    assert (refused.code, error["where"]) == (2, "incident")
    assert error["expected"] == f"one that was; the newest is {MAJIAN}-2026-002"
    in_both_languages(two, "history", "majian", "--incident", number)


@pytest.mark.parametrize(
    "who",
    [
        "马剑镇新型冠状病毒肺炎疫情联防联控领导小组",
        "command",
        "Majian town joint prevention and control leading group for COVID-19",
    ],
)
def test_what_somebody_decided_is_told_alone(two: Desk, who: str) -> None:
    found = two.done("history", "majian", "--decided-by", who, "--json").objects()
    assert {"IncidentOpened", "GroupConverted"} <= {one["kind"] for one in found}
    assert "PlaybookAdopted" not in {one["kind"] for one in found}


def test_what_rests_on_a_clause_is_told_with_what_stands_below_it(two: Desk) -> None:
    found = two.done("history", "majian", "--clause", "一(八)", "--json").objects()
    assert {"GroupStarted", "GroupConverted", "RosterStarted"} <= {one["kind"] for one in found}
    assert {one["data"]["key"] for one in found if "key" in one["data"]} == {
        "regional_cocheck",
        "regional_cocheck_watch",
    }
    refused = two.run("history", "majian", "--clause", " ")
    assert (refused.code, "leave the option out" in refused.err) == (2, True)


def test_filters_hold_together_and_nothing_found_is_said(two: Desk) -> None:
    since = clock.stamp(two.clock.at)
    assert kinds(two, "--incident", "2026-001", "--since", since) == []
    for said in in_both_languages(two, "history", "majian", "--incident", "2026-001", "--since", since):
        assert said.out == ""
        assert said.err.count("\n") == 1
    assert kinds(two, "--since", since, "--kind", "IncidentOpened", "--text", "复工") == ["IncidentOpened"]


def test_actor_is_whoever_pressed_whatever_the_capitals(two: Desk) -> None:
    everything = two.done("history", "majian", "--json").objects()
    (user,) = {one["by"] for one in everything} - {None}
    pressed = [one["kind"] for one in everything if one["by"] == user]
    assert kinds(two, "--actor", f" {user.upper()} ") == pressed
    assert kinds(two, "--actor", "Nobody Here") == []


@pytest.mark.parametrize(
    "words", ["复工后检出", "REOPENED", "command", "疫情处置专班", "outbreak", "cases=1"]
)
def test_text_is_found_in_each_language_wherever_it_stands(two: Desk, words: str) -> None:
    for lang in ("zh", "en"):
        two.lang = lang
        found = kinds(two, "--text", words)
        assert (found == []) == (words == "REOPENED")


def test_text_of_a_sentence_gives_that_fact_and_text_of_a_reason_the_entry(two: Desk) -> None:
    assert set(kinds(two, "--text", "incident 330681111-2026-002 opened")) == {"IncidentOpened"}
    whole = two.done("history", "majian", "--text", "复工后检出", "--json").objects()
    assert {one["seq"] for one in whole} == {max(one["seq"] for one in whole)}
    assert "IncidentOpened" in [one["kind"] for one in whole]


@pytest.mark.parametrize("option", ["--actor", "--incident", "--text"])
def test_blank_words_are_refused(two: Desk, option: str) -> None:
    refused = two.run("history", "majian", option, " ", "--json")
    assert (refused.code, refused.object()["error"]["where"]) == (2, option)


# -- three times


def sign(desk: Desk, size: int, at: int, *, row_at: int | None = None, seed: bytes = SEED) -> None:
    """Put a signed checkpoint beside the journal; `row_at` is what the row says, where that is not so."""
    said = Checkpoint(f"incident/{MAJIAN}/0123456789abcdef", size, bytes(32), at)
    note = sign_note(format_checkpoint(said), signer(seed)).decode()
    shown = at if row_at is None else row_at
    desk.sql(f"INSERT INTO checkpoint VALUES ('{MAJIAN}', {size}, {shown}, 0, '{note}')")


@pytest.fixture
def late(desk: Desk) -> Desk:
    """A paper order of two hours ago, entered now; signed before and after."""
    order = clock.shown(desk.clock.at - 2 * HOUR, "Asia/Shanghai")[:16]
    desk.done(*ACTIVATE[:-1], "--effective-at", order, "--yes")
    for size, at in ((1, desk.clock.at - 60), (2, desk.clock.at + 60)):
        sign(desk, size, at)
    return desk


def test_paper_order_that_was_entered_late_is_shown_as_recorded_late(late: Desk) -> None:
    at = late.clock.at
    (opened,) = late.done("history", "majian", "--kind", "IncidentOpened", "--json").objects()
    assert opened["at"] == opened["recorded_at"] == clock.stamp(at)
    assert (opened["effective_at"], opened["recorded_late"]) == (clock.stamp(at - 2 * HOUR), 120)
    assert opened["after_checkpoint"] == {"size": 1, "at": clock.stamp(at - 60)}
    assert opened["before_checkpoint"] == {"size": 2, "at": clock.stamp(at + 60)}

    _chinese, english = in_both_languages(late, "history", "majian", "--incident", "2026-001")
    assert "recorded late  2 h 0 min after it began to hold" in english.out
    assert "after the checkpoint of 1 entries, 2026-03-01 02:39 +08:00" in english.out
    assert "before that of 2, 2026-03-01 02:41 +08:00" in english.out


def test_what_holds_from_when_it_was_recorded_needs_no_three_times(two: Desk) -> None:
    assert "holds from" not in two.done("history", "majian").out
    found = two.done("history", "majian", "--json").objects()
    assert {(one["effective_at"] == one["recorded_at"], one["recorded_late"]) for one in found} == {(True, 0)}
    assert {one["after_checkpoint"] for one in found} == {one["before_checkpoint"] for one in found} == {None}


def test_entry_whose_time_its_checkpoints_contradict_is_marked(desk: Desk) -> None:
    """Whoever sets the clock back before pressing cannot set back what was signed before."""
    sign(desk, 1, desk.clock.at + HOUR)
    desk.done(*ACTIVATE)
    _chinese, english = in_both_languages(desk, "history", "majian")
    assert "by its own time, not between the checkpoints around it" in english.out
    assert "no checkpoint covers it yet" in english.out


def test_what_a_row_says_that_its_note_does_not_is_no_time(desk: Desk) -> None:
    """Who writes the database writes the row; the note is signed."""
    sign(desk, 1, desk.clock.at + 60, row_at=desk.clock.at - 300 * 24 * HOUR)
    desk.done(*ACTIVATE)
    sign(desk, 2, desk.clock.at + 120)
    desk.sql(f"INSERT INTO checkpoint VALUES ('{MAJIAN}', 7, {desk.clock.at}, 0, 'note')")
    first, *_ = desk.done("history", "majian", "--json").objects()
    assert (first["after_checkpoint"], first["before_checkpoint"]) == (
        None,
        {"size": 2, "at": clock.stamp(desk.clock.at + 120)},
    )


def test_what_a_stranger_signed_is_no_time(desk: Desk) -> None:
    sign(desk, 1, desk.clock.at, seed=OTHER_SEED)
    desk.done(*ACTIVATE)
    sign(desk, 2, desk.clock.at + 60)
    desk.said["INCIDENT_PUBKEY"] = format_public_key(signer().key)
    *_, last = desk.done("history", "majian", "--json").objects()
    assert last["after_checkpoint"] is None
    assert last["before_checkpoint"] == {"size": 2, "at": clock.stamp(desk.clock.at + 60)}


# -- by what the past is known


def test_answer_of_the_past_says_by_which_entries_it_is_known(two: Desk) -> None:
    at = "2026-03-01 02:00"
    for command in ("status", "duty", "reports"):
        in_both_languages(two, command, "majian", "--at", at)
        english = two.done("--lang", "en", command, "majian", "--at", at).out
        assert "as of 2026-03-01 02:00 +08:00, by entries 0 to" in english
        assert ("what had ended by then is read from rows" in english) == (command != "duty")
        found = next(iter(two.done(command, "majian", "--at", at, "--json").objects()), None)
        if found is not None:
            assert found["as_of"]["at"] == clock.stamp(clock.read_time(at, "Asia/Shanghai", two.clock.at))


def test_clock_that_was_set_is_said_where_it_makes_the_answer_unclear(two: Desk) -> None:
    two.sql("DROP TRIGGER entry_no_update")
    two.sql("UPDATE entry SET at = at - 86400 WHERE seq = (SELECT max(seq) FROM entry)")
    _chinese, english = in_both_languages(two, "status", "majian", "--at", "2026-03-01 01:45")
    assert "the clock was set meanwhile: 1 entries lie on the other side" in english.out


def test_times_before_the_adoption_are_refused(desk: Desk) -> None:
    for command in ("status", "duty", "reports"):
        refused = desk.run(command, "majian", "--at", "2020-01-01", "--json")
        assert (refused.code, refused.object()["error"]["where"]) == (2, "time")
