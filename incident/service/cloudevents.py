"""Events as other systems send them: CloudEvents 1.0 in HTTP, binary, structured or several at once.

    type    an event of the playbook, by key, name or alias
    source, id   by what it is known again; the same pair a second time is the same event
    time    when it happened
    data    its values, as one JSON object of words and whole numbers

What a decision needs to be said besides stands in extensions, whose names the standard wants in small
letters: `verb`, `decidedby`, `basis`, `reason`, `effectiveat`, `until`, `expectplan`. Others are left alone.
(CloudEvents 1.0.2; HTTP protocol binding 1.0.2, JSON format 1.0.2.)
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from incident.domain import clock
from incident.domain.errors import RequestError
from incident.domain.request import Verb
from incident.domain.say import Words, say
from incident.service.intake import Said

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
#: Events in one batch at the most, and characters of an attribute.
MOST: Final = 1000
#: Characters of data in base64.
MOST_DATA: Final = 100_000
_LONGEST: Final = 1024
#: Sources of what is done here; nobody else may speak in their name.
_OURS: Final = frozenset({"cli", "console", "notary"})
#: How the source of an act begins that comes by our own API.
API: Final = "api:"
_VERBS: Final[tuple[Verb, ...]] = ("signal", "activate", "stand_down")
#: The `ce-` headers of what is not an attribute of its own (binary mode).
_HEADER: Final = re.compile(r"ce-([a-z0-9]+)")
#: A sign in a quoted header that stands for itself (RFC 9110, 5.6.4).
_ESCAPED: Final = re.compile(r"\\(.)")
#: Kinds of content that are JSON (JSON format, 3.1).
_JSON: Final = re.compile(r"[\w.+-]+/(json|[\w.-]+\+json)\s*(;.*)?", re.IGNORECASE | re.ASCII)


class CloudEvent(Struct, frozen=True, kw_only=True):
    """An event that came in."""

    source: str
    id: str
    #: When it happened; none where that was not said.
    at: int | None
    verb: Verb
    said: Said


def read_structured(body: bytes) -> CloudEvent:
    """Read one event in JSON. Raises `RequestError`."""
    return _read(_decoded(body))


def read_batch(body: bytes) -> list[CloudEvent]:
    """Read several. Raises `RequestError`, also where one of them is wrong: none counts then."""
    found = _decoded(body)
    if not isinstance(found, list) or len(found) > MOST:
        raise _wrong(
            say("events"),
            say("a JSON list of at most {n} events", n=MOST),
            say("{n} events", n=len(found)) if isinstance(found, list) else _kind(found),
        )
    return [_read(one, say("event {n}", n=n)) for n, one in enumerate(found, start=1)]


def read_binary(headers: Mapping[str, str], body: bytes) -> CloudEvent:
    """Read one whose attributes are headers and whose data is the body, in JSON. Raises `RequestError`."""
    named = {
        match[1]: _plain(match[1], value)
        for name, value in headers.items()
        if (match := _HEADER.fullmatch(name.lower())) and match[1] not in ("data", "data_base64")
    }
    return _read({**named, **({"data": _decoded(body)} if body else {})})


def _plain(name: str, value: str) -> str:
    """Give the text that a header stands for (HTTP binding, 3.1.3.2): unquoted, then percent-decoded."""
    if len(value) > 1 and value.startswith('"') and value.endswith('"'):
        value = _ESCAPED.sub(r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise _wrong(
            _part(say("event"), name), say("UTF-8 in percent-encoding"), f"`{value[:80]}`"
        ) from error


def _read(found: Any, where: Words = say("event")) -> CloudEvent:  # noqa: B008 - a sentence never changes
    if not isinstance(found, dict):
        raise _wrong(where, say("a JSON object"), _kind(found))
    if found.get("specversion") != "1.0":
        raise _wrong(_part(where, "specversion"), "1.0", _shown(found.get("specversion")))
    source = _text(where, found, "source")
    if source in _OURS or source.startswith(API):
        raise _wrong(_part(where, "source"), say("the name of another system"), f"`{source}`")
    verb = found.get("verb", "signal")
    if verb not in _VERBS:
        raise _wrong(_part(where, "verb"), [*_VERBS], _shown(verb))
    return CloudEvent(
        source=source,
        id=_text(where, found, "id"),
        at=_time(where, found),
        verb=verb,
        said=Said(
            event=_text(where, found, "type"),
            fields=_data(where, _payload(where, found)),
            decided_by=_maybe(where, found, "decidedby"),
            basis=_maybe(where, found, "basis"),
            reason=_maybe(where, found, "reason"),
            effective_at=_maybe(where, found, "effectiveat"),
            until=_maybe(where, found, "until"),
            expect_plan=_maybe(where, found, "expectplan"),
        ),
    )


def _payload(where: Words, found: Mapping[str, Any]) -> Any:
    """Give the data of an event in JSON, which may come in base64. Raises `RequestError`."""
    kind = _maybe(where, found, "datacontenttype")
    if kind is not None and not _JSON.fullmatch(kind):
        raise _wrong(_part(where, "datacontenttype"), "application/json", f"`{kind[:80]}`")
    encoded = _maybe(where, found, "data_base64", MOST_DATA)
    if encoded is None:
        return found.get("data")
    if "data" in found:
        raise _wrong(_part(where, "data_base64"), say("either `data` or `data_base64`"), say("both"))
    try:
        return _decoded(b64decode(encoded, validate=True))
    except ValueError as error:
        raise _wrong(_part(where, "data_base64"), say("base64"), f"`{encoded[:80]}`") from error


def _data(where: Words, data: Any) -> dict[str, str | int]:
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise _wrong(_part(where, "data"), say("a JSON object"), _kind(data))
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise _wrong(_part(where, f"data.{name}"), say("text or a whole number"), _kind(value))
    return data


def _time(where: Words, found: Mapping[str, Any]) -> int | None:
    """Read an RFC 3339 time; seconds are the finest that is kept."""
    words = _maybe(where, found, "time")
    if words is None:
        return None
    try:
        moment = datetime.fromisoformat(words)
        if moment.tzinfo is None or len(words) < len("2026-03-01T02:40Z"):
            raise ValueError(words)
        return clock.read_stamp(clock.stamp(int(moment.timestamp())))
    except (ValueError, OverflowError) as error:
        wanted = say("a time with its offset, such as 2026-03-01T02:40:00+08:00")
        raise _wrong(_part(where, "time"), wanted, f"`{words}`") from error


def _text(where: Words, found: Mapping[str, Any], name: str) -> str:
    words = _maybe(where, found, name)
    if words is None:
        raise _wrong(_part(where, name), say("text"), say("nothing"))
    return words


def _maybe(where: Words, found: Mapping[str, Any], name: str, most: int = _LONGEST) -> str | None:
    words = found.get(name)
    if words is None:
        return None
    if not isinstance(words, str) or not 0 < len(words) <= most or "\0" in words:
        wanted = say("text of at most {n} characters", n=most)
        raise _wrong(_part(where, name), wanted, _shown(words))
    return words


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _wrong(say("body"), say("JSON in UTF-8"), str(error)) from error


def _part(where: Words, name: str) -> Words:
    return say("{where}, {name}", where=where, name=name)


def _shown(value: Any) -> Words:
    return say("nothing") if value is None else f"`{str(value)[:80]}`"


def _kind(value: Any) -> Words:
    return type(value).__name__


def _wrong(where: Words, expected: Words, found: Words) -> RequestError:
    return RequestError(where=where, expected=expected, found=found, do=say("see docs/api.md: events"))
