"""How fast, and in how much memory, a long journal is verified.

Ours: `service.verify.verify`, once for the hashes alone and once with everything (entries canonical,
disclosures opened, each decided again, situation and standing items rebuilt) by as many processes side by
side as there are cores, as `incident journal verify` does it.
Limit: sqlite3 alone, in one process, reading the same rows and taking SHA-256 of each: the entries; with
everything, the disclosures and the outbox too. Hashes are judged by processor time, everything by what
somebody waits, the start of the other processes included; its processor time stands beside, of all processes
together (`cpu_ratio`). Where the machine is busy with other work several processes get more of it than one
does.
`linear` is what an entry costs in the whole journal against what it costs in its first tenth. Every turn is a
process of its own, so that its greatest memory is its own too; those of its helpers are added.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure
from incident.cli.journal_verify import cores

TARGETS = {"hashes": 0.4, "replay": 0.2}
#: What an entry of a long journal may cost against one of a tenth of it.
LINEAR = 1.2
#: What a verifying process may take at most.
MEMORY_MB = 200
ENTRIES = "SELECT seq, body, leaf FROM entry ORDER BY jurisdiction, seq"
#: What is read besides, with everything.
DISCLOSURES = "SELECT seq, name, text FROM disclosure ORDER BY jurisdiction, seq, name"
OUTBOX = "SELECT seq, n, receiver, facts, at FROM outbox ORDER BY jurisdiction, seq, n"


def ours(path: str, part: str, jobs: int) -> None:
    """Verify the journal at `path`."""
    from bench import _town
    from incident import bootstrap
    from incident.service.verify import verify
    from incident.store.database import connect
    from incident.store.sql import SqlStore

    url = f"sqlite:///{path}"
    store = SqlStore(connect(url))
    began = _now()
    with bootstrap.elsewhere(url, jobs) as elsewhere, store.reading() as tx:
        verified = verify(tx, _town.CODE, replay=part == "replay", elsewhere=elsewhere)
    _say(began, entries=verified.entries)


def limit(path: str, part: str, _jobs: int) -> None:
    """Read and hash the rows that verifying reads."""
    connection = sqlite3.connect(path)
    sha256 = hashlib.sha256
    entries = 0
    began = _now()
    for _seq, body, _leaf in connection.execute(ENTRIES):
        sha256(body).digest()
        entries += 1
    if part == "replay":
        for _seq, _name, text in connection.execute(DISCLOSURES):
            sha256(text.encode()).digest()
        for _seq, _n, _receiver, facts, _at in connection.execute(OUTBOX):
            sha256(facts).digest()
    _say(began, entries=entries)


def _now() -> tuple[float, float]:
    """Give the clock on the wall, and the processor time of this process and of those that it started."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in both)


def _say(began: tuple[float, float], **more: int) -> None:
    wall, cpu = (after - before for after, before in zip(_now(), began, strict=True))
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        json.dumps({"wall": wall, "cpu": cpu, "megabytes": _measure.peak_memory(), "helper": helpers, **more})
    )


def _run(side: str, part: str, path: Path, jobs: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--side", side, "--part", part, "--journal", str(path)]
    command += ["--jobs", str(jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class Measured(NamedTuple):
    """What one level of verifying takes."""

    figure: _measure.Figure
    #: The same by processor time.
    cpu_ratio: float
    #: Seconds an entry takes, in the middle of all turns.
    seconds: float
    #: The greatest memory, in megabytes.
    megabytes: float


def measure(part: str, path: Path, turns: int, jobs: int) -> Measured:
    """Measure one level turn by turn."""
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "limit": []}
    by = "wall" if part == "replay" else "cpu"

    def rate(side: str) -> float:
        one = _run(side, part, path, jobs)
        found[side].append(one)
        return float(one["entries"] / one[by])

    pairs = _measure.take_turns(turns, lambda: rate("ours"), lambda: rate("limit"))
    both = list(zip(found["ours"], found["limit"], strict=True))
    assert all(one["entries"] == other["entries"] for one, other in both), "all entries were read"
    return Measured(
        _measure.compare(part, pairs, unit="entries/s", target=TARGETS[part]),
        round(statistics.median(other["cpu"] / one["cpu"] for one, other in both), 3),
        statistics.median(one[by] / one["entries"] for one, _ in both),
        max(one["megabytes"] + (jobs - 1) * one["helper"] for one, _ in both),
    )


def main() -> int:
    """Write a journal, measure, report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how long the journal is (1000000)")
    parser.add_argument("--turns", type=int, default=3, help="how often each side is measured (3)")
    parser.add_argument("--jobs", type=int, help="processes side by side (as many as there are cores)")
    parser.add_argument(
        "--journal", type=Path, help="one that bench/_journal.py wrote; else it is written first"
    )
    parser.add_argument("--side", choices=("ours", "limit"), help="measure only this, once")
    parser.add_argument("--part", choices=tuple(TARGETS), default="hashes", help="for --side")
    chosen = parser.parse_args()
    jobs = chosen.jobs or cores()
    if chosen.side is not None:
        {"ours": ours, "limit": limit}[chosen.side](str(chosen.journal), chosen.part, jobs)
        return 0
    _measure.compile_all()
    with _measure.folder() as folder:
        path = chosen.journal or _measure.journal(folder, chosen.entries)
        hashes, replay = (measure(part, path, chosen.turns, jobs) for part in TARGETS)
        tenth = measure("replay", _measure.journal(folder, chosen.entries // 40 * 4), chosen.turns, jobs)
    costs = 1e6 * replay.seconds, 1e6 * tenth.seconds
    memory = max(hashes.megabytes, replay.megabytes)
    figures = [
        hashes.figure,
        replay.figure,
        _measure.Figure("linear", costs[0] / costs[1], *costs, "µs an entry", LINEAR, at_most=True),
        _measure.Figure("memory", memory / MEMORY_MB, memory, MEMORY_MB, "MB", 1.0, at_most=True),
    ]
    return _measure.report(
        "verify",
        figures,
        as_json=chosen.as_json,
        entries=chosen.entries,
        jobs=jobs,
        cpu_ratio=replay.cpu_ratio,
    )


if __name__ == "__main__":
    sys.exit(main())
