"""A plan of one state, in which cases of single rules are tried."""

from __future__ import annotations

from typing import Final

from incident.domain.organisation import Body, Group, Jurisdiction, Text
from incident.domain.paper import Document
from incident.domain.playbook import Event, Playbook, State

NAME: Final = Text("名", "name")


def town(
    state: State, *, command: Body | None = None, group: Group | None = None, event: Event | None = None
) -> Playbook:
    """Give a plan of one state."""
    return Playbook(
        playbook="plan",
        jurisdiction=Jurisdiction(code="99", name=NAME, level="town"),
        document=Document(title=NAME),
        bodies={"command": command or Body(name=NAME)},
        groups={"watchers": group} if group is not None else {},
        events={"e": event or Event(name=NAME)},
        states={"routine": state},
        transitions={},
    )
