"""Answering a call-out: that an order reached those whom it concerns, said by them or on their behalf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from incident.domain import callout, clock, inputs, names
from incident.domain.callout import CALLOUT, Callout
from incident.domain.errors import Conflict, IncidentError, RequestError
from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted
from incident.domain.people import is_known, people_of
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.timer import Timer
from incident.service import queries
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
from incident.service.opened import first_body, read_entry
from incident.service.past import Past
from incident.service.ports import Chance, Clock, Reading, Store, Stored
from incident.service.receivers import Audience
from incident.service.who import Origin


class Open(NamedTuple):
    """A call-out that stands."""

    key: str
    callout: Callout
    #: The step taken last, from 1; 0 before the first.
    step: int
    #: When the next one comes; none when there is none.
    next_at: int | None
    #: For whom nobody is left to ask.
    unreached: list[str]


def open_callouts(tx: Reading, code: str, past: Past | None = None) -> list[Open]:
    """List the call-outs to which not all have answered, oldest first; with `past` as of then."""
    if past is None:
        playbook, open_now, standing = queries.present(tx, code)[1], tx.open_timers(code), tx.standing(code)
    else:
        playbook, open_now, standing = past.playbook, past.replay.open_timers(), past.standing
    timers = {one.key: one for one in open_now if one.what == "answer"}
    found = []
    for (kind, key), stood in sorted(standing.items(), key=lambda one: one[1].since):
        if kind == CALLOUT:
            found.append(_open(playbook, key, callout.read(stood.item), timers.get(key)))
    return found


def _open(playbook: Playbook, key: str, one: Callout, timer: Timer | None) -> Open:
    step = callout.STEPS if timer is None else timer.tier - 1
    return Open(
        key,
        one,
        step,
        None if timer is None else timer.due,
        callout.unreached(playbook, one.waiting, step),
    )


def acknowledge(
    store: Store,
    code: str,
    *,
    holder: str | None,
    parties: Sequence[str] = (),
    entry: int | None = None,
    said: str | None = None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Answer for some parties, or for all for which a holder was asked: of theirs, or in the place of others.

    Of one call-out by the number of its `entry`, or of all. Raises `RequestError` where nobody waits for it,
    or nobody knows the holder, and `Conflict` where it was answered already.
    """
    if holder is not None:
        callout.must_be_sign(holder)

    def find(view: View) -> list[AnyFact]:
        if holder is not None:
            _must_be_known(view, holder)
        wanted = [_party(view.playbook, words) for words in parties]
        facts: list[AnyFact] = []
        for key, asked in _asked(view, entry):
            mine = wanted or _of_holder(view, asked.waiting, holder, steps=_steps_taken(view, key))
            mine = [party for party in mine if party in asked.waiting]
            if mine:
                facts += callout.answer(key, view.standing[CALLOUT, key].item, mine, holder or "")
        if not facts:
            raise _nobody_waits(view, entry, wanted, [*parties, *([holder] if holder else [])], holder)
        return facts

    words = {"asked": " ".join([holder or "-", *parties])} | ({"said": said} if said else {})
    doing = Act(verb="ack", origin=origin, words=words)
    return act(store, code, doing, find, now=now, chance=chance)


def _must_be_known(view: View, holder: str) -> None:
    """Refuse the sign of somebody who was erased, or whom neither directory nor plan knows: a slip."""
    person = next((one for one in view.tx.people(view.situation.jurisdiction) if one.holder == holder), None)
    is_erased = person is not None and person.is_erased
    if is_erased or not is_known(view.playbook, people_of(view.standing), holder):
        raise RequestError(
            where=say("who answers"),
            expected=say("the sign of somebody whom the directory or the plan knows"),
            found=say("{holder}, who was erased", holder=holder) if is_erased else f"`{holder}`",
            do=say("look: incident people list"),
        )


def _asked(view: View, entry: int | None) -> Iterator[tuple[str, Callout]]:
    for (kind, key), stood in sorted(view.standing.items()):
        if kind == CALLOUT and entry in (None, callout.entry_of(key)):
            yield key, callout.read(stood.item)


def _party(playbook: Playbook, words: str) -> str:
    """Give the party meant by key or name; what is unknown is not waited for."""
    return names.key_of(playbook, words) or words


def _steps_taken(view: View, key: str) -> int:
    """Say how many steps of a call-out have asked somebody in the place of others."""
    tiers = (timer.tier for timer in view.timers if (timer.what, timer.key) == ("answer", key))
    return next(tiers, callout.STEPS + 1) - 1


def _of_holder(
    view: View, parties: Iterable[str], holder: str | None, *, steps: int = callout.STEPS
) -> list[str]:
    """List the parties for which a holder was told of it, or was asked by one of the first `steps`.

    Whoever leads above was not asked yet, and does not know whether the others have heard of it.
    """
    audience = Audience(view.tx, view.playbook, view.situation, view.at)
    return [
        party
        for party in parties
        if any(
            holder in audience.of(ref)
            for ref in (party, *chain(*callout.in_place_of(view.playbook, party)[:steps]))
        )
    ]


# -- what is said where nobody waits


class _Answer(NamedTuple):
    """That somebody answered for some parties."""

    parties: list[str]
    by: str
    at: str


def _nobody_waits(
    view: View, entry: int | None, wanted: Sequence[str], found: list[str], holder: str | None
) -> IncidentError:
    """Say that somebody was first, that there is no such call-out or it is over, or who is waited for."""
    given = [*_answers(view, entry)]
    mine = wanted or _of_holder(view, {party for one in given for party in one.parties}, holder)
    given = [one for one in given if {*one.parties} & {*mine}]
    if given:
        return Conflict(
            where=say("who answers"),
            expected=say("a party that has not answered"),
            found=[_already(view, one) for one in given],
            do=say("nothing is left to do; look: incident status"),
        )
    if entry is not None and not any(_asked(view, entry)):
        return _no_callout(view, entry)
    waiting = list(dict.fromkeys(party for _key, one in _asked(view, entry) for party in one.waiting))
    shown: list[Words] = [
        say("{name} ({key})", name=names.name_of(view.playbook, one), key=one) for one in waiting
    ]
    return RequestError(
        where=say("who answers"),
        expected=shown or say("nobody: no answer is waited for"),
        found=[f"`{one}`" for one in found],
        do=say("name one of those, or look: incident status"),
    )


def _answers(view: View, entry: int | None) -> Iterator[_Answer]:
    """Give the answers to a call-out, or to all that stand or came since the present state began.

    No more is read than that: the jurisdiction is locked meanwhile.
    """
    for stored, fact in _of_callouts(view, entry):
        if isinstance(fact, ItemChanged):
            before, after = callout.read(fact.before), callout.read(fact.after)
            new = [party for party in after.answered if party not in before.answered]
            if new:
                at = clock.minute(stored.at, view.situation.zone)
                yield _Answer(new, after.answered[new[0]], at)


def _of_callouts(view: View, entry: int | None) -> Iterator[tuple[Stored, AnyFact]]:
    """Give what was recorded of one call-out until it ended, or of all of this incident."""
    code, since = view.situation.jurisdiction, entry
    if since is None:
        if view.situation.incident is None:
            return
        since = min([view.situation.epoch, *(callout.entry_of(key) for key, _one in _asked(view, None))])
    for stored in view.tx.entries(code, since=max(since, first_body(view.tx, code))):
        facts = [fact for fact in read_entry(code, stored).facts if _is_of(fact, entry)]
        yield from ((stored, fact) for fact in facts)
        is_over = any(isinstance(fact, ItemEnded) for fact in facts)
        if entry is not None and (is_over or (stored.seq == entry and not facts)):
            return


def _is_of(fact: AnyFact, entry: int | None) -> bool:
    match fact:
        case ItemStarted() | ItemChanged() | ItemEnded():
            return fact.kind == CALLOUT and entry in (None, callout.entry_of(fact.key))
        case _:
            return False


def _already(view: View, one: _Answer) -> Words:
    who = [names.name_of(view.playbook, party) for party in one.parties]
    if one.by:
        return say("{who}: answered already by {by} at {at}", who=who, by=one.by, at=one.at)
    return say("{who}: answered already at {at}", who=who, at=one.at)


def _no_callout(view: View, entry: int) -> RequestError:
    """Say that an entry called nobody out, or that its call-out is over."""
    was = any(_of_callouts(view, entry))
    there: list[Words] = [str(callout.entry_of(key)) for key, _one in _asked(view, None)]
    return RequestError(
        where=inputs.ENTRY,
        expected=say("a call-out that waits for an answer: {entries}", entries=there)
        if there
        else say("nobody: no answer is waited for"),
        found=say("{entry}, which is over", entry=entry) if was else f"`{entry}`",
        do=say("look: incident status"),
    )
