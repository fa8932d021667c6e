"""Real workers for the tests: started as the shell would, heard by their log, ended by signals."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.cli.desk import CHECKOUT, Desk

PATIENCE: Final = 40.0


class RunningWorker:
    """One `incident run`, and its log line by line."""

    def __init__(self, desk: Desk, *words: str, **changed: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "cli.py", "run", "--log-json", *words],
            cwd=CHECKOUT,
            env=desk.environment() | {"PYTHONUNBUFFERED": "1"} | changed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.lines: list[dict[str, Any]] = []
        # whoever waits for a line that never comes hears the pipe's end instead
        self._last = threading.Timer(PATIENCE, self.process.kill)
        self._last.start()

    def hear(self, *events: str) -> dict[str, Any]:
        """Read the log until one of the events; the pipe's end is the worker's end."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            assert line.startswith("{"), [line, *self.process.stderr]
            self.lines.append(json.loads(line))
            if self.lines[-1]["event"] in events:
                return self.lines[-1]
        raise AssertionError(f"the worker ended without {events}; it said {self.lines}")

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def ends(self) -> int:
        """Wait for its end; gives the exit code."""
        assert self.process.stderr is not None
        with self.process.stderr as rest:
            self.lines += [json.loads(line) for line in rest]
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self._last.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        if self.process.stderr is not None:
            self.process.stderr.close()


@contextlib.contextmanager
def worker(desk: Desk, *words: str, **changed: str) -> Iterator[RunningWorker]:
    """Start a worker; it does not outlive the test."""
    running = RunningWorker(desk, *words, **changed)
    try:
        yield running
    finally:
        running.close()


def runtime(folder: Path) -> dict[str, str]:
    """Give the environment in which workers of a test are known by files in its own folder."""
    folder.mkdir(mode=0o700, exist_ok=True)
    return {"XDG_RUNTIME_DIR": str(folder)}
