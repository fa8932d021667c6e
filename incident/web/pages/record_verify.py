"""Does the record hold? Verified in the background, with a badge that says exactly what was looked at.

    GET  record/verify            what was found last, how old that is, and what runs
    POST record/verify            begin: levels, public keys, checkpoints from outside
    POST record/verify/stop       end what runs
    GET  record/checkpoint/{n}    a signed checkpoint as it is; `/growth`: that the newest only adds to it

What it is held against is said each time: checkpoints in the database, in the folder outside, and those that
the auditor brings with the public key that has to have signed. Nothing that was not looked at counts.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, PathParameter

from incident import bootstrap
from incident.domain.checkpoint import format_line, line_of, parse_line
from incident.domain.errors import FormatError, IncidentError, RequestError
from incident.domain.growth import format_growth
from incident.domain.identity import SignedIn
from incident.domain.note import PublicKey, format_public_key
from incident.domain.say import Words, say
from incident.language import speak
from incident.service import proving, queries
from incident.service.against import Found, Given
from incident.service.outside import FOUND
from incident.service.ports import LAST, Reading
from incident.service.signed import rows
from incident.signing import evidence
from incident.views import levels as words_of
from incident.views import verify as views
from incident.web.errors import problem_if
from incident.web.examining import examined, foreign, shown
from incident.web.files import as_file
from incident.web.forms import Sent, TheSent, go
from incident.web.pages.place import place_of
from incident.web.pages.record import SECTIONS
from incident.web.site import Site, TheSite
from incident.web.text import page
from incident.web.verifying import Examination, Job, TheVerifying, Unread, Verifying

_Ask = Request[SignedIn, Any, Any]
#: Checkpoints that are listed.
_LISTED: Final = 50
_NOTE_MARK: Final = "\n\N{EM DASH} "


class Kept(NamedTuple):
    """A signed checkpoint beside the journal."""

    size: int
    at: int
    line: str


@get("/j/{code:str}/record/verify", permission="audit", sync_to_thread=True)
def look(request: _Ask, site: TheSite, verifying: TheVerifying, code: FromPath[str]) -> Response[str]:
    """Show what was found last, and what runs."""
    return _page(request, site, verifying, code, None, {})


@post("/j/{code:str}/record/verify", permission="audit", sync_to_thread=True)
def begin(
    request: _Ask, site: TheSite, verifying: TheVerifying, code: FromPath[str], sent: TheSent
) -> Response[Any]:
    """Begin to verify."""
    try:
        with site.store.reading() as tx:
            size = queries.present(tx, code)[0].version
        work = _work_of(site, code, sent)
        verifying.start(code, size, work, site.now)
    except IncidentError as error:
        return _page(request, site, verifying, code, error, sent.fields)
    return go(f"/j/{code}/record/verify")


@post("/j/{code:str}/record/verify/stop", permission="audit", sync_to_thread=False)
def stop(verifying: TheVerifying, code: FromPath[str]) -> Response[Any]:
    """End what runs; nothing is found by it."""
    running = verifying.running(code)
    if running is not None:
        running.stop()
    return go(f"/j/{code}/record/verify")


@get("/j/{code:str}/record/checkpoint/{size:int}", permission="audit", sync_to_thread=True)
def checkpoint(
    site: TheSite, code: FromPath[str], size: Annotated[int, PathParameter(ge=0, le=LAST)]
) -> Response[bytes]:
    """Give a signed checkpoint as it is kept."""
    with site.store.reading() as tx:
        found = tx.newest_checkpoint(code, until=size)
    if found is None or found.size != size:
        raise NotFoundException
    return as_file(found.note.encode(), f"{code}-{size}.checkpoint", "text/plain; charset=utf-8")


@get("/j/{code:str}/record/checkpoint/{size:int}/growth", permission="audit", sync_to_thread=True)
def growth(
    site: TheSite, code: FromPath[str], size: Annotated[int, PathParameter(ge=0, le=LAST)]
) -> Response[bytes]:
    """Give the proof that the newest checkpoint begins with so many entries (`journal prove --since`)."""
    with site.store.reading() as tx:
        raw = format_growth(proving.prove_growth(tx, code, size, bootstrap.read_note))
    return as_file(raw, f"{code}-{size}.growth", "application/octet-stream")


def read_keys(words: str) -> list[PublicKey]:
    """Read the public keys that somebody brings, one a line; those trusted here, where there are none.

    Raises `RequestError`.
    """
    return evidence.public_keys([one for one in words.split("\n") if one.strip()]) or bootstrap.trusted_keys(
        ()
    )


def read_checkpoints(sent: Sent, keys: list[PublicKey]) -> list[Given]:
    """Read what somebody brings: a signed note or lines that were passed on, typed; notes, as files.

    Raises `RequestError`.
    """
    typed = sent.fields.get("against", "").strip()
    notes: list[tuple[Words, bytes]] = (
        [(say("what was pasted"), f"{typed}\n".encode())] if _NOTE_MARK in typed else []
    )
    lines = [] if notes else [one.strip() for one in typed.split("\n") if one.strip()]
    notes += [(name, raw) for name, raw in sent.files.get("note", [])]
    where: Words = ""
    try:
        found = []
        for where, raw in notes:
            found.append(evidence.signed_checkpoint(where, raw, keys))
        for where in lines:
            found.append(Given(where, parse_line(str(where))))
    except FormatError as error:
        raise RequestError(
            where=where,
            expected=error.expected,
            found=error.found,
            do=say("take it again from where it was kept"),
        ) from error
    return found


def _work_of(site: Site, code: str, sent: Sent) -> Any:
    """Give what verifies as the form says. Raises `RequestError`."""
    keys = read_keys(sent.fields.get("pubkey", ""))
    given = read_checkpoints(sent, keys)
    strangers = evidence.brought(given, keys).strangers([code])
    if strangers:
        raise foreign(code, strangers[0].where)
    outside, unread = _outside(site, code, keys)
    looked = Examination(
        evidence.brought([*given, *outside], keys),
        unread=unread,
        replay=sent.fields.get("levels") != "hashes",
    )
    accepted = sent.fields.get("accept", "").split()
    return partial(examined, site, code, looked, accepted)


def _outside(site: Site, code: str, keys: list[PublicKey]) -> tuple[list[Given], list[Unread]]:
    """Give the newest checkpoints that are kept outside, and those that count for nothing."""
    found, unread = list[Given](), list[Unread]()
    for outlet in site.outside:
        try:
            for kept in outlet.newest(code):
                where = say("folder outside: {file}", file=kept.where)
                try:
                    found.append(evidence.signed_checkpoint(where, kept.note.encode(), keys))
                except FormatError as error:
                    unread.append(Unread(where, error.expected, error.found))
        except OSError as error:
            unread.append(Unread(say("folder outside"), say("a folder that can be read"), str(error)))
    return found, unread


def _page(
    request: _Ask,
    site: Site,
    verifying: Verifying,
    code: str,
    error: IncidentError | None,
    form: dict[str, str],
) -> Response[str]:
    with site.store.reading() as tx:
        place, situation, _playbook = place_of(request, tx, code, "/record")
        kept = _kept(tx, code)
    last = verifying.last(code)
    return page(
        request,
        "record_verify.html",
        place=place,
        section="/verify",
        sections=SECTIONS,
        form=form,
        kept=kept,
        keys=_keys(),
        levels=words_of.LEVELS,
        partly=words_of.PARTLY,
        verdict=_verdict,
        has_outside=bool(site.outside),
        running=verifying.running(code),
        last=last,
        result=None if last is None else result_of(last, code, situation.version, site.now()),
        problem=problem_if(error),
    )


def _kept(tx: Reading, code: str) -> list[Kept]:
    found: list[Kept] = []
    for said, row in rows(tx, code, bootstrap.read_note):
        found.append(Kept(row.size, row.at, format_line(line_of(code, said.size, said.root))))
        if len(found) == _LISTED:
            break
    return found


def _keys() -> list[str]:
    try:
        return [format_public_key(key) for key in bootstrap.trusted_keys(())]
    except RequestError:
        return []


class Result(NamedTuple):
    """What was found last, as it is shown."""

    #: How it looks: `calm` only where everything was looked at and held against one from outside.
    tone: str
    #: Minutes since it ended, and entries that were recorded since it began.
    age: int
    since: int
    #: What was not looked at.
    gaps: list[Words]
    found: Examination | None
    verified: views.JournalVerified | None = None
    fault: views.JournalFault | None = None
    #: What was brought against a journal with a fault.
    span: Words = None


def result_of(job: Job, code: str, size: int, now: int) -> Result:
    """Say what was found, and what was not looked at; nothing that was not is claimed."""
    age, since, looked = max(0, now - (job.ended or now)) // 60, max(0, size - job.size), job.found
    if looked is None:
        return Result("watch", age, since, [], None)
    verified = shown(code, looked)
    if isinstance(verified, views.JournalFault):
        return Result("alarm", age, since, [], looked, fault=verified)
    gaps = _gaps(looked)
    tone = "alarm" if not verified.holds else "watch" if gaps else "calm"
    return Result(tone, age, max(0, size - verified.entries), gaps, looked, verified=verified)


def _verdict(found: views.CheckpointFound | Found) -> str:
    """Say how a checkpoint stands to the journal, in the language in force."""
    if found.verdict == "holds":
        return speak(say("✓ holds"))
    what: Words = next((words for name, words in FOUND.items() if name == found.verdict), found.verdict)
    if found.given_up is not None:
        what = say("{found} (entry {seq})", found=what, seq=found.given_up)
    return speak(say("✕ DOES NOT HOLD: {found}", found=what))


def _gaps(looked: Examination) -> list[Words]:
    """Say what was not looked at, or not held against anything."""
    found: list[Words] = []
    examined = looked.examined
    assert examined is not None, "of a journal that was examined"
    found += [
        say("not looked at: {level}: {why}", level=words_of.LEVELS[one.name], why=one.why)
        for one in examined.found.levels
        if not one.held and not one.is_wrong
    ]
    if not looked.brought.keys:
        found.append(say("signatures: no public key was given, and none is known here"))
    if not examined.compared.brought:
        found.append(
            say(
                "no checkpoint from outside: whoever can write the database can make record and"
                " checkpoints anew"
            )
        )
    found += [
        say("{where} counts for nothing: expected {expected}, found {found}", **one._asdict())
        for one in looked.unread
    ]
    return found


ROUTES: list[HTTPRouteHandler] = [look, begin, stop, checkpoint, growth]
