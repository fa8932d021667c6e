"""What the benchmarks of the server share: it runs in a process of its own, and is asked by one connection.

`serve(of, *arguments)` begins a server: this file as a script, which listens at a free port and says which.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


@contextmanager
def serve(of: str, *arguments: str) -> Iterator[HTTPConnection]:
    """Serve `ours` or `bare`; gives a connection that is kept."""
    command = [sys.executable, __file__, of, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            yield connection
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


def seconds_of(connection: HTTPConnection, path: str, headers: Mapping[str, str], times: int) -> float:
    """Give how long so many requests take, one after the other.

    The connection is opened anew before, for while others are measured nobody waits for it.
    """
    connection.close()
    ask(connection, "GET", path, headers)
    began = time.perf_counter()
    for _turn in range(times):
        status, _content = ask(connection, "GET", path, headers)
        assert status == 200, status  # noqa: PLR2004 - what HTTP calls done
    return time.perf_counter() - began


def _ours(url: str) -> tuple[Any, Any]:
    """Make the application as `incident serve` does, without limits on how often it may be asked."""
    from incident import bootstrap
    from incident.cli.serving import open_site
    from incident.web.app import make_app
    from incident.web.security.limits import NONE

    opened = open_site(bootstrap.Workplace(url), lambda *_words, **_values: None)
    return make_app(opened.site, opened.doors, rates=NONE), opened.site


def _bare(url: str, answer: str) -> tuple[Any, Any]:
    """Make the least application of the same framework: the row is read in a thread, the answer encoded."""
    import msgspec
    from litestar import Litestar, get

    from incident import bootstrap

    store, found = bootstrap.open_store(url), msgspec.json.decode(Path(answer).read_bytes())

    @get("/api/v1/jurisdictions/{code:str}", sync_to_thread=True)
    def status(code: str) -> dict[str, Any]:
        with store.reading() as tx:
            log = tx.log(code)
        assert log is not None
        return {**found, "version": log.situation.version}

    return Litestar([status], openapi_config=None, logging_config=None), None


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
    _run(*(_ours(*rest) if of == "ours" else _bare(*rest)))
