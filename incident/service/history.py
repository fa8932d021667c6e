"""What happened: the facts of a journal, entry by entry, and which of them are wanted.

What is sealed is read through its disclosure; where that was erased, the answer says so by leaving it out.
Nothing here writes.

Each line knows three times. `effective_at` is from when the entry holds, as was claimed; `at` is when it was
recorded, by the clock of whoever recorded it; and what nobody without the key can shift afterwards: it was
recorded after the checkpoint `after` was signed, which does not cover it, and before `before`, which does.
Of those the signed notes alone count (`signed.py`); whether each is of this journal, verifying tells.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from incident.domain import clock, explain, names
from incident.domain.clause import clauses_of, is_within
from incident.domain.errors import RequestError
from incident.domain.fact_names import kind_of
from incident.domain.facts import AnyFact
from incident.domain.identity import signed_by
from incident.domain.journal import Entry
from incident.domain.names import folded
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import opened, signed, snapshots
from incident.service.handle import adopted
from incident.service.ports import LEEWAY, Reading, Signed
from incident.service.signed import Read

#: Seconds after which what holds already counts as recorded late.
_LATE = 300


class Sealed(NamedTuple):
    """When a journal was signed, by the note itself."""

    #: How many entries the checkpoint covers.
    size: int
    at: int


class Line(Struct, frozen=True, kw_only=True):
    """One fact of the history."""

    seq: int
    #: When it was recorded.
    at: int
    kind: str
    #: Who pressed, if it is still disclosed.
    by: str | None
    incident: str | None
    fact: AnyFact
    entry: Entry
    #: What the entry still discloses, by name.
    disclosed: dict[str, str]
    #: Playbook under which it was decided.
    playbook: Playbook
    #: The last checkpoint that does not cover it, and the first that does.
    after: Sealed | None = None
    before: Sealed | None = None

    @property
    def effective_at(self) -> int:
        """From when it holds, as was claimed."""
        return self.at if self.entry.effective_at is None else clock.read_stamp(self.entry.effective_at)

    @property
    def late(self) -> int:
        """Minutes by which it was recorded after it began to hold; 0 for less than some minutes."""
        seconds = self.at - self.effective_at
        return seconds // 60 if seconds >= _LATE else 0

    @property
    def is_out_of_place(self) -> bool:
        """Tell whether it was recorded, by its own time, before one checkpoint or after the other."""
        is_early = self.after is not None and self.at < self.after.at - LEEWAY
        return is_early or (self.before is not None and self.at > self.before.at + LEEWAY)

    def data(self) -> dict[str, Any]:
        """Give the fact's values as plain data, without its kind."""
        plain: dict[str, Any] = msgspec.to_builtins(self.fact)
        plain.pop("fact")
        return plain


class Wanted(Struct, frozen=True, kw_only=True):
    """Which facts are wanted: those of which all that is given holds."""

    #: Recorded at this instant or later, and before that one.
    since: int | None = None
    until: int | None = None
    #: Of one of these kinds; empty: of any.
    kinds: Collection[str] = ()
    #: Pressed by this person, by name or login, at the terminal of this user, or carried out by this node;
    #: capitals and blanks tell nothing apart.
    actor: str | None = None
    #: Of this incident, by its number, with or without the code of the jurisdiction.
    incident: str | None = None
    #: Said in the sentence of the fact, the name of the event, what is disclosed or the event's values.
    text: str | None = None
    #: Decided by this body, office, group or seat: by its key, its name, or as it was typed.
    authority: str | None = None
    #: Resting on this clause of the paper plan, or on one below it.
    clause: str | None = None
    #: Of the entries from the first number to before the second alone; whoever says so knows what is there.
    entries: tuple[int, int] | None = None


#: All of them.
EVERYTHING: Final = Wanted()
#: Gives words in each language.
Spoken = Callable[[Words], Iterable[str]]


def history(
    tx: Reading,
    code: str,
    wanted: Wanted = EVERYTHING,
    spoken: Spoken = lambda words: [str(words)],
    read: Read = signed.unopened,
) -> Iterator[Line]:
    """Give the facts that are wanted, in order; `spoken` is needed to look for text.

    `read` reads the notes of checkpoints; without it anybody may have signed them.
    Raises `RequestError` for an incident that there never was, once that is known.
    """
    seals = _Seals(tx, code, read)
    for at, entry, disclosed in _entries(tx, code, wanted):
        playbook = tx.playbook(code, entry.playbook)
        for fact in _facts(wanted, playbook, entry, disclosed, spoken):
            after, before = seals.around(entry.seq)
            yield Line(
                seq=entry.seq,
                at=at,
                kind=kind_of(fact),
                by=disclosed.get("by"),
                incident=entry.incident,
                fact=fact,
                entry=entry,
                disclosed=disclosed,
                playbook=playbook,
                after=after,
                before=before,
            )


def _entries(tx: Reading, code: str, wanted: Wanted) -> Iterator[tuple[int, Entry, dict[str, str]]]:
    """Give the entries of a time, an incident and an actor: when recorded, and what they disclose."""
    present = adopted(tx, code).situation
    number = _number(code, wanted.incident)
    begin, end = wanted.entries or reach(tx, code, wanted)
    mark, is_known = f'"{number}"'.encode(), number is None or wanted.entries is not None
    for stored, remaining in opened.with_disclosures(tx, code, since=begin):
        if stored.seq >= end:
            break
        # most entries are of no incident, or of another: seen without reading them
        if number is not None and mark not in stored.body:
            continue
        is_known = True
        if not _is_in_time(wanted, stored.at):
            continue
        entry = opened.read_entry(code, stored)
        disclosed = opened.disclosed(entry, remaining)
        is_meant = number in (None, entry.incident)
        if is_meant and (wanted.actor is None or _is_by(entry, disclosed, wanted.actor)):
            yield stored.at, entry, disclosed
    if not is_known:
        raise _unknown(number, present.last_incident)


def _unknown(number: str | None, last: str | None) -> RequestError:
    known = say("none so far") if last is None else say("one that was; the newest is {n}", n=last)
    return RequestError(
        where=say("incident"),
        expected=known,
        found=f"`{number}`",
        do=say("look in the history: {kind}", kind="IncidentOpened"),
    )


def _number(code: str, words: str | None) -> str | None:
    """Give the whole number of an incident."""
    if words is None or words.startswith(f"{code}-"):
        return words
    return f"{code}-{words.strip()}"


def reach(tx: Reading, code: str, wanted: Wanted) -> tuple[int, int]:
    """Give between which entries those that are wanted can be.

    What snapshots tell of times is not looked through, nor are entries of which the bodies were dropped.
    Raises `RequestError` where nothing is adopted.
    """
    version = adopted(tx, code).situation.version
    least = opened.first_body(tx, code)
    if wanted.incident is not None or (wanted.since is None and wanted.until is None):
        return min(least, version), version
    parts = [
        (begin, end)
        for begin, end, span in snapshots.spans(snapshots.facts(tx, code), version)
        if span is None
        or (
            (wanted.since is None or span[1] >= wanted.since)
            and (wanted.until is None or span[0] < wanted.until)
        )
    ]
    return (max(parts[0][0], least), parts[-1][1]) if parts else (version, version)


def _is_in_time(wanted: Wanted, at: int) -> bool:
    return (wanted.since is None or at >= wanted.since) and (wanted.until is None or at < wanted.until)


def _is_by(entry: Entry, disclosed: dict[str, str], actor: str) -> bool:
    by = disclosed.get("by")
    signed_in = signed_by(by) if entry.actor == "authenticated" and by is not None else None
    there = (by, *(signed_in or ()), disclosed.get("os_user"), entry.node)
    return folded(actor) in [folded(one) for one in there if one is not None]


def _is_decided_by(playbook: Playbook, entry: Entry, disclosed: dict[str, str], wanted: str) -> bool:
    """Tell whether an entry was decided by somebody, by key, by name, or as it was typed."""
    said = [disclosed.get("decided_by"), entry.authority]
    if entry.authority is not None:
        name = names.name_of(playbook, entry.authority)
        said += [name.zh, name.en]
    return folded(wanted) in [folded(one) for one in said if one is not None]


def _rests_on(playbook: Playbook, entry: Entry, fact: AnyFact, wanted: str) -> bool:
    return any(is_within(wanted, clause) for clause in clauses_of(playbook, entry, fact) or ())


def _facts(
    wanted: Wanted, playbook: Playbook, entry: Entry, disclosed: dict[str, str], spoken: Spoken
) -> list[AnyFact]:
    """Give the facts of an entry that are wanted; of text that the entry holds itself all of them."""
    found = [fact for fact in entry.facts if not wanted.kinds or kind_of(fact) in wanted.kinds]
    if wanted.authority is not None and not _is_decided_by(playbook, entry, disclosed, wanted.authority):
        return []
    if wanted.clause is not None:
        found = [fact for fact in found if _rests_on(playbook, entry, fact, wanted.clause)]
    if wanted.text is None or not found:
        return found
    text = folded(wanted.text)

    def is_said(words: Iterable[str]) -> bool:
        return any(text in folded(one) for one in words)

    if is_said(_words(playbook, entry, disclosed, spoken)):
        return found
    return [fact for fact in found if is_said(spoken(explain.fact(playbook, fact)))]


def _words(playbook: Playbook, entry: Entry, disclosed: dict[str, str], spoken: Spoken) -> Iterator[str]:
    """Give what an entry says besides its facts."""
    yield from disclosed.values()
    if entry.came is not None:
        yield from spoken(explain.event_name(playbook, entry.came.type))
        for name, value in entry.came.data.items():
            if isinstance(value, str | int):
                yield f"{name}={value}"


class _Seals:
    """The checkpoints around entries that are asked for in their order."""

    def __init__(self, tx: Reading, code: str, read: Read) -> None:
        self._tx, self._code, self._read = tx, code, read
        self._after: Sealed | None = None
        self._following: Iterator[Sealed] | None = None
        self._before: Sealed | None = None

    def around(self, seq: int) -> tuple[Sealed | None, Sealed | None]:
        """Give the last checkpoint that does not cover an entry, and the first that does."""
        if self._following is None:
            newest = next(signed.rows(self._tx, self._code, self._read, until=seq), None)
            self._after = None if newest is None else _sealed(newest[1])
            self._following = self._signed(seq + 1)
            self._before = next(self._following, None)
        while self._before is not None and self._before.size <= seq:
            self._after, self._before = self._before, next(self._following, None)
        return self._after, self._before

    def _signed(self, since: int) -> Iterator[Sealed]:
        for row in self._tx.signed(self._code, since=since):
            if signed.said_in(self._code, row, self._read) is not None:
                yield _sealed(row)


def _sealed(row: Signed) -> Sealed:
    return Sealed(row.size, row.at)
