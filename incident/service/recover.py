"""Going on after a loss: what is here is older than a checkpoint outside, and the newer one is lost for ever.

An entry says so, names the checkpoint to which nothing here answers any more, and opens another origin:
whoever holds that checkpoint finds in the record what became of it. It is never said silently, nor twice.
"""

from __future__ import annotations

from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, JournalRecovered
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import outside
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
from incident.service.ports import Chance, Clock, Store
from incident.service.who import Origin, Why, two_names


def recover(
    store: Store,
    code: str,
    lost: Checkpoint,
    *,
    reason: str,
    second: str,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Give up the entries that a checkpoint covers and that are not here; `second` is the other name.

    Raises `RequestError` where nothing is lost, or the checkpoint is of another journal.
    """
    agreed = two_names(say("recovery"), origin, Why(second, reason))

    def find(view: View) -> list[AnyFact]:
        held = outside.hold(view.tx, code, view.situation, lost)
        present = next(outside.origins(view.tx, code, view.situation))
        if held.verdict not in ("behind", "forked") or lost.origin != present.name:
            raise _nothing_to_give_up(lost, held.verdict)
        return [
            JournalRecovered(opened=present.opened, origin=lost.origin, size=lost.size, root=lost.root.hex())
        ]

    def is_same(_playbook: Playbook, entry: Entry) -> bool:
        given_up = [(one.size, one.root) for one in entry.facts if isinstance(one, JournalRecovered)]
        return given_up == [(lost.size, lost.root.hex())]

    doing = Act(
        verb="recover",
        origin=origin,
        words={"with": agreed.second},
        reason=agreed.reason,
        is_same=is_same,
    )
    return act(store, code, doing, find, now=now, chance=chance)


def _nothing_to_give_up(lost: Checkpoint, verdict: outside.Verdict) -> RequestError:
    found: Words = say("it holds: nothing is lost") if verdict == "holds" else outside.FOUND[verdict]
    return RequestError(
        where=say("checkpoint of {n} entries", n=lost.size),
        expected=say("one that covers what is not here"),
        found=found,
        do=say("look: incident journal verify --against CHECKPOINT"),
    )
