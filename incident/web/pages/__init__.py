"""All pages."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from incident.web.pages import (
    act,
    admin_access,
    admin_users,
    board,
    directive,
    done,
    filed,
    filing,
    live,
    me,
    now,
    now_acts,
    proposals,
    record,
    record_entry,
    record_kit,
    record_past,
    record_verify,
    reports,
    signing_in,
)

PAGES: list[HTTPRouteHandler] = [
    live.live,
    live.live_of,
    *board.ROUTES,
    *act.ROUTES,
    *admin_access.ROUTES,
    *admin_users.ROUTES,
    *done.ROUTES,
    *proposals.ROUTES,
    *directive.ROUTES,
    *me.ROUTES,
    *now.ROUTES,
    *now_acts.ROUTES,
    *filed.ROUTES,
    *filing.ROUTES,
    *reports.ROUTES,
    *record.ROUTES,
    *record_entry.ROUTES,
    *record_kit.ROUTES,
    *record_past.ROUTES,
    *record_verify.ROUTES,
    *signing_in.ROUTES,
]
