"""The journal only grows: whatever else is tried on its tables is refused by the database itself."""

from __future__ import annotations

from hashlib import sha256
from importlib import import_module
from time import time
from typing import Final

import pytest
from sqlalchemy import Connection, exc

from incident.domain import clock
from incident.domain.errors import StoreError
from incident.domain.identity import Access
from incident.service.ports_identity import WantedAccess
from incident.store.guards import GUARDS, NAMES
from incident.store.inspection import inspect_database
from incident.store.sql import SqlStore
from incident.testing.samples import append, came, filed, owed
from incident.testing.samples import begin as begin_sample
from tests.playbooks import CODE
from tests.service.story import activate, verified, whole_night

_NEXT: Final = (
    "INSERT INTO entry (jurisdiction, seq, at, source, event_id, body, leaf) SELECT '{code}', {seq}, at, "
)
_SELECT: Final = "{source}, {event}, body, leaf FROM entry WHERE seq = 4"


def insertion(seq: int, event: str = "NULL", code: str = CODE, insert: str = "INSERT") -> str:
    source = "NULL" if event == "NULL" else "'test'"
    statement = (_NEXT + _SELECT).format(code=code, seq=seq, source=source, event=event)
    return statement.replace("INSERT", insert, 1)


#: What is tried on both databases.
TRIED: Final = {
    "change an entry": "UPDATE entry SET at = 0",
    "change an entry to what it is": "UPDATE entry SET body = body",
    "move an entry": "UPDATE entry SET seq = 99 WHERE seq = 4",
    "take an entry away": "DELETE FROM entry WHERE seq = 4",
    "take all away": "DELETE FROM entry",
    "leave out a number": insertion(6),
    "write a number again": insertion(4),
    "write before the first": insertion(-1),
    "begin a journal with 1": insertion(1, code="other"),
    "answer an event twice": insertion(5, "'activated'"),
    "change a playbook": "UPDATE playbook SET body = body",
    "rename a playbook": "UPDATE playbook SET hash = 'x'",
    "take a playbook away": "DELETE FROM playbook",
    "store a playbook twice": "INSERT INTO playbook SELECT * FROM playbook",
}
_SAME: Final = "SELECT * FROM entry WHERE seq = 4"
#: What only SQLite knows: ways past a trigger on DELETE or UPDATE.
ON_SQLITE: Final = {
    "replace an entry": f"INSERT OR REPLACE INTO entry {_SAME}",
    "replace by REPLACE": f"REPLACE INTO entry {_SAME}",
    "replace by event": insertion(5, "'activated'", insert="INSERT OR REPLACE"),
    "replace by update": "UPDATE OR REPLACE entry SET seq = 3 WHERE seq = 4",
    "keep silent about it": insertion(6, insert="INSERT OR IGNORE"),
    "upsert": f"INSERT INTO entry {_SAME} ON CONFLICT DO UPDATE SET at = 0",
    "replace a playbook": "INSERT OR REPLACE INTO playbook SELECT jurisdiction, hash, x'00' FROM playbook",
}
#: What only PostgreSQL knows.
ON_POSTGRESQL: Final = {
    "empty the journal": "TRUNCATE entry",
    "empty the playbooks": "TRUNCATE playbook",
    "empty all": "TRUNCATE situation, entry, playbook, disclosure, standing, outbox CASCADE",
    "upsert by number": f"INSERT INTO entry {_SAME} ON CONFLICT (jurisdiction, seq) DO UPDATE SET at = 0",
    "upsert by event": insertion(5, "'activated'")
    + " ON CONFLICT (jurisdiction, source, event_id) DO UPDATE SET at = 0",
    "upsert a playbook": "INSERT INTO playbook SELECT * FROM playbook"
    " ON CONFLICT (jurisdiction, hash) DO UPDATE SET body = ''",
    "merge": "MERGE INTO entry USING (SELECT 4 AS n) AS s ON seq = s.n WHEN MATCHED THEN DELETE",
}


_TIMER: Final = "SELECT * FROM timer WHERE ended IS NOT NULL"
#: What is tried on timers, closings and attachments, on both databases.
TRIED_ON_TIMES: Final = {
    "change how a timer ended": "UPDATE timer SET result = 'met' WHERE ended IS NOT NULL",
    "open it again": 'UPDATE timer SET "end" = NULL, ended = NULL WHERE ended IS NOT NULL',
    "let it fire again": "UPDATE timer SET next_at = 0 WHERE ended IS NOT NULL",
    "take an ended timer away": "DELETE FROM timer WHERE ended IS NOT NULL",
    "take an open timer away": "DELETE FROM timer WHERE ended IS NULL",
    "store a timer twice": f"INSERT INTO timer {_TIMER}",
    "change a closing": "UPDATE closing SET late = 0",
    "take a closing away": "DELETE FROM closing",
    "close twice": "INSERT INTO closing SELECT * FROM closing",
    "change an attachment": "UPDATE attachment SET body = body",
}
TIMES_ON_SQLITE: Final = {
    "replace a timer": f"INSERT OR REPLACE INTO timer {_TIMER}",
    "replace by another": "UPDATE OR REPLACE timer SET seq = (SELECT seq FROM timer WHERE ended IS NOT NULL),"
    " n = (SELECT n FROM timer WHERE ended IS NOT NULL) WHERE ended IS NULL",
    "replace a closing": "INSERT OR REPLACE INTO closing SELECT * FROM closing",
    "replace an attachment": "INSERT OR REPLACE INTO attachment SELECT jurisdiction, digest, x'00'"
    " FROM attachment",
}
TIMES_ON_POSTGRESQL: Final = {
    "empty the timers": "TRUNCATE timer",
    "empty the closings": "TRUNCATE closing",
    "upsert a timer": f"INSERT INTO timer {_TIMER} ON CONFLICT (jurisdiction, seq, n)"
    " DO UPDATE SET result = 'met'",
    "upsert an attachment": "INSERT INTO attachment SELECT * FROM attachment"
    " ON CONFLICT (jurisdiction, digest) DO UPDATE SET body = ''",
}


def attempt(connection: Connection, statement: str) -> None:
    with pytest.raises(exc.IntegrityError):
        connection.exec_driver_sql(statement)
    connection.rollback()


@pytest.fixture
def night(store: SqlStore) -> SqlStore:
    whole_night(store)
    return store


def test_journal_is_not_changed_by_any_statement(night: SqlStore) -> None:
    before = verified(night)
    ours = ON_SQLITE if night._engine.dialect.name == "sqlite" else ON_POSTGRESQL
    with night._engine.connect() as connection:
        for statement in {**TRIED, **ours}.values():
            attempt(connection, statement)

    assert verified(night) == before
    activate(night, id="afterwards")
    assert verified(night).entries == 6


@pytest.fixture
def times(store: SqlStore) -> SqlStore:
    """A timer that ended, one that is open, a filing, and what was attached."""
    begin_sample(store, "1", owed(remind=None))
    with store.reading() as tx:
        (deadline,) = tx.open_timers("1")
    append(store, "1", facts=[filed(deadline, attachments=[b"x"])], attachments=[b"x"])
    append(store, "1", facts=[came(deadline, result="met")])
    return store


def test_what_was_promised_and_came_is_not_changed_by_any_statement(times: SqlStore) -> None:
    def told() -> list[object]:
        with times.reading() as tx:
            return [*tx.ended_timers("1"), *tx.open_timers("1"), *tx.closings("1")]

    before = told()
    assert len(before) == 3
    ours = TIMES_ON_SQLITE if times._engine.dialect.name == "sqlite" else TIMES_ON_POSTGRESQL
    with times._engine.connect() as connection:
        for statement in {**TRIED_ON_TIMES, **ours}.values():
            attempt(connection, statement)
    assert told() == before


#: What is tried on the record of access.
TRIED_ON_ACCESS: Final = {
    "change a line": "UPDATE identity_access SET what = NULL",
    "change it to what it is": "UPDATE identity_access SET seq = seq",
    "take a line away": "DELETE FROM identity_access WHERE seq = 1",
    "write a line again": "INSERT INTO identity_access SELECT * FROM identity_access",
}
ACCESS_ON_SQLITE: Final = {
    "replace a line": "INSERT OR REPLACE INTO identity_access SELECT * FROM identity_access",
    "replace by update": "UPDATE OR REPLACE identity_access SET seq = 0 WHERE seq = 1",
}
ACCESS_ON_POSTGRESQL: Final = {
    "empty it": "TRUNCATE identity_access",
    "upsert a line": "INSERT INTO identity_access SELECT * FROM identity_access ON CONFLICT (seq)"
    " DO UPDATE SET what = NULL",
}


#: An instant after which none of these lines can be old, whenever this is run.
YOUNG: Final = clock.read_stamp("9000-01-01T00:00:00Z")


def test_record_of_access_is_not_changed_by_any_statement(store: SqlStore) -> None:
    identity = store.identity()
    with identity.writing() as tx:
        noted = [tx.note(Access(at=YOUNG + n, kind="login", what="x")) for n in range(3)]
        tx.commit()
    ours = ACCESS_ON_SQLITE if store._engine.dialect.name == "sqlite" else ACCESS_ON_POSTGRESQL
    with store._engine.connect() as connection:
        for statement in {**TRIED_ON_ACCESS, **ours}.values():
            attempt(connection, statement)
    with identity.reading() as tx:
        assert tx.accesses(WantedAccess(), 9) == noted[::-1]


def test_line_of_access_goes_only_when_it_is_older_than_six_months(store: SqlStore) -> None:
    """By the clock of the database: nobody who writes there can make a line old."""
    now = int(time())
    day, identity = 86400, store.identity()
    with identity.writing() as tx:
        for days in (400, 185, 183, 0):
            tx.note(Access(at=now - days * day, kind="login"))
        tx.commit()
    with identity.writing() as tx:
        assert tx.drop_accesses(now - 184 * day, 9) == 2
        tx.commit()
    with pytest.raises(StoreError, match="older than 184 days") as caught, identity.writing() as tx:
        tx.drop_accesses(now - 182 * day, 9)
    assert "clocks" in str(caught.value.do)
    assert "six months" in str(caught.value.__cause__)
    with identity.reading() as tx:
        assert [one.seq for one in tx.accesses(WantedAccess(), 9)] == [3, 2]


def test_attachment_may_be_erased_and_come_again(times: SqlStore) -> None:
    digest = sha256(b"x").hexdigest()
    with times._engine.connect() as connection:
        assert connection.exec_driver_sql("DELETE FROM attachment").rowcount == 1
        connection.commit()
    with times.reading() as tx:
        assert tx.attachment("1", digest) is None
    append(times, "1", facts=[filed(attachments=[b"x"])], attachments=[b"x"])
    with times.reading() as tx:
        assert tx.attachment("1", digest) == b"x"


def test_session_that_plays_replica_is_refused_too(postgres_store: SqlStore) -> None:
    """Plain triggers do not fire for it; ours are ENABLE ALWAYS."""
    whole_night(postgres_store)
    with postgres_store._engine.connect() as connection:
        for statement in (*TRIED.values(), *ON_POSTGRESQL.values()):
            connection.exec_driver_sql("SET session_replication_role = replica")
            attempt(connection, statement)

    assert verified(postgres_store).entries == 5


def test_disclosures_and_posture_are_no_part_of_the_journal(night: SqlStore) -> None:
    """They have to change: what names a person may be erased, what stands ends."""
    with night._engine.connect() as connection:
        erased = connection.exec_driver_sql("DELETE FROM disclosure").rowcount
        connection.commit()

    assert erased > 0
    assert verified(night).disclosures == 0


def test_guards_are_the_ones_that_are_looked_for(night: SqlStore, url: str) -> None:
    found = inspect_database(url)

    assert found.missing_guards == []
    assert found.revision == found.expected
    assert NAMES.keys() == {"sqlite", "postgresql"}


def test_guard_that_was_taken_away_is_missed(night: SqlStore, url: str) -> None:
    is_sqlite = night._engine.dialect.name == "sqlite"
    name = "entry_no_update" if is_sqlite else "entry_no_change"
    drop = f"DROP TRIGGER {name}" if is_sqlite else f"ALTER TABLE entry DISABLE TRIGGER {name}"
    with night._engine.connect() as connection:
        connection.exec_driver_sql(drop)
        connection.commit()

    assert inspect_database(url).missing_guards == [name]


def test_guard_that_fires_only_for_some_sessions_is_missed(
    postgres_store: SqlStore, postgres_url: str
) -> None:
    with postgres_store._engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE entry ENABLE TRIGGER entry_no_truncate")
        connection.commit()

    assert inspect_database(postgres_url).missing_guards == ["entry_no_truncate"]


def test_guards_of_the_migrations_are_the_ones_a_new_database_gets() -> None:
    """Each holds its own copy, so that a later change of the guards cannot change it."""
    first, third, fourth, seventh, eighth, eleventh = (
        import_module(f"incident.migrations.versions.{name}").GUARDS
        for name in (
            "m0001_journal",
            "m0003_timers",
            "m0004_duty",
            "m0007_evidence",
            "m0008_identity",
            "m0011_access",
        )
    )
    # on PostgreSQL the third takes one away and makes it anew; so do the seventh and the eleventh, on both
    made = {
        "sqlite": [one for one in first["sqlite"] if "entry_no_update" not in one]
        + third["sqlite"]
        + fourth["sqlite"]
        + seventh["sqlite"]
        + [one for one in eighth["sqlite"] if "no_delete" not in one]
        + eleventh["sqlite"],
        "postgresql": [
            one for one in first["postgresql"] if "in_order" not in one and "entry_no_change" not in one
        ]
        + [one for one in third["postgresql"] if not one.startswith("DROP")]
        + fourth["postgresql"]
        + seventh["postgresql"]
        + [one for one in eighth["postgresql"] if "no_change" not in one]
        + eleventh["postgresql"],
    }
    assert {dialect: sorted(made[dialect]) for dialect in GUARDS} == {
        dialect: sorted(statements) for dialect, statements in GUARDS.items()
    }


def test_temporary_table_of_the_same_name_fools_no_guard(postgres_store: SqlStore) -> None:
    whole_night(postgres_store)
    gap = insertion(7).replace("INTO entry", "INTO public.entry").replace("FROM entry", "FROM public.entry")
    with postgres_store._engine.connect() as connection:
        for statement in (
            "CREATE TEMPORARY TABLE entry (LIKE public.entry)",
            "INSERT INTO pg_temp.entry SELECT * FROM public.entry WHERE seq = 4",
            "UPDATE pg_temp.entry SET seq = 6",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
        attempt(connection, gap)


def test_guards_refuse_what_is_there_already_without_a_constraint(postgres_store: SqlStore) -> None:
    whole_night(postgres_store)
    with postgres_store._engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE entry DROP CONSTRAINT entry_event")
        connection.exec_driver_sql("ALTER TABLE playbook DROP CONSTRAINT playbook_pkey")
        connection.commit()
        attempt(connection, TRIED["answer an event twice"])
        attempt(connection, TRIED["store a playbook twice"])


_HOLLOW: Final = "DROP TRIGGER {0}; CREATE TRIGGER {0} BEFORE {1} ON {2} BEGIN SELECT 1; END"
#: What is done to the guards → those that are not what they were.
HOLLOWED_ON_SQLITE: Final = {
    _HOLLOW.format("entry_no_update", "UPDATE", "entry"): "entry_no_update",
    _HOLLOW.format("entry_no_delete", "DELETE", "outbox"): "entry_no_delete",
    _HOLLOW.format("playbook_once", "INSERT", "playbook"): "playbook_once",
    _HOLLOW.format("timer_no_update", "UPDATE", "timer"): "timer_no_update",
}
_FUNCTION: Final = (
    "CREATE OR REPLACE FUNCTION {0}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp"
    " AS $$ BEGIN RETURN NEW; END $$"
)
_ON_POSTGRESQL: Final = (
    "CREATE OR REPLACE TRIGGER entry_no_change BEFORE DELETE OR UPDATE ON entry FOR EACH ROW {0};"
    "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_no_change"
)
HOLLOWED_ON_POSTGRESQL: Final = {
    _FUNCTION.format("incident_in_order"): "entry_in_order",
    _FUNCTION.format("incident_append_only"): "attachment_no_change checkpoint_no_change"
    " checkpoint_no_truncate closing_no_change closing_no_truncate"
    " duty_no_change duty_no_delete duty_no_truncate"
    " entry_no_change entry_no_delete entry_no_truncate identity_access_no_change"
    " identity_access_no_truncate playbook_no_change playbook_no_truncate"
    " timer_no_change"
    " timer_no_delete timer_no_truncate",
    _FUNCTION.format("incident_kept"): "identity_access_no_delete",
    "ALTER FUNCTION incident_in_order() RESET ALL": "entry_in_order",
    "CREATE OR REPLACE TRIGGER timer_no_change BEFORE UPDATE ON timer FOR EACH ROW"
    " WHEN (OLD.ended IS NULL) EXECUTE FUNCTION incident_append_only();"
    "ALTER TABLE timer ENABLE ALWAYS TRIGGER timer_no_change": "timer_no_change",
    _ON_POSTGRESQL.format("WHEN (false) EXECUTE FUNCTION incident_append_only()"): "entry_no_change",
    _FUNCTION.format("other") + ";" + _ON_POSTGRESQL.format("EXECUTE FUNCTION other()"): "entry_no_change",
    "DROP TRIGGER entry_no_truncate ON entry; CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON outbox"
    " EXECUTE FUNCTION incident_append_only();"
    "ALTER TABLE outbox ENABLE ALWAYS TRIGGER entry_no_truncate": "entry_no_truncate",
}


@pytest.mark.parametrize("done", HOLLOWED_ON_SQLITE)
def test_hollow_guard_of_the_right_name_is_found(sqlite_store: SqlStore, sqlite_url: str, done: str) -> None:
    drop, create = done.split(";", 1)
    with sqlite_store._engine.connect() as connection:
        connection.exec_driver_sql(drop)
        connection.exec_driver_sql(create)

    assert inspect_database(sqlite_url).missing_guards == HOLLOWED_ON_SQLITE[done].split()


@pytest.mark.parametrize("done", HOLLOWED_ON_POSTGRESQL)
def test_hollow_guard_on_a_server_is_found(postgres_store: SqlStore, postgres_url: str, done: str) -> None:
    with postgres_store._engine.connect() as connection:
        connection.exec_driver_sql(done)
        connection.commit()

    assert inspect_database(postgres_url).missing_guards == HOLLOWED_ON_POSTGRESQL[done].split()
