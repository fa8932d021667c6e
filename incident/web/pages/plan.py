"""The playbook of a jurisdiction as a plan to read, its versions, and what they differ in.

    GET  plan                   the plan that governs; an earlier one by `?version=`, compared by `?than=`
    GET  plan/{digest}/bytes    a version as it was adopted: the bytes whose SHA-256 is its name

What is checked is checked by the rules of today; the rules that warned when it was adopted are on record.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain.identity import SignedIn, may_do
from incident.service import paths
from incident.service.ports import Reading
from incident.service.versions import versions
from incident.views.versions import compared
from incident.web.pages.now import drawing
from incident.web.pages.place import place_of
from incident.web.pages.reading import checked, reading
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]


@get("/j/{code:str}/plan", permission="look", sync_to_thread=True)
def plan(
    request: _Ask,
    site: TheSite,
    code: FromPath[str],
    version: FromQuery[str | None] = None,
    than: FromQuery[str | None] = None,
) -> Response[str]:
    """Show the plan that governs, or an earlier version of it; and what it has that another has not."""
    with site.store.reading() as tx:
        place, situation, playbook = place_of(request, tx, code, "/plan")
        adoptions = versions(tx, code)
        shown = situation.playbook if version is None else known(tx, code, version)
        if shown != situation.playbook:
            playbook = tx.playbook(code, shown)
        other = None if than is None else tx.playbook(code, known(tx, code, than))
        path = paths.path_of(tx, code)
    is_governing = shown == situation.playbook
    return page(
        request,
        "plan.html",
        place=place,
        shown=shown,
        governing=situation.playbook,
        versions=adoptions,
        than=than,
        compared=None if other is None else compared(other, playbook),
        reading=reading(playbook),
        problems=checked(playbook),
        diagram=drawing(playbook, situation.state if is_governing else None),
        may_adopt=may_do(request.user, "adopt", path),
        incident=situation.incident,
    )


def known(tx: Reading, code: str, digest: str) -> str:
    """Give the hash of a version that is kept. Raises `NotFoundException` for any other."""
    if digest not in tx.playbooks(code):
        raise NotFoundException
    return digest


@get("/j/{code:str}/plan/{digest:str}/bytes", permission="look", sync_to_thread=True)
def download(site: TheSite, code: FromPath[str], digest: FromPath[str]) -> Response[bytes]:
    """Give a version as it was adopted: its resolved form, to the byte."""
    with site.store.reading() as tx:
        body = tx.playbook_bytes(code, known(tx, code, digest))
    name = f"playbook-{code}-{digest[:12]}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/json", headers=headers)


ROUTES: list[HTTPRouteHandler] = [plan, download]
