"""People on duty in Majian's emergency: set, exchanged, ill, gone, and told the same a fortnight later."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from incident.domain.errors import RequestError
from incident.domain.fact_names import kind_of
from incident.service import rota
from tests.service.office import Office, assigned, row
from tests.service.watching import TRACING, WATCH, activate, must_hold, office, staffed

__all__ = ["office"]


def test_the_second_an_activation_commits_every_post_has_somebody(office: Office) -> None:
    activate(office)
    assert office.outcome is not None
    (shift,) = assigned(office.outcome.entry.facts)
    assert (shift.roster, shift.since, shift.until) == (
        TRACING,
        "2026-02-28T18:40:00Z",
        "2026-03-01T00:00:00Z",
    )
    assert office.who(TRACING) == {"lead": "P9", "officer.1": "@综合信息指挥室"}
    assert office.who(WATCH) == {"lead": "P1", "officer.1": "@全体机关干部"}


def test_stand_down_ends_the_duty_of_the_emergency_and_that_of_routine_goes_on(office: Office) -> None:
    activate(office)
    office.after(hours=30)
    before = office.who(WATCH)
    office.stand_down()
    assert office.who(TRACING) == {}
    assert office.who(WATCH) == before


def test_handovers_go_on_without_a_gap_and_nobody_is_at_two_posts(office: Office) -> None:
    staffed(office)
    activate(office)
    office.after(days=15)
    must_hold(office, days=15)


def test_who_falls_ill_at_two_is_relieved_at_two_and_the_hour_before_stays_theirs(office: Office) -> None:
    staffed(office)
    activate(office)
    office.after(hours=23, minutes=20)
    first = office.who(WATCH)["officer.1"]
    assert first is not None
    outcome = office.cover(first, until="2026-03-04 08:00")
    assert [kind_of(fact) for fact in outcome.entry.facts] == [
        "LeaveNoted",
        "DutyAssigned",
        "OutlookPromised",
    ]
    second = office.who(WATCH)["officer.1"]
    assert second not in (first, None)
    assert office.who(WATCH, "2026-03-02 01:59")["officer.1"] == first
    office.after(days=3)
    assert office.who(WATCH, "2026-03-02 02:00")["officer.1"] == second


def test_who_covers_may_be_named(office: Office) -> None:
    staffed(office)
    activate(office)
    first = office.who(WATCH)["officer.1"]
    other = "H5" if first != "H5" else "H4"
    office.cover(str(first), by=other)
    assert office.who(WATCH)["officer.1"] == other


def test_leave_that_is_said_again_gets_the_new_end(office: Office) -> None:
    staffed(office)
    office.cover("H3", since="2026-03-02 00:00", until="2026-03-09 00:00", why="leave")
    outcome = office.cover("H3", since="2026-03-05 00:00", until="2026-03-20 00:00", why="leave")
    assert [kind_of(fact) for fact in outcome.entry.facts] == ["LeaveChanged", "OutlookPromised"]
    assert len([key for kind, key in office.standing if kind == "leave"]) == 1


def test_person_who_is_set_comes_and_a_later_one_takes_their_place(office: Office) -> None:
    staffed(office)
    office.override(WATCH, "H5", post="officer", since="2026-03-03 08:00", until="2026-03-04 08:00")
    office.override(WATCH, "H2", post="officer.1", since="2026-03-03 20:00", until="2026-03-04 08:00")
    office.after(days=5)
    assert office.who(WATCH, "2026-03-03 12:00")["officer.1"] == "H5"
    assert office.who(WATCH, "2026-03-03 21:00")["officer.1"] == "H2"


def test_two_shifts_are_exchanged(office: Office) -> None:
    staffed(office)
    days = ("2026-03-03 12:00", "2026-03-05 12:00")
    one, other = (office.who(WATCH, day)["officer.1"] for day in days)
    office.swap(WATCH, *days, post="officer.1")
    assert [office.who(WATCH, day)["officer.1"] for day in days] == [other, one]
    office.after(days=7)
    assert [office.who(WATCH, day)["officer.1"] for day in days] == [other, one]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda office: office.override("nowhere", "H1"), "roster"),
        (lambda office: office.override(WATCH, "H99"), "holder"),
        (lambda office: office.override(WATCH, "H1", post="cook"), "post"),
        (lambda office: office.override(WATCH, "H1", since="2026-02-20 08:00"), "time"),
        (lambda office: office.override(WATCH, "H1", until="2026-03-01 01:00"), "time"),
        (lambda office: office.swap(WATCH, "2026-03-03 12:00", "2026-03-03 13:00"), "the shifts"),
        (lambda office: office.swap(WATCH, "2026-02-03 12:00", "2026-03-03 13:00"), "time"),
        (lambda office: office.cover("H99", until="2026-03-04"), "holder"),
        (lambda office: office.cover("T1", since="2026-03-02 09:00"), "until"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(office: Office, act: Any, words: str) -> None:
    staffed(office)
    version = office.situation.version
    with pytest.raises(RequestError) as found:
        act(office)
    assert words in str(found.value)
    assert office.situation.version == version


def test_nobody_is_set_while_away_or_for_two_posts_at_once(office: Office) -> None:
    staffed(office)
    activate(office)
    times: dict[str, Any] = {"since": "2026-03-03 08:00", "until": "2026-03-04 08:00"}
    office.cover("H1", **times, why="leave")
    with pytest.raises(RequestError, match="away"):
        office.override(WATCH, "H1", post="officer", **times)
    office.override(WATCH, "H2", post="officer", **times)
    with pytest.raises(RequestError, match="another post"):
        office.override(TRACING, "H2", post="officer", **times)


def test_holder_who_left_office_comes_no_more(office: Office) -> None:
    staffed(office)
    office.take_in(row("全体机关干部", "H1", until="2026-03-03"))
    office.after(days=20)
    later = [one.piece.holder for one in office.rota(office.at("2026-03-04 00:00"), office.clock()).pieces]
    assert "H1" not in later
    assert "H2" in later


def test_pool_that_runs_empty_is_recorded_as_empty_and_stands_in_nobodys_way(office: Office) -> None:
    office.take_in(row("综合信息指挥室", "T1", since="2026-01-01", until="2026-03-02"))
    office.take_in(
        *(
            row(unit, f"X{n}", since="2025-01-01", until="2025-12-31")
            for n, unit in enumerate(
                ("党政综合办", "党建工作办", "社会事务服务管理办", "区域协查专班", "卫生院", "派出所"),
                start=1,
            )
        )
    )
    activate(office)
    office.after(days=3)
    found = office.rota().pieces
    (empty,) = [one for one in found if (one.roster, one.piece.post) == (TRACING, "officer.1")]
    assert (empty.piece.holder, empty.piece.rule, empty.piece.marks) == (None, "nobody", ["uncovered"])


def test_one_holder_of_four_seats_is_at_one_post_at_a_time(office: Office) -> None:
    activate(office)
    office.after(days=14)
    must_hold(office, days=14)
    found = office.rota(office.clock() - 14 * 86400, office.clock()).pieces
    assert {one.piece.holder for one in found if one.piece.post == "lead"} == {"P1", "P2", "P9"}


def test_public_holiday_is_shared_out_by_itself(office: Office) -> None:
    staffed(office)
    office.clock.reach(office.at("2026-04-25 09:00"))
    office.sweep()
    office.after(days=12)
    spring = office.rota(office.at("2026-05-01 09:00"), office.at("2026-05-06 07:00")).pieces
    served = [one.piece for one in spring if one.piece.post == "officer.1"]
    assert {one.by for one in served} == {"holiday"}
    assert len(served) == 5
    minutes: Counter[str] = Counter()
    for one in office.rota(office.at("2026-01-01 00:00"), office.at("2026-05-06 07:00")).pieces:
        if (one.roster, one.piece.post) == (WATCH, "officer.1") and one.piece.holder is not None:
            minutes[one.piece.holder] += one.piece.holiday
    assert max(minutes.values()) - min(minutes.values()) < 24 * 60, "nobody is a shift ahead of another"


def test_answer_of_that_night_is_the_same_a_year_later_with_the_reason(office: Office) -> None:
    staffed(office)
    activate(office)
    office.after(minutes=30)
    then = office.at("2026-03-01 03:10")
    before = rota.on_duty(office.rota(then), then)
    office.take_in(
        row("全体机关干部", "H9", since="2026-02-01"), row("duty.leader", "H8", since="2026-03-02")
    )
    office.cover("H2", until="2026-05-01")
    office.after(days=3)
    office.stand_down()
    office.after(days=362)
    after = rota.on_duty(office.rota(then), then)
    assert {key: [one.piece.holder for one in there] for key, there in after.items()} == {
        key: [one.piece.holder for one in there] for key, there in before.items()
    }
    assert [one.piece.rule for one in after[WATCH]] == [one.piece.rule for one in before[WATCH]]


def _set_daily(office: Office, *, days: int) -> list[tuple[str, str, int, str | None]]:
    """Set somebody by hand for an hour of each day; gives who was on duty then."""
    staffed(office)
    since = office.clock()
    for day in range(days):
        office.override(WATCH, f"H{day % 5 + 1}", post="officer", until=office.shown(office.clock() + 3600))
        office.after(days=1)
    found = office.rota(since, office.clock()).pieces
    return [(one.roster, one.piece.post, one.since, one.piece.holder) for one in found]


def test_what_was_set_and_is_over_stands_no_longer_and_nobody_else_comes_for_that(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = _set_daily(office, days=12)
    assert len([key for kind, key in office.standing if kind == "pin"]) <= 2
    other = Office("majian")
    monkeypatch.setattr("incident.service.desk.Desk.outlived", lambda _desk: ())
    assert _set_daily(other, days=12) == served
    assert len([key for kind, key in other.standing if kind == "pin"]) == 12


def _on_leave(office: Office) -> list[str]:
    return [stood.item["holder"] for (kind, _), stood in office.standing.items() if kind == "leave"]


def test_leave_counts_for_the_shares_of_its_year_and_ends_after_it(office: Office) -> None:
    staffed(office)
    office.cover("H3", since="2026-03-02 00:00", until="2026-03-09 00:00", why="leave")
    office.clock.reach(office.at("2026-12-20 12:00"))
    office.sweep()
    office.cover("H4", until="2026-12-20 13:00")
    assert sorted(_on_leave(office)) == ["H3", "H4"]
    office.clock.reach(office.at("2027-01-10 12:00"))
    office.sweep()
    office.cover("H5", until="2027-01-10 13:00")
    assert _on_leave(office) == ["H5"]


def test_roster_that_cannot_be_resolved_blocks_no_activation(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise ValueError("no such thing")

    with monkeypatch.context() as patched:
        patched.setattr("incident.domain.roster.settle", broken)
        activate(office)
    office.expect_state("local_positive_detected")
    assert office.outcome is not None
    (shift,) = assigned(office.outcome.entry.facts)
    assert [(one.post, one.holder, one.marks) for one in shift.pieces] == [("lead", None, ["uncovered"])]
    assert shift.tell == ["regional_cocheck.leader", "command.leader"]


def test_what_was_set_for_a_roster_ends_with_it_and_its_holder_is_free(office: Office) -> None:
    staffed(office)
    activate(office)
    office.override(TRACING, "H2", post="officer", until="2026-03-08 08:00")
    office.after(hours=3)
    office.stand_down()
    assert office.outcome is not None
    assert [kind_of(fact) for fact in office.outcome.entry.facts].count("PersonUnset") == 1
    assert [key for kind, key in office.standing if kind == "pin"] == []
    office.override(WATCH, "H2", post="officer", until="2026-03-03 08:00")
    assert office.who(WATCH)["officer.1"] == "H2"


def test_who_is_put_back_is_on_duty_from_that_second_by_the_record(office: Office) -> None:
    staffed(office)
    first = str(office.who(WATCH)["officer.1"])
    office.after(hours=1)
    office.override(WATCH, "H5" if first != "H5" else "H4", post="officer")
    office.after(hours=1)
    outcome = office.override(WATCH, first, post="officer")
    (shift,) = assigned(outcome.entry.facts)
    assert [one.holder for one in shift.pieces if one.post == "officer.1"][-1] == first
    back = office.clock()
    assert office.who(WATCH)["officer.1"] == first
    office.after(days=1)
    assert office.who(WATCH, office.shown(back))["officer.1"] == first
