"""Handovers that were missed: shown as foreseen while no worker runs, and recorded as they were shown."""

from __future__ import annotations

import pytest

from incident.domain import firing
from incident.domain.facts import TimerEnded
from incident.domain.timer import Timer
from incident.service import rota
from tests.service.office import Office
from tests.service.watching import TRACING, WATCH, activate, must_hold, office, staffed

__all__ = ["office"]


def test_three_days_without_a_worker_are_recorded_shift_by_shift(office: Office) -> None:
    staffed(office)
    activate(office)
    foreseen = {day: office.who(WATCH, f"2026-03-0{day} 12:00") for day in (1, 2, 3)}
    office.outage(days=3)
    assert {day: office.who(WATCH, f"2026-03-0{day} 12:00") for day in (1, 2, 3)} == foreseen


def test_handover_that_cannot_be_resolved_is_recorded_with_empty_posts(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise ValueError("no such thing")

    with monkeypatch.context() as patched:
        patched.setattr("incident.domain.roster.hand_over", broken)
        office.after(hours=6)
    assert office.who(WATCH, "2026-03-01 08:20") == {"lead": None, "officer.1": None}
    office.after(days=1)
    assert None not in office.who(WATCH).values()


def _shown(office: Office, *times: str) -> list[dict[str, str | None]]:
    return [office.who(key, at) for at in times for key in (WATCH, TRACING)]


def test_what_is_shown_while_no_worker_runs_is_what_was_foreseen_and_what_is_recorded(office: Office) -> None:
    staffed(office)
    activate(office)
    times = ("2026-03-01 12:00", "2026-03-02 12:00", "2026-03-03 12:00", "2026-03-06 12:00")
    before = _shown(office, *times)
    office.clock.reach(office.at("2026-03-03 12:30"))
    assert _shown(office, *times) == before
    found = office.rota(office.at("2026-03-03 12:00"))
    assert found.behind == office.at("2026-03-01 08:00")
    assert {(one.seq, office.shown(one.shift)) for one in found.pieces} == {
        (rota.FORESEEN, "2026-03-03 08:00")
    }
    office.sweep()
    assert _shown(office, *times) == before
    assert office.rota(office.at("2026-03-03 12:00")).behind is None


def test_an_act_for_which_the_missed_handovers_cannot_be_caught_up_records_them_itself(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("the worker's fault")

    staffed(office)
    activate(office)
    office.clock.reach(office.at("2026-03-02 09:40"))
    before = _shown(office, "2026-03-01 12:00", "2026-03-02 09:00")
    keeps = str(office.who(WATCH)["officer.1"])
    with monkeypatch.context() as patched:
        patched.setattr("incident.service.tick._carried_out", broken)
        office.cover(keeps, until="2026-03-02 12:00")
    since = office.clock()
    relieved = office.who(WATCH)
    assert relieved["officer.1"] != keeps
    office.clock.after(hours=1)
    office.sweep()
    assert _shown(office, "2026-03-01 12:00", "2026-03-02 09:00") == before
    assert office.who(WATCH, office.shown(since)) == relieved
    office.after(days=3)
    must_hold(office, days=3)


def test_a_handover_that_was_set_aside_is_recorded_with_the_next(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    staffed(office)
    office.after(hours=5)
    before = [office.who(WATCH, f"2026-03-0{day} 12:00") for day in (1, 2)]
    with monkeypatch.context() as patched:
        patched.setattr(
            "incident.domain.firing._RULES",
            {**firing._RULES, "handover": lambda one, case: [held(one, case)]},
        )
        office.after(hours=3)
    assert office.who(WATCH, "2026-03-01 09:00") == before[0]
    office.after(days=1)
    assert [office.who(WATCH, f"2026-03-0{day} 12:00") for day in (1, 2)] == before
    must_hold(office, days=1)


def held(timer: Timer, case: firing.Case) -> TimerEnded:
    return firing.hold(timer, case.at, "fault")
