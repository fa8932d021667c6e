"""Refuse a build whose core is not tested: at least 97 % of lines and branches, ring by ring.

Usage: coverage_gate.py coverage.json (written by `pytest --cov --cov-report=json`)

Only the rings that decide are held to a figure, by the tests that are there for them (`tests/measuring.py`).
The command line and the store are covered too, but by what they do, in tests of their own.
"""

import json
import sys
from pathlib import Path
from typing import Any

RINGS = ("incident/domain", "incident/service")
FLOOR = 97.0


def measure(report: dict[str, Any], ring: str) -> float | None:
    """Compute the covered share of a ring's lines and branches in percent; None if it holds no code."""
    summaries = [entry["summary"] for path, entry in report["files"].items() if path.startswith(f"{ring}/")]
    possible = sum(each["num_statements"] + each["num_branches"] for each in summaries)
    covered = sum(each["covered_lines"] + each["covered_branches"] for each in summaries)
    return 100 * covered / possible if possible else None


def main(path: str) -> int:
    """Print one line a ring and return 1 if any stands below the floor."""
    report = json.loads(Path(path).read_text(encoding="utf-8"))
    failed = False
    for ring in RINGS:
        share = measure(report, ring)
        # A ring that was not measured passes no gate: a moved folder must not open it.
        is_enough = share is not None and share >= FLOOR
        found = "nothing measured" if share is None else f"{share:.2f} %"
        print(f"{ring}: expected at least {FLOOR:g} %, found {found}: {'ok' if is_enough else 'TOO LOW'}")
        failed |= not is_enough
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
