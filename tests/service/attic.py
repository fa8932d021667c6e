"""An archive that grows old, the beginning of whose journal may lose its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from incident.domain.checkpoint import Checkpoint
from incident.service import outside, retention
from incident.service.adopt import adopt
from incident.service.handle import Outcome
from incident.service.retention import Dropping
from incident.service.verify import verify
from incident.service.who import Origin, Who
from incident.store.sql import SqlStore
from incident.testing.given import fixed_chance
from tests.service.office import WHY, row
from tests.service.test_redact import Archive


class Attic(Archive):
    """An archive that grows old."""

    def year(self) -> None:
        """Let something happen, in entries 1 to 3, and time pass."""
        self.take_in(row("duty.leader", "H1", name="王小明", channels=("sms:13900000001",)))
        self.say("李四家里有人发热")
        self.clock.after(seconds=5)
        self.attach(b"a face")
        self.after(days=2)

    def told(self) -> None:
        """Let all messages be delivered."""
        with self.store.writing(self.code) as tx:
            while found := tx.lease(100, at=self.clock(), until=self.clock() + 9):
                tx.delivered(found, self.clock(), lease=self.clock() + 9)
            tx.commit()

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """Give a checkpoint as it left the house."""
        with self.store.reading() as tx:
            log = tx.log(self.code)
            assert log is not None
            n = log.situation.version if size is None else size
            name = next(outside.origins(tx, self.code, log.situation)).name
            return Checkpoint(name, n, outside.root_at(tx, self.code, n), self.clock())

    def look(self, until: int, *known: Checkpoint, **how: Any) -> Dropping:
        with self.store.reading() as tx:
            return retention.look(tx, self.code, until, known, at=self.clock(), **how)

    def drop(self, until: int, *, origin: Origin | None = None, seen: Dropping | None = None) -> Outcome:
        found = seen or self.look(until, self.checkpoint())
        return retention.drop(
            self.store, self.code, until, found, WHY, origin=origin or self.origin(), **self.means
        )

    def state(self) -> tuple[Any, ...]:
        """Give all that stands now."""
        with self.store.reading() as tx:
            return tx.log(self.code), tx.standing(self.code), tx.open_timers(self.code)


@pytest.fixture
def attic() -> Iterator[Attic]:
    story = Attic("majian")
    story.year()
    story.told()
    yield story
    story.dump()


@pytest.fixture
def old(store: SqlStore) -> Attic:
    """The same on a database."""
    return kept_in(store)


def kept_in(store: SqlStore) -> Attic:
    story = Attic("majian")
    found: Any = store
    story.store = found
    adopt(store, story.playbook, Who(by="drill"), now=story.clock, chance=fixed_chance)
    story.year()
    story.told()
    return story


def held(story: Attic) -> list[str]:
    """Verify, and give the levels that hold."""
    with story.store.reading() as tx:
        return [level.name for level in verify(tx, story.code).levels if level.held]


def all_of(story: Attic) -> list[Any]:
    with story.store.reading() as tx:
        return list(tx.entries(story.code))
