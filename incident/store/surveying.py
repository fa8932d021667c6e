"""Looking at many jurisdictions at once, in a fixed number of statements; written by hand like `bulk.py`.

Each finds its rows by an index, jurisdiction by jurisdiction: what was stored long ago is not read. On SQLite
`CROSS JOIN` says which table comes first; on PostgreSQL `JOIN` leaves that to the planner.
"""

# ruff: noqa: S608 - what is put together are names of our own columns

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final, cast

import msgspec
from sqlalchemy import Connection

from incident.service.survey import (
    LOST_FOR,
    MISSED_FOR,
    OPEN_KINDS,
    RETRIED,
    UNSIGNED_FOR,
    Asked,
    Missed,
    Overdue,
    Place,
    Places,
    Survey,
    Unsigned,
)
from incident.store import bulk, rows

_places = partial(msgspec.convert, type=list[Place])
_RECORDED: Final = "SELECT coalesce(sum(version), 0) FROM situation"
_PLACES: Final = (
    "SELECT s.jurisdiction, s.name, s.playbook, s.zone, s.state, s.since, s.incident, s.planned_end,"
    " s.confirm_by, s.version, c.at FROM situation AS s LEFT JOIN checkpoint AS c"
    " ON c.jurisdiction = s.jurisdiction AND c.size = (SELECT max(n.size) FROM checkpoint AS n"
    " WHERE n.jurisdiction = s.jurisdiction AND n.size <= s.version) ORDER BY s.jurisdiction"
)
#: Instant by which it is tried again, present instant. Not grouped by the column itself, or SQLite would walk
#: an index that begins with it, through all there ever was.
_OVERDUE: Final = (
    "SELECT min(t.jurisdiction), min(t.wake), count(*) FROM timer AS t"
    " WHERE t.next_at IS NOT NULL AND t.next_at <= ? AND t.wake <= ?"
    " GROUP BY t.jurisdiction || ''"
)
_ASIDE: Final = (
    "SELECT t.jurisdiction, count(*) FROM timer AS t"
    " WHERE t.ended IS NULL AND t.next_at IS NULL GROUP BY t.jurisdiction"
)
_UNDELIVERED: Final = (
    "SELECT o.jurisdiction, count(*) FROM outbox AS o WHERE o.done_at IS NULL GROUP BY o.jurisdiction"
)
#: Instant, twice: a letter is lost after its notice was recorded.
_LOST: Final = (
    "SELECT l.jurisdiction, count(*) FROM letter AS l JOIN outbox AS o"
    " ON o.jurisdiction = l.jurisdiction AND o.seq = l.seq AND o.n = l.n"
    " WHERE l.lost IS NOT NULL AND l.lost <> 'stale' AND l.at >= ? AND o.at >= ?"
    " GROUP BY l.jurisdiction"
)
_ITEMS: Final = (
    'SELECT i.jurisdiction, i.kind, i."key", i.item FROM situation AS s {join} standing AS i'
    f" ON i.jurisdiction = s.jurisdiction AND i.kind IN ({', '.join(map(repr, OPEN_KINDS))})"
)
#: Present instant twice (up to when another was due); first instant, present one.
_MISSED: Final = (
    'SELECT t.jurisdiction, t."key", CASE WHEN EXISTS (SELECT 1 FROM timer AS n'
    ' WHERE n.jurisdiction = t.jurisdiction AND n.due > t.due AND n.due <= ? AND n."key" = t."key"'
    ' AND n."of" = t."of" AND n.what = \'deadline\' AND n.wake <= ?'
    " AND coalesce(n.\"end\", '') <> 'cancelled') THEN 1 ELSE 0 END AS is_overtaken, min(t.due), count(*)"
    " FROM situation AS s {join} timer AS t"
    " ON t.jurisdiction = s.jurisdiction AND t.due >= ? AND t.due <= ?"
    " WHERE t.result = 'missed' AND t.what = 'deadline' AND NOT EXISTS (SELECT 1 FROM closing AS c"
    ' WHERE c.jurisdiction = t.jurisdiction AND c."key" = t."key" AND c."of" = t."of" AND c.due = t.due)'
    " GROUP BY 1, 2, 3"
)
#: First instant, present one.
_UNSIGNED: Final = (
    'SELECT t.jurisdiction, t."key", t.about FROM situation AS s {join} timer AS t'
    " ON t.jurisdiction = s.jurisdiction AND t.due >= ? AND t.due <= ?"
    " WHERE t.result = 'missed' AND t.what = 'signature' AND EXISTS (SELECT 1 FROM standing AS r"
    ' WHERE r.jurisdiction = t.jurisdiction AND r.kind = \'roster\' AND r."key" = t."key")'
)
#: Whom nobody was left to ask for, by (code, call-out, first and last instant).
_GIVEN_UP: Final = {
    "sqlite": 'SELECT t.jurisdiction, t."key", t.reason FROM json_each(?) AS w CROSS JOIN timer AS t'
    " ON t.jurisdiction = json_extract(w.value, '$[0]') AND t.due >= json_extract(w.value, '$[2]')"
    " AND t.due <= json_extract(w.value, '$[3]') AND t.\"key\" = json_extract(w.value, '$[1]')"
    " WHERE t.what = 'answer' AND t.reason IS NOT NULL"
    " AND t.\"end\" IN ('fired', 'fired_late')",
    "postgresql": 'SELECT t.jurisdiction, t."key", t.reason'
    " FROM unnest(?::text[], ?::text[], ?::bigint[], ?::bigint[]) AS w (code, item, since, until)"
    " JOIN timer AS t ON t.jurisdiction = w.code AND t.due >= w.since AND t.due <= w.until"
    " AND t.\"key\" = w.item WHERE t.what = 'answer' AND t.reason IS NOT NULL"
    " AND t.\"end\" IN ('fired', 'fired_late')",
}
#: Playbooks by (code, hash).
_BODIES: Final = {
    "sqlite": "SELECT p.jurisdiction, p.hash, p.body FROM json_each(?) AS w CROSS JOIN playbook AS p"
    " ON p.jurisdiction = json_extract(w.value, '$[0]') AND p.hash = json_extract(w.value, '$[1]')",
    "postgresql": "SELECT p.jurisdiction, p.hash, p.body"
    " FROM unnest(?::text[], ?::text[]) AS w (code, digest) JOIN playbook AS p"
    " ON p.jurisdiction = w.code AND p.hash = w.digest",
}


class SqlSurveying:
    """The part of a look that sees many jurisdictions at once."""

    _connection: Connection

    def places(self) -> Places:
        """Say where all jurisdictions stand; a row that is spoilt holds up no other."""
        found = [tuple(row) for row in self._connection.exec_driver_sql(_PLACES).all()]
        try:
            return Places(_places(found), [])
        except msgspec.ValidationError:
            return _one_by_one(found)

    def entries_of_all(self) -> int:
        """Count the entries of all journals together."""
        return int(self._connection.exec_driver_sql(_RECORDED).scalar_one())

    def survey(self, *, at: int) -> Survey:
        """Say what is open at an instant in all jurisdictions."""
        ask = partial(_ask, self._connection)
        missed = ask(_MISSED, at, at, at - MISSED_FOR, at)
        unsigned = ask(_UNSIGNED, at - UNSIGNED_FOR, at)
        return Survey(
            overdue={code: Overdue(since, n) for code, since, n in ask(_OVERDUE, at + RETRIED, at)},
            aside=dict(ask(_ASIDE)),
            undelivered=dict(ask(_UNDELIVERED)),
            lost=dict(ask(_LOST, at - LOST_FOR, at - LOST_FOR)),
            items=[(code, kind, rows.text(key), rows.item(item)) for code, kind, key, item in ask(_ITEMS)],
            missed=[Missed(code, key, bool(later), since, n) for code, key, later, since, n in missed],
            unsigned=[Unsigned(*row) for row in unsigned if isinstance(row[2], int)],
        )

    def given_up(self, asked: Sequence[Asked]) -> dict[tuple[str, str], set[str]]:
        """Give for whom nobody was left to ask, by (code, key) of the call-out."""
        found = defaultdict[tuple[str, str], set[str]](set)
        for code, key, reason in bulk.ask(self._connection, _GIVEN_UP, asked) if asked else ():
            found[code, key].update(rows.text(reason).split(", "))
        return dict(found)

    def bodies(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Give the bytes of playbooks by (code, hash)."""
        found = bulk.ask(self._connection, _BODIES, wanted) if wanted else ()
        return {(code, digest): rows.raw(body) for code, digest, body in found}


def _one_by_one(found: Iterable[tuple[Any, ...]]) -> Places:
    """Read situations of which one at least is spoilt."""
    read, unreadable = list[Place](), list[str]()
    for row in found:
        try:
            read += _places([row])
        except msgspec.ValidationError:
            unreadable.append(rows.text(row[0]))
    return Places(read, unreadable)


def _ask(connection: Connection, statement: str, *values: int) -> Sequence[Any]:
    """Carry a statement out."""
    if connection.dialect.name == "sqlite":
        written = statement.replace("{join}", "CROSS JOIN")
    else:
        written = statement.replace("{join}", "JOIN").replace("?", "%b")
    return cast("Sequence[Any]", connection.exec_driver_sql(written, values).all())
