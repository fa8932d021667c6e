"""What the service makes of a jurisdiction, without a store: entries, what stands, promised times."""

from __future__ import annotations

from typing import Any

from incident.domain import clock
from incident.domain.agenda import Agenda
from incident.domain.facts import AnyFact, Closed, ItemStarted, PlaybookAdopted, ReportFiled
from incident.domain.firing import Case, Proposal, fire
from incident.domain.journal import FORMAT, Came, Entry
from incident.domain.playbook import Playbook
from incident.domain.situation import Situation, Standing, evolve, stand
from incident.domain.timer import Closing, Timer
from tests.domain.strategies import Walk, plain_posture
from tests.playbooks import CODE, HASH, HOUR, at_rest


class Life:
    """One jurisdiction, entry by entry."""

    def __init__(self, code: str = CODE) -> None:
        self.code = code
        self.situation: Situation | None = None
        self.standing: Standing = {}
        self.agenda = Agenda()
        self.entries: list[Entry] = []
        self.rows: dict[tuple[int, int], Timer] = {}
        self.closings: list[Closing] = []

    def put(self, at: int, *facts: AnyFact, **words: Any) -> None:
        """Record facts; a row that ended is never touched again."""
        entry = Entry(
            v=FORMAT,
            program="test",
            jurisdiction=self.code,
            seq=len(self.entries),
            at=clock.stamp(at),
            playbook=HASH,
            facts=list(facts),
            **words,
        )
        self.entries.append(entry)
        left = self.situation
        self.situation = evolve(left, self.code, at, facts)
        stand(self.standing, entry.seq, facts)
        self.agenda.follow(entry, left, self.situation, self.standing)
        settled = self.agenda.settled()
        assert [one.n for one in settled if one.seq == entry.seq] == [*range(self._new(settled))]
        for timer in settled:
            before = self.rows.get((timer.seq, timer.n))
            assert (before is None) == (timer.seq == entry.seq)
            assert before is None or before.end is None
            self.rows[timer.seq, timer.n] = timer
        self.closings, self.agenda.closings = [*self.closings, *self.agenda.closings], []

    def _new(self, settled: list[Timer]) -> int:
        return sum(one.seq == len(self.entries) - 1 for one in settled)

    def catch_up(self, at: int) -> None:
        """Carry out what is due, entry after entry."""
        while due := [one for one in self.open if one.wake <= at]:
            assert self.situation is not None
            filed = {(one.key, one.of, one.due): one.seq for one in self.closings}
            self.put(at, *fire(due, Case(self.situation, self.standing, filed, at, found)))

    def tick(self, at: int) -> None:
        """Let a worker run: everything comes at its instant."""
        while (wake := min((one.wake for one in self.open), default=at)) < at:
            self.catch_up(wake)
        self.catch_up(at)

    def file(self, at: int, sender: str) -> None:
        """Let somebody report all that is owed within six hours."""
        closes = [
            Closed(key=one.key, of=one.of, due=clock.stamp(one.due))
            for one in self.open
            if one.what == "deadline" and one.of == sender and one.due < at + 6 * HOUR
        ]
        self.put(at, ReportFiled(sender=sender, form="x", closes=closes))

    @property
    def open(self) -> list[Timer]:
        return [*self.agenda.open.values()]


def found(timer: Timer) -> Proposal:
    waiting = ["flood"] if timer.due // HOUR % 3 else []
    return Proposal("home", None, waiting, is_feed_silent=timer.due // HOUR % 5 == 0, deciders=["command"])


def begun(plan: Playbook) -> Life:
    life, start = Life(plan.jurisdiction.code), at_rest(plan)
    adopted = PlaybookAdopted(
        name=start.name, playbook=start.playbook, state=plan.initial, zone=plan.jurisdiction.zone
    )
    items = plain_posture(plan.states[plan.initial])
    started = [ItemStarted(kind=kind, key=key, after=item) for (kind, key), item in items.items()]
    life.put(start.since, adopted, *started)
    return life


def ask(life: Life, step: Walk) -> None:
    """Record what came of a request."""
    effective = step.decision.effective_at
    life.put(
        step.now,
        *step.decision.facts,
        came=Came(id="1", source="test", type=step.request.event, time=clock.stamp(step.now), data={}),
        step=None if step.decision.plan is None else step.decision.plan.step,
        effective_at=None if effective == step.now else clock.stamp(effective),
    )
