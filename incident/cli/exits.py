"""Errors to exit codes: the one place that maps families. No traceback reaches a user.

0 done · 1 a check found faults · 2 usage · 3 refused by rule or authority · 4 somebody was first ·
5 storage unavailable · 70 a bug.
"""

from __future__ import annotations

from incident.domain.errors import (
    Conflict,
    IncidentError,
    JournalError,
    PlaybookError,
    Refused,
    RequestError,
    StoreError,
)

FAULTS, USAGE, REFUSED, CONFLICT, STORAGE, BUG = 1, 2, 3, 4, 5, 70

_CODES: dict[type[IncidentError], int] = {
    PlaybookError: FAULTS,
    JournalError: FAULTS,
    RequestError: USAGE,
    Refused: REFUSED,
    Conflict: CONFLICT,
    StoreError: STORAGE,
}


def code_of(error: IncidentError) -> int:
    """Give the exit code of an error's family."""
    return next((code for family, code in _CODES.items() if isinstance(error, family)), BUG)
