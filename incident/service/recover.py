"""Going on after a loss: what is here is older than a checkpoint outside, and the newer one is lost for ever.

An entry says so, holds the signed checkpoint to which nothing here answers any more, and opens another
origin: whoever has that checkpoint finds in the record what became of it. It is never said silently. Where a
newer checkpoint of the lost journal comes to light afterwards, another entry gives that up.

The entry says how much is proven: the newest older checkpoint outside that holds. Where none does, nothing
outside shows that what is here is of the lost journal, and not made up. So such an entry is not enough: the
journal is read-only until somebody who has the key signed that entry, and the folder has it.

What is outside is looked at before the journal is locked, for a folder that does not answer would keep others
waiting; entries that come meanwhile change nothing of what was proven. How the journal will stand to it is
looked at under the lock, and nothing is recorded by which it would not go on. Where an end of another of its
origins is missing too, each is given up by an entry of its own.

A checkpoint outside of an origin that is not known here stays in the way, and nothing is recorded beside it:
it is of a newer copy than this one, which was recovered before, or of another journal altogether. Nothing
here can tell which, and no entry gives it up: whoever can write the database could write that one, too, and
take the journal back to before its last recovery.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from incident.domain import inputs
from incident.domain.checkpoint import Checkpoint, code_of
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact
from incident.domain.facts_record import JournalRecovered
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import Input, say
from incident.service import outside
from incident.service.act import Act, View, act
from incident.service.handle import Outcome, adopted
from incident.service.outside import Claim, Here, Known, Outlet
from incident.service.ports import Chance, Clock, Store
from incident.service.signed import Read
from incident.service.who import Origin, Why, two_names


def recover(
    store: Store,
    code: str,
    note: str,
    *,
    reason: str,
    second: str,
    origin: Origin,
    now: Clock,
    chance: Chance,
    read: Read,
    outlets: Sequence[Outlet] = (),
    unproven: bool = False,
) -> Outcome:
    """Give up the entries that a signed checkpoint covers and that are not here; `second` is the other name.

    `unproven` where those two say that nothing in `outlets` shows what is here. Raises `FormatError` for a
    note that `read` does not take, `RequestError` where nothing is lost, where the checkpoint is of another
    journal or not the newest, or where it is otherwise than those two say, and `OSError` where that cannot be
    looked at.
    """
    agreed, lost = two_names(say("recovery"), origin, Why(second, reason)), read(note)
    looked = _look(store, code, lost, note, [_Asked(one) for one in outlets], read)

    def find(view: View) -> list[AnyFact]:
        looked.must_be_lost(outside.here(view.tx, code, view.situation), unproven=unproven)
        return [
            JournalRecovered(
                opened=view.situation.origin,
                origin=lost.origin,
                size=lost.size,
                root=lost.root.hex(),
                note=note,
                proven=looked.proven,
            )
        ]

    def is_same(_playbook: Playbook, entry: Entry) -> bool:
        found = [one for one in entry.facts if isinstance(one, JournalRecovered)]
        said = [(one.origin, one.size, one.root, one.proven == 0 or not unproven) for one in found]
        return said == [(lost.origin, lost.size, lost.root.hex(), True)]

    doing = Act(
        verb="recover",
        origin=origin,
        words={"with": agreed.second},
        reason=agreed.reason,
        is_same=is_same,
    )
    return act(store, code, doing, find, now=now, chance=chance)


class _Asked:
    """An outlet that answers again as it did: what was asked before a lock is not asked under it."""

    def __init__(self, outlet: Outlet) -> None:
        self.newest = cache(outlet.newest)
        self.codes, self.put = outlet.codes, outlet.put


class _Looked(NamedTuple):
    """A lost checkpoint, and what is known outside."""

    code: str
    lost: Checkpoint
    note: str
    read: Read
    #: The newest of each origin, and the lost one as if it were kept wherever something is.
    known: Sequence[Known]
    #: How many entries were here before outside was looked at.
    size: int
    #: As the fact has it.
    proven: int | None

    def must_be_lost(self, here: Here, *, unproven: bool) -> None:
        """Refuse what gives nothing up, or by which the journal would not go on. Raises `RequestError`."""
        self._must_be_known(here)
        held = outside.held(here, self.lost, self.read)
        after = here.gone_on(Claim(here.size, self.note, self.lost, self.proven))
        other = self.against(after, vouched=after.size)
        if other is not None:
            raise _not_the_newest(self.lost, other)
        # what came while outside was looked at may be signed by now
        is_said = held.claim is not None and (held.claim.seq >= self.size or self.against(here) is None)
        if held.verdict == "holds" or is_said:
            raise _nothing_to_give_up(self.lost, held)
        if (self.against(after) is not None) != unproven:
            raise _proven() if unproven else _not_proven(self.lost)

    def _must_be_known(self, here: Here) -> None:
        """Refuse where a checkpoint is of a journal that is not known here. Raises `RequestError`."""
        names = {one.name for one in here.origins}
        outside_too: list[tuple[Input | str, Checkpoint]] = [
            (one.where, one.checkpoint) for one in self.known
        ]
        for where, given in [(inputs.AGAINST, self.lost), *outside_too]:
            if given.origin not in names:
                raise _unknown(self.code, where, given)

    def against(self, here: Here, vouched: int = 0) -> Known | None:
        """Give a checkpoint outside of the lost journal that would keep this one from going on."""
        for one in self.known:
            if one.checkpoint.origin == self.lost.origin:
                steps = outside.hold_outlet(here, self.code, one, self.read, self.known, vouched)
                for other, found in steps:
                    if found.verdict not in ("holds", "lost"):
                        return other
        return None


def _look(
    store: Store, code: str, lost: Checkpoint, note: str, outlets: Sequence[Outlet], read: Read
) -> _Looked:
    """Look outside, and then what is proven of the journal here. Raises `OSError`."""
    with store.reading() as tx:
        size = adopted(tx, code).situation.version
    ours = [Known(outlet, "", lost) for outlet in outlets]
    known = [*ours, *(one for outlet in outlets for one in outside.known_in(outlet, code, read))]
    with store.reading() as tx:
        here = outside.here(tx, code, adopted(tx, code).situation)
        proven = max((outside.newest_proven(here, code, one, read) for one in ours), default=None)
        looked = _Looked(code, lost, note, read, known, size, proven)
        looked.against(here.gone_on(Claim(here.size, note, lost, proven)))  # asks what will be asked
    return looked


def _unknown(code: str, where: Input | str, given: Checkpoint) -> RequestError:
    is_ours = code_of(given.origin) == code
    return RequestError(
        where=say("journal of {code}", code=code),
        expected=say("no checkpoint outside but of origins that this copy knows"),
        found=say(
            "another journal: {origin}, {n} entries  ({where})",
            origin=given.origin,
            n=given.size,
            where=where,
        ),
        do=outside.UNKNOWN if is_ours else say("look: incident journal verify"),
    )


def _not_the_newest(lost: Checkpoint, other: Known) -> RequestError:
    return RequestError(
        where=say("checkpoint of {n} entries", n=lost.size),
        expected=say("the newest checkpoint that is known of the lost journal"),
        found=say(
            "one of {n} entries; of {more} entries is {where}",
            n=lost.size,
            more=other.checkpoint.size,
            where=other.where,
        ),
        do=say("give that one: {against} {where}", against=inputs.AGAINST, where=other.where),
    )


def _not_proven(lost: Checkpoint) -> RequestError:
    return RequestError(
        where=say("checkpoint of {n} entries", n=lost.size),
        expected=say("an older checkpoint outside that holds"),
        found=say("none: nothing outside shows that this copy is of the lost journal"),
        do=say(
            "look for another copy, as new as the oldest checkpoint in the folder or newer. Only when there "
            "is none, the same two: this command, {unproven} and signed",
            unproven=inputs.UNPROVEN,
        ),
    )


def _proven() -> RequestError:
    return RequestError(
        where=inputs.UNPROVEN,
        expected=say("no checkpoint outside that could show what is here"),
        found=say("one that does"),
        do=say("leave it out"),
    )


def _nothing_to_give_up(lost: Checkpoint, held: outside.Held) -> RequestError:
    found = say("it holds: nothing is lost")
    if held.claim is not None:
        found = say("it is given up already, by entry {seq}", seq=held.claim.seq)
    return RequestError(
        where=say("checkpoint of {n} entries", n=lost.size),
        expected=say("one that covers what is not here"),
        found=found,
        do=say("look: incident journal verify"),
    )
