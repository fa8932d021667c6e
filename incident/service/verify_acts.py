"""Deciding acts again that are no requests: a filing, a directive, an answer, a signature, an import.

One function for each verb gives the facts that follow, and what of them had to be taken from the entry. Facts
that follow from those (`follow.py`) are not among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

import msgspec

from incident.domain import callout, clock, filing, handing, heads
from incident.domain.callout import CALLOUT
from incident.domain.errors import RequestError
from incident.domain.facts import (
    AnyFact,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    LogNoted,
    PlannedEndMoved,
    ReportFiled,
    RequestRefused,
)
from incident.domain.facts_record import JournalRecovered, PersonErased
from incident.domain.filing import Desk, Filing
from incident.domain.handing import HANDOVER, Side
from incident.domain.heads import HEAD
from incident.domain.holding import Doomed
from incident.domain.journal import Entry
from incident.domain.ledger import occurrences
from incident.domain.people import is_known, people_of
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.domain.timer import Directive
from incident.service import extend, handover, log, outside, verify_before
from incident.service.act import View
from incident.service.filing import AHEAD, Order, check_order, earliest, ordered
from incident.service.heads import subordinate_of
from incident.service.log import Note
from incident.service.people import left
from incident.service.signed import unopened
from incident.service.verify_before import LONG_AGO, Supposed
from incident.service.verify_follow import Found, Rule, must_say, the
from incident.service.verify_kept import KEPT, must_be_free, must_keep_ways
from incident.service.verify_past import NEAR, Past
from incident.service.verify_people import imported, set_by_hand
from incident.service.verify_two import TWO
from incident.service.verify_verdict import DiffersError, same, same_facts

#: Nothing is supposed to have been before.
_NOTHING: Final = Supposed()

# -- reports


def _file(past: Past, playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    """Find again what a filing closes: what is awaited of its form, or what is due at one time.

    What was named, sender and form, is known from the fact; which of the two it was, by the outcome.
    """
    fact = the(entry, ReportFiled)
    same("sender", filing.find_sender(playbook, fact.sender), fact.sender)
    _check_contents(entry, fact)
    whole = Filing(sender=fact.sender, zero=fact.zero, corrects=fact.corrects, attachments=fact.attachments)
    if fact.corrects is not None:
        desk = _desk(past, playbook, entry, past.corrected(fact.corrects), since=_at(entry))
        return Found(filing.decide_filing(desk, whole))
    try:
        return Found(_filed(entry, fact, whole, _desks(past, playbook, entry)))
    except (DiffersError, RequestError):
        if past.times_since > _looked_back(past, entry):
            return Found(entry.facts, LONG_AGO)
        if not past.began:
            raise
        supposed = verify_before.of_filing(past, playbook, fact)
        with suppress(DiffersError, RequestError):
            desk = _desk(past, playbook, entry, None, since=_looked_back(past, entry), supposed=supposed)
            return Found(_filed(entry, fact, whole, [desk]), LONG_AGO)
        raise


def _filed(entry: Entry, fact: ReportFiled, whole: Filing, desks: Iterable[Desk]) -> list[AnyFact]:
    """Give what a filing leads to at one of some desks. Raises `DiffersError` or `RequestError`."""
    differs: Exception | None = None
    for desk in desks:
        for due in (None, *(clock.read_stamp(one.due) for one in fact.closes[:1])):
            one = msgspec.structs.replace(whole, due=due)
            try:
                found = filing.filed(desk, one, fact.sender, filing.must_owe(desk, one, fact.form))
                same_facts(entry.facts[: len(found)], found)
            except (DiffersError, RequestError) as error:
                differs = differs or error
            else:
                return found
    assert differs is not None, "there is one way at least"
    raise differs


def _check_contents(entry: Entry, fact: ReportFiled) -> None:
    """Refuse a report that says nothing, a zero report with figures, another number of files."""
    said = {} if entry.came is None else entry.came.data
    same("attachments", sum(name.startswith("digest.") for name in said), fact.attachments)
    is_more = any(not name.startswith("text") for name in said)
    if (fact.zero and is_more) or not (fact.zero or said):
        raise DiffersError(say("a report that says something, or zero and no figures"), str([*said]))


def _at(entry: Entry) -> int:
    return clock.read_stamp(entry.at)


def _looked_back(past: Past, entry: Entry) -> int:
    found = earliest(past.reading, entry.jurisdiction, past.situation, past.there, _at(entry))
    is_from_before = any(stood.since < past.began for stood in past.there.values())
    return min(found, past.known_from) if is_from_before else found


def _desks(past: Past, playbook: Playbook, entry: Entry) -> Iterator[Desk]:
    """Lay out what is near, which mostly does, and then all that may matter."""
    yield _desk(past, playbook, entry, None, since=_at(entry) - NEAR)
    yield _desk(past, playbook, entry, None, since=_looked_back(past, entry))


def _desk(
    past: Past,
    playbook: Playbook,
    entry: Entry,
    corrects: filing.Corrected | None,
    *,
    since: int,
    supposed: Supposed = _NOTHING,
) -> Desk:
    at, code = _at(entry), entry.jurisdiction
    timers = past.timers(code, since=since, until=at + AHEAD)
    first = min((timer.seq for timer in timers), default=0)
    closings = [*(one for _seq, one in past.closings(code, since=first)), *supposed.closings]
    timers += supposed.timers
    return Desk(
        playbook=playbook,
        standing=past.there,
        occurrences=occurrences(timers, closings, past.there, at, past.situation.zone),
        at=at,
        corrected=corrects,
        valid=past.valid,
    )


# -- directives and planned ends


def _issue(past: Past, playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    fact = the(entry, ItemStarted)
    must_say(entry, "text")
    same("decided_by", True, entry.decided_by is not None)  # noqa: FBT003 - what is compared
    item = msgspec.convert(fact.after, Directive)
    told = [(tier.after, ref) for tier in item.escalate for ref in tier.to]
    order = Order(
        by=item.by,
        to=item.to,
        due=clock.read_stamp(item.due),
        text="…",
        remind=item.remind,
        escalate=told,
    )
    check_order(order)
    return Found([ordered(playbook, past.situation, order, _at(entry))])


def _withdraw(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    fact = the(entry, ItemEnded)
    stood = past.there.get(("directive", fact.key))
    if stood is None or entry.reason is None:
        raise DiffersError(say("a directive that stands, and why it is taken back"), fact.key)
    return Found([ItemEnded(kind="directive", key=fact.key, before=stood.item)])


def _extend(past: Past, playbook: Playbook, entry: Entry, disclosed: Mapping[str, str]) -> Found:
    situation, fact = past.situation, entry.facts[0]
    words, why = disclosed.get("decided_by"), None
    if words is not None or entry.decided_by is None:
        authority = extend.authority_of(playbook, words, situation.authority)
    else:
        authority, why = getattr(fact, "authority", None) or situation.authority, "erased"
        if isinstance(fact, RequestRefused) and fact.rule == "authority":
            authority = ""  # some other body
    until = entry.until
    if until is None:
        until = fact.planned_end if isinstance(fact, PlannedEndMoved) else None
    if until is None:  # older programs did not record it; it matters for one refusal alone
        is_past = isinstance(fact, RequestRefused) and fact.times == ["passed"]
        until, why = clock.stamp(_at(entry) + (0 if is_past else 1)), "unrecorded" if is_past else why
    has_basis = entry.basis is not None
    return Found(
        [
            extend.moved(
                playbook, situation, clock.read_stamp(until), authority, _at(entry), has_basis=has_basis
            )
        ],
        why,
    )


# -- answers, signatures, notes


def _answer(past: Past, playbook: Playbook, entry: Entry, disclosed: Mapping[str, str]) -> Found:
    """Find again what somebody's answer changes; for whom they were asked is taken from the entry."""
    found: list[AnyFact] = []
    signs: set[str] = set()
    for fact in entry.facts:
        if not isinstance(fact, ItemChanged):
            continue
        stood = past.there.get((CALLOUT, fact.key))
        if stood is None:
            raise DiffersError(say("a call-out that stands"), fact.key)
        before, after = callout.read(stood.item), msgspec.convert(fact.after, callout.Callout)
        new = {party: by for party, by in after.answered.items() if party not in before.answered}
        signs |= {*new.values()}
        found += callout.answer(fact.key, stood.item, [*new], min(new.values(), default=""))
    by = min(signs, default="")
    if len(signs) != 1 or (by and not _can_answer(past, playbook, by)):
        raise DiffersError(
            say("the sign of somebody whom the directory or the plan knows"), str(sorted(signs))
        )
    if "data.asked" in disclosed:
        same("data.asked", disclosed["data.asked"].partition(" ")[0], by or "-")
    return Found(found, "acts")


def _can_answer(past: Past, playbook: Playbook, holder: str) -> bool:
    return not past.holders.get(holder, False) and is_known(playbook, people_of(past.there), holder)


def _handover(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    """Find again what somebody's signatures change, each by who was on that side."""
    there = handover.handovers(past.reading, entry.jurisdiction, _at(entry))
    first = entry.facts[0]
    if not isinstance(first, ItemStarted | ItemChanged) or first.kind != HANDOVER:
        raise DiffersError(say("a handover that is signed"), type(first).__name__)
    signatures: list[tuple[Side, str]] = []
    at, before = "", [] if (HANDOVER, first.key) not in past.there else _signed(past, first.key)
    for fact in entry.facts:
        if isinstance(fact, ItemStarted | ItemChanged) and (fact.kind, fact.key) == (HANDOVER, first.key):
            after = msgspec.convert(fact.after, handing.Signatures).handovers
            for one in after:
                if one not in before:
                    was = next((old for old in before if old.at == one.at), handing.Handing(at=one.at))
                    signatures += _new(was, one)
                    at = one.at
            before = after
    for came in there:
        if (came.roster, clock.stamp(came.at)) == (first.key, at):
            return Found(handover.signed_by(past.there, came, signatures, seq=entry.seq, at=_at(entry)))
    if past.began and at and clock.read_stamp(at) <= past.began_at:
        came = verify_before.of_handover(past, first.key, clock.read_stamp(at), signatures)
        facts = handover.signed_by(past.there, came, signatures, seq=entry.seq, at=_at(entry))
        return Found(facts, LONG_AGO)
    raise DiffersError(say("a handover that came, and can be signed"), f"{first.key} {at}")


def _signed(past: Past, roster: str) -> list[handing.Handing]:
    return handing.read(past.there[HANDOVER, roster].item)


def _new(was: handing.Handing, one: handing.Handing) -> Iterator[tuple[Side, str]]:
    if one.gave is not None and one.gave != was.gave:
        yield "gave", one.gave
    if one.took is not None and one.took != was.took:
        yield "took", one.took


def _log(past: Past, playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    fact = the(entry, LogNoted)
    must_say(entry, "said")
    at = clock.read_stamp(fact.at)
    if at < past.duties_since:
        return Found([fact], LONG_AGO)
    view = View(past.reading, playbook, past.situation, past.there, [], _at(entry))
    found: LogNoted | None = None
    for roster in dict.fromkeys((fact.roster, None)):
        try:
            one = log.noted(view, entry.jurisdiction, Note(fact.way, "…", at=at, roster=roster))
        except RequestError:
            if roster is None:
                raise
            continue
        if one == fact:
            return Found([fact])
        found = found or one
    return Found([found or fact])


def _recover(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    """Find again which origin was given up; what was lost, the signed note in the entry tells.

    Whether its signer may be trusted, a key tells.
    """
    fact = the(entry, JournalRecovered)
    must_say(entry, "with")
    same("reason", True, entry.reason is not None)  # noqa: FBT003 - what is compared
    lost = unopened(fact.note)
    known = [one.name for one in outside.origins(past, entry.jurisdiction, past.situation)]
    same("origin", lost.origin in known, True)  # noqa: FBT003 - what is compared
    if lost.size <= entry.seq and past.root(lost.size) == lost.root:
        raise DiffersError(say("a checkpoint of what is lost"), say("one that holds here"))
    found = JournalRecovered(
        opened=past.situation.origin,
        origin=lost.origin,
        size=lost.size,
        root=lost.root.hex(),
        note=fact.note,
        proven=fact.proven,  # what was outside then, nobody can say from here
    )
    return Found([found], "acts")


def _head(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    """Read the signed note again; whether its signer may be trusted, a key tells."""
    fact = entry.facts[0]
    if not isinstance(fact, ItemStarted | ItemChanged) or fact.kind != HEAD:
        raise DiffersError(say("a signed head that is noted"), type(fact).__name__)
    head = heads.read(fact.after)
    signed = unopened(head.note)
    same("code", subordinate_of(signed), fact.key)
    stood = past.there.get((HEAD, fact.key))
    return Found([heads.noted(fact.key, stood, heads.head_of(signed, head.note, proven=head.proven))], "acts")


# -- people and duty


def _erase(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    fact = the(entry, PersonErased)
    is_from_before = past.began > 0 and fact.holder not in past.holders
    if past.holders.get(fact.holder, not is_from_before):
        raise DiffersError(say("the sign of somebody whom the directory names"), fact.holder)
    must_be_free(past, Doomed([], [fact.holder]))
    found = [fact, *left(past.there, fact.holder, _at(entry))]
    return Found(found, LONG_AGO if is_from_before else None)


def _people(past: Past, playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    must_keep_ways(past, entry)
    found = imported(
        playbook, past.there, entry, erased={one for one, is_so in past.holders.items() if is_so}
    )
    return Found(found, "acts")


def _by_hand(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    return Found(set_by_hand(past.there, entry), "acts")


#: How each act is decided again. Whoever adds an act adds its rule here.
ACTS: Final[Mapping[str, Rule]] = {
    "file": _file,
    "issue": _issue,
    "withdraw": _withdraw,
    "extend": _extend,
    "ack": _answer,
    "handover": _handover,
    "log": _log,
    "recover": _recover,
    "head": _head,
    "people": _people,
    "people_erase": _erase,
    **KEPT,
    **TWO,
    "roster_override": _by_hand,
    "roster_withdraw": _by_hand,
    "roster_swap": _by_hand,
    "roster_cover": _by_hand,
}
