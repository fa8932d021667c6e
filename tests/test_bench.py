"""The benchmarks run and say what they promise to say. How fast anything is, no test asks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KEYS = {"bench", "ratio", "ours", "limit", "unit", "target", "holds", "machine"}
SMALL = {
    "activate_command": ["--pairs", "1"],
    "activation_http": ["--pairs", "1"],
    "as_of": ["--entries", "400", "--every", "100", "--turns", "1"],
    "board": ["--jurisdictions", "60", "--turns", "1"],
    "checkpointing": ["--turns", "1"],
    "deadlines": ["--reports", "40", "--jobs", "5", "--turns", "1", "--database", "sqlite"],
    "export": ["--entries", "400", "--turns", "1"],
    "growth": ["--entries", "400", "--short", "40", "--turns", "1"],
    "idle": ["--seconds", "2", "--database", "sqlite"],
    "proofs": ["--entries", "400", "--proofs", "5"],
    "record_size": ["--records", "20"],
    "rehearsal": ["--days", "3", "--turns", "1"],
    "outbox": ["--messages", "20"],
    "roster": ["--days", "10", "--instants", "500", "--turns", "1"],
    "status_api": ["--turns", "1"],
    "streams": ["--seconds", "1", "--streams", "20", "--writers", "4", "--database", "sqlite"],
    "throughput": ["--rounds", "1"],
    "verify": ["--entries", "400", "--turns", "1"],
}
#: What a benchmark of several figures holds each against.
TARGETS = {"verify": {"hashes": 0.4, "replay": 0.2, "linear": 1.2, "memory": 1.0}}


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, ROOT / "bench" / f"{name}.py", *SMALL[name], *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_benchmark_is_tried_here() -> None:
    scripts = {path.stem for path in (ROOT / "bench").glob("*.py") if not path.name.startswith("_")}
    assert set(SMALL) == scripts


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_prints_one_line_of_json(name: str) -> None:
    done = run(name, "--json")
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert set(found) >= KEYS
    assert found["bench"] == name
    assert found["ratio"] > 0 or name == "idle", "only who has nothing to do may have taken no time"
    judged = list(found.get("parts", {}).values()) or [found]
    assert done.returncode == (0 if all(part["holds"] for part in judged) else 1), done.stderr
    if name in TARGETS:
        assert {part: found["parts"][part]["target"] for part in found["parts"]} == TARGETS[name]


def test_people_get_a_line_for_each_figure() -> None:
    lines = run("roster").stdout.splitlines()
    assert lines[0].startswith("roster ")
    assert "target ≤ 10.00" in lines[0]
