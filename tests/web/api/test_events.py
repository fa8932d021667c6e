"""Events from other systems, sent by the official SDK: binary, structured, several at once."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from incident.service.opened import read_entry
from tests.web.api.calling import AT, Caller, version_at
from tests.web.serving import TOWN, Served

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
DATA: Final = {"origin": "local", "result": "preliminary_positive", "cases": 1}


def positive(**more: Any) -> CloudEvent:
    """A positive result, as a laboratory sends it."""
    attributes = {
        "id": "1",
        "source": "/laboratory",
        "type": "local_positive_reported",
        "time": datetime(2026, 2, 28, 18, 30, tzinfo=UTC),
        "verb": "activate",
        "decidedby": "领导小组",
        "basis": "诸市防控〔2021〕4号",
        **more,
    }
    return CloudEvent({name: value for name, value in attributes.items() if value is not None}, DATA)


def plain(**more: Any) -> dict[str, Any]:
    """The same as JSON, by hand: also what the SDK does not let anybody send."""
    made = json.loads(to_structured_event(positive()).body)
    return {name: value for name, value in {**made, **more}.items() if value is not ...}


def send(client: Caller, message: HTTPMessage) -> Any:
    """Send what the SDK made."""
    return client.post(f"{AT}/events", content=message.body, headers=message.headers)


@pytest.mark.parametrize("made", [to_binary_event, to_structured_event])
def test_an_event_is_taken_as_the_sdk_sends_it(officer_api: Caller, served: Served, made: Any) -> None:
    found = send(officer_api, made(positive(traceparent="00-1-2-03")))

    assert (found.status_code, found.json()["to"]) == (201, "local_positive_detected"), found.text
    with served.workplace.store.reading() as tx:
        entry = read_entry(TOWN, next(tx.entries(TOWN, since=1)))
    assert entry.came is not None
    assert (entry.came.source, entry.came.id) == ("/laboratory", "1")
    assert entry.came.time == "2026-02-28T18:30:00Z"
    assert entry.actor == "authenticated"


def test_an_event_that_comes_twice_is_answered_as_the_first_time(officer_api: Caller) -> None:
    first = send(officer_api, to_structured_event(positive()))
    again = send(officer_api, to_binary_event(positive()))
    other = officer_api.post(
        f"{AT}/events", json=plain(type="response_lifted", verb="stand_down", data={}), headers=KIND
    )

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "repeated": True}
    assert (other.status_code, other.json()["type"]) == (409, "urn:incident:problem:conflict")
    assert version_at(officer_api) == '"2"'


def test_a_refused_event_is_refused_again_by_the_same_entry(officer_api: Caller) -> None:
    both = [send(officer_api, to_binary_event(positive(basis=None))).json() for _ in range(2)]
    assert [one["seq"] for one in both] == [1, 1]
    assert both[0]["missing"] == ["basis"]


KIND: Final = {"content-type": STRUCTURED}


def test_several_at_once_are_answered_each_for_itself(served: Served, officer_api: Caller) -> None:
    batch = [
        plain(),
        plain(),
        plain(id="2", type="no_such_event"),
        plain(id="3", type="response_lifted", verb="stand_down", data={}, basis=...),
        plain(id="4", type="response_lifted", verb="stand_down", data={}),
    ]
    found = officer_api.post(f"{AT}/events", json=batch, headers={"content-type": f"{BATCH}; charset=utf-8"})

    assert found.status_code == 200
    assert [one["status"] for one in found.json()] == [201, 200, 422, 403, 201]
    assert found.json()[2]["problem"]["found"] == "`no_such_event`"
    assert found.json()[3]["problem"]["missing"] == ["basis"]
    assert [one["id"] for one in found.json()] == ["1", "1", "2", "3", "4"]
    logged = [event for _level, event in served.log]
    assert logged == ["done", "done", "refused", "done"]  # as if each had come alone
    assert officer_api.post(f"{AT}/events", json=[], headers={"content-type": BATCH}).json() == []


def test_data_may_come_in_base64_and_a_header_in_quotes(officer_api: Caller) -> None:
    encoded = b64encode(json.dumps(DATA).encode()).decode()
    structured = officer_api.post(f"{AT}/events", json=plain(data=..., data_base64=encoded), headers=KIND)
    headers = {**to_binary_event(positive()).headers, "ce-id": '"1"'}
    binary = officer_api.post(f"{AT}/events", content=json.dumps(DATA), headers=headers)

    assert (structured.status_code, binary.status_code) == (201, 200), binary.text


@pytest.mark.parametrize(
    ("more", "where", "found"),
    [
        # not in due form: tests/service/test_cloudevents.py has all that can be wrong
        ({"id": ...}, "event, id", "nothing"),
        # in due form, and it means nothing to the plan
        ({"data": {**DATA, "cases": 2**63}}, "value `cases` of the event", ...),
        ({"data": {**DATA, "colour": "red"}}, "value `colour` of the event", "colour"),
        ({"effectiveat": "soon"}, "effective_at", "`soon`"),
        ({"expectplan": "1234"}, "expect_plan", "`1234`"),
    ],
)
def test_what_is_no_event_is_said_with_its_place(
    officer_api: Caller, more: dict[str, Any], where: str, found: Any
) -> None:
    answer = officer_api.post(f"{AT}/events", json=plain(**more), headers=KIND)

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    problem = answer.json()
    assert problem["type"] == "urn:incident:problem:request"
    assert problem["where"] == where
    assert problem["found"] == found or found is ...
    assert version_at(officer_api) == '"1"'


@pytest.mark.parametrize(
    ("body", "kind", "status", "told"),
    [
        (b"\xff", STRUCTURED, 422, "JSON in UTF-8"),
        # the second of two is none: neither is taken
        (json.dumps([plain(), {}]).encode(), BATCH, 422, "event 2, specversion"),
        (b"{}", "application/json", 415, STRUCTURED),
        (b"x", "text/plain", 415, STRUCTURED),
        (b"x", "application/cloudevents+avro", 415, STRUCTURED),
        (b" " * 2_000_001, STRUCTURED, 413, "too much"),
    ],
)
def test_what_is_no_cloudevent_is_said(
    officer_api: Caller, body: bytes, kind: str, status: int, told: str
) -> None:
    found = officer_api.post(f"{AT}/events", content=body, headers={"content-type": kind})
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")
    assert told in found.text
    assert version_at(officer_api) == '"1"'
