"""The directory: who holds which seat and how they are reached; taking a file in, giving one out.

    GET  people             seat by seat, or of one seat, at a time; addresses hidden in the middle
    GET  people.csv         the same as a file that can be taken in again; or one to fill in
    POST people/import      what a file would change; the same again takes it in

Each look at it is on record. Who somebody is, is erased at the command line alone (`incident people erase`):
what has to be overwritten with it is where the database is.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain import clock, explain, names
from incident.domain.directory import DirectoryError, Sheet
from incident.domain.errors import Conflict, IncidentError, Refused, RequestError
from incident.domain.identity import SignedIn
from incident.domain.people import FOREVER, Person, Span, holders
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import speak
from incident.playbook_text.directory import MOST_BYTES, parse_sheet
from incident.service import people as service
from incident.service import queries
from incident.service.intake import read_time
from incident.service.people import Directory
from incident.views import errors
from incident.views import people as views
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if, problem_of
from incident.web.forms import Form, Sent, TheSent
from incident.web.pages.acting import done_with, may_here, new_id, origin_of, said
from incident.web.pages.place import place_of
from incident.web.security.personal import read_personal
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Heads of a file as they are taken in again.
_HEADS: Final = ("seat", "holder", "name", "from", "until", "channels")
#: Bytes of a file with the form around it, once as it is and once as the form carries it.
#: Faults of a file that are shown.
_SHOWN: Final = 50
_LARGEST: Final = 2 * MOST_BYTES + 1_000_000


class Held(NamedTuple):
    """A seat, and who has it."""

    seat: Words
    who: Words
    reached: str
    since: int | None
    until: int | None


class Seen(NamedTuple):
    """A file that was looked at and not taken in yet."""

    name: str
    #: Its bytes, as the form carries them.
    body: str
    changes: list[Words]
    #: Rows that name nobody and are passed over.
    blank: int
    faults: list[errors.Problem]
    more: int


@get("/j/{code:str}/people", permission="people_read", sync_to_thread=True)
def people(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    seat: FromQuery[str] = "",
    at: FromQuery[str] = "",
    numbers: FromQuery[str] = "",
) -> Response[str]:
    """Show everybody, or who holds one seat."""
    return _page(request, site, doors, code, {"seat": seat, "at": at, "numbers": numbers})


@get("/j/{code:str}/people.csv", permission="people_read", sync_to_thread=True)
def export(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], blank: FromQuery[str] = ""
) -> Response[bytes]:
    """Give the directory as a file, or every seat to be filled in."""
    with site.store.reading() as tx:
        found = service.directory(tx, code)
    if blank:
        erased = {one.holder for one in found.persons.values() if one.is_erased}
        rows = [
            [row.seat, row.holder or "", "", "", "", ""]
            for row in views.template(found.playbook, erased).rows
        ]
    else:
        read_personal(doors, request, code, "people.csv")
        rows = [*_rows(found)]
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([_HEADS, *rows])
    # with a mark of its encoding, for spreadsheets take a file without one for GB 18030
    headers = {"content-disposition": f'attachment; filename="people-{code}.csv"'}
    return Response(written.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


def _rows(found: Directory) -> Iterator[list[str]]:
    """Give all that is known as a file has it: first and last days; nobody who was erased."""
    for there in found.people.tenures.values():
        for _key, one in there:
            person = found.persons.get(one.holder, Person(one.holder, None))
            if not person.is_erased:
                days = _day(found, one.since, 0), _day(found, one.until, 1)
                yield [one.seat, one.holder, person.name or "", *days, " ".join(person.channels)]


def _day(found: Directory, stamp: str | None, before: int) -> str:
    """Give the local day in which an instant lies, or so many seconds before it; nothing for no end."""
    if stamp is None:
        return ""
    return f"{clock.local(clock.read_stamp(stamp) - before, found.playbook.jurisdiction.zone):%Y-%m-%d}"


@post(
    "/j/{code:str}/people/import",
    permission="people_write",
    request_max_body_size=_LARGEST,
    sync_to_thread=True,
)
def take_in(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], sent: TheSent
) -> Response[Any]:
    """Show what a file would change; take in what was shown."""
    form = sent.fields
    try:
        name, raw = _file(sent)
        sheet = parse_sheet(raw, name)
        if not form.get("sure"):
            return _page(request, site, doors, code, {}, seen=_seen(site, code, sheet, raw))
        outcome = service.import_rows(
            site.store, code, sheet, origin=origin_of(request, form), now=site.now, chance=site.chance
        )
    except DirectoryError as error:
        return _page(request, site, doors, code, {}, seen=_faulty(error), status=422)
    except (RequestError, Conflict, Refused) as error:
        return _page(request, site, doors, code, {}, error)
    if outcome is None:
        return _page(request, site, doors, code, {}, nothing=True)
    return done_with(site, outcome)


def _file(sent: Sent) -> tuple[str, bytes]:
    """Give the file that was chosen, or that was shown and is taken in now. Raises `RequestError`."""
    chosen = sent.files.get("file")
    if chosen:
        return chosen[0]
    try:
        body = base64.b64decode(sent.fields.get("body", ""), validate=True)
    except binascii.Error:
        body = b""
    if not body:
        raise RequestError(
            where=say("file"),
            expected=say("a CSV or YAML file"),
            found=say("none"),
            do=say("choose one; a file to begin with is there to download"),
        )
    return sent.fields.get("name") or "people.csv", body


def _seen(site: Site, code: str, sheet: Sheet, raw: bytes) -> Seen:
    """Say what a file would change. Raises `DirectoryError`, and `Refused` as taking it in does."""
    with site.store.reading() as tx:
        _situation, playbook = queries.present(tx, code)
        facts = service.preview(tx, code, sheet, site.now()).facts
    changes: list[Words] = [explain.fact(playbook, fact) for fact in facts]
    blank = sum(row.is_blank for row in sheet.rows)
    return Seen(sheet.name, base64.b64encode(raw).decode(), changes, blank, [], 0)


def _faulty(error: DirectoryError) -> Seen:
    """Say what is wrong with a file, as far as it fits a page."""
    found = error.problems
    shown = [errors.problem(one) for one in found[:_SHOWN]]
    return Seen(speak(error.parts()[0]), "", [], 0, shown, len(found) - len(shown))


def _page(
    request: _Ask,
    site: Site,
    doors: Doors,
    code: str,
    asked: Form,
    error: IncidentError | None = None,
    *,
    seen: Seen | None = None,
    nothing: bool = False,
    status: int = 200,
) -> Response[str]:
    now, numbers = site.now(), bool(asked.get("numbers"))
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/duty")
        found = service.directory(tx, code)
        try:
            held = _held(found, asked, now, numbers=numbers)
        except RequestError as wrong:
            held, error = [], error or wrong
        may_write = may_here(request, tx, code, "people_write")
    read_personal(doors, request, code, "people in full" if numbers else "people")
    return page(
        request,
        "people.html",
        status=status if error is None else problem_of(error).status,
        place=place,
        asked=asked,
        held=held,
        seats=_seats(playbook),
        may_write=may_write,
        seen=seen,
        nothing=nothing,
        new_id=new_id(),
        most=MOST_BYTES // 1024 // 1024,
        problem=problem_if(error),
    )


def _held(found: Directory, asked: Form, now: int, *, numbers: bool) -> list[Held]:
    """Give who holds which seat, or the one that is asked for. Raises `RequestError`."""
    playbook, seat = found.playbook, said(asked, "seat")
    at = read_time(say("time"), said(asked, "at"), playbook, now)
    at = now if at is None else at
    if seat is not None and not names.find(playbook, seat, ("body", "office", "group", "unit", "seat")):
        raise RequestError(
            where=say("seat"),
            expected=say("a seat, unit, body or group of the playbook"),
            found=f"`{seat}`",
            do=say("choose one of those offered"),
        )
    wanted = [*found.people.tenures] if seat is None else [seat]
    spans = [span for one in wanted for span in holders(playbook, found.people, one, at)]
    return [_one(found, span, numbers=numbers) for span in spans]


def _one(found: Directory, one: Span, *, numbers: bool) -> Held:
    return Held(
        names.name_of(found.playbook, one.seat, ("seat", "unit")),
        views.named(found.playbook, one.holder, found.persons),
        " ".join(views.channels_of(one.holder, found.persons, numbers=numbers)),
        None if one.since <= 0 else one.since,
        None if one.until == FOREVER else one.until,
    )


def _seats(playbook: Playbook) -> list[tuple[str, str]]:
    """Give the seats and units that can be asked for, as the file to fill in has them."""
    rows = views.template(playbook, ()).rows
    return [(row.seat, speak(names.name_of(playbook, row.seat, ("seat", "unit")))) for row in rows]


ROUTES: list[HTTPRouteHandler] = [people, export, take_in]
