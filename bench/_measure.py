"""What the benchmarks share: two sides measured in turn, a ratio against its target, one way to print it.

A machine is never quiet, so an absolute figure says little. Each benchmark therefore measures our side and a
limit (what nothing built on the same parts can beat) turn by turn in one run, takes the ratio of each pair,
and judges the median of the ratios.
"""

from __future__ import annotations

import argparse
import compileall
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

#: The checkout.
ROOT = Path(__file__).resolve().parents[1]
#: Libraries on the path of a command, compiled before anything is timed.
LIBRARIES = ("click", "msgspec", "sqlalchemy", "transitions", "psycopg")


class Figure(NamedTuple):
    """One ratio with both its sides and the target it is held against."""

    #: What was measured: `SQLite`, `hashes`.
    part: str
    #: Median of the ratios of the pairs.
    ratio: float
    #: Our side, median, in `unit`.
    ours: float
    #: The limit of the same run, median, in `unit`.
    limit: float
    unit: str
    #: What the ratio has to reach, or where `at_most`, not to pass.
    target: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """Tell whether the target is met."""
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    @property
    def margin(self) -> float:
        """Give how far the target is passed, as a factor; below 1 it is missed."""
        if not self.at_most:
            return self.ratio / self.target
        return self.target / self.ratio if self.ratio else math.inf

    def line(self, bench: str) -> str:
        """Give the figure as a line for people."""
        digits = 4 if self.target < 0.1 else 2  # noqa: PLR2004 - of a small share the first two say nothing
        target = f"target {'≤' if self.at_most else '≥'} {self.target:.{digits}f}"
        verdict = "holds" if self.holds else "MISSED"
        sides = f"ours {_number(self.ours)}, limit {_number(self.limit)} {self.unit}"
        return f"{bench:17} {self.part:16} {self.ratio:5.{digits}f}  {target}  {verdict:6}  ({sides})"

    def json(self) -> dict[str, Any]:
        """Give the figure as data."""
        return {
            "ratio": round(self.ratio, 4),
            "ours": round(self.ours, 6),
            "limit": round(self.limit, 6),
            "unit": self.unit,
            "target": self.target,
            "holds": self.holds,
        }


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits tell enough


def compare(part: str, pairs: Sequence[tuple[float, float]], **about: Any) -> Figure:
    """Make a figure of (ours, limit) pairs that were measured turn by turn."""
    return Figure(
        part=part,
        ratio=statistics.median(ours / limit for ours, limit in pairs),
        ours=statistics.median(ours for ours, _ in pairs),
        limit=statistics.median(limit for _, limit in pairs),
        **about,
    )


def take_turns(
    turns: int, ours: Callable[[], float], limit: Callable[[], float]
) -> list[tuple[float, float]]:
    """Measure both sides `turns` times, each going first every other time."""
    pairs = []
    for turn in range(turns):
        if turn % 2:
            other = limit()
            pairs.append((ours(), other))
        else:
            pairs.append((ours(), limit()))
    return pairs


def rounds(
    count: int, measure: Callable[[], list[tuple[float, float]]]
) -> tuple[list[tuple[float, float]], str]:
    """Measure so many times; gives all pairs, and between which ratios the medians of the rounds lie."""
    found = [measure() for _round in range(count)]
    medians = [statistics.median(ours / limit for ours, limit in pairs) for pairs in found]
    return [pair for pairs in found for pair in pairs], f"{min(medians):.2f}–{max(medians):.2f}"


def report(bench: str, figures: Sequence[Figure], *, as_json: bool, **more: Any) -> int:
    """Print what was found; gives the exit code, 1 when a target is missed.

    The JSON line has at its top the figure nearest to its target, and each by name under `parts`.
    """
    if as_json:
        nearest = min(figures, key=lambda figure: figure.margin)
        parts = {"parts": {figure.part: figure.json() for figure in figures}} if len(figures) > 1 else {}
        print(json.dumps({"bench": bench, **nearest.json(), **parts, **more, "machine": machine()}))
    else:
        for figure in figures:
            print(figure.line(bench))
        if more:
            print(f"{'':18}" + ", ".join(f"{name} {value}" for name, value in more.items()))
    sys.stdout.flush()
    return 0 if all(figure.holds for figure in figures) else 1


def machine() -> str:
    """Say on what this ran."""
    return f"{os.cpu_count()} × {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def options(text: str | None) -> argparse.ArgumentParser:
    """Make the parser of a benchmark; every one knows `--json`."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON line")
    return parser


def compile_all() -> None:
    """Write the bytecode that a process would otherwise make anew each time, also where that is off."""
    for folder in ("incident", "migrations", "playbooks"):
        compileall.compile_dir(ROOT / folder, quiet=2)
    for name in LIBRARIES:
        spec = find_spec(name)
        for folder in (spec.submodule_search_locations or []) if spec is not None else []:
            compileall.compile_dir(folder, quiet=2)


def cpu_of(command: Sequence[object], environment: dict[str, str] | None = None) -> float:
    """Run a command and give the processor time of its whole process, user and system, in seconds."""
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, [str(word) for word in command])
    return usage.ru_utime + usage.ru_stime


def peak_memory() -> float:
    """Give the greatest memory of this process so far, in megabytes.

    Linux counts into `ru_maxrss` what the process had that started this one; its own file does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (kilobytes,) = [line.split()[1] for line in status.read_text().splitlines() if line[:5] == "VmHWM"]
        return int(kilobytes) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def journal(where: Path, entries: int, every: int = 0) -> Path:
    """Write a long journal into a folder; in a process of its own, whose memory is then nobody's."""
    path = where / f"{entries}.db"
    script = Path(__file__).with_name("_journal.py")
    subprocess.run([sys.executable, script, path, str(entries), str(every)], check=True)
    return path


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder for one run's databases and remove it afterwards."""
    with tempfile.TemporaryDirectory(prefix="incident-bench-") as path:
        yield Path(path)
