"""Where the reports of a jurisdiction stand, now or at an instant that has passed, and what one of them says.

The present is read from the rows. Of the past, what stood and what was still open is rebuilt from the journal
(`past.py`); what had come to its end by then is read from the rows of its end, which never change afterwards
and which verifying holds against the journal one by one. Nothing here writes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from incident.domain import names, schedule
from incident.domain.errors import Unknown
from incident.domain.facts import ReportFiled
from incident.domain.filing import Desk, form_of, found_of, parts_of
from incident.domain.journal import Entry
from incident.domain.ledger import Occurrence
from incident.domain.owing import obligation
from incident.domain.playbook import EACH_GROUP, Playbook
from incident.domain.say import say
from incident.domain.situation import Situation
from incident.domain.timer import Timer
from incident.service import opened
from incident.service.account import PATIENCE
from incident.service.filing import AHEAD, BACK, corrections_of, desk, earliest, laid_out
from incident.service.handle import adopted
from incident.service.past import Past
from incident.service.ports import Reading

#: States in which something is still to come.
AWAITED = ("open", "due", "late")


class Gathered(Struct, frozen=True, kw_only=True):
    """What a report that gathers others finds of each of them."""

    filed: list[Occurrence]
    zero: list[Occurrence]
    #: Late and not in.
    missing: list[Occurrence]
    #: Not in, and not late yet.
    awaited: list[Occurrence]


class Row(Struct, frozen=True, kw_only=True):
    """One report and where it stands."""

    report: Occurrence
    #: It says that there is nothing to report; by its newest correction.
    zero: bool
    #: The entry that is valid: of its filing, or of the newest correction of that; none while it is not in.
    valid: int | None = None
    #: None where the sender receives nothing that it would gather.
    gathers: Gathered | None = None


class Board(NamedTuple):
    """What is owed in a jurisdiction, as it was at an instant."""

    situation: Situation
    playbook: Playbook
    desk: Desk
    #: Promised times that are open, and those held for a person since the state was entered.
    open: list[Timer]
    held: list[Timer]


class Attached(NamedTuple):
    """One attachment of a filing."""

    #: Its name, its SHA-256 in hex, and its bytes; none once it is erased.
    name: str | None
    digest: str | None
    body: bytes | None


class Filed(Struct, frozen=True, kw_only=True):
    """What was filed in one entry."""

    entry: Entry
    fact: ReportFiled
    playbook: Playbook
    #: Words that remain, by name; and the names of all there were.
    disclosed: dict[str, str]
    sealed: list[str]
    attached: list[Attached]
    #: Entries of the filings that take its place.
    corrected_by: list[int]


def board(tx: Reading, code: str, *, at: int, past: Past | None = None, since: int | None = None) -> Board:
    """Lay out what is owed now, or was as of an instant."""
    if past is not None:
        return _past(tx, code, past, since)
    situation = adopted(tx, code).situation
    playbook = tx.playbook(code, situation.playbook)
    laid = desk(tx, code, playbook, situation, tx.standing(code), at, since=since)
    open_now = tx.open_timers(code)
    near = tx.timers(code, since=_held_since(situation, at), until=at + 1)
    return Board(situation, playbook, laid, open_now, _held(situation, near, open_now))


def _held_since(situation: Situation, at: int) -> int:
    return min(situation.since, at - BACK)


def _held(situation: Situation, timers: Iterable[Timer], open_now: Iterable[Timer]) -> list[Timer]:
    """Give what waits for a person; a clock that counts again waits no more."""
    counting = {one.key for one in open_now if one.what == "step_down"}
    return [
        one
        for one in sorted(timers, key=lambda one: (one.due, one.seq, one.n))
        if one.end == "held"
        and (one.ended_at or 0) >= situation.since
        and not (one.what == "step_down" and one.key in counting)
    ]


def _past(tx: Reading, code: str, past: Past, since: int | None) -> Board:
    """Lay out what was owed by what had been recorded then."""
    situation, standing, at, size = past.situation, past.standing, past.at, past.cut.size
    open_then = past.replay.open_timers()
    began, until = earliest(tx, code, situation, standing, at), at + AHEAD
    began = began if since is None else min(began, since)
    ended = tx.past_timers(code, since=began, until=until, before=size)
    laid = laid_out(
        tx, code, past.playbook, situation, standing, at, [*timers_in(open_then, began, until), *ended], size
    )
    near = timers_in(ended, _held_since(situation, at), at + 1)
    return Board(situation, past.playbook, laid, open_then, _held(situation, near, open_then))


def timers_in(timers: Iterable[Timer], since: int, until: int) -> list[Timer]:
    """Give those of some timers that are promised from one instant to before another."""
    return [one for one in timers if since <= one.due < until]


def overdue(found: Board, aside: Collection[tuple[int, int]]) -> int:
    """Give how many promised times have passed and were not carried out, but for those set aside.

    What follows from them is not known yet: a report that such a time asks for is owed and not in the list.
    """
    at = found.desk.at
    return sum(one.wake + PATIENCE <= at and (one.seq, one.n) not in aside for one in found.open)


def aside(tx: Reading, code: str) -> list[Timer]:
    """Give the times of a jurisdiction that failed so often that they are tried no more."""
    return [timer for of, timer in tx.set_aside() if of == code]


def missed(found: Board, sender: str, form: str) -> list[Occurrence]:
    """Give what was overtaken of what a sender owes in a form, by time: each is filed by its time alone."""
    return [
        one
        for one in found.desk.occurrences
        if one.state == "missed"
        and names.key_of(found.playbook, one.of) == sender
        and form_of(found.desk.standing, one.key) == form
    ]


class Coming(NamedTuple):
    """What a sender owes next."""

    key: str
    due: int
    #: From when it can be filed; none: now.
    opens: int | None


def coming(found: Board, sender: str, form: str) -> Coming | None:
    """Give what a sender owes next in a form; none where no time can be computed.

    While a report is not due yet the next of its series is not asked for; its time is known all the same.
    """
    standing = found.desk.standing
    mine = [
        one
        for one in found.desk.occurrences
        if names.key_of(found.playbook, one.of) == sender and form_of(standing, one.key) == form
    ]
    nexts = [Coming(one.key, one.due, one.opens) for one in mine if one.state in AWAITED]
    zone = found.situation.zone
    for one in mine:
        stood = standing.get(("obligation", one.key))
        if stood is not None and one.state == "filed" and one.due > found.desk.at:
            owed = obligation(stood.item)
            due = schedule.following(owed, one.due, zone) if schedule.recurs(owed) else None
            if due is not None:
                nexts.append(Coming(one.key, due, schedule.opens(owed, due, zone)))
    return min(nexts, key=lambda one: one.due, default=None)


def rows(laid: Desk, chosen: Sequence[Occurrence]) -> list[Row]:
    """Give reports with what each gathers."""
    received = _received(laid)
    result = []
    for one in chosen:
        valid = None if one.filing is None else laid.valid(one.filing)
        gathers = _gathered(laid, received.get(names.key_of(laid.playbook, one.of) or one.of), one)
        result.append(
            Row(
                report=one,
                zero=valid is not None and valid.zero,
                valid=None if valid is None else valid.seq,
                gathers=gathers,
            )
        )
    return result


def _received(laid: Desk) -> dict[str, list[Occurrence]]:
    """Give the reports that each receiver gets."""
    groups = [key for kind, key in laid.standing if kind == "group"]
    to: dict[str, set[str]] = {}
    for (kind, key), stood in laid.standing.items():
        if kind == "obligation":
            refs: list[str] = stood.item.get("to", [])
            known = {names.key_of(laid.playbook, ref) or ref for ref in refs}
            to[key] = known | ({*groups} if EACH_GROUP in refs else set())
    received: dict[str, list[Occurrence]] = defaultdict(list)
    for one in laid.occurrences:
        for receiver in to.get(one.key, ()):
            received[receiver].append(one)
    return received


def _gathered(laid: Desk, received: list[Occurrence] | None, one: Occurrence) -> Gathered | None:
    """Say what of that which a sender receives is in; `received` is looked through alone."""
    sender = names.key_of(laid.playbook, one.of)
    if not received or sender is None:
        return None
    within = msgspec.structs.replace(laid, occurrences=received)
    parts = [part for part in parts_of(within, sender, one.due) if (part.key, part.of) != (one.key, one.of)]
    if not parts:
        return None
    found = Gathered(filed=[], zero=[], missing=[], awaited=[])
    for part in parts:
        getattr(found, found_of(laid, part)).append(part)
    return found


def filed(tx: Reading, code: str, seq: int) -> Filed:
    """Give what was filed in an entry. Raises `Unknown` for one that files nothing."""
    adopted(tx, code)
    found = next(opened.with_disclosures(tx, code, since=seq), None) if seq >= 0 else None
    entry = opened.read_entry(code, found[0]) if found is not None and found[0].seq == seq else None
    fact = next((one for one in entry.facts if isinstance(one, ReportFiled)), None) if entry else None
    if found is None or entry is None or fact is None:
        raise Unknown(
            where=say("entry {seq}", seq=seq),
            expected=say("an entry in which a report was filed"),
            found=say("no such entry") if entry is None else say("an entry that files nothing"),
            do=say("look in the history: {kind}", kind="ReportFiled"),
        )
    words = opened.disclosed(entry, found[1])
    data = {} if entry.came is None else entry.came.data
    return Filed(
        entry=entry,
        fact=fact,
        playbook=tx.playbook(code, entry.playbook),
        disclosed={name.removeprefix("data."): text for name, text in words.items()},
        sealed=list(data),
        attached=[_attached(tx, code, words, n) for n in range(fact.attachments)],
        corrected_by=corrections_of(tx, code, seq),
    )


def _attached(tx: Reading, code: str, words: Mapping[str, str], n: int) -> Attached:
    digest = words.get(f"{opened.DIGEST}{n}")
    body = None if digest is None else tx.attachment(code, digest)
    return Attached(words.get(f"data.file.{n}"), digest, body)
