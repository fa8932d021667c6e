"""What the server works with; made once, given to every handler that asks for `site`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from litestar.di import NamedDependency

from incident.domain.identity import SignedIn
from incident.service.lookout import Lookout
from incident.service.outlines import Outlines
from incident.service.outside import Outlet
from incident.service.ports import Chance, Clock, Store
from incident.views.commands import Line, Ran
from incident.web.lines import Lines
from incident.web.live import Live


class Site(NamedTuple):
    """The store and those who sign in, clocks and chance, and who waits for news."""

    store: Store
    now: Clock
    chance: Chance
    live: Live
    #: Who looks at all jurisdictions, for everybody.
    lookout: Lookout
    #: Lines of the board as they were drawn last.
    lines: Lines
    #: Logs what was done: level, event, values. Never give it personal data.
    log: Callable[..., None]
    #: Where checkpoints are kept outside.
    outside: Sequence[Outlet] = ()
    #: Address by which browsers reach it, without a slash at the end; none where nobody said so.
    public: str | None = None
    #: It is a demo, and every page says so.
    is_demo: bool = False
    #: Carries out command lines that come to the server; none where none are taken.
    commands: Callable[[SignedIn, str, Line], Ran] | None = None

    @property
    def outlines(self) -> Outlines:
        """What was read of playbooks."""
        return self.lookout.outlines


#: As handlers ask for it.
TheSite = NamedDependency[Site]
