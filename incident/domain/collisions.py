"""Who would be needed in several groups at once: one rule for a switch and for checking a playbook."""

from __future__ import annotations

from incident.domain.memo import by_identity
from incident.domain.organisation import Group
from incident.domain.playbook import Playbook, StandingGroup


def works_under(group: Group, standing: StandingGroup) -> str:
    """Give the key of the body a group works under in a state."""
    return standing.under or group.under


@by_identity
def collisions(playbook: Playbook, state: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Find holders with seats in several groups that work under a task force in a state.

    Each comes with one seat in each group (`group.seat`), in the order of the state.
    """
    seats: dict[str, dict[str, str]] = {}
    for key, standing in playbook.states[state].groups.items():
        group = playbook.groups.get(key)
        body = playbook.bodies.get(works_under(group, standing)) if group is not None else None
        if group is None or body is None or body.kind != "task_force":
            continue
        for seat_key, seat in group.seats.items():
            for holder in seat.holders:
                seats.setdefault(holder, {}).setdefault(key, f"{key}.{seat_key}")
    return tuple((holder, tuple(of.values())) for holder, of in seats.items() if len(of) > 1)
