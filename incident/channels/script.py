"""Letters handed to a script of the operator's: an SMS modem, a loudspeaker, whatever has a command line.

The script gets the address as one argument, never through a shell, the text on its standard input in UTF-8,
and the rest in `INCIDENT_KEY` and `INCIDENT_SUBJECT`; it sees of our surroundings what any program needs. It
answers by its exit code: 0 taken, 65 to 69 never to be taken, anything else not now. No script outlives the
program, or it would go on without anybody who counts its seconds.
"""

from __future__ import annotations

import atexit
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from threading import Lock, Thread
from typing import IO

from incident.channels.limit import ADDRESS, masked
from incident.domain.say import say, visible
from incident.service.letters import Letter, Outlet, UndeliverableError

#: Exit codes of sysexits.h that say that the letter or its address is at fault: EX_DATAERR to EX_UNAVAILABLE.
NEVER = range(65, 70)
#: What a script is told of our surroundings; database and secrets of this program are not among it.
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SYSTEMROOT", "TMPDIR", "TZ", "USER")
#: Bytes kept of what a script says, and seconds for which its last words are awaited when it has ended.
_MOST_BYTES, _LAST_WORDS = 4096, 0.5
#: Scripts that run now, ended when the program ends; none is begun between the two.
_running: set[subprocess.Popen[bytes]] = set()
_beginning = Lock()


def script_outlet(command: Sequence[str], seconds: float) -> Outlet:
    """Run `command` for each letter, `{address}` filled in; killed with all it started after `seconds`."""
    path, *template = command

    def run(letter: Letter) -> None:
        arguments = [_filled(one, letter.address) for one in template]
        secrets = [letter.address, *(part for one in [*template, *arguments] for part in (one, *_parts(one)))]
        try:
            code, words = _run([path, *arguments], letter, seconds)
        except ValueError:  # a zero byte or half a letter, which no argument can hold
            code, words = None, ""
        if code is None:
            raise UndeliverableError(say("no script can be given this address"))
        _judge(code, masked(words, secrets))

    return run


def _filled(template: str, address: str) -> str:
    """Fill the address into an argument. Raises `UndeliverableError` when it would be taken for an option."""
    if address.startswith("-") and template.startswith(ADDRESS):
        raise UndeliverableError(say("an address that looks like an option"))
    return template.replace(ADDRESS, address)


def _parts(argument: str) -> list[str]:
    """Give what may be a secret by itself: `hunter2` of `--password=hunter2` or `user:hunter2`."""
    return re.split(r"[=:]", argument)


def _judge(code: int, words: str) -> None:
    """Raise what an exit code means, 0 apart."""
    if code == 0:
        return
    said = (
        say("exit code {code}: {words}", code=code, words=words)
        if words
        else say("exit code {code}", code=code)
    )
    raise UndeliverableError(said) if code in NEVER else OSError(said)


def _run(arguments: list[str], letter: Letter, seconds: float) -> tuple[int, str]:
    """Run a script; gives its exit code and the first line that it complained with. Raises `TimeoutError`."""
    with TemporaryFile() as text:
        # a file, not a pipe: a script that does not read its input keeps nobody waiting
        text.write(letter.text.encode("utf-8", errors="backslashreplace"))
        text.seek(0)
        with _beginning:
            process = subprocess.Popen(  # noqa: S603 - the operator's own script, without a shell
                arguments,
                stdin=text,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=_surroundings(letter),
                start_new_session=True,  # so that it can be ended with all it started
            )
            _running.add(process)
    assert process.stderr is not None, "asked for above"
    complaint = bytearray()
    listener = Thread(target=_listen, args=(process.stderr, complaint), name="script", daemon=True)
    listener.start()
    try:
        code = _end_of(process, seconds)
    finally:
        _running.discard(process)
    if code is None:
        raise TimeoutError(say("killed after {n} seconds", n=str(seconds)))
    # what the script leaves running may hold its stderr open for ever: its own words came before its end
    listener.join(_LAST_WORDS)
    lines = bytes(complaint).decode("utf-8", errors="backslashreplace").split("\n")
    return code, next((line for line in lines if line.strip()), "")


def _surroundings(letter: Letter) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed_on, "INCIDENT_KEY": letter.key, "INCIDENT_SUBJECT": visible(letter.subject)}


def _listen(stream: IO[bytes], heard: bytearray) -> None:
    """Keep the first of what a script says and let the rest go by, so that one that says much can end."""
    with stream:
        while said := os.read(stream.fileno(), 65536):
            heard.extend(said[: max(0, _MOST_BYTES - len(heard))])


def _end_of(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Wait for the end; gives the exit code, None when it had to be killed."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=seconds)
    _kill(process)
    process.wait()
    return None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a script with all it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):  # it ended just now
            os.killpg(process.pid, signal.SIGKILL)


@atexit.register
def _kill_all() -> None:
    _beginning.acquire()  # for good
    for process in [*_running]:
        _kill(process)
