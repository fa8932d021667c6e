"""Deciding requests again, with whatever was not recorded of one in each way it can have been.

`decide` is asked once for each kind of request in each kind of situation; where the same came again (a
million entries of ten years are of some dozen kinds), only times and the number of the incident are put in
anew. An entry that is not what that gives is decided from the beginning: what is remembered refuses none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final, NamedTuple

from msgspec.structs import replace

from incident.domain import clock, facts
from incident.domain.approving import PROPOSAL
from incident.domain.callout import CALLOUT, NEVER
from incident.domain.decision import Decision, decide, next_incident
from incident.domain.facts import AnyFact, IncidentClosed, IncidentOpened, ItemStarted, StateEntered
from incident.domain.journal import Came, Entry, Sealed
from incident.domain.memo import by_identity
from incident.domain.playbook import Playbook
from incident.domain.request import Request, Value, find_authority, find_basis, read_fields
from incident.domain.say import say
from incident.domain.situation import Situation
from incident.service.approving import ends, must_be_new
from incident.service.handle import incident_of
from incident.service.verify_follow import followed
from incident.service.verify_past import Past
from incident.service.verify_two import approved
from incident.service.verify_verdict import DiffersError, same

#: Stands for words that are erased, or that nothing asks for.
_ERASED: Final = "…"
#: How many kinds of requests are remembered.
_KEPT: Final = 1024


class _Kind(NamedTuple):
    """What a kind of request leads to in a kind of situation."""

    #: Holds the playbook, so that its identity is nobody else's meanwhile.
    playbook: Playbook
    step: str | None
    plan: str | None
    facts: list[AnyFact]
    #: Its facts name no time and no incident, and nothing follows from them.
    is_timeless: bool


class Requests:
    """Decides requests again, and remembers kinds of them."""

    def __init__(self) -> None:
        """Remember nothing."""
        self._kinds: dict[object, _Kind] = {}

    def take(
        self, past: Past, playbook: Playbook, entry: Entry, came: Came, disclosed: Mapping[str, str]
    ) -> str | None:
        """Decide a request again; gives what could not be. Raises `DiffersError`, among others."""
        situation = past.situation
        at = clock.read_stamp(entry.at)
        key = _key(playbook, situation, entry, came, at)
        kind = None if key is None else self._kinds.get(key)
        if kind is not None and _is_so(past, kind, entry, at, disclosed):
            return None
        why, decision = _request(past, playbook, entry, came, disclosed)
        if key is not None and why is None and kind is None:
            self._remember(key, playbook, decision)
        return why

    def _remember(self, key: object, playbook: Playbook, decision: Decision) -> None:
        entered = [one for one in decision.facts if isinstance(one, StateEntered)]
        has_terms = any(one.planned_end or one.confirm_by for one in entered)
        if has_terms or (entered and not _never(playbook)):
            return
        if len(self._kinds) >= _KEPT:
            self._kinds.clear()
        plan = decision.plan
        step, plan_hash = (None, None) if plan is None else (plan.step, plan.hash)
        self._kinds[key] = _Kind(playbook, step, plan_hash, decision.facts, not entered)


def _never(playbook: Playbook) -> bool:
    """Tell whether nothing follows from any switch: nobody is called out, and no roster stands."""
    return playbook.answer == NEVER and not any(state.rosters for state in playbook.states.values())


def _key(
    playbook: Playbook, situation: Situation, entry: Entry, came: Came, at: int
) -> tuple[object, ...] | None:
    """Give all that a decision depends on beside the instant; none where that, or sealed words, matter."""
    if entry.effective_at or entry.until or entry.approved or at < situation.since:
        return None
    if entry.verb in ("propose", "approve") or entry.break_glass:
        return None
    values: tuple[object, ...] = ()
    if came.data:
        values = tuple(came.data.items())
        if any(isinstance(value, Sealed) for value in came.data.values()):
            return None
    return (
        id(playbook),
        situation.state,
        situation.previous,
        situation.authority,
        situation.previous_authority,
        situation.previous_end,
        situation.confirm_by is None,
        situation.incident is None,
        entry.verb,
        came.type,
        values,
        entry.authority,
        entry.basis is None,
        entry.reason is None,
    )


def _is_so(past: Past, kind: _Kind, entry: Entry, at: int, disclosed: Mapping[str, str]) -> bool:
    """Tell whether an entry is what its kind leads to."""
    situation = past.situation
    if (
        entry.step != kind.step
        or entry.plan != kind.plan
        or not _names_basis(kind.playbook, entry, disclosed)
    ):
        return False
    if kind.is_timeless:
        return entry.incident == situation.incident and entry.facts == kind.facts
    if any(one in (CALLOUT, PROPOSAL) for one, _key in past.there):
        return False
    opened = situation.incident or next_incident(kind.playbook, situation, at)
    if entry.incident != opened or len(entry.facts) != len(kind.facts):
        return False
    for found, expected in zip(entry.facts, kind.facts, strict=True):
        match expected:
            case StateEntered():
                if found != replace(expected, since=entry.at):
                    return False
            case IncidentOpened() | IncidentClosed():
                if type(found) is not type(expected) or found.incident != opened:
                    return False
            case _:
                if found != expected:
                    return False
    return True


def _request(
    past: Past, playbook: Playbook, entry: Entry, came: Came, disclosed: Mapping[str, str]
) -> tuple[str | None, Decision]:
    """Decide a request again from the beginning; gives what could not be, and the decision."""
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
        proposal=entry.proposal,
        break_glass=entry.break_glass,
    )
    ways = [*_ways(request, entry, situation, at)]
    if request.verb == "approve":
        way, why_taken = _approval(past, entry, request, disclosed)
        ways, is_erased = [(way, False)], is_erased or why_taken
    differs: DiffersError | None = None
    for one, is_guessed in ways:
        decision = decide(playbook, situation, one, at)
        try:
            why = _decided(past, playbook, entry, one, decision)
        except DiffersError as error:
            differs = differs or error
        else:
            return "erased" if is_erased else "unrecorded" if is_guessed else why, decision
    assert differs is not None, "there is one way at least"
    raise differs


def _approval(
    past: Past, entry: Entry, request: Request, disclosed: Mapping[str, str]
) -> tuple[Request, bool]:
    """Give a request as it approves what stood, and whether names are erased that would tell by whom."""
    found = approved(past, entry, disclosed)
    item = found.item
    same("approved", item.plan, entry.approved)
    mine = replace(
        request,
        effective_at=None if item.effective_at is None else clock.read_stamp(item.effective_at),
        until=None if entry.until is None else clock.read_stamp(entry.until),
        expect_plan=item.plan,
        by_another=found.by_another,
    )
    return mine, found.why is not None


def _fields(
    playbook: Playbook, entry: Entry, came: Came, disclosed: Mapping[str, str]
) -> tuple[dict[str, Value], bool]:
    """Give the values of an event, and whether one that conditions ask for is erased."""
    event = playbook.events.get(came.type)
    if event is None:
        raise DiffersError(say("an event of the playbook"), came.type)
    step = playbook.transitions.get(_step_of(entry))
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


def _step_of(entry: Entry) -> str:
    """Give the step that an entry takes or proposes; nothing where it does neither."""
    proposed = (one for one in entry.facts if isinstance(one, ItemStarted) and one.kind == PROPOSAL)
    return entry.step or next((str(one.after["step"]) for one in proposed), "")


def _is_asked_for(playbook: Playbook, event: str, name: str) -> bool:
    """Tell whether some condition on an event is on one of its values."""
    clocks = [one for state in playbook.states.values() for one in state.clocks.values()]
    steps = [step.when for step in playbook.transitions.values() if step.on == event]
    return any(name in when for when in (*steps, *(one.when for one in clocks if event in one.reset_by)))


def _check_names(playbook: Playbook, entry: Entry, disclosed: Mapping[str, str]) -> None:
    """Hold the body and the instrument that an entry names against the playbook."""
    if entry.authority is not None:
        same("authority", find_authority(playbook, entry.authority), entry.authority)
    if not _names_basis(playbook, entry, disclosed):
        raise DiffersError(say("the instrument of the playbook that the basis names"), str(entry.basis_ref))


def _names_basis(playbook: Playbook, entry: Entry, disclosed: Mapping[str, str]) -> bool:
    """Tell whether an entry names the instrument that its basis names, as far as that can be read."""
    words = disclosed.get("basis")
    if words is not None:
        return _basis(playbook, words) == entry.basis_ref
    return entry.basis_ref is None or (entry.basis is not None and entry.basis_ref in playbook.document.basis)


@by_identity
def _basis(playbook: Playbook, words: str) -> str | None:
    return find_basis(playbook, words)


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


def _decided(
    past: Past, playbook: Playbook, entry: Entry, request: Request, decision: Decision
) -> str | None:
    """Hold an entry against a decision. Raises `DiffersError`."""
    if decision.refusal is not None and decision.refusal.rule == "already":
        raise DiffersError(say("nothing: whoever was second is not recorded"), say("a refusal"))
    must_be_new(past.there, decision.facts)
    plan = None if request.verb == "propose" else decision.plan
    same("step", None if plan is None else plan.step, entry.step)
    same("plan", None if plan is None else plan.hash, entry.plan)
    settled = [*decision.facts, *ends(past.there, request, decision)]
    why = followed(past, playbook, entry, settled)
    effective_at = clock.stamp(decision.effective_at)
    same("effective_at", effective_at, entry.effective_at or entry.at)
    same("incident", incident_of(past.situation, decision), entry.incident)
    return why
