"""Who signs in a benchmark: a key of no secrecy, and a folder as the place outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench import _town
from incident.channels.checkpoints import FolderOutlet
from incident.domain.note import PublicKey, Signer
from incident.service.notary import Notary
from incident.signing import ed25519

_SEED = bytes(range(32))


def notary(now: Callable[[], int], outside: Path | None = None) -> Notary:
    """Give a notary that puts what it signed into a folder, or nowhere."""
    signer = Signer(PublicKey("bench", ed25519.public_of(_SEED)), ed25519.signing(_SEED))
    if outside is not None:
        outside.mkdir(exist_ok=True)
    outlets = [] if outside is None else [FolderOutlet(outside)]
    return Notary(signer, ed25519.verify, [], outlets, now, _town.drawn())
