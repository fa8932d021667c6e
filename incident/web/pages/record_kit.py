"""Evidence to take away: a kit made of the record, and a kit that somebody brings verified.

    GET  record/kit               what a kit opens, to choose
    POST record/kit               the kit itself, as `incident journal export` makes it
    POST record/kit/check         a kit that is brought, verified as `incident journal verify KIT.zip` does

Few are made or verified at once (`incident.web.files`).
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from incident import bootstrap
from incident.domain import clock
from incident.domain.errors import IncidentError, JournalError, KitError, RequestError
from incident.domain.identity import SignedIn
from incident.domain.kit import Filter
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.language import speaker
from incident.service import queries
from incident.service.exhibit import Shown
from incident.service.intake import read_time
from incident.signing import evidence
from incident.views import history as kinds_of
from incident.views import levels as words_of
from incident.views import verify as views
from incident.web.doors import TheDoors
from incident.web.errors import problem_if
from incident.web.files import as_kit, one_of_few
from incident.web.forms import Form, Sent, TheForm, TheSent, go
from incident.web.pages.place import place_of
from incident.web.pages.record import SECTIONS, read_kinds
from incident.web.pages.record_verify import read_checkpoints, read_keys
from incident.web.security.personal import read_personal
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Values that are not opened are named, so many of them.
_SHOWN: Final = 20


class Checked(Struct, frozen=True, kw_only=True):
    """What came of a kit that was brought: what was found, or a fault."""

    name: str
    found: views.KitVerified | None = None
    fault: views.KitFault | None = None
    #: Another version of the program made its pages, and they were not looked at.
    strange_pages: str | None = None
    #: Public keys that had to have signed.
    keys: list[str] = []

    @property
    def tone(self) -> str:
        """Say how it looks: calm only where everything was looked at."""
        if self.found is None or not self.found.holds:
            return "alarm"
        return "calm" if all(one.held for one in self.found.levels) else "watch"


@get("/j/{code:str}/record/kit", permission="audit", sync_to_thread=True)
def choose(request: _Ask, site: TheSite, code: FromPath[str]) -> Response[str]:
    """Show what a kit may open."""
    return _page(request, site, code, {}, None, None)


@post("/j/{code:str}/record/kit", permission="audit", sync_to_thread=True, status_code=200)
def export(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], form: TheForm
) -> Response[Any]:
    """Make a kit, and give it."""
    try:
        with site.store.reading() as tx, one_of_few():
            shown = shown_of(form, queries.present(tx, code)[1], site.now())
            read_personal(doors, request, code, f"record/kit {shown.filter}")
            keys = evidence.public_keys(form.get("pubkey", "").split()) or bootstrap.trusted_keys(())
            return as_kit(tx, code, shown, keys, site.now())
    except IncidentError as error:
        return _page(request, site, code, form, error, None)


@get("/j/{code:str}/record/kit/check", permission="audit", sync_to_thread=False)
def again(code: FromPath[str]) -> Response[Any]:
    """Go where a kit can be brought: what was found of one is in its answer alone."""
    return go(f"/j/{code}/record/kit")


@post("/j/{code:str}/record/kit/check", permission="audit", sync_to_thread=True, status_code=200)
def check(request: _Ask, site: TheSite, code: FromPath[str], sent: TheSent) -> Response[str]:
    """Verify a kit that is brought."""
    try:
        checked = _checked(sent)
    except IncidentError as error:
        return _page(request, site, code, sent.fields, error, None)
    return _page(request, site, code, {}, None, checked)


def shown_of(form: Form, playbook: Playbook, now: int) -> Shown:
    """Read what is to be opened. Raises `RequestError`."""

    def stamp(name: str, words: str) -> str | None:
        at = read_time(name, words.strip() or None, playbook, now)
        return None if at is None else clock.stamp(at)

    number, code = form.get("incident", "").strip(), playbook.jurisdiction.code
    if number and not number.startswith(f"{code}-"):
        number = f"{code}-{number}"
    return Shown(
        filter=Filter(
            incident=number or None,
            since=stamp("since", form.get("since", "")),
            until=stamp("until", form.get("until", "")),
            kinds=sorted({*read_kinds(form.get("kind", ""))}),
        ),
        withhold=frozenset(form.get("withhold", "").replace(",", " ").split()),
    )


def _checked(sent: Sent) -> Checked:
    """Verify what is brought. Raises `RequestError` for what is no kit, and `Conflict`."""
    files = sent.files.get("kit", [])
    if len(files) != 1:
        raise RequestError(
            where=say("evidence kit"),
            expected=say("one file"),
            found=say("{n} files", n=len(files)),
            do=say("choose the kit"),
        )
    name, raw = files[0]
    keys = read_keys(sent.fields.get("pubkey", ""))
    given = read_checkpoints(sent, keys)
    replay, accepted = sent.fields.get("levels") != "hashes", sent.fields.get("accept", "").split()
    with ExitStack() as stack:
        stack.enter_context(one_of_few())
        path = Path(stack.enter_context(TemporaryDirectory(prefix="incident-kit-")), "kit.zip")
        path.write_bytes(raw)
        try:
            found = bootstrap.verify_kit(path, given, keys, speaker, replay=replay)
        except JournalError as error:
            if isinstance(error, KitError):  # called as whoever brought it calls it
                error.where = (
                    name if error.path is None else say("{file}, {path}", file=name, path=error.path)
                )
            return Checked(name=name, fault=views.kit_fault(name, error))
    decided = found.record.decided
    strange = found.strange_pages if found.strange_pages not in accepted else None
    shown = views.kit(
        name,
        found.manifest.jurisdiction,
        found.record,
        found.levels,
        found.manifest.withheld,
        found.losses,
        digest=found.digest,
        holds=(decided is None or not decided.open(accepted)) and not strange,
    )
    return Checked(name=name, found=shown, strange_pages=strange, keys=[str(key) for key in keys])


def _page(
    request: _Ask,
    site: Site,
    code: str,
    form: Form,
    error: IncidentError | None,
    checked: Checked | None,
) -> Response[str]:
    with site.store.reading() as tx:
        place = place_of(request, tx, code, "/record")[0]
    return page(
        request,
        "record_kit.html",
        place=place,
        section="/kit",
        sections=SECTIONS,
        form=form,
        kinds=kinds_of.kinds(),
        checked=checked,
        most=_SHOWN,
        levels=words_of.LEVELS,
        partly=words_of.PARTLY,
        problem=problem_if(error),
    )


ROUTES: list[HTTPRouteHandler] = [choose, export, again, check]
