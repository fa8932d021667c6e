"""What an attacker with every right on the database does to the record, and which entry is named for it.

The record is the whole night of `story.py`: adopted 0, refused 1, activated 2, noted 3, lifted 4. For
promised times it is the morning of Qingshi: adopted 0, activated 1, missed 2, reminded 3, filed 4, due 5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from incident.domain import journal, tree
from incident.store.tables import closing, timer
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
                {"body": body, "leaf": tree.leaf_hash(body)}[column],
                f"seq = {seq}",
            )

    return attack


def rewrite_whole(seq: int, old: bytes, new: bytes) -> Attack:
    """Put other words into an entry and recompute all hashes after it, the tree included."""

    def attack(connection: Connection) -> None:
        rewrite(seq, "body", "leaf", old=old, new=new)(connection)
        peaks: list[bytes] = []
        for size in range(5):
            peaks = tree.append(size, peaks, tree.leaf_hash(entry_of(connection, size)))
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
                peaks = tree.append(size, peaks, tree.leaf_hash(entry_of(connection, size)))
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


_COPY = (
    "INSERT INTO entry (jurisdiction, seq, at, body, leaf)"
    " SELECT jurisdiction, {seq}, at, body, leaf FROM entry WHERE seq = 3"
)
_NOTICE = (
    "INSERT INTO outbox SELECT jurisdiction, {seq}, 0, 'x', facts, NULL, at, NULL, 0 FROM outbox"
    " WHERE seq = 2 AND n = 0"
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
    # the hashes beside the next entry are of what was
    "other words and their leaf": (rewrite(2, "body", "leaf"), 3),
    "first taken away": (run("DELETE FROM entry WHERE seq = 0"), 0),
    "one taken away": (run("DELETE FROM entry WHERE seq = 2"), 2),
    "last taken away": (run("DELETE FROM entry WHERE seq = 4"), None),
    "all taken away": (run("DELETE FROM entry"), None),
    "last cut off": (cut_off(with_tree=False), None),
    "two swapped": (run(*_SWAP), 2),
    "one put below the first": (run(_COPY.format(seq=-1)), 0),
    "one put after a gap": (run(_COPY.format(seq=9)), 5),
    "one put at the end": (run(_COPY.format(seq=5)), 5),
    "one put between": (run(*_MAKE_ROOM, _COPY.format(seq=2).replace("= 3", "= 5")), 3),
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
    # decided again, nothing comes of such words
    "other words and their leaf": (rewrite(2, "body", "leaf"), 2),
    # all hashes recomputed: what is decided again is not what stands there
    "state": (rewrite_whole(2, b'"target":"emergency"', b'"target":"emergencx"'), 2),
    "field of a fact": (rewrite_whole(1, b'"rule":"authority"', b'"facts":"authority"'), 1),
    "who decided": (rewrite_whole(4, b'"authority":"command"', b'"authority":"county"'), 4),
    "what stood": (rewrite_whole(2, "专班综合协调组".encode(), "专班综合协调祖".encode()), 2),
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
    "zone": "'Asia/Urumqi'",
    "confirm_by": "1",
    "epoch": "epoch + 1",
    "origin": "origin + 1",
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


def change(table: str, where: str, **columns: str) -> Attack:
    """Put other values, as SQL, into the one row that is meant."""
    put_in = ", ".join(f'"{name}" = {value}' for name, value in columns.items())
    return _one_row(f"UPDATE {table} SET {put_in} WHERE {where}")


def take_away(table: str, where: str) -> Attack:
    return _one_row(f"DELETE FROM {table} WHERE {where}")


def add(table: str, where: str, **columns: str) -> Attack:
    """Add a row like the one that is meant, with some values, as SQL, that are others."""
    names = {"timer": timer, "closing": closing}[table].columns.keys()
    into = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(columns.get(name, f'"{name}"') for name in names)
    return _one_row(f"INSERT INTO {table} ({into}) SELECT {values} FROM {table} WHERE {where}")


def _one_row(statement: str) -> Attack:
    def attack(connection: Connection) -> None:
        assert connection.exec_driver_sql(statement).rowcount == 1, statement

    return attack


#: A first report that was missed in entry 2; a handover at eight, which no entry has touched since 0.
_ENDED, _OPEN = "seq = 1 AND n = 12", "seq = 0 AND n = 0"
_CLOSED = "key = 'group_report'"
_REOPENED = {
    "end": "NULL",
    "ended": "NULL",
    "ended_at": "NULL",
    "result": "NULL",
    "late": "0",
    "node": "NULL",
}

#: What is done to promised times → the entry that is named; none where it is what stands open now.
TIMES: Final[dict[str, tuple[Attack, int | None]]] = {
    "ended taken away": (take_away("timer", _ENDED), 2),
    "all taken away": (run("DELETE FROM timer"), 1),
    "ended added": (add("timer", _ENDED, n="99"), 2),
    "ended added where none ended": (add("timer", _ENDED, n="99", ended="4"), 4),
    "ended added below the first": (add("timer", _ENDED, n="99", ended="-7"), -7),
    "ended added above the last": (add("timer", _ENDED, n="99", ended="7"), 7),
    "ended by another entry": (change("timer", _ENDED, ended="3"), 2),
    "ended by an entry below": (change("timer", _ENDED, ended="-1"), 2),
    "ended by an entry above": (change("timer", _ENDED, ended="6"), 2),
    "end made punctual": (change("timer", _ENDED, end="'fired'", late="0"), 2),
    "end made a cancellation": (change("timer", _ENDED, end="'cancelled'"), 2),
    "end of which no program knows": (change("timer", _ENDED, end="'lost'"), 1),
    "no end at all": (change("timer", _ENDED, end="NULL"), 2),
    "opened again": (change("timer", _ENDED, **_REOPENED), 2),
    "lateness": (change("timer", _ENDED, late="late - 1"), 2),
    "hour of the end": (change("timer", _ENDED, ended_at="ended_at - 120"), 2),
    "result": (change("timer", _ENDED, result="'met'"), 2),
    "result forgotten": (change("timer", _ENDED, result="NULL"), 2),
    "reason": (change("timer", _ENDED, reason="'filed'"), 2),
    "reason of a cancellation": (change("timer", "seq = 0 AND n = 1", reason="NULL"), 1),
    "node": (change("timer", _ENDED, node="'n2'"), 2),
    "node forgotten": (change("timer", _ENDED, node="NULL"), 2),
    "who owed it": (change("timer", _ENDED, of="'派出所'"), 2),
    "hour it was promised for": (change("timer", _ENDED, due="due + 60"), 2),
    "number": (change("timer", _ENDED, n="99"), 2),
    "ended of another town": (change("timer", _ENDED, jurisdiction="'x'"), 2),
    "open taken away": (take_away("timer", _OPEN), None),
    "open added": (add("timer", _OPEN, n="99"), None),
    "open added of another state": (add("timer", _OPEN, n="99", epoch="epoch - 1"), None),
    "open added for a time long ago": (add("timer", _OPEN, n="99", due="-1", epoch="-1"), None),
    "open added for a time far off": (add("timer", _OPEN, n="99", due="99999999999", epoch="-1"), None),
    "open that came later": (change("timer", _OPEN, due="due + 60"), None),
    "open carried out later": (change("timer", _OPEN, wake="wake + 60"), None),
    "open about another": (change("timer", _OPEN, about="about + 60"), None),
    "open of another series": (change("timer", _OPEN, opened="1"), None),
    "open of another state": (change("timer", _OPEN, epoch="epoch - 1"), None),
    "open of another item": (change("timer", _OPEN, key="'x'"), None),
    "open of another tier": (change("timer", _OPEN, tier="1"), None),
    "open of another kind": (change("timer", _OPEN, what="'call'"), None),
    "open said to be met": (change("timer", _OPEN, result="'met'"), None),
    "open said to have ended": (change("timer", _OPEN, end="'fired'"), None),
    "open ended by nobody": (change("timer", _OPEN, end="'fired'", ended="1", ended_at="0"), 1),
    "filing that closed nothing": (take_away("closing", _CLOSED), 4),
    "all filings": (run("DELETE FROM closing"), 4),
    "filing that closed more": (add("closing", _CLOSED, of="'lockdown'"), 4),
    "filing that closed another": (change("closing", _CLOSED, of="'lockdown'"), 4),
    "closed by another entry": (change("closing", _CLOSED, seq="3"), 3),
    "closed by an entry below": (change("closing", _CLOSED, seq="-3"), 4),
    "closed by an entry that is not": (change("closing", _CLOSED, seq="7"), 4),
    "closing added below the first": (add("closing", _CLOSED, of="'x'", seq="-3"), -3),
    "closing added above the last": (add("closing", _CLOSED, of="'x'", seq="7"), 7),
    "filed later": (change("closing", _CLOSED, late="17"), 4),
    "filed at another hour": (change("closing", _CLOSED, at="at - 60"), 4),
    "said to be zero": (change("closing", _CLOSED, zero="true"), 4),
    "closing of another time": (change("closing", _CLOSED, due="due + 60"), 4),
}
