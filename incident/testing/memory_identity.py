"""People who sign in, kept in memory, for tests. It honours the contract of `ports_identity.Identity`.

Asserted, because a real database would not notice or would wait for ever: a look used after its block, a
write after the commit, and a thread that takes the one lock twice.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from incident.domain.errors import Conflict
from incident.domain.identity import Access, Device, Failures, Link, Session, Subject, Token, User
from incident.domain.permission import Grant
from incident.domain.say import say
from incident.service.ports_identity import WantedAccess


class _Kept(Struct):
    """All that is kept."""

    users: dict[str, User] = {}
    grants: dict[tuple[str, Grant], int] = {}
    sessions: dict[str, Session] = {}
    tokens: dict[str, Token] = {}
    devices: dict[str, Device] = {}
    links: dict[str, Link] = {}
    failures: dict[str, Failures] = {}
    subjects: dict[tuple[str, str], Subject] = {}
    accesses: tuple[Access, ...] = ()

    def copied(self) -> _Kept:
        """Give one that can be changed without changing this one."""
        parts = {name: getattr(self, name) for name in self.__struct_fields__}
        values: dict[str, Any] = {
            name: dict(one) if isinstance(one, dict) else one for name, one in parts.items()
        }
        return _Kept(**values)


class MemoryIdentityReading:
    """A look at what was committed when it began."""

    def __init__(self, kept: _Kept) -> None:
        """Look at `kept`."""
        self._kept: _Kept | None = kept

    @property
    def _all(self) -> _Kept:
        assert self._kept is not None, "expected a look to be used inside its block, and before its commit"
        return self._kept

    def close(self) -> None:
        """End the look."""
        self._kept = None

    def users(self) -> list[User]:
        """List all users, by login."""
        return sorted(self._all.users.values(), key=lambda one: one.login)

    def user(self, key: str) -> User | None:
        """Give a user by id."""
        return self._all.users.get(key)

    def user_of(self, login: str) -> User | None:
        """Give a user by folded login."""
        return next((one for one in self._all.users.values() if one.login == login), None)

    def grants(self, user: str) -> list[Grant]:
        """List the grants of a user, by root and role."""
        found = (grant for whose, grant in self._all.grants if whose == user)
        return sorted(found, key=lambda one: (one.root, one.role))

    def holders(self, grant: Grant) -> list[str]:
        """List who holds a grant, by id."""
        return sorted(user for user, one in self._all.grants if one == grant)

    def session(self, key: str) -> Session | None:
        """Give a session."""
        return self._all.sessions.get(key)

    def sessions(self, user: str | None = None) -> list[Session]:
        """List the sessions of a user, or all, newest first."""
        return _newest(self._all.sessions, user)

    def token(self, key: str) -> Token | None:
        """Give a token."""
        return self._all.tokens.get(key)

    def tokens(self, user: str | None = None) -> list[Token]:
        """List the tokens of a user, or all, newest first."""
        return _newest(self._all.tokens, user)

    def device(self, key: str) -> Device | None:
        """Give a device."""
        return self._all.devices.get(key)

    def devices(self, user: str) -> list[Device]:
        """List the devices of a user, used last first."""
        found = (one for one in self._all.devices.values() if one.user == user)
        return sorted(found, key=lambda one: (-one.used_at, one.id))

    def link(self, key: str) -> Link | None:
        """Give a link."""
        return self._all.links.get(key)

    def failures(self, keys: Collection[str]) -> list[Failures]:
        """Give what is known of some keys, by key."""
        return [self._all.failures[key] for key in sorted(keys) if key in self._all.failures]

    def subject(self, issuer: str, subject: str) -> Subject | None:
        """Give who somebody is that another provider knows."""
        return self._all.subjects.get((issuer, subject))

    def subjects(self, user: str) -> list[Subject]:
        """List as whom other providers know a user, by issuer and subject."""
        return [one for _key, one in sorted(self._all.subjects.items()) if one.user == user]

    def accesses(self, wanted: WantedAccess, limit: int) -> list[Access]:
        """Give at most `limit` lines of the record, newest first."""
        found = [one for one in self._all.accesses if _is_wanted(one, wanted)]
        if wanted.before is not None:
            after = min(
                (one for one in self._all.accesses if one.seq >= wanted.before), key=_seq, default=None
            )
            found = [one for one in found if after is None or _age(one) < (after.at, wanted.before)]
        return sorted(found, key=_age, reverse=True)[:limit]

    def noted_last(self, limit: int) -> list[Access]:
        """Give at most `limit` lines of the record, the last noted first, whatever their instants are."""
        return sorted(self._all.accesses, key=_seq, reverse=True)[:limit]

    def oldest_access(self) -> int | None:
        """Give the instant of the oldest line of the record; None where there is none."""
        return min((one.at for one in self._all.accesses), default=None)

    def accesses_before(self, at: int) -> int:
        """Count the lines of the record from before an instant."""
        return sum(one.at < at for one in self._all.accesses)


class MemoryIdentityWriting(MemoryIdentityReading):
    """A look that may write."""

    def __init__(self, identity: MemoryIdentity, kept: _Kept) -> None:
        """Look at `kept`, which is this look's own until it is committed."""
        super().__init__(kept)
        self._identity = identity

    def put_user(self, user: User) -> None:
        """Keep a user, new or as they are from now on."""
        other = self.user_of(user.login)
        if other is not None and other.id != user.id:
            raise _taken()
        before = self.user(user.id)
        if before is not None:
            user = replace(user, login=before.login, created_at=before.created_at)
        self._all.users[user.id] = user

    def put_grant(self, user: str, grant: Grant, at: int) -> None:
        """Keep a grant; one that is kept stays."""
        self._all.grants.setdefault((user, grant), at)

    def drop_grant(self, user: str, grant: Grant) -> bool:
        """Take a grant away; tells whether it was there."""
        return self._all.grants.pop((user, grant), None) is not None

    def put_session(self, session: Session) -> None:
        """Keep a session, new or as it is from now on."""
        before = self.session(session.id)
        kept = session if before is None else replace(before, seen_at=session.seen_at)
        self._all.sessions[session.id] = kept

    def drop_sessions(self, keys: Collection[str]) -> None:
        """Take sessions away."""
        _drop(self._all.sessions, keys)

    def put_token(self, token: Token) -> None:
        """Keep a token, new or as it is from now on."""
        before = self.token(token.id)
        self._all.tokens[token.id] = token if before is None else replace(before, used_at=token.used_at)

    def drop_tokens(self, keys: Collection[str]) -> None:
        """Take tokens away."""
        _drop(self._all.tokens, keys)

    def put_device(self, device: Device) -> None:
        """Keep a device, new or as it is from now on."""
        before = self.device(device.id)
        moved = device if before is None else before
        self._all.devices[device.id] = replace(moved, used_at=device.used_at, address=device.address)

    def drop_devices(self, keys: Collection[str]) -> None:
        """Take devices away."""
        _drop(self._all.devices, keys)

    def put_link(self, link: Link) -> None:
        """Keep a link."""
        if link.id in self._all.links:
            raise _taken()
        self._all.links[link.id] = link

    def drop_links(self, user: str | None) -> None:
        """Take the links of a user away; those that make the first one, for None."""
        _drop(self._all.links, [key for key, one in self._all.links.items() if one.user == user])

    def put_failures(self, failures: Sequence[Failures]) -> None:
        """Keep how often something failed, new or as it is from now on."""
        self._all.failures.update({one.key: one for one in failures})

    def drop_failures(self, *, keys: Collection[str] = (), before: int = 0) -> None:
        """Take away what is known of some keys, and of all that failed last before an instant."""
        over = [key for key, one in self._all.failures.items() if one.at < before]
        _drop(self._all.failures, [*keys, *over])

    def put_subject(self, subject: Subject) -> None:
        """Keep as whom another provider knows a user."""
        if (subject.issuer, subject.subject) in self._all.subjects:
            raise _taken()
        self._all.subjects[subject.issuer, subject.subject] = subject

    def drop_subject(self, issuer: str, subject: str) -> bool:
        """Take that away; tells whether it was there."""
        return self._all.subjects.pop((issuer, subject), None) is not None

    def note(self, access: Access) -> Access:
        """Add a line to the record; gives it with its number."""
        numbered = replace(access, seq=max((one.seq for one in self._all.accesses), default=-1) + 1)
        self._all.accesses = (*self._all.accesses, numbered)
        return numbered

    def drop_accesses(self, before: int, most: int) -> int:
        """Take away at most so many lines from before an instant, oldest first; gives how many it were."""
        old = sorted((one for one in self._all.accesses if one.at < before), key=_age)[:most]
        self._all.accesses = tuple(one for one in self._all.accesses if one not in old)
        return len(old)

    def commit(self) -> None:
        """Make it visible and end the look."""
        self._identity.publish(self._all)
        self.close()


class MemoryIdentity:
    """Nobody yet; forgets everything with the process."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._kept = _Kept()
        self._lock = threading.Lock()
        self._holder: int | None = None

    @contextmanager
    def reading(self) -> Iterator[MemoryIdentityReading]:
        """Look at what is committed now."""
        tx = MemoryIdentityReading(self._kept)
        try:
            yield tx
        finally:
            tx.close()

    @contextmanager
    def writing(self) -> Iterator[MemoryIdentityWriting]:
        """Look, and write alone; leaving without `commit` undoes everything."""
        me = threading.get_ident()
        assert self._holder != me, "expected one lock at a time, got a second in the same thread"
        with self._lock:
            self._holder = me
            tx = MemoryIdentityWriting(self, self._kept.copied())
            try:
                yield tx
            finally:
                tx.close()
                self._holder = None

    def publish(self, kept: _Kept) -> None:
        """Make what was written visible; called by `commit`."""
        self._kept = kept


class PlainPasswords:
    """Keeps passwords as anybody can read them: a test has no time for more."""

    def __init__(self, form: str = "plain") -> None:
        """Keep them in a form; of another one they are outdated."""
        self._form = form

    def keep(self, password: str) -> str:
        """Give what is kept of a password."""
        return f"{self._form}:{password}"

    def matches(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one that is kept."""
        return kept is not None and kept.partition(":")[2] == password

    def is_outdated(self, kept: str) -> bool:
        """Tell whether it is kept in another form."""
        return kept.partition(":")[0] != self._form


def _newest(found: dict[str, Any], user: str | None) -> list[Any]:
    kept = (one for one in found.values() if user in (None, one.user))
    return sorted(kept, key=lambda one: (-one.created_at, one.id))


def _drop(found: dict[str, Any], keys: Collection[str]) -> None:
    for key in keys:
        found.pop(key, None)


def _is_wanted(one: Access, wanted: WantedAccess) -> bool:
    who = [wanted.user in (one.user, one.about)] if wanted.user is not None else []
    who += [one.claimed == wanted.claimed] if wanted.claimed is not None else []
    return (
        (wanted.since is None or one.at >= wanted.since)
        and (wanted.until is None or one.at < wanted.until)
        and (not wanted.kinds or one.kind in wanted.kinds)
        and (not who or any(who))
        and (wanted.jurisdiction is None or one.jurisdiction == wanted.jurisdiction)
    )


def _age(one: Access) -> tuple[int, int]:
    return one.at, one.seq


def _seq(one: Access) -> int:
    return one.seq


def _taken() -> Conflict:
    return Conflict(
        where=say("memory"),
        expected=say("to be first"),
        found=say("somebody else wrote the same just before"),
        do=say("look again"),
    )
