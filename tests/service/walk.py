"""A walk at random through what people do about duty in Majian; the laws of duty hold after each step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from random import Random
from typing import NamedTuple

from incident.domain.directory import Row
from incident.domain.errors import IncidentError
from incident.domain.people import is_named, people_of
from incident.service.verify import verify
from tests.service.office import Office, row

MINUTE, HOUR, DAY = 60, 3600, 86400
WATCH, TRACING = "watch", "regional_cocheck_watch"
POSTS = ("lead", "officer.1")
#: Seats, and who may be given them.
SEATS = (
    ("duty.leader", ("P1", "P2", "P3", "L1")),
    ("全体机关干部", ("H1", "H2", "H3", "H4", "P1")),
    ("综合信息指挥室", ("T1", "T2", "T3", "H1")),
    ("command.leader", ("L1", "P1")),
)
SIGNS = sorted({sign for _seat, signs in SEATS for sign in signs} | {"P9"})


class Run(NamedTuple):
    """A time in which a post is kept by one and the same, or by nobody."""

    since: int
    until: int
    holder: str | None


Runs = dict[tuple[str, str], list[Run]]


class Walk:
    """Walks at random; whatever is refused is refused, and the laws hold all the same."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.office = Office("majian")
        self.begins = self.told_until = self.office.clock()
        self.told: Runs = {}
        self.erased: dict[str, int] = {}
        if self.random.random() < 2 / 3:
            self._take_in()
        self._acts: list[Callable[[], None]] = [
            *[self._pass_time] * 7,
            *[self._override, self._cover] * 4,
            *[self._import, self._swap] * 3,
            *[self._withdraw] * 2,
            *[self._switch, self._switch, self._erase, self._answer],
        ]

    def go(self, steps: int) -> None:
        """Walk so many steps."""
        for step in range(steps):
            with suppress(IncidentError):
                self.random.choice(self._acts)()
            self._hold_laws(is_verified=step % 8 == 0)
        self.office.sweep()
        self._hold_laws(is_verified=True)
        self.office.expect_account()

    # -- what people do

    def _take_in(self) -> None:
        since = "2026-01-01"
        rows = [row("全体机关干部", f"H{n}", name=f"甲{n}", since=since) for n in range(1, 5)]
        rows += [row("综合信息指挥室", f"T{n}", channels=(f"mail:t{n}@b.cn",), since=since) for n in (1, 2)]
        self.office.take_in(*rows)

    def _import(self) -> None:
        rows = []
        for n in range(self.random.choice((1, 1, 2, 4))):
            seat, signs = self.random.choice(SEATS)
            days = self.random.choice((-50, 0, 3, 20))
            words = {"since": self.office.shown(self.office.clock() + days * DAY)[:10]}
            if self.random.random() < 1 / 4:
                words["until"] = self.office.shown(self.office.clock() + (days + 9) * DAY)[:10]
            rows.append(self._row(seat, self.random.choice(signs), n, words))
        self.office.take_in(*rows)

    def _row(self, seat: str, sign: str, n: int, words: Mapping[str, str]) -> Row:
        channels = self.random.choice(((), ("-",), (f"mail:{sign.lower()}@b.cn",)))
        return row(seat, sign, line=n + 2, channels=channels, **words)

    def _override(self) -> None:
        since, until = self._time()
        self.office.override(self._roster(), self._sign(), post=self._post(), since=since, until=until)

    def _withdraw(self) -> None:
        self.office.withdraw(self._roster(), post=self._post(), since=self._time()[0])

    def _swap(self) -> None:
        self.office.swap(self._roster(), self._time()[0], self._time()[0], post=self._post())

    def _cover(self) -> None:
        since, until = self._time()
        by = self.random.choice((None, None, self._sign()))
        why = self.random.choice(("sick", "leave"))
        self.office.cover(self._sign(), by=by, since=since, until=until, why=why)

    def _switch(self) -> None:
        if self.office.situation.incident is None:
            self.office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
        else:
            self.office.stand_down()

    def _erase(self) -> None:
        sign = self._sign()
        self.office.erase(sign)
        self.erased[sign] = self.office.clock()

    def _answer(self) -> None:
        self.office.answer(holder=self._sign())

    def _pass_time(self) -> None:
        """Let time pass with a worker or without: what comes is what was foreseen before."""
        now = self.office.clock()
        seconds = self.random.choice((1, 59, 10 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 9 * DAY))
        foreseen = self._runs(now, now + seconds)
        if self.random.random() < 1 / 2:
            self.office.after(seconds=seconds)
        else:
            self.office.clock.after(seconds=seconds)
            assert self._runs(now, now + seconds) == foreseen, "shown while no worker runs"
            if self.random.random() < 1 / 2:
                self.office.sweep()
        assert self._runs(now, now + seconds) == foreseen, "recorded"

    def _sign(self) -> str:
        on_duty = [one.piece.holder or "" for one in self.office.rota().pieces]
        return self.random.choice([*SIGNS, *on_duty, *on_duty])

    def _roster(self) -> str:
        return self.random.choice((WATCH, WATCH, TRACING))

    def _post(self) -> str:
        return self.random.choice(POSTS)

    def _time(self) -> tuple[str, str]:
        """Give two times as people type them, the first seldom past."""
        begins = self.random.choice((-HOUR, 0, 0, MINUTE, 5 * HOUR, 30 * HOUR, 3 * DAY))
        lasts = self.random.choice((MINUTE, HOUR, 10 * HOUR, DAY, 2 * DAY, 9 * DAY))
        since = self.office.clock() + begins
        return self.office.shown(since), self.office.shown(since + lasts)

    # -- the laws

    def _hold_laws(self, *, is_verified: bool) -> None:
        now = self.office.clock()
        runs = self._runs(self.begins, now + self.random.choice((2, 5, 28)) * DAY)
        self._hold_past(runs, now)
        self._hold_posts(runs)
        for sign, times in _by_holder(runs).items():
            assert all(a.until <= b.since for a, b in pairwise(times)), f"{sign} at two posts"
            self._hold_absences(sign, times, now)
        if is_verified:
            with self.office.store.reading() as tx:
                assert verify(tx, self.office.code).replayed

    def _hold_past(self, runs: Runs, now: int) -> None:
        """What was told of the past is told of it for ever."""
        assert _until(runs, self.told_until) == self.told
        self.told, self.told_until = _until(runs, now), now

    def _hold_posts(self, runs: Runs) -> None:
        for post in POSTS:
            kept = runs[WATCH, post]
            assert all(a.until == b.since for a, b in pairwise(kept)), f"a gap in the watch, {post}"
        for (roster, post), times in runs.items():
            assert all(a.until <= b.since for a, b in pairwise(times)), f"two at once: {roster} {post}"

    def _hold_absences(self, sign: str, times: Sequence[Run], now: int) -> None:
        for leave in people_of(self.office.standing).leaves.get(sign, ()):
            for one in times:
                is_there = one.since < leave.until and one.until > max(leave.since, now)
                assert not is_there, f"{sign} is on duty while away"
        erased = self.erased.get(sign)
        assert erased is None or all(one.until <= max(erased, now) for one in times), f"{sign} was erased"

    def _runs(self, since: int, until: int) -> Runs:
        """Give who keeps each post in a time, recorded and foreseen."""
        found: Runs = defaultdict(list)
        for one in sorted(self.office.rota(since, until).pieces, key=lambda one: one.since):
            begins, ends = max(one.since, since), min(one.until, until)
            mine = found[one.roster, one.piece.post]
            if begins < ends and mine and mine[-1][1:] == (begins, one.piece.holder):
                mine[-1] = mine[-1]._replace(until=ends)
            elif begins < ends:
                mine.append(Run(begins, ends, one.piece.holder))
        return found


def _until(runs: Runs, at: int) -> Runs:
    cut = {
        key: [one._replace(until=min(one.until, at)) for one in times if one.since < at]
        for key, times in runs.items()
    }
    return {key: times for key, times in cut.items() if times}


def _by_holder(runs: Runs) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = defaultdict(list)
    for times in runs.values():
        for one in times:
            if one.holder is not None and is_named(one.holder):
                found[one.holder].append(one)
    return {sign: sorted(times) for sign, times in found.items()}
