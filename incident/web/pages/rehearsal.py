"""A plan rehearsed on a clock that jumps, as `incident playbook rehearse` does it; nothing of it is recorded.

    GET  plan/rehearse    what is to be played; of an earlier version by `?version=`
    POST plan/rehearse    played: the timeline, and what became of every promised time

It is reckoned in memory while one waits, one at a time for all, within days and seconds that leave the server
to the others. More days, and a scratch database, are for the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain import clock, explain
from incident.domain.errors import IncidentError, RequestError
from incident.domain.explain_time import ENDS, WHATS, promised
from incident.domain.facts import RequestRefused
from incident.domain.identity import SignedIn
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.playbook_text.script import ScriptError, script_in
from incident.service import queries
from incident.testing.memory import MemoryStore
from incident.testing.memory_reading import MemoryReading
from incident.testing.rehearsal import Act, Rehearsed, Undone, rehearse
from incident.testing.story import story
from incident.testing.wanted import START, Period, acts_of, outage_of, period_of
from incident.views import rehearsal as views
from incident.views.account import FAULTS
from incident.web.doors import TheDoors
from incident.web.errors import problem_of
from incident.web.forms import Form, Sent, TheSent
from incident.web.pages.place import place_of
from incident.web.pages.plan import known
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Days and nodes at the most, and days where nothing is said.
_DAYS: Final = 31
_NODES: Final = 4
_USUAL: Final = 14
#: Seconds after which it is given up.
_PATIENCE: Final = 20.0
#: Times of the timeline that are shown.
_MOST: Final = 3000


class Shown(NamedTuple):
    """What came of it."""

    done: Rehearsed
    days: list[views.Day]
    #: Times that are left out.
    cut: int
    #: What was promised, how it ended, how often.
    ends: list[tuple[Words, Words, int]]
    faults: list[Words]
    #: What was not carried out: when, what, where a script says so, and why.
    undone: list[tuple[str, str, Words, Words]]


class _Impatient(MemoryStore):
    """A store in memory that is given up after a while, or when the server ends."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site, self._until = site, monotonic() + _PATIENCE

    @contextmanager
    def reading(self) -> Iterator[MemoryReading]:
        """Look at what is there. Raises `RequestError`."""
        if self._site.live.is_closing or monotonic() > self._until:
            raise RequestError(
                where=say("rehearsal"),
                expected=say("one that takes at most {n} seconds", n=int(_PATIENCE)),
                found=say("more"),
                do=say("choose fewer days, or type it: incident playbook rehearse"),
            )
        with super().reading() as tx:
            yield tx


@get("/j/{code:str}/plan/rehearse", permission="look", sync_to_thread=True)
def ask(
    request: _Ask, site: TheSite, code: FromPath[str], version: FromQuery[str | None] = None
) -> Response[str]:
    """Ask what is to be played."""
    form = {"days": str(_USUAL), "start": START, "nodes": "1", "version": version or ""}
    return _page(request, site, code, form, None, [])


@post("/j/{code:str}/plan/rehearse", permission="look", status_code=200)
async def play(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], sent: TheSent
) -> Response[str]:
    """Play it when it is its turn."""
    # whoever may not wait any longer is told so before anything is played
    async with doors.turns.rehearsals.turn():
        work = partial(_played, request, site, code, sent)
        return await doors.turns.rehearsals.work(work)


def _played(request: _Ask, site: Site, code: str, sent: Sent) -> Response[str]:
    form = sent.fields
    try:
        playbook = _playbook(site, code, form.get("version", ""))
        done = _rehearsed(site, playbook, form)
    except ScriptError as error:
        return _page(request, site, code, form, None, [*error.before, error])
    except IncidentError as error:
        return _page(request, site, code, form, None, [error])
    return _page(request, site, code, form, _shown(done, everything=bool(form.get("all"))), [])


def _playbook(site: Site, code: str, version: str) -> Playbook:
    with site.store.reading() as tx:
        return tx.playbook(code, known(tx, code, version)) if version else queries.present(tx, code)[1]


def _rehearsed(site: Site, playbook: Playbook, form: Form) -> Rehearsed:
    """Play what a form says. Raises `RequestError`."""
    days = _number(form, "days", say("days"), _DAYS)
    nodes = _number(form, "nodes", say("equal workers"), _NODES)
    zone = playbook.jurisdiction.zone
    period = period_of(zone, form.get("start", "").strip() or START, days, say("begins"))
    outage = form.get("outage", "").strip()
    return rehearse(
        _Impatient(site),
        playbook,
        _acts(playbook, period, days, form.get("script", "")),
        since=period.since,
        until=period.until,
        outage=outage_of(outage, period, say("outage")) if outage else None,
        nodes=nodes,
        kill=bool(form.get("kill")),
    )


def _acts(playbook: Playbook, period: Period, days: int, script: str) -> list[Act]:
    if not script.strip():
        return story(playbook, period.since, days)
    return acts_of(script_in(script.encode(), "script.yaml"), period)


def _number(form: Form, name: str, called: Words, most: int) -> int:
    """Read a whole number of a form. Raises `RequestError`."""
    words = form.get(name, "").strip()
    if words.isascii() and words.isdecimal() and len(words) <= len(str(most)) and 1 <= int(words) <= most:
        return int(words)
    raise RequestError(
        where=called,
        expected=say("a whole number from 1 to {n}", n=most),
        found=f"`{words}`",
        do=say("correct it; more can be had at the command line: incident playbook rehearse"),
    )


def _shown(done: Rehearsed, *, everything: bool) -> Shown:
    told, cut, left = list[views.Day](), 0, _MOST
    for day in views.days(done.playbook, done.lines, everything=everything):
        kept = day.told[:left]
        left -= len(kept)
        cut += len(day.told) - len(kept)
        told.append(day._replace(told=kept))
    return Shown(
        done,
        told,
        cut,
        [
            (WHATS[what], ENDS.get(end, say("open")), n)
            for (what, end), n in sorted(done.account.ends.items())
        ],
        [
            say(
                "{what}: {name} of {at}",
                what=FAULTS[one.kind],
                name=promised(done.playbook, one.key),
                at=clock.shown(one.due, done.playbook.jurisdiction.zone),
            )
            for one in done.account.faults
        ],
        [_undone(done.playbook, one) for one in done.undone],
    )


def _undone(playbook: Playbook, one: Undone) -> tuple[str, str, Words, Words]:
    act, why = one
    where: Words = say("story of the program's own") if act.mark is None else str(act.mark)
    said: Words = explain.refusal(playbook, why) if isinstance(why, RequestRefused) else _error(why)
    return clock.shown(act.at, playbook.jurisdiction.zone), f"{act.do}: {act.what}", where, said


def _error(error: IncidentError) -> Words:
    _where, expected, found, _do = error.parts()
    return say("expected {expected}; found {found}", expected=expected, found=found)


def _page(
    request: _Ask,
    site: Site,
    code: str,
    form: Form,
    shown: Shown | None,
    errors: list[IncidentError],
) -> Response[str]:
    with site.store.reading() as tx:
        place, situation, _playbook = place_of(request, tx, code, "/plan")
        version = form.get("version", "")
        digest = known(tx, code, version) if version else situation.playbook
    problems = [problem_of(one) for one in errors]
    return page(
        request,
        "rehearsal.html",
        status=problems[-1].status if problems else 200,
        place=place,
        digest=digest,
        form=form,
        days=_DAYS,
        nodes=_NODES,
        shown=shown,
        problems=problems,
    )


ROUTES: list[HTTPRouteHandler] = [ask, play]
