"""What stands proposed, or was done alone, in the record: by whom, in which words, and how it ended.

Approving rebuilds the request from the entry that proposed it, under the lock: what was proposed is what is
decided again, and nothing that whoever approves says takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from incident.domain import approving, clock
from incident.domain.approving import PROPOSAL, Proposal
from incident.domain.decision import Decision
from incident.domain.errors import Conflict, IncidentError, Unknown
from incident.domain.explain_approving import OUTCOMES
from incident.domain.facts import AnyFact, ItemEnded
from incident.domain.journal import Entry, Sealed
from incident.domain.persons import is_same_person
from incident.domain.request import Request, Value
from incident.domain.say import Words, say
from incident.domain.situation import Standing
from incident.service import opened
from incident.service.opened import Recorded, first_body, read_entry
from incident.service.ports import Reading
from incident.service.record import frame_of


class Said(NamedTuple):
    """An entry that proposed something, or did it alone, with what it still discloses."""

    entry: Entry
    disclosed: Mapping[str, str]

    @property
    def actor(self) -> str | None:
        """How it is known who did it."""
        return self.entry.actor

    @property
    def by(self) -> str | None:
        """Who did it, if that is still disclosed."""
        return self.disclosed.get("by")

    @property
    def os_user(self) -> str | None:
        """At whose terminal, if that is still disclosed."""
        return self.disclosed.get("os_user")


def said_in(source: Recorded, code: str, seq: int) -> Said:
    """Read an entry with what it discloses. Raises `JournalError` or `Refused` where it cannot be read."""
    stored, remaining = next(opened.with_disclosures(source, code, since=seq))
    entry = read_entry(code, stored)
    return Said(entry, opened.disclosed(entry, remaining))


def request_in(said: Said, item: Proposal) -> Request:
    """Give the request that an entry proposed, as it is approved. Raises `Conflict` for erased words."""
    entry, came = said.entry, said.entry.came
    assert came is not None, "a proposal came in"
    return Request(
        verb="approve",
        event=came.type,
        fields={name: _value(said, f"data.{name}", value) for name, value in came.data.items()},
        source=came.source,
        id=came.id,
        authority=entry.authority,
        decided_by=_words(said, "decided_by", entry.decided_by),
        basis=_words(said, "basis", entry.basis),
        reason=_words(said, "reason", entry.reason),
        happened_at=clock.read_stamp(came.time) if came.time != entry.at else None,
        effective_at=None if item.effective_at is None else clock.read_stamp(item.effective_at),
        until=None if entry.until is None else clock.read_stamp(entry.until),
        expect_plan=item.plan,
        proposal=approving.key_of(PROPOSAL, entry.seq),
    )


def _value(said: Said, name: str, value: Value | Sealed) -> Value:
    return _open(said, name) if isinstance(value, Sealed) else value


def _words(said: Said, name: str, sealed: Sealed | None) -> str | None:
    return None if sealed is None else _open(said, name)


def _open(said: Said, name: str) -> str:
    if name not in said.disclosed:
        raise Conflict(
            where=_name(approving.key_of(PROPOSAL, said.entry.seq)),
            expected=say("all that was said with it"),
            found=say("`{name}` was erased", name=name),
            do=say("propose it anew: incident propose"),
        )
    return said.disclosed[name]


def approves(tx: Reading, code: str, request: Request, at: int) -> Request:
    """Give a request as it is decided: an approval is what was proposed, and says whether another approves.

    Raises `Conflict` where the proposal is over, and `Unknown` where there never was one.
    """
    if request.verb != "approve":
        _must_be_a_request(request)
        return request
    key = request.proposal or ""
    stood = frame_of(tx, code).standing.get((PROPOSAL, key))
    if stood is None or clock.read_stamp(approving.read(stood.item).until) <= at:
        raise over(tx, code, key)
    said = said_in(tx, code, approving.entry_of(key))
    proposed = request_in(said, approving.read(stood.item))
    mine = replace(
        request,
        verb=proposed.verb,
        event=proposed.event,
        fields=proposed.fields,
        authority=proposed.authority,
        decided_by=proposed.decided_by,
        basis=proposed.basis,
        reason=proposed.reason,
        happened_at=proposed.happened_at,
        effective_at=proposed.effective_at,
        until=proposed.until,
        expect_plan=proposed.expect_plan,
        break_glass=False,
    )
    return replace(mine, by_another=not is_same_person(said, request))


def _must_be_a_request(request: Request) -> None:
    """Hold callers to it: only an approval names a proposal, and what is proposed breaks no glass."""
    if request.proposal is not None or (request.verb == "propose" and request.break_glass):
        raise TypeError(f"`{request.verb}` approves nothing, and a proposal is not made alone")


def ends(standing: Standing, request: Request, decision: Decision) -> list[AnyFact]:
    """Give the fact by which a proposal ends that a granted request approves."""
    if request.verb != "approve" or decision.refusal is not None:
        return []
    assert request.proposal is not None, "an approval names what it approves"
    item = standing[PROPOSAL, request.proposal].item
    return [approving.settled(request.proposal, item, "approved")]


def must_be_new(standing: Standing, facts: Sequence[AnyFact]) -> None:
    """Refuse to propose what stands proposed already. Raises `Conflict`."""
    there = approving.same_step(standing, facts)
    if there:
        raise Conflict(
            where=say("proposal"),
            expected=say("a step that is not proposed yet"),
            found=[_name(key) for key in there],
            do=say("approve or reject that one: incident proposals"),
        )


# -- what is over


def over(tx: Reading, code: str, key: str) -> IncidentError:
    """Say how a proposal ended, or that there never was one of this number."""
    ended = _end_of(tx, code, key)
    if ended is None:
        stood = frame_of(tx, code).standing
        if (PROPOSAL, key) in stood:
            return _conflict(key, say("expired"))
        there: list[Words] = [str(approving.entry_of(one)) for kind, one in sorted(stood) if kind == PROPOSAL]
        return Unknown(
            where=say("proposal"),
            expected=there or say("none is open"),
            found=key.rpartition("-")[2],
            do=say("look: incident proposals"),
        )
    entry, outcome = ended
    how = say("{how}, in entry {seq}", how=OUTCOMES.get(outcome, outcome), seq=entry.seq)
    return _conflict(key, how)


def _conflict(key: str, how: Words) -> Conflict:
    return Conflict(
        where=_name(key),
        expected=say("a proposal that is open"),
        found=how,
        do=say("look: incident status; if the step is still needed, propose it anew"),
    )


def _end_of(tx: Reading, code: str, key: str) -> tuple[Entry, str] | None:
    """Give the entry by which a proposal ended, and how; none where it did not, or never stood."""
    seq = approving.entry_of(key)
    for stored in tx.entries(code, since=max(seq, first_body(tx, code))):
        entry = read_entry(code, stored)
        if stored.seq == seq and not any(getattr(fact, "key", None) == key for fact in entry.facts):
            return None
        for fact in entry.facts:
            if isinstance(fact, ItemEnded) and (fact.kind, fact.key) == (PROPOSAL, key):
                return entry, fact.outcome or ""
    return None


def _name(key: str) -> Words:
    return say("proposal {n}", n=key.rpartition("-")[2])
