"""Small acts of the duty officer: an order has arrived, the planned end moves, something is noted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Meta, Struct

from incident.domain.errors import RequestError
from incident.domain.identity import SignedIn
from incident.domain.say import say
from incident.service import calling, log, queries
from incident.service.extend import extend as move
from incident.service.handle import Outcome
from incident.service.intake import read_time
from incident.service.log import Note
from incident.views import acts as views
from incident.views import callouts
from incident.views.acts import EndMoved, LogAdded
from incident.views.callouts import Answered
from incident.web.api.acts import Words
from incident.web.api.answers import answered
from incident.web.api.conditions import LARGEST, Code, IfMatch, Key, origin_of
from incident.web.api.described import acts
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]


class AckAsked(Struct, kw_only=True, forbid_unknown_fields=True):
    """That an order has arrived: for some parties, or for all for which a holder was asked."""

    #: Sign of who answers, as the directory has it.
    holder: Words | None = None
    #: Parties, by key or name.
    parties: Annotated[list[Words], Meta(max_length=100)] = []
    #: Entry of the call-out; without it all that wait.
    entry: Annotated[int, Meta(ge=0, le=LARGEST)] | None = None
    #: What was said.
    said: Words | None = None


class ExtensionAsked(Struct, kw_only=True, forbid_unknown_fields=True):
    """A planned end to move."""

    #: The new end: a time, or a duration from now such as `14d`.
    until: Words
    #: Who decided it, on what basis and why.
    decided_by: Words | None = None
    basis: Words | None = None
    reason: Words | None = None


class NoteAsked(Struct, kw_only=True, forbid_unknown_fields=True):
    """Something to note in the duty log."""

    #: A call in, a call out, or a note.
    way: Literal["in", "out", "note"] = "note"
    #: What was said or seen.
    said: Annotated[str, Meta(min_length=1, max_length=20_000)]
    #: When it happened; without it now.
    at: Words | None = None
    #: Of whose shift; without it of all on duty then.
    roster: Words | None = None
    #: Who called or was called, and what was done about it.
    who: Words | None = None
    done: Words | None = None


@post("/jurisdictions/{code:str}/acknowledgements", permission="act", **acts("call-outs", Answered))
def acknowledge(
    request: _Ask,
    site: TheSite,
    code: Code,
    data: JSONBody[AckAsked],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[Answered]:
    """Note that an order has arrived; the answer lists the call-outs to which not all have answered."""
    if data.holder is None and not data.parties:
        raise RequestError(
            where=say("who answers"),
            expected=say("the sign of a holder, or a party"),
            found=say("nothing"),
            do=say("give `holder` or `parties`"),
        )
    outcome = calling.acknowledge(
        site.store,
        code,
        holder=data.holder,
        parties=data.parties,
        entry=data.entry,
        said=data.said,
        origin=origin_of(request, key, if_match),
        now=site.now,
        chance=site.chance,
    )

    def done(outcome: Outcome) -> Answered:
        with site.store.reading() as tx:
            return callouts.answered(outcome, calling.open_callouts(tx, code))

    return answered(site, outcome, done)


@post("/jurisdictions/{code:str}/extensions", permission="act", **acts("decisions", EndMoved))
def extend(
    request: _Ask,
    site: TheSite,
    code: Code,
    data: JSONBody[ExtensionAsked],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[EndMoved]:
    """Move the planned end of what is in force; a refusal is recorded too."""
    at = site.now()
    with site.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
    until = read_time("until", data.until, playbook, at, at)
    assert until is not None, "words were given"
    outcome = move(
        site.store,
        code,
        until,
        decided_by=data.decided_by,
        basis=data.basis,
        reason=data.reason,
        origin=origin_of(request, key, if_match),
        now=site.now,
        chance=site.chance,
    )
    return answered(site, outcome, views.extended)


@post("/jurisdictions/{code:str}/log", permission="act", **acts("duty", LogAdded))
def note(
    request: _Ask,
    site: TheSite,
    code: Code,
    data: JSONBody[NoteAsked],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[LogAdded]:
    """Write a note into the log of the shift that was on duty."""
    with site.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
    at = read_time("at", data.at, playbook, site.now())
    outcome = log.add(
        site.store,
        code,
        Note(data.way, data.said, at, data.roster, data.who, data.done),
        origin=origin_of(request, key, if_match),
        now=site.now,
        chance=site.chance,
    )
    return answered(site, outcome, views.noted)


ROUTES: list[HTTPRouteHandler] = [acknowledge, extend, note]
