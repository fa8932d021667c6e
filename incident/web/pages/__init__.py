"""All pages."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from incident.web.pages import (
    act,
    board,
    calendar,
    directive,
    duty,
    duty_change,
    filed,
    filing,
    handover,
    live,
    me,
    now,
    now_acts,
    people,
    record,
    record_entry,
    record_past,
    reports,
    signing_in,
)

PAGES: list[HTTPRouteHandler] = [
    live.live,
    live.live_of,
    *board.ROUTES,
    *calendar.ROUTES,
    *act.ROUTES,
    *directive.ROUTES,
    *duty.ROUTES,
    *duty_change.ROUTES,
    *me.ROUTES,
    *now.ROUTES,
    *now_acts.ROUTES,
    *people.ROUTES,
    *filed.ROUTES,
    *filing.ROUTES,
    *handover.ROUTES,
    *reports.ROUTES,
    *record.ROUTES,
    *record_entry.ROUTES,
    *record_past.ROUTES,
    *signing_in.ROUTES,
]
