"""Who keeps which shift: laws over random towns, then the rules one by one."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from incident.domain import clock
from incident.domain.duty import Duty, Timeline, laid_out
from incident.domain.facts import DutyAssigned
from incident.domain.people import is_named
from incident.domain.tally import Day, weekdays
from tests.domain.rota import START, Town, group_of, plan_of, roster_of

HOUR, DAY = 3600, 86400
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
HOLDERS = [f"P{n}" for n in range(1, 9)]


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
        )
        for key in groups
    }
    town = Town(plan_of(groups, draw(st.sampled_from(ZONES))), rosters)
    town.now = START + draw(st.integers(0, 400)) * DAY + draw(st.integers(0, DAY - 1))
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
    match data.draw(st.sampled_from(["leave", "pin", "seat", "end"])):
        case "leave":
            town.leave(holder, since, max(until, since + HOUR))
        case "pin":
            town.pin(roster, data.draw(st.sampled_from(["lead", "officer.1"])), holder, town.now, until)
        case "seat":
            town.seat(f"unit_{roster.removesuffix('_watch')}", holder, since, max(until, since + HOUR))
        case _ if data.draw(st.booleans()):
            del town.standing["roster", roster]
            town.put("roster", "spare", roster_of(roster.removesuffix("_watch"), pattern="12h"))
        case _:
            pass
    town.settle()


def pieces_of(facts: list[DutyAssigned]) -> list[Duty]:
    return [one for seq, fact in enumerate(facts) for one in laid_out(fact, seq)]


def counting(town: Town) -> list[Duty]:
    return [one for one in town.rows.values() if not one.is_void and one.since < one.until]


@given(st.data(), towns())
def test_duty_has_no_gap_and_nobody_is_at_two_posts_and_rest_is_kept_or_the_breach_stated(
    data: st.DataObject, town: Town
) -> None:
    town.settle()
    for _ in range(data.draw(st.integers(0, 4))):
        town.run(town.now + data.draw(st.integers(0, 3 * DAY)), late=data.draw(st.booleans()))
        change(town, data)
    town.run(town.now + 5 * DAY)
    there = counting(town)
    _check_no_gap(there)
    _check_one_post_each(there)
    for one in there:
        assert (one.piece.holder is None) == ("uncovered" in one.piece.marks) == (one.piece.rule == "nobody")


def _check_no_gap(there: list[Duty]) -> None:
    """Every instant of a shift, and of all shifts of a roster, has somebody or says that nobody is there."""
    by_post: dict[tuple[str, str], list[Duty]] = {}
    for one in sorted(there, key=lambda one: one.since):
        by_post.setdefault((one.roster, one.piece.post), []).append(one)
    for pieces in by_post.values():
        for before, after in pairwise(pieces):
            assert before.until == after.since


def _check_one_post_each(there: list[Duty]) -> None:
    by_holder: dict[str, list[Duty]] = {}
    for one in sorted(there, key=lambda one: one.since):
        if one.piece.holder is not None and is_named(one.piece.holder):
            by_holder.setdefault(one.piece.holder, []).append(one)
    for pieces in by_holder.values():
        for before, after in pairwise(pieces):
            assert before.until <= after.since


@given(st.data(), towns())
def test_whoever_comes_unrested_is_marked_so(data: st.DataObject, town: Town) -> None:
    town.settle()
    for _ in range(data.draw(st.integers(0, 3))):
        town.run(town.now + data.draw(st.integers(0, 2 * DAY)))
        change(town, data)
    town.run(town.now + 4 * DAY)
    rests = {key: one.rest for key, one in town.case(town.now).keepings.items()}
    ended: dict[str, int] = {}
    for one in sorted(counting(town), key=lambda one: (one.since, one.until)):
        holder = one.piece.holder
        if holder is None or not is_named(holder):
            continue
        is_rested = one.since - ended.get(holder, -(10**9)) >= rests.get(one.roster, 0)
        assert is_rested or "rest" in one.piece.marks or ended[holder] == one.since
        ended[holder] = max(ended.get(holder, 0), one.until)


@given(st.data(), towns())
def test_a_preview_is_what_is_recorded_later(data: st.DataObject, town: Town) -> None:
    town.settle()
    town.run(town.now + data.draw(st.integers(0, 3 * DAY)))
    change(town, data)
    until = town.now + 12 * DAY
    preview = Timeline([*counting(town), *pieces_of(town.ahead(until))])
    instants = [town.now + data.draw(st.integers(0, 12 * DAY - 1)) for _ in range(12)]
    town.run(until, late=data.draw(st.booleans()))
    recorded = town.timeline()
    for at in instants:
        for key in recorded.rosters():
            foreseen = [one.piece for one in preview.who(key, at)]
            assert foreseen == [one.piece for one in recorded.who(key, at)]


@given(st.data(), towns())
def test_what_has_passed_is_never_another(data: st.DataObject, town: Town) -> None:
    town.settle()
    town.run(town.now + data.draw(st.integers(1, 2 * DAY)))
    until = town.now
    instants = [START - 1, *(until - data.draw(st.integers(1, 2 * DAY)) for _ in range(10))]
    before = {(key, at): town.who(key, at) for at in instants for key in town.timeline().rosters()}
    for _ in range(3):
        change(town, data)
        town.run(town.now + data.draw(st.integers(0, DAY)))
    assert {(key, at): town.who(key, at) for key, at in before} == before


@given(towns())
def test_settling_twice_changes_nothing(town: Town) -> None:
    town.settle()
    assert town.settle() == []


# -- the rules, one by one


def four(**fields: object) -> Town:
    """A watch that four heads keep, 24 hours each."""
    return Town(plan_of({"watch": group_of("P1", "P2", "P3", "P4")}), {"watch": roster_of("watch", **fields)})


def leads(town: Town, days: int) -> list[str | None]:
    """Who leads at 02:40 of the days to come."""
    return [town.who("watch", town.now + n * DAY).get("lead") for n in range(days)]


def test_activation_puts_somebody_on_duty_from_that_second() -> None:
    town = four()
    (fact,) = town.settle()
    assert (fact.since, fact.until) == ("2026-03-01T02:40:00Z", "2026-03-02T00:00:00Z")
    assert town.who("watch") == {"lead": "P1"}


def test_a_fixed_rotation_goes_round_in_the_order_of_the_seats() -> None:
    town = four(rotation="fixed")
    town.settle()
    town.run(town.now + 6 * DAY)
    town.now -= 6 * DAY
    assert leads(town, 7) == ["P1", "P2", "P3", "P4", "P1", "P2", "P3"]


def test_a_fair_rotation_shares_out_nights_rest_days_and_holidays_apart() -> None:
    def china(day: date) -> Day:
        return "holiday" if (day.month, day.day) in ((5, 1), (5, 2), (5, 3)) else weekdays(day)

    town = Town(
        plan_of({"watch": group_of("P1", "P2", "P3")}), {"watch": roster_of("watch", pattern="12h")}, china
    )
    town.settle()
    town.run(town.now + 200 * DAY)
    hours: dict[str, Counter[str]] = {}
    for one in counting(town):
        counted = hours.setdefault(one.piece.holder or "", Counter())
        counted.update(all=(one.until - one.since) // 60, night=one.piece.night)
        counted.update(weekend=one.piece.weekend, holiday=one.piece.holiday)
    for kind, most in (("all", 24), ("night", 24), ("weekend", 24), ("holiday", 12)):
        served = [counted[kind] for counted in hours.values()]
        assert max(served) - min(served) <= most * 60, (kind, served)


def test_somebody_who_falls_ill_at_two_is_followed_from_that_second_by_who_is_next() -> None:
    town = four()
    town.settle()
    town.now += 10 * HOUR
    town.leave("P1", town.now, town.now + 3 * DAY)
    (fact,) = town.settle()
    assert [(one.holder, one.rule) for one in fact.pieces] == [("P1", "least"), ("P2", "least")]
    assert fact.pieces[1].out == {"P1": "away"}
    assert town.who("watch", START) == {"lead": "P1"}
    assert town.who("watch") == {"lead": "P2"}


def test_somebody_who_leaves_office_in_the_middle_of_a_shift_is_relieved_then() -> None:
    town = Town(plan_of({"watch": group_of(unit="office")}), {"watch": roster_of("watch")})
    town.seat("office", "H1", START - DAY, START + 3 * HOUR)
    town.seat("office", "H2", START + 2 * HOUR)
    (fact,) = town.settle()
    assert [(one.holder, one.until) for one in fact.pieces] == [
        ("H1", clock.stamp(START + 3 * HOUR)),
        ("H2", "2026-03-02T00:00:00Z"),
    ]


def test_an_empty_pool_leaves_the_post_empty_and_says_so_until_somebody_comes() -> None:
    town = Town(plan_of({"watch": group_of(unit="office")}), {"watch": roster_of("watch", pool=["office"])})
    town.seat("office", "H1", START - 9 * DAY, START - 8 * DAY)
    (fact,) = town.settle()
    assert [(one.post, one.holder, one.marks) for one in fact.pieces] == [("officer.1", None, ["uncovered"])]
    town.seat("office", "H2", town.now)
    town.settle()
    assert town.who("watch") == {"officer.1": "H2"}


def test_a_unit_in_which_nobody_is_named_stands_in_for_whomever_it_sends() -> None:
    town = Town(plan_of({"watch": group_of(unit="office")}), {"watch": roster_of("watch")})
    (fact,) = town.settle()
    assert [(one.post, one.holder, one.marks) for one in fact.pieces] == [
        ("officer.1", "@office", ["unnamed"])
    ]


def test_one_holder_of_two_groups_is_on_duty_at_one_of_them_only() -> None:
    groups = {"alpha": group_of("P1"), "beta": group_of("P1", "P2")}
    town = Town(plan_of(groups), {key: roster_of(key) for key in groups})
    town.settle()
    assert (town.who("alpha"), town.who("beta")) == ({"lead": "P1"}, {"lead": "P2"})
    town.run(town.now + DAY)
    assert (town.who("alpha"), town.who("beta")) == ({"lead": "P1"}, {"lead": "P2"})
    assert town.timeline().who("beta", town.now)[0].piece.marks == ["rest", "unnamed"]


def test_who_is_set_by_hand_comes_whatever_the_rotation_says_and_nowhere_else_meanwhile() -> None:
    town = four(rotation="fixed")
    town.settle()
    town.pin("watch", "lead", "P4", START + 21 * HOUR + 20 * 60, START + 45 * HOUR + 20 * 60)
    town.settle()
    town.run(town.now + 3 * DAY)
    town.now -= 3 * DAY
    assert leads(town, 4) == ["P1", "P4", "P2", "P3"]


def test_named_shifts_begin_when_the_plan_says() -> None:
    shifts = [
        {"name": {"zh": "白班", "en": "day"}, "at": "08:00"},
        {"name": {"zh": "夜班", "en": "night"}, "at": "17:30"},
    ]
    town = four()
    roster = town.standing["roster", "watch"]
    town.standing["roster", "watch"] = roster.__class__({**roster.item, "shifts": shifts}, 1)
    town.settle()
    town.run(town.now + DAY)
    assert sorted({clock.shown(one.shift, town.zone)[11:16] for one in counting(town)}) == [
        "08:00",
        "10:40",
        "17:30",
    ]
