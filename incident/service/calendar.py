"""Duty as a calendar (RFC 5545): a post of a shift is an event, under the same UID whoever keeps it.

Whoever takes a file over again gets each event as it is now (RFC 5546, 2.1.5): the higher SEQUENCE counts, of
equal ones the later DTSTAMP, which is when the file was made.

    foreseen    TENTATIVE, SEQUENCE the entry since which the roster stands, until it is recorded
    recorded    CONFIRMED, SEQUENCE one more than the entry since which the event is as it is
    struck      CANCELLED, after it was recorded and nobody is to keep it any more; and what was foreseen of
                a roster that stands no more, for somebody may have taken that over before it ended

In a file of one person their own events alone stand. What was foreseen for them and is another's now is not
in it any more: such a file takes the place of the one before, as a calendar that is subscribed to does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from incident.domain import schedule
from incident.domain.duty import Duty, passed
from incident.domain.people import FOREVER
from incident.domain.playbook import Playbook, Roster
from incident.service.ports import Reading
from incident.service.rota import FORESEEN, Rota, rota

if TYPE_CHECKING:
    from icalendar import Event

#: Who made the calendar.
PRODUCT = "-//incident//duty//EN"

#: A post of a shift: roster, beginning of the shift, post.
_Key = tuple[str, int, str]


class Shifts(NamedTuple):
    """The whole shifts that lie in a time at least in part."""

    found: Rota
    #: What was recorded of them, and then given otherwise.
    struck: Sequence[Duty]
    #: Pieces of shifts that were foreseen and will not be, for their roster stands no more.
    over: Sequence[Duty]
    #: By roster, the entry since which it stands.
    started: Mapping[str, int]
    at: int


class _Happening(NamedTuple):
    """An event to be: what is kept of a post of a shift, in order of time."""

    pieces: Sequence[Duty]
    status: str
    sequence: int


def shifts(tx: Reading, code: str, since: int, until: int, now: int) -> Shifts:
    """Gather what a calendar from one instant to before another tells. Raises `JournalError`."""
    part = rota(tx, code, since, until, now)
    # of a shift that was cut short what was struck may lie in this time, and what was kept before it
    lying = [*part.pieces, *tx.duties(code, since=since, until=until, is_struck=True)]
    begins = min([since, *(one.shift for one in lying)])
    ends = max([until, *(one.till for one in lying)])
    whole = rota(tx, code, begins, ends, now)
    there = {(one.roster, one.shift) for one in lying}
    pieces = [one for one in whole.pieces if (one.roster, one.shift) in there]
    struck = tx.duties(code, since=begins, until=ends, is_struck=True)
    struck = [one for one in struck if (one.roster, one.shift) in there]
    gone = _gone(whole, since - (until - since))
    lasts = [one for last in gone.values() for one in last if one.since < one.until]
    pieces += [one for one in lasts if (one.roster, one.shift) not in there]
    over = [one for key, last in gone.items() for one in _over(whole, key, last, since, until)]
    started = {key: stood.since for (kind, key), stood in tx.standing(code).items() if kind == "roster"}
    return Shifts(whole._replace(pieces=pieces), struck, over, started, now)


def _gone(found: Rota, since: int) -> dict[str, Sequence[Duty]]:
    """Give the last shift of each roster that stands no more, and has ended since an instant."""
    return {
        key: last
        for key, last in found.case.newest.items()
        if key not in found.case.keepings and max((one.until for one in last), default=0) > since
    }


def _over(found: Rota, key: str, last: Sequence[Duty], since: int, until: int) -> Iterator[Duty]:
    """Give the shifts of a time that were to follow the last one of a roster."""
    roster = _roster(found.playbook, key)
    if roster is None:
        return
    ended = max(one.until for one in last)
    at = schedule.first_handover(roster, max(ended, since) - 1, found.case.zone)
    while at < until:
        till = schedule.following_handover(roster, at, found.case.zone)
        for one in {one.piece.post: one for one in last}.values():
            yield replace(one, shift=at, till=till, since=at, until=till, ended=one.seq)
        at = till


def _roster(playbook: Playbook, key: str) -> Roster | None:
    return next((state.rosters[key] for state in playbook.states.values() if key in state.rosters), None)


def calendar(
    told: Shifts,
    *,
    roster: str | None = None,
    holder: str | None = None,
    name: str,
    title: Callable[[Sequence[Duty]], str],
    description: Callable[[Sequence[Duty]], str],
) -> bytes:
    """Give a calendar of some shifts, of one roster or holder if named; `title` puts an event into words."""
    from icalendar import Calendar  # slow to import, and nothing else needs it

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", told.found.playbook.jurisdiction.zone)
    for key, one in sorted(_happenings(told, holder).items()):
        if roster in (None, key[0]):
            words = title(one.pieces), description(one.pieces)
            made.add_component(_event(_uid(told.found, key), told.at, one, *words))
    body: bytes = made.to_ical()
    return body


def _happenings(told: Shifts, holder: str | None) -> dict[_Key, _Happening]:
    """Give what there is to tell of each post, of one holder or of all."""
    now, recorded = _by_post(told.found.pieces, holder), _recorded(told)
    versions: dict[tuple[str, int], set[int]] = {}
    for one in recorded:
        versions.setdefault((one.roster, one.shift), set()).add(one.seq)
    kept = _by_post(recorded, holder)
    gone = {
        key: _Happening(one, "CANCELLED", one[-1].seq + 1) for key, one in _by_post(told.over, None).items()
    }
    return gone | {
        key: _happening(
            now.get(key, []),
            kept.get(key, []),
            sorted(versions.get(key[:2], ())),
            told.started.get(key[0], 0),
        )
        for key in {*now, *kept}
    }


def _recorded(told: Shifts) -> list[Duty]:
    """Give every piece that was recorded, also where what is foreseen stands in its place."""
    newest = chain.from_iterable(told.found.case.newest.values())
    shown = {(one.roster, one.shift) for one in told.found.pieces}
    there = chain(told.struck, told.found.pieces, (one for one in newest if (one.roster, one.shift) in shown))
    return [*{(one.seq, one.n): one for one in there if one.seq != FORESEEN}.values()]


def _happening(now: list[Duty], recorded: list[Duty], versions: Sequence[int], started: int) -> _Happening:
    """Say how a post of a shift stands, and since which of the entries `versions` that assigned the shift.

    What is not recorded yet is so since entry `started` of its roster.
    """
    by_version = {seq: [one for one in recorded if one.seq == seq] for seq in versions}
    if not now:
        last = [there for there in by_version.values() if there][-1]
        return _Happening(last, "CANCELLED", max(one.ended or one.seq for one in last) + 1)
    if any(one.seq == FORESEEN for one in now):
        return _Happening(now, "TENTATIVE", versions[-1] + 1 if versions else started)
    others = [seq for seq, there in by_version.items() if passed(there, FOREVER) != passed(now, FOREVER)]
    since = min(seq for seq in versions if seq > max(others, default=-1))
    return _Happening(now, "CONFIRMED", since + 1)


def _by_post(pieces: Iterable[Duty], holder: str | None) -> dict[_Key, list[Duty]]:
    """Give the pieces of each post of a shift in order of time, those of one holder or all."""
    found: dict[_Key, list[Duty]] = {}
    for one in sorted(pieces, key=lambda one: (one.since, one.seq, one.n)):
        if holder in (None, one.piece.holder):
            found.setdefault((one.roster, one.shift, one.piece.post), []).append(one)
    return found


def _uid(found: Rota, key: _Key) -> str:
    """Name a post of a shift, the same for ever."""
    roster, shift, post = key
    return f"{found.situation.jurisdiction}-{roster}-{shift}-{post}@incident"


def _event(uid: str, made: int, one: _Happening, title: str, description: str) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", _at(made))
    event.add("dtstart", _at(one.pieces[0].since))
    event.add("dtend", _at(max(piece.until for piece in one.pieces)))
    event.add("summary", title)
    event.add("description", description)
    event.add("status", one.status)
    event.add("sequence", one.sequence)
    return event


def _at(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
