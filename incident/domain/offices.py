"""When each could have served: in office, by the directory in any seat or by a roster, and not away.

What somebody has served counts of all posts. So do the days by which it is made comparable, of all seats:
moving from one to another, or a seat that is written anew, gives nobody a new beginning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from incident.domain.keeping import Keeping
from incident.domain.people import People, bounds
from incident.domain.stretch import Stretch, joined, without

_DAY = 86400


class Offices:
    """The time in which each could have served."""

    def __init__(self, keepings: Mapping[str, Keeping], people: People) -> None:
        """Gather every seat that anybody has; leaves are looked at when somebody is asked about."""
        self._people = people
        self._seats: dict[str, list[Stretch]] = defaultdict(list)
        for tenures in people.tenures.values():
            for _key, tenure in tenures:
                self._seats[tenure.holder].append(bounds(tenure.since, tenure.until))
        for pool in {id(post.spans): post.spans for one in keepings.values() for post in one.posts}.values():
            for span in pool:
                self._seats[span.holder].append((span.since, span.until))
        self._there: dict[str, list[Stretch]] = {}

    def days(self, holder: str, since: int, until: int) -> int:
        """Give the days from one instant to another in which somebody could have served; at least one."""
        there = self._there.get(holder)
        if there is None:
            there = self._there[holder] = self._without_leaves(holder)
        return max(1, sum(max(0, min(ends, until) - max(begins, since)) for begins, ends in there) // _DAY)

    def _without_leaves(self, holder: str) -> list[Stretch]:
        absent = joined((one.since, one.until) for one in self._people.leaves.get(holder, ()))
        return [left for each in joined(self._seats[holder]) for left in without(each, absent)]
