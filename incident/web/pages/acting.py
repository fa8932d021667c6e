"""What all pages share that carry out an act: by whom, known by what, and where it goes on afterwards."""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Request
from litestar.response import Redirect

from incident.domain.facts import RequestRefused
from incident.domain.identity import SignedIn
from incident.service.handle import Outcome
from incident.service.who import Origin, signed_in
from incident.web.forms import Form, go
from incident.web.site import Site

#: Source of what is pressed on a page.
SOURCE: Final = "console"


def new_id() -> str:
    """Give the identity of an act that a form is about; the form carries it: pressing twice is one act."""
    return str(uuid.uuid4())


def origin_of(request: Request[SignedIn, Any, Any], form: Form) -> Origin:
    """Say who presses, and by what the act is known again."""
    return Origin(signed_in(request.user), SOURCE, form.get("id") or new_id())


def said(form: Form, name: str) -> str | None:
    """Give what was typed into a field; none where that is nothing."""
    return form.get(name, "").strip() or None


def done_with(site: Site, outcome: Outcome) -> Redirect:
    """Tell who waits for news, and show what was recorded: what was done, or why not."""
    entry = outcome.entry
    refusal = next((fact for fact in entry.facts if isinstance(fact, RequestRefused)), None)
    site.live.ring()
    site.log(
        "info",
        "refused" if refusal else "decided",
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        step=entry.step,
        rule=refusal.rule if refusal else None,
    )
    return go(f"/j/{entry.jurisdiction}/done/{entry.seq}")
