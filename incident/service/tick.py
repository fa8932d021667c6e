"""Carrying out what has become due: claim, decide, append, arm anew, all in one transaction of many places.

    which places have something due → lock those nobody holds → what is due there → `fire` → journal → commit
    when nothing else is due: looks ahead at duty, found without a lock (`outlook.py`)

Nothing is leased and nothing is marked as taken: a node that is killed leaves only what was committed. What
cannot be carried out is tried again, alone and later, and after `TRIES` set aside for a person; it never
stalls the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import NamedTuple
from zlib import crc32

from incident.domain import approving
from incident.domain.duty import Duty
from incident.domain.effects import notices
from incident.domain.errors import Conflict, StoreAway, StoreError
from incident.domain.facts import AnyFact, TimerEnded
from incident.domain.firing import Case, fire, hold
from incident.domain.say import say
from incident.domain.timer import Timer
from incident.service import duty, outlook
from incident.service.asked import asked, to_be_signed
from incident.service.ports import Clock, Due, Log, Reading, Record, Store, Writing
from incident.service.proposing import propose
from incident.service.record import Frame, by_itself, log_after, to_record

#: Jurisdictions in one transaction.
BATCH = 500
#: Ends after which a transaction takes up no further jurisdiction: after an outage there are many in each. It
#: has to be over soon, for people wait for its locks, and whoever stops a worker waits for its end.
ENDS = 5000
#: How often a timer that fails is tried before it is set aside.
TRIES = 5
#: Seconds between two tries.
_WAIT = 60


class Failure(NamedTuple):
    """Something that could not be carried out."""

    code: str
    #: Which; none when it is the whole jurisdiction.
    timer: Timer | None
    tries: int
    #: It is tried no more, a person has to look.
    is_held: bool
    error: Exception


class Swept(NamedTuple):
    """What one sweep did."""

    #: Timers that came to their end.
    ended: int
    #: Entries written.
    entries: int
    failures: list[Failure]
    #: Where something is due that must not be written, by code, and why not.
    left_out: tuple[tuple[str, StoreError], ...] = ()


def sweep(
    store: Store,
    *,
    now: Clock,
    node: str | None,
    batch: int = BATCH,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Swept:
    """Carry out all that is due, batch after batch, until nothing is left or `is_stopping`.

    Raises `StoreError` when the database cannot be used.
    """
    ended, entries, failures = 0, 0, list[Failure]()
    #: Where nothing moved: others hold them, or nothing is there that could be carried out.
    passed_by: set[str] = set()
    #: Where it was looked whether a look ahead is due.
    looked_at: set[str] = set()
    while not is_stopping():
        with store.reading() as look:
            due = look.due_codes(now(), batch + len(passed_by))
        codes = [code for code in due if code not in passed_by]
        waiting = passed_by - looked_at
        if codes:
            done = _tried(store, codes, now, node)
            if not (done.ended or done.failures):
                passed_by.update(codes)
        elif waiting:
            done, seen = _looks(store, waiting, now, node)
            looked_at |= seen
        else:
            break
        ended, entries = ended + done.ended, entries + done.entries
        failures += done.failures
    return Swept(ended, entries, failures, (*store.left_out(sorted(passed_by)).items(),))


def _looks(store: Store, codes: Collection[str], now: Clock, node: str | None) -> tuple[Swept, set[str]]:
    """Carry out looks ahead for a second, for whatever else comes due goes before; gives where it was looked.

    Each node goes through them in an order of its own, so that no two give out the same weeks.
    """
    parts, seen, begun = list[Swept](), set[str](), now()
    for code in sorted(codes, key=lambda code: crc32(f"{node} {code}".encode())):
        parts.append(_looked_ahead(store, code, now, node))
        seen.add(code)
        if now() != begun:
            break
    failures = [failure for part in parts for failure in part.failures]
    return Swept(sum(part.ended for part in parts), sum(part.entries for part in parts), failures), seen


def _tried(store: Store, codes: Sequence[str], now: Clock, node: str | None) -> Swept:
    """Carry out what is due in some jurisdictions together, or else each alone."""
    try:
        return _together(store, codes, now, node)
    except StoreAway:
        raise
    except Exception:  # noqa: BLE001 - one of them; found by trying each alone
        return _each_alone(store, codes, now, node)


def _together(
    store: Store, codes: Sequence[str], now: Clock, node: str | None, *, only: Timer | None = None
) -> Swept:
    """Carry out what is due in some jurisdictions in one transaction."""
    with store.claiming(codes) as tx:
        at = now()
        found = tx.due(at)
        if only is not None:
            found = [due._replace(timers=[one for one in due.timers if one == only]) for due in found]
        records = _carried_out(tx, _in_order(found, codes), at, node)
        tx.write(records)
        # due, and yet not to be carried out: a row that somebody put there, of another epoch
        strange = {*tx.codes_held} - {due.log.situation.jurisdiction for due in found}
        failures = [_set_back(tx, code, at, None, _another_epoch(code)) for code in sorted(strange)]
        tx.commit()
    # or somebody else was first, and nothing is due there any more
    failures = [failure for failure in failures if failure.tries]
    return Swept(sum(map(_ends, records)), len(records), failures)


def _ends(record: Record) -> int:
    return sum(isinstance(fact, TimerEnded) for fact in record.facts)


def _in_order(found: Sequence[Due], codes: Sequence[str]) -> list[Due]:
    """Put those whose oldest timer has waited longest first, as the codes are: none comes last for ever."""
    place = {code: n for n, code in enumerate(codes)}
    return sorted(found, key=lambda due: place[due.log.situation.jurisdiction])


def _carried_out(tx: Reading, found: Sequence[Due], at: int, node: str | None) -> list[Record]:
    """Carry out jurisdiction after jurisdiction until it is enough for one transaction."""
    records, ends = list[Record](), 0
    for due in found:
        if ends >= ENDS:
            break
        record = carried_out(tx, due, at, node)
        if record is not None:
            records.append(record)
            ends += len(record.facts)
    return records


def carried_out(tx: Reading, due: Due, at: int, node: str | None) -> Record | None:
    """Give the record of what is due in one jurisdiction; None when nothing is."""
    situation = due.log.situation
    case = Case(
        situation=situation,
        standing=due.standing,
        filed=due.filed,
        at=at,
        propose=lambda timer: propose(tx, situation, timer, at),
        ask=lambda timer: asked(tx, situation, timer),
    )
    ends = fire(due.timers, case)
    if not ends:
        return None
    facts = [*ends, *approving.lapsed(due.standing, ends)]
    if not any(one.what == "handover" for one in ends):
        return _record(due, facts, at, node)
    assigned = duty.handed_over(tx, situation.jurisdiction, situation.playbook, ends)
    facts = to_be_signed([*facts, *assigned.facts], assigned.newest)
    return _record(due, facts, at, node, assigned.newest)


def _record(due: Due, facts: list[AnyFact], at: int, node: str | None, duties: Sequence[Duty] = ()) -> Record:
    entry = by_itself(due.log, facts, at=at, node=node)
    return to_record(due.log, entry, Frame(due.timers, due.standing, duties), effects=notices(facts))


def _looked_ahead(store: Store, code: str, now: Clock, node: str | None) -> Swept:
    """Carry out the look ahead that is due in a jurisdiction, if one is; only recording it takes the lock."""
    at, timer = now(), None
    try:
        with store.reading() as tx:
            timer = outlook.due_look(tx, code, at)
            if timer is None:
                return Swept(0, 0, [])
            facts = outlook.looked(tx, code, timer, at)
    except StoreAway:
        raise
    except Exception as error:  # noqa: BLE001 - as of any other timer
        return _put_back(store, code, now, node, timer, error)
    with store.claiming([code]) as tx:
        here = [due for due in tx.due(at) if timer in due.timers]
        tx.write([_record(due, facts, now(), node) for due in here])
        tx.commit()
    return Swept(len(here), len(here), [])


def catch_up(tx: Writing, log: Log, at: int, node: str | None) -> Log:
    """Carry out what became due in a locked jurisdiction before somebody's request is looked at.

    A request is decided on what is so at its instant, whether or not a worker runs. What fails is left to the
    worker: nothing stands between an officer and an activation.
    """
    while True:
        try:
            found = tx.due(at)
            if not found:
                return log
            with tx.attempt():
                records = _carried_out(tx, found, at, node)
                tx.write(records)
        except StoreAway:
            raise
        except Exception:  # noqa: BLE001 - see above; the worker tries again and says so
            return log
        if not records:
            return log
        log = log_after(records[-1])


def _each_alone(store: Store, codes: Sequence[str], now: Clock, node: str | None) -> Swept:
    """Find what fails by trying each jurisdiction alone, and of one that fails each timer."""
    ended, entries, failures = 0, 0, list[Failure]()
    for code in codes:
        try:
            parts = [_together(store, [code], now, node)]
        except StoreAway:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it must not stall the others
            parts = _each_timer(store, code, now, node)
        ended += sum(part.ended for part in parts)
        entries += sum(part.entries for part in parts)
        failures += [failure for part in parts for failure in part.failures]
    return Swept(ended, entries, failures)


def _each_timer(store: Store, code: str, now: Clock, node: str | None) -> list[Swept]:
    """Try each due timer of a jurisdiction alone; those that fail are put back.

    None is found where somebody else holds it, or was first.

    Raises `StoreError` when they cannot even be put back: then it is the database that fails.
    """
    try:
        with store.claiming([code]) as tx:
            timers = [timer for due in tx.due(now()) for timer in due.timers]
    except StoreAway:
        raise
    except Exception as unreadable:  # noqa: BLE001 - a damaged situation: all of it is put back
        return [_put_back(store, code, now, node, None, unreadable)]
    parts = []
    for timer in timers:
        try:
            parts.append(_together(store, [code], now, node, only=timer))
        except StoreAway:
            raise
        except Exception as fault:  # noqa: BLE001 - this is the one
            parts.append(_put_back(store, code, now, node, timer, fault))
    return parts


def _put_back(
    store: Store, code: str, now: Clock, node: str | None, timer: Timer | None, error: Exception
) -> Swept:
    """Let a timer be tried again later; after `TRIES` hold it, in the journal where that can be done."""
    with store.claiming([code]) as tx:
        if code not in tx.codes_held:  # whoever holds it finds the same, or it is left out and told of so
            return Swept(0, 0, [])
        failure = _set_back(tx, code, now(), timer, error)
        tx.commit()
    if not failure.is_held or timer is None:
        return Swept(0, 0, [failure])
    with suppress(Exception), store.claiming([code]) as tx:
        log, at = tx.log(code), now()
        if log is not None and code in tx.codes_held:
            due = Due(log, [timer], tx.standing(code), {})
            held = hold(timer, at, "fault")
            facts, newest = _instead(tx, log, timer, at)
            lapsed = approving.lapsed(due.standing, [held])
            tx.write([_record(due, [held, *lapsed, *facts], at, node, newest)])
            tx.commit()
    return Swept(0, 0, [failure])


def _instead(tx: Reading, log: Log, timer: Timer, at: int) -> tuple[Sequence[AnyFact], Sequence[Duty]]:
    """Give what is recorded beside a timer that is held, and the newest shifts where it is of duty.

    A look ahead comes again on Monday. A handover leaves its shift to nobody, which is an alarm.
    """
    if timer.what == "outlook":
        return [outlook.promised(at, log.situation.zone)], ()
    if timer.what == "handover":
        with suppress(Exception):  # what cannot be said of duty must not keep the timer from being held
            return duty.held(tx, log.situation, timer)
    return (), ()


def take_up(store: Store) -> int:
    """Let what was set aside be tried again, when a worker starts: the program may be mended by now.

    Gives of how many jurisdictions; those that somebody holds, or that must not be written to, are not.
    """
    with store.reading() as look:
        codes = sorted({code for code, _timer in look.set_aside()})
    taken = 0
    for code in codes:
        with store.claiming([code]) as tx:
            if code in tx.codes_held:
                tx.take_up(code)
                tx.commit()
                taken += 1
    return taken


def _set_back(tx: Writing, code: str, at: int, timer: Timer | None, error: Exception) -> Failure:
    tries = tx.postpone(code, at, until=at + _WAIT, only=timer)
    is_held = tries >= TRIES
    if is_held:
        tx.postpone(code, at + _WAIT, until=None, only=timer)
    return Failure(code, timer, tries, is_held, error)


def _another_epoch(code: str) -> Conflict:
    return Conflict(
        where=code,
        expected=say("timers of the state in force"),
        found=say("a timer of another state"),
        do=say("run: incident journal verify"),
    )
