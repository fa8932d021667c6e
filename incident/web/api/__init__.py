"""The API: what stands and what happened as JSON, and the same acts. Its types are those of `incident.views`.

Described by OpenAPI 3.1 at `/api/openapi.json`; the guide is docs/api.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Router

from incident.web.api import (
    acts,
    commands,
    directives,
    duty,
    events,
    evidence,
    jurisdictions,
    plans,
    proposals,
    record,
    reports,
    small_acts,
)
from incident.web.api.events import UnsupportedException

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler


def takes_json(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse another kind of content than a form is described in. Raises `UnsupportedException`.

    No page of another site can send JSON without being asked whether it may.
    """
    field = handler.parsed_data_field
    if field is None:
        return
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedException(detail="send application/json")


#: All of it, below one address.
API: Router = Router(
    "/api/v1",
    guards=[takes_json],
    route_handlers=[
        *jurisdictions.ROUTES,
        *acts.ROUTES,
        *commands.ROUTES,
        *proposals.ROUTES,
        *events.ROUTES,
        *small_acts.ROUTES,
        *directives.ROUTES,
        *duty.ROUTES,
        *reports.ROUTES,
        *record.ROUTES,
        *evidence.ROUTES,
        *plans.ROUTES,
    ],
)
