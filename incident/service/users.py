"""Who can sign in, and what they may do where. Each change is in the record of access.

Whoever administers everywhere can be taken away only while somebody else does too. A change that lessens what
somebody may do holds at once: grants are looked at with every request.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, get_args

from msgspec.structs import replace

from incident.domain.errors import Refused, RequestError
from incident.domain.identity import Subject, User, folded, is_login
from incident.domain.people import HOLDER
from incident.domain.permission import EVERYWHERE, ROLES, Grant, Role
from incident.domain.say import Words, say
from incident.service.access import By, record
from incident.service.passwords import must_be_good
from incident.service.ports_identity import Gate, IdentityReading, IdentityWriting
from incident.service.words import must_be_plain

#: Letters of a shown name.
_MOST_NAME: Final = 64
_CODE: Final = re.compile(r"[0-9]{2,12}")
#: Without one who has it nobody could let anybody in.
_CHIEF: Final = Grant("administrator", EVERYWHERE)


class Listed(NamedTuple):
    """A user, with what they may do and as whom other providers know them."""

    user: User
    grants: list[Grant]
    subjects: list[Subject]


def everybody(gate: Gate) -> list[Listed]:
    """List all users, by login."""
    with gate.identity.reading() as tx:
        return [Listed(one, tx.grants(one.id), tx.subjects(one.id)) for one in tx.users()]


def find(tx: IdentityReading, login: str) -> User:
    """Give the user with a login. Raises `RequestError`."""
    found = tx.user_of(folded(login))
    if found is None:
        raise RequestError(
            where=say("login"),
            expected=say("the login of a user"),
            found=f"`{login}`",
            do=say("look: incident user list"),
        )
    return found


def add(
    gate: Gate, login: str, name: str, by: By, *, sign: str | None = None, password: str | None = None
) -> User:
    """Let somebody sign in; with a password given to them, which they have to change, or without one.

    Raises `RequestError`, also for a login that is taken.
    """
    kept = None if password is None else gate.passwords.keep(must_be_good(password, folded(login)))
    with gate.identity.writing() as tx:
        user = put_new(tx, gate, login, name, by, sign=sign, password=kept, must_change=True)
        tx.commit()
    return user


def put_new(
    tx: IdentityWriting,
    gate: Gate,
    login: str,
    name: str,
    by: By,
    *,
    sign: str | None = None,
    password: str | None = None,
    must_change: bool = False,
) -> User:
    """Keep a new user, in a transaction of the caller's. Raises `RequestError`."""
    user = User(
        id=gate.chance(8).hex(),
        login=_free(tx, login),
        name=_name(name),
        password=password,
        sign=_own_sign(tx, sign),
        created_at=gate.now(),
        must_change=must_change and password is not None,
    )
    tx.put_user(user)
    record(tx, "user_added", by, at=user.created_at, about=user.id)
    return user


def rename(gate: Gate, login: str, by: By, *, name: str | None = None, sign: str | None = None) -> User:
    """Call a user otherwise, or say who they are in the directory of people (`-` takes that away).

    Raises `RequestError`.
    """
    with gate.identity.writing() as tx:
        user = find(tx, login)
        named = user.name if name is None else _name(name)
        signed = user.sign if sign is None else None if sign == "-" else _own_sign(tx, sign, user.id)
        after = replace(user, name=named, sign=signed)
        tx.put_user(after)
        record(tx, "user_changed", by, at=gate.now(), about=user.id)
        tx.commit()
    return after


def disable(gate: Gate, login: str, by: By) -> User:
    """Let somebody in no more, and end all they came by. Raises `RequestError`; `Refused` for the last."""
    with gate.identity.writing() as tx:
        user = find(tx, login)
        _must_leave_a_chief(tx, user)
        at = gate.now()
        after = user if user.disabled_at is not None else replace(user, disabled_at=at)
        tx.put_user(after)
        end_all(tx, user)
        tx.drop_tokens([one.id for one in tx.tokens(user.id)])
        record(tx, "user_disabled", by, at=at, about=user.id)
        tx.commit()
    return after


def enable(gate: Gate, login: str, by: By) -> User:
    """Let somebody in again, by the password they had. Raises `RequestError`."""
    with gate.identity.writing() as tx:
        user = find(tx, login)
        after = replace(user, disabled_at=None)
        tx.put_user(after)
        record(tx, "user_enabled", by, at=gate.now(), about=user.id)
        tx.commit()
    return after


def set_password(gate: Gate, login: str, password: str, by: By, *, must_change: bool = True) -> User:
    """Give somebody another password, which ends their sessions and forgets their devices.

    Raises `RequestError`.
    """
    kept = gate.passwords.keep(must_be_good(password, folded(login)))
    with gate.identity.writing() as tx:
        user = find(tx, login)
        after = replace(user, password=kept, must_change=must_change)
        tx.put_user(after)
        end_all(tx, user)
        record(tx, "password_set", by, at=gate.now(), about=user.id)
        tx.commit()
    return after


def end_all(tx: IdentityWriting, user: User) -> None:
    """End the sessions, devices and links of a user, in a transaction of the caller's."""
    tx.drop_sessions([one.id for one in tx.sessions(user.id)])
    tx.drop_devices([one.id for one in tx.devices(user.id)])
    tx.drop_links(user.id)


def grant(gate: Gate, login: str, role: str, root: str, by: By) -> Grant:
    """Give somebody a role in a jurisdiction and all below it, or everywhere (`*`). Raises `RequestError`."""
    wanted = read_grant(role, root)
    with gate.identity.writing() as tx:
        user = find(tx, login)
        put_grant(tx, user, wanted, by, at=gate.now())
        tx.commit()
    return wanted


def put_grant(tx: IdentityWriting, user: User, wanted: Grant, by: By, *, at: int) -> None:
    """Keep a grant, in a transaction of the caller's."""
    tx.put_grant(user.id, wanted, at)
    record(tx, "grant_added", by, at=at, about=user.id, what=" ".join(wanted))


def revoke(gate: Gate, login: str, role: str, root: str, by: By) -> Grant:
    """Take a role away. Raises `RequestError` where it was not given, `Refused` for the last chief."""
    wanted = read_grant(role, root)
    with gate.identity.writing() as tx:
        user = find(tx, login)
        if wanted == _CHIEF:
            _must_leave_a_chief(tx, user)
        if not tx.drop_grant(user.id, wanted):
            raise RequestError(
                where=say("grant"),
                expected=[f"{one.role} {one.root}" for one in tx.grants(user.id)] or say("no grant"),
                found=f"{wanted.role} {wanted.root}",
                do=say("look: incident user list"),
            )
        record(tx, "grant_revoked", by, at=gate.now(), about=user.id, what=" ".join(wanted))
        tx.commit()
    return wanted


def link_subject(gate: Gate, login: str, issuer: str, subject: str, by: By) -> Subject:
    """Say as whom another provider knows a user, so that they may come by it. Raises `RequestError`."""
    _must_be_plain(issuer, subject)
    with gate.identity.writing() as tx:
        user = find(tx, login)
        found = tx.subject(issuer, subject)
        if found is not None and found.user != user.id:
            raise RequestError(
                where=say("subject"),
                expected=say("one that is linked to nobody else"),
                found=f"`{subject}`",
                do=say("take that link away first"),
            )
        linked = Subject(issuer=issuer, subject=subject, user=user.id, linked_at=gate.now())
        if found is None:
            tx.put_subject(linked)
            record(tx, "oidc_linked", by, at=linked.linked_at, about=user.id, what=issuer)
        tx.commit()
    return found or linked


def unlink_subject(gate: Gate, login: str, issuer: str, subject: str, by: By) -> bool:
    """Take such a link of a user away; tells whether it was there. Raises `RequestError`."""
    _must_be_plain(issuer, subject)
    with gate.identity.writing() as tx:
        user = find(tx, login)
        found = tx.subject(issuer, subject)
        is_theirs = found is not None and found.user == user.id
        if is_theirs:
            tx.drop_subject(issuer, subject)
            record(tx, "oidc_unlinked", by, at=gate.now(), about=user.id, what=issuer)
        tx.commit()
    return is_theirs


def _must_be_plain(issuer: str, subject: str) -> None:
    for words in (issuer, subject):
        must_be_plain(say("provider"), words, is_line=True)


def read_grant(role: str, root: str) -> Grant:
    """Read a role and where it holds. Raises `RequestError`."""
    known: tuple[Role, ...] = get_args(Role)
    found = next((one for one in known if one == role), None)
    if found is None:
        raise RequestError(
            where=say("role"),
            expected=[*known],
            found=f"`{role}`",
            do=say("choose one of those"),
        )
    if found == "administrator" and root != EVERYWHERE:
        raise _no_root(say("`*`, for {role} is who is so everywhere", role=ROLES[found]), root)
    return Grant(found, read_root(root))


def read_root(root: str) -> str:
    """Read where something holds: below a jurisdiction, or everywhere. Raises `RequestError`."""
    if root != EVERYWHERE and not _CODE.fullmatch(root):
        raise _no_root(say("the code of a jurisdiction, or `*` for all"), root)
    return root


def _no_root(expected: Words, root: str) -> RequestError:
    return RequestError(
        where=say("where it holds"), expected=expected, found=f"`{root}`", do=say("correct it")
    )


def _must_leave_a_chief(tx: IdentityReading, user: User) -> None:
    """Refuse to take the last one away who administers everywhere. Raises `Refused`."""
    chiefs = [tx.user(one) for one in tx.holders(_CHIEF)]
    able = {one.id for one in chiefs if one is not None and one.disabled_at is None}
    if able == {user.id}:
        raise Refused(
            rule="last_administrator",
            where=say("user {login}", login=user.login),
            expected=say("another administrator, who is not disabled"),
            found=say("none"),
            do=say("make somebody else administrator first: `incident user grant LOGIN administrator '*'`"),
        )


def _free(tx: IdentityReading, login: str) -> str:
    """Give a login as it is kept, once it is in due form and nobody's. Raises `RequestError`."""
    given = folded(login)
    if not is_login(given) or tx.user_of(given) is not None:
        raise RequestError(
            where=say("login"),
            expected=say("at most 64 letters, digits, `.`, `-`, `_`, `@`; nobody else's"),
            found=f"`{login}`",
            do=say("choose another one; it cannot be changed later"),
        )
    return given


def _name(name: str) -> str:
    must_be_plain(say("name"), name.strip(), is_line=True)
    given = " ".join(name.split())
    if not given or len(given) > _MOST_NAME or not given.isprintable():
        raise RequestError(
            where=say("name"),
            expected=say("a name of at most {n} letters", n=_MOST_NAME),
            found=say("{n} letters", n=len(given)),
            do=say("give the name that is to be shown"),
        )
    return given


def _own_sign(tx: IdentityReading, sign: str | None, whose: str | None = None) -> str | None:
    """Give a sign that stands for no other user: two logins of one person are no two persons.

    Raises `RequestError`.
    """
    given = _sign(sign)
    other = next((one for one in tx.users() if given and one.sign == given and one.id != whose), None)
    if other is not None:
        raise RequestError(
            where=say("sign"),
            expected=say("one that is nobody else's"),
            found=say("{sign}, that of {login}", sign=given, login=other.login),
            do=say("take it away there first: incident user rename {login}", login=other.login),
        )
    return given


def _sign(sign: str | None) -> str | None:
    if sign is not None and not HOLDER.fullmatch(sign):
        raise RequestError(
            where=say("sign"),
            expected=say("a sign such as P9 or ZJ-0031"),
            found=f"`{sign}`",
            do=say("give the sign of that person in the directory"),
        )
    return sign
