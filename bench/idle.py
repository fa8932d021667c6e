"""What a worker that has nothing to do costs, and that it writes nothing.

Ours: processor time of a real `incident run` with messages, user and system, its children too, over some
seconds in which no promised time comes. Limit: one core. Writes: traces that a write would leave in the
database and that moved meanwhile, of those that were looked at; one is a miss, and is named.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _databases, _measure, _townships
from incident.domain import clock

TARGET = 0.01
#: The townships' own clock, and how far from now the reports are due: half a day, so never while we measure.
ZONE, AWAY = "Asia/Shanghai", 12 * 3600
#: A worker has settled when for so many seconds it took less than this share of a core.
STILL, BUSY = 1.0, 0.001
#: Seconds in which it has to start, to settle, and to end.
PATIENCE = 30.0

#: Rows written since ever, by table; the number that the next writing transaction of the server gets.
_ROWS = "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY relname"
_FOLLOWING = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"

#: What a write would move, by its name.
Traces = Mapping[str, str]


class Place(NamedTuple):
    """A database, and how to look for traces of a write in it."""

    url: str
    look: Callable[[], Traces]


def adopt(url: str, towns: int) -> None:
    """Make a database in which some townships are adopted, with nothing due for hours."""
    at = int(time.time())
    _townships.adopt(url, towns, at=at, hour=f"{clock.local(at + AWAY, ZONE):%H:%M}")


@contextmanager
def _sqlite(towns: int) -> Iterator[Place]:
    """Give a file; a second connection is told by SQLite itself whether anybody else wrote."""
    with _measure.folder() as folder:
        path = folder / "idle.db"
        adopt(f"sqlite:///{path}", towns)
        with closing(sqlite3.connect(path)) as connection:

            def look() -> Traces:
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                files = (path, path.with_name(f"{path.name}-wal"))
                return {
                    "data_version": str(version),
                    "content": hashlib.sha256(connection.serialize()).hexdigest(),
                    **{each.name: _file(each) for each in files},
                }

            look()  # from now on it has the database open, and a worker that ends is not the last to leave
            yield Place(f"sqlite:///{path}", look)


def _file(path: Path) -> str:
    """Tell the size of a file and when it was written, though it were with the bytes that stood there.

    It is not opened: closing it would let go of the locks that the connection of this process holds.
    """
    about = path.stat()
    return f"{about.st_size} bytes of {about.st_mtime_ns} ns"


@contextmanager
def _postgresql(towns: int) -> Iterator[Place]:
    """Give a database of a server, which counts the rows written into each table.

    On a server of our own no transaction may have been numbered either; that a transaction which writes
    always is. On another's the numbers are not ours alone.
    """
    with _databases.server() as running, running.database() as name:
        adopt(running.url(name), towns)
        with running.connect(name) as connection:

            def look() -> Traces:
                found = {
                    f"table {table}": f"{inserted} inserted, {updated} updated, {deleted} deleted"
                    for table, inserted, updated, deleted in connection.execute(_ROWS)
                }
                if running.pid is not None:
                    (following,) = connection.execute(_FOLLOWING)
                    found["next transaction"] = str(following[0])
                return found

            yield Place(running.url(name), look)


PLACES = {"sqlite": _sqlite, "postgresql": _postgresql}


@contextmanager
def _worker(url: str) -> Iterator[int]:
    """Run a worker, with messages to hand on if there were any; gives its process number.

    Raises `CalledProcessError` when it does not end well.
    """
    with _measure.folder() as folder:
        command = [sys.executable, "cli.py", "run", "--log-json", "--messages", str(folder / "messages")]
        surroundings = {"INCIDENT_DB": url, "INCIDENT_LANG": "en", "XDG_RUNTIME_DIR": str(folder)}
        process = subprocess.Popen(
            command, cwd=_measure.ROOT, env=os.environ | surroundings, stderr=subprocess.PIPE, text=True
        )
        try:
            _await_start(process)
            yield process.pid
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=PATIENCE)
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, command, stderr=said)
        finally:
            process.kill()
            process.communicate()


def _await_start(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None, "its log is piped"
    said = []
    for line in process.stderr:
        said.append(line)
        if '"event": "started"' in line or '"event":"started"' in line:
            return
    raise RuntimeError(f"the worker did not start: {''.join(said)}")


def spent(pid: int) -> float:
    """Give the processor time of a process so far, and of its children that ended, in seconds."""
    # the clock that clock_getcpuclockid(3) gives for a process; /proc has but hundredths, enough for children
    own = time.clock_gettime((~pid << 3) | 2)
    # counted from the third, behind the name: cutime and cstime are the 16th and 17th
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own + sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")


def _settle(pid: int) -> None:
    """Wait until a worker has looked round and sleeps."""
    give_up = time.monotonic() + PATIENCE
    before = -1.0
    while (now := spent(pid)) - before > BUSY * STILL:
        if time.monotonic() > give_up:
            raise TimeoutError(f"the worker does not come to rest in {PATIENCE:.0f} s")
        before = now
        time.sleep(STILL)


def measure(kind: str, towns: int, seconds: float) -> tuple[list[_measure.Figure], list[str]]:
    """Watch a worker on one kind of database; gives what was written too, a line each."""
    with PLACES[kind](towns) as place:
        with _worker(place.url) as pid:
            _settle(pid)
            before, began, then = place.look(), time.monotonic(), spent(pid)
            time.sleep(seconds)
            share = (spent(pid) - then) / (time.monotonic() - began)
        # when it has ended: PostgreSQL may count a connection's rows some seconds late, but not after its end
        after = place.look()
    moved = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    told = [f"{kind}: {name} was {before.get(name)} and is {after.get(name)}" for name in moved]
    figures = [
        _measure.Figure(kind, share, share, 1, "core", TARGET, at_most=True),
        _measure.Figure(
            f"{kind}, writes", len(moved) / len(after), len(moved), len(after), "traces", 0, at_most=True
        ),
    ]
    return figures, told


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to watch (60)")
    parser.add_argument("--towns", type=int, default=5, help="jurisdictions that are adopted (5)")
    parser.add_argument("--database", choices=list(PLACES), action="append", help="only this one")
    chosen = parser.parse_args()
    _measure.compile_all()
    found = [measure(kind, chosen.towns, chosen.seconds) for kind in chosen.database or PLACES]
    figures = [figure for some, _ in found for figure in some]
    for line in (line for _, told in found for line in told):
        print(f"written while idle: {line}", file=sys.stderr)
    return _measure.report(
        "idle", figures, as_json=chosen.as_json, seconds=chosen.seconds, towns=chosen.towns
    )


if __name__ == "__main__":
    sys.exit(main())
