"""What people type wrongly: said in both languages with where, expected, found and do; nothing half done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, ORDERED, POSITIVE, Desk, in_both_languages
from tests.cli.writing import MAJIAN_TEXT, SMALL_TOWN, small_town

ACT = ("activate", "majian", "--event", "local_positive_reported", *ORDERED, "--yes")
ORIGIN, RESULT, CASES = (("--set", word) for word in ("origin=local", "result=confirmed", "cases=1"))


def refused(desk: Desk, *words: str, code: int = 2) -> dict[str, str]:
    """Type something wrong: nothing that is stored changes. Gives the parts of the error."""
    before = desk.stored()
    said = desk.run(*words, "--json")
    assert said.code == code, said
    error: dict[str, str] = said.object()["error"]
    assert error.keys() == {"where", "expected", "found", "do"}
    assert all(error[part] for part in ("where", "expected", "do"))
    for plain in in_both_languages(desk, *words):
        assert plain.code == code
        assert plain.out == ""
    assert desk.stored() == before
    return error


JURISDICTIONS = [
    # nobody's name
    ("status", "nowhere"),
    # nobody's code
    ("history", "330681999"),
    # a shipped playbook that was not adopted
    ("activate", "wulipai", *ACTIVATE[2:]),
    # its name in Chinese is not yet an address
    ("journal", "verify", "没有这个镇"),
    ("signal", "", "response_lifted", "--yes"),
    ("stand-down", "Majian Town ", "--yes"),
]


@pytest.mark.parametrize("words", JURISDICTIONS)
def test_unknown_jurisdiction_names_those_that_there_are(desk: Desk, words: tuple[str, ...]) -> None:
    error = refused(desk, *words)

    assert "majian 330681111" in error["expected"]


def test_near_miss_is_asked_about(desk: Desk) -> None:
    assert "`majian`" in refused(desk, "status", "majain")["do"]
    assert "`local_positive_reported`" in refused(desk, *ACT[:3], "local_positive_report", *ACT[4:])["do"]


NAMES = [
    # an event that there is not
    ((*ACT[:3], "flood", *ACT[4:]), "local_positive_reported"),
    # an event of no name
    ((*ACT[:3], "", *ACT[4:]), "local_positive_reported"),
    # a value that the event does not have
    ((*ACT, "--set", "colour=red"), "origin"),
    # a body that there is not
    ((*POSITIVE, "--decided-by", "国务院新闻办", "--basis", "令", "--yes"), "leading group"),
    # a unit of the town that can decide nothing
    ((*POSITIVE, "--decided-by", "不存在的单位", "--basis", "令", "--yes"), "leading group"),
    # a body of no name
    ((*POSITIVE, "--decided-by", "", "--basis", "令", "--yes"), "leading group"),
    # a part of a playbook that there is not
    (("playbook", "show", "majian", "--section", "groups.nobody"), "groups"),
    # a playbook that there is not
    (("playbook", "check", "nowhere"), "majian"),
    (("adopt", "nowhere"), "majian"),
    # a folder
    (("adopt", "/"), "majian"),
    # a name too long for a file
    (("playbook", "diagram", "a" * 300), "majian"),
]


@pytest.mark.parametrize(("words", "known"), NAMES)
def test_unknown_name_names_those_that_there_are(desk: Desk, words: tuple[str, ...], known: str) -> None:
    assert known in refused(desk, *words)["expected"]


VALUES = [
    # a choice that there is not
    ((*RESULT, *CASES, "--set", "origin=mars"), "origin", "mars"),
    # no choice
    ((*RESULT, *CASES, "--set", "origin="), "origin", "`"),
    # words for a number
    ((*ORIGIN, *RESULT, "--set", "cases=three"), "cases", "three"),
    # below the least
    ((*ORIGIN, *RESULT, "--set", "cases=0"), "cases", "0"),
    ((*ORIGIN, *RESULT, "--set", "cases=-1"), "cases", "-1"),
    # a fraction
    ((*ORIGIN, *RESULT, "--set", "cases=1.5"), "cases", "1.5"),
    # digits that are none for a machine
    ((*ORIGIN, *RESULT, "--set", "cases=１"), "cases", "１"),
    ((*ORIGIN, *RESULT, "--set", "cases=²"), "cases", "²"),
    # more than any database holds
    ((*ORIGIN, *RESULT, "--set", "cases=9999999999999999"), "cases", "9999999999999999"),
    # no number
    ((*ORIGIN, *RESULT, "--set", "cases="), "cases", "`"),
    # no sign between name and value
    ((*ORIGIN, *RESULT, "--set", "cases"), "--set", "cases"),
    # no name
    ((*ORIGIN, *RESULT, "--set", "=1"), "value", "`"),
    # a wrong value counts also when a right one stands before it
    ((*ORIGIN, *RESULT, *CASES, "--set", "cases=many"), "cases", "many"),
]


@pytest.mark.parametrize(("values", "where", "found"), VALUES)
def test_wrong_value_is_named(desk: Desk, values: tuple[str, ...], where: str, found: str) -> None:
    error = refused(desk, *ACT, *values)

    assert where in error["where"]
    assert found in error["found"] or found == "`"


def test_wrong_value_is_named_when_looking_too(desk: Desk) -> None:
    words = ("activate", "majian", "--event", "local_positive_reported", "--plan", "--set", "cases=none")

    assert "cases" in refused(desk, *words)["where"]


MISSING = [
    # none of three
    ((), ["origin", "result", "cases"]),
    # two of three
    (ORIGIN, ["result", "cases"]),
    # one
    ((*ORIGIN, *RESULT), ["cases"]),
]


@pytest.mark.parametrize(("values", "missing"), MISSING)
def test_missing_values_are_named_with_what_they_may_be(
    desk: Desk, values: tuple[str, ...], missing: list[str]
) -> None:
    error = refused(desk, *ACT, *values)

    assert [name for name in ("origin", "result", "cases") if f"{name}:" in error["expected"]] == missing
    assert "--set" in error["do"]


SMALL = [
    # above the most
    ("number=10", "1 to 9"),
    # a text of nothing
    ("remark=", "text"),
    # a number without bounds, but a number
    ("below=x", "a whole number"),
]


@pytest.mark.parametrize(("value", "expected"), SMALL)
def test_every_kind_of_value_says_what_it_expects(desk: Desk, value: str, expected: str) -> None:
    desk.done("adopt", str(small_town(desk.file.parent)))
    given = [word for pair in ("number=1", "remark=好", value) for word in ("--set", pair)]

    assert expected in refused(desk, "signal", "small", "counted", *given, "--yes")["expected"]


def test_right_values_of_every_kind_are_taken(desk: Desk) -> None:
    desk.done("adopt", str(small_town(desk.file.parent)))
    given = [word for pair in ("number=9", "remark=a = b", "below=-5") for word in ("--set", pair)]

    desk.done("signal", "small", "counted", *given, "--yes")

    assert "below=-5, number=9, remark=a = b" in desk.done("history", "small").out


OPTIONS = ["--effective-at", "--until"]
TIMES = [
    # words
    "soon",
    # nothing
    "",
    # an hour that there is not
    "25:00",
    # a day that there is not
    "2026-02-30",
    # a length without a unit, and with one that there is not
    "14",
    "14w",
    # a length below nothing
    "-3d",
    # longer than time is counted
    "99999999d",
    "9" * 400 + "d",
    # digits that are none
    "²d",
    # before and after all time
    "0001-01-01",
    "9999-12-31 23:59-10:00",
]


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("time", TIMES)
def test_nonsense_of_a_time_is_named(desk: Desk, option: str, time: str) -> None:
    error = refused(desk, *ACTIVATE, option, time)

    assert error["where"] == option
    assert "Asia/Shanghai" in error["do"]


LOOKING = [
    ("status", "majian", "--at"),
    ("history", "majian", "--since"),
    ("history", "majian", "--until"),
]


@pytest.mark.parametrize("words", LOOKING)
@pytest.mark.parametrize("time", ["soon", "", "14d", "0001-01-01", "9999-12-31 23:59-10:00"])
def test_nonsense_of_a_time_is_named_when_looking(desk: Desk, words: tuple[str, ...], time: str) -> None:
    assert refused(desk, *words, time)["where"] == words[-1]


USAGE = [
    # a command that there is not
    ("activat",),
    # an option that there is not
    ("status", "--colour", "red"),
    # an option without its value
    ("status", "majian", "--at"),
    # an argument too many
    ("status", "majian", "wulipai"),
    # one too few
    ("activate",),
    ("signal", "majian"),
    # half a command
    ("playbook",),
    ("journal",),
    ("db",),
    ("db", "downgrade"),
    # a choice that there is not
    ("playbook", "diagram", "majian", "--format", "jpeg"),
    ("--lang", "fr", "status"),
    # nothing
    (),
]


@pytest.mark.parametrize("words", USAGE)
def test_wrong_usage_is_said(desk: Desk, words: tuple[str, ...]) -> None:
    for lang in ("zh", "en"):
        said = desk.run(*words) if "--lang" in words else desk.run("--lang", lang, *words)
        assert said.code == 2
        assert said.err.strip()
        assert said.out == ""
    as_json = desk.run("--json", *words)
    assert as_json.code == 2
    assert as_json.object()["error"].keys() == {"where", "expected", "found", "do"}


def test_words_that_are_no_text_are_refused(desk: Desk) -> None:
    """What a shell hands over need not be UTF-8; it could not be recorded."""
    for words in ((*ACTIVATE, "--reason", "\udcff"), (*ACTIVATE, "--by", "a\udcff"), ("adopt", "\udcff")):
        refused(desk, *words)


FILES = {
    "empty": (b"", "P009"),
    "no YAML": (b"states: {routine: [", "P004"),
    "not UTF-8": ("playbook: 马剑".encode("gb18030"), "P001"),
    "binary": (bytes(range(256)), "P001"),
    "too big": (b"# " + b"x" * 1024 * 1024, "P002"),
    "too deep": (b"playbook: " + b"[" * 100 + b"]" * 100, "P003"),
    "a list": (b"- playbook\n", "P008"),
    "a key twice": (b"playbook: a\nplaybook: b\n", "P005"),
    "an alias": (b"playbook: &a majian\nextends: *a\n", "P006"),
    "a base that there is not": (b"playbook: a\nextends: nobody\n", "P010"),
    "a list for a map": (SMALL_TOWN.replace("groups: {}", "groups: []").encode(), "P008"),
    "a word for a number": (SMALL_TOWN.replace("at_least: 1", "at_least: one").encode(), "P008"),
    "a duration that there is not": (MAJIAN_TEXT.replace("pattern: 24h", "pattern: 25h").encode(), "P008"),
    "a name that there is not": (SMALL_TOWN.replace("groups:", "grups:").encode(), "P007"),
    "a state that there is not": (SMALL_TOWN.replace("from: [routine]", "from: [rutine]").encode(), "P101"),
}


@pytest.mark.parametrize("fault", FILES)
def test_faulty_playbook_is_not_adopted(desk: Desk, fault: str, tmp_path: Path) -> None:
    text, rule = FILES[fault]
    path = tmp_path / "faulty.yaml"
    path.write_bytes(text)

    refused(desk, "adopt", str(path), code=1)

    said = desk.run("adopt", str(path), "--json").object()
    assert rule in {problem["rule"] for problem in said["problems"]}
    for problem in said["problems"]:
        assert problem["line"] >= 1
        assert problem["expected"]
        assert problem["found"]
        assert problem["do"]
    for plain in in_both_languages(desk, "playbook", "check", str(path)):
        assert plain.code == 1
        assert f"{path}:" in plain.out


def test_what_is_far_too_long_is_shown_in_few_words(desk: Desk, tmp_path: Path) -> None:
    """A file of a stranger may hold a mebibyte where a name should stand; a terminal need not."""
    path = tmp_path / "long.yaml"
    path.write_text(f"playbook: {'a' * 500_000}\n")

    for words in (("adopt", str(path)), ("adopt", str(path), "--json"), ("status", "a" * 50_000)):
        said = desk.run(*words)
        assert said.code in (1, 2)
        assert 0 < len(said.out + said.err) < 20_000


def test_journal_holds_after_wrong_input(desk: Desk) -> None:
    desk.run("adopt", "nowhere")
    desk.run(*ACT, "--set", "cases=0")
    desk.run(*ACTIVATE, "--until", "soon")

    assert desk.version() == 1


def test_json_of_an_error_is_in_the_language_asked_for(desk: Desk) -> None:
    chinese = desk.run("--lang", "zh", "status", "nowhere", "--json").object()
    english = desk.run("--lang", "en", "status", "nowhere", "--json").object()

    assert chinese["error"].keys() == english["error"].keys()
    assert json.dumps(chinese)
