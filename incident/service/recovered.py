"""What was given up of journals that went on after a loss, for those who were not there.

An entry says it once, and nobody reads old entries. So it is said again wherever somebody looks whether all
is well, as long as the journal stands: one query finds the journals, and a few rows what each gave up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from incident.domain import clock
from incident.domain.checkpoint import Checkpoint
from incident.domain.say import Words, say
from incident.service import outside
from incident.service.handle import adopted
from incident.service.opened import Recorded, disclosed, read_entry, with_disclosures
from incident.service.outside import Claim, Origin
from incident.service.ports import Reading, name_of


class Loss(NamedTuple):
    """An end of a journal that an entry gave up."""

    code: str
    #: The entry, when it was recorded, and by which two people; none of what is disclosed no more.
    seq: int
    at: int
    by: str | None
    second: str | None
    #: What left the house, and nothing here answers to any more.
    lost: Checkpoint
    #: How many entries of that origin are here.
    kept: int
    #: Of how many the newest checkpoint outside was that held then, 0 for none; None where nobody looked.
    proven: int | None
    #: Zone of the jurisdiction.
    zone: str

    @property
    def least(self) -> int:
        """Give how many entries are lost at least: others may stand in the place of more."""
        return max(self.lost.size - self.kept, 1)

    @property
    def most(self) -> int:
        """Give how many entries are lost at most: all that nobody proved to be here."""
        return self.lost.size - (self.proven or 0)


def losses(tx: Reading, code: str) -> list[Loss]:
    """Give what was given up of a journal, in order. Raises `JournalError` and `RequestError`."""
    return losses_in(tx, code, outside.origins(tx, code, adopted(tx, code).situation))


def losses_in(source: Recorded, code: str, origins: Iterable[Origin]) -> list[Loss]:
    """Give what was given up of a record, that of an evidence kit too, in order. Raises as `losses` does."""
    found = [_read(source, code, origin, claim) for origin in origins for claim in origin.claims]
    return sorted(found, key=lambda one: one.seq)


def _read(source: Recorded, code: str, origin: Origin, claim: Claim) -> Loss:
    stored, remaining = next(with_disclosures(source, code, since=claim.seq))
    entry = read_entry(code, stored)
    said = disclosed(entry, remaining)
    return Loss(
        code=code,
        seq=claim.seq,
        at=stored.at,
        by=said.get("by"),
        second=said.get(name_of("with")),
        lost=claim.checkpoint,
        kept=claim.seq if origin.kept is None else origin.kept,
        proven=claim.proven,
        zone=source.playbook(code, entry.playbook).jurisdiction.zone,
    )


def told(one: Loss) -> Words:
    """Say it in a line, and by whom: that belongs into no log."""
    return say(
        "{what}; entry {seq}, {at}, by {by} and {second}",
        what=_what(one),
        seq=one.seq,
        at=clock.shown(one.at, one.zone),
        by=one.by or say("somebody"),
        second=one.second or say("somebody"),
    )


def _what(one: Loss) -> Words:
    given: dict[str, Words] = {"origin": one.lost.origin, "size": one.lost.size, "n": one.least}
    if one.proven == 0:
        return say(
            "given up: all {size} entries that a checkpoint outside covers ({origin}); "
            "none of them can be proven to be among the {kept} that are here",
            kept=one.kept,
            **given,
        )
    if one.proven is None:
        return say(
            "given up: at least {n} of the {size} entries that a checkpoint outside covers ({origin})",
            **given,
        )
    if one.least < one.most:
        return say(
            "given up: {n} to {most} of the {size} entries that a checkpoint outside covers ({origin})",
            most=one.most,
            **given,
        )
    return say("given up: {n} of the {size} entries that a checkpoint outside covers ({origin})", **given)
