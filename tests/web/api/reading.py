"""What was read, as the record of access has it."""

from __future__ import annotations

from incident.service import access
from incident.service.ports_identity import WantedAccess
from tests.web.serving import Served


def read_of(served: Served, login: str) -> list[str | None]:
    """Give which readings of names were noted of somebody, the newest first."""
    with served.gate.identity.reading() as tx:
        user = tx.user_of(login)
    assert user is not None
    return [one.what for one in access.look(served.gate, WantedAccess(user=user.id, kinds=["read_personal"]))]
