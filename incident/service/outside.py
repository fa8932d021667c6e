"""Checkpoints that left the house, held against the journal that is here.

Whoever can write the database can make a whole journal anew. What is outside they cannot: a checkpoint that
covers more than is here, or other entries, shows it. A journal that is found so is not written to any more:
what would follow would be a second record beside the one that others hold a checkpoint of.

A journal of which an end was lost goes on under another origin (`recover.py`): the entry that opens it names
the lost checkpoint, so each origin leads to the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Literal, NamedTuple, Protocol

from incident.domain import tree
from incident.domain.checkpoint import Checkpoint, Line, name_of_origin, parse_checkpoint
from incident.domain.errors import FormatError, JournalError
from incident.domain.facts_record import JournalRecovered
from incident.domain.note import PublicKey, Verify, open_note
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.service.opened import read_entry
from incident.service.ports import LAST, Reading, Stored
from incident.service.signed import Read, unopened

#: How a checkpoint stands to the journal here: it holds; it covers more entries than are here; its entries
#: are others; its end was given up as lost, and the journal says so; it is of another journal.
Verdict = Literal["holds", "behind", "forked", "lost", "foreign"]


class Entries(Protocol):
    """Where entries are read: a `Reading`, an evidence kit, or what is replayed."""

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on, in order."""

    def subtrees(self, code: str, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Give the leaves at some places: (0, number of the entry)."""


class Kept(NamedTuple):
    """A signed note that is kept outside, and where."""

    where: str
    note: str


class Outlet(Protocol):
    """Where checkpoints are kept outside the database."""

    def newest(self, code: str, *, until: int = LAST) -> Sequence[Kept]:
        """Give the newest signed note of each origin, of at most `until` entries. Raises `OSError`."""

    def codes(self) -> Sequence[str]:
        """List the jurisdictions of which something is kept. Raises `OSError`."""

    def put(self, code: str, checkpoint: Checkpoint, note: str) -> None:
        """Keep a signed note; returns when it is there to stay. Raises `OSError`."""


class Claim(NamedTuple):
    """What an entry says of an end that is lost: the signed checkpoint that covered it."""

    #: Number of the entry.
    seq: int
    note: str
    checkpoint: Checkpoint
    #: Whether it says that none of what was signed can be proven to be here.
    unproven: bool = False

    def covers(self, given: Checkpoint | Line, kept: int) -> bool:
        """Tell whether a checkpoint is this one, or lies between it and the `kept` entries that are here."""
        root, size = self.checkpoint.root, self.checkpoint.size
        is_this = given.root == root if isinstance(given, Checkpoint) else given.matches(root)
        return (given.size == size and is_this) or kept < given.size < size


class Origin(NamedTuple):
    """A journal as its checkpoints call it."""

    name: str
    #: Number of the entry that opened it.
    opened: int
    #: How many entries of it are here, once it was given up.
    kept: int | None = None
    #: What was given up of it, the newest first.
    claims: tuple[Claim, ...] = ()


class Here(NamedTuple):
    """A journal that checkpoints are held against."""

    size: int
    #: The present one first.
    origins: Sequence[Origin]
    #: Gives the root of the first entries, as many as there are at most.
    root: Callable[[int], bytes]


class Held(NamedTuple):
    """How a checkpoint stands to the journal."""

    verdict: Verdict
    #: The root of as many entries here; none where there are not as many, or it is of another journal.
    root: bytes | None = None
    #: Which entry gave up the end that it covers.
    given_up: int | None = None
    #: How many entries of its origin are here.
    kept: int = 0


def origins(tx: Entries, code: str, situation: Situation) -> Iterator[Origin]:
    """Give the origins of a journal, the present one first. Raises `JournalError`."""
    return chain(tx, code, situation.origin)


def chain(tx: Entries, code: str, opened: int) -> Iterator[Origin]:
    """Give an origin by the entry that opened it, and those before. Raises `JournalError`.

    Each is named by the leaf of the entry that opened it, and that entry leads to the one before.
    """
    kept, claims = None, list[Claim]()
    while True:
        [leaf] = tx.subtrees(code, [(0, opened)])
        name = name_of_origin(code, leaf)
        yield Origin(name, opened, kept, tuple(one for one in claims if one.checkpoint.origin == name))
        if not opened:
            return
        lost = lost_in(code, next(tx.entries(code, since=opened)))
        claims.append(Claim(opened, lost.note, claimed(code, opened, lost), lost.unproven))
        kept, opened = opened, lost.opened


def lost_in(code: str, stored: Stored) -> JournalRecovered:
    """Read what an entry gives up. Raises `JournalError` for one that gives up nothing."""
    found = [one for one in read_entry(code, stored).facts if isinstance(one, JournalRecovered)]
    if not found or not 0 <= found[0].opened < stored.seq:
        raise leads_nowhere(code, stored.seq)
    return found[0]


def claimed(code: str, seq: int, lost: JournalRecovered) -> Checkpoint:
    """Read the signed checkpoint that a fact names. Raises `JournalError` where it says something else."""
    try:
        said = unopened(lost.note)
    except FormatError as error:
        raise JournalError(jurisdiction=code, seq=seq, expected=error.expected, found=error.found) from error
    if (said.origin, said.size, said.root.hex()) != (lost.origin, lost.size, lost.root):
        raise JournalError(
            jurisdiction=code, seq=seq, expected=covers(said), found=f"{lost.origin} {lost.size} {lost.root}"
        )
    return said


def leads_nowhere(code: str, seq: int) -> JournalError:
    """Say that an entry should give up an end of the journal, and does not."""
    return JournalError(
        jurisdiction=code,
        seq=seq,
        expected=say("an entry that gives up a lost end of the journal"),
        found=say("another"),
    )


def here(tx: Reading, code: str, situation: Situation, roots: Mapping[int, bytes] | None = None) -> Here:
    """Give a journal to hold checkpoints against: O(log n) rows are read for each. Raises `JournalError`.

    Roots that were computed from the entries take the place of those that are kept beside them.
    """

    def root(size: int) -> bytes:
        return (roots or {}).get(size) or root_at(tx, code, size)

    return Here(situation.version, [*origins(tx, code, situation)], root)


def hold(tx: Reading, code: str, situation: Situation, given: Checkpoint, *, read: Read = unopened) -> Held:
    """Hold a checkpoint against the journal. Raises `JournalError`."""
    return held(here(tx, code, situation), given, read)


def held(here: Here, given: Checkpoint | Line, read: Read) -> Held:
    """Hold a checkpoint, or a line that people pass on, against a journal.

    An end counts as given up only where `read` takes the note of the lost checkpoint.
    """
    return _held_line(here, given, read) if isinstance(given, Line) else _held(here, given, read)


def _held(here: Here, given: Checkpoint, read: Read) -> Held:
    found = next((one for one in here.origins if one.name == given.origin), None)
    if found is None:
        return Held("foreign")
    kept = here.size if found.kept is None else found.kept
    seq = _given_up(found, given, kept, read)
    if seq is not None:
        return Held("lost", given_up=seq, kept=kept)
    if given.size > kept:
        return Held("behind", kept=kept)
    root = here.root(given.size)
    is_so = root == given.root and found.opened < given.size
    return Held("holds" if is_so else "forked", root, kept=kept)


def _held_line(here: Here, given: Line, read: Read) -> Held:
    """Hold a line against a journal. It says no origin: each may be meant."""
    root = here.root(given.size) if given.size <= here.size else None
    if root is not None and given.matches(root):
        return Held("holds", root)
    for one in here.origins:
        kept = here.size if one.kept is None else one.kept
        seq = _given_up(one, given, kept, read)
        if seq is not None:
            return Held("lost", root, given_up=seq, kept=kept)
    return Held("behind" if root is None else "forked", root)


def _given_up(origin: Origin, given: Checkpoint | Line, kept: int, read: Read) -> int | None:
    for claim in origin.claims:
        if claim.covers(given, kept):
            with suppress(FormatError):
                read(claim.note)
                return claim.seq
    return None


def hold_outlet(
    here: Here, code: str, known: Known, read: Read, among: Sequence[Known] = (), vouched: int = 0
) -> Iterator[tuple[Checkpoint, Held]]:
    """Hold the newest checkpoint outside of an origin against the journal, and older ones where it is lost.

    Giving up an end does not give up what came before: the newest checkpoint outside that is older has to
    hold, or be given up too. Where all that is known of the beginning would go with the end, none is, unless
    somebody who signs vouches for that (`beginning_lost`). Raises `JournalError` and `OSError`.
    """
    given, found = known.checkpoint, Held("foreign")
    for given, found in _down(here, code, known, read):
        yield given, found
    if found.verdict == "lost":
        between = beginning_lost(here, code, known, given, found.kept, read, among, vouched)
        if between is not None:
            yield between, Held("forked", kept=found.kept)


def _down(here: Here, code: str, known: Known, read: Read) -> Iterator[tuple[Checkpoint, Held]]:
    given: Checkpoint | None = known.checkpoint
    while given is not None:
        found = held(here, given, read)
        yield given, found
        if found.verdict != "lost":
            return
        given = known.older(code, min(found.kept, given.size - 1), read)


def beginning_lost(
    here: Here,
    code: str,
    known: Known,
    given: Checkpoint,
    kept: int,
    read: Read,
    among: Sequence[Known] = (),
    vouched: int = 0,
) -> Checkpoint | None:
    """Give an older checkpoint that goes with one given up, where none is left that could show what is here.

    None where an entry says just that and somebody signed it: a checkpoint covers it that holds, one of those
    `among` all that are known outside; or it is one of the first `vouched` entries, which are being signed.
    For whoever can write a database can write such an entry, and cannot sign.
    """
    if known.older(code, min(kept, given.size - 1), read) is not None:
        return None
    claims = [claim for one in here.origins if one.name == given.origin for claim in one.claims]
    said = [claim.seq for claim in claims if claim.unproven]
    if said:
        looked_at = (pair for one in among for pair in _down(here, code, one, read))
        sizes = [older.size for older, found in looked_at if found.verdict == "holds"]
        if min(said) < max([vouched, *sizes]):
            return None
    return known.older(code, given.size - 1, read)


def root_at(tx: Reading, code: str, size: int) -> bytes:
    """Give the root of the first `size` entries, from the hashes kept beside them."""
    return tree.root_at(size, lambda places: tx.subtrees(code, places))


def read_note(note: str, keys: Sequence[PublicKey], verify: Verify) -> Checkpoint:
    """Read a signed checkpoint; with `keys` one of them has to have signed. Raises `FormatError`."""
    return parse_checkpoint(open_note(note.encode(), keys, verify).text) if keys else unopened(note)


class Known(NamedTuple):
    """A checkpoint that is the newest of its origin in one outlet."""

    outlet: Outlet
    where: str
    checkpoint: Checkpoint

    def older(self, code: str, until: int, read: Read) -> Checkpoint | None:
        """Give the newest there of the same origin, of at most `until` entries. Raises `OSError`."""
        for one in self.outlet.newest(code, until=until):
            with suppress(FormatError):
                found = read(one.note)
                if found.origin == self.checkpoint.origin and found.size <= until:
                    return found
        return None


def covers(given: Checkpoint) -> Words:
    """Say what a checkpoint is of."""
    return say(
        "the journal that a checkpoint outside is of: {origin}, {n} entries, root {root}",
        origin=given.origin,
        n=given.size,
        root=given.root.hex(),
    )


#: What is found where a checkpoint does not hold.
FOUND: dict[Verdict, Words] = {
    "behind": say("fewer entries: the end is missing, or an older database was restored"),
    "forked": say("other entries: the journal was made anew, or goes on beside the one that was signed"),
    "lost": say("fewer entries: the end was lost and given up, and an entry says so"),
    "foreign": say("another journal"),
}
