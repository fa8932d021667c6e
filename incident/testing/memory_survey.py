"""What the store in memory tells of many jurisdictions at once (`service/survey.py`)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from incident.domain.playbook import encode
from incident.domain.timer import Timer
from incident.service.survey import (
    LOST_FOR,
    MISSED_FOR,
    OPEN_KINDS,
    RETRIED,
    UNSIGNED_FOR,
    Asked,
    Missed,
    Overdue,
    Place,
    Places,
    Survey,
    Unsigned,
)
from incident.testing.shelf import Shelf, rows
from incident.testing.told import NoticesRead


class SurveyRead(NoticesRead):
    """The part of a look that sees many jurisdictions at once."""

    def _all(self) -> dict[str, Shelf]:
        """Give what is seen, by jurisdiction."""
        raise NotImplementedError

    def places(self) -> Places:
        """Say where all jurisdictions stand."""
        return Places([_place(code, shelf) for code, shelf in sorted(self._all().items())], [])

    def entries_of_all(self) -> int:
        """Count the entries of all journals together."""
        return sum(shelf.log.situation.version for shelf in self._all().values())

    def survey(self, *, at: int) -> Survey:
        """Say what is open at an instant in all jurisdictions."""
        there = dict(sorted(self._all().items()))
        lost = [one.letter for one in self._lost(at - LOST_FOR)]
        return Survey(
            overdue={
                code: late for code, shelf in there.items() if (late := _overdue(shelf, at)) is not None
            },
            aside={code: n for code, shelf in there.items() if (n := _aside(shelf))},
            undelivered=Counter(one.code for one in self._waiting(None)),
            lost=Counter(one.code for one in lost if one.lost != "stale" and one.at >= at - LOST_FOR),
            items=[
                (code, kind, key, stood.item)
                for code, shelf in there.items()
                for (kind, key), stood in shelf.standing.items()
                if kind in OPEN_KINDS
            ],
            missed=[one for code, shelf in there.items() for one in _missed(code, shelf, at)],
            unsigned=[one for code, shelf in there.items() for one in _unsigned(code, shelf, at)],
        )

    def given_up(self, asked: Sequence[Asked]) -> dict[tuple[str, str], set[str]]:
        """Give for whom nobody was left to ask, by (code, key) of the call-out."""
        found: dict[tuple[str, str], set[str]] = {}
        for one in asked:
            for timer in _ended(self._all().get(one.code)):
                is_its = (timer.what, timer.key) == (
                    "answer",
                    one.key,
                ) and one.since <= timer.due <= one.until
                if is_its and timer.end in ("fired", "fired_late") and timer.reason is not None:
                    found.setdefault((one.code, one.key), set()).update(timer.reason.split(", "))
        return found

    def bodies(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
        """Give the bytes of playbooks by (code, hash)."""
        found: dict[tuple[str, str], bytes] = {}
        for code, digest in wanted:
            shelf = self._all().get(code)
            seq, playbook = (0, None) if shelf is None else shelf.book.playbooks.get(digest, (0, None))
            if shelf is not None and playbook is not None and seq < shelf.version:
                found[code, digest] = encode(playbook)
        return found


def _place(code: str, shelf: Shelf) -> Place:
    situation = shelf.log.situation
    newest = max((one for one in shelf.checkpoints if one.size <= situation.version), default=None)
    known = {name: getattr(situation, name) for name in Place._fields[1:-1]}
    return Place(code=code, **known, signed_at=None if newest is None else newest.at)


def _ended(shelf: Shelf | None) -> Iterator[Timer]:
    found = iter(()) if shelf is None else rows(shelf.book.ended, shelf.ended, 0)
    return (timer for _seq, timer in found)


def _overdue(shelf: Shelf, at: int) -> Overdue | None:
    late = [
        one.timer.wake
        for one in shelf.open.values()
        if one.next_at is not None and one.next_at <= at + RETRIED and one.timer.wake <= at
    ]
    return Overdue(min(late), len(late)) if late else None


def _aside(shelf: Shelf) -> int:
    return sum(one.next_at is None for one in shelf.open.values())


def _missed(code: str, shelf: Shelf, at: int) -> list[Missed]:
    deadlines = [one for one in _ended(shelf) if one.what == "deadline" and one.end != "cancelled"]
    deadlines += [one.timer for one in shelf.open.values() if one.timer.what == "deadline"]
    passed = [one for one in deadlines if one.wake <= at and one.due <= at]
    found = defaultdict[tuple[str, bool], list[int]](list)
    for one in passed:
        filed = shelf.book.filed.get((one.key, one.of), {}).get(one.due, shelf.version)
        if one.result != "missed" or one.due < at - MISSED_FOR or filed < shelf.version:
            continue
        later = [other for other in passed if (other.key, other.of) == (one.key, one.of)]
        found[one.key, any(other.due > one.due for other in later)].append(one.due)
    return [Missed(code, key, later, min(dues), len(dues)) for (key, later), dues in sorted(found.items())]


def _unsigned(code: str, shelf: Shelf, at: int) -> list[Unsigned]:
    return [
        Unsigned(code, one.key, one.about)
        for one in _ended(shelf)
        if (one.what, one.result) == ("signature", "missed")
        and at - UNSIGNED_FOR <= one.due <= at
        and ("roster", one.key) in shelf.standing
    ]
