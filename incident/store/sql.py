"""The store on SQLAlchemy Core, for SQLite and PostgreSQL alike (ADR 0001: no ORM)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, insert
from sqlalchemy.exc import IntegrityError

from incident.domain import playbook as playbooks
from incident.domain.errors import Conflict, JournalError, StoreError
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted, Plain
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Standing, Stood
from incident.service.ports import Log, Record, Stored
from incident.store import statements
from incident.store.address import place_of
from incident.store.database import begin, lock_name
from incident.store.faults import known_to_be_kept, translated
from incident.store.tables import playbook, situation

_HASH_BYTES = 32
#: So few that they stay in the processor's cache: a thousand take a quarter longer.
_ROWS_AT_A_TIME = 200
#: How many playbooks a store keeps read.
_PLAYBOOKS_KEPT = 64
_plain = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.Encoder(order="sorted").encode


class SqlStore:
    """A database prepared by `incident.store.database`."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`; the playbooks read last are kept."""
        self._engine = engine
        self._playbooks: OrderedDict[tuple[str, str], Playbook] = OrderedDict()
        #: Where it is, without a password.
        self.place = place_of(engine)

    def close(self) -> None:
        """Give back its connections; it may be used again."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[SqlReading]:
        """Look without a lock, at one consistent snapshot."""
        with translated(self.place), self._engine.connect() as connection, ExitStack() as streams:
            begin(connection, write=False)
            yield SqlReading(connection, streams, self._playbooks, self.place)

    @contextmanager
    def writing(self, code: str) -> Iterator[SqlWriting]:
        """Lock one jurisdiction; leaving without `commit` undoes everything."""
        with translated(self.place), self._engine.connect() as connection, ExitStack() as streams:
            begin(connection, write=True)
            yield SqlWriting(connection, streams, self._playbooks, self.place, code)


class SqlReading:
    """One transaction that reads."""

    def __init__(
        self,
        connection: Connection,
        streams: ExitStack,
        playbooks: OrderedDict[tuple[str, str], Playbook],
        place: str,
    ) -> None:
        """Read through `connection`; `streams` ends whatever is not read to its end."""
        self._connection = connection
        self._streams = streams
        self._playbooks = playbooks
        self._place = place

    def codes(self) -> list[tuple[str, str]]:
        """List (code, playbook name) of every jurisdiction."""
        return [(code, name) for code, name in self._connection.execute(statements.CODES)]

    def journals(self) -> list[str]:
        """List the codes under which anything of a journal is stored."""
        return list(statements.run(self._connection, statements.JOURNALS, {}).scalars())

    def log(self, code: str) -> Log | None:
        """Give a situation and its journal's compact range."""
        row = statements.run(self._connection, statements.SITUATION, {"code": code}).one_or_none()
        return None if row is None else _log(row)

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:
        """Give a playbook of a jurisdiction, held against its hash."""
        held = self._playbooks.get((code, digest))
        if held is not None and not afresh:
            return held
        body = statements.run(
            self._connection, statements.PLAYBOOK, {"code": code, "hash": digest}
        ).scalar_one_or_none()
        body = None if body is None else _bytes(body)
        found = None if body is None else playbooks.digest(body)
        if body is None or found != digest:
            raise StoreError(
                where=say("{place}, playbook of {code}", place=self._place, code=code),
                expected=say("the playbook {hash}", hash=digest),
                found=found or say("nothing"),
                do=say("restore a backup; keep the database as it is"),
            )
        try:
            read = playbooks.decode(body)
        except msgspec.DecodeError as error:
            raise StoreError(
                where=say("{place}, playbook of {code}", place=self._place, code=code),
                expected=say("a playbook that this program reads"),
                found=str(error),
                do=say("run the version of the program that adopted it"),
            ) from error
        self._playbooks[code, digest] = read
        if len(self._playbooks) > _PLAYBOOKS_KEPT:
            self._playbooks.popitem(last=False)
        return read

    def standing(self, code: str) -> Standing:
        """Give what stands."""
        rows = statements.run(self._connection, statements.STANDING, {"code": code})
        try:
            return {(row.kind, row.key): Stood(_plain.decode(row.item), row.since_seq) for row in rows}
        except (ValueError, TypeError) as error:
            raise StoreError(
                where=say("{place}, posture of {code}", place=self._place, code=code),
                expected=say("items as this program writes them"),
                found=str(error),
                do=say("restore a backup; keep the database as it is"),
            ) from error

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on, some rows at a time."""
        return map(_stored, self._stream(statements.ENTRIES, {"code": code, "since": since}))

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) of all that remain, in the order of entries."""
        for seq, name, text in self._stream(statements.DISCLOSURES, {"code": code, "since": since}):
            # SQLite lets bytes stand where text should; then it is no disclosure, and verify will say so
            yield seq, name, text if isinstance(text, str) else bytes(text).decode("utf-8", "replace")

    def notices(self, code: str, *, since: int = 0) -> Iterator[tuple[int, int, str, bytes]]:
        """Give (entry, number, receiver, facts as JSON) of all effects, in the order of entries."""
        for seq, n, receiver, facts in self._stream(statements.NOTICES, {"code": code, "since": since}):
            yield seq, n, receiver, _bytes(facts)

    def _stream(self, statement: Any, values: dict[str, Any]) -> Iterator[Any]:
        options = {"yield_per": _ROWS_AT_A_TIME}
        result = self._connection.execute(statement, values, execution_options=options)
        for rows in self._streams.enter_context(result).partitions():
            yield from rows

    def answered(self, code: str, source: str, event_id: str) -> Stored | None:
        """Give the entry that answered an event before."""
        values = {"code": code, "source": source, "event_id": event_id}
        row = statements.run(self._connection, statements.ANSWERED, values).one_or_none()
        return None if row is None else _stored(row)


class SqlWriting(SqlReading):
    """One transaction that holds the lock of a jurisdiction."""

    def __init__(
        self,
        connection: Connection,
        streams: ExitStack,
        playbooks: OrderedDict[tuple[str, str], Playbook],
        place: str,
        code: str,
    ) -> None:
        """Take the lock: the situation's row, before anything else; before there is one, the code."""
        super().__init__(connection, streams, playbooks, place)
        row = statements.run(connection, statements.LOCKED, {"code": code}).one_or_none()
        if row is None and lock_name(connection, code):
            row = statements.run(connection, statements.LOCKED, {"code": code}).one_or_none()
        self._code = code
        self._log = None if row is None else _log(row)

    def log(self, code: str) -> Log | None:
        """Give the log as it was when the lock was taken."""
        return self._log if code == self._code else super().log(code)

    def write(self, record: Record) -> None:
        """Write an entry and all that follows from it."""
        code, after = self._code, record.after
        seq = after.version - 1
        row = {name: getattr(after, name) for name in Situation.__struct_fields__}
        row["peaks"] = b"".join(record.peaks)
        if record.before is None:
            self._connection.execute(insert(situation), row)
        else:
            row |= {"code": code, "seen": record.before.version}
            advanced = statements.run(self._connection, statements.ADVANCE, row)
            if advanced.rowcount != 1:
                raise Conflict(
                    where=code,
                    expected=say("version {n}", n=record.before.version),
                    found=say("another one"),
                    do=say("look: incident status"),
                )
        if record.playbook is not None:
            self._keep_playbook(*record.playbook)
        with self._undamaged():
            self._write_entry(seq, record)
            self._write_standing(seq, record)

    @contextmanager
    def _undamaged(self) -> Iterator[None]:
        """Under the lock nobody can have been first: what is in the way is no part of the journal."""
        try:
            yield
        except IntegrityError as error:
            raise self._damage(
                say("room for the next entry, as the journal says"), str(error.orig).splitlines()[0]
            ) from error

    def _damage(self, expected: Words, found: Words) -> StoreError:
        return StoreError(
            where=self._code, expected=expected, found=found, do=say("run: incident journal verify")
        )

    def _write_entry(self, seq: int, record: Record) -> None:
        """Write an entry with what stands beside it: its disclosures and effects."""
        code = self._code
        source, event_id = record.came or (None, None)
        statements.run(
            self._connection,
            statements.NEW_ENTRY,
            {
                "jurisdiction": code,
                "seq": seq,
                "at": record.at,
                "source": source,
                "event_id": event_id,
                "body": record.body,
                "leaf": record.leaf,
            },
        )
        self._write_all(
            statements.NEW_DISCLOSURE,
            [
                {"jurisdiction": code, "seq": seq, "name": name, "text": text}
                for name, text in record.disclosures.items()
            ],
        )
        self._write_all(
            statements.NEW_NOTICE,
            [
                {
                    "jurisdiction": code,
                    "seq": seq,
                    "n": n,
                    "receiver": notice.to,
                    "facts": _encode(notice.facts),
                    "done_at": None,
                }
                for n, notice in enumerate(record.effects)
            ],
        )

    def _keep_playbook(self, name: str, body: bytes) -> None:
        values = {"code": self._code, "hash": name}
        if self._connection.execute(statements.PLAYBOOK, values).one_or_none() is None:
            self._connection.execute(
                insert(playbook), {"jurisdiction": self._code, "hash": name, "body": body}
            )

    def _write_standing(self, seq: int, record: Record) -> None:
        started = [fact for fact in record.facts if isinstance(fact, ItemStarted)]
        changed = [fact for fact in record.facts if isinstance(fact, ItemChanged)]
        ended = [fact for fact in record.facts if isinstance(fact, ItemEnded)]
        self._write_all(
            statements.NEW_STANDING,
            [
                {
                    "jurisdiction": self._code,
                    "kind": fact.kind,
                    "key": fact.key,
                    "since_seq": seq,
                    "item": _item(fact.after),
                }
                for fact in started
            ],
        )
        self._move_all(
            statements.CHANGE,
            [
                {
                    "code": self._code,
                    "of": fact.kind,
                    "which": fact.key,
                    "item": _item(fact.after),
                    "since_seq": seq,
                }
                for fact in changed
            ],
        )
        self._move_all(
            statements.END, [{"code": self._code, "of": fact.kind, "which": fact.key} for fact in ended]
        )

    def _write_all(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            statements.run(self._connection, statement, rows)

    def _move_all(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        """Change or end what stands; each has to be there. Both drivers add up the rows of many."""
        if rows and statements.run(self._connection, statement, rows).rowcount != len(rows):
            raise self._damage(say("what stands as the journal says"), say("another"))

    def commit(self) -> None:
        """Make it durable and visible. Raises `StoreError`, which says so when that is not known."""
        with known_to_be_kept(self._place):
            self._connection.commit()


def _item(item: Plain) -> bytes:
    return _encode(item)


def _bytes(found: Any) -> bytes:
    """Take bytes as they are, and what somebody else wrote in their place (SQLite lets them) as its text."""
    return found if isinstance(found, bytes) else str(found).encode()


def _stored(row: Row[*tuple[Any, ...]]) -> Stored:
    seq, body, leaf, at, source, event_id = row
    came = None if source is None and event_id is None else (source, event_id)
    if type(body) is type(leaf) is bytes:
        return Stored(seq, body, leaf, at, came)
    return Stored(seq, _bytes(body), _bytes(leaf), at, came)


def _log(row: Row[Any]) -> Log:
    values = dict(row._mapping)
    numbers = (values["since"], values["version"], values["planned_end"] or 0, values["previous_end"] or 0)
    if not all(isinstance(number, int) for number in numbers):
        raise JournalError(
            jurisdiction=str(values["jurisdiction"]),
            seq=None,
            expected=say("a situation whose instants and version are whole numbers"),
            found=str(numbers),
        )
    peaks = _bytes(values.pop("peaks"))
    cut = [peaks[at : at + _HASH_BYTES] for at in range(0, len(peaks), _HASH_BYTES)]
    return Log(Situation(**values), cut)
