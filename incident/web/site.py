"""What the server works with; made once, given to every handler that asks for `site`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from litestar.di import NamedDependency

from incident.domain.identity import SignedIn
from incident.service.outlines import Outlines
from incident.service.outside import Outlet
from incident.service.ports import Chance, Clock, Store
from incident.views.commands import Line, Ran
from incident.web.live import Live


class Site(NamedTuple):
    """The store and those who sign in, clocks and chance, and who waits for news."""

    store: Store
    now: Clock
    chance: Chance
    live: Live
    #: What was read of playbooks.
    outlines: Outlines
    #: Logs what was done: level, event, values. Never give it personal data.
    log: Callable[..., None]
    #: Where checkpoints are kept outside.
    outside: Sequence[Outlet] = ()
    #: Address by which browsers reach it, without a slash at the end; none where nobody said so.
    public: str | None = None
    #: Carries out command lines that come to the server; none where none are taken.
    commands: Callable[[SignedIn, str, Line], Ran] | None = None


#: As handlers ask for it.
TheSite = NamedDependency[Site]
