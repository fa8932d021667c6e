"""What all pages share that carry out an act: by whom, known by what, and where it goes on afterwards."""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Request
from litestar.response import Redirect

from incident.domain.errors import RequestError
from incident.domain.identity import SignedIn, may_do
from incident.domain.names import folded
from incident.domain.permission import Permission
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.service import paths
from incident.service.handle import Outcome
from incident.service.ports import Reading
from incident.service.who import Origin, signed_in
from incident.web.forms import Form, go
from incident.web.recording import recorded
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


def may_here(request: Request[SignedIn, Any, Any], tx: Reading, code: str, permission: Permission) -> bool:
    """Tell whether who asks may do something in a jurisdiction."""
    return may_do(request.user, permission, paths.path_of(tx, code))


def done_with(site: Site, outcome: Outcome) -> Redirect:
    """Tell who waits for news, and show what was recorded: what was done, or why not."""
    recorded(site, outcome)
    return go(f"/j/{outcome.entry.jurisdiction}/done/{outcome.entry.seq}")


def must_be_named(playbook: Playbook, words: str) -> None:
    """Ask for the name of the jurisdiction, so that nobody presses for another one. Raises `RequestError`."""
    name = playbook.jurisdiction.name
    if folded(words) not in (folded(name.zh), folded(name.en)):
        raise RequestError(
            where=say("confirmation"),
            expected=name,
            found=f"`{words}`" if words else say("nothing"),
            do=say("type the name of the jurisdiction"),
        )
