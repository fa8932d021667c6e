"""What verifying says: each level by its name, and what was found, or why it was not looked at.

Of the record, and so of the live database and of an evidence kit alike:

    bytes        each entry is read, its bytes are canonical, and it says what number of which journal it is
    leaves       numbers without gap; each leaf hash recomputed from the bytes
    root         the tree over all leaves recomputed, and held against the one that is given, and against
                 the hashes of it that are kept beside entries
    disclosures  each that remains opens what was sealed, and attachments are those whose hash was sealed; of
                 the live database also that an entry explains each that is missing (`verify_missing.py`)
    playbooks    each playbook that an entry names has that hash
    decisions    each entry decided again from playbook, situation and what came in (`verify_decisions.py`)
    replay       the situation, what stands, what is promised and who is on duty follow from entry to entry;
                 so does each snapshot that an entry speaks of

Of the live database alone (`verify_stored.py`):

    effects      the outbox holds what follows from the facts; when it was done is free
    times        promised times, closings and pieces of duty that each entry ended
    people       the directory is what the record says of it (`verify_people.py`)
    stored       situation, what stands, open timers, newest shifts, snapshots, and what is said beside
                 checkpoints; nothing stands beside no entry, no playbook or attachment that none names
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from incident.domain.errors import JournalError
from incident.domain.facts import AnyFact
from incident.domain.say import Words, say

#: Levels of a record, in the order in which an entry passes them.
OF_RECORD: Final = ("bytes", "leaves", "root", "disclosures", "playbooks", "decisions", "replay")
#: Levels of the live database besides.
OF_STORE: Final = ("effects", "times", "people", "stored")
#: What hashes alone tell.
OF_HASHES: Final = ("leaves", "root")


class Level(Struct, frozen=True):
    """A level and its verdict; one at which an entry has a fault is raised as `JournalError` instead."""

    name: str
    #: It was looked at, all of it, and holds.
    held: bool
    #: Why it was not looked at; or what is wrong, where it was.
    why: Words = None
    #: It was looked at, and something does not hold that is no fault of an entry.
    is_wrong: bool = False


class Decided(Struct, frozen=True, kw_only=True):
    """How far entries were decided again; each is counted once."""

    #: Facts, step, plan and authority all follow from what the entry says.
    fully: int
    #: What can be derived was, and follows; by what could not be.
    partly: Mapping[str, int]
    #: Not at all, and why: by the program that wrote them, or by an act of which this one has no rule; how
    #: many, and the first of them.
    unknown: Mapping[str, tuple[int, int]]

    def open(self, accepted: Collection[str]) -> list[str]:
        """List why entries were not decided again, but for those of programs that somebody accepted.

        Whoever forges an entry can write any program into it. So one that would be decided otherwise here
        is proven by nobody who does not run that program.
        """
        return [why for why in self.unknown if why.removeprefix("program ") not in accepted]


class Missing(Struct, frozen=True):
    """Disclosures that are missing and that no entry explains."""

    n: int
    #: Entry and name of the first of them.
    first: list[tuple[int, str]]
    #: How many of them a hold covers that stands.
    held: int


class Verified(Struct, frozen=True, kw_only=True):
    """A journal of which each entry holds."""

    jurisdiction: str
    entries: int
    #: Root of the tree, in hex.
    root: str
    #: Disclosures that remain and open what was sealed; none when only hashes were checked.
    disclosures: int | None
    #: Disclosures that are missing and that no entry explains; none when that was not looked at.
    missing: Missing | None = None
    #: The replayed situation equals the stored one; false when only hashes were checked.
    replayed: bool
    #: How often an entry was recorded earlier than the one before it: somebody set the clock back. No fault
    #: of the record; none when only hashes were checked.
    clock_went_back: int | None = None
    #: Entries from the first on of which the bytes were dropped; their leaves were taken as they are.
    dropped: int = 0
    #: Every level, by name.
    levels: list[Level] = []
    #: How far entries were decided again; none when that was not looked at.
    decided: Decided | None = None
    #: Roots of the prefixes that were asked for, in hex, by size; a size beyond the journal has none.
    roots: dict[int, str] = {}


def levels(names: Iterable[str], held: Iterable[str], why: Words) -> list[Level]:
    """Give levels with their verdicts; of those that did not hold for want of looking, `why` not."""
    there = {*held}
    return [Level(name, held=True) if name in there else Level(name, held=False, why=why) for name in names]


def fault(code: str, seq: int | None, expected: Words, found: Words, level: str) -> JournalError:
    """Make the fault of an entry, found at a level."""
    return JournalError(jurisdiction=code, seq=seq, expected=expected, found=found, level=level)


def wrong_leaf(code: str, seq: int, kept: bytes, computed: bytes) -> JournalError:
    """Make the fault of an entry whose bytes are not those that were hashed."""
    expected = say("an entry whose leaf hash is {hash}", hash=kept.hex())
    found = say("an entry whose leaf hash is {hash}", hash=computed.hex())
    return fault(code, seq, expected, found, "leaves")


def wrong_nodes(code: str, seq: int, computed: bytes, kept: bytes) -> JournalError:
    """Make the fault of an entry beside which other hashes of the tree are kept than those it completes."""
    expected = say("hashes of the tree beside it: {hashes}", hashes=computed.hex() or say("none"))
    return fault(code, seq, expected, kept.hex() or say("none"), "root")


def gap(code: str, expected: int, found: int) -> JournalError:
    """Make the fault of an entry that has not the number that follows."""
    return fault(code, expected, say("entry {seq}", seq=expected), say("entry {seq}", seq=found), "leaves")


class DiffersError(Exception):
    """An entry says something else than what follows."""

    def __init__(self, expected: Words, found: Words) -> None:
        """Keep what follows, and what the entry says."""
        super().__init__(expected, found)
        self.expected, self.found = expected, found


def same(name: str, expected: object, found: object) -> None:
    """Refuse another value than the one that follows. Raises `DiffersError`."""
    if expected != found:
        raise DiffersError(_named(name, expected), _named(name, found))


def _named(name: str, value: object) -> Words:
    return say("`{name}`: {value}", name=name, value=say("none") if value is None else str(value))


def same_facts(found: Sequence[AnyFact], first: Sequence[AnyFact], last: Sequence[AnyFact] = ()) -> int:
    """Give how many of the facts found stand between those expected first and last. Raises `DiffersError`."""
    n, end = len(first), len(found) - len(last)
    if end >= n and [*found[:n], *found[end:]] == [*first, *last]:
        return end - n
    expected = [*first, *last]
    for place, fact in enumerate(expected):
        there = found[place] if place < len(found) else None
        if there != fact:
            raise DiffersError(_fact(place, fact), _fact(place, there))
    raise DiffersError(say("no further fact"), _fact(len(expected), found[len(expected)]))


def _fact(place: int, fact: AnyFact | None) -> Words:
    shown = say("nothing") if fact is None else msgspec.json.encode(fact, order="sorted").decode()
    return say("fact {n}: {fact}", n=place, fact=shown)
