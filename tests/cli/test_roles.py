"""Roles on PostgreSQL: the whole program runs as its writer, who can undo nothing that the guards protect."""

from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url
from sqlalchemy.sql.dml import UpdateBase

from incident.domain.errors import RequestError, StoreError
from incident.store import bulk, identity_statements, statements
from incident.store.roles import OWN, READ, WRITE, Right, script
from incident.store.tables import metadata
from incident.store.upgrade import upgrade
from tests.cli.desk import ACTIVATE, AGREED, STAND_DOWN, Desk, in_both_languages
from tests.playbooks import DAY, HOUR
from tests.postgres import PostgresServer, find_binaries

#: What erasing asks for.
TWO: Final = ("--reason", "期满", "--basis", "档案法", "--by", "甲", "--with", "乙", "--yes")


class Roles(NamedTuple):
    """A database of three roles; the tests' own user is a superuser."""

    url: str
    owner: str
    writer: str
    reader: str

    def desk(self, role: str) -> Desk:
        """Give a desk at which somebody is connected as `role`."""
        url: URL = make_url(self.url).set(username=role)
        return Desk(url.render_as_string(hide_password=False))

    def connect(self, role: str) -> psycopg.Connection[Any]:
        """Open a connection of the driver's own, in autocommit."""
        address = self.desk(role).url.replace("postgresql+psycopg", "postgresql", 1)
        return psycopg.connect(address, autocommit=True)


@pytest.fixture
def roles(postgres_url: str, postgres_server: PostgresServer) -> Iterator[Roles]:
    """The three roles in a database in which nothing is yet but the tables; names of their own."""
    part = uuid.uuid4().hex[:8]
    made = Roles(postgres_url, *(f"{name}_{part}" for name in ("owner", "writer", "reader")))
    upgrade(postgres_url)
    address = postgres_url.replace("postgresql+psycopg", "postgresql", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(script(*made[1:]).encode())
        yield made
        me = sql.Identifier(connection.info.user)
        for name in (made.owner, made.writer, made.reader):
            role = sql.Identifier(name)
            for statement in ("REASSIGN OWNED BY {0} TO {1}", "DROP OWNED BY {0}", "DROP ROLE {0}"):
                connection.execute(sql.SQL(statement).format(role, me))


@pytest.fixture
def writer(roles: Roles) -> Desk:
    """A desk at which the writer works."""
    return roles.desk(roles.writer)


def findings(desk: Desk, code: int = 1) -> dict[str, dict[str, Any]]:
    """Ask the doctor; the tests' server has fsync off, so one thing is never well."""
    said = desk.run("doctor", "--json")
    assert said.code == code, said
    return {one["check"]: one for one in said.objects()}


def test_the_whole_program_runs_as_the_writer(
    writer: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    people = tmp_path / "people.csv"
    people.write_text(
        "岗位,代号,姓名,起,止,联系方式\nduty.leader,P1,张甲,2025-01-01,,sms:13900000001\n", "utf-8"
    )
    setup = setup_of(tmp_path)
    key = str(tmp_path / "key")

    writer.done("adopt", "majian")
    writer.done("people", "import", str(people))
    writer.done(*ACTIVATE)
    writer.done("report", "file", "majian", "--from", "duty", "--form", "daily_report", "--zero")
    writer.clock.at += 30 * HOUR
    writer.done("run", "--once", "--outgoing", str(setup))
    writer.done("messages", "majian", "--again")
    writer.done("log", "add", "majian", "--said", "到岗")
    writer.done("journal", "key", "new", key)
    writer.done("journal", "checkpoint", "majian", "--key", key)
    writer.done(*STAND_DOWN)
    writer.clock.at += DAY
    writer.done("run", "--once", "--outgoing", str(setup))
    writer.done("people", "erase", "P1", *AGREED)
    assert writer.version() > 10
    assert writer.done("account", "majian")
    role = findings(writer)["role"]
    assert (role["well"], role["warning"]) == (True, False), role


def test_bodies_of_entries_are_dropped_by_the_owner_alone(
    roles: Roles, writer: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever had the writer's password could empty the record else."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    writer.done("adopt", "majian")
    writer.clock.at += 2 * DAY
    writer.done("run", "--once", "--outgoing", str(setup_of(tmp_path)))
    words = ("journal", "drop-bodies", "majian", "--before", "1", "--without-checkpoint", *TWO)

    said = writer.run(*words)
    assert said.code == 5, said
    assert "connect as a role that may" in said.err
    owner = roles.desk(roles.owner)
    owner.clock.at = writer.clock.at
    owner.done(*words)
    writer.done("journal", "verify", "majian")


def setup_of(folder: Path) -> Path:
    """Write an outgoing setup."""
    setup = folder / "outgoing.yaml"
    setup.write_text(f"sms: {{folder: {folder / 'out'}}}\n", "utf-8")
    setup.chmod(0o600)
    return setup


#: What somebody might try who has the writer's password; `{owner}` is the role that owns the tables.
FORBIDDEN: Final = {
    "alter a table": "ALTER TABLE entry ADD COLUMN more text",
    "switch a guard off": "ALTER TABLE entry DISABLE TRIGGER entry_no_change",
    "switch all guards off": "ALTER TABLE entry DISABLE TRIGGER ALL",
    "take a guard away": "DROP TRIGGER entry_no_change ON entry",
    "hollow a guard out": "CREATE OR REPLACE FUNCTION incident_append_only() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'",
    "make a guard of one's own": "CREATE TRIGGER mine BEFORE INSERT ON entry FOR EACH ROW"
    " EXECUTE FUNCTION incident_append_only()",
    "make a rule": "CREATE RULE mine AS ON INSERT TO entry DO INSTEAD NOTHING",
    "drop a table": "DROP TABLE entry",
    "drop the guards with their function": "DROP FUNCTION incident_append_only() CASCADE",
    "drop an index": "DROP INDEX entry_event",
    "rename a table": "ALTER TABLE entry RENAME TO other",
    "take a table over": "ALTER TABLE entry OWNER TO CURRENT_USER",
    "become the owner": 'SET ROLE "{owner}"',
    "be made the owner": 'GRANT "{owner}" TO CURRENT_USER',
    "pass as a replica": "SET session_replication_role = replica",
    "set it for later": "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
    "become a superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "make a table that shadows ours": "CREATE TABLE public.entry2 (n int)",
    "make a temporary table that shadows ours": "CREATE TEMPORARY TABLE entry (n int)",
    "make a view that shadows ours": "CREATE TEMPORARY VIEW entry AS SELECT 1",
    "make a function that shadows one": "CREATE FUNCTION public.pg_notify(text, text) RETURNS int"
    " LANGUAGE sql AS 'SELECT 1'",
    "make a schema that comes first": "CREATE SCHEMA mine",
    "run a program": "COPY entry TO PROGRAM 'cat'",
    "change an entry": "UPDATE entry SET at = 0",
    "empty a body": "UPDATE entry SET body = ''",
    "take an entry away": "DELETE FROM entry",
    "change a playbook": "UPDATE playbook SET body = body",
    "change a checkpoint": "UPDATE checkpoint SET note = ''",
    "take a checkpoint away": "DELETE FROM checkpoint",
    "take a timer away": "DELETE FROM timer",
    "change when a timer was due": "UPDATE timer SET due = 0",
    "change a closing": "UPDATE closing SET late = 0",
    "take a closing away": "DELETE FROM closing",
    "change who was on duty": "UPDATE duty SET holder = 'P9'",
    "take duty away": "DELETE FROM duty",
    "change what was attached": "UPDATE attachment SET body = ''",
    "take a jurisdiction away": "DELETE FROM situation",
    "change which jurisdiction it is": "UPDATE situation SET jurisdiction = '1'",
    "change a disclosure": "UPDATE disclosure SET text = ''",
    "take a message away": "DELETE FROM outbox",
    "change whom a message is for": "UPDATE outbox SET receiver = ''",
    "take a person away": "DELETE FROM person",
    "change who came in": "UPDATE identity_access SET what = NULL",
    "take a user away": "DELETE FROM identity_user",
    "exchange whose session it is": "UPDATE identity_session SET \"user\" = 'x'",
    "widen a token": "UPDATE identity_token SET scopes = 'administer'",
    "change the schema's number": "UPDATE alembic_version SET version_num = '0001'",
    **{f"empty {table}": f"TRUNCATE {table} CASCADE" for table in metadata.tables},
}


def test_writer_can_do_nothing_that_the_guards_protect(roles: Roles, writer: Desk) -> None:
    writer.done("adopt", "majian")
    for role in (roles.writer, roles.reader):
        with roles.connect(role) as connection:
            for what, statement in FORBIDDEN.items():
                with pytest.raises(psycopg.Error) as caught:
                    connection.execute(statement.replace("{owner}", roles.owner).encode())
                assert caught.value.sqlstate == "42501", (what, caught.value)
            # this one warns, and does nothing
            connection.execute("GRANT ALL ON entry TO CURRENT_USER")
    assert writer.version() == 1
    assert findings(writer)["role"]["warning"] is False


def test_writer_takes_away_of_the_record_of_access_only_what_is_old(roles: Roles, writer: Desk) -> None:
    writer.done("adopt", "majian")
    note = "INSERT INTO identity_access (seq, at, kind) VALUES (0, 0, 'login'), (1, 9e9::bigint, 'login')"
    with roles.connect(roles.writer) as connection:
        connection.execute(note.encode())
        with pytest.raises(psycopg.errors.RestrictViolation, match="six months"):
            connection.execute("DELETE FROM identity_access")
        connection.execute("DELETE FROM identity_access WHERE seq = 0")
        assert connection.execute("SELECT seq FROM identity_access").fetchall() == [(1,)]


def test_roles_that_are_older_than_the_tables_hold_up_the_dropping_alone(roles: Roles, writer: Desk) -> None:
    """Upgraded, and `db roles` not run again: the doctor says so, and promised times are kept."""
    writer.done("adopt", "majian")
    writer.done(*ACTIVATE)
    with roles.connect(roles.owner) as connection:
        connection.execute("INSERT INTO identity_access (seq, at, kind) VALUES (0, 0, 'login')")
        connection.execute(f"REVOKE DELETE ON identity_access FROM {roles.writer}".encode())
        version = writer.version()
        writer.clock.at += DAY

        said = writer.run("run", "--once")

        assert (said.code, "permission denied for table identity_access" in said.err) == (5, True)
        assert "incident db roles" in said.err
        assert writer.version() > version
        assert "DELETE ON identity_access" in findings(writer)["role"]["text"]
        connection.execute(f"GRANT DELETE ON identity_access TO {roles.writer}".encode())
    assert "access_dropped lines=1" in writer.done("run", "--once").err


def test_guards_hold_for_the_owner_too_until_they_are_switched_off(roles: Roles) -> None:
    """So the tests above show what the roles add, and not what the guards do anyway."""
    roles.desk(roles.writer).done("adopt", "majian")
    with roles.connect(roles.owner) as connection:
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("DELETE FROM entry")
        connection.execute("ALTER TABLE entry DISABLE TRIGGER entry_no_delete")
        connection.execute("DELETE FROM entry")


def test_reader_may_look_at_everything_and_write_nothing(roles: Roles, writer: Desk) -> None:
    writer.done("adopt", "majian")
    reader = roles.desk(roles.reader)

    assert reader.version() == 1
    for words in (("status",), ("history", "majian"), ("people", "list"), ("duty", "majian")):
        reader.done(*words)
    said = reader.run(*ACTIVATE)
    assert said.code == 5
    assert "connect as a role that may" in said.err
    role = findings(reader)["role"]
    assert (role["well"], role["warning"]) == (True, False)
    assert f"{roles.reader} reads; the tables are {roles.owner}'s" in role["text"]


def test_doctor_warns_of_an_owner_who_writes(roles: Roles, postgres_url: str) -> None:
    for desk in (roles.desk(roles.owner), Desk(postgres_url)):
        role = findings(desk)["role"]
        assert (role["well"], role["warning"]) == (True, True)
        assert "incident db roles" in role["text"]
    in_both_languages(roles.desk(roles.owner), "doctor")


def test_doctor_says_what_a_role_lacks_and_has_too_much(roles: Roles, writer: Desk) -> None:
    with roles.connect(roles.owner) as connection:
        connection.execute(f'GRANT TRUNCATE ON entry TO "{roles.writer}"'.encode())
        beyond = findings(writer)["role"]
        connection.execute(f'REVOKE TRUNCATE, INSERT ON entry FROM "{roles.writer}"'.encode())
        lacking = findings(writer)["role"]

    assert (beyond["well"], beyond["warning"]) == (True, True)
    assert "TRUNCATE ON entry" in beyond["text"]
    assert (lacking["well"], lacking["warning"]) == (False, False)
    assert "INSERT ON entry" in lacking["text"]


def test_upgrade_as_the_writer_says_who_has_to_run_it(roles: Roles, writer: Desk) -> None:
    assert "already" in writer.done("db", "upgrade").out
    with roles.connect(roles.owner) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0006'")

    with pytest.raises(StoreError, match=f"{roles.owner}, who owns the tables"):
        upgrade(writer.url)
    said = writer.run("db", "upgrade")
    assert said.code == 5
    assert f"run as the owner, {roles.owner}: incident db upgrade" in said.err


def test_script_runs_in_psql_as_printed_and_again(
    roles: Roles, postgres_url: str, postgres_server: PostgresServer
) -> None:
    printed = Desk(postgres_url).done("db", "roles", "--owner", roles.owner, "--writer", roles.writer)
    host = [f"--{name}={value}" for name, value in postgres_server.parameters.items() if name in _PSQL]
    name = str(make_url(postgres_url).database)
    command: list[str | Path] = [
        find_binaries() / "psql",
        "-X",
        "-v",
        "ON_ERROR_STOP=1",
        *_user(host),
        "-d",
        name,
    ]
    for _ in range(2):
        done = subprocess.run(command, input=printed.out, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
    assert findings(roles.desk(roles.writer))["role"]["warning"] is False


_PSQL: Final = ("host", "port", "user")


def _user(options: list[str]) -> list[str]:
    return [option.replace("--user=", "--username=") for option in options]


def test_script_refuses_a_role_that_it_could_not_bound(roles: Roles) -> None:
    address = roles.url.replace("postgresql+psycopg", "postgresql", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        for given in (
            f'ALTER ROLE "{roles.writer}" CREATEROLE',
            f'GRANT "{roles.owner}" TO "{roles.writer}"',
        ):
            connection.execute(given.encode())
            with pytest.raises(psycopg.errors.RaiseException, match="roles of their own"):
                connection.execute(script(*roles[1:]).encode())
            connection.execute("ROLLBACK")
            connection.execute(f'ALTER ROLE "{roles.writer}" NOCREATEROLE'.encode())


@pytest.mark.parametrize(
    "names",
    [
        ("", "writer"),
        ('a"b', "writer"),
        ("a'b", "writer"),
        ("owner", "w" * 64),
        ("owner", "写" * 22),
        ("same", "same"),
        ("owner", "writer", "writer"),
        ("owner", "$incident$"),
    ],
)
def test_names_that_no_role_should_have_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(RequestError):
        script(*names)


#: What the writer need not be given, for the program asks for it nowhere.
_COMPARED: Final = re.compile(r'"?(\w+)"? = ')


def needed() -> set[Right]:
    """Read off every statement of the store what it needs besides reading."""
    written = [text for text in vars(bulk).values() if isinstance(text, str)]
    written += [text for text in vars(identity_statements).values() if isinstance(text, str)]
    written += [bulk.advance((*statements.SITUATION_FIELDS[1:], "peaks"))]
    written += [str(one) for one in vars(statements).values() if isinstance(one, UpdateBase)]
    found = set()
    for text in written:
        if match := re.match(r"(INSERT INTO|DELETE FROM) (\w+)", text):
            found.add(Right(match[1].split()[0], match[2]))
            moved = text.partition("DO UPDATE SET ")[2]
        elif match := re.match(r"UPDATE (\w+) SET (.*?) WHERE", text):
            found |= {Right("UPDATE", match[1], column) for column in _COMPARED.findall(match[2])}
            continue
        else:
            continue
        found |= {Right("UPDATE", match[2], column) for column in _COMPARED.findall(moved)}
    return found


def test_writer_may_do_what_the_statements_of_the_store_do_and_nothing_else() -> None:
    assert needed() - OWN == WRITE - READ
    assert needed() >= OWN
