"""Hints: whoever writes on PostgreSQL is heard; who hears nothing says so once and comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import psycopg
import pytest
from psycopg import sql

from incident.store.database import connect
from incident.store.hints import Listener, identity, skew
from tests.postgres import PostgresServer

PATIENCE = 20.0


class Heard:
    """What a listener says."""

    def __init__(self) -> None:
        self.rings: SimpleQueue[None] = SimpleQueue()
        self.told: SimpleQueue[Exception | None] = SimpleQueue()

    def ring(self) -> None:
        self.rings.put(None)


@contextmanager
def listening(url: str) -> Iterator[Heard]:
    engine, heard = connect(url), Heard()
    listener = Listener(engine, heard.ring, heard.told.put)
    listener.start()
    try:
        yield heard
    finally:
        listener.stop()
        engine.dispose()
    assert "hints" not in {thread.name for thread in threading.enumerate()}


def notify(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("NOTIFY incident")


def test_hint_is_heard_and_so_is_that_it_listens(postgres_url: str) -> None:
    with listening(postgres_url) as heard:
        heard.rings.get(timeout=PATIENCE)  # what came before nobody heard

        notify(postgres_url)

        heard.rings.get(timeout=PATIENCE)
        assert heard.told.empty()


def test_listener_that_is_cut_off_says_so_once_and_listens_again(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN incident'"
    with listening(postgres_url) as heard, postgres_server.connect() as administrator:
        heard.rings.get(timeout=PATIENCE)

        administrator.execute(cut)

        assert isinstance(heard.told.get(timeout=PATIENCE), psycopg.Error)
        assert heard.told.get(timeout=PATIENCE) is None
        heard.rings.get(timeout=PATIENCE)
        notify(postgres_url)
        heard.rings.get(timeout=PATIENCE)


def test_listener_without_a_server_ends_when_told(postgres_url: str, postgres_server: PostgresServer) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    with postgres_server.connect() as administrator:
        administrator.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
        )
    with listening(postgres_url) as heard:
        assert heard.told.get(timeout=PATIENCE) is not None


def test_skew_is_the_difference_of_the_clocks(postgres_url: str) -> None:
    engine = connect(postgres_url)
    try:
        here = skew(engine)
        ahead = skew(engine, wall=lambda: 0.0)
    finally:
        engine.dispose()
    assert here is not None
    assert ahead is not None
    assert abs(here) < 1
    assert ahead > 1_000_000_000


def test_sqlite_has_no_clock_of_its_own(sqlite_url: str) -> None:
    assert skew(connect(sqlite_url)) is None


SAME = [
    # with and without a password, which changes nothing
    ("postgresql://incident@db/incident", "postgresql+psycopg://incident:secret@db/incident"),
    ("postgresql://incident@db/incident?a=1", "postgresql://incident@db/incident?password=x&a=1"),
    # the same file
    ("sqlite:////tmp/incident.db", "sqlite:////tmp/../tmp/incident.db"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_database_has_one_name_however_it_is_written(one: str, other: str) -> None:
    assert identity(one) == identity(other)


OTHER = [
    ("postgresql://incident@db/incident", "postgresql://incident@db/another"),
    ("postgresql://incident@db/incident", "postgresql://incident@db2/incident"),
    ("postgresql://incident@/incident?host=/a", "postgresql://incident@/incident?host=/b"),
    ("sqlite:////tmp/incident.db", "sqlite:////tmp/another.db"),
]


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_databases_have_other_names(one: str, other: str) -> None:
    assert identity(one) != identity(other)
