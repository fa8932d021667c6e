"""Going on after a loss: what is here is older than a checkpoint outside, and the newer one is lost for ever.

An entry says so, holds the signed checkpoint to which nothing here answers any more, and opens another
origin: whoever has that checkpoint finds in the record what became of it. It is never said silently, nor
twice. Where a newer checkpoint of the lost journal comes to light afterwards, another entry gives that up.
"""

from __future__ import annotations

from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact
from incident.domain.facts_record import JournalRecovered
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import outside
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
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
) -> Outcome:
    """Give up the entries that a signed checkpoint covers and that are not here; `second` is the other name.

    Raises `FormatError` for a note that `read` does not take, and `RequestError` where nothing is lost, or
    the checkpoint is of another journal.
    """
    agreed, lost = two_names(say("recovery"), origin, Why(second, reason)), read(note)
    given_up = (lost.origin, lost.size, lost.root.hex())

    def find(view: View) -> list[AnyFact]:
        held = outside.hold(view.tx, code, view.situation, lost, read=read)
        if held.verdict not in ("behind", "forked"):
            raise _nothing_to_give_up(lost, held)
        name, size, root = given_up
        return [JournalRecovered(opened=view.situation.origin, origin=name, size=size, root=root, note=note)]

    def is_same(_playbook: Playbook, entry: Entry) -> bool:
        found = (one for one in entry.facts if isinstance(one, JournalRecovered))
        return [(one.origin, one.size, one.root) for one in found] == [given_up]

    doing = Act(
        verb="recover",
        origin=origin,
        words={"with": agreed.second},
        reason=agreed.reason,
        is_same=is_same,
    )
    return act(store, code, doing, find, now=now, chance=chance)


def _nothing_to_give_up(lost: Checkpoint, held: outside.Held) -> RequestError:
    found: Words = (
        outside.FOUND[held.verdict] if held.verdict != "holds" else say("it holds: nothing is lost")
    )
    if held.given_up is not None:
        found = say("it is given up already, by entry {seq}", seq=held.given_up)
    return RequestError(
        where=say("checkpoint of {n} entries", n=lost.size),
        expected=say("one that covers what is not here"),
        found=found,
        do=say("look: incident journal verify --against CHECKPOINT"),
    )
