"""Rows read back into what they stand for; where that cannot be, it is a fault of the record."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from incident.domain.clock import read_stamp
from incident.domain.duty import Duty
from incident.domain.errors import JournalError
from incident.domain.facts import Piece, Plain
from incident.domain.keeping import Served
from incident.domain.people import Person
from incident.domain.say import Say, say
from incident.domain.situation import Situation
from incident.domain.tally import Tally
from incident.domain.timer import Closing, Timer
from incident.service.ports import Log, Signed, Stored
from incident.store.statements import (
    CLOSING_FIELDS,
    COUNTED,
    DUTY_FIELDS,
    SITUATION_FIELDS,
    TIMER_FIELDS,
)

HASH_BYTES = 32
_TIMES = say("promised times as this program writes them")
_DUTY = say("a piece of duty as this program writes it")
_convert = msgspec.convert
_pieces = msgspec.json.Decoder(Piece)
_plain = msgspec.json.Decoder(dict[str, Any])
_addresses = msgspec.json.Decoder(list[str])


def raw(found: Any) -> bytes:
    """Take bytes as they are, and what somebody else wrote in their place (SQLite lets them) as its text."""
    return found if isinstance(found, bytes) else str(found).encode()


def text(found: Any) -> str:
    """Take text as it is, and what somebody else wrote in its place as what it looks like."""
    if isinstance(found, str):
        return found
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)


def stored(row: Sequence[Any]) -> Stored:
    """Read an entry."""
    seq, body, leaf, at, source, event_id, nodes = row
    came = None if source is None and event_id is None else (source, event_id)
    if type(body) is type(leaf) is bytes:
        return Stored(seq, body, leaf, at, came, b"" if nodes is None else raw(nodes))
    return Stored(seq, raw(body), raw(leaf), at, came, b"" if nodes is None else raw(nodes))


@lru_cache(maxsize=1024)
def item(body: Any) -> Plain:
    """Read an item. One that is spoilt holds up no other: as an item of nothing it fails its own timers.

    Remembered, for many jurisdictions have items from one plan; so nobody may change what it gives.
    """
    try:
        return _plain.decode(raw(body))
    except ValueError:
        return {}


def subtree(level: int, leaf: Any, nodes: Any) -> bytes:
    """Give the hash of the subtree of a level that an entry completes; too short where there is none."""
    return raw(leaf) if level == 0 else raw(nodes or b"")[(level - 1) * HASH_BYTES : level * HASH_BYTES]


def log(row: Sequence[Any]) -> Log:
    """Read a situation with the tree beside it. Raises `JournalError`."""
    *values, found = row
    try:
        situation = _convert(dict(zip(SITUATION_FIELDS, values, strict=True)), Situation)
    except msgspec.ValidationError as error:
        raise JournalError(
            jurisdiction=str(values[0]),
            seq=None,
            expected=say("a situation whose instants and version are whole numbers"),
            found=str(error),
            level="stored",
        ) from error
    peaks = raw(found)
    return Log(situation, [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)])


def timer(code: str, values: Sequence[Any]) -> Timer:
    """Read a timer. Raises `JournalError`."""
    try:
        return _convert(dict(zip(TIMER_FIELDS, values, strict=True)), Timer)
    except msgspec.ValidationError as error:
        raise _unreadable(code, values[0], _TIMES, error) from error


def closing(code: str, values: Sequence[Any]) -> Closing:
    """Read a closed occurrence. Raises `JournalError`."""
    plain = dict(zip(CLOSING_FIELDS, values, strict=True))
    try:
        return _convert({**plain, "zero": bool(plain["zero"])}, Closing)
    except msgspec.ValidationError as error:
        raise _unreadable(code, plain["seq"], _TIMES, error) from error


def duty(code: str, values: Sequence[Any]) -> Duty:
    """Read a piece of duty, held against what is counted by, and when it is. Raises `JournalError`."""
    plain = dict(zip(DUTY_FIELDS, values[: len(DUTY_FIELDS)], strict=True))
    counted = dict(zip(COUNTED, values[len(DUTY_FIELDS) :], strict=True))
    try:
        piece = _pieces.decode(raw(plain["piece"]))
        read = _convert({**plain, "piece": piece, "is_void": bool(plain["is_void"])}, Duty)
        is_then = (read_stamp(piece.since), read_stamp(piece.until)) == (read.since, read.until)
        if not is_then or any(getattr(piece, name) != value for name, value in counted.items()):
            raise msgspec.ValidationError(repr({**counted, "since": read.since, "until": read.until}))
    except (msgspec.DecodeError, ValueError) as error:
        raise _unreadable(code, plain["seq"], _DUTY, error) from error
    return read


def person(row: Sequence[Any]) -> Person:
    """Read a person. One that is spoilt holds up no other: nobody knows who that is, and no way to them."""
    holder, name, channels, is_erased = row
    try:
        ways = tuple(_addresses.decode(raw(channels)))
        return Person(str(holder), _convert(name, str | None), ways, bool(is_erased))
    except msgspec.DecodeError:
        return Person(str(holder), None, is_erased=bool(is_erased))


def signed(row: Sequence[Any]) -> Signed:
    """Read a checkpoint as it is kept; what is no number verifying says."""
    size, at, epoch, note = row
    return Signed(size, at, epoch, text(note))


def served(row: Sequence[Any]) -> Served:
    """Read what somebody served at one post."""
    roster, post, holder, hours, night, weekend, holiday, last = row
    return Served(roster, post, holder, Tally(hours, night, weekend, holiday), last)


def _unreadable(code: str, seq: object, expected: Say, error: Exception) -> JournalError:
    return JournalError(
        jurisdiction=code,
        seq=seq if isinstance(seq, int) else None,
        expected=expected,
        found=str(error),
        level="stored",
    )
