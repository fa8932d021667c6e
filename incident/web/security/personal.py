"""Noting that somebody was shown what names people: who, where, which page, in the record of access."""

from __future__ import annotations

from typing import Any

from litestar import Request

from incident.domain.identity import SignedIn
from incident.service import access
from incident.service.access import By
from incident.web.doors import Doors
from incident.web.security.rules import address_of


def read_personal(doors: Doors, request: Request[SignedIn, Any, Any], code: str, what: str) -> None:
    """Note it, once for a page; `what` says which. Raises `StoreError`: what cannot be noted is not shown."""
    by = By(user=request.user.user, address=address_of(request))
    access.note(doors.gate, "read_personal", by, jurisdiction=code, what=what)
