"""The command line against a server: the same words, output and exit codes, for who may."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from incident import __version__
from incident.cli import remote, root
from incident.cli.carried import carry, keep
from incident.cli.files import Named
from incident.cli.line import read_line
from incident.cli.of import Words
from incident.domain.commands import AT_THE_DATABASE, HERE, RULES
from incident.domain.errors import RequestError
from incident.domain.permission import Role
from incident.service.access import look
from incident.service.ports_identity import WantedAccess
from incident.views.commands import Answer, File, Question
from tests.cli.desk import ACTIVATE, DECLARE, LANGUAGES, MAJIAN, ORDERED, POSITIVE, STAND_DOWN, Desk, Said
from tests.cli.remotely import Both, both
from tests.cli.terminal import at_terminal
from tests.playbooks import HOUR, NIGHT

PEOPLE: Final = "岗位,代号,姓名,起,止,联系方式\nduty.leader,P2,李乙,2025-01-01,,sms:13900000002\n"
ROLES: Final[tuple[Role, ...]] = ("duty_officer", "decider", "group_lead", "auditor", "author")


@pytest.fixture(scope="session")
def night(majian_in_routine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Majian an hour after it was activated, with people and a report; and who may come in."""
    folder = tmp_path_factory.mktemp("night")
    desk = Desk(f"sqlite:///{folder / 'incident.db'}")
    desk.file.write_bytes(majian_in_routine.read_bytes())
    desk.clock.at = NIGHT - HOUR
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "list.txt").write_text("甲\n", encoding="utf-8")
    desk.done("people", "import", "majian", str(folder / "people.csv"))
    desk.done(*ACTIVATE)
    desk.done(*REPORT, "--file", str(folder / "list.txt"))
    for login in ("wang", "boss", "chief"):
        desk.done("user", "add", login, "--name", login.title())
    for role in ROLES:
        desk.done("user", "grant", "wang", role, "majian")
    desk.done("user", "grant", "boss", "administrator", "*")
    desk.done("user", "grant", "chief", "auditor", "*")
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return desk.file


REPORT: Final = ("report", "file", "majian", "--from", "duty", "--form", "daily_report", "--text", "无")


@pytest.fixture
def two(night: Path, tmp_path: Path) -> Iterator[Both]:
    """Two desks for what changes something."""
    with both(night, tmp_path, NIGHT) as desks:
        desks.comes("wang")
        yield desks


@pytest.fixture(scope="module")
def unchanged(night: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Two desks for what changes nothing, in whatever language the last test spoke."""
    with both(night, tmp_path_factory.mktemp("looking"), NIGHT) as desks:
        yield desks


@pytest.fixture
def looking(unchanged: Both) -> Both:
    """The same, in English."""
    unchanged.speak("en")
    return unchanged


# -- the same, byte for byte


def must_be_the_same(two: Both, *lines: tuple[str, ...]) -> None:
    """Type the same at both desks."""
    for words in lines:
        assert two.there.run(*words) == two.here.run(*words), words


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


def must_be_refused(said: Said, code: int, words: str) -> None:
    assert (said.code, said.out) == (code, ""), said
    assert words in said.err


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


# -- files


def test_files_go_there_and_come_back(two: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scan.bin").write_bytes(bytes(range(256)))
    (tmp_path / "people.csv").write_text(PEOPLE.replace("P2", "P3"), encoding="gb18030")
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    must_be_the_same(
        two,
        (*REPORT, "--file", "scan.bin"),
        ("journal", "prove", "majian", "1", "--out", "none/p.txt"),
    )
    two.comes("boss")
    must_be_the_same(
        two,
        ("people", "import", "majian", str(tmp_path / "people.csv"), "--dry-run"),
        ("people", "import", "majian", str(tmp_path / "none.csv")),
        ("people", "import", "majian", "else where"),
    )
    two.comes("wang")
    for words, made in (
        (("report", "show", "majian", filed(two.here), "--save", "saved"), "saved/scan.bin"),
        (("journal", "export", "majian", "--out", str(elsewhere / "kit.zip")), "else where/kit.zip"),
        (("roster", "export", "majian", "--ics", "duty.ics"), "duty.ics"),
    ):
        must_be_made_the_same(two, words, tmp_path / made)


def filed(desk: Desk) -> str:
    """Give the number of the entry of the report that was filed last."""
    return str(desk.done("history", "majian", "--kind", "ReportFiled", "--json").objects()[-1]["seq"])


def must_be_made_the_same(two: Both, words: tuple[str, ...], made: Path) -> None:
    """Make a file at both desks, once anew and once over what is there."""
    found = []
    for desk in (two.here, two.there):
        first = desk.run(*words)
        assert first.code == 0, first
        again, rights = desk.run(*words), stat.S_IMODE(made.stat().st_mode)
        found.append((first, again, rights, made.suffix == ".zip" or made.read_bytes()))
        made.unlink()
    here, there = found
    if made.suffix == ".zip":  # of another database
        assert there[2] == 0o600
        assert there[0].out.splitlines()[0] == here[0].out.splitlines()[0]
        assert there[1] == here[1]
    else:
        assert there == here


def test_what_is_piped_in_goes_there(two: Both) -> None:
    two.there.typed = two.here.typed = "无异常\n"
    words = (*REPORT[:-1], "-")
    assert two.there.run(*words) == two.here.run(*words)
    assert "无异常" in Desk(two.there.url).done("report", "show", "majian", filed(two.here)).out


def test_a_playbook_goes_with_what_it_extends(
    two: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = Path(root.__file__).parents[2] / "playbooks"
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "ours.yaml").write_bytes((shipped / "base" / "epidemic.yaml").read_bytes())
    plan = (shipped / "majian.yaml").read_text(encoding="utf-8")
    (tmp_path / "ours.yaml").write_text(plan.replace("extends: epidemic", "extends: ours"), encoding="utf-8")
    words = ("adopt", "ours.yaml")
    assert two.there.run(*words) == two.here.run(*words)


def test_a_server_writes_only_what_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["journal", "prove", "majian", "1", "--out", "proof.txt"]
    line = read_line(words)
    assert line is not None
    carried = carry(line, words)
    sent = ("proof.txt", ".bashrc", "../x", "/tmp/x", "proof.txt/x")
    keep(carried, [File(path=name, data=b"x") for name in sent])
    assert [one.name for one in tmp_path.rglob("*")] == ["proof.txt"]


# -- what is done here


def test_what_needs_no_database_is_done_here(looking: Both) -> None:
    looking.there.said["INCIDENT_TOKEN"] = "none"
    must_be_the_same(
        looking, ("playbook", "list"), ("--version",), ("status", "--help"), ("journal", "verify", "x.zip")
    )
    assert looking.there.run("status", "majian", "--db", looking.here.url).code == 0


@pytest.mark.parametrize("words", [("doctor",), ("serve",), ("db", "upgrade"), ("people", "erase")])
def test_what_is_for_the_machine_of_the_database_is_not_done(looking: Both, words: tuple[str, ...]) -> None:
    must_be_refused(looking.there.run(*words), 2, "at the machine of the database")


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """List all commands, by their words."""
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from leaves(found, (*words, name))
    else:
        yield " ".join(words), command


def test_every_command_has_its_rule_or_its_reason() -> None:
    found = {name for name, _command in leaves(root.incident)}
    assert sorted(found) == sorted([*RULES, *HERE, *AT_THE_DATABASE])


def test_every_rule_knows_which_jurisdiction_a_command_is_about() -> None:
    for name, command in leaves(root.incident):
        if name in RULES:
            named = [
                of
                for of in ("jurisdiction", "words", "playbook")
                if of in {one.name for one in command.params}
            ]
            assert named == ([] if RULES[name].of == "all" else [RULES[name].of]) or name == "access", name
            # and which of several words names it, the command says
            assert [isinstance(one.type, Words) for one in command.params if one.name == "words"] == (
                [True] if RULES[name].of == "words" else []
            ), name


def test_every_parameter_of_a_file_is_of_such_a_type() -> None:
    """By it a server keeps a command within its folder."""
    signs = {"FILE", "PATH", "FOLDER", "CHECKPOINT", "KEY", "KIT.ZIP", "PLAYBOOK", "PROOF", "FILE-OR-TEXT"}
    # which report; a kit, which is verified where it is; a permission to file
    exempt = {("report file", "form"), ("journal verify", "jurisdiction"), ("user token", "scopes")}
    for name, command in leaves(root.incident):
        if name not in RULES:
            continue
        for one in command.params:
            metavar = str(one.metavar or "").upper()
            named = {*re.split(r"[][| ]+", metavar)} & signs
            if (named and (name, one.name) not in exempt) or isinstance(one.type, click.Path | click.File):
                assert isinstance(one.type, Named), (name, one.name)


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
