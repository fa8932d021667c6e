"""How the rosters that stand are kept: which posts each has, and who can come for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from incident.domain import clock
from incident.domain.duty import Duty
from incident.domain.facts import Plain
from incident.domain.memo import by_identity
from incident.domain.people import People, Span, lead_of, pool_of, spans
from incident.domain.playbook import Playbook, Roster
from incident.domain.situation import Standing
from incident.domain.tally import Days, Tally

#: The leader on duty; officers are `officer.1`, `officer.2`, …
LEAD = "lead"
#: How long people rest after a shift of each length, where the playbook does not say.
_REST = {"24h": 24 * 3600, "12h": 12 * 3600, "8h": 12 * 3600}


class Post(NamedTuple):
    """A post of a roster, and who can keep it, in order."""

    name: str
    spans: list[Span]


class Keeping(NamedTuple):
    """A roster that stands, and how it is kept."""

    key: str
    roster: Roster
    posts: list[Post]
    #: Seconds for which nobody comes on duty again, as long as somebody else can.
    rest: int


class Served(NamedTuple):
    """What somebody has served at one post: this year's time, and when it ended last."""

    roster: str
    post: str
    holder: str
    tally: Tally
    last: int


class Known(NamedTuple):
    """Whom the directory names, and whom of them a message can reach."""

    named: frozenset[str] = frozenset()
    reachable: frozenset[str] = frozenset()


class Case(NamedTuple):
    """What the resolver looks at."""

    zone: str
    #: Rosters that stand, by key.
    keepings: Mapping[str, Keeping]
    people: People
    #: The newest shift of each roster that ever stood.
    newest: Mapping[str, Sequence[Duty]]
    #: What was served in shifts before those.
    served: Sequence[Served]
    days: Days
    known: Known


@by_identity
def roster_of(item: Plain) -> Roster:
    """Read a roster that stands. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Roster)


def keepings(playbook: Playbook, standing: Standing, people: People) -> dict[str, Keeping]:
    """Give how each roster that stands is kept, by key. Raises `msgspec.ValidationError`."""
    rosters = {key: roster_of(stood.item) for (kind, key), stood in standing.items() if kind == "roster"}
    return {key: _keeping(playbook, people, key, rosters[key]) for key in sorted(rosters)}


def _keeping(playbook: Playbook, people: People, key: str, roster: Roster) -> Keeping:
    lead = spans(playbook, people, lead_of(playbook, roster))
    pool = spans(playbook, people, pool_of(playbook, roster))
    officers = roster.officers
    if officers is None:
        officers = 1 if pool else 0
    posts = [Post(LEAD, lead)] if lead or (roster.lead is None and not officers) else []
    posts += [Post(f"officer.{n}", pool) for n in range(1, officers + 1)]
    rest = _rest(roster) if roster.rest is None else clock.seconds(roster.rest)
    return Keeping(key, roster, posts, rest)


def _rest(roster: Roster) -> int:
    return _REST["12h" if roster.shifts else roster.pattern]
