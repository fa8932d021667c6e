"""What a store tells of many jurisdictions in a few questions: where each stands, and what is open there.

Nothing is judged here. `overview.py` makes of it what a board shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from incident.domain.facts import Plain

#: Seconds for which a report that is missing is counted; as long as the ledger of a state lists it.
MISSED_FOR: Final = 40 * 86400
#: Seconds for which a handover can be signed (`handing.KEPT`).
UNSIGNED_FOR: Final = 7 * 86400
#: Seconds for which a lost letter can be sent again.
LOST_FOR: Final = 86400
#: Seconds after which what failed is tried again: it is overdue meanwhile.
RETRIED: Final = 60
#: Kinds of items that wait for somebody: told whole.
OPEN_KINDS: Final = ("callout", "directive", "handover", "proposal", "break_glass")


class Place(NamedTuple):
    """Where one jurisdiction stands (`Situation`), and when its newest checkpoint was signed."""

    code: str
    name: str
    playbook: str
    zone: str
    state: str
    since: int
    incident: str | None
    planned_end: int | None
    confirm_by: int | None
    version: int
    signed_at: int | None


class Overdue(NamedTuple):
    """Promised times that should have been carried out and were not."""

    #: When the first of them should have been.
    since: int
    n: int


class Missed(NamedTuple):
    """Reports that were counted as missing and are not in, of one obligation."""

    code: str
    key: str
    #: A later one of the same sender has been due since.
    is_overtaken: bool
    #: When the first of them was due.
    since: int
    n: int


class Unsigned(NamedTuple):
    """A handover that both sides should have signed by a time that has passed; it may be signed since."""

    code: str
    roster: str
    at: int


class Asked(NamedTuple):
    """A call-out, and between which instants its steps were promised."""

    code: str
    key: str
    since: int
    until: int


class Places(NamedTuple):
    """Where all jurisdictions stand, by code."""

    read: list[Place]
    #: Whose row is not as this program writes it.
    unreadable: list[str]


class Survey(NamedTuple):
    """What is open in all jurisdictions, by code."""

    overdue: Mapping[str, Overdue]
    #: How many failed so often that they are tried no more.
    aside: Mapping[str, int]
    #: How many notices are not delivered, and letters lost lately.
    undelivered: Mapping[str, int]
    lost: Mapping[str, int]
    #: Code, kind, key and plain data of the items of `OPEN_KINDS`; empty data for one that cannot be read.
    items: list[tuple[str, str, str, Plain]]
    missed: list[Missed]
    unsigned: list[Unsigned]


class Surveying(Protocol):
    """The part of a look that sees many jurisdictions at once, by a fixed number of questions."""

    def places(self) -> Places:
        """Say where all jurisdictions stand."""

    def entries_of_all(self) -> int:
        """Count the entries of all journals together."""

    def survey(self, *, at: int) -> Survey:
        """Say what is open at an instant in all jurisdictions."""

    def given_up(self, asked: Sequence[Asked]) -> Mapping[tuple[str, str], Collection[str]]:
        """Give for whom nobody was left to ask, by (code, key) of the call-out."""

    def bodies(self, wanted: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """Give the bytes of playbooks by (code, hash), not held against it; one that is gone is left out."""
