"""What no way out may do: keep its caller waiting, or say a secret.

A library, a script or a server may never answer. So each call has a thread of its own and a time, and whoever
waits for it goes on when that is over. What it says when it fails comes from strangers and may repeat an
address with a password in it: it is cut to one line without what must not be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from threading import Lock, Thread

from incident.domain.say import say, visible
from incident.service.letters import Letter, Outlet

#: What stands for the address of a letter where an operator says how a way works.
ADDRESS = "{address}"
#: Seconds after which a call is given up.
SECONDS = 30
#: Calls that were given up and have not come back; while there are so many, no further one is begun.
MOST_HANGING = 3
#: Characters that are kept of what a way says about its failure.
MOST_SAID = 200
#: Shorter words are too common to be a secret; without them nothing could be read any more.
SHORTEST_SECRET = 3
#: An address of the web, wherever a library puts it into a sentence.
_WEB = re.compile(r"(\bhttps?://|\burl: )\S+", re.IGNORECASE)


def limited(outlet: Outlet, seconds: float = SECONDS, *, most_hanging: int = MOST_HANGING) -> Outlet:
    """Give `outlet` so many seconds for each letter; then `TimeoutError` is raised and the caller goes on.

    A call that is given up cannot be stopped: its thread stays, as a daemon that does not keep the program
    from ending. It may still hand its letter on, which then comes twice, under one key. As long as
    `most_hanging` of them have not come back, every further letter is refused at once with `TimeoutError` and
    without a new thread. So a way that hangs costs at most that many threads, beside one for each caller that
    is still waiting.
    """
    hanging: set[Thread] = set()
    lock = Lock()

    def within(letter: Letter) -> None:
        with lock:
            hanging.difference_update([one for one in hanging if not one.is_alive()])
            is_stuck = len(hanging) >= most_hanging
        if is_stuck:
            raise TimeoutError(say("{n} earlier calls have not come back", n=most_hanging))
        call, ended = _begin(lambda: outlet(letter))
        try:
            error = ended.get(timeout=seconds)
        except Empty:
            error = TimeoutError(say("no end after {n} seconds", n=str(seconds)))
            with lock:
                hanging.add(call)
        if error is not None:
            raise error

    return within


def _begin(call: Callable[[], None]) -> tuple[Thread, SimpleQueue[Exception | None]]:
    """Begin a call in a thread; the queue gives its error, or None, when it has ended."""
    ended: SimpleQueue[Exception | None] = SimpleQueue()

    def run() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where somebody waits for it
            ended.put(error)
        else:
            ended.put(None)

    thread = Thread(target=run, name="outlet", daemon=True)
    thread.start()
    return thread, ended


def masked(words: str, secrets: Iterable[str]) -> str:
    """Give one short line of `words` in which none of `secrets`, and no address of the web, can be read."""
    line = _WEB.sub(r"\1***", " ".join(words.split()))
    # the longest first: a short one may be a part of it
    for secret in sorted({one for one in secrets if len(one) >= SHORTEST_SECRET}, key=len, reverse=True):
        line = re.sub(re.escape(secret), "***", line, flags=re.IGNORECASE)
    line = visible(line)
    return line if len(line) <= MOST_SAID else f"{line[:MOST_SAID]}…"
