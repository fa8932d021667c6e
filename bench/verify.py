"""How fast, and in how much memory, a long journal is verified.

Ours: `service.verify.verify`, once for the hashes alone and once with everything (entries canonical,
disclosures opened, situation and standing items rebuilt).
Limit: sqlite3 alone reading the same rows and taking SHA-256 of each: the entries; with everything, the
disclosures too. Every turn is a process of its own, so that its greatest memory is its own too.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure

TARGETS = {"hashes": 0.4, "replay": 0.1}
#: What a verifying process may take at most.
MEMORY_MB = 200
ENTRIES = "SELECT seq, body, leaf FROM entry ORDER BY jurisdiction, seq"
DISCLOSURES = "SELECT seq, name, text FROM disclosure ORDER BY jurisdiction, seq, name"


def ours(path: str, part: str) -> None:
    """Verify the journal at `path`."""
    from bench import _town
    from incident.service.verify import verify
    from incident.store.database import connect
    from incident.store.sql import SqlStore

    store = SqlStore(connect(f"sqlite:///{path}"))
    began = time.process_time()
    with store.reading() as tx:
        verified = verify(tx, _town.CODE, replay=part == "replay")
    _say(began, entries=verified.entries)


def limit(path: str, part: str) -> None:
    """Read and hash the rows that verifying reads."""
    connection = sqlite3.connect(path)
    sha256 = hashlib.sha256
    entries = 0
    began = time.process_time()
    for _seq, body, _leaf in connection.execute(ENTRIES):
        sha256(body).digest()
        entries += 1
    if part == "replay":
        for _seq, _name, text in connection.execute(DISCLOSURES):
            sha256(text.encode()).digest()
    _say(began, entries=entries)


def _say(began: float, **more: int) -> None:
    spent = time.process_time() - began
    print(json.dumps({"seconds": spent, "megabytes": _measure.peak_memory(), **more}))


def _run(side: str, part: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--side", side, "--part", part, "--journal", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(part: str, path: Path, entries: int, turns: int) -> tuple[_measure.Figure, float]:
    """Measure one level turn by turn; gives the greatest memory too, in megabytes."""
    memory: list[float] = []

    def rate(side: str) -> float:
        found = _run(side, part, path)
        assert found["entries"] == entries, "all entries were read"
        if side == "ours":
            memory.append(found["megabytes"])
        return entries / float(found["seconds"])

    pairs = _measure.take_turns(turns, lambda: rate("ours"), lambda: rate("limit"))
    return _measure.compare(part, pairs, unit="entries/s", target=TARGETS[part]), max(memory)


def main() -> int:
    """Write a journal, measure, report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how long the journal is (1000000)")
    parser.add_argument("--turns", type=int, default=3, help="how often each side is measured (3)")
    parser.add_argument(
        "--journal", type=Path, help="one that bench/_journal.py wrote; else it is written first"
    )
    parser.add_argument("--side", choices=("ours", "limit"), help="measure only this, once")
    parser.add_argument("--part", choices=tuple(TARGETS), default="hashes", help="for --side")
    chosen = parser.parse_args()
    if chosen.side is not None:
        {"ours": ours, "limit": limit}[chosen.side](str(chosen.journal), chosen.part)
        return 0
    _measure.compile_all()
    with _measure.folder() as folder:
        path = chosen.journal or _measure.journal(folder, chosen.entries)
        found = [measure(part, path, chosen.entries, chosen.turns) for part in TARGETS]
    figures = [figure for figure, _ in found]
    megabytes = round(max(memory for _, memory in found), 1)
    figures.append(
        _measure.Figure("memory", megabytes / MEMORY_MB, megabytes, MEMORY_MB, "MB", 1.0, at_most=True)
    )
    return _measure.report("verify", figures, as_json=chosen.as_json, entries=chosen.entries)


if __name__ == "__main__":
    sys.exit(main())
