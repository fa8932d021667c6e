"""The record: what happened, entry by entry, each with its proof, and the signed checkpoints.

All of it is for whoever may audit. What entries disclose is shown here, and that it was is on record.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter

from incident import bootstrap
from incident.domain.checkpoint import Checkpoint, format_line, line_of
from incident.domain.errors import RequestError, Unknown
from incident.domain.growth import format_growth
from incident.domain.identity import SignedIn
from incident.domain.proof import format_proof
from incident.domain.say import say
from incident.language import in_each
from incident.service import history_pages, proving, queries, signed
from incident.service.history import Wanted
from incident.service.intake import read_time
from incident.service.ports import LAST, Reading, Signed
from incident.views import entry_whole as entries
from incident.views import history as views
from incident.views import record as records
from incident.views.entry_whole import EntryWhole
from incident.views.history import HistoryFact
from incident.views.record import SignedCheckpoint
from incident.web.api.conditions import (
    LARGEST,
    USUAL,
    Code,
    Entry,
    Limit,
    Page,
    Seq,
    Since,
    Until,
)
from incident.web.api.described import reads
from incident.web.doors import TheDoors
from incident.web.files import as_file
from incident.web.security.personal import read_personal
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "record"
Kinds = Annotated[
    list[str] | None,
    QueryParameter(max_items=50, description="Only facts of this kind, such as GroupConverted; repeat."),
]
Incident = Annotated[
    str | None, QueryParameter(min_length=1, max_length=64, description="Only of this incident: 2026-001.")
]
_Actor = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=200, description="Only what this person pressed; name or login."),
]
_Text = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=200,
        description="Only where this is said: in a sentence, a reason, a basis or a value.",
    ),
]
_Authority = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=200, description="Only what this body or seat decided."),
]
_Clause = Annotated[
    str | None,
    QueryParameter(min_length=1, max_length=200, description="Only what rests on this clause, or one below."),
]
_Size = Annotated[int, PathParameter(ge=0, le=LARGEST, description="How many entries it covers.")]


@get("/jurisdictions/{code:str}/history", permission="audit", **reads(_TAG))
def history(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: Code,
    since: Since = None,
    until: Until = None,
    kind: Kinds = None,
    actor: _Actor = None,
    incident: Incident = None,
    text: _Text = None,
    authority: _Authority = None,
    clause: _Clause = None,
    cursor: Entry = None,
    limit: Limit = USUAL,
) -> Page[HistoryFact]:
    """List what happened, the newest entry first; a page holds all wanted facts of at most `limit` entries.

    A page may be empty and still have a `next`, where few entries pass the filters: go on.
    """
    before = LAST if cursor is None else int(cursor)
    with site.store.reading() as tx:
        playbook, now = queries.present(tx, code)[1], site.now()
        wanted = Wanted(
            since=read_time("since", since, playbook, now),
            until=read_time("until", until, playbook, now),
            kinds=read_kinds(kind or []),
            actor=actor,
            incident=incident,
            text=text,
            authority=authority,
            clause=clause,
        )
        read_personal(doors, request, code, "api history")
        read = bootstrap.note_reader()
        found = history_pages.page(tx, code, wanted, before=before, most=limit, spoken=in_each, read=read)
        items = [views.fact(line) for lines in found.entries for line in lines]
    return Page(items=items, next=None if found.further is None else str(found.further))


def read_kinds(given: list[str]) -> list[str]:
    """Refuse a kind that no fact can have: to find nothing would read as if nothing had happened."""
    known = views.kinds()
    strange = [f"`{one}`" for one in given if one not in known]
    if strange:
        raise RequestError(where="kind", expected=known, found=strange, do=say("choose one of those"))
    return given


@get("/jurisdictions/{code:str}/entries/{seq:int}", permission="audit", **reads(_TAG))
def entry(request: _Ask, site: TheSite, doors: TheDoors, code: Code, seq: Seq) -> EntryWhole:
    """Give one entry whole: in words, its facts, its bytes and leaf, and what it still discloses."""
    with site.store.reading() as tx:
        queries.present(tx, code)
        found = entries.whole(tx, code, seq, bootstrap.note_reader())
    if found is None:
        raise _no_entry(seq)
    read_personal(doors, request, code, f"api entries/{seq}")
    return found


def _no_entry(seq: int) -> Unknown:
    return Unknown(
        where=say("entry"),
        expected=say("the number of an entry"),
        found=str(seq),
        do=say("look: incident history"),
    )


@get(
    "/jurisdictions/{code:str}/entries/{seq:int}/proof",
    permission="audit",
    media_type="application/octet-stream",
    **reads(_TAG),
)
def proof(site: TheSite, code: Code, seq: Seq) -> Response[bytes]:
    """Give the proof that an entry stands in the newest signed checkpoint (C2SP tlog-proof).

    It is checked anywhere, without a database: `incident journal check`. It holds the entry's bytes and
    nothing of what they seal. Where no checkpoint covers the entry yet, that is a problem 422.
    """
    with site.store.reading() as tx:
        queries.present(tx, code)
        raw = format_proof(proving.prove_entry(tx, code, seq, bootstrap.read_note))
    return as_file(raw, f"{code}-{seq}.tlog-proof", "application/octet-stream")


@get("/jurisdictions/{code:str}/checkpoints", permission="audit", **reads(_TAG))
def checkpoints(
    site: TheSite, code: Code, cursor: Entry = None, limit: Limit = USUAL
) -> Page[SignedCheckpoint]:
    """List the signed checkpoints that count, the newest first."""
    until = LAST if cursor is None else int(cursor)
    found: list[SignedCheckpoint] = []
    with site.store.reading() as tx:
        queries.present(tx, code)
        for head, row in signed.rows(tx, code, bootstrap.note_reader(), until=until):
            if len(found) == limit:
                return Page(items=found, next=str(row.size))
            found.append(_checkpoint(code, head, row))
    return Page(items=found, next=None)


@get(
    "/jurisdictions/{code:str}/checkpoints/{size:int}",
    permission="audit",
    media_type="text/plain",
    **reads(_TAG),
)
def checkpoint(site: TheSite, code: Code, size: _Size) -> Response[bytes]:
    """Give a signed checkpoint as it is (C2SP signed note)."""
    with site.store.reading() as tx:
        note = _kept(tx, code, size).note
    return as_file(note.encode(), f"{code}-{size}.checkpoint", "text/plain; charset=utf-8")


@get(
    "/jurisdictions/{code:str}/checkpoints/{size:int}/growth",
    permission="audit",
    media_type="application/octet-stream",
    **reads(_TAG),
)
def growth(site: TheSite, code: Code, size: _Size) -> Response[bytes]:
    """Give the proof that the newest checkpoint begins with the first `size` entries."""
    with site.store.reading() as tx:
        queries.present(tx, code)
        raw = format_growth(proving.prove_growth(tx, code, size, bootstrap.read_note))
    return as_file(raw, f"{code}-{size}.growth", "application/octet-stream")


def _kept(tx: Reading, code: str, size: int) -> Signed:
    """Give a checkpoint by its size. Raises `Unknown`."""
    queries.present(tx, code)
    found = tx.newest_checkpoint(code, until=size)
    if found is None or found.size != size:
        raise Unknown(
            where=say("checkpoint"),
            expected=say("the size of one that is kept"),
            found=str(size),
            do=say("list them first"),
        )
    return found


def _checkpoint(code: str, head: Checkpoint, row: Signed) -> SignedCheckpoint:
    line = format_line(line_of(code, head.size, head.root))
    return records.checkpoint(code, head, at=row.at, line=line, note=row.note)


ROUTES: list[HTTPRouteHandler] = [history, entry, proof, checkpoints, checkpoint, growth]
