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


class Outlet(Protocol):
    """Where checkpoints are kept outside the database."""

    def newest(self, code: str) -> Sequence[str]:
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


def admit(
    tx: Reading, code: str, outlet: Outlet, trusted: Callable[[str], Checkpoint], *, place: str
) -> None:
    """Refuse to write to a journal that is not the one that a checkpoint outside is of.

    `trusted` reads a note. Raises `StoreError`, which says what to do.
    """
    log = tx.log(code)
    for note in _newest(outlet, code, place):
        where = say("{place}, journal of {code}: read-only", place=place, code=code)
        try:
            given = trusted(note)
        except FormatError as error:
            expected: Words = say(
                "checkpoints outside that a trusted key signed: {expected}", expected=error.expected
            )
            raise _read_only(where, expected, error.found) from error
        if log is None:
            verdict: Verdict = "behind"
        else:
            verdict = hold(tx, code, log.situation, given).verdict
        if verdict in ("behind", "forked", "foreign"):
            size = 0 if log is None else log.situation.version
            raise _read_only(where, covers(given), FOUND[verdict], size=size)


def _newest(outlet: Outlet, code: str, place: str) -> Sequence[str]:
    try:
        return outlet.newest(code)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            where=say("{place}, journal of {code}: read-only", place=place, code=code),
            expected=say("checkpoints outside that can be read"),
            found=str(error),
            do=say("mount it again, or name another: --checkpoints or INCIDENT_CHECKPOINTS"),
        ) from error


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


def _read_only(where: Words, expected: Words, found: Words, *, size: int | None = None) -> StoreError:
    return StoreError(
        where=where,
        expected=expected,
        found=found if size is None else say("{n} entries here; {found}", n=size, found=found),
        do=say(
            "keep this database as it is and look for the newer one; only when that is lost for ever: "
            "incident journal recover"
        ),
    )
