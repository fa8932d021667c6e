"""The command line against a server: the same words, output and exit codes, for who may."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from incident import __version__
from incident.cli import remote
from incident.cli.carried import carry
from incident.cli.line import read_line
from incident.domain.errors import RequestError
from incident.service.access import look
from incident.service.ports_identity import WantedAccess
from incident.views.commands import Answer, File, Question
from tests.cli.desk import DECLARE, LANGUAGES, MAJIAN, ORDERED, POSITIVE, STAND_DOWN, Desk
from tests.cli.remotely import REPORT, Both, must_be_refused, must_be_the_same
from tests.cli.terminal import at_terminal

# -- the same, byte for byte


#: What is typed by Wang → in which languages, or as JSON.
LINES: Final[list[tuple[tuple[str, ...], str]]] = [
    (("status", "majian"), "en"),
    (("status", "majian", "--at", "2026-02-28 20:00"), "zh"),
    (("report", "show", "majian", "3"), "en"),
    (("duty", "majian", "--week", "--numbers"), "zh"),
    (("people", "list", "--in", "majian"), "json"),
    (("proposals", "majian"), "zh"),
    (("history", "majian", "--kind", "StateEntered"), "json"),
    (("journal", "verify", "majian"), "zh"),
    (("playbook", "diff", "majian", "taizhou"), "en"),
    (("playbook", "diff", "majian", "majian"), "json"),
    ((*POSITIVE, *ORDERED, "--plan"), "zh"),
    ((*POSITIVE[:-1], "cases=many", *ORDERED, "--plan"), "en"),
    (STAND_DOWN[:-1], "json"),
    (("extend", "majian", "--no-such-option"), "json"),
]


@pytest.mark.parametrize(("words", "way"), LINES, ids=[" ".join(words) for words, _way in LINES])
def test_a_server_says_the_same(looking: Both, words: tuple[str, ...], way: str) -> None:
    looking.comes("wang")
    looking.speak(way if way in LANGUAGES else "zh")
    typed = (*words, "--json") if way == "json" else words

    assert looking.there.run(*typed) == looking.here.run(*typed)


def test_who_keeps_the_users_is_told_the_same(looking: Both) -> None:
    looking.comes("boss")
    looking.speak("en")
    must_be_the_same(looking, ("user", "list"), ("user", "rename", "nobody", "--name", "x"))


def test_which_jurisdictions_there_are_is_told_to_whoever_may_look_at_all(looking: Both) -> None:
    looking.comes("chief")
    must_be_the_same(looking, ("status", "nowhere"))
    looking.comes("wang")
    said = looking.there.run("status", "nowhere")
    must_be_refused(said, 2, "one of those on your board")
    assert "330681111" not in said.err


def test_an_act_is_done_and_said_the_same(two: Both) -> None:
    again = (*STAND_DOWN, "--event-id", "x", "--reason", "解除")
    must_be_the_same(two, again, again, (*REPORT, "--json", "--zero"))
    assert two.here.version() == Desk(two.there.url).version()


def test_on_a_terminal_it_looks_and_asks_the_same(two: Both) -> None:
    """Whatever is missing is asked for, the plan is shown in colours, and only a yes does it."""
    words = ("stand-down", "majian", "--decided-by", "command", "--reason", "解除")
    talk = [("basis", "97号\n"), ("[y/N]", "perhaps\n"), ("[y/N]", "y\n")]

    here, there = (at_terminal(desk, *words, talk=talk) for desk in (two.here, two.there))

    assert here.code == there.code == 0
    assert "\x1b[" in there.raw
    assert there.text == here.text


def test_no_on_a_terminal_changes_nothing(two: Both) -> None:
    before = Desk(two.there.url).stored()

    screen = at_terminal(two.there, *STAND_DOWN[:-1], talk=[("[y/N]", "n\n")])

    assert (screen.code, "nothing was changed" in screen.text) == (2, True)
    assert Desk(two.there.url).stored() == before


def test_what_is_confirmed_is_what_runs(two: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else is faster while the question stands on the screen, so it would be another step."""
    other, typed = Desk(two.there.url), remote._answer
    other.done(*STAND_DOWN, "--reason", "解除")

    def while_it_stands(question: Question) -> Answer:
        other.done(*DECLARE)
        return typed(question)

    monkeypatch.setattr(remote, "_answer", while_it_stands)
    screen = at_terminal(two.there, *POSITIVE, *ORDERED, talk=[("[y/N]", "y\n")])

    assert (screen.code, "another: " in screen.text) == (4, True)


def test_a_password_is_typed_unseen(two: Both) -> None:
    two.comes("boss")
    typed = "four words to remember\n"
    screen = at_terminal(
        two.there, "user", "password", "wang", talk=[("New password: ", typed), ("Again: ", typed)]
    )
    assert screen.code == 0
    assert typed.strip() not in screen.text


# -- who it was


def test_the_journal_says_who_signed_in(two: Both) -> None:
    two.there.done(*STAND_DOWN, "--reason", "解除")

    found = Desk(two.there.url).done("history", "majian", "--json").objects()
    assert (found[-1]["actor"], found[-1]["by"]) == ("authenticated", "Wang (wang)")


def test_what_an_administrator_does_is_on_record_as_theirs(two: Both) -> None:
    two.comes("boss")
    two.there.done("user", "grant", "wang", "decider", "3306")

    noted = look(two.served.gate, WantedAccess(kinds=["grant_added"]))[0]
    with two.served.gate.identity.reading() as tx:
        boss = tx.user_of("boss")
    assert boss is not None
    assert (noted.user, noted.os_user, noted.address) == (boss.id, None, "127.0.0.1")


def test_reading_names_is_on_record(two: Both) -> None:
    two.there.done("people", "list", "--in", "majian")
    two.there.done("proposals", "majian")

    (noted,) = look(two.served.gate, WantedAccess(kinds=["read_personal"]))
    assert (noted.jurisdiction, noted.what) == (MAJIAN, "incident people list")


# -- who may


def test_who_may_not_is_refused_and_that_is_on_record(two: Both) -> None:
    two.comes("wang", ["look", "people_read"])
    for words in (
        STAND_DOWN,
        ("people", "import", "majian", "x.csv"),
        ("history", "majian"),
        ("user", "list"),
    ):
        must_be_refused(two.there.run(*words), 3, "somebody who may not")
    must_be_refused(two.there.run("status"), 3, "in every jurisdiction")
    must_be_refused(two.there.run("adopt", "taizhou"), 3, "somebody who may, in 3212")

    noted = look(two.served.gate, WantedAccess(kinds=["refused"]))
    assert [one.what for one in noted][:2] == ["adopt incident adopt", "look incident status"]
    assert two.there.run("status", "majian").code == 0


def test_a_token_for_elsewhere_is_refused(two: Both) -> None:
    two.comes("wang", root="430102")
    must_be_refused(two.there.run("status", "majian"), 3, "somebody who may not")


@pytest.mark.parametrize(
    "line",
    [
        (*STAND_DOWN, "--by", "boss"),
        (*STAND_DOWN, "--db", "x"),
        ("journal", "verify", "majian", "--jobs", "999"),
    ],
)
def test_nobody_says_who_they_are_or_on_what_or_takes_all(two: Both, line: tuple[str, ...]) -> None:
    """Whatever this program sends, another could send more: the server takes no such word."""
    words, option = [*line], line[-2]
    sent = read_line(words)
    assert sent is not None
    with two.there.seated(), sent.context:
        carried = carry(sent, words)
        ran = remote._send(remote._server(), remote._token(), remote._order(carried, []))
    assert (ran.code, ran.out) == (2, b"")
    assert option.encode() in ran.err


@pytest.mark.parametrize("path", ["/etc/passwd", "x/../../there.db"])
def test_a_path_that_leads_elsewhere_is_refused_by_the_server(two: Both, path: str) -> None:
    words = ["people", "import", "majian", path]
    sent = read_line(words)
    assert sent is not None
    with two.there.seated(), sent.context:
        carried = carry(sent, words)._replace(words=words)
        ran = remote._send(remote._server(), remote._token(), remote._order(carried, []))
        assert (ran.code, b"within the folder of the command" in ran.err) == (2, True)
        file = File(path=path, data=b"x")
        order = remote._order(carried._replace(files=[file]), [])
        with pytest.raises(RequestError, match="within the folder"):
            remote._send(remote._server(), remote._token(), order)


def test_a_file_that_goes_along_is_no_program(
    two: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("click.py", "json.py", "sitecustomize.py"):
        (tmp_path / name).write_text("open('/dev/null/x')\n")
    said = two.there.run(*REPORT, *(part for name in ("click.py", "json.py") for part in ("--file", name)))
    assert said.code == 0, said


# -- the connection


def test_the_program_itself_asks_a_server_that_is_named(looking: Both) -> None:
    looking.comes("wang")
    looking.speak("zh")
    words = ("proposals", "majian")
    assert looking.there.in_process_of_its_own(*words) == looking.here.run(*words)


def test_without_a_token_it_is_said(looking: Both, tmp_path: Path) -> None:
    desk = looking.there
    desk.lang = "en"
    desk.said["INCIDENT_TOKEN"] = ""
    must_be_refused(desk.run("status"), 2, "INCIDENT_TOKEN")
    desk.said["INCIDENT_TOKEN"] = "inc_" + "x" * 43
    said = desk.run("status")
    must_be_refused(said, 3, "the token of somebody who may come in")
    assert "xxx" not in said.err
    looking.comes("wang")
    file = tmp_path / "token"
    file.write_text(desk.said.pop("INCIDENT_TOKEN") + "\n")
    desk.said["INCIDENT_TOKEN_FILE"] = str(file)
    file.chmod(0o644)
    must_be_refused(desk.run("status", "majian"), 2, "for its owner alone")
    file.chmod(0o600)
    assert desk.run("status", "majian").code == 0
    del desk.said["INCIDENT_TOKEN_FILE"]


#: An address → what is said of it, with which exit code.
ADDRESSES: Final = [
    ("http://incident.example", 2, "https://"),
    ("incident.example", 2, "https://"),
    ("https://me:secret@incident.example", 2, "https://"),
    ("http://127.0.0.1:99999", 2, "https://"),
    ("http://127.0.0.1:1", 5, "nothing was sent"),
    ("https://127.0.0.1:{port}", 5, "SSL"),
]


@pytest.mark.parametrize(("address", "code", "words"), ADDRESSES)
def test_a_server_that_cannot_be_reached_or_believed_is_said(
    looking: Both, address: str, code: int, words: str
) -> None:
    desk = Desk("sqlite:////nowhere/x.db")
    desk.program = remote.run_there
    port = looking.there.said["INCIDENT_SERVER"].rpartition(":")[2]
    desk.said |= {"INCIDENT_SERVER": address.format(port=port), "INCIDENT_TOKEN": "inc_x"}
    said = desk.run("status", "majian")
    must_be_refused(said, code, words)
    assert all(part in said.err for part in ("expected:", "found:", "do:"))
    assert "secret" not in said.err


def test_a_server_of_another_version_says_so(looking: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    looking.comes("wang")
    monkeypatch.setattr(remote, "__version__", "0.0.9")
    must_be_refused(looking.there.run("status", "majian", "--lang", "en"), 2, f"version {__version__}")
