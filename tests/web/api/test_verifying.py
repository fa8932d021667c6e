"""Verifying through the API is the same as on a page: one of a journal at a time, seen by all."""

from __future__ import annotations

from typing import Any
from unittest import mock

from incident.domain import clock
from incident.domain.errors import StoreAway
from incident.service.examine import examine
from tests.web.api.calling import AT, Caller
from tests.web.serving import TOWN, Served


def test_what_was_verified_last_is_there_for_pages_and_programs_alike(auditor_api: Caller) -> None:
    before = auditor_api.get(f"{AT}/verifications").json()
    answer = auditor_api.post(f"{AT}/verifications", json={"levels": "hashes"}).json()
    after = auditor_api.get(f"{AT}/verifications").json()

    assert before == {"running": None, "last": None}
    assert (after["running"], after["last"]["verified"], after["last"]["fault"]) == (None, answer, None)
    assert (after["last"]["entries"], after["last"]["stopped"]) == (1, False)
    page = auditor_api.get(f"/j/{TOWN}/record/verify").text
    assert "2 of 11 levels, against 0 checkpoints from outside" in page


def test_a_database_that_goes_away_says_nothing_of_the_record(auditor_api: Caller) -> None:
    away = StoreAway(where="here", expected="an answer", found="none", do="look whether it runs")
    with mock.patch("incident.web.examining.examine", side_effect=away):
        answer = auditor_api.post(f"{AT}/verifications", json={})
    last = auditor_api.get(f"{AT}/verifications").json()["last"]

    assert answer.status_code == 503
    assert (last["away"], last["broken"], last["verified"], last["fault"]) == (True, False, None, None)


def test_what_another_verifies_is_seen_and_not_done_twice(served: Served, auditor_api: Caller) -> None:
    met = list[Any]()

    def looking(*given: Any, **named: Any) -> Any:
        met.append(auditor_api.get(f"{AT}/verifications").json()["running"])
        met.append(auditor_api.post(f"{AT}/verifications", json={}).status_code)
        return examine(*given, **named)

    with mock.patch("incident.web.examining.examine", side_effect=looking):
        assert auditor_api.post(f"{AT}/verifications", json={}).status_code == 200

    assert met == [{"began": clock.stamp(served.clock()), "entries": 1, "taken": 0}, 409]
