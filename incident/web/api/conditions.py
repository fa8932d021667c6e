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
from litestar.params import HeaderParameter, PathParameter, QueryParameter
from msgspec import Struct

from incident.domain.identity import SignedIn
from incident.service.cloudevents import API
from incident.service.who import Origin, signed_in

T = TypeVar("T")

#: How many there are on a page, if nothing is said and at most.
USUAL: Final = 50
MOST: Final = 500
#: The largest number of an entry that is understood: every program reads it exactly.
LARGEST: Final = 2**53 - 1

Code = Annotated[str, PathParameter(description="Statistical code of the jurisdiction.")]
Seq = Annotated[int, PathParameter(ge=0, le=LARGEST, description="Number of an entry of the journal.")]
At = Annotated[
    str | None, QueryParameter(max_length=40, description="As it was at this time; a time that has been.")
]
Since = Annotated[str | None, QueryParameter(max_length=40, description="At this time or later.")]
Until = Annotated[str | None, QueryParameter(max_length=40, description="Before this time.")]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many at the most.")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=200, description="Where the page begins: `next` of the one before.")
]
Entry = Annotated[
    str | None,
    QueryParameter(
        max_length=18, pattern="^[0-9]+$", description="Where the page begins: `next` of the one before."
    ),
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
        name="If-Match",
        max_length=40,
        pattern=r'^(\*|"[0-9]{1,18}")$',
        description="Act only if this is still the version (`ETag`).",
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


def etag(version: int | str) -> str:
    """Name a version."""
    return f'"{version}"'


def is_known(version: int | str, header: str | None) -> bool:
    """Tell whether a caller has this version already; weak comparison (RFC 9110, 8.8.3.2)."""
    named = [one.strip().removeprefix("W/") for one in (header or "").split(",")]
    return etag(version) in named or "*" in named


def version_of(header: str | None) -> int | None:
    """Give the version that an act is for; None for any."""
    return None if header in (None, "*") else int(header.strip('"'))


def origin_of(
    request: Request[SignedIn, Any, Any], key: str | None = None, if_match: str | None = None
) -> Origin:
    """Say who acts, by what the act is known again, and for which version."""
    act = key or str(uuid.uuid4())
    return Origin(signed_in(request.user), API + request.user.user, act, version_of(if_match))
