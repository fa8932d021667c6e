"""A pack of real workers: started as the shell would, all heard at once, killed and started again.

Nothing sleeps: waiting is listening to the workers' logs, for as long as the next act is away.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.cli.desk import CHECKOUT, Desk

PATIENCE: Final = 60.0
#: Seconds after which something that nobody tells of is looked at again.
LOOK: Final = 0.1
#: Lines that a worker may only write when it, or the database, is at fault.
FAULTS: Final = {"fault", "timer_failed", "timer_held", "delivery_failed", "scheduler_died"}


class Node:
    """One worker and all that it said."""

    def __init__(self, name: str, desk: Desk, messages: Path | None, runtime: Path) -> None:
        self.name = name
        self.lines: list[dict[str, Any]] = []
        self._rest = b""
        handed_on = [] if messages is None else ["--messages", str(messages)]
        self.process = subprocess.Popen(
            [sys.executable, "cli.py", "run", "--log-json", "--node", name, *handed_on],
            cwd=CHECKOUT,
            env=desk.environment()
            | {"XDG_RUNTIME_DIR": str(runtime), "PYTHONUNBUFFERED": "1", "PGAPPNAME": name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert self.process.stderr is not None
        self.pipe = self.process.stderr
        os.set_blocking(self.pipe.fileno(), False)

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]

    def hear(self) -> bool:
        """Take what it said since; False when it will say no more."""
        said = self.pipe.read()
        if not said:
            return said is None
        *whole, self._rest = (self._rest + said).split(b"\n")
        for line in whole:
            assert line.startswith(b"{"), f"{self.name} said {line!r}"
            self.lines.append(json.loads(line))
        return True

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


class Pack:
    """Workers at one database."""

    def __init__(self, desk: Desk, folder: Path, *, delivers: bool = True) -> None:
        self.desk = desk
        self.messages = folder / "messages" if delivers else None
        self._runtime = folder / "runtime"
        self._runtime.mkdir(mode=0o700)
        self._ears = selectors.DefaultSelector()
        #: Those that run, and all there ever were.
        self.nodes: list[Node] = []
        self.all: list[Node] = []

    def start(self) -> Node:
        node = Node(f"node{len(self.all)}", self.desk, self.messages, self._runtime)
        self._ears.register(node.pipe, selectors.EVENT_READ, node)
        self.nodes.append(node)
        self.all.append(node)
        return node

    def kill(self, node: Node) -> None:
        """Kill -9."""
        node.send(signal.SIGKILL)
        assert self.end(node) == -signal.SIGKILL, f"{node.name} ended by itself: {node.lines}"

    def end(self, node: Node) -> int:
        """Wait for the end of a worker that was told to leave; gives the exit code."""
        self.until(lambda: node not in self.nodes, f"the end of {node.name}")
        return node.process.wait(PATIENCE)

    def listen(self, seconds: float) -> None:
        """Hear what the workers say, for so long or until one says something."""
        for key, _ in self._ears.select(max(0.0, seconds)):
            node = key.data
            if not node.hear():
                self._ears.unregister(node.pipe)
                self.nodes.remove(node)

    def listen_for(self, seconds: float) -> None:
        """Hear what the workers say for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.listen(left)

    def until(
        self, is_so: Callable[[], bool], what: str, *, patience: float = PATIENCE, look: float = LOOK
    ) -> None:
        """Listen until something is so."""
        end = time.monotonic() + patience
        while not is_so():
            assert time.monotonic() < end, f"waited in vain for {what}; they said {self.last_words()}"
            self.listen(look)

    def hear(self, node: Node, event: str, *, after: int = 0) -> dict[str, Any]:
        """Listen until a worker says something, after so many lines; gives the line."""
        self.until(lambda: event in node.events[after:], f"{event} of {node.name}")
        return node.lines[after + node.events[after:].index(event)]

    def dismiss(self) -> list[int]:
        """Tell all that run to leave; gives their exit codes."""
        leaving = [*self.nodes]
        for node in leaving:
            node.send(signal.SIGTERM)
        return [self.end(node) for node in leaving]

    def faults(self) -> list[dict[str, Any]]:
        """Give all lines that tell of a fault."""
        return [{**line, "of": node.name} for node in self.all for line in node.lines if _is_fault(line)]

    def last_words(self) -> dict[str, list[dict[str, Any]]]:
        return {node.name: node.lines[-3:] for node in self.all[-8:]}

    def close(self) -> None:
        for node in self.all:
            if node.process.poll() is None:
                node.send(signal.SIGKILL)
            node.process.wait(PATIENCE)
            node.pipe.close()
        self._ears.close()


def _is_fault(line: dict[str, Any]) -> bool:
    return line["event"] in FAULTS


@contextmanager
def pack(desk: Desk, folder: Path, *, delivers: bool = True) -> Iterator[Pack]:
    """Give a pack without workers yet; none outlives the test."""
    running = Pack(desk, folder, delivers=delivers)
    try:
        yield running
    finally:
        running.close()
