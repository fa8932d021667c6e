"""The command line against a server when something breaks: the line, the screen, a person's patience."""

from __future__ import annotations

import errno
import io
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

import msgspec
import pytest

from incident import cli, language
from incident.cli import remote
from incident.views.commands import Ran
from tests.cli.desk import Desk, Said

RAN: Final = msgspec.json.encode(Ran(code=0, out=b"said\n", err=b""))


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """Answer whoever comes with these bytes, and hang up; gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:

        def answer() -> None:
            line, _address = taken.accept()
            with line:
                while b"\r\n\r\n" not in line.recv(65536):
                    pass
                line.sendall(raw)
                line.shutdown(socket.SHUT_WR)
                while line.recv(65536):
                    pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        thread.join(10)


def answer(body: bytes, status: str = "200 OK", length: int | None = None, *more: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


@pytest.fixture
def desk() -> Desk:
    """Somebody who has a token, and no database."""
    desk = Desk("sqlite:////nowhere/x.db")
    desk.program = remote.run_there
    desk.said["INCIDENT_TOKEN"] = "inc_x"
    return desk


def asked(desk: Desk, raw: bytes, *words: str) -> Said:
    with answering(raw) as address:
        desk.said["INCIDENT_SERVER"] = address
        return desk.run(*words)


#: What comes instead of an answer → exit code, and what is said of it.
BROKEN: Final = [
    (b"", 5, "closed connection without response"),
    (b"what?\r\n\r\n", 5, "what?"),
    (answer(RAN, length=len(RAN) + 9), 5, "broke off"),
    (answer(RAN[:-9], length=len(RAN)), 5, "broke off"),
    (answer(b"{}"), 5, "something else"),
    (answer(b"[" * 100_000), 5, "something else"),
    (answer(b"<html>", "502 Bad Gateway"), 5, "502 Bad Gateway"),
    (answer(b"", "301 Moved Permanently", None, "Location: https://elsewhere.example/"), 5, "301"),
    (answer(b'{"type": "about:blank"}', "429 Too Many", None, "Retry-After: 5"), 5, "again in 5 s"),
    (answer(b'{"type": "about:blank"}', "403 Forbidden"), 3, "403 Forbidden"),
    (answer(b'{"type": "about:blank"}', "422 Unprocessable"), 2, "422"),
]


@pytest.mark.parametrize(("raw", "code", "words"), BROKEN, ids=range(len(BROKEN)))
def test_answer_that_is_none_is_told_as_what_it_is(desk: Desk, raw: bytes, code: int, words: str) -> None:
    said = asked(desk, raw, "status", "majian")

    assert (said.code, said.out) == (code, ""), said
    assert words in said.err
    assert "do:" in said.err


class Full(io.StringIO):
    """What no more can be written to."""

    def __init__(self, why: int) -> None:
        super().__init__()
        self._why = why

    def write(self, _words: str) -> int:
        raise OSError(self._why, os.strerror(self._why))


@pytest.mark.parametrize("words", [("status", "majian"), ("status", "majian", "--json")])
def test_full_disk_behind_stdout_is_said(
    desk: Desk, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(answer(RAN)) as address, desk.seated():
        os.environ["INCIDENT_SERVER"] = address
        language.choose(words)
        with mock.patch.object(sys, "stdout", Full(errno.ENOSPC)):
            assert remote.run_there(words) == 5

    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "look: incident status" in said


def must_end(desk: Desk, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int) -> None:
    def send(*_line: Any) -> Ran:
        raise error

    monkeypatch.setattr(remote, "_send", send)
    desk.said["INCIDENT_SERVER"] = "http://127.0.0.1:1"
    said = desk.run("status", "majian")
    assert (said.code, said.out) == (code, ""), said


def test_who_stops_it_is_told_to_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    must_end(desk, monkeypatch, KeyboardInterrupt(), 2)


def test_machine_without_memory_is_no_fault(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    must_end(desk, monkeypatch, MemoryError(), 5)


def test_who_stops_it_while_it_comes_up_is_told_that_nothing_was_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(_words: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(language, "choose", stop)
    with mock.patch("gc.disable"), pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 2
    assert capsys.readouterr().err.strip() != ""
