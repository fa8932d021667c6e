"""Whether two acts are of one person: where one proposes and another approves, or one acts, another reviews.

    both signed in (`authenticated`)         one person where the login is the same, whatever they are called
    neither                                  one person where the name claimed is the same, or the user of the
                                             operating system: a name is typed, and proves nothing
    one signed in, the other did not         one person: nothing shows that they are two
    the program itself, or a name erased     one person, for the same reason

So whoever claims another name at the same terminal stays the same person. What cannot be told apart counts as
one: a step that needs two is rather refused than taken by one. Capitals and blanks tell nothing apart.
"""

from __future__ import annotations

from typing import Final, Protocol

from incident.domain.names import folded

#: How it is known of somebody who signed in.
AUTHENTICATED: Final = "authenticated"
#: How it is known of whom the operating system or a claim names.
_AT_TERMINALS: Final = frozenset({"os", "claimed"})


class Presser(Protocol):
    """Who acts, and how that is known; a `Request` is one too."""

    @property
    def actor(self) -> str | None:
        """How it is known."""

    @property
    def by(self) -> str | None:
        """Name; none where it is not known, or erased."""

    @property
    def os_user(self) -> str | None:
        """User of the operating system at whose terminal it was."""


def is_same_person(one: Presser, other: Presser) -> bool:
    """Tell whether two acts are of one person, or nothing shows that they are of two. Symmetric."""
    if one.by is None or other.by is None or folded(one.by) == folded(other.by):
        return True
    if one.actor == other.actor == AUTHENTICATED:
        return _login(one.by) == _login(other.by)
    if {one.actor, other.actor} - _AT_TERMINALS or one.os_user is None or other.os_user is None:
        return True
    return folded(one.os_user) == folded(other.os_user)


def is_surely_same_person(one: Presser, other: Presser) -> bool:
    """Tell whether something shows that two acts are of one person: the login, or the system's user.

    Whoever takes back what they proposed has to be so; else it is rejected. Symmetric, and never true where
    `is_same_person` is not.
    """
    if one.by is None or other.by is None:
        return False
    if one.actor == other.actor == AUTHENTICATED:
        return _login(one.by) == _login(other.by)
    if {one.actor, other.actor} - _AT_TERMINALS or one.os_user is None or other.os_user is None:
        return False
    return folded(one.os_user) == folded(other.os_user)


def _login(by: str) -> str:
    """Give the login of whoever signed in, which nobody else ever has; names can be changed."""
    from incident.domain.identity import signed_by  # a command seldom needs it

    found = signed_by(by)
    return folded(by if found is None else found[1])
