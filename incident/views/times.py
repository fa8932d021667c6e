"""Instants as people read them: wall clock of the playbook's zone, with the zone said."""

from __future__ import annotations

from incident.domain import clock
from incident.domain.playbook import Playbook


def put_time(at: int, playbook: Playbook) -> str:
    """Format an instant: `2026-03-01 02:40 +08:00`."""
    return clock.shown(at, playbook.jurisdiction.zone)
