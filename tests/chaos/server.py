"""A PostgreSQL of one test's own, which is stopped without warning and started again on the same data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests import postgres
from tests.postgres import PostgresServer

NAME: Final = "incident"


class MortalServer:
    """A server that can be killed; its data stay."""

    def __init__(self, binaries: Path, home: Path) -> None:
        self._binaries, self._home = binaries, home
        self._running = ExitStack()
        self._server = self.start()
        with self._server.connect() as connection:
            connection.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 ENCODING 'UTF8'")
        self.url = self._server.url(NAME)

    def start(self) -> PostgresServer:
        """Start it; what was committed before is there again."""
        owner = postgres._server_owner()
        self._server = self._running.enter_context(postgres._running(self._binaries, self._home, owner))
        return self._server

    def stop_at_once(self) -> None:
        """Stop without a word to anybody, as `pg_ctl stop -m immediate` does: what is open is lost."""
        assert self._server.pid is not None
        os.kill(self._server.pid, signal.SIGQUIT)
        self._running.close()

    def kill(self) -> None:
        """Kill the server's first process, as a machine out of memory does; the others follow it."""
        assert self._server.pid is not None
        family = [self._server.pid, *_children(self._server.pid)]
        os.kill(self._server.pid, signal.SIGKILL)
        while any(map(_is_alive, family)):  # what they share has to be free before another one starts
            time.sleep(0.01)
        self._running.close()

    def close(self) -> None:
        self._running.close()


def _children(pid: int) -> list[int]:
    said = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in said.stdout.split()]


def _is_alive(pid: int) -> bool:
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return said.stdout.strip()[:1] not in ("", "Z")


@contextmanager
def mortal_server() -> Iterator[MortalServer]:
    """Give a server of our own, running."""
    binaries, owner = postgres.find_binaries(), postgres._server_owner()
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=postgres._open_temporary_folder()))
    try:
        postgres._give(home, owner)
        if owner and not postgres._is_open(binaries):
            binaries = postgres._copy_wheel(binaries, home)
        initdb: list[str | Path] = [binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust"]
        postgres._run([*initdb, "-E", "UTF8", "--locale=C", "--no-sync"], home, owner)
        server = MortalServer(binaries, home)
        try:
            yield server
        finally:
            server.close()
    finally:
        shutil.rmtree(home)
