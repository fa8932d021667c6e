"""What the benchmarks of the server share: it runs in a process of its own, and is asked by one connection.

`serve(of, *arguments)` begins a server: this file as a script, which listens at a free port and says which.
Beside ours there are two to measure it by: the same framework in the same server and nothing of this program,
which reads the row of one jurisdiction as anybody would (SQLAlchemy Core, in a thread, for it may block), or
by the bare driver.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

#: Of the head of an answer, from its length to its end.
_LENGTH = re.compile(rb"content-length: (\d+)\r\n(?:[^\r\n]+\r\n)*\r\n")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


class Served(NamedTuple):
    """A server that runs, and the connection by which it is asked."""

    connection: HTTPConnection
    process: int

    def cpu(self) -> float:
        """Give the processor time of the server until now, in seconds, all its threads; 0 but on Linux."""
        # the clock of another process (clock_getcpuclockid), which Python has no name for
        return time.clock_gettime(~self.process << 3 | 2) if sys.platform == "linux" else 0.0


class Spent(NamedTuple):
    """What requests took, in seconds."""

    wall: float
    #: Processor time of the server.
    cpu: float


@contextmanager
def serve(of: str, *arguments: str) -> Iterator[Served]:
    """Serve `ours`, `core` or `driver`; its connection is kept."""
    command = [sys.executable, __file__, of, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            yield Served(connection, server.pid)
            connection.close()
        finally:
            server.terminate()
            server.wait(10)


def ask(
    connection: HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> tuple[int, bytes]:
    """Ask once; gives status and content."""
    connection.request(method, path, body, {**headers})
    answer = connection.getresponse()
    return answer.status, answer.read()


def written(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Write a request as it goes over the line."""
    lines = [f"{name}: {value}" for name, value in {**headers, "content-length": len(body)}.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: 127.0.0.1", *lines, "", ""]).encode() + body


def exchange(connection: HTTPConnection, request: bytes) -> tuple[int, bytes]:
    """Send what is written already; gives status and content.

    What Python takes to write a request and to read the head of an answer is not the server's, and no little.
    """
    connection.sock.sendall(request)
    answer = b""
    while not (length := _LENGTH.search(answer)) or len(answer) < length.end() + int(length[1]):
        answer += connection.sock.recv(65_536)
    return int(answer[9:12]), answer[length.end() :]


def spent(server: Served, path: str, headers: Mapping[str, str], times: int) -> Spent:
    """Give what so many requests take, one after the other.

    The connection is opened anew before, for while others are measured nobody waits for it.
    """
    server.connection.close()
    ask(server.connection, "GET", path, headers)
    began, used = time.perf_counter(), server.cpu()
    for _turn in range(times):
        status, _content = ask(server.connection, "GET", path, headers)
        assert status == 200, status  # noqa: PLR2004 - what HTTP calls done
    return Spent(time.perf_counter() - began, server.cpu() - used)


def _ours(url: str) -> tuple[Any, Any]:
    """Make the application as `incident serve` does, without limits on how often it may be asked."""
    from incident import bootstrap
    from incident.cli.serving import open_site
    from incident.web.app import make_app
    from incident.web.security.limits import NONE

    opened = open_site(bootstrap.Workplace(url), lambda *_words, **_values: None)
    return make_app(opened.site, opened.doors, rates=NONE), opened.site


def _application(read: Callable[[str], dict[str, Any]]) -> tuple[Any, Any]:
    """Make the least application of the framework: what is read is the answer."""
    from litestar import Litestar, get

    @get("/api/v1/jurisdictions/{code:str}", sync_to_thread=True)
    def status(code: str) -> dict[str, Any]:
        return read(code)

    return Litestar([status], openapi_config=None, logging_config=None), None


def _core(file: str) -> tuple[Any, Any]:
    """Read by a statement of SQLAlchemy Core on an engine with a pool."""
    from sqlalchemy import MetaData, Table, bindparam, create_engine, select

    engine = create_engine(f"sqlite:///{file}")
    found = Table("situation", MetaData(), autoload_with=engine)
    columns = [column for column in found.columns if column.name != "peaks"]
    statement = select(*columns).where(found.c.jurisdiction == bindparam("code"))

    def read(code: str) -> dict[str, Any]:
        with engine.connect() as connection:
            row = connection.execute(statement, {"code": code}).one()
            return {**row._mapping}

    return _application(read)


def _driver(file: str) -> tuple[Any, Any]:
    """Read by sqlite3, on one connection."""
    connection = sqlite3.connect(file, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    names = [name for _n, name, *_ in connection.execute("PRAGMA table_info(situation)") if name != "peaks"]
    statement = f"SELECT {','.join(names)} FROM situation WHERE jurisdiction = ?"

    def read(code: str) -> dict[str, Any]:
        return {**connection.execute(statement, (code,)).fetchone()}

    return _application(read)


def _run(app: Any, site: Any) -> None:
    import uvicorn

    from incident.web.server import listen, make_server

    taken = listen("127.0.0.1", 0)
    print(taken.getsockname()[1], flush=True)
    if site is not None:
        server: Any = make_server(app, site)
    else:
        server = uvicorn.Server(
            uvicorn.Config(app, access_log=False, log_config=None, server_header=False, ws="none")
        )
    asyncio.run(server.serve([taken]))


if __name__ == "__main__":
    of, *rest = sys.argv[1:]
    _run(*{"ours": _ours, "core": _core, "driver": _driver}[of](*rest))
