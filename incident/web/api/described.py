"""How operations are described in the OpenAPI document: which problems each may answer with.

Every operation may answer with what `READS` lists, one that records something with what `ACTS` adds: a caller
needs to know them once, and no operation can forget one. What each means stands in docs/api.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from litestar.datastructures import ResponseHeader
from litestar.exceptions import ClientException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.status_codes import HTTP_415_UNSUPPORTED_MEDIA_TYPE

from incident.web.errors import PROBLEM, Problem

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

JSON_PROBLEM: Final = "application/problem+json"
#: By status, what it means, and an example: kind, title and members of its own.
_PROBLEMS: Final[dict[int, tuple[str, dict[str, Any]]]] = {
    400: (
        "Not in the form that is described here.",
        {"type": "about:blank", "title": "the request cannot be understood", "detail": "…"},
    ),
    401: ("No token, or one of nobody's.", {"type": "about:blank", "title": "sign in first"}),
    403: (
        "Not permitted to whoever asks, or refused by the plan; a refusal is recorded in entry `seq`.",
        {
            "type": f"{PROBLEM}refused",
            "title": "refused",
            "detail": "refused: these are missing: basis",
            "rule": "missing",
            "missing": ["basis"],
            "who_may_decide": [],
            "possible": [],
            "seq": 12,
        },
    ),
    404: (
        "There is nothing of that name or number.",
        {
            "type": f"{PROBLEM}unknown",
            "title": "there is nothing of that name here",
            "where": "jurisdiction",
            "found": "990000",
        },
    ),
    409: (
        "Somebody was first, or the key of the act stands for another one.",
        {"type": f"{PROBLEM}conflict", "title": "somebody was first"},
    ),
    412: (
        "Something was recorded since the version in `If-Match`.",
        {
            "type": f"{PROBLEM}moved",
            "title": "it has changed since you looked",
            "expected": "version 11",
            "found": "version 12",
        },
    ),
    413: ("More than is taken at once.", {"type": "about:blank", "title": "that is too much at once"}),
    415: (
        "Another kind of content than is taken.",
        {"type": "about:blank", "title": "no such kind of content is taken here"},
    ),
    422: (
        "In due form, and it means nothing here: a time, an event or a name that there is not.",
        {
            "type": f"{PROBLEM}request",
            "title": "the request cannot be understood",
            "where": "at",
            "expected": "a time such as 2026-03-01 02:40 or 02:40, or one with its offset",
            "found": "`tomorrow`",
            "do": "correct the time; it is read in the zone Asia/Shanghai",
        },
    ),
    429: (
        "Too many requests; `Retry-After` says for how many seconds to wait.",
        {"type": "about:blank", "title": "too many requests; wait a little"},
    ),
    503: (
        "The database cannot be used now; nothing was recorded.",
        {"type": f"{PROBLEM}storage", "title": "the database cannot be used"},
    ),
}


class UnsupportedMediaTypeException(ClientException):
    """What was sent is of another kind than is taken."""

    status_code = HTTP_415_UNSUPPORTED_MEDIA_TYPE


async def takes_json(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse another kind of content than a form is described in. Raises `UnsupportedMediaTypeException`.

    No page of another site can send JSON without being asked whether it may. Awaits nothing: what is no
    coroutine would be run in a thread.
    """
    field = handler.parsed_data_field
    if field is None:
        return
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UnsupportedMediaTypeException("send application/json")


READS: Final = (400, 401, 403, 404, 422, 429, 503)
ACTS: Final = (*READS, 409, 412, 413, 415)
_ETAG: Final = ResponseHeader(
    name="ETag",
    documentation_only=True,
    description="Version: how many entries the journal has, in quotes. For `If-Match`, `If-None-Match`.",
)


def reads(tag: str, *, versioned: bool = False) -> dict[str, Any]:
    """Describe an operation that only looks; `versioned` where it answers with an `ETag`, and 304."""
    known: dict[int, ResponseSpec] = _problems(READS)
    if versioned:
        known[304] = ResponseSpec(None, description="It is still the version in `If-None-Match`.")
    return {
        "tags": [tag],
        "sync_to_thread": True,
        "responses": known,
        "response_headers": [_ETAG] if versioned else [],
    }


def acts(tag: str, given: Any = None, gives: str | None = None) -> dict[str, Any]:
    """Describe an operation that records something.

    `given` is what it answers the first time, with 201; the same act again is answered with 200.
    """
    known = _problems(ACTS)
    if given is not None:
        said = gives or "The same act had been done before: what was recorded then, nothing is changed."
        known[200] = ResponseSpec(given, generate_examples=False, description=said)
    return {
        "tags": [tag],
        "guards": [takes_json],
        "sync_to_thread": True,
        "responses": known,
        "response_headers": [_ETAG],
    }


def _problems(statuses: tuple[int, ...]) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            description=_PROBLEMS[status][0],
            media_type=JSON_PROBLEM,
            examples=[Example(value={**_PROBLEMS[status][1], "status": status})],
        )
        for status in statuses
    }
