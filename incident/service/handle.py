"""THE transaction: the one way in which a request of a person, a timer or a superior changes anything.

    lock the jurisdiction → (what was meant by what was said?) → seen before? → carry out what is due
    → (does it approve what was proposed?) → decide → append to the journal → commit

A refusal is recorded too. The same event (source, id) a second time changes nothing and answers as the first
time. Effects are carried out later by whoever delivers; nothing outside the database happens here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from incident import __version__
from incident.domain import clock, journal
from incident.domain.decision import Decision, decide
from incident.domain.effects import notices
from incident.domain.errors import Conflict, Moved, RequestError, Unknown
from incident.domain.facts import AnyFact, IncidentOpened, RequestRefused
from incident.domain.journal import Came, Entry, Sealed
from incident.domain.playbook import Playbook
from incident.domain.request import Request, Value, find_authority, find_basis, find_event, read_fields
from incident.domain.say import say
from incident.domain.situation import Situation, Standing
from incident.service.approving import approves, ends, must_be_new
from incident.service.follow import follow
from incident.service.opened import disclosed, read_entry, with_disclosures
from incident.service.ports import Chance, Clock, Log, Reading, Store
from incident.service.record import Frame, Seals, frame_of, to_record
from incident.service.tick import catch_up
from incident.service.words import must_be_kept


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a request."""

    entry: Entry
    #: Situation after the entry.
    situation: Situation
    playbook: Playbook
    #: Answered from the record: the event had come before.
    repeated: bool = False


class Seen(NamedTuple):
    """What a caller saw when it looked just before: the plan's hash, if any step answered, and the answer."""

    plan: str | None
    granted: bool


#: Makes the request of what somebody said, by what is found under the lock.
Meant = Callable[[Reading], Request]


def seen_of(decision: Decision) -> Seen:
    """Give what somebody saw who looked at a decision."""
    return Seen(None if decision.plan is None else decision.plan.hash, granted=decision.refusal is None)


def handle(
    store: Store,
    code: str,
    request: Request | Meant,
    *,
    now: Clock,
    chance: Chance,
    seen: Seen | None = None,
    version: int | None = None,
    node: str | None = None,
) -> Outcome:
    """Decide a request and record what follows, in one transaction.

    What was only said (`Meant`) is read under the lock; that may raise `RequestError` too.
    With `seen`, only what was seen may follow; with `version`, only if nothing was recorded since the journal
    had so many entries (`Moved`). Raises `RequestError` for an unknown jurisdiction, event,
    value or authority, and `Conflict` when somebody was first (the decision is another now, the state is in
    force already, the proposal ended or is made already); nothing is written then.
    """
    with store.writing(code) as tx:
        log = adopted(tx, code)
        if not isinstance(request, Request):
            request = request(tx)
        must_be_kept(_said(request), request.source, request.id)
        before = tx.answered(code, request.source, request.id)
        if before is not None:
            return _repeat(tx, log, read_entry(code, before), request)
        must_be_version(log.situation, version)
        playbook = tx.playbook(code, log.situation.playbook)
        request = understood(playbook, request)
        at = now()
        log = catch_up(tx, log, at, node)
        request = approves(tx, code, request, at)
        decision = decide(playbook, log.situation, request, at)
        is_other = seen is not None and seen != seen_of(decision)
        if is_other or (decision.refusal is not None and decision.refusal.rule == "already"):
            raise somebody_was_first(playbook, log.situation)
        frame = Frame([], {}) if decision.refusal is not None else frame_of(tx, code)
        seq = log.situation.version
        settled = _settled(frame.standing, request, decision)
        facts, newest = follow(tx, playbook, frame.standing, settled, seq=seq, at=at)
        seals = Seals(chance)
        entry = compose(playbook, log.situation, request, replace(decision, facts=facts), at, seals)
        frame = frame._replace(duties=newest)
        record = to_record(log, entry, frame, disclosures=seals.disclosures, effects=notices(facts))
        tx.write([record])
        tx.commit()
    return Outcome(entry=entry, situation=record.after, playbook=playbook)


def _settled(standing: Standing, request: Request, decision: Decision) -> list[AnyFact]:
    """Give the facts of a decision, and that by which what it approves ends."""
    must_be_new(standing, decision.facts)
    return [*decision.facts, *ends(standing, request, decision)]


def _said(request: Request) -> Iterator[str | None]:
    """Give all that was said with a request."""
    yield from (value for value in request.fields.values() if isinstance(value, str))
    yield from (request.event, request.authority, request.decided_by, request.basis, request.reason)
    yield from (request.by, request.os_user)


def understood(playbook: Playbook, request: Request, *, partly: bool = False) -> Request:
    """Read a request by the playbook that governs; what is only blank is not given.

    Raises `RequestError` for an event, value or authority that the playbook does not know.
    """
    event = find_event(playbook, request.event)
    return replace(
        request,
        event=event,
        fields=read_fields(playbook.events[event], request.fields, partly=partly),
        authority=None if request.authority is None else find_authority(playbook, request.authority),
        basis=(request.basis or "").strip() or None,
        reason=(request.reason or "").strip() or None,
    )


def adopted(tx: Reading, code: str) -> Log:
    """Give the log of a jurisdiction that has to be adopted. Raises `Unknown`."""
    log = tx.log(code)
    if log is None:
        raise Unknown(
            where=say("jurisdiction"),
            expected=[known for known, _ in tx.codes()] or say("none is adopted yet"),
            found=code,
            do=say("run: incident adopt PLAYBOOK"),
        )
    return log


def must_be_version(situation: Situation, version: int | None) -> None:
    """Refuse who looked at an older version; none is any. Raises `Moved`."""
    if version in (None, situation.version):
        return
    raise Moved(
        where=say("journal of {jurisdiction}", jurisdiction=situation.jurisdiction),
        expected=say("version {n}", n=version),
        found=say("version {n}", n=situation.version),
        do=say("look again, then decide anew"),
    )


def somebody_was_first(playbook: Playbook, situation: Situation) -> Conflict:
    """Make the conflict of one who comes second."""
    return Conflict(
        where=playbook.jurisdiction.name,
        expected=say("the state that was looked at, or one that is not in force yet"),
        found=say(
            "{state}, in force since {since}",
            state=playbook.states[situation.state].name,
            since=clock.shown(situation.since, playbook.jurisdiction.zone),
        ),
        do=say("look: incident status; to record a further event: incident signal"),
    )


def _repeat(tx: Reading, log: Log, entry: Entry, request: Request) -> Outcome:
    """Answer from the record, unless the same identity now means something else.

    The request is read by the playbook of that entry, for another may govern by now.
    """
    playbook = tx.playbook(entry.jurisdiction, entry.playbook)
    is_same = _is_same(playbook, entry, request)
    if not (is_same and _is_said_again(tx, playbook, entry, request)):
        raise another_act(request.source, request.id, entry, None if is_same else request.event)
    return Outcome(entry=entry, situation=log.situation, playbook=playbook, repeated=True)


def another_act(source: str, key: str, entry: Entry, name: str | None) -> Conflict:
    """Say that an identity stands for another act, called `name`; or for the same one with other words."""
    return Conflict(
        where=say("event {id} of {source}", id=key, source=source),
        expected=say("the same event as in entry {seq}", seq=entry.seq),
        found=say("other words or files") if name is None else name,
        do=say("give a new event its own id"),
    )


def _is_same(playbook: Playbook, entry: Entry, request: Request) -> bool:
    """Compare button, event, body and values with those of before, as far as they are readable."""
    came = entry.came
    try:
        request = understood(playbook, request, partly=True)  # sealed values need not be said again
    except RequestError:
        return False
    if came is None or (entry.verb, came.type) != (request.verb, request.event):
        return False
    if (entry.proposal, entry.break_glass) != (request.proposal, request.break_glass):
        return False
    was_refused = any(isinstance(fact, RequestRefused) for fact in entry.facts)
    if not was_refused and entry.authority != request.authority:
        return False
    sealed = {name for name, value in came.data.items() if isinstance(value, Sealed)}
    plain = {name: value for name, value in came.data.items() if name not in sealed}
    return plain == {name: value for name, value in request.fields.items() if name not in sealed}


def _is_said_again(tx: Reading, playbook: Playbook, entry: Entry, request: Request) -> bool:
    """Tell whether what is said now was said then; what was erased, or is left out now, cannot be compared.

    So who was refused for want of a basis, and says one under the same identity, is not refused once more.
    The same body by another of its names was said then.
    """
    request = understood(playbook, request, partly=True)
    is_same_body = request.authority is not None and request.authority == entry.authority
    decided_by = None if is_same_body else request.decided_by
    now = {"decided_by": decided_by, "basis": request.basis, "reason": request.reason}
    data = {} if entry.came is None else entry.came.data
    sealed = {f"data.{name}": value for name, value in data.items() if isinstance(value, Sealed)}
    now |= {name: str(request.fields.get(name.removeprefix("data."), "")) or None for name in sealed}
    then = {"decided_by": entry.decided_by, "basis": entry.basis, "reason": entry.reason, **sealed}
    _stored, remaining = next(with_disclosures(tx, entry.jurisdiction, since=entry.seq))
    known = disclosed(entry, remaining)
    return all(
        words is None or (then[name] is not None and known.get(name, words) == words)
        for name, words in now.items()
    )


def compose(
    playbook: Playbook, situation: Situation, request: Request, decision: Decision, at: int, seals: Seals
) -> Entry:
    """Make the entry of a decision; `seals` collects the disclosures of what it holds sealed."""
    plan = None if request.verb == "propose" else decision.plan  # no step is taken
    return Entry(
        v=journal.FORMAT,
        program=__version__,
        jurisdiction=situation.jurisdiction,
        seq=situation.version,
        at=clock.stamp(at),
        effective_at=None if decision.effective_at == at else clock.stamp(decision.effective_at),
        until=None if request.until is None else clock.stamp(request.until),
        approved=request.expect_plan,
        proposal=request.proposal,
        break_glass=request.break_glass,
        playbook=situation.playbook,
        came=Came(
            id=request.id,
            source=request.source,
            type=request.event,
            time=clock.stamp(at if request.happened_at is None else request.happened_at),
            data=_data(playbook, request, seals),
        ),
        verb=request.verb,
        step=None if plan is None else plan.step,
        plan=None if plan is None else plan.hash,
        authority=request.authority,
        decided_by=seals.seal("decided_by", request.decided_by),
        basis=seals.seal("basis", request.basis),
        basis_ref=find_basis(playbook, request.basis),
        reason=seals.seal("reason", request.reason),
        actor=request.actor,
        by=seals.seal("by", request.by),
        os_user=seals.seal("os_user", request.os_user),
        incident=incident_of(situation, decision),
        facts=decision.facts,
    )


def _data(playbook: Playbook, request: Request, seals: Seals) -> dict[str, Value | Sealed]:
    """Keep choices and numbers readable; free text may name people and is sealed."""
    declared = playbook.events[request.event].fields
    return {
        name: seals.must_seal(f"data.{name}", str(value)) if declared[name].type == "text" else value
        for name, value in request.fields.items()
    }


def incident_of(situation: Situation, decision: Decision) -> str | None:
    """Number the incident an entry belongs to: the running one, or the one it opens."""
    opened = [fact.incident for fact in decision.facts if isinstance(fact, IncidentOpened)]
    return situation.incident or (opened[0] if opened else None)
