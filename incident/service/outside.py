"""Checkpoints that left the house, held against the journal that is here.

Whoever can write the database can make a whole journal anew. What is outside they cannot: a checkpoint that
covers more than is here, or other entries, shows it. A journal that is found so is not written to any more:
what would follow would be a second record beside the one that others hold a checkpoint of.

A journal of which an end was lost goes on under another origin (`recover.py`): the entry that opens it names
the lost checkpoint, so each origin leads to the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from incident.domain import tree
from incident.domain.checkpoint import Checkpoint, parse_checkpoint
from incident.domain.errors import FormatError, JournalError, StoreError
from incident.domain.facts import JournalRecovered
from incident.domain.note import PublicKey, Verify, open_note, parse_note
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.service.opened import read_entry
from incident.service.ports import Reading

#: How a checkpoint stands to the journal here: it holds; it covers more entries than are here; its entries
#: are others; its end was given up as lost, and the journal says so; it is of another journal.
Verdict = Literal["holds", "behind", "forked", "lost", "foreign"]


class Kept(NamedTuple):
    """A signed note that is kept outside, and where."""

    where: str
    note: str


class Outlet(Protocol):
    """Where checkpoints are kept outside the database."""

    def newest(self, code: str) -> Sequence[Kept]:
        """Give the newest signed note of each origin of a jurisdiction. Raises `OSError`."""

    def put(self, code: str, checkpoint: Checkpoint, note: str) -> None:
        """Keep a signed note; returns when it is there to stay. Raises `OSError`."""


class Origin(NamedTuple):
    """A journal as its checkpoints call it."""

    name: str
    #: Number of the entry that opened it.
    opened: int
    #: How many entries of it are here, once it was given up, and what was given up.
    kept: int | None = None
    lost: JournalRecovered | None = None


class Held(NamedTuple):
    """A checkpoint and how it stands to the journal."""

    checkpoint: Checkpoint
    verdict: Verdict
    #: The root of as many entries here; none where there are not as many, or it is of another journal.
    root: bytes | None = None
    #: Which entry gave up the end that it covers.
    given_up: int | None = None


def name_of_origin(code: str, leaf: bytes) -> str:
    """Name an origin by the leaf of the entry that opened it: nobody makes another one of the same name."""
    return f"incident/{code}/{leaf[:8].hex()}"


def origins(tx: Reading, code: str, situation: Situation) -> Iterator[Origin]:
    """Give the origins of a journal, the present one first. Raises `JournalError`."""
    opened = situation.origin
    [leaf] = tx.subtrees(code, [(0, opened)])
    yield Origin(name_of_origin(code, leaf), opened)
    while opened:
        lost = _lost(tx, code, opened)
        yield Origin(lost.origin, lost.opened, opened, lost)
        opened = lost.opened


def _lost(tx: Reading, code: str, seq: int) -> JournalRecovered:
    stored = next(tx.entries(code, since=seq))
    found = [one for one in read_entry(code, stored).facts if isinstance(one, JournalRecovered)]
    if not found or not 0 <= found[0].opened < seq:
        raise JournalError(
            jurisdiction=code,
            seq=seq,
            expected=say("an entry that gives up a lost end of the journal"),
            found=say("another"),
        )
    return found[0]


def hold(
    tx: Reading, code: str, situation: Situation, given: Checkpoint, roots: Mapping[int, bytes] | None = None
) -> Held:
    """Hold a checkpoint against the journal: O(log n) rows are read. Raises `JournalError`.

    Roots that were computed from the entries take the place of those that are kept beside them.
    """
    found = next((one for one in origins(tx, code, situation) if one.name == given.origin), None)
    if found is None:
        return Held(given, "foreign")
    size = situation.version if found.kept is None else found.kept
    if found.lost is not None and _is_given_up(found.lost, given, size):
        return Held(given, "lost", given_up=found.kept)
    if given.size > size:
        return Held(given, "behind")
    root = (roots or {}).get(given.size) or root_at(tx, code, given.size)
    return Held(given, "holds" if root == given.root else "forked", root)


def root_at(tx: Reading, code: str, size: int) -> bytes:
    """Give the root of the first `size` entries, from the hashes kept beside them."""
    return tree.root_at(size, lambda places: tx.subtrees(code, places))


def _is_given_up(lost: JournalRecovered, given: Checkpoint, kept: int) -> bool:
    """Tell whether a checkpoint is the one that was given up, or lies between it and what is here."""
    return (given.size, given.root.hex()) == (lost.size, lost.root) or kept < given.size < lost.size


def read_note(note: str, keys: Sequence[PublicKey], verify: Verify) -> Checkpoint:
    """Read a signed checkpoint; with `keys` one of them has to have signed. Raises `FormatError`."""
    raw = note.encode()
    return parse_checkpoint(open_note(raw, keys, verify).text if keys else parse_note(raw).text)


class Guard(NamedTuple):
    """Keeps a journal from being written to that is not the one that was signed.

    What is known outside is looked at first, and the journal then: so nothing that is signed meanwhile by
    somebody else looks as if it were missing. An outlet that cannot be read, and a note that nobody trusted
    signed, stand in nobody's way and are told: an emergency does not wait for a network drive.
    """

    outlets: Sequence[Outlet]
    #: Reads a note. Raises `FormatError` for one that no trusted key signed.
    read: Callable[[str], Checkpoint]
    #: Of which database it tells.
    place: str
    tell: Callable[[Words], None]

    def look(self, code: str) -> Callable[[Reading], None]:
        """Look outside; gives what holds the journal against it, which raises `StoreError`."""
        known = [*self._known(code)]

        def check(tx: Reading) -> None:
            log = tx.log(code) if known else None
            for where, given in known:
                verdict: Verdict = "behind" if log is None else hold(tx, code, log.situation, given).verdict
                if verdict in ("behind", "forked", "foreign"):
                    size = 0 if log is None else log.situation.version
                    raise self._read_only(code, where, given, verdict, size)

        return check

    def _known(self, code: str) -> Iterator[tuple[str, Checkpoint]]:
        for outlet in self.outlets:
            try:
                kept = outlet.newest(code)
            except OSError as error:
                self.tell(say("checkpoints outside cannot be read: {error}", error=str(error)))
                continue
            for where, note in kept:
                try:
                    yield where, self.read(note)
                except FormatError as error:
                    self.tell(
                        say(
                            "{where} counts for nothing: expected {expected}, found {found}",
                            where=where,
                            expected=error.expected,
                            found=error.found,
                        )
                    )

    def _read_only(self, code: str, where: str, given: Checkpoint, verdict: Verdict, size: int) -> StoreError:
        return StoreError(
            where=say("{place}, journal of {code}: read-only", place=self.place, code=code),
            expected=say("{what}  ({where})", what=covers(given), where=where),
            found=say("{n} entries here; {found}", n=size, found=FOUND[verdict]),
            do=say(
                "keep this database as it is and look for the newer one; only when that is lost for ever: "
                "incident journal recover"
            ),
        )


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
