"""Deciding through the API: as at a page, for a program with a token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from incident.service import tokens
from incident.service.access import NOBODY
from tests.web.serving import TOWN, Served

AT = f"/api/v1/jurisdictions/{TOWN}"
POSITIVE: dict[str, Any] = {
    "event": "local_positive_reported",
    "verb": "activate",
    "fields": {"origin": "local", "result": "preliminary_positive", "cases": 1},
    "decided_by": "领导小组",
    "basis": "诸市防控〔2021〕4号",
}


@pytest.fixture
def caller(served: Served) -> Iterator[TestClient[Litestar]]:
    """A program with the duty officer's token."""
    made = tokens.make(served.gate, "duty_officer", "laboratory", ["look", "act"], NOBODY)
    with served.client() as client:
        client.headers["authorization"] = f"Bearer {made.plain}"
        yield client


def test_a_plan_is_shown_and_nothing_recorded(caller: TestClient[Litestar]) -> None:
    found = caller.post(f"{AT}/plans", json=POSITIVE)

    assert found.status_code == 200
    assert found.json()["to"] == "local_positive_detected"
    assert caller.get(AT).headers["etag"] == '"1"'


def test_what_is_decided_is_recorded_once(caller: TestClient[Litestar]) -> None:
    first = caller.post(f"{AT}/decisions", json=POSITIVE, headers={"Idempotency-Key": "a"})
    again = caller.post(f"{AT}/decisions", json=POSITIVE, headers={"Idempotency-Key": "a"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["incident"] == again.json()["incident"] == "330681111-2026-001"
    assert again.json()["repeated"] is True
    assert caller.get(AT).headers["etag"] == '"2"'


def test_a_refusal_says_what_is_missing_and_is_on_record(caller: TestClient[Litestar]) -> None:
    found = caller.post(f"{AT}/decisions", json={**POSITIVE, "basis": None})

    assert found.status_code == 403
    assert found.headers["content-type"].startswith("application/problem+json")
    assert found.json()["type"] == "urn:incident:problem:refused"
    assert (found.json()["missing"], found.json()["seq"]) == (["basis"], 1)


def test_whoever_looked_at_an_older_version_is_told_so(caller: TestClient[Litestar]) -> None:
    caller.post(f"{AT}/decisions", json=POSITIVE)

    lifted = {**POSITIVE, "event": "response_lifted", "verb": "stand_down", "fields": {}}
    found = caller.post(f"{AT}/decisions", json=lifted, headers={"If-Match": '"1"'})

    assert found.status_code == 412
    assert caller.get(AT).headers["etag"] == '"2"'


def test_the_journal_names_who_had_signed_in(caller: TestClient[Litestar], served: Served) -> None:
    seq = caller.post(f"{AT}/decisions", json=POSITIVE).json()["seq"]

    with served.workplace.store.reading() as tx:
        stored = next(tx.entries(TOWN, since=seq))
    assert b'"actor":"authenticated"' in stored.body


def test_events_come_as_the_standard_has_them(caller: TestClient[Litestar]) -> None:
    data = {"origin": "local", "result": "preliminary_positive", "cases": 1}
    said = {"verb": "activate", "decidedby": "领导小组", "basis": "诸市防控〔2021〕4号"}
    event = {"specversion": "1.0", "id": "1", "source": "/lab", "type": POSITIVE["event"], **said}
    kind = {"content-type": "application/cloudevents+json"}

    first = caller.post(f"{AT}/events", json={**event, "data": data}, headers=kind)
    batch = caller.post(
        f"{AT}/events",
        json=[{**event, "data": data}, {**event, "id": "2", "type": "response_lifted", "verb": "stand_down"}],
        headers={"content-type": "application/cloudevents-batch+json"},
    )

    assert first.status_code == 201, first.text
    assert [one["status"] for one in batch.json()] == [200, 201], batch.text
