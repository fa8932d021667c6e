"""Who can come for a post, told by time: the paper, the directory, and units that send whomever they have."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from incident.domain.organisation import Seat
from incident.domain.people import spans
from tests.domain.rota import START, Town, group_of, plan_of, roster_of
from tests.playbooks import text

HOUR, DAY = 3600, 86400


def watch(*units: str) -> Town:
    return Town(plan_of({unit: group_of(unit=unit) for unit in units}), {"watch": roster_of(units[0])})


def there(town: Town, refs: list[str], at: int) -> list[str]:
    """Whom some units have at an instant."""
    found = spans(town.playbook, town.case(at).people, refs)
    return [one.holder for one in found if one.since <= at < one.until]


def test_a_tenure_to_come_leaves_the_unit_as_it_is_until_it_begins() -> None:
    town = watch("office")
    town.settle()
    town.seat("office", "H1", START + 10 * DAY)
    assert town.settle() == []
    assert town.who("watch") == {"officer.1": "@office"}
    town.run(START + 11 * DAY)
    (relieved,) = [one for one in town.rows.values() if one.until == START + 10 * DAY]
    assert (relieved.piece.holder, town.who("watch")) == ("@office", {"officer.1": "H1"})


def test_a_seat_that_a_unit_fills_is_the_units_until_it_has_a_holder_of_its_own() -> None:
    town = watch("office")
    group = town.playbook.groups["office"]
    group.seats["clerk"] = Seat(title=text("文员", "clerk"), people=text("office", "office"))
    town.seat("office", "H1", START - DAY)
    town.seat("office.clerk", "H2", START + DAY)
    assert there(town, ["office.clerk"], START) == ["H1"]
    assert there(town, ["office.clerk"], START + DAY) == ["H2"]


tenures = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["H1", "H2"]),
        st.integers(0, 20),
        st.one_of(st.none(), st.integers(1, 9)),
    ),
    max_size=5,
)


@given(tenures, st.integers(0, 30))
def test_units_send_whomever_they_have_exactly_while_nobody_there_is_named(
    some: list[tuple[str, str, int, int | None]], hour: int
) -> None:
    town = watch("a", "b")
    for unit, holder, since, lasts in some:
        begins = START + since * HOUR
        town.seat(unit, holder, begins, None if lasts is None else begins + lasts * HOUR)
    at = START + hour * HOUR
    named = [
        holder
        for unit in ("a", "b")
        for of, holder, since, lasts in some
        if of == unit and since <= hour and (lasts is None or hour < since + lasts)
    ]
    begun = {of for of, _holder, since, _lasts in some if since <= hour}
    unnamed = [f"@{unit}" for unit in ("a", "b") if unit not in begun]
    assert sorted(there(town, ["a", "b"], at)) == sorted(named or unnamed)
