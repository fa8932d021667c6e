"""What pages share on which something is done that is no event: who does it, and what may be done here."""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Request

from incident.domain.facts import RequestRefused
from incident.domain.identity import SignedIn, may_do
from incident.domain.permission import Permission
from incident.service import paths
from incident.service.handle import Outcome
from incident.service.ports import Reading
from incident.service.who import Origin, signed_in
from incident.web.forms import Form
from incident.web.site import Site

#: Source of what is pressed on a page.
SOURCE: Final = "console"


def origin_of(request: Request[SignedIn, Any, Any], form: Form) -> Origin:
    """Say where an act comes from; the form carries its identity, so that pressing twice is one act."""
    return Origin(signed_in(request.user), SOURCE, form.get("id") or fresh_id())


def fresh_id() -> str:
    """Give an identity for the act that a form is for."""
    return str(uuid.uuid4())


def may_here(request: Request[SignedIn, Any, Any], tx: Reading, code: str, permission: Permission) -> bool:
    """Tell whether whoever asks may do something in a jurisdiction."""
    return may_do(request.user, permission, paths.path_of(tx, code))


def recorded(site: Site, outcome: Outcome) -> None:
    """Tell everybody who waits, and the log, what was recorded."""
    entry = outcome.entry
    refusal = next((fact for fact in entry.facts if isinstance(fact, RequestRefused)), None)
    site.live.ring()
    site.log(
        "info",
        "refused" if refusal else "done",
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        verb=entry.verb,
        rule=refusal.rule if refusal else None,
    )
