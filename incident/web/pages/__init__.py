"""All pages."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from incident.web.pages import act, board, filed, filing, live, me, reports, signing_in

PAGES: list[HTTPRouteHandler] = [
    live.live,
    live.live_of,
    *board.ROUTES,
    *act.ROUTES,
    *me.ROUTES,
    *filed.ROUTES,
    *filing.ROUTES,
    *reports.ROUTES,
    *signing_in.ROUTES,
]
