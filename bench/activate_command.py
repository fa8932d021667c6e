"""How much a duty officer's command costs beyond its libraries.

Ours: the processor time of the whole process `incident activate majian … --yes` on an existing database.
Limit: that of a script which imports click and SQLAlchemy Core, opens SQLite and commits one row.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure

TARGET = 1.25
PRESSED = ["--decided-by", "command", "--basis", "measured", "--yes"]
ACTIVATE = ["activate", "majian", "--event", "local_positive_reported", *PRESSED]
VALUES = ["--set", "origin=local", "--set", "result=confirmed", "--set", "cases=1"]
STAND_DOWN = ["stand-down", "majian", *PRESSED]


def measure(pairs: int, folder: Path) -> _measure.Figure:
    """Run both in turn; between two activations the jurisdiction is stood down, unmeasured."""
    python = Path(sys.executable)
    incident = python.with_name("incident")
    environment = {**os.environ, "INCIDENT_DB": f"sqlite:///{folder / 'incident.db'}", "LANG": "C.UTF-8"}
    _quietly([incident, "adopt", "majian"], environment)
    with sqlite3.connect(folder / "floor.db") as connection:
        connection.execute("CREATE TABLE note (id INTEGER NOT NULL PRIMARY KEY, text TEXT)")
    connection.close()
    floor = [python, Path(__file__).with_name("_floor.py"), f"sqlite:///{folder / 'floor.db'}"]

    def ours() -> float:
        spent = _measure.cpu_of([incident, *ACTIVATE, *VALUES], environment)
        _quietly([incident, *STAND_DOWN], environment)
        return 1000 * spent

    def limit() -> float:
        return 1000 * _measure.cpu_of(floor, environment)

    _measure.take_turns(1, ours, limit)
    found = _measure.take_turns(pairs, ours, limit)
    return _measure.compare("", found, unit="ms CPU", target=TARGET, at_most=True)


def _quietly(command: list[str | Path], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, check=True, capture_output=True)


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--pairs", type=int, default=25, help="how many pairs of processes (25)")
    chosen = parser.parse_args()
    _measure.compile_all()
    with _measure.folder() as folder:
        figure = measure(chosen.pairs, folder)
    return _measure.report("activate_command", [figure], as_json=chosen.as_json, pairs=chosen.pairs)


if __name__ == "__main__":
    sys.exit(main())
