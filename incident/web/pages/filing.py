"""Filing a report: with words, figures and files; as a zero report; in the place of one that was wrong.

GET  reports/file      the form, for one who owes; of which report and which time may be named
POST reports/file      filed; then what was filed, what that closes and what comes next
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from incident.domain import clock, names
from incident.domain.errors import Conflict, IncidentError, Refused, RequestError
from incident.domain.explain_time import form_name, promised
from incident.domain.filing import Filing, find_sender, owed_forms
from incident.domain.identity import SignedIn
from incident.domain.say import Words, say
from incident.domain.timer import DIRECTIVE
from incident.service import filing as service
from incident.service import queries, reports
from incident.service.filing import Contents
from incident.service.intake import read_time
from incident.service.reports import Board
from incident.web.errors import problem_if
from incident.web.forms import Form, Sent, TheSent, go
from incident.web.pages.acting import new_id, origin_of
from incident.web.pages.place import place_of
from incident.web.recording import recorded
from incident.web.site import Site, TheSite
from incident.web.text import options, page

_Ask = Request[SignedIn, Any, Any]
#: Bytes of a report with its attachments: one of the greatest size, and the rest of the form.
_LARGEST: Final = service.MOST_BYTES + 1_000_000
_DONE: Final = ("filed", "withdrawn")


@get("/j/{code:str}/reports/file", permission="file", sync_to_thread=True)
def ask(
    request: _Ask,
    site: TheSite,
    code: FromPath[str],
    sender: Annotated[str, QueryParameter(name="from")] = "",
    which: Annotated[str, QueryParameter(name="form")] = "",
    due: FromQuery[str] = "",
    corrects: FromQuery[str] = "",
) -> Response[str]:
    """Ask what is to be said."""
    fields = {"from": sender, "form": which, "due": due, "corrects": corrects, "id": new_id()}
    return _form(request, site, code, fields, None)


@post("/j/{code:str}/reports/file", permission="file", request_max_body_size=_LARGEST, sync_to_thread=True)
def file(request: _Ask, site: TheSite, code: FromPath[str], sent: TheSent) -> Response[Any]:
    """File it."""
    fields = sent.fields
    try:
        with site.store.reading() as tx:
            _situation, playbook = queries.present(tx, code)
        filing = Filing(
            sender=fields.get("from", ""),
            form=fields.get("form") or None,
            zero=bool(fields.get("zero")),
            due=read_time(say("the time it was asked for"), fields.get("due") or None, playbook, site.now()),
            corrects=_entry(fields.get("corrects", "")),
        )
        outcome = service.file(
            site.store,
            code,
            filing,
            _contents(sent),
            origin=origin_of(request, fields),
            now=site.now,
            chance=site.chance,
        )
    except (RequestError, Refused, Conflict) as error:
        return _form(request, site, code, fields, error)
    recorded(site, outcome)
    return go(f"/j/{code}/reports/{outcome.entry.seq}")


def _contents(sent: Sent) -> Contents:
    """Read what a report says. Raises `RequestError`."""
    fields = sent.fields
    text, values = fields.get("text", "").strip(), _figures(fields.get("figures", ""))
    files = sent.files.get("files", [])
    return Contents(text=text or None, values=values, files=files)


def _figures(words: str) -> dict[str, str]:
    """Read figures, one a line: `cases = 3`. Raises `RequestError`."""
    found: dict[str, str] = {}
    for line in words.splitlines():
        if not line.strip():
            continue
        name, sign, value = line.replace("＝", "=").partition("=")
        if not sign or not name.strip() or name.strip() in found:
            raise RequestError(
                where=say("figures"),
                expected=say("each figure once, on a line of its own, such as cases = 3"),
                found=f"`{line.strip()}`",
                do=say("write it again"),
            )
        found[name.strip()] = value.strip()
    return found


def _entry(words: str) -> int | None:
    """Read the number of the entry that is corrected; a number that is none is no entry's."""
    if not words:
        return None
    return int(words) if words.isascii() and words.isdigit() and len(words) < 16 else -1  # noqa: PLR2004


def _form(request: _Ask, site: Site, code: str, fields: Form, error: IncidentError | None) -> Response[str]:
    """Show the form, as far as it is known what it is for."""
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/reports")
        owed = reports.board(tx, code, at=site.now())
    sender = ""
    try:
        sender = find_sender(playbook, fields.get("from", ""))
    except RequestError as unknown:
        error = error or unknown
    corrects = _entry(fields.get("corrects", ""))
    forms = _forms(owed, sender, fields.get("form", "")) if sender and corrects is None else []
    chosen = fields.get("form", "")
    return page(
        request,
        "report_form.html",
        place=place,
        who=names.name_of(playbook, sender),
        fields={**fields, "from": sender},
        called=form_name(playbook, chosen) if chosen else None,
        corrects=corrects,
        forms=forms,
        times=_times(owed, sender) if corrects is None else [],
        is_directive=chosen.startswith(DIRECTIVE),
        most=service.MOST_BYTES // 1024 // 1024,
        problem=problem_if(error),
    )


def _forms(owed: Board, sender: str, chosen: str) -> list[tuple[str, str]]:
    """Give the reports that a sender may file: what is awaited first."""
    found: dict[str, Words] = {form: [*names_] for form, names_ in owed_forms(owed.desk, sender).items()}
    if chosen and chosen not in found:
        found[chosen] = form_name(owed.playbook, chosen)
    return options(found)


def _times(owed: Board, sender: str) -> list[tuple[str, str]]:
    """Give the times that a sender can name: of each report that is not in."""
    zone = owed.playbook.jurisdiction.zone
    open_ones = [
        one
        for one in owed.desk.occurrences
        if names.key_of(owed.playbook, one.of) == sender and one.state not in _DONE
    ]
    found: dict[str, Words] = {}
    for one in open_ones:
        at, name = clock.minute(one.due, zone), promised(owed.playbook, one.key)
        found[clock.stamp(one.due)] = say("{at}  {name}", at=at, name=name)
    return options(found)


ROUTES: list[HTTPRouteHandler] = [ask, file]
