"""Random towns whose duty is played through, and random changes to their people and rosters."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain.duty import Duty, laid_out
from incident.domain.facts import DutyAssigned
from tests.domain.rota import START, Town, group_of, plan_of, roster_of

HOUR, DAY = 3600, 86400
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
HOLDERS = [f"P{n}" for n in range(1, 7)]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """A town with one to three rosters over pools that share people."""
    some = st.lists(st.sampled_from(HOLDERS), unique=True, max_size=4)
    groups = {
        key: group_of(*draw(some), unit=draw(st.sampled_from([None, f"unit_{key}"])))
        for key in ("alpha", "beta", "gamma")[: draw(st.integers(1, 3))]
    }
    rosters = {
        f"{key}_watch": roster_of(
            key,
            pattern=draw(st.sampled_from(["24h", "12h", "8h"])),
            handover=draw(st.sampled_from([None, "02:30", "17:00"])),
            rotation=draw(st.sampled_from(["fair", "fixed"])),
            rest=draw(st.sampled_from([None, "8h", "36h"])),
            officers=draw(st.sampled_from([None, None, 2])),
            pool=draw(st.sampled_from([None, None, ["unit_alpha"], ["directory"]])),
        )
        for key in groups
    }
    groups["alpha"] = replace(groups["alpha"], units=["unit_alpha"])
    town = Town(plan_of(groups, draw(st.sampled_from(ZONES))), rosters)
    town.now = town.worked = START + draw(st.integers(0, 400)) * DAY + draw(st.integers(0, DAY - 1))
    for holder in draw(some):
        unit = draw(st.sampled_from([f"unit_{key}" for key in groups]))
        town.seat(unit, holder, town.now - draw(st.integers(0, 50)) * DAY)
    return town


def change(town: Town, data: st.DataObject) -> None:
    """Something about people changes now, for now or for later."""
    holder = data.draw(st.sampled_from(HOLDERS))
    since = town.now + data.draw(st.sampled_from([-DAY, 0, 5 * HOUR, 3 * DAY]))
    until = town.now + data.draw(st.sampled_from([2 * HOUR, DAY, 5 * DAY]))
    roster = data.draw(st.sampled_from(sorted(key for kind, key in town.standing if kind == "roster")))
    group = roster.partition("_")[0]
    kind = data.draw(st.sampled_from(["leave", "pin", "pin and leave", "seat", "end"]))
    if "leave" in kind:
        town.leave(holder, since, max(until, since + HOUR))
    if "pin" in kind:
        begins = town.now + data.draw(st.sampled_from([0, 3 * HOUR, 2 * DAY]))
        post = data.draw(st.sampled_from(["lead", "officer.1"]))
        town.pin(roster, post, holder, begins, max(until, begins + HOUR))
    match kind:
        case "seat":
            town.seat(f"unit_{group}", holder, since, max(until, since + HOUR))
        case "end" if data.draw(st.booleans()):
            del town.standing["roster", roster]
            # of the same group: a roster that stands on keeps the posts that it has
            town.put("roster", f"{group}_spare", roster_of(group, pattern="12h"))
        case _:
            pass
    town.settle()


def pass_time(data: st.DataObject, town: Town, until: int) -> None:
    """Let time pass with a worker, with one that comes late, or with none."""
    match data.draw(st.sampled_from(["worker", "late", "none"])):
        case "worker":
            town.run(until)
        case "late":
            town.run(until, late=True)
        case _:
            town.idle(until)


def lived(data: st.DataObject, town: Town, *, changes: int = 4) -> Town:
    """A town in which some days have passed and some things have changed, the last of them just now."""
    town.settle()
    for _ in range(data.draw(st.integers(1, changes))):
        pass_time(data, town, town.now + data.draw(st.integers(0, 2 * DAY)))
        change(town, data)
    return town


def pieces_of(facts: list[DutyAssigned]) -> list[Duty]:
    return [one for seq, fact in enumerate(facts) for one in laid_out(fact, seq)]


def counting(town: Town) -> list[Duty]:
    return [one for one in town.rows.values() if not one.is_void and one.since < one.until]
