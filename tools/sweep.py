"""`make sweep`: the laws and the crash tests again and again, each round with another seed, until time is up.

At the end 5,000 promised times come while workers are killed, on each database (`sweep_chaos.py`).

Usage: sweep.py [MINUTES] (default 30)

`make test` tries a sample; this searches on. It stops at the first round that fails and names its seed, with
which the same round can be run again.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: What gains from another seed or another race.
SEARCHES = [
    "tests/domain",
    "tests/service/test_walks.py",
    "tests/playbook_rules",
    "tests/test_playbook_rules_bounds.py",
    "tests/test_playbook_text.py",
    "tests/test_playbook_merge.py",
    "tests/cli/test_fuzz.py",
    "tests/chaos",
    "tests/crash",
    "tests/store/test_kill.py",
    "tests/store/test_processes.py",
]


def main() -> int:
    """Search until the time is up or a round fails."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    end = time.monotonic() + minutes * 60
    rounds = 0
    while rounds == 0 or time.monotonic() < end:
        seed = secrets.randbelow(2**32)
        command = ["-m", "pytest", "-q", "-n", "2", "--no-header", f"--hypothesis-seed={seed}", *SEARCHES]
        done = subprocess.run([sys.executable, *command], cwd=ROOT, check=False)
        if done.returncode:
            print(f"round {rounds + 1} failed; the same again: --hypothesis-seed={seed}", file=sys.stderr)
            return 1
        rounds += 1
    print(f"{rounds} rounds, none failed", flush=True)
    return subprocess.run([sys.executable, "tools/sweep_chaos.py"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
