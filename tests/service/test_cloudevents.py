"""Reading CloudEvents: what is one, and what is not, with the place where it is wrong."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, Final

import pytest

from incident.domain.errors import RequestError
from incident.domain.say import render
from incident.service import cloudevents

DATA: Final = {"origin": "local", "cases": 1}
EVENT: Final = {
    "specversion": "1.0",
    "id": "1",
    "source": "/laboratory",
    "type": "local_positive_reported",
    "data": DATA,
}


def event(**more: Any) -> dict[str, Any]:
    """An event; `...` takes an attribute away."""
    return {name: value for name, value in {**EVENT, **more}.items() if value is not ...}


def refused(error: RequestError) -> tuple[str, str, str]:
    """Give where something is wrong, what was expected and what was found."""
    where, expected, found, _do = (render(words, "en", str) for words in error.parts())
    return where, expected, found


def test_an_event_is_read_with_all_that_it_says() -> None:
    said = {"verb": "activate", "decidedby": "command", "basis": "b", "reason": "r", "until": "14d"}
    body = event(
        time="2026-03-01T02:40:00.5+08:00", effectiveat="02:40", expectplan="5f", traceparent=7, **said
    )

    read = cloudevents.read_structured(json.dumps(body).encode())

    assert (read.source, read.id, read.at, read.verb) == ("/laboratory", "1", 1772304000, "activate")
    assert (read.said.event, read.said.fields) == ("local_positive_reported", DATA)
    assert (read.said.decided_by, read.said.basis, read.said.reason) == ("command", "b", "r")
    assert (read.said.effective_at, read.said.until, read.said.expect_plan) == ("02:40", "14d", "5f")


def test_all_ways_say_the_same() -> None:
    encoded = b64encode(json.dumps(DATA).encode()).decode()
    headers = {f"Ce-{name}": f"{value}" for name, value in EVENT.items() if name != "data"}
    quoted = {**headers, "ce-id": '"1"', "ce-source": "%2Flaboratory", "content-type": "application/json"}
    raw = json.dumps(event()).encode()

    one = cloudevents.read_structured(raw)

    assert cloudevents.read_structured(json.dumps(event(data=..., data_base64=encoded)).encode()) == one
    assert cloudevents.read_binary(headers, json.dumps(DATA).encode()) == one
    assert cloudevents.read_binary(quoted, json.dumps(DATA).encode()) == one
    assert cloudevents.read_batch(b"[" + raw + b"," + raw + b"]") == [one, one]
    # data is no header
    assert cloudevents.read_binary({**headers, "ce-data": "x"}, b"").said.fields == {}


@pytest.mark.parametrize(
    ("more", "where", "found"),
    [
        ({"specversion": "0.3"}, "event, specversion", "`0.3`"),
        ({"specversion": ...}, "event, specversion", "nothing"),
        ({"id": ...}, "event, id", "nothing"),
        ({"id": ""}, "event, id", "``"),
        ({"id": 7}, "event, id", "`7`"),
        ({"id": "a\0b"}, "event, id", "`a\\u0000b`"),
        ({"source": "x" * 1025}, "event, source", f"`{'x' * 80}`"),
        # nobody speaks in our name
        ({"source": "cli"}, "event, source", "`cli`"),
        ({"source": "api:somebody"}, "event, source", "`api:somebody`"),
        ({"type": ["x"]}, "event, type", "`['x']`"),
        ({"time": "yesterday"}, "event, time", "`yesterday`"),
        ({"time": "2026-03-01T02:40:00"}, "event, time", "`2026-03-01T02:40:00`"),
        ({"verb": "delete"}, "event, verb", "`delete`"),
        ({"data": [1]}, "event, data", "list"),
        ({"data": {"cases": 1.5}}, "event, data.cases", "float"),
        ({"data": {"cases": True}}, "event, data.cases", "bool"),
        ({"datacontenttype": "text/xml"}, "event, datacontenttype", "`text/xml`"),
        ({"data_base64": "e30="}, "event, data_base64", "both"),
        ({"data": ..., "data_base64": "!"}, "event, data_base64", "`!`"),
        ({"data": ..., "data_base64": "eA=="}, "body", ...),
        ({"datacontenttype": "application/x+json", "basis": "x" * 1025}, "event, basis", f"`{'x' * 80}`"),
    ],
)
def test_what_is_no_event_is_said_with_its_place(more: dict[str, Any], where: str, found: Any) -> None:
    with pytest.raises(RequestError) as error:
        cloudevents.read_structured(json.dumps(event(**more)).encode())
    told = refused(error.value)
    assert told[0] == where
    assert told[2] == found or found is ...


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", ("body", "JSON in UTF-8")),
        (b"\xff", ("body", "JSON in UTF-8")),
        (b"[" * 5000, ("body", "JSON in UTF-8")),
        (b"[]", ("event", "a JSON object")),
    ],
)
def test_what_is_no_json_object_is_no_event(body: bytes, told: tuple[str, str]) -> None:
    with pytest.raises(RequestError) as error:
        cloudevents.read_structured(body)
    assert refused(error.value)[:2] == told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{}", ("events", "a JSON list of at most 1000 events", "dict")),
        (b"[" + b"1," * 1000 + b"1]", ("events", "a JSON list of at most 1000 events", "1001 events")),
        (json.dumps([event(), {}]).encode(), ("event 2, specversion", "1.0", "nothing")),
    ],
)
def test_of_several_all_are_events_or_none_counts(body: bytes, told: tuple[str, str, str]) -> None:
    with pytest.raises(RequestError) as error:
        cloudevents.read_batch(body)
    assert refused(error.value) == told


def test_a_header_that_is_no_text_is_said() -> None:
    headers = {f"ce-{name}": f"{value}" for name, value in EVENT.items() if name != "data"}
    with pytest.raises(RequestError) as error:
        cloudevents.read_binary({**headers, "ce-basis": "%ff%fe"}, b"")
    assert refused(error.value) == ("event, basis", "UTF-8 in percent-encoding", "`%ff%fe`")
