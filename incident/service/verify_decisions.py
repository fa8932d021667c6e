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

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from msgspec.structs import replace

from incident import __version__
from incident.domain import callout, clock, facts, people, posture
from incident.domain.decision import Decision, decide
from incident.domain.errors import IncidentError
from incident.domain.facts import AnyFact, DutyAssigned, ItemChanged, ItemEnded, ItemStarted, OutlookPromised
from incident.domain.handing import HANDOVER
from incident.domain.heads import HEAD
from incident.domain.journal import Came, Entry, Sealed
from incident.domain.playbook import Playbook
from incident.domain.request import Request, Value, find_authority, find_basis, read_fields
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.domain.timer import OUTLOOK
from incident.service import duty
from incident.service.adopt import adoption
from incident.service.follow import with_ends
from incident.service.handle import incident_of
from incident.service.opened import UNFOUNDED
from incident.service.verify_acts import ACTS
from incident.service.verify_past import Past
from incident.service.verify_times import carried_out
from incident.service.verify_verdict import Decided, DiffersError, fault, same, same_facts

#: Buttons by which a request comes in.
_VERBS: Final = ("activate", "stand_down", "signal")
#: Kinds of items of which it is known here by which acts they come and go.
_ITEMS: Final = frozenset(
    {*posture.KINDS, "directive", callout.CALLOUT, HANDOVER, OUTLOOK, HEAD, *people.KINDS}
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
    facts.DirectoryChanged,
    facts.PersonErased,
    facts.HeartbeatRecorded,
    facts.SnapshotTaken,
    facts.JournalRecovered,
    facts.IncidentClosed,
)
#: Stands for words that are erased.
_ERASED: Final = "…"
#: What of an entry only a request can have.
_OF_REQUEST: Final = ("step", "plan", "effective_at", "authority", "approved")


class _UnknownError(Exception):
    """There is no rule here for what an entry records."""


class Decisions:
    """Decides entry after entry again, and counts how far that goes."""

    def __init__(self, code: str, past: Past) -> None:
        """Begin before the first entry that `past` has not taken in."""
        self._code, self._past = code, past
        self._fully = 0
        self._partly: dict[str, int] = {}
        self._unknown: dict[str, tuple[int, int]] = {}

    def found(self) -> Decided:
        """Give how far the entries taken were decided again."""
        return Decided(fully=self._fully, partly=self._partly, unknown=self._unknown)

    def take(self, entry: Entry, disclosed: Mapping[str, str]) -> None:
        """Decide one entry again. Raises `JournalError` when something else follows than it says."""
        try:
            why = _again(self._past, entry, disclosed)
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


def _again(past: Past, entry: Entry, disclosed: Mapping[str, str]) -> str | None:
    """Decide an entry again; gives what could not be, or none. Raises `DiffersError`, among others."""
    if entry.facts and isinstance(entry.facts[0], facts.PlaybookAdopted):
        return _adoption(past, entry, entry.facts[0])
    situation = past.situation
    same("playbook", situation.playbook, entry.playbook)
    playbook = past.playbook(entry.jurisdiction, entry.playbook)
    if entry.verb in _VERBS and entry.came is not None:
        return _request(past, playbook, entry, entry.came, disclosed)
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
    return _followed(past, playbook, entry, found.facts) or found.why


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
    if entry.came is not None:
        same("came.type", entry.verb, entry.came.type)
        same("came.time", entry.at, entry.came.time)


# -- what follows from the facts


def _followed(past: Past, playbook: Playbook, entry: Entry, found: Sequence[AnyFact]) -> str | None:
    """Hold the facts of an entry against those found for it and what follows; `duty` where that follows."""
    first = with_ends(past.there, found)
    asked = callout.called(playbook, past.there, first, seq=entry.seq, at=entry.at)
    added = same_facts(entry.facts, first, asked)
    if not added and not duty.touches(first, duty.TOUCHING):
        return None
    _check_duty(past, entry, first, entry.facts[len(first) : len(first) + added])
    return "duty" if added else None


def _check_duty(past: Past, entry: Entry, first: Sequence[AnyFact], added: Sequence[AnyFact]) -> None:
    """Refuse facts about duty that do not follow from the others at all."""
    assigned = [fact for fact in added if isinstance(fact, DutyAssigned)]
    promised = [fact for fact in added if isinstance(fact, OutlookPromised)]
    if [*assigned, *promised] != [*added] or len(promised) > 1:
        strange = next((fact for fact in added if fact not in assigned), added[-1:])
        raise DiffersError(say("facts about duty, then one look ahead at most"), repr(strange))
    if added and not duty.touches(first, duty.TOUCHING):
        raise DiffersError(say("nothing about duty: nothing has touched it"), repr(added[0]))
    begun = {one.key for one in first if isinstance(one, ItemStarted) and one.kind == "roster"}
    rosters = begun | {key for kind, key in past.there if kind == "roster"}
    for one in assigned:
        if one.roster not in rosters:
            raise DiffersError(say("duty of a roster that stands"), one.roster)
    for look in promised:
        same("due", entry.at, look.due)
    unkept = begun - {one.roster for one in assigned}
    if unkept:
        raise DiffersError(say("who keeps `{roster}`", roster=min(unkept)), say("nothing"))


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
    found = adoption(past.reading, log, playbook, entry.playbook, adopted.warnings)
    return _followed(past, playbook, entry, found)


# -- requests


def _request(
    past: Past, playbook: Playbook, entry: Entry, came: Came, disclosed: Mapping[str, str]
) -> str | None:
    """Decide a request again, with whatever was not recorded of it in each way it can have been."""
    situation, at = past.situation, clock.read_stamp(entry.at)
    fields, is_erased = _fields(playbook, entry, came, disclosed)
    _check_names(playbook, entry, disclosed)
    request = Request(
        verb=entry.verb,  # type: ignore[arg-type]  # it is one of those
        event=came.type,
        fields=fields,
        source=came.source,
        id=came.id,
        authority=entry.authority,
        basis=None if entry.basis is None else _ERASED,
        reason=None if entry.reason is None else _ERASED,
    )
    differs: DiffersError | None = None
    for one, is_guessed in _ways(request, entry, situation, at):
        decision = decide(playbook, situation, one, at)
        try:
            why = _decided(past, playbook, entry, decision)
        except DiffersError as error:
            differs = differs or error
        else:
            return "erased" if is_erased else "unrecorded" if is_guessed else why
    assert differs is not None, "there is one way at least"
    raise differs


def _fields(
    playbook: Playbook, entry: Entry, came: Came, disclosed: Mapping[str, str]
) -> tuple[dict[str, Value], bool]:
    """Give the values of an event, and whether one that conditions ask for is erased."""
    event = playbook.events.get(came.type)
    if event is None:
        raise DiffersError(say("an event of the playbook"), came.type)
    step = None if entry.step is None else playbook.transitions.get(entry.step)
    asked = {} if step is None else step.when
    fields: dict[str, Value] = {}
    is_erased = False
    for name, value in came.data.items():
        field = event.fields.get(name)
        same(f"data.{name}", field is not None and field.type == "text", isinstance(value, Sealed))
        if not isinstance(value, Sealed):
            fields[name] = value
            continue
        words = disclosed.get(f"data.{name}")
        if words is None and _is_asked_for(playbook, came.type, name):
            is_erased = True
            condition = asked.get(name, _ERASED)
            words = str(condition[0] if isinstance(condition, list) else condition)
        fields[name] = _ERASED if words is None else words
    if fields:
        same("data", fields, read_fields(event, fields))
    elif any(field.required for field in event.fields.values()):
        read_fields(event, fields)
    return fields, is_erased


def _is_asked_for(playbook: Playbook, event: str, name: str) -> bool:
    """Tell whether some condition on an event is on one of its values."""
    clocks = [one for state in playbook.states.values() for one in state.clocks.values()]
    steps = [step.when for step in playbook.transitions.values() if step.on == event]
    return any(name in when for when in (*steps, *(one.when for one in clocks if event in one.reset_by)))


def _check_names(playbook: Playbook, entry: Entry, disclosed: Mapping[str, str]) -> None:
    """Hold the body and the instrument that an entry names against the playbook."""
    if entry.authority is not None:
        same("authority", find_authority(playbook, entry.authority), entry.authority)
    if "basis" in disclosed:
        same("basis_ref", find_basis(playbook, disclosed["basis"]), entry.basis_ref)
    elif entry.basis_ref is not None and (
        entry.basis is None or entry.basis_ref not in playbook.document.basis
    ):
        raise DiffersError(say("an instrument of the playbook"), entry.basis_ref)


def _ways(request: Request, entry: Entry, situation: Situation, at: int) -> Iterator[tuple[Request, bool]]:
    """Give a request in each way it can have been, and whether something of it is guessed.

    That an instant was said, when it holds from the same one as unsaid, makes no difference to the rest.
    Older programs did not record the end that was asked for, nor the plan that had been approved.
    """
    effective_at = at if entry.effective_at is None else clock.read_stamp(entry.effective_at)
    said = [None] if max(at, situation.since) == effective_at else []
    refusal = next((fact for fact in entry.facts if isinstance(fact, facts.RequestRefused)), None)
    untils: list[tuple[int | None, bool]] = [(None, False)]
    if entry.until is not None:
        untils = [(clock.read_stamp(entry.until), False)]
    elif refusal is None:
        entered = (fact for fact in entry.facts if isinstance(fact, facts.StateEntered))
        untils += [(clock.read_stamp(one.planned_end), False) for one in entered if one.planned_end]
    else:
        untils += [(effective_at, True), (effective_at + 1, True)]
    approved = [(entry.approved, False)]
    if entry.approved is None and refusal is not None and refusal.rule == "plan_changed":
        approved = [(_ERASED, True)]
    for since, (until, is_guess), (plan, is_guessed) in product([*said, effective_at], untils, approved):
        one = replace(request, effective_at=since, until=until, expect_plan=plan)
        yield one, is_guess or is_guessed


def _decided(past: Past, playbook: Playbook, entry: Entry, decision: Decision) -> str | None:
    """Hold an entry against a decision. Raises `DiffersError`."""
    if decision.refusal is not None and decision.refusal.rule == "already":
        raise DiffersError(say("nothing: whoever was second is not recorded"), say("a refusal"))
    plan = decision.plan
    same("step", None if plan is None else plan.step, entry.step)
    same("plan", None if plan is None else plan.hash, entry.plan)
    why = _followed(past, playbook, entry, decision.facts)
    effective_at = clock.stamp(decision.effective_at)
    same("effective_at", effective_at, entry.effective_at or entry.at)
    same("incident", incident_of(past.situation, decision), entry.incident)
    return why
