"""Qingshi at a desk: its plan (`tests/plans/clockwork.yaml`) uses every kind of time the language has.

Each group reports to the leading group, which reports to the county at 15:30. In the emergency the groups
report every four hours, and the coordination group copies its report to the county in the same form.
"""

from __future__ import annotations

from typing import Any, Final

from incident.domain import clock
from tests.cli.desk import CHECKOUT, Desk

PLAN: Final = str(CHECKOUT / "tests" / "plans" / "clockwork.yaml")
CODE: Final = "330999102"
ACTIVATE: Final = (
    *("activate", "clockwork", "--event", "positive", "--set", "origin=local"),
    *("--decided-by", "command", "--basis", "县防控办〔2026〕4号", "--yes"),
)
#: Half a town's guards against a hand on the database.
UNGUARDED: Final = (
    *("DROP TRIGGER timer_no_delete", "DROP TRIGGER timer_no_update", "DROP TRIGGER timer_once"),
)


def adopted(desk: Desk) -> Desk:
    """Qingshi in routine since 02:40."""
    desk.done("adopt", PLAN)
    return desk


def active(desk: Desk) -> Desk:
    """Qingshi in its emergency since 02:40."""
    adopted(desk).done(*ACTIVATE)
    return desk


def owed(desk: Desk, *words: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Give the reports by key, sender and local time."""
    listed = desk.done("reports", "clockwork", *words, "--json").objects()
    return {
        (one["key"], one["of"]["key"], local(one["due"])): one for one in listed if one["due"] is not None
    }


def local(stamp: str) -> str:
    """Give a time of the record as it is read in Qingshi: day and hour."""
    return f"{clock.local(clock.read_stamp(stamp), 'Asia/Shanghai'):%d %H:%M}"
