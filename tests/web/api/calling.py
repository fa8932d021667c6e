"""How tests call the API: as whom, and what they send most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from litestar import Litestar
from litestar.testing import TestClient

from tests.web.serving import TOWN, Served

#: Calls the application, with a token.
Caller = TestClient[Litestar]
#: Below which the town's resources are.
AT: Final = f"/api/v1/jurisdictions/{TOWN}"
#: The event by which the town is activated, with all that a decision needs.
POSITIVE: Final[dict[str, Any]] = {
    "event": "local_positive_reported",
    "verb": "activate",
    "fields": {"origin": "local", "result": "preliminary_positive", "cases": 1},
    "decided_by": "领导小组",
    "basis": "诸市防控〔2021〕4号",
}
#: What ends that.
LIFTED: Final[dict[str, Any]] = {
    **POSITIVE,
    "event": "response_lifted",
    "verb": "stand_down",
    "fields": {},
}


@contextmanager
def caller_of(served: Served, login: str, lang: str = "en") -> Iterator[Caller]:
    """Give a program that may do whatever somebody may; one of a site at a time."""
    with served.client(lang=lang) as client:
        client.headers.update(bearer(served, login))
        yield client


def bearer(served: Served, login: str) -> dict[str, str]:
    """Give the header by which a program comes in somebody's name."""
    return {"authorization": f"Bearer {served.token(login)}"}


def version_at(client: Caller, at: str = AT) -> str:
    """Give the version of a jurisdiction, as its status says it."""
    return str(client.get(at).headers["etag"])
