"""The board of a province: 3,316 jurisdictions looked at and drawn, against the time of its statements alone.

Ours is all between the request and the bytes once something was recorded: the look (`Lookout`), which makes
use of the one before, and the page (`board.html`), whose lines are drawn anew where something changed. The
limit is the same statements sent to the same database by the same driver, their rows fetched and left; both
by processor time.
Every town owes a daily report; of one in five today's is missing, and one in forty waits for an answer. It is
measured on the first day (`thin`) and once all have reported for two months (`time`). Beside these stand, as
multiples of the same limit, the first page of a server that has just started: when it has drawn the board
beforehand, as `incident serve` does in the background (`first`; of the two languages one is asked for), and
when somebody was faster than that and it has read the playbooks only (`cold`); and one when nothing was
recorded since the last (`shared`). The page has to stay below 1 MB in either language, too.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import event

from bench import _measure, _townships
from incident.language import speaking
from incident.service.lookout import Lookout
from incident.service.outlines import Outlines, warm
from incident.service.overview import look
from incident.service.tick import sweep
from incident.store.database import connect
from incident.store.sql import SqlStore
from incident.web.lines import Lines
from incident.web.pages.board import Filter, draw_beforehand, drawn
from incident.web.text import render

#: Townships, streets, counties, cities of a large province, and the province.
PROVINCE = 3316
#: How often the time of the statements alone the whole may take.
TIMES = 3.0
#: Bytes of the page at the most.
LARGEST = 1_000_000
#: Of one in so many towns today's report is missing, one in so many waits for an answer.
_LATE, _CALLED = 5, 40
#: Days for which reports were owed before, and filed.
_DAYS = 60
#: Adds a row of timers that ended, so many days ago: one of what is over today, moved back.
_BEFORE = """
INSERT INTO timer SELECT t.jurisdiction, 1000 + d.day, ?, t.opened, ?, t."key", t."of", t.due - 86400 * d.day,
    t.about - 86400 * d.day, t.tier, t.wake - 86400 * d.day, 'fired', 1001 + d.day, t.due - 86400 * d.day, ?,
    0, NULL, 'bench', t.epoch, NULL, 0
FROM (SELECT value AS day FROM json_each(?)) AS d
CROSS JOIN (SELECT * FROM timer WHERE ended IS NOT NULL AND seq < 1000) AS t
"""
_AT = _townships.FIRST + 3600


def province(path: Path, count: int) -> str:
    """Make the province, and give its URL; the first report was due an hour ago."""
    url = f"sqlite:///{path}"
    late = count // _LATE
    _townships.adopt(url, count, filed=1)
    with closing(sqlite3.connect(path)) as connection, connection:
        # what is owed was filed by all but some: theirs is taken out again
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(
            "DELETE FROM closing WHERE jurisdiction IN (SELECT jurisdiction FROM situation LIMIT ?)", (late,)
        )
        connection.execute(
            "INSERT INTO standing SELECT jurisdiction, 'callout', 'callout-1', 1, ? FROM situation"
            " WHERE rowid % ? = 0",
            (b'{"at":"2026-03-01T06:00:00Z","within":"10m","waiting":["command","duty"]}', _CALLED),
        )
    with closing(SqlStore(connect(url))) as store:
        sweep(store, now=lambda: _AT, node="bench")
    return url


def age(path: Path) -> None:
    """Let two months go before the first day, in which all reported in time."""
    with closing(sqlite3.connect(path)) as connection, connection:
        days = json.dumps([*range(1, _DAYS + 1)])
        for n, what, result in ((0, "deadline", "met"), (1, "reminder", None)):
            connection.execute(_BEFORE, (n, what, result, days))


class Statements:
    """What our look sent, to be sent again by the driver alone."""

    def __init__(self, url: str, path: Path, outlines: Outlines) -> None:
        """Look once and keep every statement with its values."""
        self.sent: list[tuple[str, Any]] = []
        engine = connect(url)
        event.listen(engine, "before_cursor_execute", self._keep)
        with closing(SqlStore(engine)) as store, store.reading() as tx:
            look(tx, _AT, outlines)
        self.connection = sqlite3.connect(path, isolation_level=None)

    def _keep(self, _connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            self.sent.append((statement, values))

    def seconds(self) -> float:
        """Send them, fetch all rows, and give the processor time that took."""
        began = time.process_time()
        for statement, values in self.sent:
            self.connection.execute(statement, values).fetchall()
        return time.process_time() - began


class Server:
    """What a server keeps from one board to the next."""

    def __init__(self, store: SqlStore, path: Path, outlines: Outlines) -> None:
        """Keep nothing yet but the outlines."""
        self._store, self._path = store, path
        self._lookout, self._lines = Lookout(outlines), Lines()
        self._turn = 0

    def page(self) -> str:
        """Look and draw."""
        seen = self._lookout.look(self._store, _AT)
        shown = drawn(seen.glances, Filter(), seen.at, self._lines)
        return render("board.html", me=None, path="/", seen=seen.entries, **shown)

    def first(self) -> float:
        """Give what the first page takes when the server has just started and drawn the board beforehand."""
        self._lookout, self._lines = Lookout(self._lookout.outlines), Lines()
        draw_beforehand(self._store, self._lookout, self._lines, lambda: _AT)
        return timed(self.page)

    def changed(self) -> float:
        """Give what that takes once an entry was recorded somewhere."""
        self._turn += 1
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute("UPDATE situation SET version = version + 1 WHERE rowid = ?", (self._turn,))
        return timed(self.page)


def timed(call: Callable[[], object]) -> float:
    """Give how much processor time something takes, in seconds."""
    began = time.process_time()
    call()
    return time.process_time() - began


class Measured(NamedTuple):
    """What was measured of one province."""

    #: A board after a change, and the first of a server that drew it beforehand, each with its limit.
    changed: list[tuple[float, float]]
    first: list[tuple[float, float]]
    #: Multiples of the limit that other boards take.
    more: dict[str, float]
    #: Bytes of the page.
    size: int


def measure(url: str, path: Path, turns: int) -> Measured:
    """Measure the boards of a province."""
    outlines = Outlines()
    with closing(SqlStore(connect(url))) as store:
        warm(store, outlines)
        alone, server = Statements(url, path, outlines), Server(store, path, outlines)
        sizes = []
        for lang in ("zh", "en"):
            with speaking(lang):
                sizes.append(len(server.page().encode()))
        pairs = _measure.take_turns(turns, server.changed, alone.seconds)
        limit = statistics.median(seconds for _ours, seconds in pairs)
        cold = statistics.median(timed(Server(store, path, outlines).page) for _ in range(turns))
        again = statistics.median(timed(server.page) for _ in range(turns))
        first = _measure.take_turns(turns, Server(store, path, outlines).first, alone.seconds)
        alone.connection.close()
    more = {"cold": round(cold / limit, 2), "shared": round(again / limit, 2)}
    return Measured(pairs, first, more, max(sizes))


def memory(store: SqlStore) -> float:
    """Give the bytes that are kept of each playbook."""
    outlines = Outlines()
    tracemalloc.start()
    warm(store, outlines)
    kept, _most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / outlines.size


def main() -> int:
    """Measure turn by turn and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--jurisdictions", type=int, default=PROVINCE, help=f"how many ({PROVINCE})")
    parser.add_argument("--turns", type=int, default=9, help="turns (9)")
    chosen = parser.parse_args()
    with _measure.folder() as folder:
        path = folder / "province.db"
        url = province(path, chosen.jurisdictions)
        with closing(SqlStore(connect(url))) as store:
            each = memory(store)
        thin = measure(url, path, chosen.turns).changed
        age(path)
        found = measure(url, path, chosen.turns)
    figures = [
        _measure.compare("thin", thin, unit="s", target=TIMES, at_most=True),
        _measure.compare("time", found.changed, unit="s", target=TIMES, at_most=True),
        _measure.compare("first", found.first, unit="s", target=TIMES, at_most=True),
        _measure.compare("size", [(found.size, LARGEST)], unit="bytes", target=1.0, at_most=True),
    ]
    return _measure.report(
        "board",
        figures,
        as_json=chosen.as_json,
        jurisdictions=chosen.jurisdictions,
        **found.more,
        outline_bytes=round(each),
    )


if __name__ == "__main__":
    sys.exit(main())
