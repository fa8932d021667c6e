"""Two persons: proposing a step, approving, rejecting or withdrawing it, and reviewing what one did alone.

A proposal is an entry and an item that stands, never somebody who waits. Proposing and approving go through
THE transaction (`handle.py`), so both are decided under the lock and refused like any other request. Ending a
proposal otherwise, and reviewing, are acts (`act.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from incident.domain import approving, clock, inputs
from incident.domain.approving import GLASS, PROPOSAL, Broken, Proposal
from incident.domain.decision import Decision, decide
from incident.domain.errors import IncidentError, RequestError, Unknown
from incident.domain.facts import AnyFact, ItemEnded, Plain
from incident.domain.journal import Entry, Sealed
from incident.domain.persons import is_same_person, is_surely_same_person
from incident.domain.playbook import Playbook
from incident.domain.refusal import Refusal, refused
from incident.domain.request import Request
from incident.domain.say import Input, say
from incident.domain.situation import Situation, Standing
from incident.service import queries
from incident.service.act import Act, View, act
from incident.service.approving import Said, over, request_in, said_in
from incident.service.handle import Outcome, Seen, adopted, handle
from incident.service.opened import read_entry
from incident.service.past import Past
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin, must_be_in_person


class Open(NamedTuple):
    """A proposal that stands."""

    #: Number of its entry, by which it is called.
    seq: int
    item: Proposal
    said: Said

    @property
    def until(self) -> int:
        """Until when it can be approved."""
        return clock.read_stamp(self.item.until)


class Unreviewed(NamedTuple):
    """What one person did alone, and nobody has reviewed."""

    seq: int
    item: Broken
    said: Said


class Offered(NamedTuple):
    """A proposal with what approving it would do now."""

    proposal: Open
    playbook: Playbook
    situation: Situation
    request: Request
    decision: Decision


def propose(
    store: Store,
    code: str,
    request: Request,
    *,
    now: Clock,
    chance: Chance,
    seen: Seen | None = None,
    version: int | None = None,
) -> Outcome:
    """Propose a step that needs two persons: a request as for `handle`, whichever button it is of.

    Refused, and recorded so, is what would be refused of that step, and a step that needs one person. Raises
    as `handle` does, and `Conflict` where the same step stands proposed.
    """
    asked = replace(request, verb="propose")
    return handle(store, code, asked, now=now, chance=chance, seen=seen, version=version)


def approve(
    store: Store,
    code: str,
    proposal: int,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
    seen: Seen | None = None,
) -> Outcome:
    """Take the step that entry `proposal` proposed, if it is still the plan that was proposed.

    Refused, and recorded so: by whoever proposed it (`same_person`), and where the plan is another now
    (`plan_changed`). The same approval again is answered as the first time, whatever was erased since.
    Raises `Conflict` where it is over, `RequestError` where there never was one, and `Refused`, unrecorded,
    by a token that somebody else made.
    """
    who = origin.who
    must_be_in_person(who)
    with store.reading() as tx:
        before = tx.answered(code, origin.source, origin.id)
        request = (
            _request(tx, code, proposal) if before is None else _again(read_entry(code, before), proposal)
        )
    mine = replace(
        request, source=origin.source, id=origin.id, actor=who.actor, by=who.by, os_user=who.os_user
    )
    return handle(store, code, mine, now=now, chance=chance, seen=seen, version=origin.version)


def _request(tx: Reading, code: str, proposal: int) -> Request:
    """Give the request that approves what an entry proposed, while that stands."""
    adopted(tx, code)
    key = approving.key_of(PROPOSAL, proposal)
    stood = tx.standing(code).get((PROPOSAL, key))
    if stood is None:
        raise over(tx, code, key)
    return request_in(said_in(tx, code, proposal), approving.read(stood.item))


def _again(before: Entry, proposal: int) -> Request:
    """Give an approval as `before` answered it, for `handle` to compare: no words are needed any more."""
    came = before.came
    assert came is not None, "an entry is found by what it answers"
    return Request(
        verb="approve",
        event=came.type,
        fields={name: value for name, value in came.data.items() if not isinstance(value, Sealed)},
        source=came.source,
        id=came.id,
        authority=before.authority,
        proposal=approving.key_of(PROPOSAL, proposal),
    )


def reject(
    store: Store,
    code: str,
    proposal: int,
    reason: str,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """End a proposal without taking its step: rejected by another person, withdrawn by its proposer.

    Raises `RequestError` without a reason or for what was never proposed, `Conflict` where it is over.
    """
    must_be_in_person(origin.who)
    return _end(store, code, proposal, reason, origin=origin, now=now, chance=chance, only_own=False)


def withdraw(
    store: Store,
    code: str,
    proposal: int,
    reason: str,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Take back what one proposed oneself.

    Raises as `reject` does, and `RequestError` where nothing shows that it is one's own.
    """
    return _end(store, code, proposal, reason, origin=origin, now=now, chance=chance, only_own=True)


def _end(
    store: Store,
    code: str,
    proposal: int,
    reason: str,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
    only_own: bool,
) -> Outcome:
    _must_say(inputs.REASON, reason)
    key = approving.key_of(PROPOSAL, proposal)

    def find(view: View) -> list[AnyFact]:
        stood = view.standing.get((PROPOSAL, key))
        if stood is None:
            raise over(view.tx, code, key)
        is_own = is_surely_same_person(said_in(view.tx, code, proposal), origin.who)
        if only_own and not is_own:
            raise RequestError(
                where=say("proposal {n}", n=proposal),
                expected=say("one of your own"),
                found=say("that of another person"),
                do=say("whoever may decide here can reject it"),
            )
        return [approving.settled(key, stood.item, "withdrawn" if is_own else "rejected")]

    doing = Act(
        verb="reject",
        origin=origin,
        reason=reason.strip(),
        is_same=lambda _playbook, entry: any(
            isinstance(fact, ItemEnded) and (fact.kind, fact.key) == (PROPOSAL, key) for fact in entry.facts
        ),
    )
    return act(store, code, doing, find, now=now, chance=chance)


def review(
    store: Store,
    code: str,
    entry: int,
    finding: str,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Say what another person finds of a step that one took alone in `entry`; then it is open no more.

    Refused, and recorded so, where it is the same person. Raises `RequestError` without a finding, or where
    nothing of this number waits for a review.
    """
    must_be_in_person(origin.who)
    _must_say(inputs.FINDING, finding)
    key = approving.key_of(GLASS, entry)

    def find(view: View) -> list[AnyFact]:
        stood = view.standing.get((GLASS, key))
        if stood is None:
            raise _nothing_to_review(view.standing, entry)
        if is_same_person(said_in(view.tx, code, entry), origin.who):
            return [refused(Refusal(rule="same_person"))]
        return [approving.reviewed(key, stood.item)]

    doing = Act(
        verb="review",
        origin=origin,
        words={"finding": finding.strip(), "entry": str(entry)},
    )
    return act(store, code, doing, find, now=now, chance=chance)


def _must_say(where: Input, words: str) -> None:
    if not words.strip():
        raise RequestError(
            where=where, expected=say("words"), found=say("nothing"), do=say("say it in a sentence")
        )


def _nothing_to_review(standing: Standing, entry: int) -> IncidentError:
    there = [str(approving.entry_of(key)) for kind, key in sorted(standing) if kind == GLASS]
    return Unknown(
        where=say("entry"),
        expected=there or say("none: nothing waits for a review"),
        found=str(entry),
        do=say("look: incident status"),
    )


# -- what can be asked


def open_proposals(tx: Reading, code: str, past: Past | None = None) -> list[Open]:
    """List the proposals that stand, oldest first; with `past` as of then."""
    found = _there(tx, code, PROPOSAL, past)
    return [Open(seq, approving.read(item), said) for seq, item, said in found]


def unreviewed(tx: Reading, code: str, past: Past | None = None) -> list[Unreviewed]:
    """List what one person did alone and nobody has reviewed, oldest first; with `past` as of then."""
    found = _there(tx, code, GLASS, past)
    return [Unreviewed(seq, approving.read_broken(item), said) for seq, item, said in found]


def _there(tx: Reading, code: str, kind: str, past: Past | None) -> Iterator[tuple[int, Plain, Said]]:
    standing = tx.standing(code) if past is None else past.standing
    items = {approving.entry_of(key): stood.item for (of, key), stood in standing.items() if of == kind}
    for seq, item in sorted(items.items()):
        yield seq, item, said_in(tx, code, seq)


def plan_of(tx: Reading, code: str, proposal: int, *, now: Clock) -> Offered:
    """Say what approving a proposal would do now, by another person: exactly that will run, or nothing.

    Raises `RequestError` where there never was one of this number, `Conflict` where it is over.
    """
    at = now()
    found = next((one for one in open_proposals(tx, code) if one.seq == proposal), None)
    if found is None or found.until <= at:
        raise over(tx, code, approving.key_of(PROPOSAL, proposal))
    situation, playbook = queries.present(tx, code)
    request = replace(request_in(found.said, found.item), by_another=True)
    return Offered(found, playbook, situation, request, decide(playbook, situation, request, at))
