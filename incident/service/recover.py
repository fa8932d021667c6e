"""Going on after a loss: what is here is older than a checkpoint outside, and the newer one is lost for ever.

An entry says so, holds the signed checkpoint to which nothing here answers any more, and opens another
origin: whoever has that checkpoint finds in the record what became of it. It is never said silently, nor
twice. Where a newer checkpoint of the lost journal comes to light afterwards, another entry gives that up.

A copy from before the first checkpoint that left the house holds in itself, and nothing outside shows that it
is of the lost journal, and not made up. So its entry says that nothing is proven, and it is not enough: the
journal is read-only until somebody who has the key signed that entry, and the folder has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import FormatError, RequestError
from incident.domain.facts import AnyFact
from incident.domain.facts_record import JournalRecovered
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import outside
from incident.service.act import Act, View, act
from incident.service.handle import Outcome, adopted
from incident.service.outside import Known, Outlet
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
    journal, or where it is otherwise than those two say, and `OSError` where that cannot be looked at.
    """
    agreed, lost = two_names(say("recovery"), origin, Why(second, reason)), read(note)
    nothing = _proves_nothing(store, code, lost, outlets, read, is_needed=unproven)

    def find(view: View) -> list[AnyFact]:
        held = outside.hold(view.tx, code, view.situation, lost, read=read)
        # what was given up without saying that nothing is proven is given up once more, saying so
        if held.verdict not in ("behind", "forked") and not (held.verdict == "lost" and nothing):
            raise _nothing_to_give_up(lost, held)
        if nothing != unproven:
            raise _not_proven(lost, held) if nothing else _proven(lost)
        return [_fact(view.situation.origin, lost, note, unproven=unproven)]

    def is_same(_playbook: Playbook, entry: Entry) -> bool:
        found = (one for one in entry.facts if isinstance(one, JournalRecovered))
        return [(one.origin, one.size, one.root, one.unproven) for one in found] == [
            (lost.origin, lost.size, lost.root.hex(), unproven)
        ]

    doing = Act(
        verb="recover",
        origin=origin,
        words={"with": agreed.second},
        reason=agreed.reason,
        is_same=is_same,
    )
    return act(store, code, doing, find, now=now, chance=chance)


def _fact(opened: int, lost: Checkpoint, note: str, *, unproven: bool) -> JournalRecovered:
    return JournalRecovered(
        opened=opened,
        origin=lost.origin,
        size=lost.size,
        root=lost.root.hex(),
        note=note,
        unproven=unproven,
    )


def _proves_nothing(
    store: Store, code: str, lost: Checkpoint, outlets: Sequence[Outlet], read: Read, *, is_needed: bool
) -> bool:
    """Tell whether giving up a checkpoint leaves none outside that could show what is here.

    Where it cannot be looked at nobody knows, and only who says so `is_needed` to know: `OSError`.
    """
    try:
        known = [*_known(code, outlets, read)]
        with store.reading() as tx:
            here = outside.here(tx, code, adopted(tx, code).situation)
            kept = outside.held(here, lost, read).kept
            return any(
                outside.beginning_lost(here, code, Known(outlet, "", lost), lost, kept, read, known)
                for outlet in outlets
            )
    except OSError:
        if is_needed:
            raise
        return False


def _known(code: str, outlets: Sequence[Outlet], read: Read) -> Iterator[Known]:
    for outlet in outlets:
        for where, note in outlet.newest(code):
            with suppress(FormatError):
                yield Known(outlet, where, read(note))


def _not_proven(lost: Checkpoint, held: outside.Held) -> RequestError:
    return RequestError(
        where=say("checkpoint of {n} entries", n=lost.size),
        expected=say("an older checkpoint outside, of at most the {n} entries that are here", n=held.kept),
        found=say("none: nothing outside shows that this copy is of the lost journal"),
        do=say(
            "look for another copy, as new as the oldest checkpoint in the folder or newer. Only when there "
            "is none, the same two: this command with --unproven and --key FILE"
        ),
    )


def _proven(lost: Checkpoint) -> RequestError:
    return RequestError(
        where="--unproven",
        expected=say("no older checkpoint outside that could show what is here"),
        found=say("one that can, or none older than that of {n} entries", n=lost.size),
        do=say("leave --unproven out"),
    )


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
