"""Ledgers of a kit as CSV: who was on duty, and which reports were owed.

Both are written from the entries alone, so they can be written again from a kit and compared. UTF-8 with a
byte order mark and CRLF, as spreadsheets expect it. A cell that a spreadsheet would take for a formula has an
apostrophe before it. Times are those of the wall clock, with the offset.

duty.csv has a row for each piece of a shift that an opened entry assigned. `counts` is `no` where the shift
was assigned anew later. reports.csv has a row for each report whose time, or whose filing, is in an opened
entry; `status` is `filed`, `late`, `missing` (never a zero report), `withdrawn`, or how else its time ended.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from incident.domain import clock, names
from incident.domain.clause import clauses_of_item
from incident.domain.duty import Duties, Duty
from incident.domain.errors import JournalError
from incident.domain.explain_time import promised
from incident.domain.facts import ReportFiled
from incident.domain.journal import Entry
from incident.domain.kit import Filter
from incident.domain.playbook import Playbook
from incident.domain.say import say, visible
from incident.domain.timer import Closing, Timer
from incident.service.exhibit import Record, replaying
from incident.service.opened import UNFOUNDED, read_entry

#: How a cell begins that a spreadsheet takes for a formula; in Chinese ones the wide signs too.
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_DUTY: Final = (
    *("entry", "roster", "roster_zh", "roster_en", "shift_from", "shift_to", "post", "from", "to"),
    *("holder", "name", "seat", "seat_zh", "seat_en", "rule", "marks", "counts"),
    *("minutes", "night_minutes", "rest_day_minutes", "holiday_minutes"),
)
_REPORTS: Final = (
    *("due", "report", "report_zh", "report_en", "owed_by", "owed_by_zh", "owed_by_en", "status"),
    *("filed_at", "late_minutes", "zero", "deadline_entry", "filing_entry", "corrected_by", "clause"),
)
Row = list[str | int]
#: What tells reports apart: obligation, who owes it, when it is due.
_Report = tuple[str, str, int]
#: How one ended: as what, by which filing, in which entry.
_Became = tuple[str, Closing | None, int | None]


def duty(record: Record, code: str, asked: Filter, called: Mapping[str, str]) -> Iterator[bytes]:
    """Write the ledger of duty; `called` gives the names that are shown, by sign."""
    return _table(_DUTY, _duty(record, code, asked, called))


def reports(record: Record, code: str, asked: Filter) -> Iterator[bytes]:
    """Write the ledger of reports."""
    return _table(_REPORTS, _Reports(record, code, asked).rows())


def guarded(cell: str) -> str:
    """Give a cell that no spreadsheet takes for a formula, on one line."""
    shown = visible(cell)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _table(heads: Iterable[str], rows: Iterable[Row]) -> Iterator[bytes]:
    line = io.StringIO()
    writer = csv.writer(line)
    yield b"\xef\xbb\xbf"
    for row in [[*heads]], rows:
        for cells in row:
            line.seek(0)
            line.truncate()
            writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in cells])
            yield line.getvalue().encode()


def _entries(record: Record, code: str, mark: bytes) -> Iterator[Entry]:
    """Give the entries in whose bytes a mark stands; most do not hold it."""
    for stored in record.entries(code):
        if mark in stored.body:
            yield read_entry(code, stored)


class _Assigned(NamedTuple):
    """An entry that assigned duty."""

    playbook: Playbook
    is_opened: bool


def _duty(record: Record, code: str, asked: Filter, called: Mapping[str, str]) -> Iterator[Row]:
    duties = Duties()
    by: dict[int, _Assigned] = {}
    for entry in _entries(record, code, b'"DutyAssigned"'):
        try:
            duties.follow(entry)
        except UNFOUNDED as error:
            raise JournalError(
                jurisdiction=code,
                seq=entry.seq,
                expected=say("facts that follow from those before"),
                found=str(error) or repr(error),
            ) from error
        by[entry.seq] = _Assigned(record.playbook(code, entry.playbook), asked.matches(entry))
        over = [one for one in duties.settled() if one.ended is not None]
        yield from (_duty_row(by[one.seq].playbook, one, called) for one in over if by[one.seq].is_opened)
        still = {one.seq for pieces in duties.newest.values() for one in pieces}
        by = {seq: by[seq] for seq in by if seq in still}
    for _roster, pieces in sorted(duties.newest.items()):
        yield from (_duty_row(by[one.seq].playbook, one, called) for one in pieces if by[one.seq].is_opened)


def _duty_row(playbook: Playbook, one: Duty, called: Mapping[str, str]) -> Row:
    zone, piece = playbook.jurisdiction.zone, one.piece
    roster = promised(playbook, one.roster)
    seat = None if piece.seat is None else names.name_of(playbook, piece.seat, ("seat", "unit"))
    return [
        *(one.seq, one.roster, roster.zh, roster.en),
        *(clock.shown(one.shift, zone), clock.shown(one.till, zone)),
        *(piece.post, clock.shown(one.since, zone), clock.shown(one.until, zone)),
        *(piece.holder or "", called.get(piece.holder or "", "")),
        *(piece.seat or "", "" if seat is None else seat.zh, "" if seat is None else seat.en),
        *(piece.rule, " ".join(piece.marks), "no" if one.is_void else "yes"),
        *((one.until - one.since) // 60, piece.night, piece.weekend, piece.holiday),
    ]


class _Reports:
    """Goes through the entries twice: for what came in late, and for the times at which reports were due."""

    def __init__(self, record: Record, code: str, asked: Filter) -> None:
        self._record, self._code, self._asked = record, code, asked
        #: Filings after the time of what they close, and whether they are opened.
        self._late: dict[_Report, tuple[Closing, bool]] = {}
        #: Filings before the time of what they close, besides with their playbook.
        self._ahead: dict[_Report, tuple[Playbook, Closing, bool]] = {}
        #: Newest correction of each filing.
        self._newest: dict[int, int] = {}

    def rows(self) -> Iterator[Row]:
        """Give the rows in the order in which the times ended, and last those whose time is still to come."""
        self._look_ahead()
        for _stored, entry, replay in replaying(self._record, self._code):
            ended = [one for one in replay.agenda.settled() if one.what == "deadline" and one.end is not None]
            closings, replay.agenda.closings = replay.agenda.closings, []
            if not ended and not closings:
                continue
            playbook = self._record.playbook(self._code, entry.playbook)
            is_opened = self._asked.matches(entry)
            self._ahead |= {_of(one): (playbook, one, is_opened) for one in closings if not one.late}
            for timer in sorted(ended, key=lambda one: (one.due, one.key, one.of)):
                yield from self._ended(playbook, entry, timer, is_opened=is_opened)
        for playbook, filing, is_opened in self._ahead.values():
            if is_opened:
                yield self._row(playbook, _of(filing), ("filed", filing, None))

    def _look_ahead(self) -> None:
        first: dict[int, int] = {}
        for entry in _entries(self._record, self._code, b'"ReportFiled"'):
            for fact in entry.facts:
                if isinstance(fact, ReportFiled):
                    is_opened = self._asked.matches(entry)
                    self._late |= {_of(one): (one, is_opened) for one in _closed(entry, fact) if one.late}
                    if fact.corrects is not None:
                        first[entry.seq] = first.get(fact.corrects, fact.corrects)
                        self._newest[first[entry.seq]] = entry.seq

    def _ended(self, playbook: Playbook, entry: Entry, timer: Timer, *, is_opened: bool) -> Iterator[Row]:
        report = (timer.key, timer.of, timer.due)
        _playbook, filing, is_filing_opened = self._ahead.pop(report, (None, None, False))
        if filing is None and timer.end != "cancelled":
            filing, is_filing_opened = self._late.pop(report, (None, False))
        if not is_opened and not is_filing_opened:
            return
        if filing is not None:
            status = "late" if filing.late else "filed"
        elif timer.result == "missed":
            status = "missing"
        else:
            status = "withdrawn" if timer.end == "cancelled" else str(timer.end)
        yield self._row(playbook, report, (status, filing, entry.seq))

    def _row(self, playbook: Playbook, report: _Report, became: _Became) -> Row:
        zone, (key, of, due) = playbook.jurisdiction.zone, report
        called, who = promised(playbook, key), names.name_of(playbook, of)
        status, filing, ended = became
        at: Row = ["", "", ""]
        entries: Row = ["" if ended is None else ended, "", ""]
        if filing is not None:
            at = [clock.shown(filing.at, zone), filing.late, "yes" if filing.zero else "no"]
            entries = [entries[0], filing.seq, self._newest.get(filing.seq, "")]
        return [
            *(clock.shown(due, zone), key, called.zh, called.en, of, who.zh, who.en),
            *(status, *at, *entries, " ".join(clauses_of_item(playbook, key))),
        ]


def _of(one: Closing) -> _Report:
    return one.key, one.of, one.due


def _closed(entry: Entry, fact: ReportFiled) -> Iterator[Closing]:
    """Give what a filing closes, as it is kept."""
    at = clock.read_stamp(entry.at)
    for one in fact.closes:
        yield Closing(one.key, one.of, clock.read_stamp(one.due), entry.seq, at, one.late, fact.zero)
