"""A desk at which commands are typed: one database, one language, one clock, all output read.

`Desk.run` holds every command to what is promised of all of them: an exit code of the table, no traceback,
no escape codes in a pipe, and with --json nothing on stdout but objects, one a line.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

from incident import language
from incident.cli import log, root
from incident.store.tables import IDENTITY
from tests.playbooks import NIGHT

CHECKOUT: Final = Path(__file__).parents[2]
CATALOGUE: Final = CHECKOUT / "incident" / "locale" / "zh" / "LC_MESSAGES" / "incident.mo"
LANGUAGES: Final = ("zh", "en")

MAJIAN: Final = "330681111"
#: What a duty officer types for Majian at 02:40, the authority apart.
POSITIVE: Final = (
    *("activate", "majian", "--event", "local_positive_reported"),
    *("--set", "origin=local", "--set", "result=preliminary_positive", "--set", "cases=1"),
)
ORDERED: Final = ("--decided-by", "command", "--basis", "省疫情防控办〔2021〕97号")
ACTIVATE: Final = (*POSITIVE, *ORDERED, "--yes")
STAND_DOWN: Final = ("stand-down", "majian", *ORDERED, "--yes")
#: What taking something away for ever needs, said by two people.
AGREED: Final = (
    "--reason",
    "本人申请",
    "--basis",
    "个人信息保护法第47条",
    "--by",
    "甲",
    "--with",
    "乙",
    "--yes",
)
#: The town at first-level response: one step up is left.
DECLARE: Final = (
    *("activate", "majian", "--event", "first_level_response_declared"),
    *("--reason", "省级一级响应", *ORDERED, "--yes"),
)
#: What a database loses that is to be as the first version left it, but for the rows it keeps.
AS_THE_FIRST_VERSION: Final = (
    *(
        f"DROP TABLE {table}"
        for table in (
            *("outbox", "timer", "closing", "attachment", "duty", "person", "letter"),
            *("checkpoint", "snapshot", *(one.name for one in IDENTITY)),
        )
    ),
    "DROP TRIGGER entry_no_update",
    "ALTER TABLE entry DROP COLUMN nodes",
    "ALTER TABLE situation DROP COLUMN origin",
    *(f"ALTER TABLE situation DROP COLUMN {column}" for column in ("zone", "confirm_by", "epoch")),
    "UPDATE alembic_version SET version_num = '0001'",
)
#: `cli.py` on a clock that stands, so that nothing falls due before a process of its own has come up.
_STANDING: Final = """
import runpy, sys
from incident import bootstrap
at = int(sys.argv.pop(1))
sys.argv[0] = "cli.py"
bootstrap.now = bootstrap.clock = lambda: at
runpy.run_path("cli.py", run_name="__main__")
"""
#: Nothing of the surroundings may choose the language or the database.
_UNSET: Final = (
    *("INCIDENT_DB", "INCIDENT_KEY", "INCIDENT_CHECKPOINTS", "INCIDENT_PUBKEY"),
    *("INCIDENT_SERVER", "INCIDENT_TOKEN", "INCIDENT_TOKEN_FILE"),
    *("INCIDENT_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"),
)


class Said(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def object(self) -> dict[str, Any]:
        """Give the one object on stdout."""
        (only,) = self.objects()
        return only

    def objects(self) -> list[dict[str, Any]]:
        """Give the objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.at = NIGHT

    def __call__(self) -> int:
        return self.at


class Desk:
    """Types commands against one database."""

    def __init__(self, url: str, lang: str = "en") -> None:
        self.url = url
        self.lang = lang
        #: What is typed to.
        self.program: Callable[[Sequence[str]], int] = root.run
        self.clock = Clock()
        #: What else the surroundings of a command say.
        self.said: dict[str, str] = {}
        #: What stands on stdin.
        self.typed = ""

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(self.url.removeprefix("sqlite:///"))

    def environment(self) -> dict[str, str]:
        """Give the environment of a command at this desk."""
        kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
        return kept | {"INCIDENT_DB": self.url, "INCIDENT_LANG": self.lang} | self.said

    @contextlib.contextmanager
    def seated(self) -> Iterator[None]:
        """Let `incident` see this desk's environment and clock."""
        log.logger.cache_clear()  # it remembers the stderr of the command before
        with (
            mock.patch.dict(os.environ, self.environment(), clear=True),
            mock.patch("incident.bootstrap.now", self.clock),
            mock.patch("incident.bootstrap.clock", self.clock),
        ):
            yield

    def run(self, *words: str) -> Said:
        """Run a command in a pipe, without a terminal."""
        out, err = io.StringIO(), io.StringIO()
        with (
            self.seated(),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(self.typed.encode()), "utf-8")),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            language.choose(words)
            code = self.program(words)
        return must_be_fit_for_people(words, Said(code, out.getvalue(), err.getvalue()))

    def done(self, *words: str) -> Said:
        """Run a command that has to succeed."""
        said = self.run(*words)
        assert said.code == 0, said
        return said

    def command(self, *words: str) -> list[str]:
        """Give a command as the shell starts it in the checkout, at the time of this desk."""
        return [sys.executable, "-c", _STANDING, str(self.clock.at), *words]

    def in_process_of_its_own(self, *words: str, **changed: str) -> Said:
        """Run a command as the shell would."""
        done = subprocess.run(
            self.command(*words),
            cwd=CHECKOUT,
            env=self.environment() | changed,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding=changed.get("PYTHONIOENCODING", "utf-8").replace("ascii", "utf-8"),
            check=False,
        )
        return must_be_fit_for_people(words, Said(done.returncode, done.stdout, done.stderr))

    def version(self, *words: str) -> int:
        """Give how many entries Majian's journal has; it must hold."""
        (verified,) = self.done("journal", "verify", "majian", "--json", *words).objects()
        assert verified["holds"] is True
        assert verified["replayed"] is True
        return int(verified["entries"])

    def stored(self) -> list[list[Any]]:
        """Give all that is stored, row by row: what a command that fails has to leave as it was."""
        tables = (
            "entry",
            "disclosure",
            "situation",
            "standing",
            "outbox",
            "playbook",
            "timer",
            "closing",
            "duty",
        )
        return [self.sql(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]

    def sql(self, *statements: str) -> list[Any]:
        """Work on the SQLite file behind the program's back; gives the rows of the last statement."""
        connection = sqlite3.connect(self.file)
        try:
            rows: list[Any] = []
            for statement in statements:
                rows = connection.execute(statement).fetchall()
            connection.commit()
            return rows
        finally:
            connection.close()


def must_be_fit_for_people(words: Sequence[str], said: Said) -> Said:
    """Hold what a command said to the promises of all commands."""
    assert said.code in {0, 1, 2, 3, 4, 5}, said
    assert "Traceback" not in said.out + said.err
    assert "\x1b" not in said.out
    if "--json" in words and not {"--help", "-h", "--version"} & set(words):
        said.objects()
    if said.code not in {0, 1}:
        assert said.err.strip(), "a command that did not do it says so"
    return said


def in_both_languages(desk: Desk, *words: str) -> tuple[Said, Said]:
    """Run a command that changes nothing in Chinese and in English: said in both, ended alike."""
    chinese, english = (desk.run("--lang", lang, *words) for lang in LANGUAGES)
    assert chinese.code == english.code
    for said in (chinese, english):
        assert (said.out + said.err).strip()
    if CATALOGUE.exists():
        assert chinese[1:] != english[1:]
    return chinese, english
