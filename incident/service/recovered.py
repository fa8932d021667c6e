"""What was given up of journals that went on after a loss, for those who were not there.

An entry says it once, and nobody reads old entries. So it is said again wherever somebody looks whether all
is well, as long as the journal stands: one query finds the journals, and a few rows what each gave up.
"""

from __future__ import annotations

from typing import NamedTuple

from incident.domain import clock
from incident.domain.checkpoint import Checkpoint
from incident.domain.say import Words, say
from incident.service import outside
from incident.service.handle import adopted
from incident.service.opened import disclosed, read_entry, with_disclosures
from incident.service.outside import Claim, Origin
from incident.service.ports import Reading, name_of


class GivenUp(NamedTuple):
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
    #: None of them can be proven to be here.
    unproven: bool
    #: Zone of the jurisdiction.
    zone: str

    @property
    def n(self) -> int | None:
        """Give how many entries were given up; none where others are in their place, and nobody can say."""
        if self.unproven:
            return self.lost.size
        return self.lost.size - self.kept if self.lost.size > self.kept else None


def given_up(tx: Reading, code: str) -> list[GivenUp]:
    """Give what was given up of a journal, in order. Raises `JournalError` and `RequestError`."""
    situation = adopted(tx, code).situation
    found = [
        _read(tx, code, origin, claim, situation.zone)
        for origin in outside.origins(tx, code, situation)
        for claim in origin.claims
    ]
    return sorted(found, key=lambda one: one.seq)


def _read(tx: Reading, code: str, origin: Origin, claim: Claim, zone: str) -> GivenUp:
    stored, remaining = next(with_disclosures(tx, code, since=claim.seq))
    entry = read_entry(code, stored)
    said = disclosed(entry, remaining)
    return GivenUp(
        code=code,
        seq=claim.seq,
        at=clock.read_stamp(entry.at),
        by=said.get("by"),
        second=said.get(name_of("with")),
        lost=claim.checkpoint,
        kept=claim.seq if origin.kept is None else origin.kept,
        unproven=claim.unproven,
        zone=zone,
    )


def told(one: GivenUp, *, named: bool) -> Words:
    """Say it in a line; `named` says by whom, which belongs into no log."""
    if not named:
        return say(
            "{what}; entry {seq}, {at}", what=_what(one), seq=one.seq, at=clock.shown(one.at, one.zone)
        )
    return say(
        "{what}; entry {seq}, {at}, by {by} and {second}",
        what=_what(one),
        seq=one.seq,
        at=clock.shown(one.at, one.zone),
        by=one.by or say("somebody"),
        second=one.second or say("somebody"),
    )


def _what(one: GivenUp) -> Words:
    given: dict[str, Words] = {"origin": one.lost.origin, "size": one.lost.size, "kept": one.kept}
    if one.unproven:
        return say(
            "given up: all {size} entries that a checkpoint outside covers ({origin}); "
            "none of them can be proven to be among the {kept} that are here",
            **given,
        )
    if one.n is not None:
        return say(
            "given up: {n} of the {size} entries that a checkpoint outside covers ({origin})",
            n=one.n,
            **given,
        )
    return say(
        "given up: a checkpoint outside of {size} entries ({origin}); here are others in their place", **given
    )
