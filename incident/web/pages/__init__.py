"""All pages."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from incident.web.pages import (
    act,
    board,
    directive,
    done,
    duty,
    duty_change,
    filed,
    filing,
    live,
    me,
    now,
    now_acts,
    plan,
    playbooks,
    proposals,
    record,
    record_entry,
    record_past,
    reports,
    signing_in,
)

PAGES: list[HTTPRouteHandler] = [
    live.live,
    live.live_of,
    *act.ROUTES,
    *board.ROUTES,
    *directive.ROUTES,
    *done.ROUTES,
    *duty.ROUTES,
    *duty_change.ROUTES,
    *filed.ROUTES,
    *filing.ROUTES,
    *me.ROUTES,
    *now.ROUTES,
    *now_acts.ROUTES,
    *plan.ROUTES,
    *playbooks.ROUTES,
    *proposals.ROUTES,
    *record.ROUTES,
    *record_entry.ROUTES,
    *record_past.ROUTES,
    *reports.ROUTES,
    *signing_in.ROUTES,
]
