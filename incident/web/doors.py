"""By what people and programs come in; made once, beside the site, and asked by the guards of every route."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, NamedTuple, Protocol

from litestar.di import NamedDependency

from incident.domain.identity import SignedIn
from incident.identity.provider import Provider
from incident.service.ports_identity import Gate
from incident.web.security.asking import Known
from incident.web.security.personal import Noted
from incident.web.security.turns import Turns
from incident.web.threads import looked

#: Seconds for which it is believed whose superior somebody is: only an adoption changes it.
_BELIEVED: Final = 2.0
#: Of how many at the most: codes are a stranger's to invent.
_MANY: Final = 65_536


class Paths:
    """The codes of jurisdictions with those of their superiors, as they were looked up lately."""

    def __init__(self, look: Callable[[str], Sequence[str]], clock: Callable[[], float] = monotonic) -> None:
        """Ask `look`, which may block."""
        self._look, self._clock = look, clock
        self._found: dict[str, tuple[float, Sequence[str]]] = {}

    async def of(self, code: str) -> Sequence[str]:
        """Give the path of a jurisdiction, whether or not it is adopted. Raises `StoreError`."""
        until, path = self._found.get(code, (0.0, ()))
        if self._clock() < until:
            return path
        path = await looked(self._look, code)
        if len(self._found) > _MANY:
            self._found.clear()
        self._found[code] = (self._clock() + _BELIEVED, path)
        return path


class KeptOut(Protocol):
    """Notes that somebody was kept out."""

    def __call__(self, person: SignedIn, permission: str, code: str | None, what: str, address: str) -> None:
        """Put it on record. Raises `StoreError`."""


class Doors(NamedTuple):
    """What every request passes."""

    gate: Gate
    sessions: Known
    tokens: Known
    paths: Paths
    kept_out: KeptOut
    #: Which readings of names were noted lately.
    noted: Noted
    #: How many prove at once who they are.
    turns: Turns
    #: By whom people may come beside a password; none where none is set up.
    provider: Provider | None = None

    def forget(self) -> None:
        """Believe nothing any more of who was found: somebody's rights or sessions have changed here."""
        self.sessions.forget()
        self.tokens.forget()


#: As handlers ask for them.
TheDoors = NamedDependency[Doors]
