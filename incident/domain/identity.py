"""People who sign in: what is kept of them, of how they come in, and of what they did there.

Secrets are never kept: of a session, token, device or link there is the SHA-256 of what its holder has, and
of a password what `ports_identity.Passwords` makes of it. Instants are in seconds since 1970.

A person is known by an id that says nothing, so that records which are never changed name nobody. A login is
given once and never to somebody else: users are disabled, not taken away.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from incident.domain.permission import EVERYWHERE, Grant, Permission, may, may_somewhere

#: A login as it is kept: folded, of letters, digits and few signs.
_LOGIN: Final = re.compile(r"[\w.@-]{1,64}")
#: How what an authenticated person pressed is signed: a name, then a login in brackets.
_SIGNATURE: Final = re.compile(r"(?P<name>.+) \((?P<login>[\w.@-]{1,64})\)", re.DOTALL)

#: Seconds for which a line of the record of access is kept at the least: six months at their longest. The
#: Cybersecurity Law asks for them of network logs (网络安全法 of 2026, art. 23, no. 3).
KEPT_AT_LEAST: Final = 184 * 86400

#: What an access record is about.
AccessKind = Literal[
    "login",
    "login_failed",
    "logout",
    "refused",
    "read_personal",
    "session_revoked",
    "password_set",
    "link_made",
    "link_used",
    "user_added",
    "user_changed",
    "user_disabled",
    "user_enabled",
    "grant_added",
    "grant_revoked",
    "token_made",
    "token_revoked",
    "oidc_linked",
    "oidc_unlinked",
    "access_dropped",
]


class User(Struct, frozen=True, kw_only=True):
    """Somebody who can sign in."""

    #: Says nothing and never changes.
    id: str
    login: str
    #: What they are called on screens and in the journal.
    name: str
    #: What is kept of the password; none for who comes by a link or another provider alone.
    password: str | None = None
    #: Their sign in the directory of people (`people.py`).
    sign: str | None = None
    created_at: int
    disabled_at: int | None = None
    #: Whether the password has to be another before anything else is done.
    must_change: bool = False


class Session(Struct, frozen=True, kw_only=True):
    """One person signed in on one device."""

    #: SHA-256 of its token.
    id: str
    user: str
    created_at: int
    seen_at: int
    #: When it ends whatever is done.
    ends_at: int
    #: What forms of this session prove themselves with.
    csrf: str
    address: str
    #: What the browser says it is, shortened.
    agent: str
    #: The device it was begun on; ending the session forgets it.
    device: str


class Token(Struct, frozen=True, kw_only=True):
    """What another program comes with, in somebody's name."""

    #: SHA-256 of it.
    id: str
    user: str
    #: What it is for.
    name: str
    #: What of that person's permissions it carries, and below which jurisdiction.
    scopes: tuple[Permission, ...]
    root: str
    created_at: int
    ends_at: int
    used_at: int | None = None
    #: Who made it, by id; none for whoever had not signed in: at the command line, or by another token.
    made_by: str | None = None
    #: What alone it opens, where that is one calendar; none for what its scopes let it.
    opens: str | None = None

    @property
    def is_own(self) -> bool:
        """Tell whether the person in whose name it comes made it: nobody else has seen it then."""
        return self.made_by == self.user


class Device(Struct, frozen=True, kw_only=True):
    """A browser from which somebody has signed in before."""

    #: SHA-256 of what it keeps.
    id: str
    user: str
    created_at: int
    used_at: int
    #: Where it was when it was used last.
    address: str


class Link(Struct, frozen=True, kw_only=True):
    """Lets whoever has it set somebody's password, once; or, where nobody is yet, make the first user."""

    #: SHA-256 of it.
    id: str
    #: None for the one that makes the first user.
    user: str | None
    created_at: int
    ends_at: int


class Subject(Struct, frozen=True, kw_only=True):
    """Somebody as another provider knows them."""

    issuer: str
    subject: str
    user: str
    linked_at: int


class Failures(Struct, frozen=True, kw_only=True):
    """How often signing in failed lately, of one login, address, place or device."""

    key: str
    count: int
    #: When it failed last, and before when it is not tried again.
    at: int
    free_at: int


class Access(Struct, frozen=True, kw_only=True):
    """One line of the record of who came in, was kept out, or read what names people."""

    #: Its number; given when it is kept.
    seq: int = -1
    at: int
    kind: AccessKind
    #: Who did it, by id; none where nobody had signed in.
    user: str | None = None
    #: User of the operating system, where it was done at the command line.
    os_user: str | None = None
    #: Of the login that was typed, where it is nobody's: a digest, for it may be a password.
    claimed: str | None = None
    #: Whom it was done to, by id.
    about: str | None = None
    jurisdiction: str | None = None
    #: What exactly: a page, a role, the rule that refused.
    what: str | None = None
    #: From where.
    address: str | None = None


class SignedIn(Struct, frozen=True, kw_only=True):
    """A person who is known, with all that is needed to say what they may do."""

    user: str
    login: str
    name: str
    sign: str | None
    grants: tuple[Grant, ...]
    must_change: bool = False
    #: The session, or the token, they came with.
    session: Session | None = None
    token: Token | None = None


def may_do(person: SignedIn, permission: Permission, path: Sequence[str]) -> bool:
    """Tell whether a person may do something in a jurisdiction; see `permission.may` for the path.

    A token permits what its person may, within its scopes and below its root.
    """
    token = person.token
    if token is not None:
        is_within = token.root == EVERYWHERE or token.root in path
        if permission not in token.scopes or not is_within:
            return False
    return may(person.grants, permission, path)


def may_do_somewhere(person: SignedIn, permission: Permission) -> bool:
    """Tell whether a person may do something in any jurisdiction at all."""
    token = person.token
    return (token is None or permission in token.scopes) and may_somewhere(person.grants, permission)


def digest(secret: str) -> str:
    """Give what is kept of a secret that is random: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def claimed(login: str) -> str:
    """Give what is kept of a login that is nobody's; short, for somebody may have typed a password there."""
    return digest(folded(login))[:16]


def folded(login: str) -> str:
    """Give a login as it is kept and compared: capitals and wide signs tell nothing apart.

    What no database and no screen takes becomes what is in no login.
    """
    shown = "".join(one if one.isprintable() else "?" for one in login.strip())
    return unicodedata.normalize("NFKC", shown).casefold()


def is_login(login: str) -> bool:
    """Tell whether a folded login is in due form: at most 64 letters, digits, `.`, `-`, `_`, `@`."""
    return _LOGIN.fullmatch(login) is not None


def signature(name: str, login: str) -> str:
    """Give how the journal names who had signed in: `王伟 (wangwei)`."""
    return f"{name} ({login})"


def signed_by(words: str) -> tuple[str, str] | None:
    """Give name and login of what `signature` wrote, of which it is the inverse; none for anything else."""
    found = _SIGNATURE.fullmatch(words)
    return None if found is None else (found["name"], found["login"])
