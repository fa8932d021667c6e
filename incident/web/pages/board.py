"""The board: all jurisdictions within reach, with what is late, who is not reached, who lags behind.

What needs somebody stands above, the worst first; below it all of them, each after its superior. Every cell
says in words what it counts, so that a row can be read by itself, on a phone and by a screen reader; and a
row of one that is well stays short, for there are thousands of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from incident.domain import clock
from incident.domain.identity import SignedIn
from incident.domain.names import folded
from incident.domain.permission import EVERYWHERE, roots
from incident.domain.say import Words, say
from incident.language import speak
from incident.service.outlines import Grave
from incident.service.overview import Glance, glances, worst_first
from incident.web.site import Site, TheSite
from incident.web.text import page

#: So many stand above; the others are one press away.
_SHOWN: Final = 12
#: Steps by which rows are set in.
_DEEPEST: Final = 5
_SIGNS: Final[dict[Grave, str]] = {"calm": "○", "watch": "◐", "alarm": "●"}
_GRAVEST: Final = ("alarm", "watch", "calm")


class Row(NamedTuple):
    """One jurisdiction as a line of the board, in the language in force."""

    code: str
    depth: int
    name: str
    grave: Grave
    sign: str
    state: str
    since: str
    incident: str
    late: str
    unreached: str
    behind: str


class Tally(NamedTuple):
    """How many are in a state."""

    state: str
    name: str
    grave: Grave
    sign: str
    n: int


class Filter(NamedTuple):
    """What somebody wants to see."""

    state: str = ""
    words: str = ""
    need: str = ""

    @property
    def query(self) -> str:
        """The same as the end of an address."""
        return urlencode({"stands": self.state, "q": self.words, "need": self.need})

    def chosen(self, found: Sequence[Glance]) -> Sequence[Glance]:
        """Leave what is wanted."""
        if self.need:
            found = worst_first(found)
        if self.state:
            found = [one for one in found if one.state == self.state]
        if self.words:
            words = folded(self.words)
            found = [one for one in found if _is_called(one, words)]
        return found


def _is_called(one: Glance, words: str) -> bool:
    names = () if one.name is None else (one.name.zh, one.name.en)
    return any(words in folded(name) for name in (one.code, one.playbook, one.incident or "", *names))


@get("/", permission="look", sync_to_thread=True)
def board(
    request: Request[SignedIn, Any, Any],
    site: TheSite,
    stands: FromQuery[str] = "",
    q: FromQuery[str] = "",
    need: FromQuery[str] = "",
) -> Response[str]:
    """Show all jurisdictions within reach."""
    wanted = Filter(stands, q, need)
    return page(request, "board.html", **drawn(look(site, request.user), wanted, site.now()))


def look(site: Site, person: SignedIn) -> list[Glance]:
    """Look at what a person may look at. Raises `StoreError`."""
    within = EVERYWHERE if person.token is None else person.token.root
    with site.store.reading() as tx:
        return glances(tx, site.now(), roots(person.grants, "look"), site.outlines, within=within)


def drawn(found: Sequence[Glance], wanted: Filter, at: int) -> dict[str, Any]:
    """Give what the template shows of all that was found."""
    worst = worst_first(found)
    names = {one.code: one for one in found}
    chosen = wanted.chosen(found)
    return {
        "tallies": tallies(found),
        "all": len(found),
        "worst": [row_of(one, names, at) for one in worst[:_SHOWN]],
        "troubled": len(worst),
        "rows": (row_of(one, names, at) for one in chosen),
        "count": len(chosen),
        "wanted": wanted,
    }


def tallies(found: Iterable[Glance]) -> list[Tally]:
    """Count the states, the gravest first; what two plans call by one key is one state."""
    counted, first = Counter[str](), dict[str, Glance]()
    for one in found:
        if one.state:
            counted[one.state] += 1
            first.setdefault(one.state, one)
    ordered = sorted(first.values(), key=lambda one: (_GRAVEST.index(one.grave), one.state))
    return [
        Tally(one.state, _state(one), one.grave, _SIGNS[one.grave], counted[one.state]) for one in ordered
    ]


def row_of(one: Glance, names: dict[str, Glance], at: int) -> Row:
    """Say what there is of one jurisdiction."""
    return Row(
        code=one.code,
        depth=min(one.depth, _DEEPEST),
        name=one.code if one.name is None else speak(one.name),
        grave=one.grave,
        sign=_SIGNS[one.grave],
        state=_state(one),
        since=_minute(one.since, one.zone) if one.since else "",
        incident=one.incident or "",
        late="" if not one.alarms else _spoken(_late(one, at)),
        unreached=_spoken(_unreached(one)) if one.waiting or one.lost or one.unsigned else "",
        behind=_spoken(_behind(one, names)) if one.behind or one.laggards else "",
    )


def _state(one: Glance) -> str:
    return one.state if one.state_name is None else speak(one.state_name)


#: Many have been in their state since the same instant: a province moves at once.
_minute = lru_cache(maxsize=4096)(clock.minute)


def _spoken(words: Iterable[Words]) -> str:
    """Put what there is into the language in force."""
    return speak([one for one in words if one is not None])


def _late(one: Glance, at: int) -> Iterable[Words]:
    if not one.is_readable:
        yield say("cannot be read: incident journal verify {code}", code=one.code)
    if one.is_unconfirmed:
        yield say("not confirmed in time")
    if one.is_past_end:
        yield say("planned end passed")
    if one.overdue_since is not None:
        yield say("nothing carried out for {minutes} min", minutes=(at - one.overdue_since) // 60)
    if one.aside:
        yield say("tried no more: {n}", n=one.aside)
    if one.reports_late:
        yield say("reports late: {n}", n=one.reports_late)
    if one.directives_late:
        yield say("orders unanswered: {n}", n=one.directives_late)


def _unreached(one: Glance) -> Iterable[Words]:
    if one.unreached:
        yield say("not reached: {n}", n=one.unreached)
    if one.waiting > one.unreached:
        yield say("no answer yet: {n}", n=one.waiting - one.unreached)
    if one.lost:
        yield say("letters lost: {n}", n=one.lost)
    if one.unsigned:
        yield say("handovers unsigned: {n}", n=one.unsigned)


def _behind(one: Glance, names: dict[str, Glance]) -> Iterable[Words]:
    if one.behind is not None:
        above = names.get(one.behind)
        yield say("behind {name}", name=one.behind if above is None else above.name or above.code)
    if one.laggards:
        yield say("have not followed: {n}", n=one.laggards)


ROUTES: list[HTTPRouteHandler] = [board]
