"""What an attacker with every right on the database does to the record, and which entry is named for it.

The record is the whole night of `story.py`: adopted 0, refused 1, activated 2, noted 3, lifted 4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from incident.domain import journal
from tests.playbooks import CODE

Attack = Callable[[Connection], None]


def run(*statements: str) -> Attack:
    """Run statements as they are; `{code}` is the town's."""

    def attack(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement.format(code=CODE))

    return attack


def entry_of(connection: Connection, seq: int) -> bytes:
    found = connection.exec_driver_sql(f"SELECT body FROM entry WHERE seq = {seq}").scalar_one()
    return bytes(found)


def put(connection: Connection, table: str, column: str, value: bytes, where: str = "true") -> None:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(f"UPDATE {table} SET {column} = {mark} WHERE {where}", (value,))


def rewrite(
    seq: int, *columns: str, old: bytes = b'"origin":"local"', new: bytes = b'"origin":"lokal"'
) -> Attack:
    """Put other words into an entry, and with `leaf` its hash too."""

    def attack(connection: Connection) -> None:
        before = entry_of(connection, seq)
        assert old in before, f"expected {old!r} in entry {seq}, got {before!r}"
        body = before.replace(old, new)
        for column in columns:
            put(
                connection,
                "entry",
                column,
                {"body": body, "leaf": journal.leaf_hash(body)}[column],
                f"seq = {seq}",
            )

    return attack


def rewrite_whole(seq: int, old: bytes, new: bytes) -> Attack:
    """Put other words into an entry and recompute all hashes after it, the tree included."""

    def attack(connection: Connection) -> None:
        rewrite(seq, "body", "leaf", old=old, new=new)(connection)
        peaks: list[bytes] = []
        for size in range(5):
            peaks = journal.append(size, peaks, journal.leaf_hash(entry_of(connection, size)))
        put(connection, "situation", "peaks", b"".join(peaks))

    return attack


def flip(table: str, column: str, at: int, where: str = "seq = 2") -> Attack:
    def attack(connection: Connection) -> None:
        found = connection.exec_driver_sql(f"SELECT {column} FROM {table} WHERE {where}").scalar_one()
        raw = bytearray(bytes(found))
        raw[at] ^= 1
        put(connection, table, column, bytes(raw), where)

    return attack


def cut_off(*, with_tree: bool) -> Attack:
    """Take the last entry away as if it had never been."""

    def attack(connection: Connection) -> None:
        run("DELETE FROM entry WHERE seq = 4", "UPDATE situation SET version = 4")(connection)
        if with_tree:
            peaks: list[bytes] = []
            for size in range(4):
                peaks = journal.append(size, peaks, journal.leaf_hash(entry_of(connection, size)))
            put(connection, "situation", "peaks", b"".join(peaks))

    return attack


def seal_otherwise(connection: Connection) -> None:
    """Let who pressed and why change places, in the entry and beside it, with all hashes recomputed."""
    entry = journal.decode(entry_of(connection, 2))
    assert entry.by is not None
    assert entry.reason is not None
    by, reason = entry.by.sd.encode(), entry.reason.sd.encode()
    for old, new in ((by, b"?"), (reason, by), (b'"?"', b'"' + reason + b'"')):
        rewrite_whole(2, old, new)(connection)
    for old_name, new_name in (("by", "?"), ("reason", "by"), ("?", "reason")):
        run(f"UPDATE disclosure SET name = '{new_name}' WHERE seq = 2 AND name = '{old_name}'")(connection)


_COPY = "INSERT INTO entry SELECT jurisdiction, {seq}, at, NULL, NULL, body, leaf FROM entry WHERE seq = 3"
_NOTICE = (
    "INSERT INTO outbox SELECT jurisdiction, {seq}, 0, 'x', facts, NULL FROM outbox WHERE seq = 2 AND n = 0"
)
_SHIFT = "UPDATE entry SET seq = {to} WHERE seq = {old}"
_SWAP = tuple(_SHIFT.format(old=old, to=to) for old, to in ((2, 99), (3, 2), (99, 3)))
_MAKE_ROOM = tuple(_SHIFT.format(old=old, to=old + 1) for old in (4, 3, 2))

#: What is done to the hashes → the entry that is named; found without replay too.
HASHES: Final[dict[str, tuple[Attack, int | None]]] = {
    "other words": (rewrite(2, "body"), 2),
    "a byte at the beginning": (flip("entry", "body", 0), 2),
    "a byte at the end": (flip("entry", "body", -1), 2),
    "a byte in the first": (flip("entry", "body", 99, "seq = 0"), 0),
    "a leaf": (flip("entry", "leaf", 0), 2),
    "a leaf of the last": (flip("entry", "leaf", 31, "seq = 4"), 4),
    "other words and their leaf": (rewrite(2, "body", "leaf"), None),
    "first taken away": (run("DELETE FROM entry WHERE seq = 0"), 0),
    "one taken away": (run("DELETE FROM entry WHERE seq = 2"), 2),
    "last taken away": (run("DELETE FROM entry WHERE seq = 4"), None),
    "all taken away": (run("DELETE FROM entry"), None),
    "last cut off": (cut_off(with_tree=False), None),
    "two swapped": (run(*_SWAP), None),
    "one put below the first": (run(_COPY.format(seq=-1)), 0),
    "one put after a gap": (run(_COPY.format(seq=9)), 5),
    "one put at the end": (run(_COPY.format(seq=5)), None),
    "one put between": (run(*_MAKE_ROOM, _COPY.format(seq=2).replace("= 3", "= 5")), None),
    "one moved to another town": (run("UPDATE entry SET jurisdiction = 'x' WHERE seq = 2"), 2),
    "tree": (flip("situation", "peaks", 0, "true"), None),
    "tree, its last byte": (flip("situation", "peaks", -1, "true"), None),
    "tree cut": (lambda c: put(c, "situation", "peaks", b""), None),
    "tree of one leaf": (lambda c: put(c, "situation", "peaks", bytes(32)), None),
    "tree with a byte more": (lambda c: put(c, "situation", "peaks", bytes(65)), None),
    "version": (run("UPDATE situation SET version = version + 1"), None),
}

#: What is done where the hashes do not look → the entry that is named.
MEANING: Final[dict[str, tuple[Attack, int | None]]] = {
    # with replay the entry itself is read, and says who it is
    "two swapped": (run(*_SWAP), 2),
    "one put at the end": (run(_COPY.format(seq=5)), 5),
    "one put between": (run(*_MAKE_ROOM, _COPY.format(seq=2).replace("= 3", "= 5")), 2),
    "cut off with its tree": (cut_off(with_tree=True), None),
    # all hashes recomputed: what follows from the facts does not follow any more
    "state": (rewrite_whole(2, b'"target":"emergency"', b'"target":"emergencx"'), 4),
    "field of a fact": (rewrite_whole(1, b'"rule":"authority"', b'"facts":"authority"'), 1),
    "who decided": (rewrite_whole(4, b'"authority":"command"', b'"authority":"county"'), None),
    "what stood": (rewrite_whole(2, "专班综合协调组".encode(), "专班综合协调祖".encode()), 4),
    "order of keys": (rewrite_whole(1, b'"step":"raise","v":1', b'"v":1,"step":"raise"'), 1),
    "white space": (rewrite_whole(1, b'"seq":1', b'"seq": 1'), 1),
    "number": (rewrite_whole(1, b'"seq":1', b'"seq":7'), 1),
    "town": (rewrite_whole(1, b'"jurisdiction":"330999101"', b'"jurisdiction":"330999102"'), 1),
    "format": (rewrite_whole(1, b'"v":1', b'"v":2'), 1),
    "hour of the entry": (rewrite_whole(1, b'"at":"2026-02-28T18:40', b'"at":"2026-02-28T18:41'), 1),
    "no hour at all": (rewrite_whole(1, b'"at":"2026-02-28T18:40:00Z"', b'"at":"2026-02-30T18:40:00Z"'), 1),
    "identity": (rewrite_whole(2, b'"id":"activated"', b'"id":"activatet"'), 2),
    "what is sealed": (rewrite_whole(2, b'"basis":{"sd":"', b'"basis":{"sd":"x'), 2),
    "no JSON": (rewrite_whole(2, b'{"authority"', b'["authority"'), 2),
    "no UTF-8": (rewrite_whole(2, "专班综合协调组".encode(), b"\xff\xfe"), 2),
    # what stands beside an entry to find it by
    "column at": (run("UPDATE entry SET at = at + 1 WHERE seq = 3"), 3),
    "column source": (run("UPDATE entry SET source = 'fax' WHERE seq = 3"), 3),
    "column event_id": (run("UPDATE entry SET event_id = 'x' WHERE seq = 3"), 3),
    "event forgotten": (run("UPDATE entry SET source = NULL, event_id = NULL WHERE seq = 3"), 3),
    "half an event": (run("UPDATE entry SET source = NULL WHERE seq = 3"), 3),
    "adoption with an event": (run("UPDATE entry SET source = 'x', event_id = 'y' WHERE seq = 0"), 0),
    # disclosures
    "disclosure cut": (run("UPDATE disclosure SET text = '' WHERE seq = 2 AND name = 'by'"), 2),
    "disclosure of another": (
        run("UPDATE disclosure SET text = (SELECT text FROM disclosure WHERE seq = 2 AND name = 'reason')"
            " WHERE seq = 3 AND name = 'by'"),
        3,
    ),
    "disclosure renamed": (run("UPDATE disclosure SET name = 'whoever' WHERE seq = 2 AND name = 'by'"), 2),
    "two disclosures swapped": (
        run(
            "UPDATE disclosure SET name = 'x' WHERE seq = 2 AND name = 'by'",
            "UPDATE disclosure SET name = 'by' WHERE seq = 2 AND name = 'basis'",
            "UPDATE disclosure SET name = 'basis' WHERE seq = 2 AND name = 'x'",
        ),
        2,
    ),
    "two sealed values swapped": (seal_otherwise, 2),
    "disclosure moved": (run("UPDATE disclosure SET seq = 0 WHERE seq = 2 AND name = 'reason'"), 0),
    "disclosure moved away": (run("UPDATE disclosure SET seq = 7 WHERE seq = 2 AND name = 'reason'"), 7),
    "disclosure moved below": (run("UPDATE disclosure SET seq = -7 WHERE seq = 2 AND name = 'reason'"), -7),
    "disclosure added": (run("INSERT INTO disclosure VALUES ('{code}', 0, 'reason', 'x')"), 0),
    # whom it was told
    "notice gone": (run("DELETE FROM outbox WHERE seq = 2 AND n = 0"), 2),
    "all notices gone": (run("DELETE FROM outbox"), 2),
    "receiver": (run("UPDATE outbox SET receiver = 'x' WHERE seq = 4 AND n = 0"), 4),
    "number of a notice": (run("UPDATE outbox SET n = 99 WHERE seq = 2 AND n = 0"), 2),
    "facts of a notice": (lambda c: put(c, "outbox", "facts", b"[]", "seq = 2 AND n = 0"), 2),
    "facts without sense": (lambda c: put(c, "outbox", "facts", b"\xff", "seq = 2 AND n = 0"), 2),
    "notice of a note": (run(_NOTICE.format(seq=3)), 3),
    "notice of an adoption": (run(_NOTICE.format(seq=0)), 0),
    "notice above": (run(_NOTICE.format(seq=7)), 7),
    "notice below": (run(_NOTICE.format(seq=-7)), -7),
    # what stands
    "item gone": (run("DELETE FROM standing WHERE kind = 'body'"), None),
    "all gone": (run("DELETE FROM standing"), None),
    "item more": (run("INSERT INTO standing SELECT jurisdiction, kind, 'x', since_seq, item FROM standing"
                      " WHERE key = 'traffic'"), None),
    "item renamed": (run("UPDATE standing SET key = 'x' WHERE key = 'traffic'"), None),
    "kind of an item": (run("UPDATE standing SET kind = 'body' WHERE key = 'traffic'"), None),
    "since when": (run("UPDATE standing SET since_seq = since_seq + 1 WHERE key = 'traffic'"), None),
    "item": (lambda c: put(c, "standing", "item", b'{"source":"x"}', "key = 'traffic'"), None),
}  # fmt: skip

#: Every column of a situation apart from its key, and what is put there.
COLUMNS: Final = {
    "name": "'x'",
    "playbook": "'x'",
    "state": "'emergency'",
    "since": "since + 1",
    "previous": "NULL",
    "incident": "'x'",
    "last_incident": "NULL",
    "authority": "'county'",
    "planned_end": "1",
    "previous_authority": "'county'",
    "previous_end": "1",
    "version": "version - 1",
}

#: What cannot be read back at all.
UNREADABLE: Final[dict[str, Attack]] = {
    "playbook altered": flip("playbook", "body", 200, "true"),
    "playbook cut": lambda c: put(c, "playbook", "body", b""),
    "playbook taken away": run("DELETE FROM playbook"),
    "playbook renamed": run("UPDATE playbook SET hash = 'x'"),
    "item without sense": lambda c: put(c, "standing", "item", b"[", "key = 'traffic'"),
    "item that is a list": lambda c: put(c, "standing", "item", b"[]", "key = 'traffic'"),
}
