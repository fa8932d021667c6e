"""As of an instant: what a jurisdiction was by what had been recorded then, rebuilt from its journal.

"As of T" is the journal up to a cut: every entry recorded at T or before lies before it, every later one
behind it. The order of entries is certain, for the tree proves it; their times are what a clock showed. Where
a clock was set wrong or back no cut parts them so. Then it is the cut that leaves the fewest entries on the
wrong side, of several the latest, and the answer says how many there are (`astray`). So a few entries with
wrong times do not spoil all answers of the years between. A cut never moves back when T moves on, and as of
the latest recorded time it is the whole journal.

What then was is the nearest proven snapshot before the cut (`snapshots.py`) with the entries up to it.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from incident.domain import clock
from incident.domain.errors import RequestError
from incident.domain.facts_record import SnapshotTaken
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.domain.situation import Situation, Standing
from incident.service import opened, snapshots
from incident.service.handle import adopted
from incident.service.opened import Replay
from incident.service.ports import Reading


class Cut(NamedTuple):
    """Where an instant lies in a journal."""

    #: How many entries had been recorded.
    size: int
    #: How many of all entries lie on the wrong side of it by their own times.
    astray: int


class Past(Struct, frozen=True, kw_only=True):
    """A jurisdiction as of an instant."""

    at: int
    cut: Cut
    #: How many entries the snapshot covers that it was rebuilt from; 0: from the first entry.
    snapshot: int
    replay: Replay
    situation: Situation
    playbook: Playbook

    @property
    def standing(self) -> Standing:
        """Give what stood."""
        return self.replay.standing


def as_of(tx: Reading, code: str, at: int) -> Past:
    """Rebuild a jurisdiction as of an instant.

    Raises `RequestError` for a time before the adoption, `JournalError` where the record does not hold.
    """
    present = adopted(tx, code).situation
    said = snapshots.facts(tx, code)
    return _rebuilt(tx, code, at, cut_at(tx, code, at, said, present.version), said)


def after(tx: Reading, code: str, seq: int) -> Past:
    """Rebuild a jurisdiction as it was right after an entry, whatever its time and those of the others.

    Raises `RequestError` for an entry that is not there or has no body any more, `JournalError` as `as_of`.
    """
    stored = next(tx.entries(code, since=seq), None)
    if seq < 0 or stored is None or stored.seq != seq or seq < opened.first_body(tx, code):
        raise RequestError(
            where=say("entry"),
            expected=say("the number of an entry that has its body still"),
            found=str(seq),
            do=say("look: incident history"),
        )
    return _rebuilt(tx, code, stored.at, Cut(seq + 1, 0), snapshots.facts(tx, code))


def _rebuilt(tx: Reading, code: str, at: int, cut: Cut, said: list[SnapshotTaken]) -> Past:
    replay = snapshots.nearest(tx, code, cut.size, said)
    covered = snapshots.size_of(replay)
    situation = snapshots.go_on(tx, replay, code, cut.size).situation
    if situation is None:
        raise RequestError(
            where=say("time"),
            expected=say("a time since {code} was adopted", code=code),
            found=clock.shown(at, adopted(tx, code).situation.zone),
            do=say("look: incident history"),
        )
    return Past(
        at=at,
        cut=cut,
        snapshot=covered,
        replay=replay,
        situation=situation,
        playbook=tx.playbook(code, situation.playbook),
    )


def cut_at(tx: Reading, code: str, at: int, said: list[SnapshotTaken], version: int) -> Cut:
    """Find the cut of an instant; entries are looked at one by one where their snapshot does not tell."""
    size = recorded = behind = least = 0
    # `behind`: of those gone by, how many more were recorded after the instant than by it
    for since, until, span in snapshots.spans(said, version):
        if span is not None and (span[1] <= at or span[0] > at):
            n, is_by = until - since, span[1] <= at
            recorded += n if is_by else 0
            behind += -n if is_by else n
            if behind <= least:
                least, size = behind, until
            continue
        for seq, then in tx.recorded(code, since=since, until=until):
            recorded += then <= at
            behind += -1 if then <= at else 1
            if behind <= least:
                least, size = behind, seq + 1
    return Cut(size, recorded + least)
