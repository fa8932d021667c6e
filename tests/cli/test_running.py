"""What keeps a command that a server carries out within bounds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from incident.cli import running
from incident.cli.running import Place, run
from incident.domain.errors import RequestError, StoreAway
from incident.domain.identity import SignedIn
from incident.views.commands import File, Line, Ran
from tests.cli.desk import CHECKOUT, Desk

WANG = SignedIn(user="u1", login="wang", name="王伟", sign=None, grants=())
#: Says what it was told, as if that had been said by a command.
ECHO = """
import json, os, sys
order = json.load(sys.stdin)
print(json.dumps({"code": 0, "out": "", "err": "", "files": [], "question": None}))
"""


def carried(program: str, line: Line, *, closing: bool = False, checkpoints: None = None) -> Ran:
    command: Sequence[str] = [sys.executable, "-c", program]
    return run(Place("sqlite:///x.db", checkpoints, lambda: closing, command), WANG, "192.0.2.1", line)


def test_a_server_that_ends_waits_for_no_command() -> None:
    with pytest.raises(StoreAway, match="the server ends"):
        carried("import time; time.sleep(600)", Line(words=["status"], lang="en"), closing=True)


def test_a_process_that_is_gone_at_once_leaves_no_pipe_open(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start, kill = subprocess.Popen[bytes].__init__, os.killpg

    def noted(process: subprocess.Popen[bytes], *given: Any, **named: Any) -> None:
        start(process, *given, **named)
        started.append(process)

    def killed_and_gone(group: int, signal: int) -> None:
        kill(group, signal)
        os.waitid(os.P_PID, group, os.WEXITED | os.WNOWAIT)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    monkeypatch.setattr(os, "killpg", killed_and_gone)
    with pytest.raises(StoreAway, match="the server ends"):
        carried("import time; time.sleep(600)", Line(words=["status"], lang="en"), closing=True)
    pipes = [pipe for process in started for pipe in (process.stdin, process.stdout)]
    assert [pipe and pipe.closed for pipe in pipes] == [True, True]


def test_a_command_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_LONGEST", 0.0)
    with pytest.raises(StoreAway, match="it may have been recorded"):
        carried("import time; time.sleep(600)", Line(words=["status"], lang="en"))


def test_a_process_that_breaks_off_is_said() -> None:
    with pytest.raises(StoreAway, match="it ended with 3; nothing half done was kept; look: incident status"):
        carried("import os; os._exit(3)", Line(words=["status"], lang="en"))


def test_what_it_writes_comes_back_and_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        ECHO
        + """
open("new", "w").write("n"); open("given", "a").write("!"); os.symlink("/etc/passwd", "link")
os.mkdir("a"); open("a/private", "w").close(); os.chmod("a/private", 0o600); os.chmod("new", 0o644)
"""
    )
    files = [File(path="given", data=b"g"), File(path="same", data=b"s")]
    ran = carried(program, Line(words=[], lang="en", files=files, folders=["b/c"]))
    assert [(one.path, one.data, one.private) for one in ran.files] == [
        ("a/private", b"", True),
        ("given", b"g!", ran.files[1].private),
        ("new", b"n", False),
    ]
    monkeypatch.setattr(running, "MOST", 0)
    with pytest.raises(StoreAway, match="at most"):
        carried(program, Line(words=[], lang="en", files=files))


def test_of_the_surroundings_only_what_names_the_database_is_handed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INCIDENT_KEY", "/secret/key")
    monkeypatch.setenv("INCIDENT_TOKEN", "inc_secret")
    monkeypatch.setenv("PGPASSFILE", "/home/x/.pgpass")
    found = (
        carried(
            ECHO + "open('said', 'w').write(json.dumps(dict(os.environ)) + json.dumps(sys.argv))",
            Line(words=["status", "majian"], lang="en"),
        )
        .files[0]
        .data
    )
    assert b"secret" not in found
    assert all(word in found for word in (b"sqlite:///x.db", b"PGPASSFILE"))
    assert b"wang" not in found, "nobody is told so who it is for"


@pytest.mark.parametrize("path", ["", "/x", "../x", "a/../../x", "a\0b", "x" * 300])
def test_a_path_that_leads_elsewhere_or_is_none_is_refused(path: str) -> None:
    for line in (
        Line(words=[], lang="en", files=[File(path=path, data=b"")]),
        Line(words=[], lang="en", folders=[path]),
    ):
        with pytest.raises(RequestError):
            carried(ECHO, line)


def test_so_many_files_are_taken_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_MANY", 1)
    with pytest.raises(RequestError, match="at most 1"):
        carried(ECHO, Line(words=[], lang="en", folders=["a", "b"]))


def test_a_command_at_the_database_knows_nothing_of_servers(desk: Desk) -> None:
    program = """
import sys
from incident.cli import main
sys.argv = ["incident", "status", "majian", "--json"]
try:
    main()
finally:
    print(sorted({"incident.cli.remote", "incident.cli.served", "http.client"} & {*sys.modules}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env=desk.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
