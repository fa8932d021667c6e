"""How a worker says what it does."""

from __future__ import annotations

from typing import Protocol


class Log(Protocol):
    """Writes a line: `level` is info, warning or error. Never give it personal data."""

    def __call__(self, level: str, event: str, **values: str | float | None) -> None:
        """Write it."""
