"""Putting the site together: the store, those who sign in, who waits for news."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from incident import bootstrap
from incident.cli.running import Place, run
from incident.domain.identity import SignedIn
from incident.service import access, paths, sessions, tokens
from incident.service.lookout import Lookout
from incident.service.outlines import Outlines
from incident.web.doors import Doors, Paths
from incident.web.faults import described
from incident.web.lines import Lines
from incident.web.live import Live
from incident.web.pages.provider import CALLBACK
from incident.web.security.asking import Known
from incident.web.security.personal import Noted
from incident.web.security.turns import Turns
from incident.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from incident.bootstrap import Workplace
    from incident.schedule.log import Log
    from incident.service.ports_identity import Gate

#: Seconds after which somebody looks for news although nobody rang: a file says in microseconds whether there
#: are any, a server of which hints come is asked only in case one was lost.
_OFTEN, _SELDOM = 0.3, 5.0


class Opened(NamedTuple):
    """A site that can be served."""

    workplace: Workplace
    site: Site
    doors: Doors


def open_site(
    workplace: Workplace,
    log: Log,
    public: str | None = None,
    checkpoints: Path | None = None,
    *,
    is_demo: bool = False,
) -> Opened:
    """Put the site together on a database that is open; `public` is the address by which browsers reach it.

    Commands that come to it heed the `checkpoints` outside; the pages of a demo say that they are. Raises
    `RequestError` for settings of a provider that do not hold.
    """
    pulse, gate = workplace.pulse(), bootstrap.gate(workplace.store)
    patience = _SELDOM if workplace.file is None else _OFTEN
    live = Live(pulse.versions, patience=patience, wrong=partial(_say_wrong, log))
    site = Site(
        workplace.store,
        bootstrap.clock,
        bootstrap.chance,
        live,
        Lookout(Outlines()),
        Lines(),
        log,
        workplace.outside,
        public,
        is_demo,
        partial(run, Place(workplace.url, checkpoints, lambda: live.is_closing)),
    )
    doors = Doors(
        gate,
        Known(partial(sessions.session_of, gate)),
        Known(partial(tokens.person_of, gate)),
        Paths(partial(_path_of, site)),
        partial(_note_kept_out, gate),
        Noted(),
        Turns(),
        None if public is None else bootstrap.oidc_provider(f"{public}{CALLBACK}"),
    )
    return Opened(workplace, site, doors)


def _path_of(site: Site, code: str) -> Sequence[str]:
    with site.store.reading() as tx:
        return paths.path_of(tx, code, site.outlines)


def _say_wrong(log: Log, error: Exception) -> None:
    log("error", "news_failed", **described(error))


def _note_kept_out(
    gate: Gate, person: SignedIn, permission: str, code: str | None, what: str, address: str
) -> None:
    by = access.By(user=person.user, address=address)
    access.note(gate, "refused", by, jurisdiction=code, what=f"{permission} {what}")
