"""Names of people are shown to whoever may see them, and that they were is put on record."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request

from incident.domain.identity import AccessKind, SignedIn, may_do
from incident.service import access, paths
from incident.service.access import By
from incident.service.ports import Reading
from incident.service.ports_identity import WantedAccess
from incident.web.doors import Doors
from incident.web.security.rules import address_of

#: Seconds for which a look at the same is one look: a page that is open renews itself.
ONE_LOOK: Final = 300
#: Lines of the record that are looked through for that.
_FEW: Final = 20


def may_see_people(request: Request[SignedIn, Any, Any], tx: Reading, code: str) -> bool:
    """Tell whether whoever asks may see names and addresses of people in a jurisdiction."""
    return may_do(request.user, "people_read", paths.path_of(tx, code))


def read_personal(doors: Doors, request: Request[SignedIn, Any, Any], code: str, what: str) -> None:
    """Put on record that somebody read what names people; once for as long as it is one look."""
    person, address = request.user, address_of(request)
    kinds: tuple[AccessKind, ...] = ("read_personal",)
    since = doors.gate.now() - ONE_LOOK
    wanted = WantedAccess(since=since, kinds=kinds, user=person.user, jurisdiction=code)
    if any(one.what == what and one.address == address for one in access.look(doors.gate, wanted, _FEW)):
        return
    by = By(user=person.user, address=address)
    access.note(doors.gate, "read_personal", by, jurisdiction=code, what=what)
