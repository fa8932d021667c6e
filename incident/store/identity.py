"""Where people who sign in are kept, on SQLAlchemy Core, in the same database as the journals."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import astuple, replace
from sqlalchemy import Connection, Engine, Select, exc

from incident.domain.errors import StoreError
from incident.domain.identity import (
    KEPT_AT_LEAST,
    Access,
    Device,
    Failures,
    Link,
    Session,
    Subject,
    Token,
    User,
)
from incident.domain.permission import Grant
from incident.domain.say import say
from incident.service.ports_identity import WantedAccess
from incident.store import bulk, moved
from incident.store import identity_statements as statements
from incident.store.address import place_of
from incident.store.database import begin, lock_name, turn
from incident.store.faults import known_to_be_kept, translated

S = TypeVar("S", bound=Struct)
#: The name of the one lock of all these tables; no jurisdiction has such a code.
_LOCK = "identity"


class SqlIdentityReading:
    """One transaction that reads."""

    def __init__(self, connection: Connection, place: str) -> None:
        """Read through `connection`."""
        self._connection = connection
        self._place = place

    def users(self) -> list[User]:
        """List all users, by login."""
        return self._all(User, statements.USERS)

    def user(self, key: str) -> User | None:
        """Give a user by id."""
        return self._one(User, statements.USER, id=key)

    def user_of(self, login: str) -> User | None:
        """Give a user by folded login."""
        return self._one(User, statements.USER_OF, login=login)

    def grants(self, user: str) -> list[Grant]:
        """List the grants of a user, by root and role."""
        found = self._connection.execute(statements.GRANTS, {"user": user})
        return [self._read(tuple(row), Grant) for row in found]

    def holders(self, grant: Grant) -> list[str]:
        """List who holds a grant, by id."""
        return [*self._connection.execute(statements.HOLDERS, grant._asdict()).scalars()]

    def session(self, key: str) -> Session | None:
        """Give a session."""
        return self._one(Session, statements.SESSION, id=key)

    def sessions(self, user: str | None = None) -> list[Session]:
        """List the sessions of a user, or all, newest first."""
        if user is None:
            return self._all(Session, statements.SESSIONS)
        return self._all(Session, statements.SESSIONS_OF, user=user)

    def token(self, key: str) -> Token | None:
        """Give a token."""
        return self._one(Token, statements.TOKEN, id=key)

    def tokens(self, user: str | None = None) -> list[Token]:
        """List the tokens of a user, or all, newest first."""
        if user is None:
            return self._all(Token, statements.TOKENS)
        return self._all(Token, statements.TOKENS_OF, user=user)

    def device(self, key: str) -> Device | None:
        """Give a device."""
        return self._one(Device, statements.DEVICE, id=key)

    def devices(self, user: str) -> list[Device]:
        """List the devices of a user, used last first."""
        return self._all(Device, statements.DEVICES, user=user)

    def link(self, key: str) -> Link | None:
        """Give a link."""
        return self._one(Link, statements.LINK, id=key)

    def failures(self, keys: Collection[str]) -> list[Failures]:
        """Give what is known of some keys, by key."""
        return self._all(Failures, statements.FAILURES, keys=sorted(keys)) if keys else []

    def subject(self, issuer: str, subject: str) -> Subject | None:
        """Give who somebody is that another provider knows."""
        return self._one(Subject, statements.SUBJECT, issuer=issuer, subject=subject)

    def subjects(self, user: str) -> list[Subject]:
        """List as whom other providers know a user, by issuer and subject."""
        return self._all(Subject, statements.SUBJECTS, user=user)

    def accesses(self, wanted: WantedAccess, limit: int) -> list[Access]:
        """Give at most `limit` lines of the record, newest first."""
        at = None
        if wanted.before is not None:
            at = self._connection.execute(statements.ACCESS_AT, {"seq": wanted.before}).scalar_one_or_none()
        return self._all(Access, statements.accesses(wanted, limit, at))

    def noted_last(self, limit: int) -> list[Access]:
        """Give at most `limit` lines of the record, the last noted first, whatever their instants are."""
        return self._all(Access, statements.NOTED_LAST, most=limit)

    def oldest_access(self) -> int | None:
        """Give the instant of the oldest line of the record; None where there is none."""
        found: int | None = self._connection.execute(statements.OLDEST_ACCESS).scalar_one()
        return found

    def accesses_before(self, at: int) -> int:
        """Count the lines of the record from before an instant."""
        return self._connection.execute(statements.ACCESSES_BEFORE, {"at": at}).scalar_one()

    def _one(self, kind: type[S], statement: Select[Any], **values: Any) -> S | None:
        found = self._all(kind, statement, **values)
        return found[0] if found else None

    def _all(self, kind: type[S], statement: Select[Any], **values: Any) -> list[S]:
        found = self._connection.execute(statement, values)
        return [self._read(_plain(kind, row), kind) for row in found]

    def _read(self, plain: Any, kind: type[Any]) -> Any:
        """Read a row. Raises `StoreError` for one that this program did not write."""
        try:
            return msgspec.convert(plain, kind)
        except msgspec.ValidationError as error:
            raise StoreError(
                where=self._place,
                expected=say("{kind} as this program writes it", kind=kind.__name__),
                found=str(error),
                do=say("somebody else wrote there; restore a backup, or take that row away"),
            ) from error


class SqlIdentityWriting(SqlIdentityReading):
    """One transaction that has the lock of these tables."""

    def put_user(self, user: User) -> None:
        """Keep a user, new or as they are from now on. Raises `Conflict` for a login that is another's."""
        self._write(statements.PUT_USER, astuple(user))

    def put_grant(self, user: str, grant: Grant, at: int) -> None:
        """Keep a grant; one that is kept stays."""
        self._write(statements.PUT_GRANT, (user, *grant, at))

    def drop_grant(self, user: str, grant: Grant) -> bool:
        """Take a grant away; tells whether it was there."""
        return self._write(statements.DROP_GRANT, (user, *grant)) == 1

    def put_session(self, session: Session) -> None:
        """Keep a session, new or as it is from now on."""
        self._write(statements.PUT_SESSION, astuple(session))

    def drop_sessions(self, keys: Collection[str]) -> None:
        """Take sessions away."""
        self._drop(statements.DROP_SESSION, keys)

    def put_token(self, token: Token) -> None:
        """Keep a token, new or as it is from now on."""
        self._write(statements.PUT_TOKEN, astuple(replace(token, scopes=" ".join(token.scopes))))

    def drop_tokens(self, keys: Collection[str]) -> None:
        """Take tokens away."""
        self._drop(statements.DROP_TOKEN, keys)

    def put_device(self, device: Device) -> None:
        """Keep a device, new or as it is from now on."""
        self._write(statements.PUT_DEVICE, astuple(device))

    def drop_devices(self, keys: Collection[str]) -> None:
        """Take devices away."""
        self._drop(statements.DROP_DEVICE, keys)

    def put_link(self, link: Link) -> None:
        """Keep a link."""
        self._write(statements.PUT_LINK, astuple(link))

    def drop_links(self, user: str | None) -> None:
        """Take the links of a user away; those that make the first one, for None."""
        found = (
            self._connection.execute(statements.FIRST_LINKS)
            if user is None
            else self._connection.execute(statements.LINKS_OF, {"user": user})
        )
        self._drop(statements.DROP_LINK, [*found.scalars()])

    def put_failures(self, failures: Sequence[Failures]) -> None:
        """Keep how often something failed, new or as it is from now on."""
        bulk.write(self._connection, statements.PUT_FAILURES, [astuple(one) for one in failures])

    def drop_failures(self, *, keys: Collection[str] = (), before: int = 0) -> None:
        """Take away what is known of some keys, and of all that failed last before an instant."""
        self._drop(statements.DROP_FAILURES, keys)
        self._write(statements.DROP_OLD_FAILURES, (before - 1,))

    def put_subject(self, subject: Subject) -> None:
        """Keep as whom another provider knows a user. Raises `Conflict` for one that is linked."""
        self._write(statements.PUT_SUBJECT, astuple(subject))

    def drop_subject(self, issuer: str, subject: str) -> bool:
        """Take that away; tells whether it was there."""
        return self._write(statements.DROP_SUBJECT, (issuer, subject)) == 1

    def note(self, access: Access) -> Access:
        """Add a line to the record; gives it with its number."""
        last = self._connection.execute(statements.LAST_ACCESS).scalar_one()
        numbered = replace(access, seq=0 if last is None else last + 1)
        self._write(statements.NOTE, astuple(numbered))
        return numbered

    def drop_accesses(self, before: int, most: int) -> int:
        """Take away at most so many lines from before an instant, oldest first; gives how many it were.

        Raises `StoreError` where the database keeps one of them still.
        """
        found = self._connection.execute(statements.OLD_ACCESSES, {"at": before, "most": most})
        with _kept_no_longer(self._place):
            return bulk.write(self._connection, statements.DROP_ACCESS, [(seq,) for seq in found.scalars()])

    def commit(self) -> None:
        """Make it durable and visible."""
        with known_to_be_kept(self._place):
            self._connection.commit()

    def _write(self, statement: str, row: tuple[Any, ...]) -> int:
        return bulk.write(self._connection, statement, [row])

    def _drop(self, statement: str, keys: Collection[str]) -> None:
        bulk.write(self._connection, statement, [(key,) for key in sorted(keys)])


@contextmanager
def _kept_no_longer(place: str) -> Iterator[None]:
    """Raise `StoreError` where the guard of the database takes a line for young, by its own clock."""
    try:
        yield
    except exc.IntegrityError as error:
        if moved.was_left(error):
            raise
        raise StoreError(
            where=place,
            expected=say(
                "only lines of the record of access that by the clock of the database are older than"
                " {days} days",
                days=KEPT_AT_LEAST // 86400,
            ),
            found=say("a younger one; the database keeps it, and nothing was changed"),
            do=say("set the clocks of this machine and of the database right"),
        ) from error


class SqlIdentity:
    """The tables of people who sign in, in a database prepared by `incident.store.database`."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`."""
        self._engine = engine
        self._place = place_of(engine)

    @contextmanager
    def reading(self) -> Iterator[SqlIdentityReading]:
        """Look without a lock, at one consistent snapshot."""
        with translated(self._place), self._engine.connect() as connection:
            begin(connection, write=False)
            yield SqlIdentityReading(connection, self._place)

    @contextmanager
    def writing(self) -> Iterator[SqlIdentityWriting]:
        """Look, and write alone; leaving without `commit` undoes everything."""
        with translated(self._place), turn(self._engine), self._engine.connect() as connection:
            begin(connection, write=True)
            lock_name(connection, _LOCK)
            yield SqlIdentityWriting(connection, self._place)


def _plain(kind: type[Struct], row: Any) -> dict[str, Any]:
    """Give a row, in the order of its structure's fields, as plain data; what a token carries as a list."""
    plain = dict(zip(kind.__struct_fields__, row, strict=True))
    if kind is Token:
        plain["scopes"] = str(plain["scopes"]).split()
    return plain
