"""The newest signed head of each subordinate's journal, as its superior keeps it: a log of logs.

It stands in the superior's own journal, as an item of the kind `head` whose key is the subordinate's code. So
whoever changes a subordinate's record afterwards would have to change its superior's too, which others keep
and which is signed in turn.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from incident.domain import clock
from incident.domain.checkpoint import Checkpoint
from incident.domain.facts import AnyFact, ItemChanged, ItemStarted, Plain
from incident.domain.situation import Stood

HEAD: Final = "head"


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was signed of a journal."""

    #: Which journal, how many entries it had, and the root of their tree, in hex.
    origin: str
    size: int
    root: str
    #: When it was signed; none where its signer does not say.
    signed_at: str | None = None
    #: That the one before grew into it was proven.
    proven: bool = False
    #: The signed note.
    note: str


def head_of(checkpoint: Checkpoint, note: str, *, proven: bool) -> Head:
    """Give the head that a signed checkpoint is."""
    return Head(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        signed_at=None if checkpoint.at is None else clock.stamp(checkpoint.at),
        proven=proven,
        note=note,
    )


def checkpoint_of(head: Head) -> Checkpoint:
    """Give what was signed: `checkpoint_of(head_of(one, note, proven=True)) == one`. Raises `ValueError`."""
    at = None if head.signed_at is None else clock.read_stamp(head.signed_at)
    return Checkpoint(head.origin, head.size, bytes.fromhex(head.root), at)


def read(item: Plain) -> Head:
    """Read a head as it stands."""
    return msgspec.convert(item, Head)


def noted(code: str, stood: Stood | None, head: Head) -> AnyFact:
    """Give the fact that a head was noted, in place of the one before."""
    after: Plain = msgspec.to_builtins(head)
    if stood is None:
        return ItemStarted(kind=HEAD, key=code, after=after)
    return ItemChanged(kind=HEAD, key=code, before=stood.item, after=after)
