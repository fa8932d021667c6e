"""What callers may demand of an answer or an act: a version, a page, an identity that counts once.

ETag, If-None-Match, If-Match   the number of entries in the journal is the version (RFC 9110, 13)
Idempotency-Key                 the same key of the same caller is the same act: it is answered as the
                                first time, by the journal itself, however long ago that was
cursor, limit                   a page, and where the next one begins
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Final, Generic, TypeVar

from litestar import Request
from litestar.exceptions import HTTPException
from litestar.params import HeaderParameter, QueryParameter
from litestar.status_codes import HTTP_412_PRECONDITION_FAILED
from msgspec import Struct

from incident.domain.identity import SignedIn
from incident.service.cloudevents import API
from incident.service.who import Origin, signed_in

T = TypeVar("T")

#: How many there are on a page, if nothing is said and at most.
USUAL: Final = 50
MOST: Final = 500

Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many at the most.")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=200, description="Where the page begins: `next` of the one before.")
]
Key = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Identity of the act; the same one of the same caller counts once.",
    ),
]
IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match", max_length=200, description="Act only if this is still the version (`ETag`)."
    ),
]
IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-None-Match", max_length=500, description="Answer only if it is not this version."
    ),
]


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """Some of a list."""

    items: list[T]
    #: `cursor` of the next page; null on the last.
    next: str | None


class PreconditionFailedException(HTTPException):
    """Something was recorded since the caller looked."""

    status_code = HTTP_412_PRECONDITION_FAILED


def etag(version: int) -> str:
    """Name a version."""
    return f'"{version}"'


def is_known(version: int, header: str | None) -> bool:
    """Tell whether a caller has this version already; weak comparison (RFC 9110, 8.8.3.2)."""
    named = [one.strip().removeprefix("W/") for one in (header or "").split(",")]
    return etag(version) in named or "*" in named


def version_of(header: str | None) -> int | None:
    """Give the version that an act is for; None for any. Raises `PreconditionFailedException`."""
    if header is None or header.strip() == "*":
        return None
    named = header.strip().strip('"')
    if not (named.isascii() and named.isdigit() and len(named) < len(str(2**63))):
        raise PreconditionFailedException("If-Match is no version that was given out")
    return int(named)


def origin_of(request: Request[SignedIn, Any, Any], key: str | None) -> Origin:
    """Say who acts, and by what the act is known again."""
    return Origin(signed_in(request.user), API + request.user.user, key or str(uuid.uuid4()))
