"""Answers that all resources share: to an act, and to who has this version already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from litestar import Response
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_304_NOT_MODIFIED

from incident.domain.facts import RequestRefused
from incident.service.handle import Outcome
from incident.views import plan as plans
from incident.views.plan import Refusal
from incident.web.api.conditions import etag, is_known
from incident.web.errors import RefusedException
from incident.web.recording import recorded
from incident.web.site import Site

T = TypeVar("T")


def answered(site: Site, outcome: Outcome, made: Callable[[Outcome], T]) -> Response[T]:
    """Tell everybody, and answer with what was recorded as `made` gives it.

    Raises `RefusedException` for a refusal, which is on record.
    """
    recorded(site, outcome)
    refusal = refusal_of(outcome)
    if refusal is not None:
        raise RefusedException(refusal, seq=outcome.entry.seq)
    return Response(
        made(outcome),
        status_code=HTTP_200_OK if outcome.repeated else HTTP_201_CREATED,
        headers={"etag": etag(outcome.situation.version)},
    )


def refusal_of(outcome: Outcome) -> Refusal | None:
    """Give why a request was refused; none where it was granted."""
    found = next((fact for fact in outcome.entry.facts if isinstance(fact, RequestRefused)), None)
    return None if found is None else plans.refusal(outcome.playbook, found)


def unchanged(version: int | str, if_none_match: str | None) -> Response[Any] | None:
    """Answer who has this version already; none for who has not."""
    if not is_known(version, if_none_match):
        return None
    return Response(None, status_code=HTTP_304_NOT_MODIFIED, headers={"etag": etag(version)})


def versioned(found: T, version: int) -> Response[T]:
    """Answer with what is of a version."""
    return Response(found, headers={"etag": etag(version)})
