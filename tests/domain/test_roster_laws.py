"""Who keeps which shift: laws over random towns."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain.duty import Duty, Timeline
from incident.domain.people import is_named
from incident.domain.roster import settle
from incident.domain.stretch import joined
from tests.domain.rota import START, Town
from tests.domain.towns import DAY, HOLDERS, HOUR, change, counting, lived, pass_time, pieces_of, towns


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
    _check_every_post_of_the_newest_shifts(town)
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


def _check_every_post_of_the_newest_shifts(town: Town) -> None:
    """From the beginning of a shift, or of the post, to its end there is a piece at any time."""
    for key, keeping in town.case(town.now).keepings.items():
        newest = town.duties.newest[key]
        for post in keeping.posts:
            kept = joined((one.since, one.until) for one in newest if one.piece.post == post.name)
            assert [until for _since, until in kept] == [newest[0].till], (key, post.name)


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
def test_a_preview_is_what_is_recorded_later_whenever_one_looks(data: st.DataObject, town: Town) -> None:
    begins = lived(data, town).now
    looked = [begins, *sorted(begins + data.draw(st.integers(1, 12 * DAY)) for _ in range(2))]
    until = begins + 13 * DAY
    instants = [data.draw(st.integers(begins, until - 1)) for _ in range(12)]
    previews = []
    for at in looked:
        pass_time(data, town, at)
        found = pieces_of(town.ahead(until))
        anew = {(one.roster, one.shift) for one in found}
        kept = [one for one in counting(town) if (one.roster, one.shift) not in anew]
        previews.append((at, Timeline([*kept, *found])))
    town.run(until, late=data.draw(st.booleans()))
    recorded = town.timeline()
    for looked_at, preview in previews:
        for at in instants:
            for key in recorded.rosters():
                foreseen = [one.piece for one in preview.who(key, at)]
                assert foreseen == [one.piece for one in recorded.who(key, at)], (looked_at, at)


@settings(max_examples=200)
@given(st.data(), towns())
def test_what_is_recorded_stays_so_as_long_as_nothing_else_is(data: st.DataObject, town: Town) -> None:
    lived(data, town)
    if data.draw(st.booleans()):
        town.run(town.now + data.draw(st.integers(1, 3 * DAY)))
    coming = [due for due, _ in town.handovers(town.now + DAY) if due > town.now]
    following = min(coming, default=town.now + DAY)
    for _ in range(6):
        at = data.draw(st.integers(town.now, following - 1))
        assert settle(town.case(at), at) == []


@given(st.data(), towns())
def test_what_has_passed_is_never_another(data: st.DataObject, town: Town) -> None:
    lived(data, town)
    until = town.now
    instants = [START - 1, *(until - data.draw(st.integers(1, 2 * DAY)) for _ in range(10))]
    before = {(key, at): town.who(key, at) for at in instants for key in town.timeline().rosters()}
    for _ in range(3):
        change(town, data)
        pass_time(data, town, town.now + data.draw(st.integers(0, DAY)))
    known = {place: there for place, there in before.items() if there}
    assert {(key, at): town.who(key, at) for key, at in known} == known


@given(st.data(), towns())
def test_nobody_comes_unrested_while_somebody_rested_could_stay_as_long(
    data: st.DataObject, town: Town
) -> None:
    for _ in range(data.draw(st.integers(0, 3))):
        since = town.now + data.draw(st.integers(-2, 5)) * DAY
        town.leave(data.draw(st.sampled_from(HOLDERS)), since, since + data.draw(st.integers(1, 60)) * HOUR)
    town.settle()
    town.run(town.now + 6 * DAY)
    case, there = town.case(town.now), counting(town)
    places = {(key, post.name): n for key, one in case.keepings.items() for n, post in enumerate(one.posts)}

    def order(one: Duty) -> tuple[int, str, int]:
        return one.shift, one.roster, places[one.roster, one.piece.post]

    for one in there:
        if "rest" not in one.piece.marks or one.since != one.shift:
            continue
        keeping = case.keepings[one.roster]
        (post,) = [each for each in keeping.posts if each.name == one.piece.post]
        tired = {
            each.piece.holder
            for each in there
            if order(each) < order(one) and each.until > one.since - keeping.rest
        }
        for span in post.spans:
            absences = case.people.leaves.get(span.holder, ())
            is_there = span.since <= one.since and one.until <= span.until and not span.is_many
            is_away = any(each.since < one.until and each.until > one.since for each in absences)
            assert not is_there or is_away or span.holder in tired, (one, span)
