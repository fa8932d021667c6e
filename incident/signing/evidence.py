"""What somebody brings to verify a record: checkpoints and public keys, read with their signatures."""

from __future__ import annotations

from collections.abc import Sequence

from incident.domain.checkpoint import Checkpoint, parse_checkpoint
from incident.domain.note import PublicKey, open_note, parse_note
from incident.domain.say import Words
from incident.service.against import Given
from incident.service.brought import Brought


def signed_checkpoint(where: Words, raw: bytes, keys: Sequence[PublicKey]) -> Given:
    """Read a signed checkpoint; with `keys` one of them has to have signed it. Raises `FormatError`."""
    if not keys:
        return Given(where, parse_checkpoint(parse_note(raw).text))
    from incident.signing.ed25519 import verify

    opened = open_note(raw, keys, verify)
    return Given(where, parse_checkpoint(opened.text), [str(key) for key in opened.keys])


def brought(given: Sequence[Given], keys: Sequence[PublicKey]) -> Brought:
    """Give what somebody brought: checkpoints, and keys one of which has to have signed."""

    def read(note: str) -> Checkpoint:
        said = signed_checkpoint("", note.encode(), keys).said
        assert isinstance(said, Checkpoint), "a note holds a checkpoint"
        return said

    return Brought(given, keys, read)


def public_keys(texts: Sequence[str]) -> list[PublicKey]:
    """Read public keys from their texts, never from a file that one names. Raises `RequestError`."""
    from incident.signing.keyfile import public_key_of

    return [public_key_of(text) for text in texts]
