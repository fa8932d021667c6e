"""The duty log: what came in, what went out, what was done, tied to the shift that was on duty.

A note is an entry of the jurisdiction's journal. One that names no roster belongs to every shift on duty when
it happened: it stands in each sheet and in each handover's note. Its words may name people, so they are
sealed; that it was made, when it happened and how late it was noted is in the open. A sheet gathers what a
shift noted, and what was recorded of other acts while it was on duty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from incident.domain import clock, inputs
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, LogNoted
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.domain.situation import Situation
from incident.service import opened, queries
from incident.service.act import Act, View, act
from incident.service.begun import first_entry
from incident.service.handle import Outcome
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin

#: Minutes from which a note counts as late.
LATE = 15


class Note(NamedTuple):
    """What is noted: when it happened, in which roster (none: all on duty then), and the words."""

    way: Literal["in", "out", "note"]
    said: str
    at: int | None = None
    roster: str | None = None
    #: Who called or was called.
    who: str | None = None
    #: What was done about it.
    done: str | None = None

    def words(self) -> dict[str, str]:
        """Give what is sealed, by name."""
        given = {"who": self.who, "said": self.said, "done": self.done}
        return {name: words for name, words in given.items() if words}


def add(store: Store, code: str, note: Note, *, origin: Origin, now: Clock, chance: Chance) -> Outcome:
    """Write a note into the log. Raises `RequestError` for one that says nothing or lies ahead."""

    def find(view: View) -> list[AnyFact]:
        if not note.said.strip():
            expected = say("what was said or seen")
            raise RequestError(where=inputs.SAID, expected=expected, found=say("nothing"), do=say("say it"))
        return [noted(view, code, note)]

    doing = Act(verb="log", origin=origin, words=note.words())
    return act(store, code, doing, find, now=now, chance=chance)


def noted(view: View, code: str, note: Note) -> LogNoted:
    """Give the fact of a note. Raises `RequestError` for one that lies ahead, or in a roster of no duty."""
    at = view.at if note.at is None else note.at
    if at > view.at:
        raise RequestError(
            where=say("time"),
            expected=say("a time that has been"),
            found=clock.shown(at, view.situation.zone),
            do=say("give the time at which it happened"),
        )
    late = (view.at - at) // 60
    shift = _noted_in(view.tx, view.playbook, code, at, note.roster)
    return LogNoted(
        way=note.way,
        at=clock.stamp(at),
        roster=None if shift is None else shift.roster,
        shift=None if shift is None else clock.stamp(shift.shift),
        late=late if late >= LATE else 0,
    )


def _noted_in(tx: Reading, playbook: Playbook, code: str, at: int, roster: str | None) -> Duty | None:
    """Give the one shift that a note belongs to; none where several were on duty and it says no roster.

    Who writes it is no sign, so that it cannot be told in which they sit: it belongs to all of them.
    """
    several = len({one.roster for one in tx.duties(code, since=at, until=at + 1)}) > 1
    return None if several and roster is None else _shift(tx, playbook, code, at, roster)


def _shift(tx: Reading, playbook: Playbook, code: str, at: int, roster: str | None) -> Duty | None:
    """Give a piece of the shift on duty at an instant: of a roster, or of the first there is."""
    there = tx.duties(code, since=at, until=at + 1)
    if roster is not None:
        known = {one.roster for one in there}
        roster = queries.find_roster(playbook, known, roster, say("none was on duty then"))
    mine = [one for one in there if roster in (None, one.roster)]
    return min(mine, key=lambda one: (one.roster, one.piece.post), default=None)


class Line(NamedTuple):
    """One line of a sheet: a note, or what was recorded of another act."""

    at: int
    entry: Entry
    fact: AnyFact
    #: What the entry still discloses, by name.
    disclosed: Mapping[str, str]


class Sheet(NamedTuple):
    """What a shift was and did."""

    situation: Situation
    playbook: Playbook
    #: Who kept it, piece by piece; at least one.
    pieces: list[Duty]
    lines: list[Line]


def sheet(tx: Reading, code: str, at: int, roster: str | None) -> Sheet:
    """Give the sheet of the shift on duty at an instant. Raises `RequestError` where nobody was."""
    situation, playbook = queries.present(tx, code)
    one = _shift(tx, playbook, code, at, roster)
    if one is None:
        raise RequestError(
            where=inputs.SHIFT,
            expected=say("a time at which somebody was on duty"),
            found=clock.shown(at, situation.zone),
            do=say("look: incident duty"),
        )
    there = tx.duties(code, since=one.shift, until=one.till)
    pieces = [each for each in there if (each.roster, each.shift) == (one.roster, one.shift)]
    lines = sorted(_lines(tx, code, one), key=lambda line: (line.at, line.entry.seq))
    return Sheet(situation, playbook, pieces, lines)


def _lines(tx: Reading, code: str, shift: Duty) -> Iterator[Line]:
    """Give what was noted of a shift whenever, and what people did while it was on duty.

    The journal is read from the entry on by which the shift began; a note may come at any time after it.
    """
    for stored, remaining in opened.with_disclosures(tx, code, since=first_entry(tx, code, shift)):
        if stored.at < shift.shift:
            continue
        entry = opened.read_entry(code, stored)
        if entry.verb is None:
            continue
        for fact in entry.facts[:1]:
            if isinstance(fact, LogNoted):
                if _is_of(fact, shift):
                    disclosed = opened.disclosed(entry, remaining)
                    yield Line(clock.read_stamp(fact.at), entry, fact, disclosed)
            elif stored.at < shift.till:
                yield Line(stored.at, entry, fact, opened.disclosed(entry, remaining))


def _is_of(note: LogNoted, shift: Duty) -> bool:
    """Tell whether a note is tied to a shift: to that one, or to all that were on duty when it happened."""
    if note.roster is None:
        return shift.shift <= clock.read_stamp(note.at) < shift.till
    return (note.roster, note.shift) == (shift.roster, clock.stamp(shift.shift))
