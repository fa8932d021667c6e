"""A town small enough that the measuring, and not the plan, is what counts: one routine, one response.

What can be asked of it: activation, stand-down, and something that is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from incident.domain.organisation import Body, Group, Jurisdiction, Text
from incident.domain.paper import Document
from incident.domain.playbook import (
    Event,
    Playbook,
    StandingBody,
    StandingGroup,
    State,
    Transition,
)
from incident.domain.request import Request

CODE = "330999101"
#: 2026-03-01 02:40 in Shanghai.
NIGHT = 1772304000


def playbook() -> Playbook:
    """Give the plan: one group works otherwise in the response."""
    leads = {"command": StandingBody()}
    routine = State(name=text("常态", "routine"), bodies=leads, groups={"traffic": StandingGroup()})
    response = State(
        name=text("响应", "response"),
        bodies=leads,
        groups={"traffic": StandingGroup(co_located=True, source="一")},
    )
    return Playbook(
        playbook="baishi",
        answer="never",
        jurisdiction=Jurisdiction(code=CODE, name=text("白石镇", "Baishi"), level="town"),
        document=Document(title=text("预案", "plan")),
        bodies={"command": Body(name=text("领导小组", "leading group"))},
        groups={"traffic": Group(name=text("交通组", "traffic"))},
        events={
            "reported": Event(name=text("报告", "reported")),
            "lifted": Event(name=text("解除", "lifted")),
        },
        states={"routine": routine, "response": response},
        transitions={
            "activate": Transition(
                name=text("启动", "activate"),
                origins=["routine"],
                on="reported",
                to="response",
                decided_by=["command"],
            ),
            "lift": Transition(
                name=text("解除", "lift"),
                origins=["response"],
                on="lifted",
                to="routine",
                decided_by=["activator"],
            ),
        },
    )


def text(zh: str, en: str) -> Text:
    """Name something in both languages."""
    return Text(zh=zh, en=en)


def activation(number: int) -> Request:
    """Ask for the response."""
    return Request(
        verb="activate",
        event="reported",
        source="bench",
        id=f"{number:010}",
        authority="command",
        basis="预案第一条",
        reason="报告",
        by="bench",
    )


def stand_down(number: int) -> Request:
    """Ask for routine."""
    return Request(
        verb="stand_down",
        event="lifted",
        source="bench",
        id=f"{number:010}",
        authority="command",
        basis="预案第一条",
        by="bench",
    )


def refused(number: int) -> Request:
    """Ask for routine without saying who decided; it is refused, and recorded."""
    return Request(verb="stand_down", event="lifted", source="bench", id=f"{number:010}", by="bench")


def drawn() -> Callable[[int], bytes]:
    """Give salts that are the same in every run, so that two runs write the same bytes."""
    count = 0

    def chance(n: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.sha256(count.to_bytes(8)).digest()[:n]

    return chance
