"""Changing who is on duty: somebody is set or taken back, two shifts are exchanged, somebody cannot come.

    GET  duty/change        what can be done about a post at a time; without one, what is about a person
    POST duty/change        done; then the page of duty, which says what was recorded

As `incident roster override`, `swap` and `cover`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain import clock, explain_duty
from incident.domain.duty import Duty
from incident.domain.errors import Conflict, IncidentError, RequestError
from incident.domain.explain_time import promised
from incident.domain.identity import SignedIn
from incident.domain.people import Away, is_named
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.language import speak
from incident.service import paths, queries, rota, shifts
from incident.service.handle import Outcome
from incident.service.intake import read_time
from incident.service.rota import Rota
from incident.views.on_duty import WEEKS
from incident.views.people import named
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm, go
from incident.web.pages import duty_parts as parts
from incident.web.pages.acting import new_id, origin_of, said
from incident.web.pages.place import place_of
from incident.web.recording import recorded
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import Site, TheSite
from incident.web.text import options, page

_Ask = Request[SignedIn, Any, Any]
_WEEK: Final = 7 * 86400
#: What keeps somebody away; if nothing is said, the first.
_AWAY: Final[tuple[Away, ...]] = ("sick", "leave", "travel", "other")


@get("/j/{code:str}/duty/change", permission="roster", sync_to_thread=True)
def ask(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    roster: FromQuery[str] = "",
    post: FromQuery[str] = "",
    at: FromQuery[str] = "",
) -> Response[str]:
    """Ask what is to be changed."""
    return _page(request, site, doors, code, {"roster": roster, "post": post, "at": at}, None)


@post("/j/{code:str}/duty/change", permission="roster", sync_to_thread=True)
def change(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], form: TheForm
) -> Response[Any]:
    """Change it."""
    try:
        outcome = _done(request, site, code, form)
    except (RequestError, Conflict) as error:
        return _page(request, site, doors, code, form, error)
    recorded(site, outcome)
    return go(f"/j/{code}/duty?entry={outcome.entry.seq}")


def _done(request: _Ask, site: Site, code: str, form: Form) -> Outcome:
    """Carry out what the pressed button says. Raises `RequestError`, and `Conflict`."""
    with site.store.reading() as tx:
        _situation, playbook = queries.present(tx, code)
    more: dict[str, Any] = {
        "why": said(form, "why"),
        "origin": origin_of(request, form),
        "now": site.now,
        "chance": site.chance,
    }
    roster, post, store = form.get("roster", ""), said(form, "post"), site.store
    since, until = _times(form, playbook, site.now())
    match form.get("act"):
        case "override":
            holder = form.get("holder", "").strip()
            return shifts.override(store, code, shifts.Setting(roster, post, holder, since, until), **more)
        case "withdraw":
            return shifts.withdraw(store, code, roster, since, post=post, **more)
        case "swap":
            other = read_time(say("the other shift"), form.get("other", ""), playbook, site.now())
            assert other is not None, "words were given"
            first = site.now() if since is None else since
            return shifts.swap(store, code, roster, (first, other), post=post, **more)
        case _:
            kind = next((one for one in _AWAY if one == form.get("kind")), _AWAY[0])
            who = form.get("holder", "").strip()
            absence = shifts.Absence(who, since, until, kind, said(form, "with"))
            return shifts.cover(store, code, absence, **more)


def _times(form: Form, playbook: Playbook, now: int) -> tuple[int | None, int | None]:
    """Read from when until when. Raises `RequestError`."""
    since = read_time(say("from"), said(form, "since"), playbook, now)
    return since, read_time(say("until"), said(form, "until"), playbook, now, now if since is None else since)


# -- the page


class _Shift(NamedTuple):
    """The shift that is about to be changed, and those of the same post that it can be exchanged with."""

    post: parts.Post
    others: list[tuple[str, str]]
    #: Somebody set for it can be taken back.
    is_set: bool


def _page(
    request: _Ask, site: Site, doors: Doors, code: str, form: Form, error: IncidentError | None
) -> Response[str]:
    now = site.now()
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/duty")
        try:
            at = read_time(say("time"), said(form, "at"), playbook, now)
        except RequestError as wrong:
            at, error = None, error or wrong
        found = rota.rota(tx, code, now, now + WEEKS * _WEEK, now)
        may_see = may_read_personal(request, paths.path_of(tx, code))
    if may_see:
        read_personal(doors, request, code, "duty/change")
    else:
        found = parts.nameless(found)
    shift = _shift(found, form, now if at is None else at, now)
    return page(
        request,
        "duty_change.html",
        place=place,
        form={"id": new_id(), **form},
        shift=shift,
        holders=_holders(found),
        kinds=options({one: explain_duty.AWAY[one] for one in _AWAY}),
        rosters=[(key, speak(promised(found.playbook, key))) for key in sorted(found.case.keepings)],
        posts=_posts(found),
        problem=problem_if(error),
    )


def _shift(found: Rota, form: Form, at: int, now: int) -> _Shift | None:
    """Give the shift that is meant; none where none is."""
    mine = [
        one
        for one in found.pieces
        if (one.roster, one.piece.post) == (form.get("roster"), form.get("post")) and one.until > now
    ]
    there = next((one for one in mine if one.since <= at < one.until), None)
    if there is None:
        return None
    others = [one for one in mine if one.piece.holder not in (None, there.piece.holder)]
    return _Shift(
        parts.posts(found, [there], now)[0],
        [_other(found, one, now) for one in others],
        there.piece.rule == "set",
    )


def _other(found: Rota, one: Duty, now: int) -> tuple[str, str]:
    zone = found.case.zone
    who = named(found.playbook, one.piece.holder, found.persons)
    since, until = clock.minute(one.since, zone), clock.minute(one.until, zone)
    said_ = say("{since} to {until}: {who}", since=since, until=until, who=who)
    return clock.stamp(max(one.since, now)), speak(said_)


def _holders(found: Rota) -> list[tuple[str, str]]:
    """Give who can be named: whom the directory knows, and the paper by a sign."""
    known = {one.holder for one in found.persons.values() if not one.is_erased}
    known |= {tenure.holder for there in found.case.people.tenures.values() for _key, tenure in there}
    known |= {
        span.holder for one in found.case.keepings.values() for post in one.posts for span in post.spans
    }
    return [
        (sign, speak(named(found.playbook, sign, found.persons))) for sign in sorted(known) if is_named(sign)
    ]


def _posts(found: Rota) -> list[tuple[str, str]]:
    """Give the posts of all rosters that stand, each once."""
    found_posts: Iterable[str] = (post.name for one in found.case.keepings.values() for post in one.posts)
    return [(name, speak(explain_duty.post(name))) for name in dict.fromkeys(found_posts)]


ROUTES: list[HTTPRouteHandler] = [ask, change]
