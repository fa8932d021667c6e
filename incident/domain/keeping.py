"""How the rosters that stand are kept: which posts each has, and who can come for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from incident.domain import clock
from incident.domain.duty import Duty, laid_out
from incident.domain.facts import DutyAssigned, Mark, Plain
from incident.domain.memo import by_identity
from incident.domain.people import People, Span, lead_of, pool_of, spans
from incident.domain.playbook import Playbook, Roster
from incident.domain.situation import Standing
from incident.domain.tally import Days, Tally, counted, year_begins

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
    #: Who was erased: nobody whom nothing names any more comes on duty, whatever seat the paper gives them.
    erased: frozenset[str] = frozenset()

    def marks(self, holder: str) -> list[Mark]:
        """Give what is wrong with how somebody is known; nothing where a message can reach them."""
        if holder in self.reachable:
            return []
        return ["unreachable" if holder in self.named else "unnamed"]


class Case(NamedTuple):
    """What the resolver looks at."""

    zone: str
    #: Rosters that stand, by key.
    keepings: Mapping[str, Keeping]
    people: People
    #: The newest shift of each roster that ever stood.
    newest: Mapping[str, Sequence[Duty]]
    #: What was served in shifts before those, and the beginning of the year of which it is counted: that in
    #: which the first shift begins that is not recorded.
    served: Sequence[Served]
    year: int
    days: Days
    known: Known


def year_of(keys: Iterable[str], newest: Mapping[str, Sequence[Duty]], at: int, zone: str) -> int:
    """Give the beginning of the year of which is counted, where some rosters stand at an instant.

    A handover that was missed is made up for by what had been served then.
    """
    ended = (newest[key][0].till for key in keys if newest.get(key))
    return year_begins(min([at, *ended]), zone)


def carried(case: Case, shifts: Iterable[DutyAssigned], at: int) -> Case:
    """Give the case at an instant as it is once some shifts are recorded, given in their order."""
    newest = dict(case.newest)
    before: list[Duty] = []
    for fact in shifts:
        before += newest.get(fact.roster, ())
        newest[fact.roster] = laid_out(fact, 0)
    year = year_begins(at, case.zone)
    served = [one if year == case.year else one._replace(tally=Tally()) for one in case.served]
    served += (found for one in before if (found := _served(one, year)) is not None)
    return case._replace(newest=newest, served=served, year=year)


def _served(one: Duty, year: int) -> Served | None:
    if one.piece.holder is None or one.since >= one.until:
        return None
    tally = counted(one.piece, one.until - one.since) if one.shift >= year else Tally()
    return Served(one.roster, one.piece.post, one.piece.holder, tally, one.until)


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
    posts = [Post(LEAD, lead)] if lead or not officers else []  # a post of nobody is empty, and says so
    posts += [Post(f"officer.{n}", pool) for n in range(1, officers + 1)]
    rest = _rest(roster) if roster.rest is None else clock.seconds(roster.rest)
    return Keeping(key, roster, posts, rest)


def _rest(roster: Roster) -> int:
    return _REST["12h" if roster.shifts else roster.pattern]
