"""The statements of the store, built once, and how one is carried out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, delete, insert, select, union, update

from incident.store.tables import disclosure, entry, outbox, playbook, situation, standing

SITUATION = select(situation).where(situation.c.jurisdiction == bindparam("code"))
LOCKED = SITUATION.with_for_update()
CODES = select(situation.c.jurisdiction, situation.c.name).order_by(situation.c.jurisdiction)
JOURNALS = union(
    *(select(table.c.jurisdiction) for table in (entry, standing, disclosure, outbox, playbook))
).order_by("jurisdiction")
PLAYBOOK = select(playbook.c.body).where(
    playbook.c.jurisdiction == bindparam("code"), playbook.c.hash == bindparam("hash")
)
STANDING = select(standing).where(standing.c.jurisdiction == bindparam("code"))
ENTRY = select(entry.c.seq, entry.c.body, entry.c.leaf, entry.c.at, entry.c.source, entry.c.event_id)
ENTRIES = ENTRY.where(entry.c.jurisdiction == bindparam("code"), entry.c.seq >= bindparam("since")).order_by(
    entry.c.seq
)
ANSWERED = ENTRY.where(
    entry.c.jurisdiction == bindparam("code"),
    entry.c.source == bindparam("source"),
    entry.c.event_id == bindparam("event_id"),
)
DISCLOSURES = (
    select(disclosure.c.seq, disclosure.c.name, disclosure.c.text)
    .where(disclosure.c.jurisdiction == bindparam("code"), disclosure.c.seq >= bindparam("since"))
    .order_by(disclosure.c.seq, disclosure.c.name)
)
NOTICES = (
    select(outbox.c.seq, outbox.c.n, outbox.c.receiver, outbox.c.facts)
    .where(outbox.c.jurisdiction == bindparam("code"), outbox.c.seq >= bindparam("since"))
    .order_by(outbox.c.seq, outbox.c.n)
)
ADVANCE = update(situation).where(
    situation.c.jurisdiction == bindparam("code"), situation.c.version == bindparam("seen")
)
CHANGE = (
    update(standing)
    .where(
        standing.c.jurisdiction == bindparam("code"),
        standing.c.kind == bindparam("of"),
        standing.c.key == bindparam("which"),
    )
    .values(item=bindparam("item"), since_seq=bindparam("since_seq"))
)
END = delete(standing).where(
    standing.c.jurisdiction == bindparam("code"),
    standing.c.kind == bindparam("of"),
    standing.c.key == bindparam("which"),
)
NEW_ENTRY, NEW_DISCLOSURE = insert(entry), insert(disclosure)
NEW_STANDING, NEW_NOTICE = insert(standing), insert(outbox)

#: Statements as a driver takes them, by statement and dialect.
_written: dict[tuple[Any, str], str] = {}


def run(connection: Connection, statement: Any, values: Any) -> CursorResult[Any]:
    """Carry out a statement that is written out once a process; each time anew, that is half a transaction.

    Values go to the driver as they are: text, integers, bytes.
    """
    key = (statement, connection.dialect.name)
    if key not in _written:
        _written[key] = str(statement.compile(dialect=connection.dialect))
    return connection.exec_driver_sql(_written[key], values)
