"""A server under load: 500 who listen and 50 who write, for a minute, on SQLite and on PostgreSQL.

A real `incident serve` with its worker; on PostgreSQL two of them, the second with half of those who listen
and none who write. Half listen to all jurisdictions, half to one of ten; each has a session of their own. Who
writes puts notes into the duty log of one of the ten, by the API, and writes on once it is answered. Held
against a limit are:

    faults      answers other than `201`, streams that end, entries that were answered and are not in the
                journal exactly once, versions that do not add up, news that were never told: none
    news        seconds from an answer to the event that tells of it, the slowest of a hundred: 1 s
    elsewhere   the same, told by the server at which nobody writes
    end         seconds from SIGTERM to the end of the process, with all streams open: 2 s

Beside them stand the median of the news, entries a second, and the memory that a listener takes: of the
process before and after they came. Clients and servers share the machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import select

from bench import _databases, _measure, _townships
from bench._clients import Heard, Stream, Writer, Written, delays
from incident import bootstrap
from incident.domain import clock, journal
from incident.service import sessions, tokens, users
from incident.service.access import NOBODY
from incident.service.sessions import From
from incident.store.tables import disclosure, entry, situation

#: How many jurisdictions there are, and how many people listen in as many sessions each.
TOWNS, PEOPLE = 10, 25
#: Seconds in which news are told, and in which a server ends.
NEWS, END = 1.0, 2.0
#: Seconds in which a server has to start, and for which the last news are waited for.
PATIENCE, LAST = 60.0, 2.0


class Load(NamedTuple):
    """How much there is to bear."""

    seconds: float
    streams: int
    writers: int
    pause: float


class Server(NamedTuple):
    """A server that runs."""

    process: subprocess.Popen[str]
    address: str

    def memory(self) -> float:
        """Give the bytes that it holds in memory (Linux)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (kilobytes,) = [line.split()[1] for line in lines if line.startswith("VmRSS")]
        return int(kilobytes) * 1024.0


class Found(NamedTuple):
    """What came of it."""

    written: list[Written]
    #: What was heard at the server that was written to, and at the other.
    here: list[Heard]
    elsewhere: list[Heard]
    faults: list[str]
    #: Bytes a listener takes.
    each: float


# -- the databases


class Keys(NamedTuple):
    """What those come in by who listen, and those who write."""

    sessions: list[str]
    tokens: list[str]


def prepare(url: str, load: Load) -> Keys:
    """Make the towns, and everybody who comes."""
    at = int(time.time())
    # their reports fall due in half a day
    _townships.adopt(url, TOWNS, at=at, hour=f"{clock.local(at + 12 * 3600, 'Asia/Shanghai'):%H:%M}")
    with closing(bootstrap.open_store(url)) as store:
        gate = bootstrap.gate(store)
        people = [users.add(gate, f"user{n}", f"User {n}", NOBODY) for n in range(PEOPLE)]
        for one in people:
            users.grant(gate, one.login, "duty_officer", "*", NOBODY)
        listen = islice(cycle(people), load.streams)
        made = [sessions.login_user(gate, one, From("127.0.0.1", "bench")).token for one in listen]
        write = islice(cycle(people), load.writers)
        bearers = [tokens.make(gate, one.login, "bench", ["act"], NOBODY).plain for one in write]
    return Keys(made, bearers)


@contextmanager
def _sqlite() -> Iterator[str]:
    with _measure.folder() as folder:
        yield f"sqlite:///{folder / 'streams.db'}"


@contextmanager
def _postgresql() -> Iterator[str]:
    with _databases.server() as running, running.database() as name:
        yield running.url(name)


PLACES = {"sqlite": _sqlite, "postgresql": _postgresql}


def lost(url: str, written: Sequence[Written]) -> list[str]:
    """Look whether each entry that was answered is in the journal exactly once, and nothing besides."""
    with _databases.opened(url) as engine, engine.connect() as connection:
        versions = dict(map(tuple, connection.execute(select(situation.c.jurisdiction, situation.c.version))))
        entries = Counter(connection.execute(select(entry.c.jurisdiction)).scalars())
        said = select(disclosure.c.jurisdiction, disclosure.c.seq, disclosure.c.text)
        opened = ((code, seq, journal.disclosed(text)) for code, seq, text in connection.execute(said))
        noted = Counter(
            (code, seq, value) for code, seq, (_name, value) in opened if value.startswith("writer ")
        )
    faults = [f"{key} stands {n} times" for key, n in noted.items() if n > 1]
    missing = Counter((one.code, one.seq, one.text) for one in written) - noted
    faults += [f"{key} is not in the journal" for key in missing]
    faults += [
        f"{code}: version {n}, {entries[code]} entries" for code, n in versions.items() if n != entries[code]
    ]
    mine = Counter(one.code for one in written)
    faults += [
        f"{code}: {n - mine[code]} entries were not written"
        for code, n in versions.items()
        if n - mine[code] != 1
    ]
    return faults


# -- the servers


@contextmanager
def serving(url: str, node: str) -> Iterator[Server]:
    """Run a server on a free port; it is killed if it was not ended."""
    command = [sys.executable, "cli.py", "--json", "serve", "--port", "0", "--node", node]
    with _measure.folder() as folder, (folder / "log").open("w") as log:
        surroundings = {"INCIDENT_DB": url, "INCIDENT_LANG": "en", "XDG_RUNTIME_DIR": str(folder)}
        process = subprocess.Popen(
            command,
            cwd=_measure.ROOT,
            env=os.environ | surroundings,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None, "what it says is piped"
            said = process.stdout.readline()
            if not said:
                raise RuntimeError(f"the server did not start: {(folder / 'log').read_text()}")
            yield Server(process, json.loads(said)["address"])
        finally:
            process.kill()
            process.communicate()


def end(server: Server) -> float:
    """Ask a server to end, and give how many seconds that takes. Raises `RuntimeError` where it fails."""
    began = time.perf_counter()
    server.process.send_signal(signal.SIGTERM)
    code = server.process.wait(PATIENCE)
    if code:
        raise RuntimeError(f"the server ended with {code}")
    return time.perf_counter() - began


# -- the load


async def bear(
    servers: Sequence[Server], codes: Sequence[str], keys: Keys, load: Load
) -> tuple[Found, list[float]]:
    """Listen and write for a while, then end the servers; gives what came of it and how long each took."""
    first = servers[0]
    before = first.memory()
    every, towns = cycle(servers), cycle(codes)
    streams = [
        (server, Stream(server.address, next(towns) if n // len(servers) % 2 else "", secret, n))
        for n, (server, secret) in enumerate(zip(every, keys.sessions, strict=False))
    ]
    for _server, stream in streams:
        await stream.open()
    here = [stream for server, stream in streams if server is first]
    each = (first.memory() - before) / len(here)
    writers = [Writer(first.address, next(towns), token, n) for n, token in enumerate(keys.tokens)]
    until = time.perf_counter() + load.seconds
    await asyncio.gather(*(one.write(lambda: time.perf_counter() > until, load.pause) for one in writers))
    await asyncio.sleep(LAST)
    faults = [f"a stream: {stream.fault}" for _server, stream in streams if stream.fault]
    faults += [fault for one in writers for fault in one.faults]
    ends = [await asyncio.to_thread(end, server) for server in servers]
    for _server, stream in streams:
        await stream.close()
    found = Found(
        [entry for one in writers for entry in one.written],
        [stream.heard for stream in here if stream.heard.code],
        [stream.heard for server, stream in streams if server is not first and stream.heard.code],
        faults,
        each,
    )
    return found, ends


def measure(kind: str, load: Load) -> tuple[list[_measure.Figure], dict[str, Any], list[str]]:
    """Load the servers on one kind of database; gives figures, what stands beside them, and faults."""
    nodes = ["a"] if kind == "sqlite" else ["a", "b"]
    with PLACES[kind]() as url:
        keys = prepare(url, load)
        codes = [f"9{number:08}" for number in range(TOWNS)]
        with ExitStack() as stack:
            servers = [stack.enter_context(serving(url, node)) for node in nodes]
            found, ends = asyncio.run(bear(servers, codes, keys, load))
        faults = [*found.faults, *lost(url, found.written)]
    here, untold = delays(found.written, found.here)
    there, untold_there = delays(found.written, found.elsewhere)
    faults += ["news that were never told"] * (untold + untold_there)
    news = [("news", here)] + ([("elsewhere", there)] if there else [])
    total = max(1, len(found.written))
    figures = [
        _measure.Figure(
            f"{kind}, faults", len(faults) / total, len(faults), total, "entries", 0, at_most=True
        ),
        *(_limit(f"{kind}, {name}", slowest(told), NEWS) for name, told in news),
        _limit(f"{kind}, end", max(ends), END),
    ]
    more = {
        f"{kind}_entries_per_second": round(len(found.written) / load.seconds, 1),
        f"{kind}_listener_bytes": round(found.each),
        **{f"{kind}_{name}_median": round(statistics.median(told), 3) for name, told in news},
    }
    return figures, more, faults


def slowest(seconds: Sequence[float]) -> float:
    """Give what one of a hundred exceeds."""
    return statistics.quantiles(seconds, n=100)[-1]


def _limit(part: str, seconds: float, limit: float) -> _measure.Figure:
    return _measure.Figure(part, seconds / limit, seconds, limit, "s", 1.0, at_most=True)


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long they write (60)")
    parser.add_argument("--streams", type=int, default=500, help="how many listen (500)")
    parser.add_argument("--writers", type=int, default=50, help="how many write (50)")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds after each answer (0.5)")
    parser.add_argument("--database", choices=list(PLACES), action="append", help="only this one")
    chosen = parser.parse_args()
    _measure.compile_all()
    load = Load(chosen.seconds, chosen.streams, chosen.writers, chosen.pause)
    found = [measure(kind, load) for kind in chosen.database or PLACES]
    for fault, n in Counter(fault for *_rest, faults in found for fault in faults).most_common(20):
        print(f"fault, {n} times: {fault}", file=sys.stderr)
    return _measure.report(
        "streams",
        [figure for figures, *_rest in found for figure in figures],
        as_json=chosen.as_json,
        seconds=load.seconds,
        streams=load.streams,
        writers=load.writers,
        **{name: value for _figures, more, _faults in found for name, value in more.items()},
    )


if __name__ == "__main__":
    sys.exit(main())
