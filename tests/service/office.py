"""An office at which people are taken in, set, exchanged and relieved: Majian, told through the service."""

from __future__ import annotations

from typing import Any

from incident.domain import clock
from incident.domain.directory import Row, Sheet
from incident.domain.facts import AnyFact, DutyAssigned
from incident.domain.handing import Side
from incident.domain.problem import Mark
from incident.service import calling, handover, opened, people, rota, shifts
from incident.service.handle import Outcome
from incident.service.who import Origin, Who, Why
from incident.testing import Drill
from incident.testing.given import fixed_chance

#: Why something is taken away, and the name of the second one who says so.
WHY = Why("second", "asked for", "PIPL 47")


def row(seat: str, holder: str, *, line: int = 2, **words: Any) -> Row:
    """A row of a file."""
    return Row(Mark("people.csv", line, 1), seat=seat, holder=holder, **words)


def sheet(*rows: Row) -> Sheet:
    """A file without faults of form."""
    return Sheet("people.csv", [*rows])


class Office(Drill):
    """A drill with its people."""

    def origin(self) -> Origin:
        self._asked += 1
        return Origin(Who(by="drill"), "office", str(self._asked))

    def take_in(self, *rows: Row) -> Outcome | None:
        return people.import_rows(
            self.store, self.code, sheet(*rows), origin=self.origin(), now=self.clock, chance=fixed_chance
        )

    def erase(self, holder: str, why: Why = WHY) -> Outcome:
        return people.erase(
            self.store, self.code, holder, why, origin=self.origin(), now=self.clock, chance=fixed_chance
        )

    def answer(self, *parties: str, holder: str | None = None, entry: int | None = None) -> Outcome:
        return calling.acknowledge(
            self.store,
            self.code,
            holder=holder,
            parties=parties,
            entry=entry,
            origin=self.origin(),
            now=self.clock,
            chance=fixed_chance,
        )

    def callouts(self) -> list[calling.Open]:
        with self.store.reading() as tx:
            return calling.open_callouts(tx, self.code)

    def sign(self, roster: str | None, *signatures: tuple[Side, str], **words: Any) -> Outcome:
        return handover.sign(
            self.store,
            self.code,
            roster,
            signatures,
            origin=words.pop("origin", None) or self.origin(),
            now=self.clock,
            chance=fixed_chance,
            **words,
        )

    def note(self, roster: str | None = None, *, of: str | None = None) -> handover.Draft:
        with self.store.reading() as tx:
            at = None if of is None else self.at(of)
            return handover.draft(tx, self.code, roster, self.clock(), of=at)

    def override(self, roster: str, holder: str, *, post: str | None = None, **words: Any) -> Outcome:
        """Set somebody, from now on unless said; times as people type them."""
        since = self.at(words["since"]) if "since" in words else None
        until = self.at(words["until"]) if "until" in words else None
        setting = shifts.Setting(roster, post, holder, since, until)
        return shifts.override(
            self.store,
            self.code,
            setting,
            why="drill",
            origin=self.origin(),
            now=self.clock,
            chance=fixed_chance,
        )

    def withdraw(self, roster: str, *, post: str | None = None, since: str | None = None) -> Outcome:
        """Take back whom somebody set for a post, now or at a time."""
        return shifts.withdraw(
            self.store,
            self.code,
            roster,
            None if since is None else self.at(since),
            post=post,
            why="drill",
            origin=self.origin(),
            now=self.clock,
            chance=fixed_chance,
        )

    def swap(self, roster: str, first: str, second: str, *, post: str | None = None) -> Outcome:
        return shifts.swap(
            self.store,
            self.code,
            roster,
            (self.at(first), self.at(second)),
            post=post,
            why=None,
            origin=self.origin(),
            now=self.clock,
            chance=fixed_chance,
        )

    def cover(self, holder: str, *, by: str | None = None, **words: Any) -> Outcome:
        since = self.at(words["since"]) if "since" in words else None
        until = self.at(words["until"]) if "until" in words else None
        absence = shifts.Absence(holder, since, until, words.get("why", "sick"), by)
        return shifts.cover(
            self.store,
            self.code,
            absence,
            why=None,
            origin=self.origin(),
            now=self.clock,
            chance=fixed_chance,
        )

    def at(self, words: str) -> int:
        return clock.read_time(words, self.playbook.jurisdiction.zone, self.clock())

    def shown(self, at: int) -> str:
        return clock.shown(at, self.playbook.jurisdiction.zone)[:16]

    def rota(self, since: int | None = None, until: int | None = None) -> rota.Rota:
        begins = self.clock() if since is None else since
        with self.store.reading() as tx:
            return rota.rota(tx, self.code, begins, begins + 1 if until is None else until, self.clock())

    def facts(self) -> list[AnyFact]:
        """All that is recorded."""
        with self.store.reading() as tx:
            entries = [opened.read_entry(self.code, one) for one in tx.entries(self.code)]
        return [fact for entry in entries for fact in entry.facts]

    def who(self, roster: str, words: str | None = None) -> dict[str, str | None]:
        """Say who keeps each post of a roster, now or at a time as people type it."""
        at = self.clock() if words is None else self.at(words)
        there = rota.on_duty(self.rota(at), at)
        return {one.piece.post: one.piece.holder for one in there.get(roster, ())}


def assigned(facts: list[AnyFact]) -> list[DutyAssigned]:
    """Give the shifts that an entry assigned."""
    return [fact for fact in facts if isinstance(fact, DutyAssigned)]
