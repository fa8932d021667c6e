"""What was so before an entry, rebuilt from the entries before it: what deciding it again may look at.

`Past` answers what a `Reading` of the store would have answered then, as far as deciding looks: the same
functions decide again that decided first, and neither a table nor a later entry has a say in it. Times and
pieces of duty that can matter no more are let go of, so a long journal takes little memory.

Where bodies were dropped it begins with their snapshot: what stands, is promised and is on duty is known
then, and nothing that had ended (`verify_before.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from operator import attrgetter
from typing import Any, Final, cast

from incident.domain import tree
from incident.domain.duty import Duty
from incident.domain.facts import ReportFiled
from incident.domain.facts_record import DirectoryChanged, PersonErased
from incident.domain.filing import Corrected, Valid
from incident.domain.journal import Entry, sealed_parts
from incident.domain.playbook import Playbook
from incident.domain.situation import Situation, Standing
from incident.domain.timer import Closing, Timer
from incident.service.filing import earliest
from incident.service.opened import Recorded, Replay, read_entry
from incident.service.ports import Log, Reading, Stored

#: How many times and pieces are looked through at once for those that can matter no more.
_MANY = 2000
#: Seconds for which they are kept beyond what deciding looks back: clocks are set back.
_MARGIN = 40 * 86400
#: Seconds that most of what is decided looks back at most; what is that near is found sooner.
NEAR = 10 * 86400
_EVER = -(2**62)
#: What of it is not made of the entries; all else is kept, and handed to whoever goes on elsewhere.
_GIVEN: Final = frozenset({"_source", "_code", "_replay", "_playbooks"})
#: Facts that are remembered beside times and duty.
_NEWS: Final = frozenset({ReportFiled, DirectoryChanged, PersonErased})


class Moved:
    """What an entry made of promised times and of duty."""

    __slots__ = ("closings", "duties", "timers")

    def __init__(self, replay: Replay) -> None:
        """Take what the entry that was replayed last has touched."""
        self.timers = replay.agenda.settled() if replay.agenda.touched else []
        self.duties = replay.duties.settled() if replay.duties.touched else []
        self.closings, replay.agenda.closings = replay.agenda.closings, []


#: Of most entries.
_NOTHING: Final = Moved(Replay(""))


def moved_by(replay: Replay) -> Moved:
    """Give what the entry that was replayed last made of promised times and of duty."""
    agenda = replay.agenda
    return Moved(replay) if agenda.touched or agenda.closings or replay.duties.touched else _NOTHING


class Past:
    """The state of one jurisdiction between two entries."""

    def __init__(self, source: Recorded, code: str, replay: Replay) -> None:
        """Look at what `replay` has rebuilt so far."""
        self._source, self._code, self._replay = source, code, replay
        self._playbooks: dict[str, Playbook] = {}
        #: Deadlines and handovers: all that may matter, and those that are near.
        self._times: dict[tuple[int, int], Timer] = {}
        self._near: dict[tuple[int, int], Timer] = {}
        self._near_since = _EVER
        self._duties: dict[tuple[int, int], Duty] = {}
        self._closings: dict[tuple[str, str, int], Closing] = {}
        self._most = self._most_near = _MANY
        #: Of times promised, and of duty kept, before these instants not all is known any more.
        self.times_since = self.duties_since = _EVER
        #: Entries before this one are known by their snapshot alone, and the latest instant of them.
        self.began, self.began_at = 0, _EVER
        #: Of times due before this instant none is known.
        self.known_from = _EVER
        #: Entry of the filing that closed each occurrence.
        self.filed: dict[tuple[str, str, int], int] = {}
        #: By entry of a correction the filing that was first; by that one what is valid of it.
        self._first: dict[int, int] = {}
        self._valid: dict[int, Valid] = {}
        #: Holders of whom the directory speaks, and whether they were erased.
        self.holders: dict[str, bool] = {}
        #: By holder, the ways by which the directory reached them last.
        self.ways: dict[str, list[str]] = {}
        if replay.situation is not None:
            self._begin(replay.situation.version)

    def _begin(self, size: int) -> None:
        """Take what is open, and who is on duty, from the snapshot of `size` entries."""
        replay = self._replay
        open_ = [one for one in replay.agenda.open.values() if one.what in ("deadline", "handover")]
        self._times = {(one.seq, one.n): one for one in open_}
        self._near = dict(self._times)
        self._duties = {(one.seq, one.n): one for one in self.newest_duties(self._code)}
        self.began = size
        self.began_at = replay.at if replay.span is None else max(replay.at, replay.span.latest)
        self.known_from = min([self.began_at, *(one.due for one in open_)])
        self.duties_since = self.began_at

    # -- what deciding looks at, as a `Reading` has it

    @property
    def reading(self) -> Reading:
        """Give the same as what deciding asks for; of a `Reading` it has what it looks at."""
        return cast("Reading", self)

    @property
    def situation(self) -> Situation:
        """Give the situation. Of a journal without an entry there is none: `LookupError`."""
        if self._replay.situation is None:
            raise LookupError("a journal begins with PlaybookAdopted")
        return self._replay.situation

    @property
    def log_now(self) -> Log | None:
        """Give the situation as a log has it; none before the first entry."""
        return None if self._replay.situation is None else Log(self._replay.situation, [])

    @property
    def there(self) -> Standing:
        """Give what stands."""
        return self._replay.standing

    @property
    def open(self) -> dict[object, Timer]:
        """Give the open timers by what tells them apart."""
        return cast("dict[object, Timer]", self._replay.agenda.open)

    def standing(self, _code: str) -> Standing:
        """Give what stands."""
        return self._replay.standing

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:
        """Give a playbook, read anew from the record the first time."""
        if digest not in self._playbooks or afresh:
            self._playbooks[digest] = self._source.playbook(code, digest, afresh=True)
        return self._playbooks[digest]

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from `since` on that had been written."""
        size = 0 if self._replay.situation is None else self._replay.situation.version
        return takewhile(lambda stored: stored.seq < size, self._source.entries(code, since=since))

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) of all that remain of the entries from `since` on."""
        return self._source.disclosures(code, since=since)

    def subtrees(self, code: str, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Give leaves by (0, number of the entry); no higher subtree is known."""
        return [next(self.entries(code, since=seq)).leaf for _leaf, seq in places]

    def root(self, size: int) -> bytes:
        """Give the root of the first `size` entries, from their leaves."""
        peaks: list[bytes] = []
        for stored in islice(self.entries(self._code), size):
            peaks = tree.append(stored.seq, peaks, stored.leaf)
        return tree.root(peaks)

    def open_timers(self, _code: str) -> list[Timer]:
        """Give all open timers."""
        return self._replay.open_timers()

    def timers(self, _code: str, *, since: int, until: int) -> list[Timer]:
        """Give the deadlines and handovers promised from `since` to before `until`, by instant."""
        kept = self._near if since >= self._near_since else self._times
        found = [one for one in kept.values() if since <= one.due < until]
        return sorted(found, key=attrgetter("due", "seq", "n"))

    def closings(self, _code: str, *, since: int = 0) -> Iterator[tuple[int, Closing]]:
        """Give (entry, closing) of the occurrences closed from entry `since` on."""
        return ((one.seq, one) for one in self._closings.values() if one.seq >= since)

    def newest_duties(self, _code: str) -> list[Duty]:
        """Give the pieces of the newest shift of each roster."""
        return self._replay.newest_duties()

    def duties(self, _code: str, *, since: int, until: int) -> list[Duty]:
        """Give the pieces of duty that count and lie between two instants, by beginning."""
        there = [one for one in self._duties.values() if not one.is_void and one.since < one.until]
        found = [one for one in there if one.until > since and one.since < until]
        return sorted(found, key=attrgetter("since", "seq", "n"))

    def valid(self, closing: Closing) -> Valid:
        """Give what is valid of a filing."""
        return self._valid.get(closing.seq, Valid(closing.seq, closing.zero))

    def sealed(self, seq: int) -> tuple[str | None, set[str]]:
        """Give the verb of an entry and the names of what it holds sealed; nothing of one to come."""
        stored = next(self.entries(self._code, since=seq), None)
        if stored is None or stored.seq != seq:
            return None, set()
        entry = read_entry(self._code, stored)
        return entry.verb, {*sealed_parts(entry)}

    def corrected(self, seq: int) -> Corrected | None:
        """Give the filing that an entry is, to be corrected; none where it is none."""
        stored = next(self.entries(self._code, since=seq), None)
        facts = [] if stored is None or stored.seq != seq else read_entry(self._code, stored).facts
        filing = next((fact for fact in facts if isinstance(fact, ReportFiled)), None)
        if filing is None:
            return None
        newest = self._valid.get(self._first.get(seq, seq), Valid(seq, zero=False)).seq
        return Corrected(filing.form, filing.sender, newest if newest > seq else None)

    # -- going on, here or in another process

    @property
    def kept(self) -> list[Any]:
        """Give all that it has kept of the entries taken; but for playbooks, which are in the record."""
        return [getattr(self, name) for name in self._names]

    @kept.setter
    def kept(self, values: list[Any]) -> None:
        for name, value in zip(self._names, values, strict=True):
            setattr(self, name, value)

    @property
    def _names(self) -> list[str]:
        return [name for name in vars(self) if name not in _GIVEN]

    def follow(self, entry: Entry, moved: Moved) -> None:
        """Take in an entry that was replayed."""
        if moved is _NOTHING and _NEWS.isdisjoint(map(type, entry.facts)):
            return
        for timer in moved.timers:
            if timer.what in ("deadline", "handover"):
                self._times[timer.seq, timer.n] = self._near[timer.seq, timer.n] = timer
        for duty in moved.duties:
            self._duties[duty.seq, duty.n] = duty
        for closing in moved.closings:
            occurrence = (closing.key, closing.of, closing.due)
            self._closings[occurrence], self.filed[occurrence] = closing, closing.seq
        if not _NEWS.isdisjoint(map(type, entry.facts)):
            self._learn(entry)
        if len(self._near) > self._most_near:
            self._forget_far()
        if len(self._times) + len(self._duties) > self._most:
            self._forget()

    def _learn(self, entry: Entry) -> None:
        for fact in entry.facts:
            match fact:
                case ReportFiled() if fact.corrects is not None:
                    first = self._first.get(fact.corrects, fact.corrects)
                    self._first[entry.seq], self._valid[first] = first, Valid(entry.seq, fact.zero)
                case DirectoryChanged():
                    self.holders |= dict.fromkeys(fact.ways, False)
                    self.ways |= fact.ways
                case PersonErased():
                    self.holders[fact.holder] = True
                case _:
                    pass

    def _forget_far(self) -> None:
        self._near_since = max(self._near_since, self._replay.at - NEAR)
        self._near = {
            place: one for place, one in self._near.items() if one.end is None or one.due >= self._near_since
        }
        self._most_near = 2 * len(self._near) + _MANY

    def _forget(self) -> None:
        """Let go of what ended so long ago that deciding looks at it no more."""
        at = self._replay.at
        since = earliest(self.reading, self._code, self.situation, self.there, at) - _MARGIN
        self.times_since = max(self.times_since, since)
        self._times = {
            place: one for place, one in self._times.items() if one.end is None or one.due >= since
        }
        self.duties_since = max(self.duties_since, at - 2 * _MARGIN)
        newest = {(one.seq, one.n) for one in self.newest_duties(self._code)}
        self._duties = {
            place: one
            for place, one in self._duties.items()
            if one.until >= self.duties_since or place in newest
        }
        first = min((seq for seq, _n in self._times), default=0)
        self._closings = {key: one for key, one in self._closings.items() if one.seq >= first}
        self.filed = {key: one.seq for key, one in self._closings.items()}
        self._most = 2 * (len(self._times) + len(self._duties)) + _MANY
