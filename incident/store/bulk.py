"""Statements for many rows at once: a batch of jurisdictions is locked, read and written in a few of them.

Written by hand, for what matters here is where each value goes: rows come as plain tuples, in the order of
the question marks. What is asked of many is asked with one list, JSON or an array of codes. What is written of
many goes row by row on SQLite; on PostgreSQL, where each row is a message of its own, as one list (`TOGETHER`).
"""

# ruff: noqa: S608 - what is put together are names of our own columns

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec
from sqlalchemy import Connection

from incident.store.statements import SITUATION_FIELDS, TIMER_FIELDS
from incident.store.tables import metadata

_json = msgspec.json.Encoder().encode


def _columns(names: Sequence[str], *, of: str = "", end: str = "") -> str:
    return ", ".join(f'{of}"{name}"{end}' for name in names)


def _insert(table: str) -> str:
    names = list(metadata.tables[table].columns.keys())
    return f"INSERT INTO {table} ({_columns(names)}) VALUES ({', '.join('?' * len(names))})"


#: Types of our columns on PostgreSQL, by what SQLAlchemy calls them.
_TYPES: Final = {"BigInteger": "bigint", "Boolean": "boolean", "LargeBinary": "bytea", "Text": "text"}


def _listed(table: str, names: Sequence[str]) -> tuple[str, list[str]]:
    """Give a JSON list of objects v0, v1, … as a relation `w`, and its columns; bytes are base64 in it."""
    types = [_TYPES[type(metadata.tables[table].c[name].type).__name__] for name in names]
    read = ", ".join(f"v{n} {'text' if kind == 'bytea' else kind}" for n, kind in enumerate(types))
    values = [f"decode(w.v{n}, 'base64')" if kind == "bytea" else f"w.v{n}" for n, kind in enumerate(types)]
    return f"json_to_recordset(%s::json) AS w ({read})", values


def _insert_together(table: str) -> str:
    names = list(metadata.tables[table].columns.keys())
    listed, values = _listed(table, names)
    return f"INSERT INTO {table} ({_columns(names)}) SELECT {', '.join(values)} FROM {listed}"


def _update_together(table: str, moved: Sequence[str], keys: Sequence[str], *, also: str = "") -> str:
    """Write an update whose rows hold what is set, then what finds the row; `also` is a condition."""
    listed, values = _listed(table, [*moved, *keys])
    sets = ", ".join(f'"{name}" = {value}' for name, value in zip(moved, values, strict=False))
    found = zip(keys, values[len(moved) :], strict=True)
    where = " AND ".join(f't."{name}" = {value}' for name, value in found)
    return f"UPDATE {table} AS t SET {sets} FROM {listed} WHERE {where}{also}"


NEW_ENTRY: Final = _insert("entry")
NEW_DISCLOSURE: Final = _insert("disclosure")
NEW_STANDING: Final = _insert("standing")
NEW_NOTICE: Final = _insert("outbox")
NEW_TIMER: Final = _insert("timer")
NEW_CLOSING: Final = _insert("closing")
NEW_PLAYBOOK: Final = _insert("playbook")
NEW_ATTACHMENT: Final = f"{_insert('attachment')} ON CONFLICT DO NOTHING"
_situation: Final = [*SITUATION_FIELDS, "peaks"]
NEW_SITUATION: Final = (
    f"INSERT INTO situation ({_columns(_situation)}) VALUES ({', '.join('?' * len(_situation))})"
)
#: All but the code, then the code and the version that was seen.
ADVANCE: Final = (
    f"UPDATE situation SET {_columns(_situation[1:], end=' = ?')} WHERE jurisdiction = ? AND version = ?"
)
#: Item, entry; code, kind, key.
CHANGE: Final = (
    'UPDATE standing SET item = ?, since_seq = ? WHERE jurisdiction = ? AND kind = ? AND "key" = ?'
)
#: Code, kind, key.
END: Final = 'DELETE FROM standing WHERE jurisdiction = ? AND kind = ? AND "key" = ?'
#: Fields of a timer that its end sets.
ENDING: Final = TIMER_FIELDS[TIMER_FIELDS.index("end") :]
_open: Final = "WHERE jurisdiction = ? AND seq = ? AND n = ? AND ended IS NULL"
#: Opening entry, what its end sets; code, entry, number.
END_TIMER: Final = f"UPDATE timer SET opened = ?, {_columns(ENDING, end=' = ?')}, next_at = NULL {_open}"
#: Opening entry; code, entry, number.
MOVE_TIMER: Final = f"UPDATE timer SET opened = ? {_open}"
#: Epoch; code.
MOVE_EPOCH: Final = "UPDATE timer SET epoch = ? WHERE jurisdiction = ? AND ended IS NULL"
_due: Final = "WHERE jurisdiction = ? AND ended IS NULL AND next_at <= ?"
#: Next instant, tries more; code, instant.
POSTPONE: Final = f"UPDATE timer SET next_at = ?, tries = tries + ? {_due}"
#: The same of one timer: its entry and number too.
POSTPONE_ONE: Final = f"{POSTPONE} AND seq = ? AND n = ?"
#: Code.
TAKE_UP: Final = (
    "UPDATE timer SET next_at = wake, tries = 0 WHERE jurisdiction = ? AND ended IS NULL AND next_at IS NULL"
)
#: Instant; code, entry, number. What was delivered before stays so.
DELIVERED: Final = (
    "UPDATE outbox SET done_at = ? WHERE jurisdiction = ? AND seq = ? AND n = ? AND done_at IS NULL"
)
#: Wakes whoever listens (`LISTEN incident`); a hint, for what is due is found in the tables.
NOTIFY: Final = "SELECT pg_notify('incident', '')"

_end_timer: Final = _update_together(
    "timer", ["opened", *ENDING], ["jurisdiction", "seq", "n"], also=" AND t.ended IS NULL"
).replace(" FROM ", ", next_at = NULL FROM ", 1)
#: Statements that have many rows when much is due at once, as PostgreSQL takes them with a list of rows.
TOGETHER: Final = {
    NEW_ENTRY: _insert_together("entry"),
    NEW_DISCLOSURE: _insert_together("disclosure"),
    NEW_STANDING: _insert_together("standing"),
    NEW_NOTICE: _insert_together("outbox"),
    NEW_TIMER: _insert_together("timer"),
    NEW_CLOSING: _insert_together("closing"),
    ADVANCE: _update_together("situation", _situation[1:], ["jurisdiction", "version"]),
    END_TIMER: _end_timer,
}

_timer: Final = _columns(TIMER_FIELDS, of="t.")
#: Locks the situations of some codes and gives them; on PostgreSQL those that nobody holds.
CLAIM: Final = {
    "sqlite": f"SELECT {_columns(_situation, of='s.')} FROM json_each(?) AS w"
    " CROSS JOIN situation AS s ON s.jurisdiction = w.value",
    "postgresql": f"SELECT {_columns(_situation)} FROM situation WHERE jurisdiction = ANY (?)"
    " ORDER BY jurisdiction FOR UPDATE SKIP LOCKED",
}
#: Code, epoch and timer of all that are to be carried out by an instant in some jurisdictions.
DUE: Final = {
    "sqlite": f"SELECT t.jurisdiction, t.epoch, {_timer} FROM json_each(?) AS w"
    " CROSS JOIN timer AS t ON t.jurisdiction = w.value WHERE t.ended IS NULL AND t.next_at <= ?"
    " ORDER BY t.jurisdiction, t.seq, t.n",
    "postgresql": f"SELECT t.jurisdiction, t.epoch, {_timer} FROM unnest(?::text[]) AS w (code)"
    " JOIN timer AS t ON t.jurisdiction = w.code WHERE t.ended IS NULL AND t.next_at <= ?"
    " ORDER BY t.jurisdiction, t.seq, t.n",
}
#: Items by (code, kind, key).
ITEMS: Final = {
    "sqlite": 'SELECT s.jurisdiction, s.kind, s."key", s.item, s.since_seq FROM json_each(?) AS w'
    " CROSS JOIN standing AS s ON s.jurisdiction = json_extract(w.value, '$[0]')"
    " AND s.kind = json_extract(w.value, '$[1]') AND s.\"key\" = json_extract(w.value, '$[2]')",
    "postgresql": 'SELECT s.jurisdiction, s.kind, s."key", s.item, s.since_seq'
    " FROM json_to_recordset(?::json) AS w (v0 text, v1 text, v2 text)"
    ' JOIN standing AS s ON s.jurisdiction = w.v0 AND s.kind = w.v1 AND s."key" = w.v2',
}
#: Closings by (code, key, sender, first due time), up to an instant.
FILED: Final = {
    "sqlite": 'SELECT c.jurisdiction, c."key", c."of", c.due, c.seq FROM json_each(?) AS w'
    " CROSS JOIN closing AS c ON c.jurisdiction = json_extract(w.value, '$[0]')"
    " AND c.\"key\" = json_extract(w.value, '$[1]') AND c.\"of\" = json_extract(w.value, '$[2]')"
    " AND c.due >= json_extract(w.value, '$[3]') WHERE c.due <= ?",
    "postgresql": 'SELECT c.jurisdiction, c."key", c."of", c.due, c.seq'
    " FROM json_to_recordset(?::json) AS w (v0 text, v1 text, v2 text, v3 bigint)"
    ' JOIN closing AS c ON c.jurisdiction = w.v0 AND c."key" = w.v1 AND c."of" = w.v2'
    " AND c.due >= w.v3 WHERE c.due <= ?",
}


def ask(
    connection: Connection, statement: dict[str, str], wanted: Sequence[Any], *values: int
) -> Sequence[tuple[Any, ...]]:
    """Ask about many at once: codes, or tuples of values that name rows."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(statement["sqlite"], (_json(wanted).decode(), *values))
    else:
        listed = _objects(wanted) if isinstance(wanted[0], tuple) else list(wanted)
        written = statement["postgresql"].replace("?", "%s")
        found = connection.exec_driver_sql(written, (listed, *values))
    return cast("Sequence[tuple[Any, ...]]", found.all())


def write(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Carry a statement out for each row, and give how many rows that moved. No row, no statement."""
    if not rows:
        return 0
    if connection.dialect.name != "sqlite":
        if len(rows) > 1 and statement in TOGETHER:
            return connection.exec_driver_sql(TOGETHER[statement], (_objects(rows),)).rowcount
        statement = statement.replace("?", "%s")
    # both drivers add up the rows of many
    return connection.exec_driver_sql(statement, list(rows)).rowcount


def _objects(rows: Sequence[tuple[Any, ...]]) -> str:
    """Give rows as the JSON list that `_listed` reads."""
    names = [f"v{n}" for n in range(len(rows[0]))]
    return _json([dict(zip(names, row, strict=True)) for row in rows]).decode()
