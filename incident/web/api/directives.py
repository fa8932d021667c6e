"""Directives of leaders: issued, and taken back before they are answered.

One that is open stands in the status and among the reports that are owed; it is answered by filing a report
of whom it was ordered, whose `form` is the key of the directive.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from incident.domain.identity import SignedIn
from incident.service import filing as service
from incident.service import queries
from incident.service.filing import Order
from incident.service.intake import read_time
from incident.views import acts as views
from incident.views.acts import DirectiveIssued, DirectiveWithdrawn
from incident.web.api.acts import Words
from incident.web.api.answers import answered
from incident.web.api.conditions import Code, IfMatch, Key, origin_of
from incident.web.api.described import acts
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "directives"
_Span = Annotated[str, Meta(min_length=2, max_length=6)]


class TierAsked(Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom to tell of a directive that is not answered."""

    #: How long after it was due, such as `30m`.
    after: _Span
    to: Words


class DirectiveAsked(Struct, kw_only=True, forbid_unknown_fields=True):
    """A directive to issue."""

    #: Seat, body or office that orders, and who has to answer, by key or name.
    by: Words
    to: Words
    #: When the answer is due: a time, or a duration such as `4h`.
    due: Words
    #: What is ordered.
    text: Annotated[str, Meta(min_length=1, max_length=20_000)]
    #: How long before it is due its receiver is reminded.
    remind: _Span | None = None
    escalate: Annotated[list[TierAsked], Meta(max_length=10)] = []


class Reason(Struct, kw_only=True, forbid_unknown_fields=True):
    """Why something is done."""

    reason: Words


@post("/jurisdictions/{code:str}/directives", permission="act", **acts(_TAG, DirectiveIssued))
def issue(
    request: _Ask,
    site: TheSite,
    code: Code,
    data: JSONBody[DirectiveAsked],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[DirectiveIssued]:
    """Issue a directive: somebody has to answer by a time, is reminded, and is asked after."""
    at = site.now()
    with site.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
    due = read_time("due", data.due, playbook, at, at)
    assert due is not None, "words were given"
    order = Order(
        by=data.by,
        to=data.to,
        due=due,
        text=data.text,
        remind=data.remind,
        escalate=[(one.after, one.to) for one in data.escalate],
    )
    origin = origin_of(request, key, if_match)
    outcome = service.issue(site.store, code, order, origin=origin, now=site.now, chance=site.chance)
    return answered(site, outcome, views.issued)


@post(
    "/jurisdictions/{code:str}/directives/{directive:str}/withdrawal",
    permission="act",
    **acts(_TAG, DirectiveWithdrawn),
)
def withdraw(
    request: _Ask,
    site: TheSite,
    code: Code,
    directive: Annotated[str, PathParameter(description="Key of the directive, such as `directive-12`.")],
    data: JSONBody[Reason],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[DirectiveWithdrawn]:
    """Take a directive back before it is answered."""
    origin = origin_of(request, key, if_match)
    outcome = service.withdraw(
        site.store, code, directive, data.reason, origin=origin, now=site.now, chance=site.chance
    )
    return answered(site, outcome, views.withdrawn)


ROUTES: list[HTTPRouteHandler] = [issue, withdraw]
