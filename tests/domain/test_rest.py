"""Rest is judged by all that somebody keeps, whatever is given out first: posts, rosters, shifts, acts."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from incident.domain.duty import Duty
from incident.domain.people import is_named
from tests.domain.rota import START, Town, group_of, plan_of, roster_of
from tests.domain.towns import DAY, HOLDERS, HOUR, counting

#: When the shift ends that is on at first, and the next begins.
HANDOVER = START + 21 * HOUR + 20 * 60


def two_posts() -> Town:
    """A watch with a leader and an officer, for whom others than P1 come."""
    town = Town(
        plan_of({"watch": group_of("P2", "P3", unit="office")}), {"watch": roster_of("watch", rest="8h")}
    )
    for holder in ("P4", "P5"):
        town.seat("office", holder, START - DAY)
    return town


def two_rosters() -> Town:
    """Two watches that are handed over at one instant, for which others than P1 come."""
    groups = {"a": group_of("P2", "P3"), "b": group_of("P4", "P5")}
    return Town(plan_of(groups), {key: roster_of(key, rest="8h") for key in groups})


def set_for(town: Town, place: tuple[str, str], begins: int, hours: tuple[int, int]) -> None:
    """Set P1 for a post, for some hours after an instant."""
    since, until = hours
    town.pin(*place, "P1", begins + since * HOUR, begins + until * HOUR)


def comings(town: Town, begins: int) -> list[tuple[int, bool]]:
    """Say in which hours P1 comes, and whether marked as unrested."""
    mine = sorted(
        (one.since, "rest" in one.piece.marks) for one in counting(town) if one.piece.holder == "P1"
    )
    return [((since - begins) // HOUR, marked) for since, marked in mine]


def test_it_does_not_matter_which_post_of_a_shift_is_given_out_first() -> None:
    for later, earlier in (("lead", "officer.1"), ("officer.1", "lead")):
        town = two_posts()
        set_for(town, ("watch", later), START, (12, 14))
        set_for(town, ("watch", earlier), START, (6, 9))
        town.settle()
        assert comings(town, START) == [(6, False), (12, True)], later


def test_it_does_not_matter_which_roster_is_given_out_first_at_one_instant_or_in_one_entry() -> None:
    for later, earlier in ("ab", "ba"):
        for late in (False, True):
            town = two_rosters()
            town.settle()
            set_for(town, (later, "lead"), HANDOVER, (12, 14))
            set_for(town, (earlier, "lead"), HANDOVER, (6, 9))
            town.settle()
            town.run(HANDOVER, late=late)
            assert comings(town, HANDOVER) == [(6, False), (12, True)], (later, late)


def test_who_was_to_come_rested_and_is_set_for_hours_before_is_marked_anew() -> None:
    for earlier in ("lead", "officer.1"):
        town = two_posts()
        set_for(town, ("watch", "lead"), START, (12, 14))
        town.settle()
        assert comings(town, START) == [(12, False)]
        town.now += HOUR
        set_for(town, ("watch", earlier), START, (6, 9))
        town.settle()
        assert comings(town, START) == [(6, False), (12, True)], earlier
        assert town.settle() == []


def test_a_roster_in_which_nobody_else_comes_is_recorded_anew_for_the_mark_alone() -> None:
    town = two_rosters()
    set_for(town, ("a", "lead"), START, (12, 14))
    town.settle()
    set_for(town, ("b", "lead"), START, (6, 9))
    a, b = town.settle()
    assert [(one.holder, "rest" in one.marks) for one in a.pieces] == [
        ("P2", False),
        ("P1", True),
        ("P3", False),
    ]
    assert [one.holder for one in b.pieces] == ["P4", "P1", "P5"]


def test_whom_the_rotation_was_to_give_the_post_later_is_marked_when_set_for_hours_before() -> None:
    town = Town(plan_of({"watch": group_of("P1", unit="office")}), {"watch": roster_of("watch", rest="8h")})
    town.leave("P1", START - DAY, START + 12 * HOUR)
    town.seat("office", "P4", START - DAY)
    town.settle()
    assert comings(town, START) == [(12, False)]
    town.standing.pop(next(key for key in town.standing if key[0] == "leave"))
    town.leave("P1", START + 9 * HOUR, START + 12 * HOUR)
    set_for(town, ("watch", "officer.1"), START, (6, 9))
    town.settle()
    assert comings(town, START)[-1] == (12, True)


def test_the_mark_goes_with_the_hours_for_which_somebody_was_set_before() -> None:
    town = two_posts()
    set_for(town, ("watch", "officer.1"), START, (6, 9))
    set_for(town, ("watch", "lead"), START, (12, 14))
    town.settle()
    assert comings(town, START) == [(6, False), (12, True)]
    town.standing.pop(next(key for key in town.standing if key[0] == "pin"))
    town.settle()
    assert comings(town, START) == [(12, False)]


def test_hours_in_which_somebody_who_is_set_is_away_take_no_rest() -> None:
    for away, marked in (((5, 9), False), ((5, 7), True)):
        town = two_posts()
        set_for(town, ("watch", "lead"), START, (12, 14))
        set_for(town, ("watch", "officer.1"), START, (6, 9))
        town.leave("P1", START + away[0] * HOUR, START + away[1] * HOUR)
        town.settle()
        assert comings(town, START)[-1] == (12, marked), away


def test_who_is_set_for_all_the_hours_up_to_others_goes_on_and_is_not_marked() -> None:
    town = two_posts()
    set_for(town, ("watch", "lead"), START, (12, 14))
    town.settle()
    set_for(town, ("watch", "lead"), START, (6, 12))
    town.settle()
    assert comings(town, START) == [(6, False), (12, False)]
    assert town.settle() == []


def test_who_comes_from_another_post_without_a_pause_is_marked() -> None:
    for late in (False, True):
        town = two_posts()
        set_for(town, ("watch", "lead"), START, (12, 14))
        if late:
            town.settle()
        set_for(town, ("watch", "officer.1"), START, (6, 12))
        town.settle()
        assert comings(town, START) == [(6, False), (12, True)], late
        assert town.settle() == []


def test_hours_that_have_passed_count_as_they_were_kept_whatever_is_known_of_them_since() -> None:
    town = two_posts()
    set_for(town, ("watch", "lead"), START, (12, 14))
    set_for(town, ("watch", "officer.1"), START, (6, 9))
    town.leave("P1", START + 6 * HOUR, START + 9 * HOUR)
    town.settle()
    town.now += 10 * HOUR
    town.standing.pop(next(key for key in town.standing if key[0] == "leave"))
    assert town.settle() == []
    assert comings(town, START) == [(12, False)]


@st.composite
def watches(draw: st.DrawFn) -> Town:
    """One to three rosters over people whom they share, most of them handed over at one instant."""
    keys = "abc"[: draw(st.integers(1, 3))]
    some = st.lists(st.sampled_from(HOLDERS), unique=True, min_size=1, max_size=4)
    groups = {key: group_of(*draw(some), unit=f"unit_{key}") for key in keys}
    rosters = {
        key: roster_of(
            key,
            pattern=draw(st.sampled_from(["24h", "12h"])),
            handover=draw(st.sampled_from([None, None, "17:00"])),
            rotation=draw(st.sampled_from(["fair", "fixed"])),
            rest=draw(st.sampled_from(["5h", "12h", "30h"])),
        )
        for key in keys
    }
    town = Town(plan_of(groups), rosters)
    for holder in draw(some):
        town.seat(f"unit_{draw(st.sampled_from(keys))}", holder, START - DAY)
    return town


def touch(data: st.DataObject, town: Town) -> None:
    """Somebody is set, or set no more, or is away, at once or later."""
    begins = town.now + data.draw(st.integers(0, 8) | st.integers(0, 40)) * HOUR
    holder, lasts = data.draw(st.sampled_from(HOLDERS[:3])), data.draw(st.integers(1, 12)) * HOUR
    moved = [each for each in town.standing if each[0] in ("pin", "leave")]
    match data.draw(st.sampled_from(["set", "set", "set", "away", "no more"])):
        case "set":
            post = data.draw(st.sampled_from(["lead", "officer.1"]))
            roster = data.draw(st.sampled_from([key for kind, key in town.standing if kind == "roster"]))
            town.pin(roster, post, holder, begins, begins + lasts)
        case "away":
            town.leave(holder, begins, begins + lasts)
        case _ if moved:
            del town.standing[data.draw(st.sampled_from(moved))]
        case _:
            pass


@given(st.data(), watches())
def test_somebody_is_marked_as_unrested_exactly_when_the_hours_before_were_too_near(
    data: st.DataObject, town: Town
) -> None:
    town.settle()
    for _ in range(data.draw(st.integers(1, 4))):
        town.run(town.now + data.draw(st.integers(0, 30)) * HOUR, late=data.draw(st.booleans()))
        for _ in range(data.draw(st.integers(1, 3))):
            touch(data, town)
        town.settle()
        assert town.settle() == []
    town.run(town.now + 3 * DAY, late=data.draw(st.booleans()))
    rests = {key: one.rest for key, one in town.case(town.now).keepings.items()}
    mine: dict[str, list[Duty]] = {}
    for one in sorted(counting(town), key=lambda one: one.since):
        if one.piece.holder is not None and is_named(one.piece.holder):
            mine.setdefault(one.piece.holder, []).append(one)
    for pieces in mine.values():
        assert "rest" not in pieces[0].piece.marks
        for before, after in pairwise(pieces):
            # whoever goes on without a pause comes from no rest, and does not come anew: either is true
            if before.until < after.since:
                is_near = after.since < before.until + rests[after.roster]
                assert is_near == ("rest" in after.piece.marks), (before, after)
