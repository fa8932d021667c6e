"""Who was set by hand: what counts where several acts speak of one post or one person."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from incident.domain.facts import ItemEnded, ItemStarted
from incident.domain.people import FOREVER
from incident.domain.pins import Pins, ended
from tests.domain.rota import START, Town, group_of, plan_of, roster_of

HOUR, DAY = 3600, 86400
POSTS = [("a", "lead"), ("b", "lead"), ("b", "officer.1"), ("gone", "lead"), ("a", "officer.7")]
HOLDERS = ["P1", "P2", "P3"]


def town() -> Town:
    groups = {"a": group_of("P1", "P2"), "b": group_of("P1", "P3", unit="office")}
    return Town(plan_of(groups), {key: roster_of(key) for key in groups})


settings = st.lists(
    st.tuples(st.sampled_from(POSTS), st.sampled_from(HOLDERS), st.integers(0, 20), st.integers(1, 12)),
    max_size=6,
)
leaves = st.lists(st.tuples(st.sampled_from(HOLDERS), st.integers(0, 20), st.integers(1, 12)), max_size=3)


@given(settings, leaves, st.integers(0, 32))
def test_what_was_said_last_counts_of_each_post_and_each_person(
    said: list[tuple[tuple[str, str], str, int, int]], away: list[tuple[str, int, int]], hour: int
) -> None:
    here = town()
    for (roster, post), holder, since, lasts in said:
        here.pin(roster, post, holder, START + since * HOUR, START + (since + lasts) * HOUR)
    for holder, since, lasts in away:
        here.leave(holder, START + since * HOUR, START + (since + lasts) * HOUR)
    case = here.case(START)
    pins = Pins(case.keepings, case.people)

    def expected(hour: int) -> dict[tuple[str, str], str]:
        set_for: dict[tuple[str, str], str] = {}
        for post, holder, since, lasts in reversed(said):
            is_free = post not in set_for and holder not in set_for.values()
            if post in POSTS[:3] and since <= hour < since + lasts and is_free:
                set_for[post] = holder
        gone = {holder for holder, since, lasts in away if since <= hour < since + lasts}
        return {post: holder for post, holder in set_for.items() if holder not in gone}

    at = START + hour * HOUR
    found = {each: pins.there(each[0], each[1], at) for each in POSTS}
    assert {each: one.pin.holder for each, one in found.items() if one is not None} == expected(hour)
    for each in POSTS:
        who = [expected(n).get(each) for n in range(hour, 40)]
        comes = next((n for n in range(1, len(who)) if who[n] not in (None, who[n - 1])), None)
        coming = pins.next(each[0], each[1], at)
        assert coming <= (FOREVER if comes is None else at + comes * HOUR)
        if coming < FOREVER:
            assert pins.there(each[0], each[1], coming) is not None


def test_who_was_set_for_a_roster_that_has_ended_is_free_for_every_other_post() -> None:
    groups = {"a": group_of("P1"), "b": group_of("P1")}
    here = Town(plan_of(groups), {key: roster_of(key) for key in groups})
    here.pin("b", "lead", "P1", START, START + 7 * DAY)
    here.settle()
    assert (here.who("a"), here.who("b")) == ({"lead": None}, {"lead": "P1"})
    here.now += DAY
    del here.standing["roster", "b"]
    here.settle()
    assert (here.who("a"), here.who("b")) == ({"lead": "P1"}, {})


def test_what_was_set_for_a_post_that_a_roster_has_no_more_binds_nobody() -> None:
    here = town()
    here.pin("a", "officer.7", "P1", START, START + DAY)
    here.settle()
    assert here.who("a") == {"lead": "P1"}


def test_whose_place_another_was_given_is_free_for_that_time() -> None:
    here = town()
    here.pin("b", "lead", "P1", START, START + DAY)
    here.pin("b", "lead", "P3", START, START + DAY)
    here.leave("P2", START, START + DAY)
    here.settle()
    assert (here.who("a"), here.who("b")["lead"]) == ({"lead": "P1"}, "P3")


def test_with_a_roster_ends_what_was_set_for_it_unless_it_begins_anew() -> None:
    here = town()
    here.pin("a", "lead", "P1", START, START + DAY)
    here.pin("b", "lead", "P3", START, START + DAY)
    over = [ItemEnded(kind="roster", key=key, before=here.standing["roster", key].item) for key in "ab"]
    anew = ItemStarted(kind="roster", key="b", after=here.standing["roster", "b"].item)
    (fact,) = ended(here.standing, [*over, anew])
    assert isinstance(fact, ItemEnded)
    assert (fact.kind, fact.before["roster"]) == ("pin", "a")
