"""Statements for many rows at once: a batch of jurisdictions is locked, read and written in a few of them.

Written by hand, for what matters here is where each value goes: rows come as plain tuples, in the order of
the question marks. What is asked of many is asked with one list: JSON on SQLite, arrays on PostgreSQL, where
many rows are written by arrays too.
"""

# ruff: noqa: S608 - what is put together are names of our own columns

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, cast

import msgspec
from sqlalchemy import BigInteger, Boolean, Connection, LargeBinary, Text

from incident.store.statements import SITUATION_FIELDS, TIMER_FIELDS
from incident.store.tables import metadata

_json = msgspec.json.Encoder().encode
#: Columns that a statement writes, and those that it sets or compares, in order; the values of one row.
_NAMED: Final = re.compile(r'"(\w+)"')
_COMPARED: Final = re.compile(r'"?(\w+)"? (?:=|<=|\+) \?')
_VALUES: Final = re.compile(r"VALUES \([?, ]+\)")
#: What PostgreSQL calls the types of our columns.
_TYPES: Final = {BigInteger: "bigint", Boolean: "boolean", LargeBinary: "bytea", Text: "text"}


def _columns(names: Sequence[str], *, of: str = "", end: str = "") -> str:
    return ", ".join(f'{of}"{name}"{end}' for name in names)


def insert_into(table: str) -> str:
    """Give the statement that writes whole rows of a table, its columns in their order."""
    names = list(metadata.tables[table].columns.keys())
    return f"INSERT INTO {table} ({_columns(names)}) VALUES ({', '.join('?' * len(names))})"


NEW_ENTRY: Final = insert_into("entry")
NEW_DISCLOSURE: Final = insert_into("disclosure")
NEW_STANDING: Final = insert_into("standing")
NEW_NOTICE: Final = insert_into("outbox")
NEW_TIMER: Final = insert_into("timer")
NEW_LETTER: Final = f"{insert_into('letter')} ON CONFLICT DO NOTHING"
NEW_DUTY: Final = insert_into("duty")
NEW_CLOSING: Final = insert_into("closing")
NEW_PLAYBOOK: Final = insert_into("playbook")
NEW_CHECKPOINT: Final = insert_into("checkpoint")
NEW_SNAPSHOT: Final = insert_into("snapshot")
NEW_ATTACHMENT: Final = f"{insert_into('attachment')} ON CONFLICT DO NOTHING"
_situation: Final = [*SITUATION_FIELDS, "peaks"]
NEW_SITUATION: Final = (
    f"INSERT INTO situation ({_columns(_situation)}) VALUES ({', '.join('?' * len(_situation))})"
)


@cache
def advance(fields: tuple[str, ...]) -> str:
    """Give the statement that sets some fields of a situation; then come the code and the version seen."""
    return f"UPDATE situation SET {_columns(fields, end=' = ?')} WHERE jurisdiction = ? AND version = ?"


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
#: Ending entry, whether it counts no more; code, entry, number.
END_DUTY: Final = f"UPDATE duty SET ended = ?, is_void = ? {_open}"
#: A person as they are from now on.
PERSON: Final = (
    f"{insert_into('person')} ON CONFLICT (jurisdiction, holder)"
    " DO UPDATE SET name = excluded.name, channels = excluded.channels, is_erased = excluded.is_erased"
)
#: Code, entry, name.
DROP_DISCLOSURE: Final = "DELETE FROM disclosure WHERE jurisdiction = ? AND seq = ? AND name = ?"
#: Code, hash.
DROP_ATTACHMENT: Final = "DELETE FROM attachment WHERE jurisdiction = ? AND digest = ?"
#: Code, number of the last entry that loses it.
DROP_DISCLOSURES: Final = "DELETE FROM disclosure WHERE jurisdiction = ? AND seq <= ?"
#: Code, how many entries: of so many another is kept.
DROP_SNAPSHOTS: Final = "DELETE FROM snapshot WHERE jurisdiction = ? AND size <= ?"
#: An empty body; the same two.
DROP_BODIES: Final = "UPDATE entry SET body = ? WHERE jurisdiction = ? AND seq <= ? AND length(body) > 0"
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
_waiting: Final = "WHERE jurisdiction = ? AND seq = ? AND n = ? AND done_at IS NULL"
#: End of the lease; code, entry, number.
LEASE: Final = f"UPDATE outbox SET next_at = ? {_waiting}"
#: Instant; code, entry, number, end of the lease. What was delivered before stays so.
DELIVERED: Final = f"UPDATE outbox SET done_at = ?, next_at = NULL {_waiting} AND next_at = ?"
#: Instant of the next try, tries; code, entry, number, end of the lease.
PUT_BACK: Final = f"UPDATE outbox SET next_at = ?, tries = ? {_waiting} AND next_at = ?"
#: Lets a notice wait as if for the first time; code, entry, number. Of one that somebody has leased the lease
#: is another then: nobody else takes it before its end, and what its holder notes at the end does not count.
AGAIN: Final = (
    "UPDATE outbox SET next_at = CASE WHEN done_at IS NULL THEN next_at + 1 END, done_at = NULL, tries = 0"
    " WHERE jurisdiction = ? AND seq = ? AND n = ?"
)
#: Wakes whoever listens (`LISTEN incident`); a hint, for what is due is found in the tables.
NOTIFY: Final = "SELECT pg_notify('incident', '')"

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
    " FROM unnest(?::text[], ?::text[], ?::text[]) AS w (code, kind, of)"
    ' JOIN standing AS s ON s.jurisdiction = w.code AND s.kind = w.kind AND s."key" = w.of',
}
#: Closings by (code, key, sender, first due time), up to an instant.
FILED: Final = {
    "sqlite": 'SELECT c.jurisdiction, c."key", c."of", c.due, c.seq FROM json_each(?) AS w'
    " CROSS JOIN closing AS c ON c.jurisdiction = json_extract(w.value, '$[0]')"
    " AND c.\"key\" = json_extract(w.value, '$[1]') AND c.\"of\" = json_extract(w.value, '$[2]')"
    " AND c.due >= json_extract(w.value, '$[3]') WHERE c.due <= ?",
    # each looked up by itself (OFFSET 0): joined, all closings there ever were are read for a few
    "postgresql": 'SELECT c.jurisdiction, c."key", c."of", c.due, c.seq'
    " FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[]) AS w (code, item, sender, due)"
    " CROSS JOIN LATERAL (SELECT * FROM closing WHERE jurisdiction = w.code"
    ' AND "key" = w.item AND "of" = w.sender AND due >= w.due AND due <= ? OFFSET 0) AS c',
}


def ask(
    connection: Connection, statement: dict[str, str], wanted: Sequence[Any], *values: int
) -> Sequence[tuple[Any, ...]]:
    """Ask about many at once: codes, or tuples of values that name rows."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(statement["sqlite"], (_json(wanted).decode(), *values))
    else:
        columns = zip(*wanted, strict=True) if isinstance(wanted[0], tuple) else [wanted]
        lists = [list(column) for column in columns]
        written = statement["postgresql"].replace("?", "%b")
        found = connection.exec_driver_sql(written, (*lists, *values))
    return cast("Sequence[tuple[Any, ...]]", found.all())


def write(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Carry a statement out for each row, and give how many rows that moved. No row, no statement."""
    if not rows:
        return 0
    if connection.dialect.name == "sqlite":
        # the driver adds up the rows of many
        return connection.exec_driver_sql(statement, list(rows)).rowcount
    lists = tuple(map(list, zip(*rows, strict=True)))
    return connection.exec_driver_sql(_with_lists(statement), lists).rowcount


@cache
def _with_lists(statement: str) -> str:
    """Write a statement for one row anew for PostgreSQL, so that it takes a list for each question mark.

    The driver sends a statement for each row otherwise, which costs ten times what the rows do. The lists are
    binary (`%b`): as text each value would be searched for what has to be quoted.
    """
    words = statement.split(maxsplit=3)
    verb, table = words[0], metadata.tables[words[1 if words[0] == "UPDATE" else 2]]
    fields: list[str] = (_NAMED if verb == "INSERT" else _COMPARED).findall(statement)
    lists = ", ".join(f"%b::{_TYPES[type(table.columns[name].type)]}[]" for name in fields)
    given = f"unnest({lists}) AS given ({', '.join(f'v{n}' for n in range(len(fields)))})"
    if verb == "INSERT":
        return _VALUES.sub(f"SELECT * FROM {given}", statement)
    names = iter(range(len(fields)))
    named = re.sub(r"\?", lambda _: f"given.v{next(names)}", statement)
    head, where = named.split(" WHERE ")
    return f"{head} {'USING' if verb == 'DELETE' else 'FROM'} {given} WHERE {where}"
