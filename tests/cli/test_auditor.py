"""`journal verify`: a journal that holds says so; one that was touched is found, to the entry."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from incident.service import adopt, duty, handle
from tests.cli.desk import ACTIVATE, MAJIAN, STAND_DOWN, Desk, in_both_languages

#: What somebody with full rights does first.
UNGUARD = [
    f"DROP TRIGGER {name}"
    for name in (
        *("entry_in_order", "entry_no_update", "entry_no_delete"),
        *("playbook_once", "playbook_no_update", "playbook_no_delete"),
    )
]


@pytest.fixture
def whole_desk(active_desk: Desk) -> Desk:
    """Adopted (0), activated (1), stood down (2)."""
    active_desk.done(*STAND_DOWN)
    return active_desk


def test_journal_holds(whole_desk: Desk) -> None:
    answer = whole_desk.done("journal", "verify", "--json").object()

    assert answer["jurisdiction"] == MAJIAN
    assert (answer["holds"], answer["entries"], answer["replayed"]) == (True, 4, True)
    chinese, english = in_both_languages(whole_desk, "journal", "verify", "majian")
    for said in (chinese, english):
        assert answer["root"] in said.out


def test_as_many_processes_as_are_wanted_give_the_same_answer(whole_desk: Desk) -> None:
    answers = [whole_desk.done("journal", "verify", "--jobs", jobs).out for jobs in ("1", "2")]

    assert answers[0] == answers[1] == whole_desk.done("journal", "verify").out
    assert whole_desk.run("journal", "verify", "--jobs", "0").code == 2


def test_disclosures_that_went_without_an_entry_are_listed(whole_desk: Desk) -> None:
    whole_desk.sql("DELETE FROM disclosure WHERE name = 'by'")
    found = whole_desk.run("journal", "verify", "majian", "--json")
    answer = found.object()
    assert (found.code, answer["holds"], answer["missing"]["held"]) == (1, False, 0)
    assert answer["missing"]["first"][0] == {"entry": 0, "part": "by"}
    (level,) = [level for level in answer["levels"] if not level["held"]]
    assert (level["name"], level["wrong"]) == ("disclosures", True)
    for said in in_both_languages(whole_desk, "journal", "verify", "majian"):
        assert (said.code, "by" in said.out, "holds:" in said.out) == (1, True, False)

    hold = ("journal", "hold", "place", "majian", "--entry", "0", "--reason", "r", "--basis", "b")
    whole_desk.done(*hold)
    held = whole_desk.run("journal", "verify", "majian", "--json")
    assert (held.code, held.object()["missing"]["held"]) == (1, 1)
    in_both_languages(whole_desk, "journal", "verify", "majian")


def test_hashes_alone_can_be_recomputed(whole_desk: Desk) -> None:
    whole = whole_desk.done("journal", "verify", "--json").object()
    quick = whole_desk.done("journal", "verify", "--hashes-only", "--json").object()

    assert (quick["root"], quick["entries"]) == (whole["root"], whole["entries"])
    assert (quick["replayed"], quick["disclosures"]) == (False, None)
    in_both_languages(whole_desk, "journal", "verify", "--hashes-only")


TAMPERED: list[tuple[str, int | None]] = [
    # one word of the activation
    (
        "UPDATE entry SET body = CAST(replace(body, 'local_', 'other_') AS BLOB) WHERE seq = 1",
        1,
    ),
    # a byte that makes it unreadable
    ("UPDATE entry SET body = CAST(X'FF' || substr(body, 2) AS BLOB) WHERE seq = 2", 2),
    # the hash beside it
    ("UPDATE entry SET leaf = zeroblob(32) WHERE seq = 1", 1),
    # the first entry taken away
    ("DELETE FROM entry WHERE seq = 0", 0),
    # one from the middle
    ("DELETE FROM entry WHERE seq = 1", 1),
    # the last: the tree that was stored knows of it
    ("DELETE FROM entry WHERE seq = 3", None),
    # the instant by which it is found
    ("UPDATE entry SET at = at + 60 WHERE seq = 1", 1),
    # who pressed, in words
    (
        "UPDATE disclosure SET text = substr(text, 1, 20) || 'A' || substr(text, 22) WHERE seq = 1",
        1,
    ),
    # the state, for whoever asks for the status
    ("UPDATE situation SET state = 'local_positive_detected'", None),
    # who decided
    ("UPDATE situation SET last_incident = NULL", None),
    # what stands
    ("DELETE FROM standing WHERE kind = 'roster'", None),
    # the tree
    ("UPDATE situation SET peaks = zeroblob(length(peaks))", None),
]


@pytest.mark.parametrize(("statement", "entry"), TAMPERED)
def test_touched_record_is_found(whole_desk: Desk, statement: str, entry: int | None) -> None:
    whole_desk.sql(*UNGUARD, statement)

    found = whole_desk.run("journal", "verify", "majian", "--json")

    assert found.code == 1
    answer = found.object()
    assert (answer["holds"], answer["jurisdiction"], answer["seq"]) == (False, MAJIAN, entry)
    assert answer["error"].keys() == {"where", "expected", "found", "do"}
    chinese, english = in_both_languages(whole_desk, "journal", "verify", "majian")
    assert f"journal of {MAJIAN}" + ("" if entry is None else f", entry {entry}") in english.err
    assert chinese.out == english.out == ""


def test_altered_playbook_is_found(whole_desk: Desk) -> None:
    whole_desk.sql(*UNGUARD, "UPDATE playbook SET body = body || X'20'")

    assert whole_desk.run("journal", "verify", "--json").code == 1
    in_both_languages(whole_desk, "journal", "verify")


def test_one_broken_journal_does_not_hide_the_others(whole_desk: Desk) -> None:
    whole_desk.done("adopt", "wulipai")
    whole_desk.sql(
        *UNGUARD, f"UPDATE entry SET leaf = zeroblob(32) WHERE seq = 1 AND jurisdiction = {MAJIAN}"
    )

    found = whole_desk.run("journal", "verify", "--json")

    assert found.code == 1
    assert sorted((one["jurisdiction"] == MAJIAN, one["holds"]) for one in found.objects()) == [
        (False, True),
        (True, False),
    ]


READERS = [
    ("history", "majian"),
    ("status", "majian", "--at", "02:40"),
    ("status", "majian"),
    (*ACTIVATE, "--event-id", "again"),
]


@pytest.mark.parametrize("words", READERS)
def test_unreadable_record_is_no_bug_of_the_program(whole_desk: Desk, words: tuple[str, ...]) -> None:
    whole_desk.sql(*UNGUARD, "UPDATE entry SET body = CAST(X'FF' || substr(body, 2) AS BLOB) WHERE seq = 1")

    in_both_languages(whole_desk, *words)


def test_guards_stop_honest_programs(whole_desk: Desk) -> None:
    for statement in ("UPDATE entry SET at = 0", "DELETE FROM entry", "DELETE FROM playbook"):
        with pytest.raises(Exception, match="append-only"):
            whole_desk.sql(statement)
    assert whole_desk.version() == 4


def test_entries_of_another_program_that_this_one_would_decide_otherwise_are_not_proven(
    empty_desk: Desk,
) -> None:
    """Whoever forges an entry can write any program into it; accepting it is for whoever verifies to say."""
    nobody = duty.Assigned()
    with (
        patch.object(duty, "settled", return_value=nobody),
        patch.object(adopt, "__version__", "0.0.1"),
        patch.object(handle, "__version__", "0.0.1"),
    ):
        empty_desk.done("adopt", "majian")
        empty_desk.done(*ACTIVATE)

    said = empty_desk.run("journal", "verify")
    assert (said.code, "NOT PROVEN" in said.err, "0.0.1" in said.out) == (1, True, True)
    answer = empty_desk.run("journal", "verify", "--json")
    assert (answer.code, answer.object()["holds"]) == (1, False)
    accepted = empty_desk.done("journal", "verify", "--accept-program", "0.0.1", "--json").object()
    assert accepted["holds"] is True
    assert empty_desk.run("journal", "verify", "--accept-program", "0.0.2").code == 1
