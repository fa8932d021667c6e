"""One report that was filed: what it closed, what it says, its attachments, what comes next.

What it says may name people, patients above all: it is shown to whoever may see names of people, and that is
on record. That it is in, when and how late, everybody sees who may look.
"""

from __future__ import annotations

import mimetypes
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, PathParameter

from incident.domain import clock, names
from incident.domain.errors import RequestError
from incident.domain.explain_time import form_name, lateness, promised
from incident.domain.facts import Closed, Part
from incident.domain.identity import SignedIn
from incident.domain.organisation import Text
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import paths, reports, senders
from incident.service.ports import LAST, Reading
from incident.service.reports import Board, Filed
from incident.views.filing import figures, safe_name
from incident.views.reports import coming_words
from incident.web.doors import TheDoors
from incident.web.pages.acting import may_here
from incident.web.pages.place import place_of
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
_Seq = Annotated[int, PathParameter(ge=0, le=LAST)]
#: What kinds of files are called; not what this machine happens to say of them.
_KINDS: Final = mimetypes.MimeTypes(filenames=())
_UNKNOWN: Final = "application/octet-stream"


class Closes(NamedTuple):
    """One report that the filing closed."""

    name: Text
    due: str
    late: Words


@get("/j/{code:str}/reports/{seq:int}", permission="look", sync_to_thread=True)
def filed(request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], seq: _Seq) -> Response[str]:
    """Show what was filed in an entry."""
    with site.store.reading() as tx:
        place, _situation, _playbook = place_of(request, tx, code, "/reports")
        found = _found(tx, code, seq)
        owed = reports.board(tx, code, at=site.now())
        may_read = may_read_personal(request, paths.path_of(tx, code))
        may_file = may_here(request, tx, code, "file") and senders.may_file_for(
            tx, code, request.user, found.fact.sender, site.now()
        )
    if may_read and found.sealed:
        read_personal(doors, request, code, f"report {seq}")
    fact, playbook = found.fact, found.playbook
    return page(
        request,
        "report.html",
        place=place,
        filed=found,
        fact=fact,
        who=names.name_of(playbook, fact.sender),
        called=form_name(playbook, fact.form),
        closes=[_closes(playbook, one) for one in fact.closes],
        parts=_parts(playbook, fact.parts),
        figures=figures(found),
        may_read=may_read,
        may_file=may_file,
        coming=_coming(owed, found),
        missed=[(one.due, clock.stamp(one.due)) for one in reports.missed(owed, fact.sender, fact.form)],
    )


@get("/j/{code:str}/reports/{seq:int}/files/{number:int}", permission="people_read", sync_to_thread=True)
def attachment(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], seq: _Seq, number: _Seq
) -> Response[bytes]:
    """Give one attachment, to be kept as a file: nothing that somebody filed is opened in our place."""
    with site.store.reading() as tx:
        there = _found(tx, code, seq).attached
    one = there[number] if number < len(there) else None
    if one is None or one.body is None:
        raise NotFoundException
    read_personal(doors, request, code, f"report {seq} file {number}")
    name = safe_name(one.name, f"attachment_{number + 1}")
    kind = _KINDS.guess_type(name)[0] or _UNKNOWN
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",  # RFC 6266, RFC 8187
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(one.body, media_type=kind, headers=headers)


def _found(tx: Reading, code: str, seq: int) -> Filed:
    try:
        return reports.filed(tx, code, seq)
    except RequestError as error:
        raise NotFoundException from error


def _closes(playbook: Playbook, one: Closed) -> Closes:
    late = say("{late} late", late=lateness(one.late)) if one.late else say("in time")
    return Closes(promised(playbook, one.key), one.due, late)


def _parts(playbook: Playbook, parts: list[Part]) -> list[tuple[Words, list[Words]]]:
    """Give what of the reports that it gathers was in, zero, missing or not due yet."""
    called: dict[str, Words] = {
        "filed": say("in"),
        "zero": say("zero"),
        "missing": say("missing"),
        "awaited": say("not due yet"),
    }
    said: dict[str, list[Words]] = {state: [] for state in called}
    for one in parts:
        who = names.name_of(playbook, one.of)
        said[one.state].append(say("{name} of {who}", name=promised(playbook, one.key), who=who))
    return [(called[state], there) for state, there in said.items() if there]


def _coming(owed: Board, found: Filed) -> Words:
    """Say what the sender owes next in this form; nothing where that has no time yet."""
    one = reports.coming(owed, found.fact.sender, found.fact.form)
    return "" if one is None else coming_words(owed.playbook, one, owed.desk.at)


ROUTES: list[HTTPRouteHandler] = [filed, attachment]
