"""Playbooks: those that come with the program, any file checked, and a jurisdiction put under one.

    GET  /playbooks              the shipped ones
    GET  /playbooks/{name}       one to read; `?section=` with the origin of each value of a part
    POST /playbooks/check        a file, or a shipped one: all that is wrong with it, what adopting it changes
    POST /j/{code}/plan          adopted, if it is the one that was shown and still what is there before it

A file is kept nowhere on the way: the page that shows it carries it, to the byte.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from functools import cache
from pathlib import PurePath
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain.errors import Conflict, IncidentError, PlaybookError, Refused, RequestError
from incident.domain.identity import SignedIn, may_do, may_do_somewhere
from incident.domain.playbook import Playbook, digest, encode
from incident.domain.say import say
from incident.playbook_text.load import Loaded, load, load_bytes, shipped_names
from incident.playbook_text.nodes import MAX_BYTES
from incident.playbook_text.provenance import values
from incident.service import paths
from incident.service.adopt import adopt
from incident.service.handle import adopted
from incident.service.ports import Reading
from incident.service.who import signed_in
from incident.views.errors import Problem
from incident.views.versions import Compared, compared
from incident.web.errors import problem_if, problem_of
from incident.web.forms import go
from incident.web.pages.now import drawing
from incident.web.pages.reading import problems, reading
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Letters of a file's name that are shown.
_NAME: Final = 100


class Upload(NamedTuple):
    """A playbook that was sent: a file, or the name of a shipped one."""

    #: What it is called.
    name: str
    #: None for a shipped one.
    raw: bytes | None
    #: SHA-256 of what was shown, and of what governed then; empty where nothing did.
    shown: str
    before: str


async def upload_of(request: _Ask) -> Upload:
    """Read what was sent; of a file that is too long, enough to say so."""
    form = await request.form()
    sent = form.get("file")
    name, raw = _word(form.get("name")), None
    if isinstance(sent, UploadFile) and sent.filename:
        name, raw = sent.filename, await sent.read(MAX_BYTES + 1)
    elif form.get("body"):
        raw = _carried(_word(form.get("body")))
    return Upload(PurePath(name).name[:_NAME], raw, _word(form.get("shown")), _word(form.get("before")))


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _carried(words: str) -> bytes:
    """Read the file that a page carried; what nobody's page carries is an empty file."""
    try:
        return b64decode(words, validate=True)
    except (NoBase64, ValueError):
        return b""


#: As handlers ask for it.
TheUpload = NamedDependency[Upload]
_READS: Final = {"upload": Provide(upload_of)}


@cache
def _shipped(name: str) -> Loaded:
    """Read a playbook that comes with the program; it does not change while this runs."""
    return load(name)


def _loaded(upload: Upload) -> Loaded:
    """Read and check what was sent. Raises `RequestError` where that is nothing."""
    if upload.raw is not None:
        return load_bytes(upload.raw, upload.name or "playbook.yaml")
    if upload.name in shipped_names():
        return _shipped(upload.name)
    raise RequestError(
        where=say("playbook"),
        expected=[*shipped_names(), say("or a YAML file")],
        found=f"`{upload.name}`" if upload.name else say("nothing"),
        do=say("choose a file"),
    )


@get("/playbooks", permission="look", sync_to_thread=True)
def list_(request: _Ask) -> Response[str]:
    """List the playbooks that come with the program."""
    return _list(request, None)


def _list(request: _Ask, error: IncidentError | None) -> Response[str]:
    shipped = [(name, _shipped(name)) for name in shipped_names()]
    return page(
        request,
        "playbooks.html",
        status=200 if error is None else 422,
        shipped=[(name, one.playbook, len(one.errors), len(one.warnings)) for name, one in shipped],
        may_adopt=may_do_somewhere(request.user, "adopt"),
        problem=problem_if(error),
    )


@get("/playbooks/{name:str}", permission="look", sync_to_thread=True)
def show(request: _Ask, name: FromPath[str], section: FromQuery[str | None] = None) -> Response[str]:
    """Show a playbook that comes with the program, or where each value of a part of it comes from."""
    if name not in shipped_names():
        raise NotFoundException
    loaded = _shipped(name)
    if loaded.playbook is None:
        raise PlaybookError(name, loaded.errors)
    wanted = section.split(".") if section else []
    found = [
        (".".join(map(str, one.path)), one.value, one.clause, PurePath(one.mark.file).name, one.mark.line)
        for one in (values(loaded.root) if wanted else ())
        if [*map(str, one.path[: len(wanted)])] == wanted
    ]
    if wanted and not found:
        raise NotFoundException
    return page(
        request,
        "playbook.html",
        name=name,
        digest=digest(encode(loaded.playbook)),
        reading=reading(loaded.playbook),
        problems=_without_folders(loaded),
        diagram=drawing(loaded.playbook, None),
        sections=[*loaded.root.value] if isinstance(loaded.root.value, dict) else [],
        section=section,
        values=found,
        may_adopt=may_do_somewhere(request.user, "adopt"),
    )


def _without_folders(loaded: Loaded) -> list[Problem]:
    """Give what was found; files by their names alone, for where they lie here is nobody's business."""
    return [
        one if one.file is None else msgspec.structs.replace(one, file=PurePath(one.file).name)
        for one in problems(loaded.problems)
    ]


class Preview(NamedTuple):
    """What adopting a playbook would mean."""

    code: str
    #: SHA-256 of what governs now; empty where nothing does.
    before: str
    #: What it would change; none where nothing is there, or whoever asks may not look at it.
    compared: Compared | None
    #: The incident that runs: until it ends, nothing else is adopted.
    incident: str | None
    may_adopt: bool


@post("/playbooks/check", permission="adopt", sync_to_thread=True, status_code=200, dependencies=_READS)
def check(request: _Ask, site: TheSite, upload: TheUpload) -> Response[str]:
    """Show all that is wrong with a playbook, and what adopting it would change; nothing is recorded."""
    try:
        loaded = _loaded(upload)
    except RequestError as error:
        return _list(request, error)
    return _checked(request, site, upload, loaded, None)


def _checked(
    request: _Ask, site: Site, upload: Upload, loaded: Loaded, error: IncidentError | None
) -> Response[str]:
    playbook = None if loaded.errors else loaded.playbook
    faulty = 422 if playbook is None else 200
    return page(
        request,
        "playbook_checked.html",
        status=faulty if error is None else problem_of(error).status,
        name=loaded.name,
        body="" if upload.raw is None else b64encode(upload.raw).decode(),
        playbook=playbook,
        digest=None if playbook is None else digest(encode(playbook)),
        problems=_without_folders(loaded),
        errors=len(loaded.errors),
        preview=None if playbook is None else _preview(request, site, playbook),
        problem=problem_if(error),
    )


def _preview(request: _Ask, site: Site, playbook: Playbook) -> Preview:
    code = playbook.jurisdiction.code
    with site.store.reading() as tx:
        path = paths.path_of(tx, code)
        before, incident = _governing(tx, code)
        old = tx.playbook(code, before) if before and may_do(request.user, "look", path) else None
    return Preview(
        code,
        before,
        None if old is None else compared(old, playbook),
        incident,
        may_do(request.user, "adopt", path),
    )


def _governing(tx: Reading, code: str) -> tuple[str, str | None]:
    """Give the hash of the playbook that governs, empty where none does, and the incident that runs."""
    if tx.log(code) is None:
        return "", None
    situation = adopted(tx, code).situation
    return situation.playbook, situation.incident


@post("/j/{code:str}/plan", permission="adopt", sync_to_thread=True, dependencies=_READS)
def do_adopt(request: _Ask, site: TheSite, code: FromPath[str], upload: TheUpload) -> Response[Any]:
    """Put a jurisdiction under the playbook that was shown."""
    try:
        loaded = _loaded(upload)
    except RequestError as error:
        return _list(request, error)
    try:
        playbook = _as_shown(site, code, upload, loaded)
        _must_keep_superior(request, site, playbook)
        done = adopt(site.store, playbook, signed_in(request.user), now=site.now, chance=site.chance)
    except IncidentError as error:
        return _checked(request, site, upload, loaded, error)
    site.live.ring()
    site.log("info", "adopted", jurisdiction=code, playbook=done.situation.playbook)
    return go(f"/j/{code}/plan")


def _as_shown(site: Site, code: str, upload: Upload, loaded: Loaded) -> Playbook:
    """Give the playbook, if it is the one that was shown, of this jurisdiction, beside what still governs.

    Raises `PlaybookError`, `RequestError` and `Conflict`.
    """
    playbook = loaded.playbook
    if playbook is None or loaded.errors:
        raise PlaybookError(loaded.name, loaded.errors)
    if playbook.jurisdiction.code != code:
        raise RequestError(
            where=say("jurisdiction"),
            expected=code,
            found=playbook.jurisdiction.code,
            do=say("check the playbook again"),
        )
    name = digest(encode(playbook))
    with site.store.reading() as tx:
        before, _incident = _governing(tx, code)
    if (name, before) != (upload.shown, upload.before):
        raise Conflict(
            where=say("playbook"),
            expected=say("what was shown"),
            found=say("another, here or in the file"),
            do=say("look at the preview again, then adopt"),
        )
    return playbook


def _must_keep_superior(request: _Ask, site: Site, playbook: Playbook) -> None:
    """Refuse another superior to who may adopt nothing there: it decides who has rights here.

    Raises `Refused`.
    """
    code, parent = playbook.jurisdiction.code, playbook.jurisdiction.parent
    with site.store.reading() as tx:
        above = paths.path_of(tx, code)[1:2]
        is_kept = parent is None or (parent,) == above
        if not is_kept and not may_do(request.user, "adopt", paths.path_of(tx, parent or "")):
            raise Refused(
                rule="superior",
                where=say("superior"),
                expected=[*above] or say("none"),
                found=parent,
                do=say("ask somebody who may adopt playbooks there too"),
            )


ROUTES: list[HTTPRouteHandler] = [list_, show, check, do_adopt]
