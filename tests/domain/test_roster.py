"""Who keeps which shift: the rules, one by one; `test_roster_laws.py` has what holds of all towns."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

from incident.domain import clock
from incident.domain.effects import SUPERIOR
from incident.domain.playbook import DIRECTORY
from incident.domain.tally import Day, weekdays
from tests.domain.rota import START, Town, group_of, plan_of, roster_of
from tests.domain.towns import DAY, HOUR, counting


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


def test_of_people_who_are_not_rested_who_has_rested_longest_comes_whatever_they_served() -> None:
    """Two for a watch of 24 hours, and rest days weigh: nobody keeps two in a row for that."""
    for rotation in ("fair", "fixed"):
        town = Town(
            plan_of({"watch": group_of("P1", "P2")}),
            {"watch": roster_of("watch", rotation=rotation, rest="30h")},
        )
        town.settle()
        town.run(town.now + 40 * DAY)
        served = [one for one in counting(town) if one.until - one.since == DAY]
        assert len(served) > 30
        assert all(a.piece.holder != b.piece.holder for a, b in pairwise(served))
        assert {one.piece.rule for one in served} <= {"rested", "only"}
        assert "rest" in served[-1].piece.marks


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


def test_who_is_set_and_away_at_first_comes_when_back_and_that_is_recorded_at_once() -> None:
    town = four()
    town.pin("watch", "lead", "P4", START + 2 * HOUR, START + 20 * HOUR)
    town.leave("P4", START + HOUR, START + 5 * HOUR)
    (fact,) = town.settle()
    assert [(one.holder, one.since, one.rule) for one in fact.pieces] == [
        ("P1", clock.stamp(START), "least"),
        ("P4", clock.stamp(START + 5 * HOUR), "set"),
        ("P2", clock.stamp(START + 20 * HOUR), "least"),
    ]
    for hours in range(21):
        town.now = START + hours * HOUR
        assert town.settle() == []


def test_who_is_on_duty_anyway_stays_when_the_time_is_over_for_which_they_were_set_too() -> None:
    town = four()
    town.settle()
    town.pin("watch", "lead", "P1", START + HOUR, START + 2 * HOUR)
    for hours in (0, 1, 2):
        town.now = START + hours * HOUR
        assert town.settle() == []


def test_who_could_stay_for_a_part_only_is_named_beside_the_one_who_stays_for_all_of_it() -> None:
    town = Town(plan_of({"watch": group_of(unit="office")}), {"watch": roster_of("watch")})
    town.seat("office", "H1", START - DAY)
    town.seat("office", "H2", START - DAY, START + 10 * HOUR)
    (fact,) = town.settle()
    (piece,) = fact.pieces
    assert (piece.holder, piece.rule, piece.out) == ("H1", "only", {"H2": "shorter"})


def test_only_those_who_can_stay_equally_long_are_weighed_against_one_another() -> None:
    town = Town(plan_of({"watch": group_of(unit="office")}), {"watch": roster_of("watch")})
    for holder, hours in (("H1", 12), ("H2", 15), ("H3", 15)):
        town.seat("office", holder, START - DAY, START + hours * HOUR)
    (fact,) = town.settle()
    first = fact.pieces[0]
    assert (first.holder, first.rule, first.of, first.out) == ("H2", "least", 2, {"H1": "shorter"})


def test_who_is_rested_and_set_elsewhere_soon_is_no_breach_of_rest() -> None:
    groups = {"a": group_of("P1"), "b": group_of("P2")}
    town = Town(plan_of(groups), {key: roster_of(key) for key in groups})
    town.leave("P1", START - DAY, START + DAY)
    town.pin("b", "lead", "P1", START + 2 * DAY, START + 3 * DAY)
    town.settle()
    town.run(START + 2 * DAY)
    came = [one.piece for one in counting(town) if one.piece.holder == "P1"]
    assert (came[0].rule, "rest" in came[0].marks) == ("only", False)


def test_who_will_be_away_in_the_middle_of_a_shift_is_relieved_by_the_record_at_once() -> None:
    town = four()
    town.settle()
    town.leave("P1", START + 5 * HOUR, START + 9 * HOUR)
    (fact,) = town.settle()
    assert [(one.holder, one.since) for one in fact.pieces] == [
        ("P1", clock.stamp(START)),
        ("P2", clock.stamp(START + 5 * HOUR)),
    ]
    for hours in range(21):
        town.now = START + hours * HOUR
        assert town.settle() == []


def test_who_is_called_elsewhere_in_the_middle_of_a_shift_is_relieved_by_the_record_at_once() -> None:
    groups = {"a": group_of("P1", "P2"), "b": group_of("P3")}
    town = Town(plan_of(groups), {key: roster_of(key) for key in groups})
    town.settle()
    town.pin("b", "lead", "P1", START + 5 * HOUR, START + 9 * HOUR)
    a, b = town.settle()
    assert [one.holder for one in a.pieces] == ["P1", "P2"]
    assert [one.holder for one in b.pieces] == ["P3", "P1", "P3"]


def test_a_new_year_that_begins_while_no_worker_runs_counts_anew_as_it_does_with_one() -> None:
    town = four()
    town.now = town.worked = clock.read_stamp("2026-11-01T02:40:00Z")
    town.leave("P1", town.now, town.now + 20 * DAY)
    town.settle()
    town.run(clock.read_stamp("2026-12-29T02:40:00Z"))
    until = clock.read_stamp("2027-01-20T02:40:00Z")
    foreseen = {fact.since: [one.holder for one in fact.pieces] for fact in town.ahead(until)}
    town.idle(clock.read_stamp("2027-01-03T02:40:00Z"))
    shown = {fact.since: [one.holder for one in fact.pieces] for fact in town.ahead(until)}
    assert shown == foreseen
    assert len(shown) == 22
    town.run(until)
    recorded = {clock.stamp(one.shift): [one.piece.holder] for one in counting(town) if one.since > START}
    assert {since: recorded[since] for since in shown} == shown


def test_a_roster_of_which_nobody_is_known_has_a_post_that_is_empty() -> None:
    town = Town(plan_of({"watch": group_of()}), {"watch": roster_of("watch", lead=[DIRECTORY], pool=[])})
    (fact,) = town.settle()
    assert [(one.post, one.holder, one.marks) for one in fact.pieces] == [("lead", None, ["uncovered"])]
    assert town.settle() == []


def test_the_contacts_of_the_superior_are_on_no_duty_of_the_town() -> None:
    town = Town(plan_of({"watch": group_of()}), {"watch": roster_of("watch", pool=[DIRECTORY])})
    town.seat(SUPERIOR, "S1", START - DAY)
    town.seat("watch.leader", "H1", START - DAY)
    town.settle()
    assert town.who("watch")["officer.1"] == "H1"


def test_a_shift_that_is_to_end_sooner_is_filled_to_its_end_and_no_further() -> None:
    """Another version of the plan halves the shifts, while somebody was to come in the second half."""
    town = Town(plan_of({"watch": group_of("P1", "P2")}), {"watch": roster_of("watch")})
    town.settle()
    town.now += 2 * HOUR
    town.leave("P1", town.now, START + 20 * HOUR)
    town.leave("P2", town.now, START + 9 * DAY)
    (fact,) = town.settle()
    assert [one.holder for one in fact.pieces] == ["P1", None, "P1"]
    town.now += HOUR
    town.put("roster", "watch", roster_of("watch", pattern="12h"))
    (fact,) = town.settle()
    assert fact.until == "2026-03-01T12:00:00Z"
    assert [(one.holder, one.until) for one in fact.pieces][-1] == (None, fact.until)
    assert all(one.until <= fact.until for one in fact.pieces)
    town.run(town.now + 2 * DAY)
    kept = sorted((one.since, one.until) for one in counting(town))
    assert all(a[1] == b[0] for a, b in pairwise(kept))
