"""What signing in needs of the world: where people, sessions, the record of access are kept; passwords.

Kept in the same database as the journals and apart from them: no table here belongs to a jurisdiction. One
writes at a time, so nothing that was looked at is another when it is written; a look that only reads waits
for nobody. `incident.testing.check_identity` is the contract, run on every adapter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol

from msgspec import Struct

from incident.domain.identity import (
    Access,
    AccessKind,
    Device,
    Failures,
    Link,
    Session,
    Subject,
    Token,
    User,
)
from incident.domain.permission import Grant
from incident.service.ports import Chance, Clock

#: Seconds after which a session ends in which nothing is done, and after which it ends whatever is done.
IDLE: Final = 12 * 3600
ABSOLUTE: Final = 7 * 86400


class WantedAccess(Struct, frozen=True, kw_only=True):
    """Which lines of the record of access are wanted: those of which all that is given holds."""

    #: At this instant or later, and before that one.
    since: int | None = None
    until: int | None = None
    #: Of one of these kinds; empty: of any.
    kinds: Collection[AccessKind] = ()
    #: By or about this user, by id, or with this digest of a login.
    user: str | None = None
    claimed: str | None = None
    jurisdiction: str | None = None
    #: After the line of this number: the next page of a list that begins with the newest.
    before: int | None = None


class IdentityReading(Protocol):
    """A consistent look at who there is. Keys are ids (`domain/identity.py`)."""

    def users(self) -> list[User]:
        """List all users, by login."""

    def user(self, key: str) -> User | None:
        """Give a user by id."""

    def user_of(self, login: str) -> User | None:
        """Give a user by folded login."""

    def grants(self, user: str) -> list[Grant]:
        """List the grants of a user, by root and role."""

    def holders(self, grant: Grant) -> list[str]:
        """List who holds a grant, by id."""

    def session(self, key: str) -> Session | None:
        """Give a session."""

    def sessions(self, user: str | None = None) -> list[Session]:
        """List the sessions of a user, or all, newest first."""

    def token(self, key: str) -> Token | None:
        """Give a token."""

    def tokens(self, user: str | None = None) -> list[Token]:
        """List the tokens of a user, or all, newest first."""

    def device(self, key: str) -> Device | None:
        """Give a device."""

    def devices(self, user: str) -> list[Device]:
        """List the devices of a user, used last first."""

    def link(self, key: str) -> Link | None:
        """Give a link."""

    def failures(self, keys: Collection[str]) -> list[Failures]:
        """Give what is known of some keys."""

    def subject(self, issuer: str, subject: str) -> Subject | None:
        """Give who somebody is that another provider knows."""

    def subjects(self, user: str) -> list[Subject]:
        """List as whom other providers know a user, by issuer and subject."""

    def accesses(self, wanted: WantedAccess, limit: int) -> list[Access]:
        """Give at most `limit` lines of the record, newest first, of one instant the last noted first."""

    def noted_last(self, limit: int) -> list[Access]:
        """Give at most `limit` lines of the record, the last noted first, whatever their instants are."""

    def oldest_access(self) -> int | None:
        """Give the instant of the oldest line of the record; None where there is none."""

    def accesses_before(self, at: int) -> int:
        """Count the lines of the record from before an instant."""


class IdentityWriting(IdentityReading, Protocol):
    """A look that may write while nobody else does. What was written is seen by the looks that follow."""

    def put_user(self, user: User) -> None:
        """Keep a user, new or as they are from now on. Raises `Conflict` for a login that is another's."""

    def put_grant(self, user: str, grant: Grant, at: int) -> None:
        """Keep a grant; one that is kept stays."""

    def drop_grant(self, user: str, grant: Grant) -> bool:
        """Take a grant away; tells whether it was there."""

    def put_session(self, session: Session) -> None:
        """Keep a session, new or as it is from now on."""

    def drop_sessions(self, keys: Collection[str]) -> None:
        """Take sessions away."""

    def put_token(self, token: Token) -> None:
        """Keep a token, new or as it is from now on."""

    def drop_tokens(self, keys: Collection[str]) -> None:
        """Take tokens away."""

    def put_device(self, device: Device) -> None:
        """Keep a device, new or as it is from now on."""

    def drop_devices(self, keys: Collection[str]) -> None:
        """Take devices away."""

    def put_link(self, link: Link) -> None:
        """Keep a link."""

    def drop_links(self, user: str | None) -> None:
        """Take the links of a user away; those that make the first one, for None."""

    def put_failures(self, failures: Sequence[Failures]) -> None:
        """Keep how often something failed, new or as it is from now on."""

    def drop_failures(self, *, keys: Collection[str] = (), before: int = 0) -> None:
        """Take away what is known of some keys, and of all that failed last before an instant."""

    def put_subject(self, subject: Subject) -> None:
        """Keep as whom another provider knows a user. Raises `Conflict` for one that is linked."""

    def drop_subject(self, issuer: str, subject: str) -> bool:
        """Take that away; tells whether it was there."""

    def note(self, access: Access) -> Access:
        """Add a line to the record; gives it with its number, which is greater than all that are there."""

    def drop_accesses(self, before: int, most: int) -> int:
        """Take away at most so many lines from before an instant, oldest first; gives how many it were.

        Raises `StoreError` where the database keeps one of them still (`identity.KEPT_AT_LEAST`).
        """

    def commit(self) -> None:
        """Make it durable and visible; leaving without it undoes everything."""


class Identity(Protocol):
    """Where people who sign in are kept."""

    def reading(self) -> AbstractContextManager[IdentityReading]:
        """Look without a lock."""

    def writing(self) -> AbstractContextManager[IdentityWriting]:
        """Look, and write alone; waits for others."""


class Passwords(Protocol):
    """How passwords are kept so that whoever reads them there has none."""

    def keep(self, password: str) -> str:
        """Give what is kept of a password."""

    def matches(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one that is kept; False for what is no such text.

        Where none is kept it takes as long as if one were, so that nobody learns whose login is one.
        """

    def is_outdated(self, kept: str) -> bool:
        """Tell whether it would be kept otherwise today."""


class Gate(NamedTuple):
    """All that people come in by."""

    identity: Identity
    passwords: Passwords
    now: Clock
    chance: Chance
    #: Ends of a session, in seconds.
    idle: int = IDLE
    absolute: int = ABSOLUTE
