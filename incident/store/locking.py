"""Taking the locks of jurisdictions, before anything is written: the situation's row is the lock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from incident.store import bulk, statements
from incident.store.database import lock_name


def lock(connection: Connection, code: str) -> dict[str, Any]:
    """Take the lock of one jurisdiction: its situation's row; before there is one, its code."""
    row = statements.run(connection, statements.LOCKED, {"code": code}).one_or_none()
    if row is None and lock_name(connection, code):
        row = statements.run(connection, statements.LOCKED, {"code": code}).one_or_none()
    return {code: row}


def claim(connection: Connection, codes: Iterable[str]) -> dict[str, Any]:
    """Take the locks of those of some adopted jurisdictions that nobody holds."""
    wanted = sorted({*codes})
    return {row[0]: row for row in bulk.ask(connection, bulk.CLAIM, wanted)} if wanted else {}
