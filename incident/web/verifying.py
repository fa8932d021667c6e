"""Verifying: one of a jurisdiction at a time, few on the whole server, with progress.

It is begun from a page, which looks again, or by a program, which waits for it; both see how far it came. It
takes the journal entry by entry and holds nobody up but for its share of the processor, and ends when
somebody stops it and when the server ends. What was found last is kept until the server ends, with when, and
how many entries it covered: it is never taken for more than that.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from litestar.di import NamedDependency

from incident.domain.errors import Conflict, JournalError, StoreAway, StoreError
from incident.domain.say import Words, say
from incident.service.against import Compared
from incident.service.brought import Brought
from incident.service.examine import Examined

#: Verifyings on this server at the same time; more would leave nothing of the processor to anybody else.
AT_ONCE: Final = 2
#: Jurisdictions of which it is kept what was found.
_KEPT: Final = 4096


class Stopped(Exception):
    """Somebody stopped it, or the server ends."""


class Unread(NamedTuple):
    """A checkpoint outside that counts for nothing, and why; or the folder that cannot be read."""

    where: Words
    expected: Words
    found: Words


class Examination(NamedTuple):
    """What was looked at, against what, and what came of it: what was found, or a fault."""

    brought: Brought
    unread: list[Unread]
    #: Of entries and what follows from them everything was looked at, not the hashes alone.
    replay: bool
    examined: Examined | None = None
    fault: JournalError | StoreError | None = None
    #: The database found itself damaged, and nothing was read further.
    is_damaged: bool = False
    #: What was brought, against the hashes beside the entries, where an entry has a fault.
    at_fault: Compared | None = None


#: Does it; is given what it tells its progress to.
Work = Callable[[Callable[[int], None]], Examination]


class Job:
    """One verifying. Written by its thread, read by any."""

    def __init__(self, code: str, size: int, began: int, is_closing: Callable[[], bool]) -> None:
        """Begin with nothing taken of `size` entries."""
        self.code, self.size, self.began = code, size, began
        self.taken = 0
        self.ended: int | None = None
        #: What was found; none while it runs, and where it was stopped or broke off.
        self.found: Examination | None = None
        #: It broke off by a fault of this program, or because the database could not be asked any more.
        self.is_broken = self.is_away = False
        self.is_stopped = False
        self._is_closing = is_closing

    def tell(self, taken: int) -> None:
        """Say how many entries were taken. Raises `Stopped` where it is to end."""
        self.taken = taken
        if self.is_stopped or self._is_closing():
            self.is_stopped = True
            raise Stopped

    def stop(self) -> None:
        """Ask it to end at the next look."""
        self.is_stopped = True


class Verifying:
    """What is being verified on this server, and what was found last."""

    def __init__(
        self,
        is_closing: Callable[[], bool],
        *,
        at_once: int = AT_ONCE,
        wrong: Callable[[str, Exception], None] = lambda _code, _error: None,
    ) -> None:
        """Begin with nothing; `wrong` is told why one broke off that nobody waits for, and of whom."""
        self._is_closing, self._at_once, self._wrong = is_closing, at_once, wrong
        self._lock = threading.Lock()
        self._running: dict[str, Job] = {}
        self._last: OrderedDict[str, Job] = OrderedDict()

    def start(self, code: str, size: int, work: Work, now: Callable[[], int]) -> Job:
        """Begin to verify in a thread of its own. Raises `Conflict` where that is being done, or too much is.

        `work` is given what it tells its progress to, and what it gives is what was found.
        """
        job = self._begin(code, size, now)
        thread = threading.Thread(target=self._run, args=(job, work, now), name=f"verify {code}", daemon=True)
        try:
            thread.start()
        except BaseException as error:
            with self._lock:
                del self._running[code]
            if isinstance(error, RuntimeError):  # the machine gives no more threads
                raise _no_thread(code, str(error)) from error
            raise
        return job

    def run(self, code: str, size: int, work: Work, now: Callable[[], int]) -> Examination:
        """Verify and give what was found, to a caller who waits.

        Raises `Conflict` where `start` does, and where somebody stopped it.
        """
        job = self._begin(code, size, now)
        try:
            self._do(job, work, now)
        except Stopped as error:
            raise _stopped(code) from error
        assert job.found is not None, "it ended by itself"
        return job.found

    def _begin(self, code: str, size: int, now: Callable[[], int]) -> Job:
        with self._lock:
            if code in self._running or len(self._running) >= self._at_once:
                raise _busy(code, len(self._running), is_here=code in self._running)
            job = self._running[code] = Job(code, size, now(), self._is_closing)
        return job

    def _run(self, job: Job, work: Work, now: Callable[[], int]) -> None:
        try:
            self._do(job, work, now)
        except Stopped:
            pass
        except Exception as error:  # noqa: BLE001 - nobody waits here; the page says that it broke off
            self._wrong(job.code, error)

    def _do(self, job: Job, work: Work, now: Callable[[], int]) -> None:
        try:
            job.found = work(job.tell)
        except Stopped:
            raise
        except StoreAway:
            job.is_away = True
            raise
        except BaseException:
            job.is_broken = True
            raise
        finally:
            with self._lock:
                job.ended = now()
                del self._running[job.code]
                self._last[job.code] = job
                self._last.move_to_end(job.code)
                while len(self._last) > _KEPT:
                    self._last.popitem(last=False)

    def running(self, code: str) -> Job | None:
        """Give what is being verified of a jurisdiction."""
        with self._lock:
            return self._running.get(code)

    def last(self, code: str) -> Job | None:
        """Give what ended last of a jurisdiction."""
        with self._lock:
            return self._last.get(code)


def _busy(code: str, n: int, *, is_here: bool) -> Conflict:
    found = say("it is being verified already") if is_here else say("{n} journals are being verified", n=n)
    return Conflict(
        where=code,
        expected=say("fewer verifyings at once on this server"),
        found=found,
        do=say("wait until one has ended, or verify at the command line: incident journal verify"),
    )


def _no_thread(code: str, error: str) -> Conflict:
    return Conflict(
        where=code,
        expected=say("a thread to verify in"),
        found=error,
        do=say("try again later, or verify at the command line: incident journal verify"),
    )


def _stopped(code: str) -> Conflict:
    return Conflict(
        where=code,
        expected=say("verifying that goes to the end"),
        found=say("somebody stopped it, or the server ends"),
        do=say("ask again"),
    )


#: As handlers ask for it.
TheVerifying = NamedDependency[Verifying]
