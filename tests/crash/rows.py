"""All that a database holds, row by row, read by the driver alone: what a killed command leaves whole."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from incident.store.address import read_url

#: By table all rows, sorted; by `@` and a word what the database says of its own form.
Rows = dict[str, list[tuple[Any, ...]]]

#: What else a database says of itself; migrations change it.
_FORM: Final = {
    "@columns": "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "@indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "@guards": "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "@functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


def rows_of(url: str) -> Rows:
    """Give all that a database holds; nothing for one that is not there yet."""
    file = read_url(url)
    if file.get_backend_name() == "sqlite":
        return dict(_of_sqlite(Path(str(file.database))))
    return dict(_of_postgresql(url.replace("postgresql+psycopg://", "postgresql://")))


def _of_sqlite(file: Path) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    if not file.exists():
        return
    with closing(sqlite3.connect(file)) as connection:
        (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert whole == "ok", whole
        form = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        if form:
            yield "@form", sorted(form, key=repr)
        for table in (name for kind, name, _, _ in form if kind == "table"):
            yield table, sorted(connection.execute(f'SELECT * FROM "{table}"'), key=repr)


def _of_postgresql(dsn: str) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    with psycopg.connect(dsn) as connection:
        # one snapshot of all
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            select = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
            yield table, sorted(connection.execute(select), key=repr)
        if tables:
            for what, select_form in _FORM.items():
                yield what, sorted(connection.execute(select_form.encode()), key=repr)


def difference(found: Rows, expected: Rows) -> str:
    """Say where two databases differ; empty where they do not."""
    said = []
    for table in sorted({*found, *expected}):
        here, there = Counter(found.get(table, [])), Counter(expected.get(table, []))
        said += [f"  too much in {table}: {row!r:.300}" for row in [*(here - there)][:3]]
        said += [f"  missing in {table}: {row!r:.300}" for row in [*(there - here)][:3]]
    return "\n".join(said)
