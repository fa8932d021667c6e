"""What the service needs of the world: a store, a clock, chance. `incident.bootstrap` knows the adapters.

A `Store` keeps jurisdictions apart: a `Writing` holds the lock of one, and everything it writes becomes
visible at once or not at all. `incident.testing.check_store` is the contract, run on every adapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from msgspec import Struct

from incident.domain.effects import Notice
from incident.domain.facts import AnyFact
from incident.domain.playbook import Playbook
from incident.domain.situation import Situation, Standing

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


class Log(NamedTuple):
    """The situation with the compact range of its journal; the size is `situation.version`."""

    situation: Situation
    peaks: list[bytes]


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
    #: When it is recorded.
    at: int
    #: Identity of the event that came in; none for an adoption.
    came: tuple[str, str] | None
    #: Disclosures of what the entry holds sealed, by name.
    disclosures: dict[str, str]
    facts: Sequence[AnyFact]
    effects: Sequence[Notice]
    #: A playbook that is new to the jurisdiction: its hash and bytes.
    playbook: tuple[str, bytes] | None = None


class Reading(Protocol):
    """A consistent look at the store."""

    def codes(self) -> list[tuple[str, str]]:
        """List (code, playbook name) of every jurisdiction, in the order of their codes."""

    def journals(self) -> list[str]:
        """List the codes under which anything of a journal is stored: entries or what goes with them.

        Whether a situation still stands there is another question.
        """

    def log(self, code: str) -> Log | None:
        """Give a situation and its journal's compact range; none when it is not adopted."""

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:
        """Give a playbook of a jurisdiction. Raises `StoreError` when it is missing or altered.

        One that was read before may be given again; `afresh` looks at what is stored now.
        """

    def standing(self, code: str) -> Standing:
        """Give what stands."""

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on, in order, without holding them all."""

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) of all that remain, in the order of entries, from `since` on."""

    def notices(self, code: str, *, since: int = 0) -> Iterator[tuple[int, int, str, bytes]]:
        """Give (entry, number, receiver, facts as JSON) of all effects, ordered by entry and number."""

    def answered(self, code: str, source: str, event_id: str) -> Stored | None:
        """Give the entry that answered an event before; none when it is new."""


class Writing(Reading, Protocol):
    """A look that holds the lock of one jurisdiction and may write one record."""

    def write(self, record: Record) -> None:
        """Write an entry and all that follows from it. Raises `Conflict` when somebody was first."""

    def commit(self) -> None:
        """Make it durable and visible; leaving without it undoes everything."""


class Store(Protocol):
    """Where situations and journals are kept."""

    def reading(self) -> AbstractContextManager[Reading]:
        """Look without a lock."""

    def writing(self, code: str) -> AbstractContextManager[Writing]:
        """Lock one jurisdiction (whether or not it is adopted yet) and look; waits for others."""
