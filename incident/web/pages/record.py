"""The record: what happened, newest first, with everything by which `incident history` chooses.

    GET record                    a page of it; `before` is the number of the entry where the next one begins
    GET record/{seq}              one entry whole (`record_entry.py`)
    GET record/at                 what was, at any moment (`record_past.py`)
    GET record/account            what became of every promised time (`record_account.py`)
    GET record/verify             does it hold? (`record_verify.py`)
    GET record/kit                evidence to take away (`record_kit.py`)

Only whoever may audit sees any of it, and what entries disclose is shown here alone; that it was is noted.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import Struct
from msgspec.structs import asdict

from incident import bootstrap
from incident.domain.errors import IncidentError, RequestError
from incident.domain.identity import SignedIn
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import in_each
from incident.service import history_pages, opened
from incident.service.history import Wanted
from incident.service.intake import read_time
from incident.service.ports import LAST
from incident.views import entry as views
from incident.views import history as kinds_of
from incident.web.doors import TheDoors
from incident.web.errors import problem_if
from incident.web.pages.place import place_of
from incident.web.security.personal import read_personal
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Entries of one page.
_MOST: Final = 40
#: Letters of a filter that are read.
_LETTERS: Final = 500

#: What stands below the record: the end of the address, and what it is called.
SECTIONS: Final[tuple[tuple[str, Words], ...]] = (
    ("", say("What happened")),
    ("/at", say("At a moment")),
    ("/account", say("Promised times")),
    ("/verify", say("Verify")),
    ("/kit", say("Evidence kit")),
)


class Asked(Struct, frozen=True, kw_only=True):
    """What was asked for, as it was typed; empty where nothing was."""

    since: str = ""
    until: str = ""
    kind: str = ""
    actor: str = ""
    authority: str = ""
    clause: str = ""
    incident: str = ""
    text: str = ""

    @property
    def address(self) -> str:
        """Give it as the query of an address."""
        return urlencode({name: words for name, words in asdict(self).items() if words})

    @property
    def unnamed(self) -> str:
        """Say what was asked for without words that may name somebody: the record of access names nobody."""
        return " ".join(
            name if name in ("actor", "authority", "text") else f"{name}={words}"
            for name, words in asdict(self).items()
            if words
        )


@get("/j/{code:str}/record", permission="audit", sync_to_thread=True)
def history(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    before: Annotated[int | None, QueryParameter(ge=0, le=LAST)] = None,
) -> Response[str]:
    """Show a page of what happened."""
    asked = asked_of(request)
    read_personal(doors, request, code, f"record {asked.unnamed}".strip())
    found, error, dropped = None, None, 0
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/record")
        try:
            dropped = opened.first_body(tx, code)
            found = history_pages.page(
                tx,
                code,
                wanted_of(asked, playbook, site.now()),
                before=LAST if before is None else before,
                most=_MOST,
                spoken=in_each,
                read=bootstrap.note_reader(),
            )
        except IncidentError as wrong:
            error = wrong
        entries = [] if found is None else [views.entry(lines) for lines in found.entries]
    return page(
        request,
        "record.html",
        place=place,
        section="",
        sections=SECTIONS,
        asked=asked,
        entries=entries,
        further=None if found is None else found.further,
        before=before,
        dropped=dropped,
        kinds=kinds_of.kinds(),
        actors=views.ACTORS,
        problem=problem_if(error),
    )


def asked_of(request: _Ask) -> Asked:
    """Give what an address asks for."""
    given = {name: " ".join(request.query_params.getall(name, [])) for name in Asked.__struct_fields__}
    return Asked(**{name: words.strip()[:_LETTERS] for name, words in given.items()})


def wanted_of(asked: Asked, playbook: Playbook, now: int) -> Wanted:
    """Read what was asked for. Raises `RequestError`."""
    return Wanted(
        since=read_time(say("recorded from"), asked.since or None, playbook, now),
        until=read_time(say("recorded before"), asked.until or None, playbook, now),
        kinds=read_kinds(asked.kind),
        actor=asked.actor or None,
        incident=asked.incident or None,
        text=asked.text or None,
        authority=asked.authority or None,
        clause=asked.clause or None,
    )


def read_kinds(words: str) -> list[str]:
    """Read kinds of facts, parted by blanks or commas. Raises `RequestError` for one that no fact can have.

    To find nothing would read as if nothing had happened.
    """
    given = [one for one in re.split(r"[\s,，、]+", words) if one]
    known = kinds_of.kinds()
    strange = [f"`{one}`" for one in given if one not in known]
    if strange:
        raise RequestError(where=say("kind"), expected=known, found=strange, do=say("choose one of those"))
    return given


ROUTES: list[HTTPRouteHandler] = [history]
