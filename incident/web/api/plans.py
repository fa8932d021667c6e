"""The playbook that governs, as data and byte by byte; and what became of every promised time."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from incident.service import queries
from incident.views import account as accounts
from incident.views import playbook as views
from incident.views.account import Account
from incident.views.playbook import Governing
from incident.web.accounting import account_of
from incident.web.api.answers import unchanged
from incident.web.api.conditions import Code, IfNoneMatch, Since, Until
from incident.web.api.described import reads
from incident.web.files import as_file
from incident.web.site import TheSite

_TAG: Final = "playbook"


@get("/jurisdictions/{code:str}/playbook", permission="look", **reads(_TAG, versioned=True))
def playbook(site: TheSite, code: Code, if_none_match: IfNoneMatch = None) -> Response[Governing]:
    """Give the playbook that governs, resolved, as the JSON Schema of playbooks has it.

    Its `ETag` is its hash: it changes when another one governs, and with nothing else.
    """
    with site.store.reading() as tx:
        situation, found = queries.present(tx, code)
    if (same := unchanged(situation.playbook, if_none_match)) is not None:
        return same
    return Response(views.governing(situation.playbook, found), headers={"etag": f'"{situation.playbook}"'})


@get(
    "/jurisdictions/{code:str}/playbook/bytes",
    permission="look",
    media_type="application/octet-stream",
    **reads(_TAG),
)
def adopted_bytes(site: TheSite, code: Code) -> Response[bytes]:
    """Give the bytes of the playbook as they were adopted: their SHA-256 is its hash."""
    with site.store.reading() as tx:
        situation, _found = queries.present(tx, code)
        raw = tx.playbook_bytes(code, situation.playbook)
    return as_file(raw, f"{code}-{situation.playbook[:12]}.json", "application/octet-stream")


@get("/jurisdictions/{code:str}/account", permission="audit", **reads("record"))
def account(
    site: TheSite,
    code: Code,
    since: Since = None,
    until: Until = None,
    *,
    everything: Annotated[
        bool, QueryParameter(name="all", description="List every promised time, not only what went amiss.")
    ] = False,
) -> Account:
    """Account for every promised time of a period: each came to exactly one end, or `balances` is false.

    Without a period: since the incident that runs was opened, else of the last 30 days.
    """
    with site.store.reading() as tx:
        found, made = account_of(tx, code, (since, until), ("since", "until"), site.now())
    return accounts.account(found, made, everything=everything)


ROUTES: list[HTTPRouteHandler] = [playbook, adopted_bytes, account]
