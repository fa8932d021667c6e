"""`make sweep`, its second part: each act is killed at every statement and commit, on both databases.

Usage: sweep_crash.py [--act NAME] [--database DB] [--points N [--whole DB]] [--kept FILE] [--write]

A DB is sqlite or postgresql.

Prints how many points were swept, and with --write puts the table into docs/guarantees.md. `tests/crash` does
the same at a few points in every build. Stops at the first point that leaves a trace, and names it.

With --kept each act that was swept is noted in a file, and not swept again by whoever names that file: so a
sweep that was broken off goes on. Take another file for another state of the program.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from incident.domain.errors import IncidentError
from tests import postgres
from tests.crash.act import Act
from tests.crash.acts import ACTS, migrations, older_schemas
from tests.crash.places import Beginnings, Maker, server_databases, sqlite_files
from tests.crash.sweep import Choose, Swept, every, spread, sweep

ROOT: Final = Path(__file__).resolve().parents[1]
DATABASES: Final = ("sqlite", "postgresql")
PAGE: Final = ROOT / "docs" / "guarantees.md"
BEGIN: Final = "<!-- written by tools/sweep_crash.py -->"
END: Final = "<!-- end -->"


class Run(NamedTuple):
    """What was swept on one database."""

    version: str
    swept: list[Swept]

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(one.seconds for one in self.swept)


@contextmanager
def maker(database: str, folder: Path) -> Iterator[tuple[str, Maker]]:
    """Give the version of a database, and how such databases are made."""
    if database == "sqlite":
        yield f"SQLite {sqlite3.sqlite_version}", sqlite_files(folder)
    else:
        with postgres.running_server() as server:
            with server.connect() as connection:
                version = f"PostgreSQL {connection.info.parameter_status('server_version')}"
            yield version, server_databases(server)


def swept_on(database: str, wanted: argparse.Namespace) -> Run:
    """Sweep all acts that are wanted on a database."""
    is_whole = wanted.points is None or wanted.whole == database
    choose = every if is_whole else spread(wanted.points)
    kept, found = read_kept(wanted.kept), []
    with (
        tempfile.TemporaryDirectory() as name,
        maker(database, Path(name)) as (version, make),
        closing(Beginnings(make, Path(name) / "files")) as beginnings,
    ):
        for act in (*ACTS, *migrations(older_schemas())):
            if wanted.act and act.name not in wanted.act:
                continue
            if (one := kept.get((database, act.name))) is None:
                one = _swept(act, beginnings, choose)
                keep(wanted.kept, database, one)
            print(f"{database}: {act.name}: killed at {one.killed} points", flush=True)
            found.append(one)
    return Run(version, found)


def _swept(act: Act, beginnings: Beginnings, choose: Choose) -> Swept:
    try:
        return sweep(act, beginnings, choose)
    except IncidentError as error:  # a fault is told to another process in words
        raise AssertionError(f"{act.name}: {error}") from None


def read_kept(file: Path | None) -> dict[tuple[str, str], Swept]:
    """Give what was swept before, by database and act."""
    lines = file.read_text("utf-8").splitlines() if file is not None and file.exists() else []
    found = [json.loads(line) for line in lines]
    return {(database, swept[0]): Swept(*swept) for database, swept in found}


def keep(file: Path | None, database: str, swept: Swept) -> None:
    """Note what was swept."""
    if file is not None:
        with file.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps([database, swept]) + "\n")


def table(runs: list[Run]) -> str:
    """Write what was swept as a table, with when and where."""
    lines = [f"| act | {' | '.join(run.version for run in runs)} |", f"|---|{'---:|' * len(runs)}"]
    on_each = zip(*(run.swept for run in runs), strict=True)
    lines += [f"| {swept[0].act} | {' | '.join(map(_counted, swept))} |" for swept in on_each]
    sums = [sum(one.killed for one in run.swept) for run in runs]
    lines.append(f"| **all** | {' | '.join(f'**{n:,}**' for n in sums)} |")
    total = sum(sums)
    seconds = max(run.seconds for run in runs)
    said = (
        f"{total:,} points, {total:,} times whole and done once. {time.strftime('%Y-%m-%d', time.gmtime())},"
        f" {seconds:,.0f} s; {platform.system()} {platform.machine()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}."
    )
    return "\n".join([*lines, "", said])


def _counted(one: Swept) -> str:
    return f"{one.killed:,}" if one.killed == one.points else f"{one.killed:,} of {one.points:,}"


def put(page: Path, text: str, begin: str = BEGIN) -> None:
    """Put a text between the marks of a page; each script has a mark of its own at which its text begins."""
    before, _begin, rest = page.read_text(encoding="utf-8").partition(begin)
    _old, _end, after = rest.partition(END)
    page.write_text(f"{before}{begin}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def main() -> int:
    """Sweep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--act", action="append", help="this one alone; repeat")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--points", type=int, help="so many of each act; default: all")
    parser.add_argument(
        "--whole", choices=DATABASES, help="all of each act on this one, whatever --points is"
    )
    parser.add_argument("--kept", type=Path, help="where what was swept is noted, to go on from there")
    parser.add_argument("--write", action="store_true", help="put the table into docs/guarantees.md")
    wanted = parser.parse_args()
    os.chdir(ROOT)  # where children find the tests
    databases = wanted.database or DATABASES
    if wanted.write and (wanted.act or wanted.database):
        parser.error("--write is for all acts and all databases")
    with ProcessPoolExecutor(len(databases), mp_context=get_context("spawn")) as pool:
        found = table([*pool.map(swept_on, databases, repeat(wanted))])
    print(found)
    if wanted.write:
        put(PAGE, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
