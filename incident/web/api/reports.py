"""Reports: what is owed, what one of them says, and filing one: with words, figures and files, or as zero.

What a report says may name people, patients above all: it is shown to whoever may see names, and that is on
record. That it is in, when and how late, everybody sees who may look.
"""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct
from msgspec.structs import replace

from incident.domain.errors import Unknown
from incident.domain.filing import Filing, find_sender
from incident.domain.identity import SignedIn
from incident.domain.ledger import State
from incident.domain.say import say
from incident.service import filing as service
from incident.service import paths, queries, reports
from incident.service.filing import Contents
from incident.service.handle import Outcome
from incident.service.intake import read_past, read_time
from incident.service.past import as_of
from incident.views import filing as filed_views
from incident.views import reports as views
from incident.views.filing import FiledReport, FilingDone, safe_name
from incident.views.reports import OwedReport, TimelessReport
from incident.web.api.acts import Words
from incident.web.api.answers import answered
from incident.web.api.conditions import (
    LARGEST,
    At,
    Code,
    IfMatch,
    Key,
    Seq,
    Since,
    Until,
    origin_of,
)
from incident.web.api.described import acts, reads
from incident.web.doors import TheDoors
from incident.web.files import as_file
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "reports"
#: Bytes of a report: an attachment of the greatest size in base64, and the rest.
_LARGEST: Final = service.MOST_BYTES * 4 // 3 + 1_000_000
#: What kinds of files are called; not what this machine happens to say of them.
_KINDS: Final = mimetypes.MimeTypes(filenames=())
_UNKNOWN: Final = "application/octet-stream"
#: Base64 in its one form (RFC 4648, 4).
_BASE64: Final = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


class AttachedFile(Struct, kw_only=True, forbid_unknown_fields=True):
    """A file that comes with a report."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    #: Its bytes, in base64; 20 MiB at most.
    content: Annotated[bytes, Meta(extra_json_schema={"pattern": _BASE64})]


class ReportAsked(Struct, kw_only=True, forbid_unknown_fields=True):
    """A report to file: words, figures or files; or `zero`, that there is nothing to report."""

    #: Who files it: group, body, office, unit or seat, by key or name.
    sender: Words
    #: Which report, by its form; without it the one that the sender owes.
    form: Words | None = None
    #: There is nothing to report, and that is said.
    zero: bool = False
    #: The time at which it was due, where it is filed for one that was missed.
    due: Words | None = None
    #: Entry of the report in whose place it comes.
    corrects: Annotated[int, Meta(ge=0, le=LARGEST)] | None = None
    text: Annotated[str, Meta(max_length=20_000)] | None = None
    #: Figures, by name.
    values: dict[str, Annotated[str, Meta(max_length=2000)]] = {}
    files: Annotated[list[AttachedFile], Meta(max_length=20)] = []


@get("/jurisdictions/{code:str}/reports", permission="look", **reads(_TAG))
def owed(
    site: TheSite,
    code: Code,
    sender: Annotated[
        str | None,
        QueryParameter(min_length=1, max_length=200, description="Only what this group, body or seat owes."),
    ] = None,
    stands: Annotated[
        list[State] | None,
        QueryParameter(name="state", max_items=6, description="Only what stands so; repeat."),
    ] = None,
    since: Since = None,
    until: Until = None,
    at: At = None,
    *,
    everything: Annotated[
        bool,
        QueryParameter(name="all", description="All that is kept, and what has no hour of its own."),
    ] = False,
) -> list[OwedReport | TimelessReport]:
    """List the reports that are owed, by time; without a filter what is awaited, and what was a day ago."""
    now = site.now()
    with site.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
        instant = read_past("at", at, playbook, now)
        wanted = views.Wanted(
            everything,
            read_time("since", since, playbook, now),
            read_time("until", until, playbook, now),
            None if sender is None else find_sender(playbook, sender),
            (*(stands or ()),),
        )
        past = None if instant is None else as_of(tx, code, instant)
        return [*views.lines(views.owed(tx, code, wanted, now, past))]


@post(
    "/jurisdictions/{code:str}/reports",
    permission="file",
    request_max_body_size=_LARGEST,
    **acts(_TAG, FilingDone),
)
def file(
    request: _Ask,
    site: TheSite,
    code: Code,
    data: JSONBody[ReportAsked],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[FilingDone]:
    """File a report, a zero report or a correction; the answer says what it closes and what comes next."""
    with site.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
    filing = Filing(
        sender=data.sender,
        form=data.form,
        zero=data.zero,
        due=read_time("due", data.due, playbook, site.now()),
        corrects=data.corrects,
    )
    contents = Contents(
        text=data.text or None,
        values=data.values,
        files=[(one.name, one.content) for one in data.files],
    )
    outcome = service.file(
        site.store,
        code,
        filing,
        contents,
        origin=origin_of(request, key, if_match),
        now=site.now,
        chance=site.chance,
    )

    def done(outcome: Outcome) -> FilingDone:
        with site.store.reading() as tx:
            return filed_views.done(outcome, reports.board(tx, code, at=site.now()))

    return answered(site, outcome, done)


@get("/jurisdictions/{code:str}/reports/{seq:int}", permission="look", **reads(_TAG))
def filed(request: _Ask, site: TheSite, doors: TheDoors, code: Code, seq: Seq) -> FiledReport:
    """Give a report that was filed in an entry; what it says only to whoever may see names of people."""
    with site.store.reading() as tx:
        found = reports.filed(tx, code, seq)
        may_read = may_read_personal(request, paths.path_of(tx, code))
    if may_read:
        read_personal(doors, request, code, f"api report {seq}")
        return filed_views.read(found)
    return filed_views.read(replace(found, disclosed={}, sealed=[], attached=[]))


@get(
    "/jurisdictions/{code:str}/reports/{seq:int}/files/{number:int}",
    permission="people_read",
    media_type=_UNKNOWN,
    **reads(_TAG),
)
def attachment(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: Code,
    seq: Seq,
    number: Annotated[int, PathParameter(ge=0, le=LARGEST, description="Which of its files, from 0.")],
) -> Response[bytes]:
    """Give one attachment of a report, as a file to keep."""
    with site.store.reading() as tx:
        there = reports.filed(tx, code, seq).attached
    one = there[number] if number < len(there) else None
    if one is None or one.body is None:
        raise Unknown(
            where=say("attachment"),
            expected=say("the number of one that is kept, from 0"),
            found=str(number),
            do=say("look at the report first"),
        )
    read_personal(doors, request, code, f"api report {seq} file {number}")
    name = safe_name(one.name, f"attachment_{number + 1}")
    return as_file(one.body, name, _KINDS.guess_type(name)[0] or _UNKNOWN)


ROUTES: list[HTTPRouteHandler] = [owed, file, filed, attachment]
