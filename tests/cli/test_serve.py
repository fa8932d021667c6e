"""`incident serve`: a real process, with a stream open, that ends when it is asked to."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from incident.store.database import LOCK_WAIT
from tests.cli.desk import CHECKOUT, Desk
from tests.cli.workers import PATIENCE


@contextlib.contextmanager
def serving(desk: Desk, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Start it at a free port; gives the process and what it says first."""
    process = subprocess.Popen(
        [sys.executable, "cli.py", "serve", "--port", "0", "--json", "--log-json", *words],
        cwd=CHECKOUT,
        env=desk.environment() | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, process.communicate(timeout=PATIENCE)
        yield process, json.loads(said)
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def ends(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]]]:
    """Ask it to end; gives the exit code and its log."""
    process.send_signal(signal.SIGTERM)
    _out, log = process.communicate(timeout=PATIENCE)
    return process.returncode, [json.loads(line) for line in log.splitlines()]


def test_it_serves_and_works_and_ends_with_streams_open(desk: Desk) -> None:
    desk.run("adopt", "majian")
    with serving(desk) as (process, said), contextlib.ExitStack() as streams:
        assert urlopen(f"{said['address']}/healthz").read() == b"ok\n"
        assert urlopen(f"{said['address']}/readyz").read() == b"ok\n"
        place = urlsplit(said["address"])
        for _ in range(2):  # connections that say nothing
            streams.enter_context(socket.create_connection((str(place.hostname), int(place.port or 0))))
        code, log = ends(process)

    assert code == 0
    assert [line["event"] for line in (log[0], log[-1])] == ["started", "stopped"]


def test_the_first_to_come_is_given_a_link_and_nobody_later(desk: Desk) -> None:
    with serving(desk) as (process, said):
        assert said["setup"].startswith(said["address"])
        page = urlopen(said["setup"]).read().decode()
        assert 'name="login"' in page
        ends(process)
    desk.done("user", "add", "first", "--name", "First")

    with serving(desk, "--no-worker") as (process, said):
        assert said["setup"] is None
        assert ends(process) == (0, [])


def test_it_ends_although_somebody_waits_for_the_database(desk: Desk) -> None:
    desk.done("user", "add", "first", "--name", "First")
    with (
        serving(desk, "--no-worker") as (process, said),
        closing(sqlite3.connect(desk.file, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        place = urlsplit(said["address"])
        form = b"login=first&password=x"
        with socket.create_connection((str(place.hostname), int(place.port or 0))) as waits:
            waits.sendall(
                b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n"
                b"content-length: %d\r\n\r\n%b" % (len(form), form)
            )
            assert urlopen(f"{said['address']}/healthz").read() == b"ok\n"  # by now it was read
            began = time.monotonic()
            code, log = ends(process)

    assert (code, log[-1]["event"]) == (0, "left_without_answer")
    assert time.monotonic() - began < LOCK_WAIT


def test_an_address_that_is_taken_is_said(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = desk.run("serve", "--port", str(taken.getsockname()[1]))

    assert found.code == 2
    assert "give another --host or --port" in found.err


@pytest.mark.parametrize("proxy", ["proxy.example", "10.0.0.256", "10.0.0.1/24", "*", ""])
def test_what_is_no_address_of_a_proxy_is_never_believed_and_said_so(desk: Desk, proxy: str) -> None:
    found = desk.run("serve", "--port", "0", "--behind", proxy)

    assert found.code == 2
    assert "such as 10.0.0.7" in found.err


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1"])
def test_an_address_of_another_machine_is_refused(desk: Desk, host: str) -> None:
    found = desk.run("serve", "--host", host, "--port", "0")

    assert found.code == 2
    assert "address of this machine" in found.err


def test_links_begin_with_the_address_by_which_browsers_come(desk: Desk) -> None:
    with serving(desk, "--public-url", "https://zhuji.example/") as (process, said):
        assert said["address"] == "https://zhuji.example"
        assert said["setup"].startswith("https://zhuji.example/setup/")
        ends(process)


@pytest.mark.parametrize(
    "url",
    [
        "zhuji.example",
        "ftp://zhuji.example",
        "https://",
        "https://a.example/x",
        "https://u@a.example",
        "http://a:b",
    ],
)
def test_an_address_by_which_no_browser_comes_is_refused(desk: Desk, url: str) -> None:
    found = desk.run("serve", "--public-url", url, "--port", "0")

    assert found.code == 2
    assert "https://incident.example" in found.err
