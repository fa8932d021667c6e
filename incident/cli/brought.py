"""Checkpoints from outside and public keys that somebody brings to verify a journal, and what comes of them.

The checkpoints that are kept beside the journal are looked at too. Whoever can change one can change both, so
without one from outside nothing is proven to somebody who trusts nobody, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from incident.cli.given import signed_checkpoint
from incident.cli.output import put, table, talk
from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import FormatError
from incident.domain.note import PublicKey
from incident.domain.say import Words, say
from incident.language import speak
from incident.service import against, outside
from incident.service.against import Compared, Found, Given
from incident.service.handle import adopted
from incident.service.heads import noted_of
from incident.service.outside import FOUND
from incident.service.ports import Reading
from incident.service.signed import said_in

#: Where a checkpoint is that nobody brought.
_BESIDE: Final = "beside"


class Brought(NamedTuple):
    """What was brought."""

    given: Sequence[Given]
    keys: Sequence[PublicKey]

    def sizes(self, tx: Reading, code: str) -> set[int]:
        """Give the sizes at which the root of a journal is wanted."""
        return {one.size for one in (*self._of(code), *self._beside(tx, code)[0])}

    def compared(self, tx: Reading, code: str, roots: Mapping[int, bytes]) -> Compared:
        """Hold all against a journal; `roots` are those computed, by size. Raises `JournalError`."""
        here = outside.here(tx, code, adopted(tx, code).situation, roots)
        beside, unsigned = self._beside(tx, code)
        return Compared(
            against.compare(here, code, self._of(code), self._read),
            against.compare(here, code, beside, self._read),
            unsigned,
            sorted(
                one.seq for origin in here.origins for one in origin.claims if not self._is_trusted(one.note)
            ),
        )

    def _read(self, note: str) -> Checkpoint:
        said = signed_checkpoint("", note.encode(), self.keys).said
        assert isinstance(said, Checkpoint), "a note holds a checkpoint"
        return said

    def _is_trusted(self, note: str) -> bool:
        try:
            self._read(note)
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
            said = said_in(code, one, self._read)
            if said is not None:
                found.append(Given(_BESIDE, said))
        unsigned = len(kept) - len(found)
        noted = noted_of(tx, code)
        if noted is not None:
            where = speak(say("in the journal of {code}, entry {seq}", code=noted.superior, seq=noted.seq))
            if self._is_trusted(noted.note):
                found.append(Given(where, self._read(noted.note)))
            else:
                unsigned += 1
        return found, unsigned


def put_strangers(brought: Brought, codes: Sequence[str]) -> int:
    """Say which checkpoints are of no journal that is looked at; gives how many."""
    strangers = [one for one in brought.given if not any(against.is_of(code, one) for code in codes)]
    for one in strangers:
        talk(say("{where}: {verdict}", where=one.where, verdict=FOUND["foreign"]))
    return len(strangers)


def put_compared(compared: Compared, brought: Brought, tx: Reading, code: str) -> None:
    """Show how checkpoints stand to a journal. Nothing that was not looked at is left unsaid."""
    rows: list[list[Words]] = [["", say("signatures"), _signatures(brought)]]
    if compared.beside or compared.unsigned:
        rows.append(["", say("checkpoints beside the journal"), _beside(compared)])
    for one in compared.brought:
        name = say("checkpoint of {n} entries, {where}", n=one.given.size, where=one.given.where)
        rows.append(["", name, _verdict(one)])
    if compared.unfounded:
        name, seqs = say("entries lost and given up"), [*compared.unfounded]
        rows.append(["", name, say("entries {seqs} name a checkpoint that no given key signed", seqs=seqs)])
    if not compared.brought:
        nothing = say("NOT CHECKED: none was given (--against)")
        rows.append(["", say("checkpoints from outside"), nothing])
    table(rows)
    if compared.span is not None:
        put(say("  {told}", told=against.told(compared.span, adopted(tx, code).situation.zone)))


def _signatures(brought: Brought) -> Words:
    if not brought.keys:
        return say("NOT CHECKED: no public key was given (--pubkey)")
    return say("checked with {keys}", keys=[str(key) for key in brought.keys])


def _beside(compared: Compared) -> Words:
    n = len(compared.beside) + compared.unsigned
    wrong: list[Words] = []
    if compared.unsigned:
        wrong.append(say("{n} that no given key signed, or of another size or time", n=compared.unsigned))
    wrong += [
        say("{n} entries, {where}: {verdict}", n=one.given.size, where=one.given.where, verdict=_verdict(one))
        if one.given.where != _BESIDE
        else say("{n} entries: {verdict}", n=one.given.size, verdict=_verdict(one))
        for one in compared.wrong
    ]
    return say("{n}: {wrong}", n=n, wrong=wrong) if wrong else say("{n}: each holds", n=n)


def _verdict(found: Found) -> Words:
    if found.verdict == "holds":
        return say("holds")
    if found.given_up is not None:
        return say("{found} (entry {seq})", found=FOUND[found.verdict], seq=found.given_up)
    return say("DOES NOT HOLD: {found}", found=FOUND[found.verdict])
