"""Deciding each entry of a record again: its facts must follow from playbook, situation and what came in.

What came in stands in the entry, apart from the words that are sealed. `decide` asks of those only whether
they were said, so that a request is decided again in full though all its words are erased; unless a condition
is on words. Whether an instant was said is told by its effect. What facts themselves say of what came in
(when a report was due, who answered) is taken from there and must lead to them again.

Who comes on duty is not given out again: it would need every name that was ever known. Of those facts it is
checked that they stand where they may, for rosters that stand. Such an entry counts as decided again in part,
and so does one that needs words that are erased, or a file (of people) that no entry holds.

An entry of another version of the program that this one would decide otherwise is no fault: it is counted.
So is an act of which there is no rule here; it may hold no fact of a kind that is known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from incident import __version__
from incident.domain import approving, callout, facts, facts_record, people, posture
from incident.domain.errors import IncidentError, StoreError
from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted
from incident.domain.handing import HANDOVER
from incident.domain.heads import HEAD
from incident.domain.holding import HOLD, RETENTION
from incident.domain.journal import Entry
from incident.domain.request import Press
from incident.domain.say import Words, say
from incident.domain.timer import OUTLOOK
from incident.service.adopt import adoption
from incident.service.opened import UNFOUNDED
from incident.service.verify_acts import ACTS
from incident.service.verify_before import LONG_AGO
from incident.service.verify_follow import followed
from incident.service.verify_past import Past
from incident.service.verify_requests import Requests
from incident.service.verify_times import carried_out
from incident.service.verify_verdict import Decided, DiffersError, fault, same, same_facts

#: How a request comes in.
_VERBS: Final = get_args(Press)
#: Kinds of items of which it is known here by which acts they come and go.
_ITEMS: Final = frozenset(
    {*posture.KINDS, "directive", callout.CALLOUT, HANDOVER, OUTLOOK, HEAD, HOLD, RETENTION, *people.KINDS}
    | {*approving.KINDS}
)
#: Facts of which it is known here by which acts they come; refusing is open to all.
_FACTS: Final = (
    facts.PlaybookAdopted,
    facts.IncidentOpened,
    facts.StateEntered,
    facts.SeatsCollided,
    facts.EventNoted,
    facts.PlannedEndMoved,
    facts.ActivationConfirmed,
    facts.ClockReset,
    facts.TimerEnded,
    facts.ReportFiled,
    facts.DutyAssigned,
    facts.GapForeseen,
    facts.OutlookPromised,
    facts.LogNoted,
    facts_record.DirectoryChanged,
    facts_record.PersonErased,
    facts_record.DisclosureRedacted,
    facts_record.HeartbeatRecorded,
    facts_record.SnapshotTaken,
    facts_record.JournalRecovered,
    facts.IncidentClosed,
)
#: Stands for words that are erased.
_ERASED: Final = "…"
#: What of an entry only a request can have.
_OF_REQUEST: Final = ("step", "plan", "effective_at", "authority", "approved", "proposal")


class _UnknownError(Exception):
    """There is no rule here for what an entry records."""


class Decisions:
    """Decides entry after entry again, and counts how far that goes."""

    def __init__(self, code: str, past: Past) -> None:
        """Begin before the first entry that `past` has not taken in."""
        self._code, self._past = code, past
        self._requests = Requests()
        self._fully = 0
        self._partly: dict[str, int] = {}
        self._unknown: dict[str, tuple[int, int]] = {}

    def found(self) -> Decided:
        """Give how far the entries taken were decided again."""
        return Decided(fully=self._fully, partly=self._partly, unknown=self._unknown)

    def join(self, later: Decided) -> None:
        """Count what was decided again of entries that follow."""
        self._fully += later.fully
        for why, n in later.partly.items():
            self._partly[why] = self._partly.get(why, 0) + n
        for why, (n, first) in later.unknown.items():
            before, seq = self._unknown.get(why, (0, first))
            self._unknown[why] = (before + n, seq)

    def take(self, entry: Entry, disclosed: Mapping[str, str]) -> None:
        """Decide one entry again. Raises `JournalError` when something else follows than it says."""
        try:
            why = _again(self._requests, self._past, entry, disclosed)
        except _UnknownError:
            self._count(f"act {entry.verb or type(entry.facts[0]).__name__}", entry.seq)
        except (DiffersError, IncidentError) as error:
            self._differs(entry, error.expected, error.found)
        except (*UNFOUNDED, AssertionError) as error:
            self._differs(entry, say("an entry that follows from those before"), str(error) or repr(error))
        else:
            if why is None:
                self._fully += 1
            else:
                self._partly[why] = self._partly.get(why, 0) + 1

    def _differs(self, entry: Entry, expected: Words, found: Words) -> None:
        if entry.program == __version__:
            raise fault(self._code, entry.seq, expected, found, "decisions")
        self._count(f"program {entry.program}", entry.seq)

    def _count(self, why: str, seq: int) -> None:
        n, first = self._unknown.get(why, (0, seq))
        self._unknown[why] = (n + 1, first)


def _again(requests: Requests, past: Past, entry: Entry, disclosed: Mapping[str, str]) -> str | None:
    """Decide an entry again; gives what could not be, or none. Raises `DiffersError`, among others."""
    if entry.facts and isinstance(entry.facts[0], facts.PlaybookAdopted):
        return _adoption(past, entry, entry.facts[0])
    situation = past.situation
    same("playbook", situation.playbook, entry.playbook)
    playbook = past.playbook(entry.jurisdiction, entry.playbook)
    if entry.verb in _VERBS and entry.came is not None:
        return requests.take(past, playbook, entry, entry.came, disclosed)
    same("incident", situation.incident, entry.incident)
    is_of_time = entry.verb is None and entry.came is None
    if entry.verb not in ACTS and not (is_of_time and any(map(_is_known, entry.facts))):
        return _not_known(entry)
    _check_frame(entry)
    if is_of_time:
        expected, why = carried_out(past, entry)
        same_facts(entry.facts, expected)
        return why
    found = ACTS[entry.verb or ""](past, playbook, entry, disclosed)
    return followed(past, playbook, entry, found.facts) or found.why


def _is_known(fact: AnyFact) -> bool:
    if isinstance(fact, ItemStarted | ItemChanged | ItemEnded):
        return fact.kind in _ITEMS
    return isinstance(fact, _FACTS)


def _not_known(entry: Entry) -> str:
    """Say that there is no rule for an entry; refuse it where there is one for its facts, or it has none."""
    if not entry.facts:
        raise DiffersError(say("a fact at least"), say("nothing"))
    for fact in entry.facts:
        if _is_known(fact):
            raise DiffersError(
                say("an act that leads to `{fact}`", fact=type(fact).__name__), str(entry.verb)
            )
    raise _UnknownError


def _check_frame(entry: Entry) -> None:
    for name in _OF_REQUEST:
        same(name, None, getattr(entry, name))
    same("break_glass", False, entry.break_glass)  # noqa: FBT003 - what is compared
    if entry.came is not None:
        same("came.type", entry.verb, entry.came.type)
        same("came.time", entry.at, entry.came.time)


# -- adoptions


def _adoption(past: Past, entry: Entry, adopted: facts.PlaybookAdopted) -> str | None:
    """Decide an adoption again; which rules of `playbook check` warned is as it was recorded."""
    playbook = past.playbook(entry.jurisdiction, adopted.playbook)
    for name in (*_OF_REQUEST, "verb", "came", "incident"):
        same(name, None, getattr(entry, name))
    same("playbook", adopted.playbook, entry.playbook)
    same("jurisdiction", playbook.jurisdiction.code, entry.jurisdiction)
    log = past.log_now
    if log is not None and log.situation.playbook == entry.playbook:
        raise DiffersError(say("another playbook than the one that governs"), entry.playbook)
    try:
        found = adoption(past.reading, log, playbook, entry.playbook, adopted.warnings)
    except StoreError:
        # of a kit: the playbook before it was named by entries alone whose bodies were dropped
        if not past.began or entry.seq != past.began:
            raise
        return LONG_AGO
    return followed(past, playbook, entry, found)
