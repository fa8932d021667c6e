"""Deciding again what needs two persons: approvals, rejections and reviews, each of what stood.

Whether somebody was another person is found again from what both entries disclose. Where a name is erased it
is taken from the entry, which then counts as decided in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from incident.domain import approving, clock
from incident.domain.approving import GLASS, PROPOSAL, Proposal
from incident.domain.facts import ItemEnded, RequestRefused
from incident.domain.journal import Entry, Sealed, sealed_parts
from incident.domain.persons import is_same_person, is_surely_same_person
from incident.domain.playbook import Playbook
from incident.domain.refusal import Refusal, refused
from incident.domain.say import say
from incident.domain.situation import Stood
from incident.service.approving import Said, said_in
from incident.service.verify_follow import Found, Rule, must_say, the
from incident.service.verify_past import Past
from incident.service.verify_verdict import DiffersError, same

#: Why something was decided in part.
_ERASED: Final = "erased"
#: What names whoever acts.
_NAMES: Final = frozenset({"by", "os_user"})


class Approved(NamedTuple):
    """What an approval was of."""

    item: Proposal
    by_another: bool
    #: Whether that was taken from the entry.
    why: str | None


def approved(past: Past, entry: Entry, disclosed: Mapping[str, str]) -> Approved:
    """Give what an entry approves, once it is what stood proposed. Raises `DiffersError`."""
    stood = _stood(past, PROPOSAL, entry.proposal or "")
    item = approving.read(stood.item)
    if clock.read_stamp(item.until) <= clock.read_stamp(entry.at):
        raise DiffersError(say("an approval before {until}", until=item.until), entry.at)
    said = said_in(past.reading, entry.jurisdiction, approving.entry_of(entry.proposal or ""))
    for name, was, now in _compared(said.entry, entry):
        same(name, was, now)
    for name in said.disclosed.keys() & disclosed.keys() - _NAMES:
        same(name, said.disclosed[name], disclosed[name])
    is_refused = any(isinstance(one, RequestRefused) and one.rule == "same_person" for one in entry.facts)
    is_same, why = _is_same(said, Said(entry, disclosed), as_recorded=is_refused)
    return Approved(item, not is_same, why)


def _stood(past: Past, kind: str, key: str) -> Stood:
    stood = past.there.get((kind, key))
    if stood is None:
        raise DiffersError(say("a proposal that is open, or something to be reviewed"), f"`{key}`")
    return stood


def _compared(was: Entry, now: Entry) -> Iterator[tuple[str, object, object]]:
    """Give what an approval takes from a proposal: all but who, when, and what is sealed."""
    assert was.came is not None, "a proposal came in"
    assert now.came is not None, "an approval did too"
    yield "came.type", was.came.type, now.came.type
    yield "authority", was.authority, now.authority
    yield "until", was.until, now.until
    yield "sealed", sealed_parts(was).keys() - _NAMES, sealed_parts(now).keys() - _NAMES
    for name, value in was.came.data.items():
        if not isinstance(value, Sealed):
            yield f"data.{name}", value, now.came.data.get(name)


def _is_same(
    was: Said,
    now: Said,
    *,
    as_recorded: bool,
    told_by: Callable[[Said, Said], bool] = is_same_person,
) -> tuple[bool, str | None]:
    """Tell whether two acts are of one person; of erased names as it was recorded, and why."""
    if any(_NAMES & sealed_parts(one.entry).keys() - one.disclosed.keys() for one in (was, now)):
        return as_recorded, _ERASED
    return told_by(was, now), None


def _reject(past: Past, _playbook: Playbook, entry: Entry, disclosed: Mapping[str, str]) -> Found:
    fact = the(entry, ItemEnded)
    stood = _stood(past, PROPOSAL, fact.key)
    if entry.reason is None:
        raise DiffersError(say("why it is rejected or withdrawn"), say("nothing"))
    said = said_in(past.reading, entry.jurisdiction, approving.entry_of(fact.key))
    is_own = fact.outcome == "withdrawn"
    is_same, why = _is_same(said, Said(entry, disclosed), as_recorded=is_own, told_by=is_surely_same_person)
    return Found([approving.settled(fact.key, stood.item, "withdrawn" if is_same else "rejected")], why)


def _review(past: Past, _playbook: Playbook, entry: Entry, disclosed: Mapping[str, str]) -> Found:
    must_say(entry, "finding", "entry")
    is_refused = isinstance(entry.facts[0], RequestRefused)
    if is_refused and "data.entry" not in disclosed:
        return Found([refused(Refusal(rule="same_person"))], _ERASED)
    key = approving.key_of(GLASS, int(disclosed["data.entry"])) if is_refused else the(entry, ItemEnded).key
    stood = _stood(past, GLASS, key)
    said = said_in(past.reading, entry.jurisdiction, approving.entry_of(key))
    is_same, why = _is_same(said, Said(entry, disclosed), as_recorded=is_refused)
    return Found(
        [refused(Refusal(rule="same_person")) if is_same else approving.reviewed(key, stood.item)], why
    )


#: How each of these acts is decided again.
TWO: Final[Mapping[str, Rule]] = {"reject": _reject, "review": _review}
