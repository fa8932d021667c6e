"""The directory: what a file says of who holds which seat, against what is known. Pure; nothing is done here.

A row gives a seat or unit, a holder's sign, from when and until when, and may give a name and addresses. What
it leaves out stays as it is. Where a seat that one person holds passes to another, the one before leaves it
then, without a row of its own. All faults are found at once, each with its place in the file. As a name may
stand in any column, none repeats what was written; seats, signs and days are shown once known as such.

D001 an unknown seat            D004 an end before the beginning    D007 two names for one holder
D002 a sign that is none        D005 too many in a seat, one twice  D008 a value that is missing
D003 a day that is none         D006 an address that is none        D009 a sign of somebody who was erased
D010 a name that is too long    D011 a character that is not seen
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

import msgspec

from incident.domain import clock, letters, names, seating
from incident.domain.effects import SUPERIOR
from incident.domain.errors import RequestError, errors
from incident.domain.facts import AnyFact, ItemChanged, ItemStarted
from incident.domain.facts_record import DirectoryChanged
from incident.domain.hiding import hidden
from incident.domain.organisation import Text
from incident.domain.people import FOREVER, HOLDER, TENURE, People, Person, Tenure, bounds
from incident.domain.playbook import Playbook
from incident.domain.problem import Mark, Problem
from incident.domain.say import Words, say
from incident.domain.seating import Held

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
#: Letters of a name; the longest in use have some forty.
_MOST_NAME = 64
#: What takes a name, an end or all addresses away.
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

    @property
    def is_blank(self) -> bool:
        """Tell whether nobody is named, as in a template that was not filled in there."""
        return not any(self[2:])


class Sheet(NamedTuple):
    """What was read of a file: rows, and what is wrong with it besides."""

    name: str
    rows: list[Row]
    problems: Sequence[Problem] = ()


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
            found=errors(len(problems)),
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
    rows = [row for row in sheet.rows if not row.is_blank]
    reading = _Reading(playbook, people, at, {holder for holder, one in known.items() if one.is_erased})
    held = [one for row in rows if (one := reading.row(row)) is not None]
    persons = reading.persons(rows, known)
    seats = seating.after(playbook, people, held)
    problems = [*sheet.problems, *reading.problems, *seating.crowded(playbook, seats, at)]
    if problems:
        problems.sort(key=lambda one: (one.mark or Mark("", 0, 0))[1:])
        raise DirectoryError(sheet.name, problems)
    facts = [*_facts(people, seats, seq)]
    changed = [one for one in persons.values() if known.get(one.holder, Person(one.holder, None)) != one]
    if changed:
        ways = {one.holder: sorted({each.partition(":")[0] for each in one.channels}) for one in changed}
        facts.append(DirectoryChanged(ways=ways))
    return Difference(facts, changed, {row.holder: row.name for row in rows if row.name not in ("", NONE)})


class _Reading:
    """Rows being read; collects what is wrong with them."""

    def __init__(self, playbook: Playbook, people: People, at: int, erased: Collection[str]) -> None:
        self.playbook, self.at, self.erased = playbook, at, erased
        self.zone = playbook.jurisdiction.zone
        self.known = _known(people, at)
        self.problems: list[Problem] = []

    def fault(self, row: Row, rule: str, expected: Words, found: Words, do: Words) -> None:
        self.problems.append(
            Problem(rule=rule, severity="error", mark=row.mark, expected=expected, found=found, do=do)
        )

    def row(self, row: Row) -> Held | None:
        """Read who holds what; none for a row with a fault."""
        before = len(self.problems)
        seat, since, until = self._seat(row), self._since(row), self._until(row)
        known = self.known.get((seat or "", row.holder, since if row.since else None))
        ends = 0
        if known is not None:
            since, ends = bounds(known[1].since, known[1].until)
            until = until if row.until else ends
        self._holder(row, is_shortened=known is not None and until <= ends)
        self._name(row)
        for address in row.channels:
            self._address(row, address)
        if since >= until:
            is_today = known is None and not row.since
            found = say("`until` before today") if is_today else say("`until` before `from`")
            do = say("correct `from` or `until`")
            self.fault(row, "D004", say("an end after the beginning"), found, do)
        if seat is None or len(self.problems) > before:
            return None
        return Held(None if known is None else known[0], seat, row.holder, since, until, row.mark)

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

    def _holder(self, row: Row, *, is_shortened: bool) -> None:
        if not HOLDER.fullmatch(row.holder):
            expected = say("a sign such as P9 or ZJ-0031")
            do = say("give each person a sign of your own; never a name or a number that others know")
            self.fault(row, "D002", expected, _under("holder", row.holder), do)
        elif row.holder in self.erased and (row.name or row.channels or not is_shortened):
            do = say("give a sign that was never used; of this one only a term can be shortened")
            self.fault(row, "D009", say("the sign of somebody who was not erased"), row.holder, do)

    def _name(self, row: Row) -> None:
        for words in (row.name, *row.channels):
            found = letters.name_of(words, is_line=True)
            if found is not None:
                expected = say("text without control characters and without marks of direction")
                self.fault(row, "D011", expected, found, say("type it again by hand"))
        if len(row.name) > _MOST_NAME:
            expected = say("a name of at most {n} letters", n=_MOST_NAME)
            found = say("{n} letters", n=len(row.name))
            self.fault(row, "D010", expected, found, say("shorten it, or check the quotes of that row"))

    def _address(self, row: Row, address: str) -> None:
        found = _ADDRESS.fullmatch(address)
        shape = _SHAPES.get(found["way"]) if found else None
        is_right = found is not None and (shape is None or shape.fullmatch(found["address"]))
        if not is_right and address != NONE:
            expected = say("a way, a colon and an address: `sms:13900000000`, `mail:a@b.cn`")
            self.fault(row, "D006", expected, _under("channels", address), say("correct the address"))

    def _since(self, row: Row) -> int:
        if row.since:
            since = self._instant(row, "since", row.since)
            return self.at if since is None else since
        return self._begins(clock.local(self.at, self.zone).date())

    def _until(self, row: Row) -> int:
        """Read the last day, which still counts."""
        until = None if row.until in ("", NONE) else self._instant(row, "until", row.until)
        return FOREVER if until is None else until

    def _instant(self, row: Row, field: str, words: str) -> int | None:
        """Read when a first day begins or a last one ends; none for a day that is none."""
        try:
            day = date.fromisoformat(words)
            if field == "since":
                return self._begins(day)
            # other programs write the last day there is where there is no end
            return FOREVER if day == date.max else self._begins(day + timedelta(days=1))
        except (ValueError, OverflowError):
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
            if row.holder in self.erased:
                continue
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


def _known(people: People, at: int) -> dict[tuple[str, str, int | None], tuple[str, Tenure]]:
    """Find tenures by seat, holder and beginning; without a beginning the one that stands at `at`."""
    found: dict[tuple[str, str, int | None], tuple[str, Tenure]] = {}
    for seat, tenures in people.tenures.items():
        for key, tenure in tenures:
            since, until = bounds(tenure.since, tenure.until)
            found.setdefault((seat, tenure.holder, since), (key, tenure))
            if since <= at < until:
                found.setdefault((seat, tenure.holder, None), (key, tenure))
    return found


def _under(field: str, words: str) -> Words:
    """Say in which column something stands that does not belong there, by its form alone."""
    return say(
        "{what} under `{column}`", what=hidden(words) if words else say("nothing"), column=COLUMNS[field]
    )


def _facts(people: People, seats: Mapping[str, Sequence[Held]], seq: int) -> Iterator[AnyFact]:
    """Give a fact for each tenure that begins or is another now."""
    before = dict(chain.from_iterable(people.tenures.values()))
    new = 0
    for held in seats.values():
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
