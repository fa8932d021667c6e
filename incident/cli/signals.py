"""Signals that end a program which works on: heard in a thread of their own."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Seconds after which a program that was asked to stop leaves a database that does not answer.
LAST = 1.5


@contextmanager
def stopped_by_signals(stop: Callable[[], None], leave: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and SIGINT call `stop`, and `leave` when the work goes on for `LAST` seconds more.

    Heard in a thread of its own: a handler would run only once the database has answered the main thread.
    """
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)  # as the signal's end has to be
    is_over = threading.Event()

    def listen() -> None:
        if ours.recv(1):
            stop()
            if not is_over.wait(LAST):
                leave()

    ear = threading.Thread(target=listen, name="signals", daemon=True)
    ear.start()
    fd_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(fd_before)
        is_over.set()
        theirs.close()
        ear.join()
        ours.close()
