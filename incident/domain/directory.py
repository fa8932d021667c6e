"""The directory: what a file says of who holds which seat, against what is known. Pure; nothing is done here.

A row gives a seat or unit, a holder's sign, from when and until when, and may give a name and addresses. What
it leaves out stays as it is. Where a seat that one person holds passes to another, the one before leaves it
then, without a row of its own. All faults are found at once, each with its place in the file. As a name may
stand in any column, none repeats what was written; seats, signs and days are shown once known as such.

D001 an unknown seat            D004 an end before the beginning    D007 two names for one holder
D002 a sign that is none        D005 more holders than the seat has D008 a value that is missing
D003 a day that is none         D006 an address that is none        D009 a sign of somebody who was erased
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

import msgspec

from incident.domain import clock, names
from incident.domain.effects import SUPERIOR
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, DirectoryChanged, ItemChanged, ItemStarted
from incident.domain.hiding import hidden
from incident.domain.organisation import Text
from incident.domain.people import FOREVER, HOLDER, TENURE, People, Person, Tenure, seat_of
from incident.domain.playbook import Playbook
from incident.domain.problem import Mark, Problem
from incident.domain.say import Words, say

#: A way, a colon, and an address on it.
_ADDRESS = re.compile(r"(?P<way>[a-z][a-z0-9_]{0,15}):(?P<address>\S+)")
#: What an address on a well-known way looks like.
_SHAPES = {
    "sms": re.compile(r"1[3-9][0-9]{9}|\+[1-9][0-9]{6,14}"),
    "tel": re.compile(r"[+0-9][0-9-]{4,19}"),
    "mail": re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+"),
}
#: Columns of a file by the field of a row.
COLUMNS = {
    "seat": Text(zh="岗位", en="seat"),
    "holder": Text(zh="代号", en="holder"),
    "name": Text(zh="姓名", en="name"),
    "since": Text(zh="起", en="from"),
    "until": Text(zh="止", en="until"),
    "channels": Text(zh="联系方式", en="channels"),
}
#: What takes a name or all addresses away.
NONE = "-"


class Row(NamedTuple):
    """One row of a file, as it was written."""

    mark: Mark
    seat: str = ""
    holder: str = ""
    name: str = ""
    since: str = ""
    until: str = ""
    channels: tuple[str, ...] = ()


class Sheet(NamedTuple):
    """What was read of a file: rows, and what is wrong with it besides."""

    name: str
    rows: list[Row]
    problems: Sequence[Problem] = ()


class Held(NamedTuple):
    """A tenure as it will stand, by instants."""

    #: Under which it stands; none for a new one.
    key: str | None
    seat: str
    holder: str
    since: int
    until: int
    #: The row that says so.
    mark: Mark | None = None


class Difference(NamedTuple):
    """What a file would change."""

    facts: list[AnyFact]
    #: People as they are from then on.
    people: list[Person]
    #: Every name that the file gives, by holder.
    names: dict[str, str]


class DirectoryError(RequestError):
    """A file of the directory does not hold; carries all problems at once."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        """Keep every problem found in the file `name`."""
        super().__init__(
            where=name,
            expected=say("rows without errors"),
            found=say("{n} errors", n=len(problems)),
            do=say("mend the rows named, then import the file again; nothing was changed"),
        )
        self.problems = list(problems)


def compare(
    playbook: Playbook,
    people: People,
    known: Mapping[str, Person],
    sheet: Sheet,
    *,
    at: int,
    seq: int,
) -> Difference:
    """Say what a file changes; `seq` will be the number of the entry. Raises `DirectoryError`."""
    rows = sheet.rows
    reading = _Reading(playbook, people, at, {holder for holder, one in known.items() if one.is_erased})
    held = [one for row in rows if (one := reading.row(row)) is not None]
    persons = reading.persons(rows, known)
    after = _after(playbook, people, held)
    problems = [*sheet.problems, *reading.problems, *_crowded(playbook, after)]
    if problems:
        problems.sort(key=lambda one: (one.mark or Mark("", 0, 0))[1:])
        raise DirectoryError(sheet.name, problems)
    facts = [*_facts(people, after, seq)]
    changed = [one for one in persons.values() if known.get(one.holder, Person(one.holder, None)) != one]
    if changed:
        ways = {one.holder: sorted({each.partition(":")[0] for each in one.channels}) for one in changed}
        facts.append(DirectoryChanged(ways=ways))
    return Difference(facts, changed, {row.holder: row.name for row in rows if row.name not in ("", NONE)})


class _Reading:
    """Rows being read; collects what is wrong with them."""

    def __init__(self, playbook: Playbook, people: People, at: int, erased: Collection[str]) -> None:
        self.playbook, self.people, self.at, self.erased = playbook, people, at, erased
        self.zone = playbook.jurisdiction.zone
        self.problems: list[Problem] = []

    def fault(self, row: Row, rule: str, expected: Words, found: Words, do: Words) -> None:
        self.problems.append(
            Problem(rule=rule, severity="error", mark=row.mark, expected=expected, found=found, do=do)
        )

    def row(self, row: Row) -> Held | None:
        """Read who holds what; none for a row with a fault."""
        before = len(self.problems)
        seat, since, until = self._seat(row), self._since(row), self._until(row)
        self._holder(row)
        for address in row.channels:
            self._address(row, address)
        if since >= until:
            found = say("`until` before `from`") if row.since else say("`until` before today")
            self.fault(
                row, "D004", say("an end after the beginning"), found, say("correct `from` or `until`")
            )
        if seat is None or len(self.problems) > before:
            return None
        for key, tenure in self.people.tenures.get(seat, ()):
            begins = clock.read_stamp(tenure.since)
            is_same = tenure.holder == row.holder and (
                begins == since or (not row.since and begins <= self.at)
            )
            if is_same and (tenure.until is None or row.since or clock.read_stamp(tenure.until) > self.at):
                return Held(key, seat, row.holder, begins, until, row.mark)
        return Held(None, seat, row.holder, since, until, row.mark)

    def _seat(self, row: Row) -> str | None:
        if not row.seat:
            self.fault(row, "D008", say("a seat or unit"), _under("seat", ""), say("name the seat"))
            return None
        if row.seat == SUPERIOR:
            return SUPERIOR
        found = names.find(self.playbook, row.seat, ("seat", "unit"))
        if len(found) == 1:
            return found[0].key
        what: Words = [one.key for one in found] or _under("seat", row.seat)
        do = say("use the key; all are shown by: incident people template")
        self.fault(row, "D001", say("one seat or unit of the playbook"), what, do)
        return None

    def _holder(self, row: Row) -> None:
        if not HOLDER.fullmatch(row.holder):
            expected = say("a sign such as P9 or ZJ-0031")
            do = say("give each person a sign of your own; never a name or a number that others know")
            self.fault(row, "D002", expected, _under("holder", row.holder), do)
        elif row.holder in self.erased:
            do = say("give a sign that was never used")
            self.fault(row, "D009", say("the sign of somebody who was not erased"), row.holder, do)

    def _address(self, row: Row, address: str) -> None:
        found = _ADDRESS.fullmatch(address)
        shape = _SHAPES.get(found["way"]) if found else None
        is_right = found is not None and (shape is None or shape.fullmatch(found["address"]))
        if not is_right and address != NONE:
            expected = say("a way, a colon and an address: `sms:13900000000`, `mail:a@b.cn`")
            self.fault(row, "D006", expected, _under("channels", address), say("correct the address"))

    def _since(self, row: Row) -> int:
        if row.since:
            day = self._day(row, "since", row.since)
            return self.at if day is None else self._begins(day)
        return self._begins(clock.local(self.at, self.zone).date())

    def _until(self, row: Row) -> int:
        """Read the last day, which still counts."""
        day = self._day(row, "until", row.until) if row.until else None
        return FOREVER if day is None else self._begins(day + timedelta(days=1))

    def _day(self, row: Row, field: str, words: str) -> date | None:
        try:
            return date.fromisoformat(words)
        except ValueError:
            do = say("write it as 2026-03-01")
            self.fault(row, "D003", say("a day such as 2026-03-01"), _under(field, words), do)
            return None

    def _begins(self, day: date) -> int:
        return clock.read_time(day.isoformat(), self.zone, self.at)

    def persons(self, rows: Iterable[Row], known: Mapping[str, Person]) -> dict[str, Person]:
        """Read who the holders are; of several rows about one the last that says something counts."""
        found: dict[str, Person] = {}
        said: dict[str, Row] = {}
        for row in rows:
            if row.name and said.setdefault(row.holder, row).name != row.name:
                holder = row.holder if HOLDER.fullmatch(row.holder) else hidden(row.holder)
                expected = say("one name for {holder}", holder=holder)
                found_ = say("another than in row {n}", n=said[row.holder].mark.line)
                self.fault(row, "D007", expected, found_, say("give each person a sign of their own"))
            one = found.get(row.holder) or known.get(row.holder) or Person(row.holder, None)
            name = one.name if not row.name else None if row.name == NONE else row.name
            channels = tuple(each for each in row.channels if each != NONE) if row.channels else one.channels
            found[row.holder] = Person(row.holder, name, channels)
        return found


def _under(field: str, words: str) -> Words:
    """Say in which column something stands that does not belong there, by its form alone."""
    return say(
        "{what} under `{column}`", what=hidden(words) if words else say("nothing"), column=COLUMNS[field]
    )


def _room(playbook: Playbook, key: str) -> int | None:
    """Say how many people can hold a seat at once; none for any number."""
    seat = seat_of(playbook, key)
    if seat is None or seat.everyone or seat.people is not None:
        return None
    return seat.count or sum(post.count or 1 for post in seat.posts) or len(seat.holders) or 1


def _after(playbook: Playbook, people: People, new: Sequence[Held]) -> dict[str, list[Held]]:
    """Give all tenures of the seats concerned as they will be."""
    after: dict[str, list[Held]] = {}
    replaced = {one.key for one in new if one.key is not None}
    for seat in dict.fromkeys(one.seat for one in new):
        coming = [one for one in new if one.seat == seat]
        there = [_as_held(key, tenure) for key, tenure in people.tenures.get(seat, ()) if key not in replaced]
        if _room(playbook, seat) == 1:
            there = [_relieved(one, coming) for one in there]
        after[seat] = sorted([*there, *coming], key=lambda one: (one.since, one.until))
    return after


def _as_held(key: str, tenure: Tenure) -> Held:
    until = FOREVER if tenure.until is None else clock.read_stamp(tenure.until)
    return Held(key, tenure.seat, tenure.holder, clock.read_stamp(tenure.since), until)


def _relieved(one: Held, coming: Iterable[Held]) -> Held:
    """End a tenure when another holder begins; that of the same holder is no successor."""
    begins = [other.since for other in coming if one.since < other.since < one.until]
    return one._replace(until=min(begins)) if begins else one


def _crowded(playbook: Playbook, after: Mapping[str, Sequence[Held]]) -> Iterator[Problem]:
    """Find seats with more holders at once than they have room for, and holders twice in one seat."""
    for seat, held in after.items():
        room = _room(playbook, seat)
        for place, one in enumerate(held):
            there = [other for other in held[:place] if other.until > one.since]
            twice = [other for other in there if other.holder == one.holder]
            if not twice and (room is None or len(there) < room):
                continue
            others = twice or there
            yield Problem(
                rule="D005",
                severity="error",
                mark=one.mark or next((other.mark for other in others if other.mark), None),
                expected=say("at most {n} at once in {seat}", n=1 if twice else room, seat=seat),
                found=say(
                    "{holder} from {day} beside {others}",
                    holder=one.holder,
                    day=f"{clock.local(one.since, playbook.jurisdiction.zone):%Y-%m-%d}",
                    others=[_shown(other) for other in others],
                ),
                do=say("give `until` to whoever leaves"),
            )


def _shown(one: Held) -> Words:
    return one.holder if one.mark is None else say("{holder} (row {n})", holder=one.holder, n=one.mark.line)


def _facts(people: People, after: Mapping[str, Sequence[Held]], seq: int) -> Iterator[AnyFact]:
    """Give a fact for each tenure that begins or is another now."""
    before = dict(chain.from_iterable(people.tenures.values()))
    new = 0
    for held in after.values():
        for one in held:
            tenure = Tenure(
                seat=one.seat,
                holder=one.holder,
                since=clock.stamp(one.since),
                until=None if one.until == FOREVER else clock.stamp(one.until),
            )
            if one.key is None:
                yield ItemStarted(kind=TENURE, key=f"{TENURE}-{seq}-{new}", after=msgspec.to_builtins(tenure))
                new += 1
            elif before[one.key] != tenure:
                old, now = msgspec.to_builtins(before[one.key]), msgspec.to_builtins(tenure)
                yield ItemChanged(kind=TENURE, key=one.key, before=old, after=now)
