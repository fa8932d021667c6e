"""What is outside the record, and why: a change there is no change of what was decided, owed, said or kept.

A change that verifying does not find has to be on this list, or nothing that a row holds has changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from incident.store.tables import IDENTITY, metadata

#: All that a database holds, read by the driver alone: by table its rows; none where they cannot be read.
Rows = dict[str, list[dict[str, Any]] | None]

_CARRIED: Final = "carrying messages out notes it for itself; that a notice is owed, and of what, is recorded"
_WAKING: Final = "when a worker looks again; what is promised, and how it ended, is recorded"
SIGN_IN: Final = "who may sign in; who did what stands in the entries, with how that was known"

#: By table and column.
COLUMNS: Final[dict[tuple[str, str], str]] = {
    **{("outbox", name): _CARRIED for name in ("done_at", "next_at", "tries")},
    **{("timer", name): _WAKING for name in ("next_at", "tries")},
    # of an open one it is found
    ("timer", "epoch"): "which open ones are of the state in force; of one that ended nobody asks",
    (
        "person",
        "channels",
    ): "addresses are personal data and in no entry; by which ways somebody is reached is",
}
#: Tables of which no row is of the record.
TABLES: Final[dict[str, str]] = {"letter": _CARRIED, **{one.name: SIGN_IN for one in IDENTITY}}
#: Tables of which a row may be gone.
GONE: Final[dict[str, str]] = {
    "checkpoint": "a copy: what was signed left the house",
}
SAME: Final = "white space in what is read as JSON, no bytes for nothing"
NO_ROW: Final = "no row reads otherwise: room that is free, and what SQLite counts by"
FORM: Final = "form of tables, indexes and guards; no row reads otherwise (incident doctor)"


def why(before: Rows, after: Rows) -> str | None:
    """Say why what differs is outside the record; none where something is that is not."""
    form = before["@form"] != after["@form"]
    reasons = {_why(name, before[name], after.get(name)) for name in before if name != "@form"} - {""}
    if None in reasons:
        return None
    return "; ".join(sorted(map(str, reasons))) if reasons else FORM if form else NO_ROW


def _why(table: str, before: Any, after: Any) -> str | None:
    """Say why what differs in a table is outside; empty where nothing does."""
    if table in TABLES:
        return "" if before == after else TABLES[table]
    if before is None or after is None:
        return None
    gone, new = _less(before, after), _less(after, before)
    if not (gone or new):
        return ""
    if not new:
        return GONE.get(table)
    if len(gone) == len(new) and all(_reads_the_same(one, other) for one, other in _pairs(table, gone, new)):
        return SAME
    columns = {name for one, other in _pairs(table, gone, new) for name in _differing(one, other)}
    reasons = {COLUMNS.get((table, name)) for name in columns}
    return None if None in reasons or len(gone) != len(new) else "; ".join(sorted(map(str, reasons)))


def _less(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left = Counter(map(_frozen, some)) - Counter(map(_frozen, others))
    return [{name: value for name, (_type, value) in one} for one in left.elements()]


def _frozen(row: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Make a row comparable by kind too: 1 is not 1.0, nor true."""
    return tuple((name, (type(value).__name__, value)) for name, value in row.items())


def _pairs(
    table: str, gone: list[dict[str, Any]], new: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Give rows of the same key that differ; one without another differs in its key."""
    keys = [column.name for column in metadata.tables[table].primary_key]
    there = {tuple(one[name] for name in keys): one for one in new}
    for one in gone:
        yield one, there.get(tuple(one[name] for name in keys), {})


def _reads_the_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether all that differs is the same JSON, or no bytes for nothing."""
    try:
        return all(
            (one[name] or b"") == (other[name] or b"") or json.loads(one[name]) == json.loads(other[name])
            for name in _differing(one, other)
        )
    except (KeyError, TypeError, ValueError):
        return False


def _differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {name for name in one if one[name] != other.get(name)}
