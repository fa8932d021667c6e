"""All pages."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from incident.web.pages import live, signing_in

PAGES: list[HTTPRouteHandler] = [
    live.live,
    live.live_of,
    *signing_in.ROUTES,
]
