"""What an act about duty is decided on: what is meant, what may be, and which items follow from it.

`shifts.py` has the acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from incident.domain import clock, inputs, people
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted, Plain
from incident.domain.keeping import Keeping
from incident.domain.people import LEAVE, PIN, Away, Leave, Pin, Set
from incident.domain.pins import Pins
from incident.domain.say import Words, say
from incident.domain.tally import year_begins
from incident.service.act import View
from incident.service.duty import case_of
from incident.service.queries import find_roster
from incident.service.rota import foreseen, must_be_near

_MINUTE = 60


class Desk:
    """What an act about duty is decided on."""

    def __init__(self, view: View, code: str) -> None:
        self.view, self.at, self.code = view, view.at, code
        self.case = case_of(view.tx, view.playbook, code, view.standing, view.at)
        self.made = 0

    def keeping(self, words: str) -> Keeping:
        """Give a roster that stands, by its key or its name."""
        return self.case.keepings[
            find_roster(self.view.playbook, self.case.keepings, words, say("none stands"))
        ]

    def post(self, keeping: Keeping, words: str | None) -> str:
        """Give a post of a roster, by its name; the first unless said."""
        posts = [one.name for one in keeping.posts]
        if words is None and posts:
            return posts[0]
        wanted = "officer.1" if words == "officer" else words
        if wanted in posts:
            return str(wanted)
        raise _unknown(say("post"), posts or say("none"), words or "")

    def holder(self, words: str) -> str:
        """Give the sign of somebody who is known: to the directory, or to the paper; one person, not many."""
        persons = self.view.tx.people(self.code)
        spans = [span for one in self.case.keepings.values() for post in one.posts for span in post.spans]
        known = {one.holder for one in persons}
        known |= {tenure.holder for tenures in self.case.people.tenures.values() for _, tenure in tenures}
        known |= {span.holder for span in spans if not span.is_many}
        known -= {one.holder for one in persons if one.is_erased}
        if words in known:
            return words
        signs = sorted(holder for holder in known if people.is_named(holder))
        raise _unknown(say("holder"), signs or say("somebody in the directory"), words)

    def to_come(self, at: int | None) -> int:
        """Give an instant that has not passed; now where none is said, or the minute that is going by.

        People type minutes, and whoever waits for the lock waits for seconds.
        """
        if at is None or self.at - _MINUTE < at < self.at:
            return self.at
        if at < self.at:
            raise RequestError(
                where=say("time"),
                expected=say("a time to come: what has passed stays as it was"),
                found=self._shown(at),
                do=say("give a later time"),
            )
        must_be_near(at, self.at, self.case.zone)
        return at

    def must_last(self, since: int, until: int) -> None:
        """Refuse what ends before it begins."""
        if until <= since:
            raise RequestError(
                where=say("time"),
                expected=say("an end after {since}", since=self._shown(since)),
                found=self._shown(until),
                do=say("correct the end"),
            )

    def must_be_free(self, holder: str, keeping: str, post: str, since: int, until: int) -> None:
        """Refuse to set somebody for a post who is away then, or set for another that stands."""
        self.must_last(since, until)
        leaves = self.case.people.leaves.get(holder, ())
        pins = Pins(self.case.keepings, self.case.people).elsewhere(keeping, post, holder)
        away = [one for one in leaves if one.since < until and one.until > since]
        elsewhere = [one for one in pins if one.since < until and one.until > since]
        if away or elsewhere:
            raise RequestError(
                where=holder,
                expected=say(
                    "somebody who is free from {since} to {until}",
                    since=self._shown(since),
                    until=self._shown(until),
                ),
                found=say("is away") if away else say("is set for another post"),
                do=say("choose somebody else; look: incident roster show"),
            )

    def unset(self, key: str, post: str, at: int) -> ItemEnded:
        """End what set somebody for a post at an instant: of several acts the newest, for that one counts."""
        pins = [
            (stood.since, name, stood.item, *people.bounds(stood.item["since"], stood.item["until"]))
            for (kind, name), stood in self.view.standing.items()
            if kind == PIN and (stood.item["roster"], stood.item["post"]) == (key, post)
        ]
        there = [one for one in pins if one[3] <= at < one[4]]
        if there:
            _seq, name, item, *_bounds = max(there)
            return ItemEnded(kind=PIN, key=name, before=item, tell=[item["holder"]])
        set_then: list[Words] = [
            say(
                "{who} from {since} to {until}",
                who=item["holder"],
                since=self._shown(since),
                until=self._shown(until),
            )
            for _seq, _name, item, since, until in sorted(pins, key=lambda one: one[3])
            if until > self.at
        ]
        raise _unknown(say("time"), set_then or say("somebody who was set"), self._shown(at))

    def pieces(self, since: int, until: int) -> list[Duty]:
        """Give all duty of a time, recorded and foreseen."""
        # others wait for the lock while shifts are given out
        must_be_near(until, self.at, self.case.zone)
        recorded = self.view.tx.duties(self.code, since=since, until=until)
        return [*foreseen(self.case, recorded, since, until, self.at)]

    def kept(self, key: str, post: str, instants: Sequence[int]) -> list[Duty]:
        """Give who keeps a post at some instants."""
        there = self.pieces(min(instants), max(instants) + 1)
        mine = [one for one in there if (one.roster, one.piece.post) == (key, post)]
        return [self._kept_at(mine, at) for at in instants]

    def _kept_at(self, pieces: Sequence[Duty], at: int) -> Duty:
        for one in pieces:
            if one.since <= at < one.until:
                return one
        raise _unknown(say("time"), say("a time at which the post is kept"), self._shown(at))

    def ends(self, key: str, at: int) -> int:
        """Give when the shift ends that an instant lies in."""
        return max((one.till for one in self.pieces(at, at + 1) if one.roster == key), default=at)

    def ends_for(self, holder: str, at: int) -> int:
        """Give when the shift ends in which somebody is on duty at an instant."""
        till = [one.till for one in self.pieces(at, at + 1) if one.piece.holder == holder]
        if not till:
            raise RequestError(
                where=inputs.UNTIL,
                expected=say("an end, for {holder} is not on duty then", holder=holder),
                found=say("nothing"),
                do=say("give it"),
            )
        return max(till)

    def pin(self, key: str, post: str, holder: str, since: int, until: int, how: Set) -> ItemStarted:
        """Set somebody for a post, who is told."""
        one = Pin(
            roster=key,
            post=post,
            holder=holder,
            since=clock.stamp(since),
            until=clock.stamp(until),
            how=how,
            tell=True,
        )
        return self._started(PIN, msgspec.to_builtins(one))

    def leave(self, holder: str, since: int, until: int, why: Away) -> ItemStarted | ItemChanged:
        """Note a leave: the one that goes on for the same reason gets the new end, be it later or earlier.

        One that would begin for the same reason meanwhile begins earlier, and ends no sooner. For another
        reason it is a leave of its own: who is ill for a day keeps the holidays that were planned.
        """
        one = Leave(holder=holder, since=clock.stamp(since), until=clock.stamp(until), why=why)
        for (kind, key), stood in sorted(self.view.standing.items()):
            if kind != LEAVE or stood.item["holder"] != holder or stood.item.get("why", "leave") != why:
                continue
            begins, ends = people.bounds(stood.item["since"], stood.item.get("until"))
            if begins <= since <= ends:
                one = msgspec.structs.replace(one, since=stood.item["since"])
            elif since < begins <= until:
                one = one if ends < until else msgspec.structs.replace(one, until=stood.item.get("until"))
            else:
                continue
            return ItemChanged(kind=LEAVE, key=key, before=stood.item, after=msgspec.to_builtins(one))
        return self._started(LEAVE, msgspec.to_builtins(one))

    def covered(self, holder: str, by: str | None, since: int, until: int) -> list[AnyFact]:
        """Set whoever covers for all that somebody would keep in a time, where it is said who does."""
        if by is None:
            return []
        kept = [one for one in self.pieces(since, until) if one.piece.holder == holder and one.until > since]
        if self.holder(by) == holder or not kept:
            raise RequestError(
                where=inputs.SUBSTITUTE,
                expected=say("somebody else")
                if kept
                else say("nobody: {holder} keeps no post then", holder=holder),
                found=by,
                do=say("choose somebody else") if kept else say("leave it out"),
            )
        facts: list[AnyFact] = []
        for one in kept:
            begins, ends = max(one.since, since), min(one.until, until)
            self.must_be_free(by, one.roster, one.piece.post, begins, ends)
            facts.append(self.pin(one.roster, one.piece.post, by, begins, ends, "cover"))
        return facts

    def outlived(self) -> Iterator[ItemEnded]:
        """End what can move nothing any more: no shift before the newest of each roster is given out anew.

        A leave counts until its year is over: shares are reckoned by the days in which somebody could serve.
        """
        newest, stands = self.case.newest, self.case.keepings
        begins = min((one.shift for key in stands for one in newest.get(key, ())), default=self.at)
        bounds = {PIN: begins, LEAVE: year_begins(begins, self.case.zone)}
        for (kind, key), stood in sorted(self.view.standing.items()):
            until = stood.item.get("until")
            if kind in bounds and until is not None and clock.read_stamp(until) <= bounds[kind]:
                yield ItemEnded(kind=kind, key=key, before=stood.item)

    def _started(self, kind: str, item: Plain) -> ItemStarted:
        key = f"{kind}-{self.view.situation.version}-{self.made}"
        self.made += 1
        return ItemStarted(kind=kind, key=key, after=item)

    def _shown(self, at: int) -> str:
        return clock.shown(at, self.case.zone)


def _unknown(where: Words, expected: Words, found: str) -> RequestError:
    return RequestError(
        where=where, expected=expected, found=f"`{found}`", do=say("look: incident roster show")
    )
