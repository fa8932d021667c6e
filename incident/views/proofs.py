"""What a proof proves, to whoever has nothing but it and a public key."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from incident.domain import clock
from incident.domain.errors import FormatError
from incident.language import speak
from incident.service.proving import Grown, Proven, Signature


class EntryProven(Struct, frozen=True, kw_only=True):
    """An entry stands in a signed journal."""

    holds: Literal[True]
    entry: int
    #: Its bytes, as text.
    body: str
    #: The checkpoint: of which journal, how many entries it covers, their root, and when it was signed.
    origin: str
    size: int
    root: str
    at: str | None
    signed_by: list[str]


class GrowthProven(Struct, frozen=True, kw_only=True):
    """A journal only grew from an older checkpoint."""

    holds: Literal[True]
    #: How many entries it grew from.
    old: int
    origin: str
    size: int
    root: str
    at: str | None
    signed_by: list[str]


class ProofFault(Struct, frozen=True, kw_only=True):
    """A proof that proves nothing."""

    file: str
    holds: Literal[False]
    expected: str
    found: str


def proven(found: Proven) -> EntryProven:
    """Give what a proof of an entry proves."""
    head = found.signature.checkpoint
    return EntryProven(
        holds=True,
        entry=found.seq,
        body=found.body.decode(errors="replace"),
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        at=_signed_at(found.signature),
        signed_by=[*found.signature.keys],
    )


def grown(found: Grown) -> GrowthProven:
    """Give what a proof of growth proves."""
    head = found.signature.checkpoint
    return GrowthProven(
        holds=True,
        old=found.old,
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        at=_signed_at(found.signature),
        signed_by=[*found.signature.keys],
    )


def _signed_at(signature: Signature) -> str | None:
    at = signature.checkpoint.at
    return None if at is None else clock.stamp(at)


def fault(file: str, error: FormatError) -> ProofFault:
    """Give why a proof proves nothing."""
    return ProofFault(file=file, holds=False, expected=speak(error.expected), found=speak(error.found))
