"""Who acts, how that is known, and by what an act is known again."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from incident.domain.request import Actor


class Who(Struct, frozen=True, kw_only=True):
    """Who acts, and how that is known."""

    actor: Actor | None = None
    by: str | None = None
    os_user: str | None = None

    def said(self) -> tuple[str | None, str | None]:
        """Give the words in it."""
        return self.by, self.os_user


class Origin(NamedTuple):
    """Where an act comes from; the same source and id a second time is the same act."""

    who: Who
    source: str
    id: str
