"""Letters handed to scripts: what a script is given, what its end means, and that it ends.

The scripts are small Python programs that run for real.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from incident.channels.script import script_outlet
from incident.service.letters import Letter, Outlet, UndeliverableError

LETTER = Letter(
    key="330681111-000012-0",
    address="13900000000",
    subject="马剑镇：Ⅱ级响应已启动",
    text="社区封控组即刻到岗。\n第二行 $(reboot) `x` \\n",
)
#: Long enough for any of these scripts on any machine; none takes it.
SECONDS = 60

#: Makes an outlet of the text of a script and the arguments behind it.
Make = Callable[..., Outlet]


def to(address: str) -> Letter:
    return Letter(key=LETTER.key, address=address, subject=LETTER.subject, text=LETTER.text)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def script(text: str, *arguments: str, seconds: float = SECONDS) -> Outlet:
        path = tmp_path / "send"
        path.write_text(f"#!{sys.executable} -I\n{textwrap.dedent(text)}", encoding="utf-8")
        path.chmod(0o700)
        return script_outlet([str(path), *(arguments or ("{address}",))], seconds)

    return script


# -- what it is given


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    return tmp_path / "seen"


REPORT = """
    import os, sys
    with open({path!r}, "wb") as file:
        file.write(sys.stdin.buffer.read())
        for one in sys.argv[1:]:
            file.write(b"\\0" + os.fsencode(one))
        for name in sorted(os.environ):
            file.write(b"\\1" + os.fsencode(name + "=" + os.environ[name]))
"""


def report(path: Path) -> tuple[str, list[str], dict[str, str]]:
    """Give what a script saw: its input, its arguments, its surroundings."""
    before, *surroundings = path.read_text(encoding="utf-8").split("\1")
    text, *arguments = before.split("\0")
    return text, arguments, dict(one.split("=", 1) for one in surroundings)


def test_script_gets_address_text_key_and_subject_unharmed(make: Make, seen: Path) -> None:
    make(REPORT.format(path=str(seen)), "--to", "{address}", "--urgent={address}")(LETTER)

    text, arguments, surroundings = report(seen)
    assert text == LETTER.text
    assert arguments == ["--to", "13900000000", "--urgent=13900000000"]
    assert surroundings["INCIDENT_KEY"] == LETTER.key
    assert surroundings["INCIDENT_SUBJECT"] == LETTER.subject


@pytest.mark.parametrize("address", ["; reboot", "$(reboot)", "a b", "'\"", "值班", "{address}", "*", ""])
def test_address_is_one_argument_whatever_stands_in_it(make: Make, seen: Path, address: str) -> None:
    make(REPORT.format(path=str(seen)))(to(address))
    assert report(seen)[1] == [address]


def test_script_sees_nothing_of_our_surroundings_but_what_programs_need(
    make: Make, seen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENT_DB", "postgresql://user:secret@db/incident")
    monkeypatch.setenv("PGPASSWORD", "secret")
    make(REPORT.format(path=str(seen)))(LETTER)

    surroundings = report(seen)[2]
    assert "PATH" in surroundings
    assert not {"INCIDENT_DB", "PGPASSWORD"} & set(surroundings)


def test_subject_is_one_line_in_the_surroundings(make: Make, seen: Path) -> None:
    letter = Letter(key="k", address="1", subject="one\ntwo\0three", text="")
    make(REPORT.format(path=str(seen)))(letter)
    assert report(seen)[2]["INCIDENT_SUBJECT"] == "one\\u000atwo\\u0000three"


def test_script_that_does_not_read_its_input_is_no_failure(make: Make) -> None:
    long = Letter(key="k", address="1", subject="s", text="值" * 1_000_000)
    make("import sys; sys.exit(0)")(long)


@pytest.mark.parametrize("address", ["139\x0000", "\ud800"])
def test_address_that_no_argument_can_hold_is_never_tried(make: Make, seen: Path, address: str) -> None:
    with pytest.raises(UndeliverableError, match="no script can be given"):
        make(REPORT.format(path=str(seen)))(to(address))
    assert not seen.exists()


def test_address_that_looks_like_an_option_is_never_tried(make: Make, seen: Path) -> None:
    with pytest.raises(UndeliverableError, match="looks like an option"):
        make(REPORT.format(path=str(seen)))(to("--delete-all"))
    assert not seen.exists()


def test_such_an_address_is_taken_where_it_cannot_be_an_option(make: Make, seen: Path) -> None:
    make(REPORT.format(path=str(seen)), "--to={address}")(to("-1"))
    assert report(seen)[1] == ["--to=-1"]


# -- what its end means


@pytest.mark.parametrize("code", [65, 67, 68, 69])
def test_script_may_say_that_it_will_never_be_taken(make: Make, code: int) -> None:
    with pytest.raises(UndeliverableError, match=f"exit code {code}: no such number"):
        make(f"import sys; print('no such number', file=sys.stderr); sys.exit({code})")(LETTER)


@pytest.mark.parametrize("code", [1, 2, 64, 70, 75, 255])
def test_any_other_failure_may_end(make: Make, code: int) -> None:
    with pytest.raises(OSError, match=f"^exit code {code}$"):
        make(f"import sys; sys.exit({code})")(LETTER)


def test_script_that_was_killed_may_be_taken_later(make: Make) -> None:
    with pytest.raises(OSError, match=r"^exit code -9$"):
        make("import os; os.kill(os.getpid(), 9)")(LETTER)


@pytest.mark.parametrize("text", [None, "not a program"])
def test_script_that_cannot_be_run_is_tried_later(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "send").write_text(text, encoding="utf-8")
        (tmp_path / "send").chmod(0o700)
    with pytest.raises(OSError, match="send"):
        script_outlet([str(tmp_path / "send"), "{address}", "hunter2"], SECONDS)(LETTER)


def test_what_it_prints_is_no_complaint(make: Make) -> None:
    with pytest.raises(OSError, match=r"^exit code 1$"):
        make("import sys; print('sent to 13900000000'); sys.exit(1)")(LETTER)


def test_first_line_of_the_complaint_is_told(make: Make) -> None:
    with pytest.raises(OSError, match=r"^exit code 1: 没有信号$"):
        make("""
            import sys
            sys.stderr.buffer.write("\\n 没有信号\\nsecond".encode())
            sys.exit(1)
        """)(LETTER)


def test_garbage_is_told_as_one_line_that_steers_no_terminal(make: Make) -> None:
    with pytest.raises(OSError, match="exit code 1") as caught:
        make(r"""
            import sys
            sys.stderr.buffer.write(b"\x1b[2J\xff\xfe\x00 bad \xe5\x80\r\x07")
            sys.exit(1)
        """)(LETTER)
    assert str(caught.value) == r"exit code 1: \u001b[2J\xff\xfe\u0000 bad \xe5\x80 \u0007"


def test_script_that_says_very_much_can_end_and_little_of_it_is_kept(make: Make) -> None:
    with pytest.raises(OSError, match="exit code 1: xxx") as caught:
        make("import sys; sys.stderr.write('x' * 10_000_000); sys.exit(1)")(LETTER)
    assert len(str(caught.value)) < 250


def test_neither_address_nor_arguments_are_told(make: Make) -> None:
    with pytest.raises(OSError, match="exit code 2") as caught:
        make(
            "import sys; print('usage:', *sys.argv[1:], 'hunter2', file=sys.stderr); sys.exit(2)",
            "--password=hunter2",
            "{address}",
        )(LETTER)
    assert str(caught.value) == "exit code 2: usage: *** *** ***"


def test_what_the_script_leaves_running_keeps_nobody_waiting(make: Make, tmp_path: Path) -> None:
    over = tmp_path / "over"
    os.mkfifo(over)
    # holds stderr of the script until somebody opens the other end
    waits = f"open({str(over)!r}).read()"
    with pytest.raises(OSError, match="exit code 3") as caught:
        make(f"""
            import subprocess, sys
            subprocess.Popen([sys.executable, "-c", {waits!r}], start_new_session=True)
            sys.stderr.write("gone\\n")
            sys.stderr.flush()
            sys.exit(3)
        """)(LETTER)
    over.write_text("")
    assert not isinstance(caught.value, TimeoutError)


# -- that it ends


def test_script_that_takes_too_long_is_killed(make: Make) -> None:
    with pytest.raises(TimeoutError, match="killed after 0 seconds"):
        make("import time; time.sleep(60)", seconds=0)(LETTER)


def test_script_is_killed_with_all_that_it_started(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    opened = f"import time; life = open({str(alive)!r}, 'w'); print('born', file=life, flush=True)"
    child = f"{opened}; time.sleep(60); life.write('grew old')"
    send = make(f"""
        import subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", {child!r}])
        time.sleep(60)
    """)
    wait = subprocess.Popen.wait

    with (tmp_path / "alive").open("r+b", buffering=0) as ours:
        # nobody waits for a time: it is over as soon as the child is born
        def over_when_born(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
            if timeout is None:
                return wait(process)
            assert ours.read(5) == b"born\n"
            raise subprocess.TimeoutExpired("send", timeout)

        monkeypatch.setattr(subprocess.Popen, "wait", over_when_born)
        reading = os.open(alive, os.O_RDONLY)
        with pytest.raises(TimeoutError):
            send(LETTER)
    with os.fdopen(reading, "rb") as rest:
        assert rest.read() == b"", "the end comes when nobody holds the other end any more"


PROGRAM = """
import sys, threading
from incident.channels.script import script_outlet
from incident.service.letters import Letter
letter = Letter(key="k", address="1", subject="s", text="t")
threading.Thread(target=script_outlet([sys.argv[1], "{address}"], 60), args=(letter,), daemon=True).start()
sys.stdin.readline()
"""


def test_script_does_not_outlive_the_program(tmp_path: Path) -> None:
    """Both ends of a pipe: it is at its end when neither the script nor what it started holds it any more."""
    fifo, path = tmp_path / "alive", tmp_path / "send"
    os.mkfifo(fifo)
    path.write_text(f"#!/bin/sh\nexec 3>{fifo}\necho begun >&3\nsleep 1000\n", encoding="utf-8")
    path.chmod(0o700)
    words = [sys.executable, "-c", PROGRAM, str(path)]
    with (
        subprocess.Popen(words, stdin=subprocess.PIPE, text=True) as program,
        fifo.open(encoding="ascii") as alive,
    ):
        assert alive.readline() == "begun\n"
        program.communicate("\n", timeout=SECONDS)
        is_over, _, _ = select.select([alive], [], [], SECONDS)
        assert is_over, "expected the script to end with the program"
        assert alive.read() == ""
    assert program.returncode == 0
