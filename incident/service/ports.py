"""What the service needs of the world: a store, a clock, chance. `incident.bootstrap` knows the adapters.

A `Store` keeps jurisdictions apart: a `Writing` holds the locks of those it writes, and everything it writes
becomes visible at once or not at all. `incident.testing.check_store` is the contract, run on every adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol

from msgspec import Struct

from incident.domain.duty import Duty
from incident.domain.effects import Notice
from incident.domain.errors import StoreError
from incident.domain.facts import AnyFact
from incident.domain.keeping import Served
from incident.domain.people import Person
from incident.domain.playbook import Playbook
from incident.domain.situation import Situation, Standing
from incident.domain.timer import Closing, Timer
from incident.service.notices import Lost, Settled, Undelivered
from incident.service.survey import Surveying

#: Gives the present instant, in whole seconds.
Clock = Callable[[], int]
#: Gives `n` random bytes.
Chance = Callable[[int], bytes]


class Stored(NamedTuple):
    """An entry as it is stored, with what stands beside it to find it by."""

    seq: int
    body: bytes
    leaf: bytes
    #: When it was recorded.
    at: int
    #: Identity of the event it answers; none for an adoption.
    came: tuple[str, str] | None
    #: Hashes of the subtrees that it completes, lowest first; none where they are not kept.
    nodes: bytes | None = None


class Signed(NamedTuple):
    """A signed checkpoint of a journal."""

    #: How many entries it covers.
    size: int
    #: When it was signed.
    at: int
    #: Epoch of the situation that it covers (`Situation.epoch`): of another one the state was entered since.
    epoch: int
    #: The signed note.
    note: str


#: Larger than the number of any entry.
LAST: Final = 2**63 - 1
#: By so many seconds the clocks of workers may differ besides.
LEEWAY: Final = 60


def name_of(holder: str) -> str:
    """Give under which name an entry holds sealed what a person is called."""
    return f"data.{holder}"


class Log(NamedTuple):
    """The situation with the compact range of its journal; the size is `situation.version`."""

    situation: Situation
    peaks: list[bytes]


class Due(NamedTuple):
    """A jurisdiction that is locked, with what has become due in it."""

    log: Log
    #: Open timers that are to be carried out by now, of the present epoch.
    timers: list[Timer]
    #: The items they belong to.
    standing: Standing
    #: Entry of the filing that closed an occurrence, for those occurrences that are due.
    filed: dict[tuple[str, str, int], int]


class Gone(Struct, frozen=True, kw_only=True):
    """What an entry takes away from what stands beside the journal, and from its beginning."""

    #: Disclosures, by entry and name.
    disclosures: Sequence[tuple[int, str]] = ()
    #: Attachments, by their SHA-256 in hex.
    attachments: Sequence[str] = ()
    #: Entries below this number lose body and disclosures, and snapshots of fewer entries go.
    bodies: int = 0
    #: Snapshot of that many entries, to be kept from now on.
    snapshot: bytes | None = None


#: Mostly.
NOTHING: Final = Gone()


class Record(Struct, frozen=True, kw_only=True):
    """All that one entry writes."""

    #: Situation before; none for the first entry.
    before: Situation | None
    #: Situation after; its version is one more.
    after: Situation
    #: Compact range of the journal after.
    peaks: list[bytes]
    #: Bytes and leaf hash of the entry; its number is the version before.
    body: bytes
    leaf: bytes
    #: Hashes of the subtrees that the entry completes, from two leaves up, one after another.
    nodes: bytes
    #: When it is recorded.
    at: int
    #: Identity of the event that came in; none for an adoption.
    came: tuple[str, str] | None
    #: Disclosures of what the entry holds sealed, by name.
    disclosures: dict[str, str]
    facts: Sequence[AnyFact]
    effects: Sequence[Notice]
    #: Timers that the entry armed or ended, as they are after it.
    timers: Sequence[Timer] = ()
    #: Occurrences that the entry, a filing, closed.
    closings: Sequence[Closing] = ()
    #: Attachments that came with it: SHA-256 in hex and bytes.
    attachments: Sequence[tuple[str, bytes]] = ()
    #: A playbook that is new to the jurisdiction: its hash and bytes.
    playbook: tuple[str, bytes] | None = None
    #: Pieces of duty that the entry assigned or ended, as they are after it.
    duties: Sequence[Duty] = ()
    #: People as they are from now on.
    people: Sequence[Person] = ()
    #: What is there no more from now on.
    gone: Gone = NOTHING
    #: Bytes of the snapshot that the entry says was taken: of all entries before it.
    snapshot: bytes | None = None


class Reading(Surveying, Protocol):
    """A consistent look at the store."""

    def codes(self) -> list[tuple[str, str]]:
        """List (code, playbook name) of every jurisdiction, in the order of their codes."""

    def named(self, name: str) -> str | None:
        """Give the code of the jurisdiction whose playbook has this name."""

    def recovered(self) -> list[str]:
        """List the codes of the journals that went on after a loss (`Situation.origin`)."""

    def journals(self) -> list[str]:
        """List the codes under which anything of a journal is stored: entries or what goes with them.

        Whether a situation still stands there is another question.
        """

    def damage(self) -> str | None:
        """Say what the database finds wrong with its own tables and indexes; none where it finds nothing.

        All of it is read. A database that cannot look, or cannot be so, finds nothing.
        """

    def log(self, code: str) -> Log | None:
        """Give a situation and its journal's compact range; none when it is not adopted."""

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:
        """Give a playbook of a jurisdiction. Raises `StoreError` when it is missing or altered.

        One that was read before may be given again; `afresh` looks at what is stored now.
        """

    def playbook_bytes(self, code: str, digest: str) -> bytes:
        """Give the bytes of a playbook as they were adopted. Raises `StoreError` as `playbook` does."""

    def standing(self, code: str) -> Standing:
        """Give what stands."""

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on, in order, without holding them all."""

    def subtrees(self, code: str, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Give the hashes of complete subtrees, by (level, number): one row is read for each.

        Raises `JournalError` where a row is missing.
        """

    def checkpoints(self, code: str, *, since: int = 0) -> list[Signed]:
        """Give the signed checkpoints of `since` entries or more, by size."""

    def signed(self, code: str, *, since: int = 0) -> Iterator[Signed]:
        """Give the same without holding them all."""

    def newest_checkpoint(self, code: str, *, until: int = LAST) -> Signed | None:
        """Give the newest signed checkpoint of at most `until` entries."""

    def unsigned(self, *, at: int, entries: int, seconds: int, most: int) -> list[str]:
        """List `most` jurisdictions whose journal is to be signed at an instant.

        First those that have no checkpoint or entered another state since it, then those whose checkpoint is
        the oldest: that grew by so many `entries` since it, or whose checkpoint is so many `seconds` old, or
        of a time that is still to come. One of more entries than are here counts for nothing.
        """

    def recorded(self, code: str, *, since: int, until: int) -> Iterator[tuple[int, int]]:
        """Give (number, instant) of the entries from number `since` to before `until`, in order."""

    def snapshots(self, code: str) -> list[Stored]:
        """Give the entries beside which a snapshot is stored, by number."""

    def snapshot_sizes(self, code: str) -> list[int]:
        """List the sizes of the snapshots that are stored, whether or not an entry stands beside them."""

    def snapshot(self, code: str, size: int) -> bytes | None:
        """Give the bytes of the snapshot of the first `size` entries; none when it is not there."""

    def outgrown(self, entries: int) -> list[str]:
        """List the jurisdictions whose journal grew by so many entries since their last snapshot, by code."""

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) of all that remain, in the order of entries, from `since` on."""

    def notices(self, code: str, *, since: int = 0) -> Iterator[tuple[int, int, str, bytes, int]]:
        """Give (entry, number, receiver, facts as JSON, when recorded) of all effects, by entry, number."""

    def open_timers(self, code: str) -> list[Timer]:
        """Give all open timers of the present epoch, by entry and number."""

    def timers(self, code: str, *, since: int, until: int) -> list[Timer]:
        """Give the timers promised from `since` to before `until`, open or ended, by instant."""

    def past_timers(self, code: str, *, since: int, until: int, before: int) -> list[Timer]:
        """Give the timers promised from `since` to before `until` that an entry below `before` ended."""

    def ended_timers(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Timer]]:
        """Give (ending entry, timer) of all that ended, by ending entry, then by arming entry and number."""

    def closings(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Closing]]:
        """Give (entry, closing) of all occurrences that filings closed, by entry, key, sender, due time."""

    def attachment(self, code: str, digest: str) -> bytes | None:
        """Give the bytes of an attachment by its SHA-256; none when it is not there or was erased.

        Raises `StoreError` when they are altered.
        """

    def attachments(self, code: str) -> list[str]:
        """List the SHA-256 of the attachments that are kept."""

    def playbooks(self, code: str) -> list[str]:
        """List the SHA-256 of the playbooks that are kept."""

    def newest_duties(self, code: str) -> list[Duty]:
        """Give the pieces of the newest shift of each roster, by entry and number."""

    def duties(self, code: str, *, since: int, until: int, is_struck: bool = False) -> list[Duty]:
        """Give the pieces of duty that count and lie between two instants at least in part, by beginning.

        Or those that count no more, for their shift was assigned anew.
        """

    def ended_duties(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Duty]]:
        """Give (ending entry, piece) of all that ended, by ending entry, then by entry and number."""

    def served(self, code: str, *, year: int) -> list[Served]:
        """Give what everybody served in shifts that are not the newest, counted from the instant `year` on.

        When somebody was on duty last is told of the 400 days before it too.
        """

    def people(self, code: str) -> list[Person]:
        """Give whom the directory names, by holder."""

    def next_wake(self) -> int | None:
        """Give the earliest instant at which an open timer of any jurisdiction is to be carried out."""

    def due_codes(self, at: int, limit: int) -> list[str]:
        """List at most `limit` jurisdictions in which something is due by `at`, oldest first."""

    def set_aside(self) -> list[tuple[str, Timer]]:
        """List (code, timer) of all that failed so often that they are tried no more."""

    def undelivered(self, limit: int, *, code: str | None = None) -> list[Undelivered]:
        """Give at most `limit` undelivered notices, of all jurisdictions or of one, oldest first."""

    def free(self, limit: int, *, at: int) -> list[Undelivered]:
        """Give at most `limit` notices that may be taken at an instant, oldest first.

        Those that are not leased, and not to be tried later; `LONGEST_WAIT` at most, whatever the clock did.
        """

    def letters(self, code: str, seq: int, n: int) -> list[Settled]:
        """Give the letters of a notice that are over, by holder."""

    def lost(self, limit: int, *, code: str | None = None, since: int = 0) -> list[Lost]:
        """Give at most `limit` lost letters of notices recorded from an instant on, lost last first."""

    def answered(self, code: str, source: str, event_id: str) -> Stored | None:
        """Give the entry that answered an event before; none when it is new."""


class Writing(Reading, Protocol):
    """A look that holds the locks of some jurisdictions and may write records of theirs.

    What was written is seen by the looks that follow.
    """

    #: The jurisdictions that are locked.
    codes_held: Sequence[str]

    def due(self, at: int) -> list[Due]:
        """Give what is to be carried out by `at` in the jurisdictions that are locked, by code.

        One in which nothing is due is left out.
        """

    def write(self, records: Sequence[Record]) -> None:
        """Write entries and all that follows from them. Raises `Conflict` when somebody was first."""

    def attempt(self) -> AbstractContextManager[None]:
        """Undo what is written in the block when that fails, and nothing else; the rest goes on."""

    def keep_checkpoint(self, code: str, signed: Signed) -> None:
        """Keep a checkpoint of a locked jurisdiction; one that is kept of the same size stays."""

    def postpone(self, code: str, at: int, *, until: int | None, only: Timer | None = None) -> int:
        """Let what is due by `at` be tried again at `until`, or never (None: set aside); gives the tries.

        Of one jurisdiction that is locked; `only` one timer, or all.
        """

    def take_up(self, code: str) -> None:
        """Let all of a locked jurisdiction that was set aside be tried again, as if for the first time."""

    def lease(self, limit: int, *, at: int, until: int) -> list[Undelivered]:
        """Take at most `limit` notices that may be taken at `at`, oldest entry first.

        Nobody else takes them before `until`, which names the lease. Of notices no jurisdiction needs to be
        locked, here and below: `claiming(())`.
        """

    def delivered(self, notices: Sequence[Undelivered], at: int, *, lease: int) -> None:
        """Note at `at` that notices were delivered: those alone that the lease until `lease` still holds."""

    def put_back(self, again: Sequence[tuple[Undelivered, int]], *, lease: int) -> None:
        """Let notices be taken again from an instant on, with the tries that each names.

        Those alone that the lease until `lease` still holds.
        """

    def settle(self, letters: Sequence[Settled]) -> None:
        """Note that letters are over; one that is over stays as it was noted first."""

    def send_again(self, code: str, *, since: int) -> int:
        """Let lost letters of a jurisdiction's notices recorded from an instant on be sent again; how many.

        Their notices wait as if for the first time. Of one that is leased nobody can note any more that it
        was delivered, and nobody else takes it before that lease would have ended.
        """

    def commit(self) -> None:
        """Make it durable and visible; leaving without it undoes everything."""


class Store(Protocol):
    """Where situations and journals are kept."""

    def reading(self) -> AbstractContextManager[Reading]:
        """Look without a lock."""

    def version(self, code: str) -> int | None:
        """Give how many entries a journal has, at the least cost; None where that cannot be told.

        Of one that is not adopted, or whose row is no such number: who needs to know why looks at its `log`.
        """

    def writing(self, code: str) -> AbstractContextManager[Writing]:
        """Lock one jurisdiction (whether or not it is adopted yet) and look; waits for others."""

    def claiming(self, codes: Sequence[str]) -> AbstractContextManager[Writing]:
        """Lock those of some adopted jurisdictions that nobody else holds, and look; waits for nobody.

        Those that must not be written to are left out.
        """

    def left_out(self, codes: Collection[str]) -> Mapping[str, StoreError]:
        """Give those of some jurisdictions that must not be written to, and why."""
