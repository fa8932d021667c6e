"""Tokens: what another program comes with, in somebody's name, for some of what that person may do.

A token is shown once, when it is made; only its SHA-256 is kept. It has an end, never permits more than its
person may at the moment, and is gone when that person is disabled. Of two persons it makes nobody the second
unless its person made it: whoever makes a token for somebody else has seen it (ADR 0026).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, get_args

from msgspec.structs import replace

from incident.domain.errors import Refused, RequestError, StoreAway
from incident.domain.identity import SignedIn, Token, User, digest
from incident.domain.permission import IN_PERSON, Permission
from incident.domain.say import say
from incident.service import users
from incident.service.access import By, record
from incident.service.ports_identity import Gate, IdentityReading
from incident.service.secret import secret
from incident.service.sessions import TOUCH
from incident.service.words import must_be_plain

#: How a token begins, so that whoever finds one knows what it is.
PREFIX: Final = "inc_"
#: Days for which a token works: if nothing is said, and at most.
USUAL, LONGEST = 90, 1096
#: Addresses of calendars that one person has at once.
MOST_CALENDARS: Final = 10
_DAY: Final = 86400
_MOST_NAME: Final = 64


class Made(NamedTuple):
    """A token that was made."""

    #: What its holder is given, this once.
    plain: str
    token: Token


def make(
    gate: Gate,
    login: str,
    name: str,
    scopes: Sequence[str],
    by: By,
    *,
    root: str = "*",
    days: int = USUAL,
    in_person: bool = False,
    opens: str | None = None,
) -> Made:
    """Make a token for some permissions of a user, below `root` or everywhere, for some days.

    `in_person` says that `by` has signed in, and comes by no token themselves; `opens` which one calendar it
    opens, and nothing else. Raises `RequestError`, and `Refused` for what nobody makes for another and for
    one calendar too many.
    """
    carried = _scopes(scopes)
    _must_be_in_form(name, days)
    within = users.read_root(root)
    plain, at = PREFIX + secret(gate.chance), gate.now()
    with gate.identity.writing() as tx:
        user = users.find(tx, login)
        # of who comes by a token it is not known whether they made it themselves
        made_by = None if by.user == user.id and not in_person else by.user
        _must_be_theirs(user, made_by, carried)
        if opens is not None:
            _must_have_room(tx, user, at)
        token = Token(
            id=digest(plain),
            user=user.id,
            name=name.strip(),
            scopes=carried,
            root=within,
            created_at=at,
            ends_at=at + days * _DAY,
            made_by=made_by,
            opens=opens,
        )
        tx.put_token(token)
        record(tx, "token_made", by, at=at, about=user.id, what=f"{token.name}: {' '.join(carried)} {within}")
        tx.commit()
    return Made(plain, token)


def person_of(gate: Gate, plain: str) -> SignedIn | None:
    """Give who comes with a token; None where it is none, or over, or its user is disabled."""
    if not plain.startswith(PREFIX):
        return None
    at = gate.now()
    with gate.identity.reading() as tx:
        token = tx.token(digest(plain))
        if token is None or at >= token.ends_at:
            return None
        user = tx.user(token.user)
        if user is None or user.disabled_at is not None:
            return None
        person = SignedIn(
            user=user.id,
            login=user.login,
            name=user.name,
            sign=user.sign,
            grants=(*tx.grants(user.id),),
            token=token,
        )
    if token.used_at is None or at - token.used_at >= TOUCH:
        _touch(gate, token, at)
    return person


def _touch(gate: Gate, token: Token, at: int) -> None:
    """Note that a token is used; one that was taken back meanwhile stays so."""
    try:
        with gate.identity.writing() as tx:
            now = tx.token(token.id)
            if now is not None:
                tx.put_token(replace(now, used_at=at))
                tx.commit()
    except StoreAway:  # a database that cannot be written just now keeps nobody from looking
        pass


def tokens(gate: Gate, login: str | None = None) -> list[Token]:
    """List the tokens of a user, or all, newest first, also those that are over. Raises `RequestError`."""
    with gate.identity.reading() as tx:
        return tx.tokens(None if login is None else users.find(tx, login).id)


def revoke(gate: Gate, key: str, by: By) -> Token:
    """Take a token back, named by the beginning of its id. Raises `RequestError` where that names not one."""
    with gate.identity.writing() as tx:
        found = [one for one in tx.tokens() if key and one.id.startswith(key)]
        if len(found) != 1:
            raise RequestError(
                where=say("token"),
                expected=say("the beginning of the id of one token"),
                found=say("`{key}`, which names {n}", key=key, n=len(found)),
                do=say("look: incident user tokens"),
            )
        tx.drop_tokens([found[0].id])
        record(tx, "token_revoked", by, at=gate.now(), about=found[0].user, what=found[0].name)
        tx.commit()
    return found[0]


def _must_be_theirs(user: User, made_by: str | None, carried: Sequence[Permission]) -> None:
    """Refuse to make for another what makes its bearer the second of two persons. Raises `Refused`."""
    reserved = [one for one in carried if one in IN_PERSON]
    if reserved and made_by != user.id:
        raise Refused(
            rule="not_in_person",
            where=say("scope"),
            expected=say("one that {name} makes, who has signed in", name=user.name),
            found=[f"`{one}`" for one in reserved],
            do=say("leave it out; whoever decides makes that token on the page about themselves"),
        )


def _must_have_room(tx: IdentityReading, user: User, at: int) -> None:
    """Refuse a calendar more than one person may have at once. Raises `Refused`."""
    there = [one for one in tx.tokens(user.id) if one.opens is not None and at < one.ends_at]
    if len(there) >= MOST_CALENDARS:
        raise Refused(
            rule="too_many_calendars",
            where=say("calendar"),
            expected=say("at most {n} addresses of one person", n=MOST_CALENDARS),
            found=str(len(there)),
            do=say("end one that is not needed any more, on the page about yourself"),
        )


def _scopes(scopes: Sequence[str]) -> tuple[Permission, ...]:
    known: tuple[Permission, ...] = get_args(Permission)
    found = tuple(one for one in known if one in scopes)
    strange = [one for one in scopes if one not in known]
    if strange or not found:
        raise RequestError(
            where=say("scope"),
            expected=[*known],
            found=[f"`{one}`" for one in strange] or say("nothing"),
            do=say("name what the other program has to do, and no more"),
        )
    return found


def _must_be_in_form(name: str, days: int) -> None:
    must_be_plain(say("name"), name, is_line=True)
    if not 0 < len(name.strip()) <= _MOST_NAME or not name.isprintable():
        raise RequestError(
            where=say("name"),
            expected=say("what the token is for, in at most {n} letters", n=_MOST_NAME),
            found=say("{n} letters", n=len(name.strip())),
            do=say("say which program comes with it"),
        )
    if not 0 < days <= LONGEST:
        raise RequestError(
            where=say("days"),
            expected=say("a whole number from {least} to {most}", least=1, most=LONGEST),
            found=str(days),
            do=say("correct it"),
        )
