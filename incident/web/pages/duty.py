"""Duty: who is there and who comes, two weeks as a picture and as a table, gaps, hours served, handovers.

Names are shown to whoever may see them, and that is on record; to others people are signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from incident.domain import clock
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.explain_time import promised
from incident.domain.identity import SignedIn, may_do
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.tally import year_begins
from incident.language import speak
from incident.service import paths, queries, rota
from incident.service.chart import inset
from incident.service.handle import Outcome
from incident.service.handover import Handover, handovers
from incident.service.intake import read_time
from incident.service.opened import read_entry
from incident.service.past import Past
from incident.service.past import as_of as past_as_of
from incident.service.ports import LAST, Reading
from incident.service.queries import find_roster
from incident.service.rota import Rota
from incident.views import as_of, chart
from incident.views import duty as views
from incident.views.on_duty import WEEKS
from incident.views.people import Persons
from incident.web.doors import TheDoors
from incident.web.errors import problem_if
from incident.web.pages import duty_parts as parts
from incident.web.pages.place import place_of
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
_DAY: Final = 86400
_FORTNIGHT: Final = 14


class _Asked(NamedTuple):
    """What is to be shown."""

    #: Midnight with which the two weeks begin, and with which they end.
    begins: int
    ends: int
    #: Of which instant it is said who is on duty; none for now.
    at: int | None
    #: Key of one roster; none for all.
    roster: str | None


class _Found(NamedTuple):
    """What there is to show."""

    rota: Rota
    #: The same of the instant that was asked for.
    then: Rota
    past: Past | None
    year: Rota
    handovers: list[Handover]


@get("/j/{code:str}/duty", permission="look", sync_to_thread=True)
def duty(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    since: FromQuery[str | None] = None,
    at: FromQuery[str | None] = None,
    roster: FromQuery[str | None] = None,
    numbers: FromQuery[str] = "",
    entry: FromQuery[int] = -1,
) -> Response[str]:
    """Show who is on duty, who comes, and what can be done about it."""
    now, error = site.now(), None
    typed = {"since": since or "", "at": at or "", "roster": roster or ""}
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/duty")
        path = paths.path_of(tx, code)
        try:
            asked = _asked(playbook, typed, now)
            found = _look(tx, code, asked, now)
            asked = asked._replace(roster=_roster(found.rota, typed["roster"]))
        except RequestError as wrong:
            asked, error = _asked(playbook, {}, now), wrong
            found = _look(tx, code, asked, now)
        changed = _changed(tx, code, entry) if entry >= 0 else None
    may_see = may_read_personal(request, path)
    if may_see:
        read_personal(doors, request, code, "duty in full" if numbers else "duty")
    else:
        found = found._replace(
            rota=parts.nameless(found.rota), then=parts.nameless(found.then), year=parts.nameless(found.year)
        )
    may = {one: may_do(request.user, one, path) for one in ("act", "roster", "people_read")}
    return page(
        request,
        "duty.html",
        place=place,
        may=may,
        changed=_told(changed, found.rota.persons),
        typed=typed,
        address=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        problem=problem_if(error),
        numbers=bool(numbers),
        **_shown(found, asked, now, numbers=bool(numbers)),
    )


def _asked(playbook: Playbook, typed: dict[str, str], now: int) -> _Asked:
    """Read what is to be shown. Raises `RequestError`."""
    zone = playbook.jurisdiction.zone
    since = read_time(say("from"), typed.get("since") or None, playbook, now)
    at = read_time(say("time"), typed.get("at") or None, playbook, now)
    for one in (since, at):
        if one is not None:
            rota.must_be_near(one, now, zone)
    first = clock.local(now if since is None else since, zone).replace(
        hour=0, minute=0, second=0, tzinfo=None
    )
    begins, ends = (clock.instant(day, zone) for day in (first, first + timedelta(days=_FORTNIGHT)))
    rota.must_be_near(ends, now, zone)
    return _Asked(begins, ends, at, None)


def _look(tx: Reading, code: str, asked: _Asked, now: int) -> _Found:
    """Look it up. Raises `RequestError` for a time before there was anything, `JournalError`."""
    since, until = min(asked.begins, now), max(asked.ends, now + WEEKS * 7 * _DAY)
    found = rota.rota(tx, code, since, until, now)
    past, then = None, found
    if asked.at is not None:
        past = past_as_of(tx, code, asked.at) if asked.at < now else None
        then = (
            rota.rota(tx, code, asked.at, asked.at + 2 * _DAY, now)
            if past is None
            else rota.as_of(tx, code, past, now)
        )
    year = rota.rota(tx, code, year_begins(now, found.case.zone), now, now)
    return _Found(found, then, past, year, handovers(tx, code, now))


def _roster(found: Rota, words: str) -> str | None:
    """Give the key of the roster meant; none where none is named. Raises `RequestError`."""
    known = {one.roster for one in found.pieces} | {*found.case.keepings}
    return find_roster(found.playbook, known, words, say("none stands")) if words else None


def _changed(tx: Reading, code: str, seq: int) -> Outcome | None:
    """Give a change of a roster that was recorded just now; none where an entry is about something else."""
    stored = next(tx.entries(code, since=seq), None) if seq <= LAST else None
    if stored is None or stored.seq != seq or not stored.body:
        return None
    entry = read_entry(code, stored)
    if entry.verb is None or not entry.verb.startswith("roster_"):
        return None
    situation, _playbook = queries.present(tx, code)
    return Outcome(entry=entry, situation=situation, playbook=tx.playbook(code, entry.playbook))


def _told(changed: Outcome | None, persons: Persons) -> tuple[int, list[Words]] | None:
    """Say what a change recorded, and in which entry."""
    return None if changed is None else (changed.entry.seq, views.change_lines(changed, persons))


def _shown(found: _Found, asked: _Asked, now: int, *, numbers: bool) -> dict[str, Any]:
    """Give all for the page."""
    all_of, at = found.rota, now if asked.at is None else asked.at
    mine = [one for one in all_of.pieces if asked.roster in (None, one.roster)]
    pieces = [one for one in mine if one.since < asked.ends and one.until > asked.begins]
    wrong = [
        one for one in mine if one.piece.marks and one.until > now and one.since < now + WEEKS * 7 * _DAY
    ]
    zone = all_of.case.zone
    return {
        "at": asked.at,
        "past": [] if found.past is None else [as_of.known_by(found.past)],
        "watches": parts.watches(found.then, at, numbers=numbers),
        "behind": None if all_of.behind is None else clock.minute(all_of.behind, zone),
        "chart": _chart(all_of, pieces, asked, now),
        "begins": asked.begins,
        "ends": asked.ends,
        "earlier": f"{clock.local(asked.begins, zone) - timedelta(days=_FORTNIGHT):%Y-%m-%d}",
        "later": f"{clock.local(asked.ends, zone):%Y-%m-%d}",
        "posts": parts.posts(all_of, pieces, now),
        "wrong": parts.posts(all_of, wrong, now),
        "weeks": WEEKS,
        "served": parts.served(found.year, views.served(found.year, now, asked.roster)),
        "rosters": [(key, speak(name)) for key, name in _rosters(all_of)],
        "handovers": parts.signings(all_of.playbook, all_of.persons, found.handovers),
    }


def _rosters(found: Rota) -> list[tuple[str, Words]]:
    keys = sorted({one.roster for one in found.pieces} | {*found.case.keepings})
    return [(key, promised(found.playbook, key)) for key in keys]


def _chart(found: Rota, pieces: Sequence[Duty], asked: _Asked, now: int) -> Markup:
    """Draw two weeks: all words in it are escaped where it is drawn."""
    return Markup(inset(chart.picture(found, pieces, asked.begins, asked.ends, now)))  # noqa: S704


ROUTES: list[HTTPRouteHandler] = [duty]
