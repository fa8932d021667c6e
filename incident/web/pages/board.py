"""The board: all jurisdictions within reach, with what is late, who is not reached, who lags behind.

What needs somebody stands above, the worst first; below it all of them, each after its superior. Every cell
says in words what it counts, so that a row can be read by itself, on a phone and by a screen reader; and a
row of one that is well stays short, for there are thousands of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from markupsafe import Markup

from incident import language
from incident.domain.identity import SignedIn
from incident.domain.names import folded
from incident.domain.organisation import Text
from incident.domain.say import Words
from incident.language import speak
from incident.service.glance import Glance, worst_first
from incident.service.lookout import Lookout
from incident.service.outlines import Grave
from incident.service.overview import within_reach
from incident.service.ports import Clock, Store
from incident.views import glances
from incident.web.lines import Lines
from incident.web.site import TheSite
from incident.web.text import macro, page

#: So many stand above; the others are one press away.
_SHOWN: Final = 12
#: Lines that are drawn beforehand between two looks whether the server ends.
_AT_ONCE: Final = 1000
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
    open: str
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
    wanted, seen = Filter(stands, q, need), site.lookout.look(site.store, site.now())
    found = within_reach(request.user, seen)
    return page(request, "board.html", seen=seen.entries, **drawn(found, wanted, seen.at, site.lines))


def drawn(found: Sequence[Glance], wanted: Filter, at: int, lines: Lines) -> dict[str, Any]:
    """Give what the template shows of all that was found; `lines` are those drawn before."""
    worst = worst_first(found)
    chosen = wanted.chosen(found)
    names = {one.code: one.name for one in found}
    flat, deep = _Drawing(lines, names, at, is_deep=False), _Drawing(lines, names, at, is_deep=True)
    return {
        "tallies": tallies(found),
        "all": len(found),
        "worst": flat.lines(worst[:_SHOWN]),
        "shown": _SHOWN,
        "troubled": len(worst),
        "rows": (flat if wanted.need else deep).lines(chosen),
        "count": len(chosen),
        "wanted": wanted,
    }


def draw_beforehand(
    store: Store, lookout: Lookout, lines: Lines, now: Clock, is_stopping: Callable[[], bool] = lambda: False
) -> None:
    """Look and draw the lines before anybody asks. Raises `StoreError`.

    To be run beside a server that starts, as `outlines.warm`.
    """
    for lang in language.LANGUAGES:
        seen = lookout.look(store, now())
        names = {one.code: one.name for one in seen.glances}
        flat, deep = (_Drawing(lines, names, seen.at, is_deep=is_deep) for is_deep in (False, True))
        with language.speaking(lang), language.answering("page"):
            flat.lines(worst_first(seen.glances)[:_SHOWN])
            for n in range(0, len(seen.glances), _AT_ONCE):
                if is_stopping():
                    return
                deep.lines(seen.glances[n : n + _AT_ONCE])


class _Drawing(NamedTuple):
    """How lines of a table are drawn."""

    drawn: Lines
    names: Mapping[str, Text | None]
    at: int
    #: Each set in below its superior.
    is_deep: bool

    def lines(self, found: Iterable[Glance]) -> Markup:
        """Draw lines, or give them as they were drawn."""
        kind = f"{language.spoken()} {self.is_deep}"
        # each was escaped as it was drawn
        return Markup("".join([self._line(kind, one) for one in found]))  # noqa: S704

    def _line(self, kind: str, one: Glance) -> str:
        # all that can make it another: what there is, and what else is said of it
        above = None if one.behind is None else self.names.get(one.behind)
        waits = glances.minutes_waited(one, self.at)
        depth = one.depth if self.is_deep else 0
        return self.drawn.of(
            (kind, one.code),
            (one, above, waits),
            lambda: macro("_board.html", "line", row_of(one, depth, above, self.at)),
        )


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


def row_of(one: Glance, depth: int, above: Text | None, at: int) -> Row:
    """Say what there is of one jurisdiction at an instant; `above` is the name of whom it is behind."""
    return Row(
        code=one.code,
        depth=min(depth, _DEEPEST),
        name=one.code if one.name is None else speak(one.name),
        grave=one.grave,
        sign=_SIGNS[one.grave],
        state=_state(one),
        since=glances.minute(one.since, one.zone) if one.since else "",
        incident=one.incident or "",
        late="" if not one.alarms else _spoken(glances.late(one, at)),
        open="" if not one.watches else _spoken(glances.unsettled(one)),
        behind="" if not one.watches else _spoken(glances.following(one, above)),
    )


def _state(one: Glance) -> str:
    return one.state if one.state_name is None else speak(one.state_name)


def _spoken(words: Iterable[Words]) -> str:
    """Put what there is into the language in force."""
    return speak([*words])


ROUTES: list[HTTPRouteHandler] = [board]
