"""`make sweep`, end of its first part: 5,000 promised times come while workers are killed, on each database.

Usage: sweep_chaos.py [--timers N] [--seconds N] [--seed N] [--database sqlite|postgresql]

`tests/chaos/test_storm.py` does the same with few times in every build. Stops at the first fault; the seed
that it names gives the same kills again, though not the same machine.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests import postgres
from tests.chaos.storm import storm


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'incident.db'}"
    else:
        with postgres.running_server() as server, server.database() as name:
            yield server.url(name)


def main() -> int:
    """Let the storm blow over each database."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--timers", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=40, help="over which they come")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    wanted = parser.parse_args()
    for kind in wanted.database or ["sqlite", "postgresql"]:
        print(f"{kind}: --seed {wanted.seed}", flush=True)
        with tempfile.TemporaryDirectory() as name, database(kind, Path(name)) as url:
            figures = storm(url, Path(name), timers=wanted.timers, length=wanted.seconds, seed=wanted.seed)
        print(f"{kind}: {figures}; each came once", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
