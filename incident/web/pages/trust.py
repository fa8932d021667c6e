"""Whether somebody else could come in as one of two persons: their way in was changed lately, and by whom.

No rule keeps an administrator from setting a password for another and signing in with it. It is on record,
ends all their sessions, and is said to whoever is to be the other of the two, before they approve (ADR 0026).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from incident.domain import clock
from incident.domain.identity import signed_by
from incident.domain.say import Words, say
from incident.service.access import ways_in_changed
from incident.web.doors import Doors

#: Seconds for which it is said.
_LATELY: Final = 86400


def changed_ways(doors: Doors, signatures: Iterable[str | None], zone: str) -> list[Words]:
    """Say of those who signed so whose way in another person changed within a day, in which way and when.

    Who has not signed in, or whose name is erased, is passed over. Raises `StoreError`.
    """
    found: list[Words] = []
    for login in dict.fromkeys(one[1] for each in signatures if each and (one := signed_by(each))):
        for at, what, who in ways_in_changed(doors.gate, login, doors.gate.now() - _LATELY):
            found.append(
                say(
                    "{login}: {what} by {who}, {time}",
                    login=login,
                    what=_WHAT[what],
                    who=who or say("whoever keeps the server"),
                    time=clock.minute(at, zone),
                )
            )
    return found


_WHAT: Final[dict[str, Words]] = {
    "link_made": say("a link to set the password was made"),
    "password_set": say("the password was set"),
    "oidc_linked": say("another provider was linked"),
}
