"""The record of access: who came in, who was kept out, who read what names people, who changed who may.

It only grows. It names nobody: people stand in it by id, and what was typed as a login that is nobody's by a
digest. It is no journal: nothing is proven by it, and it can be read only where users are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from incident.domain.identity import Access, AccessKind
from incident.domain.say import say, visible
from incident.service.ports_identity import Gate, IdentityReading, IdentityWriting, WantedAccess
from incident.service.words import must_be_plain

#: What takes from somebody what they could do a moment ago.
LESSENING: Final[frozenset[AccessKind]] = frozenset(
    {
        "logout",
        "session_revoked",
        "password_set",
        "link_used",
        "user_disabled",
        "grant_revoked",
        "token_revoked",
    }
)
#: What lets in as somebody whoever did it.
WAYS_IN: Final[frozenset[AccessKind]] = frozenset({"link_made", "password_set", "oidc_linked"})
#: Lines that are read at once. Where more are new, one of them may be such that lessens.
_NEW: Final = 100
#: Letters of what was done that are kept.
_MOST: Final = 300


class By(NamedTuple):
    """Who does something, and from where."""

    #: By id; none for who has not signed in.
    user: str | None = None
    #: User of the operating system, at the command line.
    os_user: str | None = None
    address: str | None = None


#: What the program does by itself.
NOBODY: Final = By()


def note(
    gate: Gate,
    kind: AccessKind,
    by: By,
    *,
    about: str | None = None,
    jurisdiction: str | None = None,
    what: str | None = None,
) -> Access:
    """Add a line to the record, in a transaction of its own."""
    with gate.identity.writing() as tx:
        noted = record(tx, kind, by, at=gate.now(), about=about, jurisdiction=jurisdiction, what=what)
        tx.commit()
    return noted


def record(
    tx: IdentityWriting,
    kind: AccessKind,
    by: By,
    *,
    at: int,
    about: str | None = None,
    claimed: str | None = None,
    jurisdiction: str | None = None,
    what: str | None = None,
) -> Access:
    """Add a line to the record, in the transaction in which it was done."""
    return tx.note(
        Access(
            at=at,
            kind=kind,
            user=by.user,
            os_user=by.os_user,
            address=None if by.address is None else visible(by.address),
            about=about,
            claimed=claimed,
            jurisdiction=jurisdiction,
            what=None if what is None else visible(what)[:_MOST],
        )
    )


def look(gate: Gate, wanted: WantedAccess = WantedAccess(), limit: int = 100) -> list[Access]:  # noqa: B008 - frozen
    """Give the newest lines that are wanted; the next page is those `before` the last one's number.

    Raises `RequestError` for a jurisdiction that no database can be asked for.
    """
    must_be_plain(say("jurisdiction"), wanted.jurisdiction or "", is_line=True)
    with gate.identity.reading() as tx:
        return tx.accesses(wanted, limit)


def lessened(gate: Gate, known: int | None) -> tuple[int, bool]:
    """Give the number of the newest line, and whether since line `known` somebody may less than before.

    Where nothing is new that is one look at one line; -1 where there is none. By number, for a clock may be
    set back.
    """
    with gate.identity.reading() as tx:
        newest = next((one.seq for one in tx.noted_last(1)), -1)
        if known is None or newest <= known:
            return newest, False
        new = [one for one in tx.noted_last(_NEW) if one.seq > known]
    return newest, len(new) == _NEW or any(one.kind in LESSENING for one in new)


def ways_in_changed(gate: Gate, login: str, since: int) -> list[tuple[int, AccessKind, str | None]]:
    """List when, how and by which login another changed somebody's way in since an instant, newest first.

    None stands for who had not signed in; nothing is listed for a login that is nobody's.
    """
    with gate.identity.reading() as tx:
        user = tx.user_of(login)
        if user is None:
            return []
        wanted = WantedAccess(since=since, kinds=WAYS_IN, user=user.id)
        others = [one for one in _each(tx, wanted) if one.about == user.id and one.user != user.id]
        makers = [None if one.user is None else tx.user(one.user) for one in others]
    found = zip(others, makers, strict=True)
    return [(one.at, one.kind, None if made is None else made.login) for one, made in found]


def _each(tx: IdentityReading, wanted: WantedAccess) -> Iterator[Access]:
    """Give all lines that are wanted, newest first: whoever adds many pushes none out of sight."""
    while True:
        lines = tx.accesses(wanted, _NEW)
        yield from lines
        if len(lines) < _NEW:
            return
        wanted = replace(wanted, before=lines[-1].seq)
