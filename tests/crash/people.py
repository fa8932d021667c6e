"""What has to hold of people who sign in, whatever was killed: no part of it without the others."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sqlalchemy import Table

from incident.store import tables_identity as identity
from tests.crash.rows import Rows


def must_be_of_a_piece(rows: Rows) -> None:
    """Hold the rows of people who sign in against each other.

    * The record of access is numbered without a gap from its oldest line on, and who it is about is a user.
    * Each grant, session, token, device, link and subject is of a user.
    * A session is of a device that is remembered.
    * Whoever is disabled has no session, device, link or token.
    * A link by which the first administrator comes is there only while nobody is.
    """
    users = {one["id"]: one for one in _of(rows, identity.user)}
    record = sorted(_of(rows, identity.access), key=lambda one: int(one["seq"]))
    numbers = [int(one["seq"]) for one in record]
    assert all(after == before + 1 for before, after in pairwise(numbers))
    assert {one["about"] for one in record} <= {None, *users}
    disabled = {key for key, one in users.items() if one["disabled_at"] is not None}
    ways = (identity.session, identity.device, identity.link, identity.token)
    for table in (*ways, identity.grant, identity.subject):
        owners = {one["user"] for one in _of(rows, table)} - {None}
        assert owners <= users.keys(), table.name
        assert table not in ways or not owners & disabled, table.name
    remembered = {one["id"] for one in _of(rows, identity.device)}
    assert {one["device"] for one in _of(rows, identity.session)} <= remembered
    assert not users or all(one["user"] is not None for one in _of(rows, identity.link))


def _of(rows: Rows, table: Table) -> list[dict[str, Any]]:
    """Give the rows of a table by column; none where the table is not there yet."""
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in rows.get(table.name, [])]
