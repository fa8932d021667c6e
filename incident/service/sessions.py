"""Signing in, and what a session is known by.

A session's token is 32 random bytes; only its SHA-256 is kept, so whoever reads the database comes in by
none. It is another after each sign-in and each change of the password. It ends when it is ended, when nothing
was done for a while (`Gate.idle`), and after some days whatever was done (`Gate.absolute`).

Passwords are compared outside any transaction, for that takes long on purpose. Whoever is not let in hears
the same words, and as late, whatever the reason: an unknown login, a wrong password, a disabled user.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from msgspec.structs import replace

from incident.domain.errors import Refused, RequestError, StoreAway
from incident.domain.identity import (
    Device,
    Session,
    SignedIn,
    Subject,
    User,
    claimed,
    digest,
    folded,
)
from incident.domain.say import say, visible
from incident.service import throttle
from incident.service.access import By, note, record
from incident.service.passwords import must_be_good, normal
from incident.service.ports_identity import Gate, IdentityReading, IdentityWriting
from incident.service.secret import secret
from incident.service.throttle import Keys

#: Seconds within which a session is not noted as used again.
TOUCH: Final = 60
#: Letters that are kept of what a browser says it is.
_AGENT: Final = 120
#: Devices that are remembered of one person, and for how many seconds.
_DEVICES: Final = 20
REMEMBERED: Final = 400 * 86400


class LoggedIn(NamedTuple):
    """Somebody came in: what they come with from now on, and what their device keeps."""

    #: For the session's cookie.
    token: str
    #: For a cookie that lasts (`REMEMBERED`): who comes with it is not kept waiting by failures of others.
    device: str
    person: SignedIn


class From(NamedTuple):
    """Where somebody comes from."""

    address: str
    #: What the browser says it is.
    agent: str = ""
    #: What the device keeps, and the session that it had; both may be anything.
    device: str | None = None
    session: str | None = None


def login(gate: Gate, named: str, password: str, here: From) -> LoggedIn:
    """Let somebody in by login and password. Raises `Refused`, and `Throttled` where it is too early."""
    given = folded(named)
    user, keys = _begin_attempt(gate, given, here)
    kept = None if user is None or user.disabled_at is not None else user.password
    is_right = gate.passwords.matches(kept, normal(password))
    if user is None or kept is None or not is_right:
        with gate.identity.writing() as tx:
            _note_failure(tx, gate, given, user, here)
            tx.commit()
        raise _wrong()
    again = gate.passwords.keep(normal(password)) if gate.passwords.is_outdated(kept) else kept
    with gate.identity.writing() as tx:
        now = tx.user(user.id)
        if now is None or now.password != kept or now.disabled_at is not None:  # changed meanwhile
            raise _wrong()
        throttle.succeed(tx, keys)
        after = replace(now, password=again)
        if after != now:
            tx.put_user(after)
        came = _come_in(tx, gate, after, here, "password")
        tx.commit()
    return came


def knows_device(gate: Gate, kept: str) -> bool:
    """Tell whether what a device keeps is of one from which somebody has signed in."""
    with gate.identity.reading() as tx:
        return tx.device(digest(kept)) is not None


def _begin_attempt(gate: Gate, given: str, here: From) -> tuple[User | None, Keys]:
    """Count an attempt; gives whom it is about, and under which keys it counts. Raises `Throttled`."""
    with gate.identity.writing() as tx:
        user = tx.user_of(given)
        device = None if here.device is None else tx.device(digest(here.device))
        keys = throttle.keys(tx, given, user, here.address, device)
        throttle.begin(tx, keys, gate.now())
        tx.commit()
    return user, keys


def _note_failure(tx: IdentityWriting, gate: Gate, given: str, user: User | None, here: From) -> None:
    record(
        tx,
        "login_failed",
        By(address=here.address),
        at=gate.now(),
        about=None if user is None else user.id,
        claimed=claimed(given) if user is None else None,
        what="disabled" if user is not None and user.disabled_at is not None else None,
    )


def _wrong() -> Refused:
    return Refused(
        rule="login",
        where=say("signing in"),
        expected=say("a login and its password"),
        found=say("others"),
        do=say("try again; a new password comes from an administrator: `incident user link LOGIN`"),
    )


def login_subject(gate: Gate, issuer: str, subject: str, here: From, *, email: str | None = None) -> LoggedIn:
    """Let somebody in whom another provider knows: as the user that is linked, or whose login is `email`.

    Give `email` only where the provider says that it is verified and the operator trusts it in that; the
    link is kept then, and holds: an address that somebody else has later leads to nobody. Raises `Refused`.
    """
    at = gate.now()
    with gate.identity.writing() as tx:
        found = tx.subject(issuer, subject)
        user = None if found is None else tx.user(found.user)
        if found is None and email is not None:
            user = _not_linked(tx, tx.user_of(folded(email)), issuer)
        if user is None or user.disabled_at is not None:
            about = None if user is None else user.id
            record(tx, "login_failed", By(address=here.address), at=at, about=about, what=issuer)
            tx.commit()
            raise Refused(
                rule="login",
                where=say("signing in by {issuer}", issuer=issuer),
                expected=say("somebody who is linked to a user"),
                found=f"`{subject}`",
                do=say("ask an administrator: `incident user oidc LOGIN`"),
            )
        if found is None:
            tx.put_subject(Subject(issuer=issuer, subject=subject, user=user.id, linked_at=at))
            record(tx, "oidc_linked", By(address=here.address), at=at, about=user.id, what=issuer)
        came = _come_in(tx, gate, user, here, issuer)
        tx.commit()
    return came


def _not_linked(tx: IdentityReading, user: User | None, issuer: str) -> User | None:
    """Give a user whom a provider knows as nobody else yet."""
    is_linked = user is not None and any(one.issuer == issuer for one in tx.subjects(user.id))
    return None if is_linked else user


def login_user(gate: Gate, user: User, here: From) -> LoggedIn:
    """Let somebody in who has just set a password by a link. Raises `Refused` for one who is disabled."""
    with gate.identity.writing() as tx:
        now = tx.user(user.id)
        if now is None or now.disabled_at is not None:
            raise _wrong()
        came = _come_in(tx, gate, now, here, "link")
        tx.commit()
    return came


def _come_in(tx: IdentityWriting, gate: Gate, user: User, here: From, how: str) -> LoggedIn:
    """Begin a session, in the place of the one that the device had; take away what is over."""
    at = gate.now()
    over = [one.id for one in tx.sessions(user.id) if not _is_alive(gate, one, at)]
    tx.drop_sessions([*over, *([] if here.session is None else [digest(here.session)])])
    device = _keep_device(tx, gate, user, here, at)
    token, session = _new_session(gate, user, here, device, at)
    tx.put_session(session)
    record(tx, "login", By(user=user.id, address=here.address), at=at, about=user.id, what=how)
    return LoggedIn(token, device, _person(tx, user, session))


def _new_session(gate: Gate, user: User, here: From, device: str, at: int) -> tuple[str, Session]:
    token = secret(gate.chance)
    session = Session(
        id=digest(token),
        user=user.id,
        created_at=at,
        seen_at=at,
        ends_at=at + gate.absolute,
        csrf=secret(gate.chance),
        address=here.address,
        agent=visible(here.agent)[:_AGENT],
        device=digest(device),
    )
    return token, session


def _keep_device(tx: IdentityWriting, gate: Gate, user: User, here: From, at: int) -> str:
    """Remember from where somebody came in; gives what the device keeps: what it has, or something new."""
    known = None if here.device is None else tx.device(digest(here.device))
    if here.device is not None and known is not None and known.user == user.id:
        tx.put_device(replace(known, used_at=at, address=here.address))
        kept = here.device
    else:
        kept = secret(gate.chance)
        tx.put_device(Device(id=digest(kept), user=user.id, created_at=at, used_at=at, address=here.address))
    devices = tx.devices(user.id)
    over = [one.id for n, one in enumerate(devices) if n >= _DEVICES or one.used_at < at - REMEMBERED]
    tx.drop_devices(over)
    return kept


def session_of(gate: Gate, token: str) -> SignedIn | None:
    """Give who comes with a session's token; None where it is none, or over, or its user is disabled."""
    at = gate.now()
    with gate.identity.reading() as tx:
        session = tx.session(digest(token))
        if session is None or not _is_alive(gate, session, at):
            return None
        user = tx.user(session.user)
        if user is None or user.disabled_at is not None:
            return None
        person = _person(tx, user, session)
    if at - session.seen_at >= TOUCH:
        _touch(gate, session, at)
    return person


def _touch(gate: Gate, session: Session, at: int) -> None:
    """Note that a session is used; one that was ended meanwhile stays so.

    A database that cannot be written just now keeps nobody from looking.
    """
    try:
        with gate.identity.writing() as tx:
            now = tx.session(session.id)
            if now is not None and now.seen_at < at:
                tx.put_session(replace(now, seen_at=at))
                tx.commit()
    except StoreAway:
        pass


def _is_alive(gate: Gate, session: Session, at: int) -> bool:
    return at < session.ends_at and at < session.seen_at + gate.idle


def _person(tx: IdentityReading, user: User, session: Session | None) -> SignedIn:
    return SignedIn(
        user=user.id,
        login=user.login,
        name=user.name,
        sign=user.sign,
        grants=(*tx.grants(user.id),),
        must_change=user.must_change,
        session=session,
    )


def change_password(gate: Gate, token: str, old: str, new: str, here: From) -> LoggedIn:
    """Let somebody choose another password: a new session for them here, and the end of all others.

    Raises `Refused` for a session that is over and an old password that is wrong, and `RequestError`.
    """
    person = session_of(gate, token)
    if person is None or person.session is None:
        raise _wrong()
    keys = Keys([f"change {person.user}"], [f"change {person.user}"])
    with gate.identity.writing() as tx:
        user = tx.user(person.user)
        throttle.begin(tx, keys, gate.now())
        tx.commit()
    kept = None if user is None else user.password
    if user is None or not gate.passwords.matches(kept, normal(old)):
        by = By(user=person.user, address=here.address)
        note(gate, "login_failed", by, about=person.user, what="password_set")
        raise _wrong()
    again = gate.passwords.keep(_another(new, old, user))
    with gate.identity.writing() as tx:
        now = tx.user(user.id)
        if now is None or now.password != kept or now.disabled_at is not None:
            raise _wrong()
        throttle.succeed(tx, keys)
        after = replace(now, password=again, must_change=False)
        tx.put_user(after)
        tx.drop_sessions([one.id for one in tx.sessions(user.id)])
        record(tx, "password_set", By(user=user.id, address=here.address), at=gate.now(), about=user.id)
        came = _come_in(tx, gate, after, here, "password")
        tx.commit()
    return came


def _another(new: str, old: str, user: User) -> str:
    given = must_be_good(new, user.login)
    if given == normal(old):
        raise RequestError(
            where=say("password"),
            expected=say("another one"),
            found=say("the one so far"),
            do=say("choose a new one"),
        )
    return given


def logout(gate: Gate, token: str, address: str) -> None:
    """End a session, by its token; one that is over already stays so."""
    with gate.identity.writing() as tx:
        session = tx.session(digest(token))
        if session is not None:
            tx.drop_sessions([session.id])
            by = By(user=session.user, address=address)
            record(tx, "logout", by, at=gate.now(), about=session.user)
            tx.commit()


def sessions(gate: Gate, user: str | None = None) -> list[Session]:
    """List the sessions that are not over, of one user by id or of all, newest first."""
    at = gate.now()
    with gate.identity.reading() as tx:
        return [one for one in tx.sessions(user) if _is_alive(gate, one, at)]


def end_sessions(gate: Gate, ended: Collection[Session], by: By) -> int:
    """End some sessions, whoever they are of, and forget the devices they were on; gives how many ended."""
    with gate.identity.writing() as tx:
        there = [one for each in ended if (one := tx.session(each.id)) is not None]
        tx.drop_sessions([one.id for one in there])
        tx.drop_devices([one.device for one in there])
        for user in sorted({one.user for one in there}):
            record(tx, "session_revoked", by, at=gate.now(), about=user)
        tx.commit()
    return len(there)
