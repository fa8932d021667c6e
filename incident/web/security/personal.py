"""Names of people on pages: who may see them, and that they were seen.

A page that keeps itself fresh asks again with every change. That is one reading as long as it is the same
person in the same session who looks at the same page from the same address: noted anew every ten minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from litestar import Request

from incident.domain.identity import SignedIn, may_do
from incident.service.access import By, note
from incident.web.security.rules import address_of

if TYPE_CHECKING:
    from incident.web.doors import Doors

#: Seconds for which looking on is the same reading, and how many such are kept in mind.
_SAME: Final = 600.0
_MANY: Final = 4096


class Noted:
    """Which readings were noted lately. What two threads note at once is noted twice."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Begin with none; `clock` is in seconds, and nobody can set it."""
        self._clock = clock
        self._at: OrderedDict[tuple[str | None, ...], float] = OrderedDict()

    def is_known(self, reading: tuple[str | None, ...]) -> bool:
        """Tell whether a reading was noted within the last minutes."""
        noted = self._at.get(reading)
        return noted is not None and self._clock() < noted + _SAME

    def remember(self, reading: tuple[str | None, ...]) -> None:
        """Keep in mind that a reading has been noted."""
        self._at[reading] = self._clock()
        self._at.move_to_end(reading)
        while len(self._at) > _MANY:
            self._at.popitem(last=False)


def may_read_personal(request: Request[SignedIn, Any, Any], path: Sequence[str]) -> bool:
    """Tell whether who asks may see names in the jurisdiction of this path."""
    return may_do(request.user, "people_read", path)


def read_personal(doors: Doors, request: Request[SignedIn, Any, Any], code: str, what: str) -> None:
    """Note that who asks is shown names in a jurisdiction; `what` says on which page. Raises `StoreError`."""
    user, address = request.user, address_of(request)
    session = user.session.id if user.session else user.token.id if user.token else None
    reading = (user.user, session, address, code, what)
    if not doors.noted.is_known(reading):
        by = By(user=user.user, address=address)
        note(doors.gate, "read_personal", by, jurisdiction=code, what=what)
        doors.noted.remember(reading)
