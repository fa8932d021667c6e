"""Where a database is said to be: wrong addresses, silent servers, and passwords in no message."""

from __future__ import annotations

import socket
import time
from contextlib import closing

import pytest

from incident.store import database
from incident.store.address import hidden
from tests.store.test_database import SECRET, refused, said

WRONG = [
    "",
    "incident.db",
    "postgresql",
    "sqlite://",
    "sqlite:///",
    "sqlite:///:memory:",
    f"mysql://duty:{SECRET}@host/incident",
    f"postgresql+nodriver://duty:{SECRET}@host/incident",
    f"postgresql+pg8000://duty:{SECRET}@host/incident",
    f"postgresql://duty:{SECRET}@host:port/incident",
    f"postgresql://duty:{SECRET}@@host/incident",
    f"postgresql://duty:a@{SECRET}@host/incident",
    f"postgresql://duty:{SECRET}@{SECRET}@host/incident",
    f"host=localhost password={SECRET} dbname=incident",
    f"host=localhost password = '{SECRET} with a space'",
]


@pytest.mark.parametrize("url", WRONG)
def test_wrong_url_says_what_a_right_one_looks_like(url: str) -> None:
    error = refused(url)

    assert "sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME" in said(error)


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize(
    "rest",
    [
        f"duty:{SECRET}@127.0.0.1:{{port}}/incident",
        f"duty@127.0.0.1:{{port}}/incident?password={SECRET}",
        f"127.0.0.1:{{port}}/incident?sslpassword={SECRET}",
        f"duty:a/{SECRET}@127.0.0.1:{{port}}/incident",
        f"duty:1/{SECRET}@127.0.0.1:{{port}}/incident",
        f"duty:{SECRET}/b@127.0.0.1:{{port}}/incident",
        f"duty:{SECRET}@no.such.host.invalid/incident",
        f"duty:{SECRET}@127.0.0.1/incident?nonsense=1",
    ],
)
def test_server_that_is_down_is_a_store_error_at_once(rest: str) -> None:
    began = time.monotonic()

    error = refused("postgresql://" + rest.format(port=free_port()))

    assert "a database that answers" in said(error)
    assert time.monotonic() - began < 6


def test_server_that_takes_the_call_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "CONNECT", 2)  # the shortest that the driver knows
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        error = refused(f"postgresql://duty:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/incident")

    assert "a database that answers" in said(error)
    assert 1 < time.monotonic() - began < 6


SHOWN = [
    ("sqlite:////srv/a@b/incident.db", "sqlite:////srv/a@b/incident.db"),
    ("postgresql://duty@host/db", "postgresql://duty@host/db"),
    (f"postgresql://duty:{SECRET}@host/db", "postgresql://duty:***@host/db"),
    (f"postgresql://duty:a@b/{SECRET}@host/db", "postgresql://duty:***@host/db"),
    (
        f"postgresql://host/db?user=duty&password={SECRET}&x=1",
        "postgresql://host/db?user=duty&password=***&x=1",
    ),
    (f"host=h PASSWORD='{SECRET} x' dbname=db", "host=h PASSWORD=*** dbname=db"),
]


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert hidden(url) == shown
