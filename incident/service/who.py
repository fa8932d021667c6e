"""Who acts, how that is known, and by what an act is known again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from incident.domain import inputs
from incident.domain.errors import Refused, RequestError
from incident.domain.names import folded
from incident.domain.request import Actor
from incident.domain.say import Words, say

if TYPE_CHECKING:
    from incident.domain.identity import SignedIn


class Who(Struct, frozen=True, kw_only=True):
    """Who acts, and how that is known."""

    actor: Actor | None = None
    by: str | None = None
    os_user: str | None = None
    #: Who had signed in, with what they may; none where nobody had to.
    person: SignedIn | None = None

    def said(self) -> tuple[str | None, str | None]:
        """Give the words in it."""
        return self.by, self.os_user


def signed_in(person: SignedIn) -> Who:
    """Say who acts who has signed in: the name they are shown by, and the login that nobody else has."""
    from incident.domain.identity import signature

    return Who(actor="authenticated", by=signature(person.name, person.login), person=person)


def must_be_in_person(who: Who) -> None:
    """Keep from what takes two persons a token that somebody else made than the one it names.

    Whoever made it may have kept it, and would be both of the two (ADR 0026). Raises `Refused`.
    """
    token = None if who.person is None else who.person.token
    if who.person is not None and token is not None and not token.is_own:
        raise Refused(
            rule="not_in_person",
            where=say("what takes two persons"),
            expected=say("{name} in person, or by a token that they made themselves", name=who.person.name),
            found=say("a token for {name} that somebody else made", name=token.name),
            do=say("sign in, or make a token of your own on the page about yourself"),
        )


class Origin(NamedTuple):
    """Where an act comes from; the same source and id a second time is the same act."""

    who: Who
    source: str
    id: str
    #: How many entries the journal has to have still, by what was looked at; none: any.
    version: int | None = None


class Why(NamedTuple):
    """Why and on what basis two people do what cannot be undone; the other name beside whoever presses."""

    second: str
    reason: str
    #: None where none is needed.
    basis: str | None = None


def two_names(where: Words, origin: Origin, why: Why) -> Why:
    """Give what was said without blanks around it, once it is a reason, two names and a basis.

    Raises `RequestError`. Names are claims, and so is that they are of two people: they stand in the record.
    """
    second, reason, basis = (words and words.strip() for words in why)
    if not (reason and second) or folded(second) == folded(origin.who.by or ""):
        raise RequestError(
            where=where,
            expected=say("a reason, and the names of two people"),
            found=say("one name or no reason"),
            do=say("give {all}", all=[inputs.REASON, inputs.BY, inputs.WITH]),
        )
    must_say_basis(basis)
    return Why(second, reason, basis)


def must_say_basis(basis: str | None) -> None:
    """Refuse a basis that is blank. Raises `RequestError`."""
    if basis is not None and not basis.strip():
        raise RequestError(
            where=inputs.BASIS,
            expected=say("an instrument and its clause"),
            found=say("nothing"),
            do=say("name what allows it"),
        )
