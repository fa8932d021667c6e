"""The head of every page of one jurisdiction: its name, its state, and which pages there are for whom."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from litestar import Request

from incident.domain.approving import GLASS
from incident.domain.identity import SignedIn, may_do
from incident.domain.organisation import Text
from incident.domain.permission import Permission
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.service import paths, queries
from incident.service.ports import Reading

#: Pages of a jurisdiction: the end of their address, what they are called, what they ask for.
_TABS: Final[tuple[tuple[str, Words, Permission], ...]] = (
    ("", say("Now"), "look"),
    ("/act", say("Activate, stand down"), "act"),
    ("/proposals", say("Proposals"), "look"),
    ("/duty", say("Duty"), "look"),
    ("/reports", say("Reports"), "look"),
    ("/record", say("Record"), "audit"),
    ("/plan", say("Plan"), "look"),
)


class Tab(NamedTuple):
    """One page of a jurisdiction."""

    address: str
    words: Words
    is_current: bool


class Place(NamedTuple):
    """What stands above every page of a jurisdiction."""

    code: str
    name: Text
    zone: str
    state: Text
    #: Whether it is in its initial state.
    is_calm: bool
    incident: str | None
    #: One person alone did what needs two, and nobody has reviewed it.
    is_unreviewed: bool
    #: Entries of its journal, all of which the page was drawn from.
    version: int
    tabs: list[Tab]


def place_of(
    request: Request[SignedIn, Any, Any], tx: Reading, code: str, current: str
) -> tuple[Place, Situation, Playbook]:
    """Give the head of a page, and what the jurisdiction is about. Raises `RequestError`."""
    situation, playbook = queries.present(tx, code)
    path = paths.path_of(tx, code)
    tabs = [
        Tab(f"/j/{code}{end}", words, end == current)
        for end, words, permission in _TABS
        if may_do(request.user, permission, path)
    ]
    place = playbook.jurisdiction
    head = Place(
        code,
        place.name,
        place.zone,
        playbook.states[situation.state].name,
        situation.state == playbook.initial,
        situation.incident,
        any(kind == GLASS for kind, _key in tx.standing(code)),
        situation.version,
        tabs,
    )
    return head, situation, playbook
