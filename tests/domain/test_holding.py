"""What a hold keeps: each thing that is about to go, held against each kind of hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from incident.domain import holding
from incident.domain.holding import Doomed, Hold, Retention
from incident.domain.situation import Standing, Stood

spans = st.tuples(st.integers(0, 9), st.integers(0, 4)).map(lambda one: (one[0], one[0] + one[1]))
holds = st.one_of(
    st.just(Hold(all=True)),
    st.lists(spans, min_size=1, max_size=3).map(lambda found: Hold(entries=found)),
    st.sampled_from(["H1", "H2"]).map(lambda sign: Hold(holder=sign)),
)
doomed = st.builds(
    Doomed,
    st.lists(spans.map(lambda one: range(one[0], one[1] + 1)), max_size=3),
    st.frozensets(st.sampled_from(["H1", "H2"])),
)


def standing(*found: Hold) -> Standing:
    return {(holding.HOLD, str(seq)): Stood(holding.plain(one), seq) for seq, one in enumerate(found)}


@given(st.lists(holds, max_size=3), doomed)
def test_a_hold_keeps_whatever_it_shares_an_entry_or_a_person_with(found: list[Hold], going: Doomed) -> None:
    entries = {seq for some in going.entries for seq in some}

    def keeps(one: Hold) -> bool:
        covered = {seq for first, last in one.entries for seq in range(first, last + 1)}
        return one.all or bool(covered & entries) or one.holder in going.holders

    expected = {seq: one for seq, one in enumerate(found) if keeps(one)}
    assert holding.held(standing(*found), going) == expected


@given(holds)
def test_a_hold_is_read_back_as_it_was(hold: Hold) -> None:
    assert holding.holds(standing(hold)) == {0: hold}


def test_holds_are_in_the_order_of_their_entries() -> None:
    eleven = [Hold(all=True)] * 11
    assert [*holding.holds(standing(*eleven))] == [*range(11)]


def test_nothing_was_dropped_until_it_is_said() -> None:
    assert holding.retention({}) is None
    said = Retention(until=3, snapshot="ab", after=0, earliest="x", latest="y")
    there = {(holding.RETENTION, holding.BODIES): Stood(holding.plain(said), 7)}
    assert holding.retention(there) == said
