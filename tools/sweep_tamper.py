"""`make sweep`, its last part: bytes of a small database turned, rows changed, journals made anew; all of it.

Usage: sweep_tamper.py [--part bytes|rows|journals|large] [--sample N] [--minutes M] [--kept FILE] [--write]

Each change has to be found by `incident journal verify` against the newest checkpoint that left the house, or
to be outside the record for a reason that is on a list (`tests/tamper/outside.py`). Prints what is found at
which level, and with --write puts the tables into docs/guarantees.md. `tests/tamper` does the same with a
sample in every build. Stops at the first change that is neither found nor explained, and names it.

With --kept each part that was swept is noted in a file, and not swept again by whoever names that file; take
another file for another state of the program.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import repeat, takewhile
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _journal
from incident import bootstrap
from incident.service.notary import sign
from incident.store.tables import metadata
from incident.testing import MemoryStore
from tests import postgres
from tests.service.signing import Shelf, notary
from tests.tamper.edits import KINDS, Tampered
from tests.tamper.flips import MASKS, File, Flip, make_small
from tests.tamper.journals import NOT_COVERED, NOT_MADE, Journal, forgeries
from tests.tamper.looking import CAUGHT, brought, newest
from tests.tamper.town import Town, town_in
from tools.sweep_crash import put

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "guarantees.md"
BEGIN: Final = "<!-- written by tools/sweep_tamper.py -->"
PARTS: Final = ("bytes", "rows", "journals", "large")
#: Entries of the large database, and how many of its bytes are turned.
LARGE, TURNED = 20_000, 100
#: A look at the large one takes longer, in seconds.
LONG: Final = 300
#: Bytes that one process takes at a time.
_SHARE: Final = 512
#: Where files are altered: in memory, where the machine has such a folder.
_SHM: Final = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

#: By what came of it, and a column's name, how often.
Counts = Counter[tuple[str, str]]


class Part(NamedTuple):
    """What was swept of a part: what is said of it, how many changes were made, how long it took."""

    text: str
    changes: int
    seconds: float


_file: File | None = None
_folder: tempfile.TemporaryDirectory[str] | None = None


# -- bytes


def _begin(whole: bytes, left: Shelf) -> None:
    """Give a process its copy of the small file: made twice, one may differ from the other in its layout."""
    global _file, _folder  # noqa: PLW0603 - one of each process
    _folder = tempfile.TemporaryDirectory(dir=_SHM)
    path = Path(_folder.name) / "small.db"
    path.write_bytes(whole)
    _file = File(path, newest(left))


def _turn(places: Sequence[int], until: float) -> Counter[tuple[int, str]]:
    """Turn some bytes of the small file, in each way, as long as there is time."""
    assert _file is not None, "the process began"
    in_time = takewhile(lambda _at: time.monotonic() < until, places)
    found = [_file.flip(at, mask) for at in in_time for mask in MASKS]
    assert _file.path.read_bytes() == _file.whole, "looking changed the file"
    return Counter((one.mask, _came_of(one.level, one.why)) for one in found)


def _came_of(level: str | None, why: str | None) -> str:
    return level or f"outside: {why}"


def sweep_bytes(wanted: argparse.Namespace) -> tuple[str, int]:
    """Turn every byte of the small file, or as many as there is time for, all over it."""
    with tempfile.TemporaryDirectory(dir=_SHM) as folder:
        path = Path(folder) / "small.db"
        left = make_small(path)
        whole = path.read_bytes()
    size = len(whole)
    places = range(size) if wanted.sample is None else range(0, size, max(1, size // wanted.sample))
    shares = [places[at :: -(-len(places) // _SHARE)] for at in range(-(-len(places) // _SHARE))]
    until = time.monotonic() + 60 * wanted.minutes
    found: Counter[tuple[int, str]] = Counter()
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _begin, (whole, left)) as pool:
        for one in pool.map(_turn, shares, repeat(until)):
            found += one
            print(f"bytes: {found.total() // len(MASKS):,} of {len(places):,}", flush=True)
    done = found.total() // len(MASKS)
    names = {MASKS[0]: "one bit of a byte", MASKS[1]: "all bits of it"}
    counts: Counts = Counter({(came, names[mask]): n for (mask, came), n in found.items()})
    said = "Every byte" if done == size else f"{done:,} bytes, spread over all pages,"
    return _table(
        f"{said} of an SQLite file of {size:,} bytes, pages of 512", counts, [*names.values()]
    ), 2 * done


def sweep_large(wanted: argparse.Namespace) -> tuple[str, int]:
    """Turn bytes here and there in a database of many entries."""
    chance = random.Random(2)
    with tempfile.TemporaryDirectory(dir=_SHM) as folder:
        path = Path(folder) / "large.db"
        _journal.write(path, LARGE)
        town, outside = Town(MemoryStore()), Shelf()
        with closing(bootstrap.open_store(f"sqlite:///{path}")) as store:
            with store.reading() as tx:
                ((code, _name),) = tx.codes()
            signed = sign(store, code, notary(town.clock, outside))
        assert signed is not None, "nobody else holds it"
        outside.notes[code, "", signed.size] = signed.note
        file = File(path, brought(outside, [signed.size]), longest=LONG)
        found: list[Flip] = []
        until = time.monotonic() + 60 * wanted.minutes
        while len(found) < (wanted.sample or TURNED) and time.monotonic() < until:
            found.append(
                file.flip(chance.randrange(file.size), chance.choice([1 << bit for bit in range(8)]))
            )
            print(f"large: {len(found)}: {found[-1].level}", flush=True)
        name = "one bit of a byte"
        counts: Counts = Counter((_came_of(one.level, one.why), name) for one in found)
        return _table(f"{LARGE:,} entries in {file.size:,} bytes, places at random", counts, [name]), len(
            found
        )


# -- rows


def sweep_rows(wanted: argparse.Namespace) -> tuple[str, int]:
    """Change every row of every table, on both databases."""
    tables, total = [], 0
    with tempfile.TemporaryDirectory(dir=_SHM) as folder:
        text, n = _rows_on("SQLite", f"sqlite:///{folder}/rows.db", wanted.sample)
        tables, total = [text], n
    with postgres.running_server() as server, server.database("template0") as name:
        text, n = _rows_on("PostgreSQL", server.url(name), wanted.sample)
    return "\n\n".join([*tables, text]), total + n


def _rows_on(database: str, url: str, sample: int | None) -> tuple[str, int]:
    with closing(bootstrap.open_store(url)) as store:
        tampered = Tampered(store, newest(town_in(store).outside))
        changes = every = [*tampered.changes()]
        if sample is not None:
            changes = random.Random(3).sample(every, min(sample, len(every)))
        counts: Counts = Counter()
        levels: dict[str, Counter[str]] = {name: Counter() for name in metadata.tables}
        for n, change in enumerate(changes):
            ended = tampered.make(change)
            if ended is not None:
                came = _came_of(ended.level, ended.why)
                counts[came, change.kind] += 1
                levels[change.table.name][came] += 1
            if n % 500 == 0:
                print(f"{database}: {n:,} of {len(changes):,} rows changed", flush=True)
    kinds = [kind for kind in KINDS if any(name == kind for _came, name in counts)]
    title = f"Rows on {database}"
    if len(changes) < len(every):
        title += f": {len(changes):,} of {len(every):,} changes, at random"
    return f"{_table(title, counts, kinds)}\n\n{_by_table(levels)}", counts.total()


def _by_table(levels: dict[str, Counter[str]]) -> str:
    lines = ["| table | changes | found at | outside the record |", "|---|---:|---|---|"]
    for name, found in sorted(levels.items()):
        at = [f"{level} {found[level]:,}" for level in CAUGHT if found[level]]
        out = [f"{why.partition(': ')[2]}: {n:,}" for why, n in sorted(found.items()) if why not in CAUGHT]
        lines.append(f"| {name} | {found.total():,} | {', '.join(at)} | {'; '.join(out)} |")
    return "\n".join(lines)


# -- journals


def sweep_journals(_wanted: argparse.Namespace) -> tuple[str, int]:
    """Forge every value of every entry, and make all that follows from it anew."""
    town = Town(MemoryStore()).whole()
    with (
        tempfile.TemporaryDirectory(dir=_SHM) as folder,
        closing(bootstrap.open_store(f"sqlite:///{folder}/scratch.db")) as scratch,
        town.store.reading() as tx,
    ):
        made = Journal(tx, newest(town.outside), scratch)
        came = Counter(made.ended(forged) for forged in forgeries(made.entries))
    name = "a value of an entry changed or left out, all else recomputed"
    refused = came.pop(NOT_MADE, 0)
    late = came.pop(NOT_COVERED, 0)
    counts: Counts = Counter({(level, name): n for level, n in came.items()})
    counts[f"outside: {NOT_COVERED}", name] = late
    text = _table("A journal made anew by the program's own code", counts, [name])
    return f"{text}\n\nA further {refused:,} the program's own code refuses to make.", counts.total()


# -- what is said of it


def _table(title: str, counts: Counts, columns: Iterable[str]) -> str:
    names = [*columns]
    outside = sorted({came for came, _name in counts if came not in CAUGHT})
    lines = [f"**{title}**", "", f"| found at | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for came in (*CAUGHT, *outside):
        found = [counts[came, name] for name in names]
        if any(found):
            lines.append(f"| {came} | {' | '.join(f'{n:,}' for n in found)} |")
    totals = [sum(n for (_came, name), n in counts.items() if name == one) for one in names]
    lines.append(f"| **all** | {' | '.join(f'**{n:,}**' for n in totals)} |")
    return "\n".join(lines)


def main() -> int:
    """Sweep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--sample", type=int, help="so many of each part; default: all")
    parser.add_argument("--minutes", type=float, default=60, help="for bytes of a file at most; default: 60")
    parser.add_argument("--kept", type=Path, help="where what was swept is noted, to go on from there")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/guarantees.md")
    wanted = parser.parse_args()
    os.chdir(ROOT)
    if wanted.write and (wanted.part or wanted.sample):
        parser.error("--write is for all parts, and all of each")
    found = [_swept(part, wanted) for part in wanted.part or PARTS]
    total, seconds = sum(one.changes for one in found), sum(one.seconds for one in found)
    said = (
        f"{total:,} changes, none that is neither found nor explained."
        f" {time.strftime('%Y-%m-%d', time.gmtime())}, {seconds:,.0f} s;"
        f" {platform.system()} {platform.machine()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}."
    )
    if wanted.write:
        put(PAGE, "\n\n".join([*(one.text for one in found), said]), BEGIN)
    return 0


def _swept(part: str, wanted: argparse.Namespace) -> Part:
    """Sweep a part, unless that was kept."""
    sweeps = {"bytes": sweep_bytes, "rows": sweep_rows, "journals": sweep_journals, "large": sweep_large}
    notes: Path | None = wanted.kept
    kept = json.loads(notes.read_text("utf-8")) if notes is not None and notes.exists() else {}
    if part not in kept:
        began = time.monotonic()
        kept[part] = [*sweeps[part](wanted), time.monotonic() - began]
        if notes is not None:
            notes.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
    found = Part(*kept[part])
    print(f"{found.text}\n\n{part}: {found.changes:,} changes, {found.seconds:,.0f} s\n", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
