"""A command at a server takes no more than it may; what ended it is said, and nothing of it is left."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

import pytest

from incident.cli import bounds, exits
from incident.cli.running import Place, run
from incident.domain.errors import StoreAway
from incident.domain.identity import SignedIn
from incident.views.commands import Line, Ran

WANG: Final = SignedIn(user="u", login="wang", name="Wang", sign=None, grants=())
#: `served.py`, in which the command is another.
ANOTHER: Final = """
import os, sys
from incident.cli import bounds, root, served
def invoke(_context):
    {does}
root.incident.invoke = invoke
served.main()
"""


def carried_out(folder: Path, does: str, *, words: tuple[str, ...] = ("status",)) -> Ran:
    """Let a process do something as a command at a server."""
    script = ANOTHER.format(does=does)
    place = Place(
        f"sqlite:///{folder / 'incident.db'}", None, lambda: False, [sys.executable, "-P", "-c", script]
    )
    return run(place, WANG, "127.0.0.1", Line(words=[*words], lang="en"))


def test_process_bounds_itself_and_so_whatever_it_starts(tmp_path: Path) -> None:
    with (tmp_path / "incident.db").open("wb") as file:
        file.truncate(4096)
    with (tmp_path / "incident.db-wal").open("wb") as file:
        file.truncate(8192)
    asked = (
        "import json, resource, subprocess; "
        "names = ('AS', 'CPU', 'FSIZE', 'CORE'); "
        "print(json.dumps([resource.getrlimit(getattr(resource, 'RLIMIT_' + n)) for n in names]))"
    )
    ran = carried_out(
        tmp_path,
        f"import subprocess; print(subprocess.run([sys.executable, '-c', {asked!r}], "
        "capture_output=True, text=True, check=True).stdout)",
    )

    memory, computing, files, core = json.loads(ran.out)
    assert memory == [bounds.MEMORY] * 2
    # told what it is for, and only then killed
    assert bounds.COMPUTING == computing[0] < computing[1]
    # a file may grow beyond what the database is already, which SQLite writes to as well
    assert files == [bounds.GROWTH + 8192] * 2
    assert core == [0, 0]


def test_command_that_takes_too_much_memory_says_so(tmp_path: Path) -> None:
    ran = carried_out(tmp_path, f"bytearray({bounds.MEMORY})")

    assert (ran.code, ran.out) == (exits.STORAGE, b"")
    assert b"nothing half done was kept" in ran.err


def test_file_that_is_too_long_is_not_written(tmp_path: Path) -> None:
    ran = carried_out(tmp_path, f"open('x', 'wb').truncate({bounds.GROWTH + 1})")

    assert ran.code == exits.STORAGE
    assert b"File too large" in ran.err


@pytest.mark.parametrize("words", [("status",), ("status", "--json")])
def test_more_than_is_answered_is_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    ran = carried_out(
        tmp_path, "served.MOST = 9000; [print('x' * 999, flush=True) for _ in range(99)]", words=words
    )

    assert (ran.code, len(ran.out)) == (exits.STORAGE, 9000)
    assert b"ask for less at once" in ran.err


#: How a process ends that says nothing any more → what is said of it.
ENDS: Final = [
    ("served.Ran = lambda **_: bytearray(bounds.MEMORY)", f"at most {bounds.MEMORY >> 20} MB of memory"),
    ("import signal; os.kill(os.getpid(), signal.SIGXCPU)", f"at most {bounds.COMPUTING} s of computing"),
    ("import signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ("import signal; os.kill(os.getpid(), 40)", "SIG40"),
    ("os._exit(9)", "ended with 9"),
    ("os._exit(0)", "ended with 0"),
]


@pytest.mark.parametrize(("does", "said"), ENDS)
def test_command_that_died_is_told_with_what_it_died_of(tmp_path: Path, does: str, said: str) -> None:
    with pytest.raises(StoreAway) as away:
        carried_out(tmp_path, does)

    assert said in str(away.value)
    assert "nothing half done was kept" in str(away.value)
    assert exits.code_of(away.value) == exits.STORAGE


def test_what_a_command_started_ends_with_it(tmp_path: Path) -> None:
    """It would go on for ever, and hold a pipe open until then."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ours = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        carried_out(
            tmp_path,
            f"import subprocess; held = open({str(pipe)!r}, 'wb'); "
            "subprocess.Popen(['sleep', '600'], stdout=held)",
        )
        os.set_blocking(ours, True)
        assert os.read(ours, 1) == b"", "nobody holds it any more"
    finally:
        os.close(ours)


def test_narrower_bound_of_the_system_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    said: dict[int, tuple[int, int]] = {}
    free = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    narrow = {resource.RLIMIT_AS: (1 << 19, 1 << 20)}
    monkeypatch.setattr(resource, "getrlimit", lambda what: narrow.get(what, free))
    monkeypatch.setattr(resource, "setrlimit", said.__setitem__)
    bounds.bind(None)

    assert said[resource.RLIMIT_AS] == (1 << 19, 1 << 20)
    assert said[resource.RLIMIT_FSIZE] == (bounds.GROWTH, bounds.GROWTH)


def test_platform_that_has_no_bounds_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    def refused(what: int, bound: tuple[int, int]) -> None:
        raise ValueError("macOS")

    monkeypatch.setattr(resource, "getrlimit", lambda _what: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refused)
    bounds.bind(None)
    monkeypatch.setitem(sys.modules, "resource", None)
    bounds.bind(None)
