"""Files of 1 MiB made to cost as much as they can, each read in a process of its own, and measured.

Usage: python -m tests.fuzz.hostile [TARGET[/FILE]…]: a line of JSON for each, on stdout.

One process imports all and forks for each file; so what a file costs is its own. Time is that of the
processor, for others work on the machine too.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from tests.fuzz.hostile_kits import KITS
from tests.fuzz.targets import NOTE, TARGETS, WHOLE

SIZE: Final = 1024 * 1024
#: What none may exceed: seconds of the processor, and bytes of the whole process.
SECONDS, MEMORY = 2.0, 200_000_000
#: Where the kernel ends one that does not end: far above, so that what is too much is measured.
_LAST_SECONDS, _LAST_MEMORY = 30, 2 << 30


def _full(piece: str | bytes, before: str = "", after: str = "") -> bytes:
    """Repeat a piece between two others until the file is full."""
    raw = piece.encode() if isinstance(piece, str) else piece
    room = SIZE - len(before.encode()) - len(after.encode())
    return before.encode() + raw * (room // len(raw)) + after.encode()


def _numbered(line: str, before: str = "") -> bytes:
    """Write a line again and again, each with another number, until the file is full."""
    lines, length, n = [before], len(before), 0
    while length < SIZE - 64:
        lines.append(line.format(n=n))
        length += len(lines[-1].encode())
        n += 1
    return "".join(lines).encode()


def _laughs() -> bytes:
    lines = ['a0: &a0 ["lol"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    return "\n".join(lines).encode()


_NOTE_TEXT, _NOTE_SIGNATURE = NOTE.split(b"\n\n")
_YAML: Final = {
    "billion laughs": _laughs,
    "nothing but brackets": lambda: b"[" * SIZE,
    "brackets in a row": lambda: _full("[],", "a: [", "]"),
    "maps in a row": lambda: _full("{},", "[", "]"),
    "nothing but braces": lambda: b"{a: " * (SIZE // 4),
    "deep by indentation": lambda: "".join(f"{' ' * n}a:\n" for n in range(1400)).encode(),
    "deep lists": lambda: b"- " * (SIZE // 2),
    "keys on lines": lambda: _numbered("k{n}:\n"),
    "keys in braces": lambda: _numbered("k{n}: 1,", "{"),
    "the same key": lambda: _full("a: 1\n"),
    "entries": lambda: _full("- a\n"),
    "entries of a map": lambda: _full("- {seat: duty.leader, holder: P1}\n"),
    "values in brackets": lambda: _full("1,", "[", "]"),
    "values of ways": lambda: _numbered("k{n}: {{scipt: 1, foldr: 2}}\n"),
    "unknown keys of a way": lambda: _numbered("scr{n}: 1,", "a: {"),
    "one scalar": lambda: b"a" * SIZE,
    "one quoted scalar": lambda: _full("a", 'a: "', '"'),
    "one folded scalar": lambda: _full("  a\n", "a: >\n"),
    "escapes": lambda: _full("\\u0041", 'a: "', '"'),
    "half characters": lambda: _full("\\ud800", 'a: "', '"'),
    "one number": lambda: _full("9", "a: "),
    "numbers": lambda: _full("9" * 18 + ",", "a: [", "]"),
    "quotes": lambda: b"''" * (SIZE // 2),
    "colons": lambda: b":" * SIZE,
    "question marks": lambda: b"? " * (SIZE // 2),
    "spaces": lambda: b" " * SIZE,
    "tabs": lambda: b"\t" * SIZE,
    "line feeds": lambda: b"\n" * SIZE,
    "comments": lambda: b"#\n" * (SIZE // 2),
    "zeros": lambda: b"\0" * SIZE,
    "no UTF-8": lambda: b"\xff" * SIZE,
    "documents": lambda: b"---\n" * (SIZE // 4),
    "tags": lambda: b"!!a " * (SIZE // 4),
    "a directive": lambda: b"%" + b"A" * SIZE,
    "anchors": lambda: b"&a " * (SIZE // 3),
    "dashes": lambda: b"-" * SIZE,
    "plain over lines": lambda: b"a: b\n" + b" c\n" * (SIZE // 3 - 4),
}
_TABLE: Final = {
    "columns": lambda: b"a," * (SIZE // 2),
    "columns that are ours": lambda: "岗位,代号,".encode() * (SIZE // 14),
    "empty columns": lambda: b"seat,holder" + b"," * (SIZE - 12),
    "values in a row": lambda: b"seat,holder\n" + b"," * (SIZE - 12),
    "rows": lambda: _full("a,b\n", "seat,holder\n"),
    "rows that are right": lambda: _numbered("duty.leader,P{n}\n", "seat,holder\n"),
    "the same row": lambda: _full("duty.leader,P1\n", "seat,holder\n"),
    "unknown seats": lambda: _numbered("duty.leadr{n},P1\n", "seat,holder\n"),
    "addresses": lambda: b"seat,holder,channels\nduty.leader,P1," + b"a:b " * (SIZE // 4 - 16),
    "blank rows": lambda: b"seat,holder\n" + b",\n" * (SIZE // 2 - 8),
    "empty rows": lambda: b"seat,holder\n" + b"\n" * (SIZE - 12),
    "one cell": lambda: b"seat,holder\n" + b"a" * (SIZE - 12),
    "one quoted cell": lambda: b'seat,holder\n"' + b"a" * (SIZE - 14) + b'"',
    "an open quote": lambda: b'seat,holder\n"' + b"a\n" * (SIZE // 2 - 8),
    "quotes in quotes": lambda: b'seat,holder\n"' + b'""' * (SIZE // 2 - 8) + b'"',
    "letters that fold": ("seat,holder\n" + "ﷺ" * (SIZE // 3 - 8)).encode,
    "digits and dashes": lambda: b"seat,holder,from\nduty.leader,P1," + b"2025-" * (SIZE // 5 - 8),
    "one name": lambda: b"seat,holder,name\nduty.leader,P1," + b"\xe5\xbc\xa0" * (SIZE // 3 - 16),
    "zeros": lambda: b"\0" * SIZE,
    "no text": lambda: b"\xff" * SIZE,
}
_NOTES: Final = {
    "100,000 signatures": lambda: _NOTE_TEXT + b"\n\n" + "— a AAAAAAA=\n".encode() * 69_000,
    "signatures of the key": lambda: NOTE + _NOTE_SIGNATURE * 8_000,
    "100 long signatures": lambda: (
        _NOTE_TEXT
        + b"\n\n"
        + b"".join("— a".encode() + b" " + base64.b64encode(bytes(7_500)) + b"\n" for _ in range(100))
    ),
    "base64": lambda: _NOTE_TEXT + "\n\n— a ".encode() + b"A" * (SIZE - 200) + b"\n",
    "base64 in the root": lambda: b"a\n1\n" + b"A" * (SIZE - 300) + b"\n\n" + _NOTE_SIGNATURE,
    "empty lines": lambda: b"\n" * SIZE,
    "extensions": lambda: _NOTE_TEXT + b"\nx" * (SIZE // 2 - 300) + b"\n\n" + _NOTE_SIGNATURE,
    "times": lambda: _NOTE_TEXT + b"\nat 0" * (SIZE // 5 - 100) + b"\n\n" + _NOTE_SIGNATURE,
    "a long origin": lambda: b"a" * (SIZE - 300) + b"\n1\n\n\n" + _NOTE_SIGNATURE,
    "a long name": lambda: _NOTE_TEXT + "\n\n— ".encode() + b"a" * (SIZE - 300) + b" AAAAAAA=\n",
    "a number": lambda: b"a\n" + b"9" * (SIZE - 300) + b"\nAA==\n\n" + _NOTE_SIGNATURE,
    "dashes": lambda: "— ".encode() * (SIZE // 4),
    "zeros": lambda: b"\0" * SIZE,
    "no UTF-8": lambda: b"\xff" * SIZE,
    "letters that fold": lambda: "ﷺ".encode() * (SIZE // 3),
    "spaces": lambda: b" " * SIZE,
    "one line": lambda: b"a" * SIZE,
    "digits": lambda: b"9" * SIZE,
    "pluses": lambda: b"+" * SIZE,
    "a key": lambda: b"a+00000000+" + b"A" * (SIZE - 11),
    "a private key": lambda: b"PRIVATE+KEY+a+00000000+" + b"A" * (SIZE - 23),
    "a line of digits": lambda: b"330681111 " + b"9" * (SIZE - 16) + b" 7K3F",
    "a line of letters": lambda: b"330681111 13 " + b"7" * (SIZE - 13),
    "a line of spaces": lambda: b"330681111" + b" " * (SIZE - 12) + b"13 7",
}
_PROOFS: Final = {
    "hashes": lambda: _full("A" * 43 + "=\n", "c2sp.org/tlog-proof@v1\nindex 1\n"),
    "hashes of growth": lambda: _full("A" * 43 + "=\n", "old 1\n"),
    "extra": lambda: _full("AAAA", "c2sp.org/tlog-proof@v1\nextra ", "\nindex 1\n\na\n"),
    "a number": lambda: _full("9", "c2sp.org/tlog-proof@v1\nindex ", "\n\na\n"),
    "old": lambda: _full("9", "old ", "\n\na\n"),
    "checkpoint": lambda: _full("a\n", "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 1\n\n"),
    "newer": lambda: _full("a\n", "old 1\n\n"),
    **{name: _NOTES[name] for name in ("empty lines", "zeros", "no UTF-8", "one line")},
}
_TILES: Final = {
    "groups": lambda: b"tile/0/" + b"x000/" * (SIZE // 5),
    "a width": lambda: b"tile/0/000.p/" + b"1" * SIZE,
    "a long bundle": lambda: b"\xff" + b"\xff" * SIZE,
    "an empty bundle": lambda: bytes(SIZE),
    "a line": lambda: b"a" * SIZE,
}
#: What each target is fed.
FILES: Final[dict[str, dict[str, Callable[[], bytes]]]] = {
    **dict.fromkeys(("playbook", "script", "people.yaml", "setup"), _YAML),
    "people.csv": _TABLE,
    **dict.fromkeys(("note", "checkpoint", "given", "line", "key", "key file"), _NOTES),
    **dict.fromkeys(("proof", "growth"), _PROOFS),
    **dict.fromkeys(("tile path", "bundle", "tile"), _TILES),
    "kit": {name: partial(make, WHOLE.files) for name, make in KITS.items()},
}


def measured(target: str, what: str) -> dict[str, Any]:
    """Feed one file in a process of its own; gives what came of it, seconds and bytes."""
    raw = _made(FILES[target][what])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            out.write(json.dumps(_feed(target, raw)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _pid, status, used = os.wait4(child, 0)
    found: dict[str, Any] = (
        json.loads(said) if said else {"fault": f"ended by {os.waitstatus_to_exitcode(status)}"}
    )
    seconds = found.pop("seconds", used.ru_utime + used.ru_stime)
    return {
        "target": target,
        "file": what,
        "length": len(raw),
        "fault": None,
        **found,
        "seconds": round(seconds, 3),
        "bytes": used.ru_maxrss * 1024,
    }


def _made(make: Callable[[], bytes]) -> bytes:
    """Make a file in a process of its own: what that took is not what reading it takes."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "wb") as out:
            out.write(make())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        raw = pipe.read()
    os.waitpid(child, 0)
    return raw


def _feed(target: str, raw: bytes) -> dict[str, Any]:
    resource.setrlimit(resource.RLIMIT_CPU, (_LAST_SECONDS, _LAST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_LAST_MEMORY, _LAST_MEMORY))
    begun = time.process_time()
    try:
        found = {"read": TARGETS[target].feed(raw)}
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
        return {"fault": f"{type(error).__name__}: {str(error)[:300]}"}
    return {**found, "seconds": time.process_time() - begun}


def main(names: list[str]) -> None:
    """Measure the files named, all of the targets named, or all there are."""
    begun = set()
    for name in names or FILES:
        target, _slash, only = name.partition("/")
        if target not in begun:
            TARGETS[target].feed(TARGETS[target].seeds[0])  # whatever is imported on first use
            begun.add(target)
        for what in [only] if only else FILES[target]:
            sys.stdout.write(f"{json.dumps(measured(target, what))}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
