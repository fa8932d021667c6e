"""A notary for tests: a key of its own, outlets in memory, a clock."""

from __future__ import annotations

from collections.abc import Sequence

from incident.domain.checkpoint import Checkpoint, parse_checkpoint
from incident.domain.note import PublicKey, Signer, parse_note
from incident.service.notary import Notary
from incident.service.outside import Kept, Outlet
from incident.service.ports import LAST
from incident.signing import ed25519
from incident.testing.given import FakeClock, fixed_chance

SEED, OTHER_SEED = bytes(range(32)), bytes(range(1, 33))


def signer(seed: bytes = SEED, name: str = "incident.test") -> Signer:
    return Signer(PublicKey(name, ed25519.public_of(seed)), ed25519.signing(seed))


class Shelf:
    """An outlet in memory."""

    def __init__(self) -> None:
        self.notes: dict[tuple[str, str, int], str] = {}
        self.is_away = False

    def newest(self, code: str, *, until: int = LAST) -> Sequence[Kept]:
        self._look()
        newest: dict[str, tuple[int, str]] = {}
        for (of, origin, size), note in sorted(self.notes.items()):
            if of == code and size <= until:
                newest[origin] = (size, note)
        return [Kept(origin, note) for origin, (_, note) in newest.items()]

    def codes(self) -> Sequence[str]:
        self._look()
        return sorted({of for of, _, _ in self.notes})

    def put(self, code: str, checkpoint: Checkpoint, note: str) -> None:
        self._look()
        self.notes[code, checkpoint.origin, checkpoint.size] = note

    def _look(self) -> None:
        if self.is_away:
            raise OSError("not mounted")

    def sizes(self) -> list[int]:
        return sorted(size for _, _, size in self.notes)


def notary(
    clock: FakeClock, *outlets: Outlet, seed: bytes = SEED, trusted: Sequence[PublicKey] = ()
) -> Notary:
    return Notary(signer(seed), ed25519.verify, trusted, outlets, clock, fixed_chance)


def head(note: str) -> Checkpoint:
    return parse_checkpoint(parse_note(note.encode()).text)
