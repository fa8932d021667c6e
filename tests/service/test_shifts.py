"""The acts by which people change who keeps a shift, held to what each promises: Majian with its people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from incident.domain.effects import Notice, notices
from incident.domain.errors import RequestError
from incident.domain.fact_names import kind_of
from incident.service import shifts
from incident.testing.given import fixed_chance
from tests.service.office import Office
from tests.service.watching import WATCH, staffed


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    staffed(story)
    yield story
    story.expect_account()
    story.dump()


def test_who_is_set_from_now_on_comes_however_long_the_lock_was_waited_for(office: Office) -> None:
    for is_said in (False, True):
        asked = shifts.Setting(WATCH, "officer.1", "H4", office.clock() if is_said else None)
        office.clock.after(seconds=45)
        shifts.override(
            office.store,
            office.code,
            asked,
            why=None,
            origin=office.origin(),
            now=office.clock,
            chance=fixed_chance,
        )
        assert office.who(WATCH)["officer.1"] == "H4"
        office.after(days=1)


def leaves(office: Office) -> list[tuple[str, str, str]]:
    """Give the leaves that stand, in order of time: from, until, why."""
    items = [stood.item for (kind, _key), stood in office.standing.items() if kind == "leave"]
    return sorted((one["since"][:10], one["until"][:10], one.get("why", "leave")) for one in items)


PLANNED: dict[str, Any] = {"since": "2026-03-10 12:00", "until": "2026-03-20 12:00", "why": "leave"}
FLU: dict[str, Any] = {"why": "sick"}


@pytest.mark.parametrize(
    ("second", "stands"),
    [
        # ill before, and up to the first day of the holidays
        ({**FLU, "until": "2026-03-10 12:00"}, [("2026-02-28", "2026-03-10", "sick")]),
        # ill into them
        ({**FLU, "until": "2026-03-12 12:00"}, [("2026-02-28", "2026-03-12", "sick")]),
        # ill in the midst of them
        (
            {**FLU, "since": "2026-03-12 12:00", "until": "2026-03-14 12:00"},
            [("2026-03-12", "2026-03-14", "sick")],
        ),
    ],
)
def test_who_is_ill_for_days_keeps_the_leave_that_is_planned(
    office: Office, second: dict[str, Any], stands: list[tuple[str, str, str]]
) -> None:
    office.cover("H1", **PLANNED)
    office.cover("H1", **second)
    assert leaves(office) == sorted([*stands, ("2026-03-10", "2026-03-20", "leave")])
    week = office.rota(office.at("2026-03-12 13:00"), office.at("2026-03-20 11:00")).pieces
    assert "H1" not in {one.piece.holder for one in week}


@pytest.mark.parametrize(
    ("second", "stands"),
    [
        # comes back earlier than was said
        ({"since": "2026-03-12 12:00", "until": "2026-03-14 12:00"}, ("2026-03-10", "2026-03-14")),
        # stays longer, from the last minute on
        ({"since": "2026-03-20 12:00", "until": "2026-03-25 12:00"}, ("2026-03-10", "2026-03-25")),
        # goes earlier, and comes back as planned
        ({"since": "2026-03-08 12:00", "until": "2026-03-12 12:00"}, ("2026-03-08", "2026-03-20")),
        # goes earlier, and stays longer
        ({"since": "2026-03-08 12:00", "until": "2026-03-25 12:00"}, ("2026-03-08", "2026-03-25")),
    ],
)
def test_leave_of_the_same_reason_is_one_leave(
    office: Office, second: dict[str, Any], stands: tuple[str, str]
) -> None:
    office.cover("H1", **PLANNED)
    office.cover("H1", **second, why="leave")
    assert leaves(office) == [(*stands, "leave")]


@pytest.mark.parametrize(
    "act",
    [
        lambda office: office.override(WATCH, "H4", post="officer", since="2101-03-01 12:00"),
        lambda office: office.swap(WATCH, "2026-03-03 12:00", "2101-03-01 12:00", post="officer"),
        lambda office: office.cover("H1", since="2101-03-01 12:00"),
        lambda office: office.cover("H1", until="2101-03-01 12:00", by="H2"),
    ],
)
def test_nobody_waits_for_the_lock_while_a_hundred_years_are_given_out(
    office: Office, act: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("incident.domain.roster.ahead")  # nothing is computed before it is refused
    with pytest.raises(RequestError, match="within 400 days"):
        act(office)


def test_who_is_named_to_cover_covers_or_is_refused(office: Office) -> None:
    """Never left out without a word, and never the one who is away."""
    there, version = str(office.who(WATCH)["officer.1"]), office.situation.version
    others = [f"H{n}" for n in range(1, 6) if f"H{n}" != there]
    with pytest.raises(RequestError, match=f"nobody: {others[0]} keeps no post then"):
        office.cover(others[0], until="2026-03-01 04:00", by=others[1])
    with pytest.raises(RequestError, match="somebody else"):
        office.cover(there, until="2026-03-01 04:00", by=there)
    assert office.situation.version == version
    office.cover(there, until="2026-03-01 04:00", by=others[1])
    assert office.who(WATCH)["officer.1"] == others[1]


TUESDAY = "2026-03-03 12:00"
SET: dict[str, Any] = {"post": "officer", "since": "2026-03-03 08:00", "until": "2026-03-03 18:00"}


def test_who_is_set_may_be_set_for_longer(office: Office) -> None:
    office.override(WATCH, "H4", **SET)
    office.override(WATCH, "H4", **{**SET, "until": "2026-03-04 08:00"})
    office.after(days=4)
    kept = office.rota(office.at("2026-03-03 08:00"), office.at("2026-03-04 08:00")).pieces
    assert {one.piece.holder for one in kept if one.piece.post == "officer.1"} == {"H4"}


def test_who_is_set_for_a_roster_that_stands_no_more_is_free(office: Office) -> None:
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    office.override("regional_cocheck_watch", "H4", **SET)
    office.after(days=1)
    office.stand_down()
    office.override(WATCH, "H4", **SET)
    assert office.who(WATCH, TUESDAY)["officer.1"] == "H4"


def test_who_was_set_by_mistake_is_set_no_more_and_told(office: Office) -> None:
    """Before the shift and in it; whoever was set before counts again, else the rotation."""
    by_rotation = str(office.who(WATCH, TUESDAY)["officer.1"])
    first, second = [f"H{n}" for n in range(1, 6) if f"H{n}" != by_rotation][:2]
    for holder in (first, second):
        office.override(WATCH, holder, **SET)
    for holder in (first, by_rotation):
        outcome = office.withdraw(WATCH, post="officer", since=TUESDAY)
        assert office.who(WATCH, TUESDAY)["officer.1"] == holder
        assert [kind_of(fact) for fact in outcome.entry.facts] == ["PersonUnset", "OutlookPromised"]
        assert notices(outcome.entry.facts) == [Notice(second if holder == first else first, [0])]
    office.clock.reach(office.at("2026-03-03 09:00"))
    office.sweep()
    office.override(WATCH, first, post="officer")
    office.after(hours=1)
    assert office.who(WATCH)["officer.1"] == first
    outcome = office.withdraw(WATCH, post="officer")
    assert [kind_of(fact) for fact in outcome.entry.facts][:2] == ["PersonUnset", "DutyAssigned"]
    assert office.who(WATCH)["officer.1"] != first
    assert office.who(WATCH, "2026-03-03 09:59")["officer.1"] == first


def test_what_nobody_set_cannot_be_withdrawn(office: Office) -> None:
    office.override(WATCH, "H4", **SET)
    with pytest.raises(RequestError, match=r"H4 from 2026-03-03 08:00 \+08:00 to 2026-03-03 18:00"):
        office.withdraw(WATCH, post="officer", since="2026-03-03 19:00")
    with pytest.raises(RequestError, match="somebody who was set"):
        office.withdraw(WATCH, post="lead", since=TUESDAY)


@pytest.mark.parametrize("holder", ["@综合信息指挥室", "@全体机关干部", "H1"])
def test_nobody_is_set_who_is_no_person_or_was_erased(office: Office, holder: str) -> None:
    """A stand-in for whomever a unit sends is nobody in particular."""
    office.erase("H1")
    version = office.situation.version
    with pytest.raises(RequestError, match="holder"):
        office.override(WATCH, holder, **SET)
    assert office.situation.version == version


def test_who_stays_though_set_no_more_stays_by_the_record_and_by_every_look(office: Office) -> None:
    """Whoever had the post is away for some minutes, so that the one who was set is the best still."""
    there = str(office.who(WATCH)["officer.1"])
    other = "H2" if there != "H2" else "H3"
    office.override(WATCH, other, post="officer", until="2026-03-02 08:00")
    for n in range(1, 6):
        if f"H{n}" != other:
            office.cover(f"H{n}", until=office.shown(office.clock() + 600))
    office.after(minutes=1)
    office.withdraw(WATCH, post="officer")
    recorded = office.who(WATCH)["officer.1"]
    assert recorded == other
    for _ in range(3):
        office.after(hours=1)
        assert office.who(WATCH)["officer.1"] == recorded
    piece = next(
        one.piece for one in office.rota().pieces if (one.roster, one.piece.post) == (WATCH, "officer.1")
    )
    assert piece.rule != "set"


def test_who_comes_unrested_is_marked_by_the_next_act_where_an_earlier_version_was_silent(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is marked is in the entry of the act; the journal holds before it and after it."""
    kept = str(office.who(WATCH)["officer.1"])
    first, other = [f"H{n}" for n in range(1, 6) if f"H{n}" != kept][:2]
    begins = office.clock()
    hours = [office.shown(begins + n * 3600) for n in range(5)]

    def rest(holder: str) -> list[bool]:
        return [
            "rest" in one.piece.marks
            for one in office.rota(begins, begins + 86400).pieces
            if one.piece.holder == holder
        ]

    with monkeypatch.context() as earlier:
        earlier.setattr("incident.domain.roster._Giving._marked", lambda _self, one, *_beside: one.piece)
        office.override(WATCH, first, post="officer", since=hours[3], until=hours[4])
        office.override(WATCH, first, post="officer", since=hours[1], until=hours[2])
        assert rest(first)[:2] == [False, False]
        office.dump()
    office.dump()
    office.override(WATCH, other, post="officer", since=hours[2], until=hours[3])
    assert rest(first)[:2] == [False, True]
    with office.store.reading() as tx:
        recorded = tx.newest_duties(office.code)
    assert [one.piece.marks for one in recorded if one.piece.holder == first] == [[], ["rest"]]
    office.dump()
