"""Checkpoints from outside and public keys that somebody brings to verify a journal, held against it.

The checkpoints that are kept beside the journal are looked at too. Whoever can change one can change both, so
without one from outside nothing is proven to somebody who trusts nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from incident.domain.errors import FormatError
from incident.domain.note import PublicKey
from incident.domain.say import say
from incident.service import against, outside
from incident.service.against import Compared, Given
from incident.service.handle import adopted
from incident.service.heads import noted_of
from incident.service.ports import Reading
from incident.service.signed import Read, said_in

#: Where a checkpoint is that nobody brought.
BESIDE: Final = "beside"


class Brought(NamedTuple):
    """What was brought."""

    given: Sequence[Given]
    keys: Sequence[PublicKey]
    #: Reads a note that one of the keys signed; any, where there are none.
    read: Read

    def sizes(self, tx: Reading, code: str) -> set[int]:
        """Give the sizes at which the root of a journal is wanted."""
        return {one.size for one in (*self._of(code), *self._beside(tx, code)[0])}

    def compared(self, tx: Reading, code: str, roots: Mapping[int, bytes]) -> Compared:
        """Hold all against a journal; `roots` are those computed, by size. Raises `JournalError`."""
        here = outside.here(tx, code, adopted(tx, code).situation, roots)
        beside, unsigned = self._beside(tx, code)
        return Compared(
            against.compare(here, code, self._of(code), self.read),
            against.compare(here, code, beside, self.read),
            unsigned,
            sorted(
                one.seq for origin in here.origins for one in origin.claims if not self._is_trusted(one.note)
            ),
        )

    def strangers(self, codes: Sequence[str]) -> list[Given]:
        """Give those that are of no journal among some."""
        return [one for one in self.given if not any(against.is_of(code, one) for code in codes)]

    def _is_trusted(self, note: str) -> bool:
        try:
            self.read(note)
        except FormatError:
            return False
        return True

    def _of(self, code: str) -> list[Given]:
        return [one for one in self.given if against.is_of(code, one)]

    def _beside(self, tx: Reading, code: str) -> tuple[list[Given], int]:
        """Give the checkpoints kept beside a journal, and how many of them no trusted key signed.

        With them the head that its superior noted: who changes the one journal has to change the other.
        """
        found: list[Given] = []
        kept = tx.checkpoints(code)
        for one in kept:
            said = said_in(code, one, self.read)
            if said is not None:
                found.append(Given(BESIDE, said))
        unsigned = len(kept) - len(found)
        noted = noted_of(tx, code)
        if noted is not None:
            where = say("in the journal of {code}, entry {seq}", code=noted.superior, seq=noted.seq)
            if self._is_trusted(noted.note):
                found.append(Given(where, self.read(noted.note)))
            else:
                unsigned += 1
        return found, unsigned
