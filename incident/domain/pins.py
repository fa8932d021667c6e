"""Who was set for a post by hand, where several acts say so.

Only what was set for a post that stands counts. Where two lie over one another in time, for one post or for
one person, the one said later counts for that time, and the other before and after it: a post is one
person's, and a person is at one post. With a roster ends what was set for it, in the same entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from incident.domain.facts import AnyFact, ItemEnded, ItemStarted
from incident.domain.keeping import Keeping
from incident.domain.people import FOREVER, PIN, People, Pinned, away
from incident.domain.situation import Standing
from incident.domain.stretch import Stretch, joined, without


class Pins:
    """What counts of all that was set by hand."""

    def __init__(self, keepings: Mapping[str, Keeping], people: People) -> None:
        """Look at each pin, the one said last first."""
        self._people = people
        self._by_post: dict[tuple[str, str], list[Pinned]] = defaultdict(list)
        self._by_holder: dict[str, list[Pinned]] = defaultdict(list)
        stands = {(key, post.name) for key, one in keepings.items() for post in one.posts}
        said = [one for pins in people.pins.values() for one in pins]
        for one in sorted(said, key=lambda one: (-one.order, one.since)) if said else ():
            if (one.pin.roster, one.pin.post) in stands:
                self._take(one)

    def _take(self, one: Pinned) -> None:
        post, holder = self._by_post[one.pin.roster, one.pin.post], self._by_holder[one.pin.holder]
        taken = joined((pin.since, pin.until) for pin in [*post, *holder])
        parts = [one._replace(since=since, until=until) for since, until in without(_time(one), taken)]
        post += parts
        holder += parts

    def of(self, holder: str) -> Sequence[Pinned]:
        """List for what somebody is set."""
        return self._by_holder.get(holder, ())

    def elsewhere(self, roster: str, post: str, holder: str) -> Iterator[Pinned]:
        """Give for what other posts somebody is set."""
        for one in self.of(holder):
            if (one.pin.roster, one.pin.post) != (roster, post):
                yield one

    def there(self, roster: str, post: str, at: int) -> Pinned | None:
        """Give who is set for a post at an instant, if that one is not away."""
        for one in self._by_post.get((roster, post), ()):
            if one.since <= at < one.until:
                return one if away(self._people, one.pin.holder, at) is None else None
        return None

    def next(self, roster: str, post: str, at: int, *, besides: str | None = None) -> int:
        """Give the first instant after `at` from which somebody who is set comes, other than `besides`."""
        found = self._by_post.get((roster, post), ())
        coming = (
            begins for one in found if one.pin.holder != besides for begins in _comes(self._people, one)
        )
        return min((begins for begins in coming if begins > at), default=FOREVER)

    def left(self, holder: str, since: int, at: int) -> int:
        """Give the last instant, no later than `at`, at which somebody leaves a post for which they are set.

        Only what they keep of it after `since` counts: leaves are taken out. 0: they leave none.
        """
        mine = self._by_holder.get(holder, ())
        if not mine:
            return 0
        absent = joined((one.since, one.until) for one in self._people.leaves.get(holder, ()))
        kept = (part for one in mine for part in without((max(one.since, since), one.until), absent))
        return max((until for _since, until in kept if until <= at), default=0)


def _comes(people: People, one: Pinned) -> Iterator[int]:
    """Give the instants at which somebody who is set comes: at first, and back from each leave."""
    holder = one.pin.holder
    for begins in (one.since, *(leave.until for leave in people.leaves.get(holder, ()))):
        if one.since <= begins < one.until and away(people, holder, begins) is None:
            yield begins


def _time(one: Pinned) -> Stretch:
    return one.since, one.until


def ended(standing: Standing, facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Give the facts by which what was set for a roster stands no longer, for its roster does not."""
    rosters = {fact.key for fact in facts if isinstance(fact, ItemEnded) and fact.kind == "roster"}
    rosters -= {fact.key for fact in facts if isinstance(fact, ItemStarted) and fact.kind == "roster"}
    return [
        ItemEnded(kind=PIN, key=key, before=stood.item)
        for (kind, key), stood in sorted(standing.items())
        if kind == PIN and stood.item["roster"] in rosters
    ]
