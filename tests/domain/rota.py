"""A town whose duty is played through without a store: what is recorded is folded as the program folds it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from incident.domain import clock, schedule
from incident.domain.duty import Duties, Duty, Timeline
from incident.domain.facts import DutyAssigned
from incident.domain.journal import Entry
from incident.domain.keeping import Case, Known, Served, keepings, year_of
from incident.domain.organisation import Group, Seat, Unit
from incident.domain.people import Leave, Pin, Tenure, people_of
from incident.domain.playbook import Playbook, Roster
from incident.domain.roster import ahead, hand_over, settle
from incident.domain.situation import Standing, Stood
from incident.domain.tally import Days, weekdays
from incident.testing.shelf import served
from tests.playbooks import text

START = clock.read_stamp("2026-03-01T02:40:00Z")


def group_of(*holders: str, unit: str | None = None) -> Group:
    """A group whose leader's seat these holders have, with the staff of a unit."""
    return Group(
        name=text("值守组", "watch group"),
        units=[unit] if unit else [],
        seats={"leader": Seat(title=text("组长", "head"), holders=[*holders])} if holders else {},
    )


def plan_of(groups: dict[str, Group], zone: str = "Asia/Shanghai") -> Playbook:
    """The least plan that has these groups."""
    units = {unit: Unit(en=unit) for group in groups.values() for unit in group.units}
    return msgspec.convert(
        {
            "playbook": "rota",
            "jurisdiction": {
                "code": "99",
                "name": {"zh": "镇", "en": "T"},
                "level": "town",
                "zone": zone,
            },
            "document": {"title": {"zh": "案", "en": "P"}, "issuers": []},
            "bodies": {},
            "groups": msgspec.to_builtins(groups),
            "units": msgspec.to_builtins(units),
            "events": {},
            "states": {"routine": {"name": {"zh": "常", "en": "R"}}},
            "transitions": {},
        },
        Playbook,
    )


def roster_of(of: str, **fields: Any) -> Roster:
    """A roster that a group keeps."""
    return Roster(name=text("值班", "watch"), of=of, **fields)


class Town:
    """People, rosters that stand, and what was recorded of duty."""

    def __init__(self, playbook: Playbook, rosters: dict[str, Roster], days: Days = weekdays) -> None:
        self.playbook, self.days = playbook, days
        self.zone = playbook.jurisdiction.zone
        self.standing: Standing = {}
        self.rows: dict[tuple[int, int], Duty] = {}
        self.duties = Duties()
        self.seq = 0
        self.now = START
        #: Up to when handovers were carried out; where it lies behind, no worker runs.
        self.worked = START
        for key, roster in rosters.items():
            self.put("roster", key, roster)

    # -- what stands

    def put(self, kind: str, key: str, item: object) -> None:
        self.seq += 1
        self.standing[kind, key] = Stood(msgspec.to_builtins(item), self.seq)

    def seat(self, seat: str, holder: str, since: int, until: int | None = None) -> None:
        end = None if until is None else clock.stamp(until)
        self.put(
            "tenure", f"t{self.seq}", Tenure(seat=seat, holder=holder, since=clock.stamp(since), until=end)
        )

    def leave(self, holder: str, since: int, until: int | None = None) -> None:
        end = None if until is None else clock.stamp(until)
        self.put("leave", f"l{self.seq}", Leave(holder=holder, since=clock.stamp(since), until=end))

    def pin(self, roster: str, post: str, holder: str, since: int, until: int) -> None:
        pin = Pin(roster=roster, post=post, holder=holder, since=clock.stamp(since), until=clock.stamp(until))
        self.put("pin", f"p{self.seq}", pin)

    # -- what is recorded

    def case(self, at: int) -> Case:
        people = people_of(self.standing)
        newest = {key: [*pieces] for key, pieces in self.duties.newest.items()}
        stands = keepings(self.playbook, self.standing, people)
        year = year_of(stands, newest, at, self.zone)
        return Case(
            zone=self.zone,
            keepings=stands,
            people=people,
            newest=newest,
            served=self.served(year),
            year=year,
            days=self.days,
            known=Known(),
        )

    def served(self, year: int) -> list[Served]:
        return served((one for one in self.rows.values() if one.ended is not None), year)

    def record(self, facts: Iterable[DutyAssigned]) -> list[DutyAssigned]:
        noted = [*facts]
        self.seq += 1
        self.duties.follow(
            Entry(
                v=1,
                program="test",
                jurisdiction="99",
                seq=self.seq,
                at=clock.stamp(self.now),
                playbook="",
                facts=list(noted),
            )
        )
        for one in self.duties.settled():
            self.rows[one.seq, one.n] = one
        return noted

    def settle(self) -> list[DutyAssigned]:
        return self.record(settle(self.case(self.now), self.now))

    def ahead(self, until: int) -> list[DutyAssigned]:
        return [*ahead(self.case(self.now), self.now, until)]

    def handovers(self, until: int) -> list[tuple[int, str]]:
        found = []
        for (kind, key), stood in self.standing.items():
            if kind == "roster":
                roster = msgspec.convert(stood.item, Roster)
                due = schedule.first_handover(roster, self.worked, self.zone)
                while due <= until:
                    found.append((due, key))
                    due = schedule.following_handover(roster, due, self.zone)
        return sorted(found)

    def run(self, until: int, *, late: bool = False) -> None:
        """Let time pass; every handover is recorded when it comes, or `late` all at once at the end."""
        coming = self.handovers(until)
        if late:
            self.now = until
            self.record(hand_over(self.case(coming[0][0]), coming) if coming else [])
        for due, key in [] if late else coming:
            self.now = max(due, self.now)
            self.record(hand_over(self.case(due), [(due, key)]))
        self.now = self.worked = until

    def idle(self, until: int) -> None:
        """Let time pass while no worker runs."""
        self.now = until

    def timeline(self) -> Timeline:
        return Timeline(self.rows.values())

    def who(self, roster: str, at: int | None = None) -> dict[str, str | None]:
        found = self.timeline().who(roster, self.now if at is None else at)
        return {one.piece.post: one.piece.holder for one in found}
