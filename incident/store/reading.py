"""Looking at the store: one transaction that reads. What moves is in `writing.py`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection

from incident.domain import playbook as playbooks
from incident.domain.duty import Duty
from incident.domain.errors import JournalError, StoreError
from incident.domain.keeping import Served
from incident.domain.people import Person
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.situation import Standing, Stood
from incident.domain.timer import Closing, Timer
from incident.service.notices import LONGEST_WAIT, Lost, Settled, Undelivered
from incident.service.ports import LAST, LEEWAY, Log, Signed, Stored
from incident.store import damage, rows, statements
from incident.store.rows import HASH_BYTES, raw, subtree, text
from incident.store.surveying import SqlSurveying

#: So few that they stay in the processor's cache: a thousand take a quarter longer. At first fewer still, for
#: many look for one row, and others for some.
_ROWS_AT_A_TIME, _ROWS_AT_FIRST = 200, (1, 15)
#: How many playbooks a store keeps read.
_PLAYBOOKS_KEPT = 64
_plain = msgspec.json.Decoder(dict[str, Any])
_numbers = msgspec.json.Decoder(list[int])
#: Seconds before a year in which somebody's last duty is still known.
_LOOKED_BACK = 400 * 86400
#: A fact that no entry has.
_NO_FACT = 2**63 - 1

#: Playbooks read last, by code and hash.
Kept = OrderedDict[tuple[str, str], Playbook]


class SqlReading(SqlSurveying):
    """One transaction that reads."""

    def __init__(self, connection: Connection, streams: ExitStack, kept: Kept, place: str) -> None:
        """Read through `connection`; `streams` ends whatever is not read to its end."""
        self._connection = connection
        self._streams = streams
        self._playbooks = kept
        self._place = place

    def codes(self) -> list[tuple[str, str]]:
        """List (code, playbook name) of every jurisdiction."""
        return [(text(code), text(name)) for code, name in self._connection.execute(statements.CODES)]

    def named(self, name: str) -> str | None:
        """Give the code of the jurisdiction whose playbook has this name."""
        code: str | None = self._one(statements.NAMED, {"name": name})
        return code

    def recovered(self) -> list[str]:
        """List the codes of the journals that went on after a loss (`Situation.origin`)."""
        return [text(code) for code in self._connection.execute(statements.RECOVERED).scalars()]

    def journals(self) -> list[str]:
        """List the codes under which anything of a journal is stored."""
        return [text(code) for code in statements.run(self._connection, statements.JOURNALS, {}).scalars()]

    def damage(self) -> str | None:
        """Say what SQLite finds wrong with tables and indexes, or holds of another type than their columns.

        PostgreSQL does not look by itself, and holds columns to their types.
        """
        return damage.found(self._connection) if self._connection.dialect.name == "sqlite" else None

    def log(self, code: str) -> Log | None:
        """Give a situation and its journal's compact range."""
        row = statements.run(self._connection, statements.SITUATION, {"code": code}).one_or_none()
        return None if row is None else rows.log(row)

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:
        """Give a playbook of a jurisdiction, held against its hash."""
        held = self._playbooks.get((code, digest))
        if held is not None and not afresh:
            return held
        body = self.playbook_bytes(code, digest)
        try:
            read = playbooks.decode(body)
        except msgspec.DecodeError as error:
            raise StoreError(
                where=self._place_of_playbook(code),
                expected=say("a playbook that this program reads"),
                found=str(error),
                do=say("run the version of the program that adopted it"),
            ) from error
        self._playbooks[code, digest] = read
        if len(self._playbooks) > _PLAYBOOKS_KEPT:
            self._playbooks.popitem(last=False)
        return read

    def playbook_bytes(self, code: str, digest: str) -> bytes:
        """Give the bytes of a playbook as they were adopted, held against their hash."""
        body = self._one(statements.PLAYBOOK, {"code": code, "hash": digest})
        body = None if body is None else raw(body)
        if body is None or playbooks.digest(body) != digest:
            raise StoreError(
                where=self._place_of_playbook(code),
                expected=say("the playbook {hash}", hash=digest),
                found=say("nothing") if body is None else playbooks.digest(body),
                do=say("restore a backup; keep the database as it is"),
            )
        return body

    def _place_of_playbook(self, code: str) -> Words:
        return say("{place}, playbook of {code}", place=self._place, code=code)

    def standing(self, code: str) -> Standing:
        """Give what stands."""
        found: Sequence[Any] = statements.run(self._connection, statements.STANDING, {"code": code}).all()
        decode = _plain.decode
        try:
            return {(kind, key): Stood(decode(item), since) for kind, key, item, since in found}
        except (ValueError, TypeError) as error:
            raise StoreError(
                where=say("{place}, posture of {code}", place=self._place, code=code),
                expected=say("items as this program writes them"),
                found=str(error),
                do=say("restore a backup; keep the database as it is"),
            ) from error

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on, some rows at a time."""
        return map(rows.stored, self._stream(statements.ENTRIES, {"code": code, "since": since}))

    def subtrees(self, code: str, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Give the hashes of complete subtrees, by (level, number)."""
        return [self._subtree(code, *place) for place in places]

    def _subtree(self, code: str, level: int, n: int) -> bytes:
        seq = ((n + 1) << level) - 1
        row = statements.run(self._connection, statements.SUBTREE, {"code": code, "seq": seq}).one_or_none()
        found = b"" if row is None else subtree(level, row.leaf, row.nodes)
        if len(found) != HASH_BYTES:
            raise JournalError(
                jurisdiction=code,
                seq=seq,
                expected=say("an entry, and the hashes of the tree beside it"),
                found=say("nothing") if row is None else say("other bytes"),
            )
        return found

    def checkpoints(self, code: str, *, since: int = 0) -> list[Signed]:
        """Give the signed checkpoints of `since` entries or more, by size."""
        values = {"code": code, "since": since}
        found = statements.run(self._connection, statements.CHECKPOINTS, values)
        return [rows.signed(row) for row in found]

    def signed(self, code: str, *, since: int = 0) -> Iterator[Signed]:
        """Give the same, some rows at a time."""
        return map(rows.signed, self._stream(statements.CHECKPOINTS, {"code": code, "since": since}))

    def newest_checkpoint(self, code: str, *, until: int = LAST) -> Signed | None:
        """Give the newest signed checkpoint of at most `until` entries."""
        values = {"code": code, "until": until}
        row = statements.run(self._connection, statements.NEWEST_CHECKPOINT, values).one_or_none()
        return None if row is None else rows.signed(row)

    def unsigned(self, *, at: int, entries: int, seconds: int, most: int) -> list[str]:
        """List `most` jurisdictions whose journal is to be signed at an instant, the most urgent first."""
        values = {"before": at - seconds, "after": at + LEEWAY, "entries": entries, "most": most}
        return list(self._connection.execute(statements.UNSIGNED, values).scalars())

    def recorded(self, code: str, *, since: int, until: int) -> Iterator[tuple[int, int]]:
        """Give (number, instant) of the entries from number `since` to before `until`, in order."""
        yield from self._stream(statements.RECORDED, {"code": code, "since": since, "until": until})

    def snapshots(self, code: str) -> list[Stored]:
        """Give the entries beside which a snapshot is stored, by number."""
        return [
            rows.stored(row) for row in statements.run(self._connection, statements.SNAPSHOTS, {"code": code})
        ]

    def snapshot_sizes(self, code: str) -> list[int]:
        """List the sizes of the snapshots that are stored."""
        return list(statements.run(self._connection, statements.SNAPSHOT_SIZES, {"code": code}).scalars())

    def snapshot(self, code: str, size: int) -> bytes | None:
        """Give the bytes of the snapshot of the first `size` entries; none when it is not there."""
        body = self._one(statements.SNAPSHOT, {"code": code, "size": size})
        return None if body is None else raw(body)

    def outgrown(self, entries: int) -> list[str]:
        """List the jurisdictions whose journal grew by so many entries since their last snapshot."""
        return list(statements.run(self._connection, statements.OUTGROWN, {"entries": entries}).scalars())

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) of all that remain, in the order of entries."""
        for seq, name, found in self._stream(statements.DISCLOSURES, {"code": code, "since": since}):
            # SQLite lets anything stand where text should; then it is no disclosure, and verify will say so
            yield seq, text(name), text(found)

    def notices(self, code: str, *, since: int = 0) -> Iterator[tuple[int, int, str, bytes, int]]:
        """Give (entry, number, receiver, facts as JSON, when recorded) of all effects, by entry."""
        for seq, n, receiver, facts, at in self._stream(statements.NOTICES, {"code": code, "since": since}):
            yield seq, n, text(receiver), raw(facts), at

    def open_timers(self, code: str) -> list[Timer]:
        """Give all open timers of the present epoch, by entry and number."""
        return self._timers(statements.OPEN_TIMERS, {"code": code})

    def timers(self, code: str, *, since: int, until: int) -> list[Timer]:
        """Give the timers promised from `since` to before `until`, open or ended, by instant."""
        return self._timers(statements.TIMERS, {"code": code, "since": since, "until": until})

    def past_timers(self, code: str, *, since: int, until: int, before: int) -> list[Timer]:
        """Give the timers promised in a time that an entry below `before` ended, by instant."""
        values = {"code": code, "since": since, "until": until, "before": before}
        return self._timers(statements.PAST_TIMERS, values)

    def _timers(self, statement: Any, values: dict[str, Any]) -> list[Timer]:
        found = statements.run(self._connection, statement, values)
        return [rows.timer(values["code"], row) for row in found.all()]

    def ended_timers(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Timer]]:
        """Give (ending entry, timer) of all that ended, in the order of entries."""
        for row in self._stream(statements.ENDED_TIMERS, {"code": code, "since": since}):
            timer = rows.timer(code, row)
            assert timer.ended is not None, "the statement asks for those"
            yield timer.ended, timer

    def closings(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Closing]]:
        """Give (entry, closing) of all occurrences that filings closed, in the order of entries."""
        found = self._stream(statements.CLOSINGS, {"code": code, "since": since})
        read = (rows.closing(code, row) for row in found)
        # put in order here: a database orders text by the rules of some language
        for seq, of_entry in groupby(read, key=lambda one: one.seq):
            for one in sorted(of_entry, key=lambda one: (one.key, one.of, one.due)):
                yield seq, one

    def attachment(self, code: str, digest: str) -> bytes | None:
        """Give the bytes of an attachment, held against their hash; none when they are not there."""
        body = self._one(statements.ATTACHMENT, {"code": code, "digest": digest})
        if body is None:
            return None
        body = raw(body)
        if playbooks.digest(body) != digest:
            raise StoreError(
                where=say("{place}, attachment of {code}", place=self._place, code=code),
                expected=say("the attachment {hash}", hash=digest),
                found=playbooks.digest(body),
                do=say("restore a backup; keep the database as it is"),
            )
        return body

    def attachments(self, code: str) -> list[str]:
        """List the SHA-256 of the attachments that are kept."""
        found = statements.run(self._connection, statements.ATTACHMENTS, {"code": code}).scalars()
        return [text(digest) for digest in found]

    def playbooks(self, code: str) -> list[str]:
        """List the SHA-256 of the playbooks that are kept."""
        found = statements.run(self._connection, statements.PLAYBOOKS, {"code": code}).scalars()
        return [text(digest) for digest in found]

    def newest_duties(self, code: str) -> list[Duty]:
        """Give the pieces of the newest shift of each roster, by entry and number."""
        return self._duties(statements.NEWEST_DUTIES, {"code": code})

    def duties(self, code: str, *, since: int, until: int, is_struck: bool = False) -> list[Duty]:
        """Give the pieces of duty that count, or do no more, and lie between two instants, by beginning."""
        statement = statements.STRUCK_DUTIES if is_struck else statements.DUTIES
        return self._duties(statement, {"code": code, "since": since, "until": until})

    def _duties(self, statement: Any, values: dict[str, Any]) -> list[Duty]:
        found = statements.run(self._connection, statement, values)
        return [rows.duty(values["code"], row) for row in found.all()]

    def ended_duties(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Duty]]:
        """Give (ending entry, piece) of all that ended, in the order of entries."""
        for row in self._stream(statements.ENDED_DUTIES, {"code": code, "since": since}):
            duty = rows.duty(code, row)
            assert duty.ended is not None, "the statement asks for those"
            yield duty.ended, duty

    def served(self, code: str, *, year: int) -> list[Served]:
        """Give what everybody served in shifts that are not the newest."""
        values = {"code": code, "year": year, "oldest": year - _LOOKED_BACK}
        return [rows.served(row) for row in statements.run(self._connection, statements.SERVED, values)]

    def people(self, code: str) -> list[Person]:
        """Give whom the directory names, by holder."""
        found = statements.run(self._connection, statements.PEOPLE, {"code": code})
        return [rows.person(row) for row in found]

    def next_wake(self) -> int | None:
        """Give the earliest instant at which an open timer is to be carried out."""
        at: int | None = self._one(statements.NEXT_WAKE, {})
        return at

    def due_codes(self, at: int, limit: int) -> list[str]:
        """List at most `limit` jurisdictions in which something is due by `at`, oldest first.

        Read along the index until there are enough: with many due it is not walked to its end.
        """
        found: dict[str, None] = {}
        for (code,) in self._stream(statements.WAKES, {"at": at}):
            if len(found) >= limit:
                break
            found[code] = None
        return list(found)[:limit]

    def set_aside(self) -> list[tuple[str, Timer]]:
        """List (code, timer) of all that failed so often that they are tried no more."""
        found = statements.run(self._connection, statements.SET_ASIDE, {})
        return [(row[0], rows.timer(row[0], row[1:])) for row in found]

    def undelivered(self, limit: int, *, code: str | None = None) -> list[Undelivered]:
        """Give at most `limit` notices that are not delivered yet, oldest entry first."""
        if code is None:
            return self._notices(statements.UNDELIVERED, {"most": limit})
        return self._notices(statements.UNDELIVERED_OF, {"most": limit, "code": code})

    def free(self, limit: int, *, at: int) -> list[Undelivered]:
        """Give at most `limit` notices that may be taken at an instant, oldest entry first."""
        return self._notices(statements.FREE, free_by(limit, at))

    def _notices(self, statement: Any, values: dict[str, Any]) -> list[Undelivered]:
        return list(map(_undelivered, self._connection.execute(statement, values)))

    def letters(self, code: str, seq: int, n: int) -> list[Settled]:
        """Give the letters of a notice that are over, by holder."""
        found = statements.run(self._connection, statements.LETTERS, {"code": code, "seq": seq, "n": n})
        return [Settled(*tuple(row)) for row in found]

    def lost(self, limit: int, *, code: str | None = None, since: int = 0) -> list[Lost]:
        """Give at most `limit` lost letters of notices recorded from an instant on, lost last first."""
        values: dict[str, Any] = {"most": limit, "since": since}
        if code is None:
            found = self._connection.execute(statements.LOST, values)
        else:
            found = self._connection.execute(statements.LOST_OF, {**values, "code": code})
        return [_lost(tuple(row)) for row in found]

    def answered(self, code: str, source: str, event_id: str) -> Stored | None:
        """Give the entry that answered an event before."""
        values = {"code": code, "source": source, "event_id": event_id}
        row = statements.run(self._connection, statements.ANSWERED, values).one_or_none()
        return None if row is None else rows.stored(row)

    def _one(self, statement: Any, values: dict[str, Any]) -> Any:
        return statements.run(self._connection, statement, values).scalar_one_or_none()

    def _stream(self, statement: Any, values: dict[str, Any]) -> Iterator[Any]:
        options = {"yield_per": _ROWS_AT_A_TIME}
        result = self._connection.execute(statement, values, execution_options=options)
        self._streams.enter_context(result)
        for n in _ROWS_AT_FIRST:
            yield from result.fetchmany(n)
        for found in result.partitions():
            yield from found


def free_by(limit: int, at: int) -> dict[str, int]:
    """Give the values of what may be taken at an instant."""
    return {"most": limit, "at": at, "set_back": at + LONGEST_WAIT + LEEWAY}


def _lost(row: Sequence[Any]) -> Lost:
    letter, its = Settled(*row[:-3]), row[-3:]
    return Lost(letter, _undelivered([*letter[:3], *its]))


def _undelivered(row: Sequence[Any]) -> Undelivered:
    """Read a notice. One that is spoilt holds up no other: it names a fact that its reader will miss."""
    code, seq, n, receiver, facts, tries = row
    try:
        return Undelivered(code, seq, n, receiver, _numbers.decode(raw(facts)), tries)
    except ValueError:
        return Undelivered(code, seq, n, receiver, [_NO_FACT], tries)
