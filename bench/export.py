"""In how much memory, and how fast, an evidence kit is made of a long journal.

Ours: `incident.kit.export.export`, opening everything. Limit: sqlite3 alone reading the entries, and zlib
packing them as a kit's `entries.jsonl`: the least that any export of them costs. Every turn is a process of
its own, so that its greatest memory is its own too.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure

#: Of the speed at which entries are read and packed, and packed once more as bundles, with all else.
TARGET = 0.04
#: What an exporting process may take at most.
MEMORY_MB = 300
ENTRIES = "SELECT body FROM entry ORDER BY jurisdiction, seq"


def ours(path: str) -> None:
    """Make a kit of the journal at `path`."""
    from bench import _town
    from incident.kit.export import export
    from incident.kit.tongues import Tongues
    from incident.service.exhibit import Shown
    from incident.store.database import connect
    from incident.store.sql import SqlStore

    store = SqlStore(connect(f"sqlite:///{path}"))
    tongues = Tongues(zh=str, en=str)
    began = time.process_time()
    with tempfile.TemporaryDirectory(prefix="incident-bench-") as folder, store.reading() as tx:
        kit = Path(folder) / "kit.zip"
        made = export(tx, _town.CODE, Shown(), kit, at=0, keys=(), tongues=tongues)
        _say(began, entries=made.manifest.size, bytes=kit.stat().st_size)


def limit(path: str) -> None:
    """Read the entries and pack them."""
    connection = sqlite3.connect(path)
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    entries = packed = 0
    began = time.process_time()
    for (body,) in connection.execute(ENTRIES):
        packed += len(packer.compress(body)) + len(packer.compress(b"\n"))
        entries += 1
    _say(began, entries=entries, bytes=packed)


def _say(began: float, **more: int) -> None:
    spent = time.process_time() - began
    print(json.dumps({"seconds": spent, "megabytes": _measure.peak_memory(), **more}))


def _run(side: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--side", side, "--journal", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(path: Path, entries: int, turns: int) -> tuple[_measure.Figure, float]:
    """Measure turn by turn; gives the greatest memory of ours too, in megabytes."""
    memory: list[float] = []

    def rate(side: str) -> float:
        found = _run(side, path)
        assert found["entries"] == entries, "all entries were read"
        if side == "ours":
            memory.append(found["megabytes"])
        return entries / float(found["seconds"])

    pairs = _measure.take_turns(turns, lambda: rate("ours"), lambda: rate("limit"))
    return _measure.compare("speed", pairs, unit="entries/s", target=TARGET), max(memory)


def main() -> int:
    """Write a journal, measure, report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how long the journal is (1000000)")
    parser.add_argument("--turns", type=int, default=1, help="how often each side is measured (1)")
    parser.add_argument(
        "--journal", type=Path, help="one that bench/_journal.py wrote; else it is written first"
    )
    parser.add_argument("--side", choices=("ours", "limit"), help="measure only this, once")
    chosen = parser.parse_args()
    if chosen.side is not None:
        {"ours": ours, "limit": limit}[chosen.side](str(chosen.journal))
        return 0
    _measure.compile_all()
    with _measure.folder() as folder:
        path = chosen.journal or _measure.journal(folder, chosen.entries)
        speed, megabytes = measure(path, chosen.entries, chosen.turns)
    memory = _measure.Figure(
        "memory", megabytes / MEMORY_MB, round(megabytes, 1), MEMORY_MB, "MB", 1.0, at_most=True
    )
    return _measure.report("export", [memory, speed], as_json=chosen.as_json, entries=chosen.entries)


if __name__ == "__main__":
    sys.exit(main())
