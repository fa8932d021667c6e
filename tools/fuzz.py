"""`make fuzz`: each reader of foreign bytes is fed by a coverage-guided fuzzer (atheris) until time is up.

Usage: fuzz.py [MINUTES] [NAME…] (default: 10 minutes for all targets of `tests/fuzz/targets.py` together)

Needs `pip install 'incident[fuzz]'`. A target runs in a process of its own, for its share of the time, in at
most 512 MB; what it finds by the way is kept in `.fuzz/` and is where the next run begins. It stops at a
fault: any exception but the program's own, an input that takes more than 5 seconds, too much memory. The
input is kept as `.fuzz/<name>.fault-…`, what was said as `.fuzz/<name>.log`: put the input into the tests
when you mend it. Before that all hostile files of 1 MiB are measured (`tests/fuzz/hostile.py`).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".fuzz"
#: Longest input, unless what a target reads well is longer; the hostile files are for what is long.
LONGEST = 8192
#: Packages that are followed; what is not ours is followed where it reads for us.
FOLLOWED = ["incident", "tests.fuzz.targets", "ruamel.yaml", "csv", "zipfile"]


def main(arguments: list[str]) -> int:
    """Share the time among the targets, one after another; tells what was done and found."""
    if arguments[:1] == ["--one"]:
        return _one(arguments[1], arguments[2:])
    if find_spec("atheris") is None:
        print("expected atheris, found none; run: .venv/bin/pip install -e '.[fuzz]'", file=sys.stderr)
        return 2
    sys.path.insert(0, str(ROOT))
    from tests.fuzz.targets import TARGETS

    minutes = float(arguments[0]) if arguments else 10.0
    names = arguments[1:] or [*TARGETS]
    failed = _measure(names)
    for name in names:
        print(f"{name}: ", end="", flush=True)
        done, found = _run(name, max(1, int(minutes * 60 / len(names))))
        print(f"{done} executions, {'NOTHING FOUND' if found is None else found}", flush=True)
        failed |= found is not None
    return int(failed)


def _measure(names: list[str]) -> bool:
    """Read the hostile files; tells whether one is over a limit."""
    from tests.fuzz.hostile import FILES, MEMORY, SECONDS

    given = [name for name in names if name in FILES]
    command = [sys.executable, "-m", "tests.fuzz.hostile", *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    over = [one for one in found if one["fault"] or one["seconds"] > SECONDS or one["bytes"] > MEMORY]
    for one in over:
        print(f"hostile file: {one}")
    slowest, largest = (max(one[key] for one in found) for key in ("seconds", "bytes"))
    print(
        f"{len(found)} hostile files of 1 MiB, {len(over)} over a limit; {slowest} s, {largest} bytes at most"
    )
    return bool(over)


def _run(name: str, seconds: int) -> tuple[int, str | None]:
    """Fuzz one target; gives how often it was executed and where what was found is kept."""
    corpus = KEPT / re.sub(r"\W+", "-", name)
    corpus.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=512"]
    limits += [f"-artifact_prefix={corpus}.fault-", "-print_final_stats=1", "-verbosity=1"]
    command = [sys.executable, __file__, "--one", name, *limits, str(corpus)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    counted = re.findall(r"number_of_executed_units: (\d+)", done.stderr)
    kept = re.findall(r"Test unit written to (\S+)", done.stdout + done.stderr)
    if done.returncode == 0:
        return int(counted[-1]) if counted else 0, None
    corpus.with_suffix(".log").write_text(done.stdout + done.stderr)
    said = re.search(r"Uncaught Python exception: =+\s+(.*)", done.stderr + done.stdout)
    told = said[1][:300] if said else done.stderr[-500:]
    return int(counted[-1]) if counted else 0, f"FAULT {told} in {kept[-1] if kept else 'nothing kept'}"


def _one(name: str, arguments: list[str]) -> int:
    """Be the process that is fuzzed; never returns."""
    import atheris

    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=FOLLOWED):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    corpus = Path(arguments[-1])
    for n, seed in enumerate(target.seeds):
        (corpus / f"seed-{n}").write_bytes(seed)
    words = corpus.with_suffix(".words")
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in target.words)
    words.write_text("".join(f'"{word}"\n' for word in escaped))
    longest = max(LONGEST, 2 * max(map(len, target.seeds)))
    given = [
        *arguments[:-1],
        f"-max_len={longest}",
        *([f"-dict={words}"] if target.words else []),
        arguments[-1],
    ]
    atheris.Setup([sys.argv[0], *given], lambda raw: target.feed(raw) and None)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
