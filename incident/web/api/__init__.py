"""The API: what stands and what happened as JSON, and the same acts. Its types are those of `incident.views`.

Described by OpenAPI 3.1 at `/api/openapi.json`; the guide is docs/api.md.
"""

from __future__ import annotations

from litestar import Router

from incident.web.api import (
    acts,
    commands,
    directives,
    duty,
    events,
    evidence,
    jurisdictions,
    messages,
    plans,
    proposals,
    record,
    reports,
    small_acts,
)

#: All of it, below one address.
API: Router = Router(
    "/api/v1",
    route_handlers=[
        *jurisdictions.ROUTES,
        *acts.ROUTES,
        *commands.ROUTES,
        *proposals.ROUTES,
        *events.ROUTES,
        *small_acts.ROUTES,
        *directives.ROUTES,
        *duty.ROUTES,
        *messages.ROUTES,
        *reports.ROUTES,
        *record.ROUTES,
        *evidence.ROUTES,
        *plans.ROUTES,
    ],
)
