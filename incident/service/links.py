"""Links that let somebody set a password, once: for the first administrator, for a newcomer, for who forgot.

A link is a secret of 32 random bytes; only its SHA-256 is kept. It works once and for a day, and making
another one for the same person ends it.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from incident.domain.errors import Refused, RequestError
from incident.domain.identity import Link, User, digest, folded
from incident.domain.permission import EVERYWHERE, Grant
from incident.domain.say import say
from incident.service import users
from incident.service.access import By, record
from incident.service.passwords import must_be_good
from incident.service.ports_identity import Gate, IdentityReading, IdentityWriting
from incident.service.secret import secret

#: Seconds for which a link works.
LASTS: Final = 86400
#: Where on a server a link leads; the secret follows.
PATH: Final = "/setup/"


def make_setup_link(gate: Gate, by: By) -> str | None:
    """Make the link by which the first administrator comes; None where somebody can sign in already.

    Gives the secret part of it.
    """
    with gate.identity.writing() as tx:
        if tx.users():
            return None
        made = _make(tx, gate, None, by)
        tx.commit()
    return made


def make_password_link(gate: Gate, login: str, by: By) -> str:
    """Make a link by which a user sets a password. Raises `RequestError`. Gives the secret part of it."""
    with gate.identity.writing() as tx:
        user = users.find(tx, login)
        if user.disabled_at is not None:
            raise RequestError(
                where=say("user {login}", login=user.login),
                expected=say("one who is not disabled"),
                found=say("disabled"),
                do=say("run: `incident user enable LOGIN`"),
            )
        made = _make(tx, gate, user, by)
        tx.commit()
    return made


def _make(tx: IdentityWriting, gate: Gate, user: User | None, by: By) -> str:
    made, at = secret(gate.chance), gate.now()
    whose = None if user is None else user.id
    tx.drop_links(whose)
    tx.put_link(Link(id=digest(made), user=whose, created_at=at, ends_at=at + LASTS))
    record(tx, "link_made", by, at=at, about=whose)
    return made


def whose_link(gate: Gate, link: str) -> User | None:
    """Give who sets a password by a link; None for the first administrator. Raises `Refused`."""
    with gate.identity.reading() as tx:
        return _found(tx, link, gate.now())[1]


def use_setup_link(
    gate: Gate, link: str, password: str, *, address: str, login: str = "", name: str = ""
) -> User:
    """Set a password by a link; by the first one make the administrator, called by `login` and `name`.

    All sessions of that user end. Raises `Refused` for a link that works no more, `RequestError` for what is
    given with it; the link works on then.
    """
    with gate.identity.reading() as tx:
        user = _found(tx, link, gate.now())[1]
    kept = gate.passwords.keep(must_be_good(password, folded(login) if user is None else user.login))
    with gate.identity.writing() as tx:
        found, user = _found(tx, link, gate.now())
        if user is None:
            made = _first(tx, gate, login, name, kept, address)
        else:
            made = replace(user, password=kept, must_change=False)
            tx.put_user(made)
            users.end_all(tx, user)
        tx.drop_links(found.user)
        record(tx, "link_used", By(user=made.id, address=address), at=gate.now(), about=made.id)
        tx.commit()
    return made


def _first(tx: IdentityWriting, gate: Gate, login: str, name: str, kept: str, address: str) -> User:
    by = By(address=address)
    made = users.put_new(tx, gate, login, name or login, by, password=kept)
    users.put_grant(tx, made, Grant("administrator", EVERYWHERE), by, at=gate.now())
    return made


def _found(tx: IdentityReading, link: str, at: int) -> tuple[Link, User | None]:
    """Give a link that works, and whose it is. Raises `Refused`."""
    found = tx.link(digest(link))
    user = None if found is None or found.user is None else tx.user(found.user)
    is_whole = found is not None and (
        not tx.users() if found.user is None else user is not None and user.disabled_at is None
    )
    if found is None or not is_whole or not found.created_at <= at < found.ends_at:
        raise Refused(
            rule="link",
            where=say("link"),
            expected=say("one that was not used, of the last 24 hours"),
            found=say("another"),
            do=say("ask an administrator for a new one: `incident user link LOGIN`"),
        )
    return found, user
