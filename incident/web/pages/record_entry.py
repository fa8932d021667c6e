"""One entry whole: in words, byte by byte, and proven to stand in the newest signed checkpoint.

GET record/{seq}              what it says, its bytes and leaf, what it discloses, its proof
GET record/{seq}/proof        the proof as a file, to be checked anywhere (`incident journal check`)
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, PathParameter
from msgspec import Struct

from incident import bootstrap
from incident.domain import explain, proof, tree
from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import IncidentError, JournalError, RequestError
from incident.domain.identity import SignedIn
from incident.domain.proof import Proof
from incident.domain.say import Words
from incident.service import history, opened, past, proving
from incident.service.history import Wanted
from incident.service.ports import LAST, Reading, Stored
from incident.service.signed import unopened
from incident.views import entry as views
from incident.views.entry_whole import disclosures
from incident.web.doors import TheDoors
from incident.web.errors import Problem, problem_of
from incident.web.pages.place import place_of
from incident.web.pages.record import SECTIONS
from incident.web.security.personal import read_personal
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
_Seq = Annotated[int, PathParameter(ge=0, le=LAST - 1)]


class Proven(Struct, frozen=True, kw_only=True):
    """That an entry stands in a signed checkpoint, or why that is not proven."""

    proof: Proof | None = None
    checkpoint: Checkpoint | None = None
    #: Names of the trusted keys that had to sign; none where no key is known here.
    keys: list[str] = []
    problem: Problem | None = None
    #: It should be proven by what is here, and is not.
    is_faulty: bool = False


@get("/j/{code:str}/record/{seq:int}", permission="audit", sync_to_thread=True)
def entry(request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], seq: _Seq) -> Response[str]:
    """Show an entry whole."""
    read_personal(doors, request, code, f"record/{seq}")
    with site.store.reading() as tx:
        place, situation, _playbook = place_of(request, tx, code, "/record")
        stored = _stored(tx, code, seq)
        lines, remaining = _opened(tx, code, stored)
        shown: dict[str, Any] = {
            "place": place,
            "section": None,
            "sections": SECTIONS,
            "stored": stored,
            "leaf": stored.leaf.hex(),
            "is_leaf": not stored.body or tree.leaf_hash(stored.body) == stored.leaf,
            "body": stored.body.decode(errors="replace"),
            "entry": views.entry(lines) if lines else None,
            "disclosures": disclosures(stored, remaining),
            "actors": views.ACTORS,
            "proven": _proven(tx, code, seq),
            "after": _after(tx, code, seq) if lines else None,
            "newest": situation.version - 1,
        }
    return page(request, "record_entry.html", **shown)


@get("/j/{code:str}/record/{seq:int}/proof", permission="audit", sync_to_thread=True)
def proof_of(site: TheSite, code: FromPath[str], seq: _Seq) -> Response[bytes]:
    """Give the proof as a file. It holds the entry's bytes, and nothing of what these seal."""
    with site.store.reading() as tx:
        raw = proof.format_proof(proving.prove_entry(tx, code, seq, bootstrap.read_note))
    name = f"{code}-{seq}.tlog-proof"
    return Response(
        raw,
        media_type="application/octet-stream",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


def _stored(tx: Reading, code: str, seq: int) -> Stored:
    stored = next(tx.entries(code, since=seq), None)
    if stored is None or stored.seq != seq:
        raise NotFoundException
    return stored


def _opened(tx: Reading, code: str, stored: Stored) -> tuple[list[history.Line], dict[str, str]]:
    """Give the facts of an entry and its disclosures; nothing of one whose body was dropped.

    Raises `JournalError`.
    """
    if not stored.body:
        return [], {}
    _same, remaining = next(opened.with_disclosures(tx, code, since=stored.seq))
    wanted = Wanted(entries=(stored.seq, stored.seq + 1))
    return [*history.history(tx, code, wanted, read=bootstrap.note_reader())], remaining


def _proven(tx: Reading, code: str, seq: int) -> Proven:
    """Prove it; proving holds the proof against the checkpoint before it gives it."""
    try:
        found = proving.prove_entry(tx, code, seq, bootstrap.read_note)
        keys = [str(key) for key in bootstrap.trusted_keys(())]
    except (RequestError, JournalError) as error:
        return Proven(problem=problem_of(error), is_faulty=isinstance(error, JournalError))
    return Proven(proof=found, checkpoint=unopened(found.checkpoint), keys=keys)


def _after(tx: Reading, code: str, seq: int) -> Words:
    """Say which state stood after an entry; none where that cannot be rebuilt, which verifying tells of."""
    try:
        found = past.after(tx, code, seq)
    except IncidentError:
        return None
    return explain.state_name(found.playbook, found.situation.state)


ROUTES: list[HTTPRouteHandler] = [entry, proof_of]
