"""Checkpoints that somebody brings: a file with a signed note, or the line that people pass on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from incident import bootstrap
from incident.domain.checkpoint import Checkpoint, parse_line
from incident.domain.errors import FormatError, RequestError
from incident.domain.note import MOST_BYTES, PublicKey
from incident.domain.say import Words, say
from incident.service.against import Given
from incident.service.files import read_file
from incident.signing import evidence

_NOTE: Final = say("a file with a signed checkpoint")
_EITHER: Final = say(
    "a file with a signed checkpoint, or a line such as `{line}`", line="330681111 13 7K3F-…"
)


def read_given(words: str, keys: Sequence[PublicKey]) -> Given:
    """Read a checkpoint from a file, or a line typed; with `keys` one of them has to have signed a note.

    Raises `RequestError`.
    """
    if Path(words).is_file() or not words[:1].isdigit():
        return _said(words, read_shown(words, MOST_BYTES, _EITHER), keys)
    try:
        return Given(words, parse_line(words))
    except FormatError as error:
        raise _unreadable(words, error.expected, error.found) from error


def read_checkpoint(words: str) -> Checkpoint:
    """Read a checkpoint from a file; where trusted keys are known, one has to have signed it."""
    return read_noted(words)[0]


def read_noted(words: str) -> tuple[Checkpoint, str]:
    """Read a checkpoint and its signed note from a file, as `read_checkpoint` does."""
    raw = read_shown(words, MOST_BYTES, _NOTE)
    said = _said(words, raw, bootstrap.trusted_keys(())).said
    assert isinstance(said, Checkpoint), "a note holds a checkpoint"
    return said, raw.decode()


def read_shown(path: str, most: int, expected: Words) -> bytes:
    """Read a file whose words an error may show. Raises `RequestError`, for a private key too."""
    raw = read_file(Path(path), most, expected=expected, do=say("name another")).raw
    if raw.lstrip().startswith(b"PRIVATE+KEY+"):
        raise RequestError(where=path, expected=expected, found=say("a private key"), do=say("name another"))
    return raw


def _said(words: str, raw: bytes, keys: Sequence[PublicKey]) -> Given:
    try:
        return evidence.signed_checkpoint(words, raw, keys)
    except FormatError as error:
        raise _unreadable(words, error.expected, error.found) from error


def _unreadable(where: str, expected: Words, found: Words) -> RequestError:
    return RequestError(
        where=where, expected=expected, found=found, do=say("take it again from where it was kept")
    )
