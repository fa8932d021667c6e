"""What the kinds of posture items are called: one, and several as a heading."""

from __future__ import annotations

from incident.domain.say import Words, say

ONE: dict[str, Words] = {
    "body": say("body"),
    "group": say("group"),
    "roster": say("roster"),
    "obligation": say("report"),
    "measure": say("measure"),
    "clock": say("clock"),
    "seat": say("seat"),
}
SEVERAL: dict[str, Words] = {
    "body": say("Bodies"),
    "group": say("Groups"),
    "roster": say("Round-the-clock duty"),
    "obligation": say("Reports, meetings and other duties"),
    "measure": say("Measures"),
    "clock": say("Clocks"),
}
