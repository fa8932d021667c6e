"""Rest is judged by all that somebody keeps, whatever is given out first: posts, rosters, shifts, acts."""

from __future__ import annotations

from tests.domain.rota import START, Town, group_of, plan_of, roster_of
from tests.domain.towns import DAY, HOUR, counting

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


def test_hours_in_which_somebody_who_is_set_is_away_take_no_rest() -> None:
    for away, marked in (((5, 9), False), ((5, 7), True)):
        town = two_posts()
        set_for(town, ("watch", "lead"), START, (12, 14))
        set_for(town, ("watch", "officer.1"), START, (6, 9))
        town.leave("P1", START + away[0] * HOUR, START + away[1] * HOUR)
        town.settle()
        assert comings(town, START)[-1] == (12, marked), away
