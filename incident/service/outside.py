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
from typing import Final, Literal, NamedTuple, Protocol

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
    #: Entries of the newest older one that holds, 0 for none; None where nobody looked for it.
    proven: int | None = None

    def floor(self, kept: int) -> int:
        """Tell up to which entry nothing is given up, where `kept` entries of the origin are here."""
        return kept if self.proven is None else self.proven

    def covers(self, given: Checkpoint | Line, kept: int) -> bool:
        """Tell whether a checkpoint that does not hold is this one, or lies between it and what is proven."""
        root, size = self.checkpoint.root, self.checkpoint.size
        is_this = given.root == root if isinstance(given, Checkpoint) else given.matches(root)
        return (given.size == size and is_this) or self.floor(kept) < given.size < size

    def is_signed(self, read: Read) -> bool:
        """Tell whether `read` takes the note: nobody gives up what nobody signed."""
        with suppress(FormatError):
            read(self.note)
            return True
        return False


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

    def gone_on(self, claim: Claim) -> Here:
        """Give it as it is once the next entry gives up an end, and opens an origin."""
        present, *before = self.origins
        origins = [Origin("", claim.seq), present._replace(kept=claim.seq), *before]
        lost = claim.checkpoint.origin
        found = [one._replace(claims=(claim, *one.claims)) if one.name == lost else one for one in origins]
        return self._replace(size=claim.seq + 1, origins=found)


class Held(NamedTuple):
    """How a checkpoint stands to the journal."""

    verdict: Verdict
    #: The root of as many entries here; none where there are not as many, or it is of another journal.
    root: bytes | None = None
    #: What gave up the end that it covers.
    claim: Claim | None = None
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
        claims.append(Claim(opened, lost.note, claimed(code, opened, lost), lost.proven))
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
    root = here.root(given.size) if given.size <= kept else None
    if root == given.root and found.opened < given.size:
        return Held("holds", root, kept=kept)
    claim = _claim_on(found, given, kept, read)
    if claim is not None:
        return Held("lost", root, claim, kept)
    return Held("behind" if root is None else "forked", root, kept=kept)


def _held_line(here: Here, given: Line, read: Read) -> Held:
    """Hold a line against a journal. It says no origin: each may be meant."""
    root = here.root(given.size) if given.size <= here.size else None
    if root is not None and given.matches(root):
        return Held("holds", root)
    for one in here.origins:
        kept = here.size if one.kept is None else one.kept
        claim = _claim_on(one, given, kept, read)
        if claim is not None:
            return Held("lost", root, claim, kept)
    return Held("behind" if root is None else "forked", root)


def _claim_on(origin: Origin, given: Checkpoint | Line, kept: int, read: Read) -> Claim | None:
    return next((one for one in origin.claims if one.covers(given, kept) and one.is_signed(read)), None)


def hold_outlet(
    here: Here, code: str, known: Known, read: Read, among: Sequence[Known] = (), vouched: int = 0
) -> Iterator[tuple[Known, Held]]:
    """Hold the newest checkpoint outside of an origin against the journal; where that is lost, an older one.

    An entry can give up an end, and not what came before: the newest of as many entries as it says are proven
    has to hold. Where there is none, nothing outside shows what is here, and somebody who signs has to vouch
    for it (`_is_vouched`). Raises `JournalError` and `OSError`.
    """
    newest, *_ = steps = _steps(here, code, known, read)
    yield newest
    if newest[1].claim is not None:
        one, found = steps[-1]
        if found.verdict == "holds":
            yield one, found
        elif not _is_vouched(here, code, known, read, among, vouched):
            yield one, found if found.claim is None else found._replace(verdict="forked")


def _steps(here: Here, code: str, known: Known, read: Read) -> list[tuple[Known, Held]]:
    """Hold a checkpoint against the journal and, where it is given up, what is to hold in its stead."""
    found = held(here, known.checkpoint, read)
    steps = [(known, found)]
    if found.claim is not None:
        until = min(found.claim.floor(found.kept), known.checkpoint.size - 1)
        older = known.older(code, until, read)
        if older is not None:
            steps.append((older, held(here, older.checkpoint, read)))
    return steps


def _is_vouched(
    here: Here, code: str, known: Known, read: Read, among: Sequence[Known], vouched: int
) -> bool:
    """Tell whether somebody signed that nothing shows what is here, and that it goes on all the same.

    An entry says so, and a checkpoint covers it that holds, one of those `among` all that are known outside;
    or it is one of the first `vouched` entries, which are being signed. For whoever can write a database can
    write such an entry, and cannot sign.
    """
    claims = (claim for one in here.origins if one.name == known.checkpoint.origin for claim in one.claims)
    said = [claim.seq for claim in claims if claim.proven == 0 and claim.is_signed(read)]
    if not said:
        return False
    looked_at = (step for one in among for step in _steps(here, code, one, read))
    sizes = [older.checkpoint.size for older, found in looked_at if found.verdict == "holds"]
    return min(said) < max([vouched, *sizes])


def newest_proven(here: Here, code: str, known: Known, read: Read) -> int:
    """Give how many entries the newest covers that is older than a lost one, and holds; 0 where none does.

    What is older than one that holds, holds too, so each look halves what is left. Raises `JournalError` and
    `OSError`.
    """
    proven, least, most = 0, 0, known.checkpoint.size - 1
    while least < most:
        middle = (least + most + 1) // 2
        one = known.older(code, middle, read)
        if one is None or one.checkpoint.size <= least:
            least = middle
        elif held(here, one.checkpoint, read).verdict == "holds":
            proven, least = one.checkpoint.size, middle
        else:
            most = one.checkpoint.size - 1
    return proven


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

    def older(self, code: str, until: int, read: Read) -> Known | None:
        """Give the newest there of the same origin, of at most `until` entries. Raises `OSError`."""
        for one in known_in(self.outlet, code, read, until=until):
            if one.checkpoint.origin == self.checkpoint.origin and one.checkpoint.size <= until:
                return one
        return None


def known_in(outlet: Outlet, code: str, read: Read, *, until: int = LAST) -> Iterator[Known]:
    """Give the newest checkpoint of each origin that counts, of at most `until` entries. Raises `OSError`."""
    for where, note in outlet.newest(code, until=until):
        with suppress(FormatError):
            yield Known(outlet, where, read(note))


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
#: What to do where a checkpoint outside is of a journal that is not known here: no recovery leads past it.
UNKNOWN: Final = say(
    "decide and act on paper now. Call whoever runs this program: keep this database and the folder as they "
    "are, and look for a copy that knows that journal: one made since it went on under that name after a "
    "loss, or the database that this folder belongs to. Only when there is none: see the guide for "
    "operators, a journal that this copy does not know"
)
