"""A person at a real terminal: a pseudo-terminal whose other end reads the screen and types answers.

A talk is a list of questions and answers. A question that never comes is a failure, and one that nobody
answers ends after a while as if the person had left (Ctrl-D), so that no test hangs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO
from unittest import mock

from incident import language
from tests.cli.desk import CHECKOUT, Desk

COLUMNS = 200
PATIENCE_SECONDS = 20.0
#: After how long somebody who interrupts presses Ctrl-C once more: the first one may come in the instant
#: before Python begins to read, which then does not notice it until the next key.
AGAIN_SECONDS = 1.0
INTERRUPT, LEAVE = b"\x03", b"\x04"
#: Parts of a question, and what is typed when it stands there.
Talk = Sequence[tuple[str, str]]
_STYLES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Screen(NamedTuple):
    """How a command ended and what stood on the screen, with its styles and without."""

    code: int
    raw: str
    text: str


class Terminal:
    """Both ends of a pseudo-terminal; a thread reads the screen and answers each question when it stands."""

    def __init__(self, talk: Talk) -> None:
        self._talk = list(talk)
        self._keyboard, self.device = pty.openpty()
        size = struct.pack("HHHH", 50, COLUMNS, 0, 0)
        fcntl.ioctl(self.device, termios.TIOCSWINSZ, size)
        self._shown = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        # Linux ends a terminal with EIO when nobody has it open any more
        with contextlib.suppress(OSError):
            read_up_to, typed, again = 0, b"", 0
            while True:
                is_pressed = typed == INTERRUPT and again < PATIENCE_SECONDS
                ready, _, _ = select.select(
                    [self._keyboard], [], [], AGAIN_SECONDS if is_pressed else PATIENCE_SECONDS
                )
                if not ready:
                    again += 1
                    os.write(self._keyboard, INTERRUPT if is_pressed else LEAVE)
                    continue
                self._shown += os.read(self._keyboard, 4096)
                if self._talk and self._talk[0][0].encode() in self._shown[read_up_to:]:
                    read_up_to = len(self._shown)
                    typed = self._talk.pop(0)[1].encode()
                    os.write(self._keyboard, typed)

    def closed(self) -> str:
        """Close it and give all that was shown; every question has to have come."""
        with contextlib.suppress(OSError):
            os.close(self.device)
        self._reader.join()
        os.close(self._keyboard)
        # an interrupt throws away what is on its way to the screen, halves of letters too (termios, NOFLSH)
        shown = self._shown.decode(errors="replace").replace("\r\n", "\n")
        assert not self._talk, f"never asked: {self._talk[0][0]}\n{shown}"
        return shown


def at_terminal(desk: Desk, *words: str, talk: Talk = (), out: Path | None = None) -> Screen:
    """Run a command in this process on a terminal, answering what it asks; stdout may go to a file."""
    terminal = Terminal(talk)
    try:
        with desk.seated(), _in_front_of(terminal.device, out):
            language.choose(words)
            code = desk.program(words)
    finally:
        shown = terminal.closed()
    return _screen(code, shown)


@contextlib.contextmanager
def _in_front_of(device: int, results: Path | None) -> Iterator[None]:
    with (
        os.fdopen(os.dup(device), encoding="utf-8") as keyboard,
        _results(device, results) as out,
        os.fdopen(os.dup(device), "w", encoding="utf-8") as err,
        mock.patch.object(sys, "stdin", keyboard),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        yield


def _results(device: int, file: Path | None) -> TextIO:
    return (
        os.fdopen(os.dup(device), "w", encoding="utf-8") if file is None else file.open("w", encoding="utf-8")
    )


def in_a_shell(desk: Desk, *words: str, talk: Talk = ()) -> Screen:
    """Run a command in a process of its own whose terminal this is."""
    terminal = Terminal(talk)
    try:
        done = subprocess.run(
            desk.command(*words),
            cwd=CHECKOUT,
            env=desk.environment() | {"TERM": "xterm-256color"},
            stdin=terminal.device,
            stdout=terminal.device,
            stderr=terminal.device,
            start_new_session=True,
            preexec_fn=_own_the_terminal,  # so that Ctrl-C arrives as a signal
            check=False,
        )
    finally:
        shown = terminal.closed()
    return _screen(done.returncode, shown)


def _own_the_terminal() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests in the background ignores it
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _screen(code: int, shown: str) -> Screen:
    text = _STYLES.sub("", shown)
    assert code in {0, 1, 2, 3, 4, 5}, text
    assert "Traceback" not in text
    return Screen(code, shown, text)
