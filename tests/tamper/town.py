"""The smallest place in which every table has rows, with its checkpoints inside and out.

It adopts, refuses, takes in people, stands up as one proposes and another approves, falls behind with a
report, files one with an attachment, is given a directive, does not stand down as was proposed, hands over,
loses a person, takes a snapshot, is signed, stands down by one person alone, and is about to stand up again.
The newest checkpoint outside covers all but the last entries, as it is on most days.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from incident.domain.filing import Filing
from incident.playbook_text.load import must_load
from incident.service import people, proposals
from incident.service.adopt import adopt
from incident.service.filing import Contents, Order, file, issue
from incident.service.handle import handle
from incident.service.notary import publish, sign
from incident.service.notices import Settled
from incident.service.ports import Store
from incident.service.taking import take_snapshots
from incident.service.tick import sweep
from incident.service.who import Origin, Who, Why
from incident.store.sql import SqlStore
from incident.testing.conformance_identity import fill
from incident.testing.given import FakeClock, fixed_chance
from tests.playbooks import ask
from tests.service.office import row, sheet
from tests.service.signing import Shelf, notary

PLAN: Final = Path(__file__).parent / "plan.yaml"
CODE: Final = "99"
#: Of a page: SQLite's smallest, so that a file of every kind of page has few bytes.
PAGE: Final = 512
#: Who approves and rejects, at another terminal.
DEPUTY: Final = Who(actor="os", by="乙", os_user="b")


class Town:
    """The place, at one moment after another."""

    def __init__(self, store: Store, *, salt: str = "") -> None:
        """Begin in `store`, at 02:40; with another `salt` the same is done by somebody else."""
        self.store, self.clock, self.outside = store, FakeClock("2026-02-28T18:40:00Z"), Shelf()
        self._salt, self._asked = salt, 0

    def origin(self) -> Origin:
        self._asked += 1
        return Origin(Who(by=f"甲{self._salt}"), "test", str(self._asked))

    def _doing(self, who: Who | None = None) -> dict[str, Any]:
        origin = self.origin() if who is None else self.origin()._replace(who=who)
        return {"origin": origin, "now": self.clock, "chance": fixed_chance}

    def ask(self, event: str, **words: Any) -> None:
        origin = self.origin()
        request = ask(event, id=origin.id, by=origin.who.by, **{"fields": {}, **words})
        handle(self.store, CODE, request, now=self.clock, chance=fixed_chance)

    def propose(self, event: str, **words: Any) -> int:
        """Let the officer propose a step; gives the number of the entry."""
        request = ask(
            event,
            id=self.origin().id,
            actor="os",
            by=f"甲{self._salt}",
            os_user="a",
            **{"fields": {}, **words},
        )
        done = proposals.propose(self.store, CODE, request, now=self.clock, chance=fixed_chance)
        return done.entry.seq

    def begin(self) -> None:
        """Adopt, refuse, take in people, stand up."""
        plan = must_load(str(PLAN)).playbook
        assert plan is not None
        adopt(self.store, plan, Who(by="甲"), now=self.clock, chance=fixed_chance)
        self.ask("flood", fields={"depth": 4}, authority="watch")
        rows = [
            row(seat, holder, name=name, channels=(f"mail:{holder}@b.cn",), since="2026-01-01")
            for seat, holder, name in (("command.head", "P1", "张"), ("command.aide", "P2", "李"))
        ]
        people.import_rows(self.store, CODE, sheet(*rows), **self._doing())
        proposed = self.propose("flood", fields={"depth": 4})
        proposals.approve(self.store, CODE, proposed, **self._doing(DEPUTY))

    def go_on(self) -> None:
        """Fall behind, file, order, hand over, lose a person, take a snapshot."""
        self.clock.after(hours=4, minutes=40)
        self.tick()
        self.clock.after(hours=3)
        contents = Contents(text="平", files=[("a.txt", b"a")])
        file(self.store, CODE, Filing(sender="watch"), contents, **self._doing())
        order = Order(by="command.head", to="watch", due=self.clock() + 3600, text="查")
        issue(self.store, CODE, order, **self._doing())
        proposals.reject(self.store, CODE, self.propose("ebb"), "否", **self._doing(DEPUTY))
        self.tick()
        people.erase(self.store, CODE, "P2", Why("乙", "退", "条"), **self._doing())
        take_snapshots(self.store, now=self.clock, node="n1", every=1)

    def tick(self) -> None:
        sweep(self.store, now=self.clock, node="n1")

    def sign(self) -> None:
        """Sign, and put it outside."""
        signing = notary(self.clock, self.outside)
        sign(self.store, CODE, signing)
        publish(self.store, CODE, signing)

    def deliver(self) -> None:
        """Hand a notice on, and have lost a letter of it."""
        with self.store.claiming(()) as tx:
            first, *_rest = tx.lease(2, at=self.clock(), until=self.clock() + 60)
            tx.settle([Settled(CODE, first.seq, first.n, "P1", self.clock(), lost="x")])
            tx.delivered([first], self.clock(), lease=self.clock() + 60)
            tx.commit()

    def whole(self) -> Town:
        """Do all of it."""
        self.begin()
        self.sign()
        self.go_on()
        self.deliver()
        self.sign()
        self.clock.after(minutes=5)
        self.ask("ebb", verb="stand_down", break_glass=True)
        self.clock.after(minutes=5)
        self.ask("ebb")
        self.propose("flood", fields={"depth": 5})
        return self


def town_in(store: SqlStore) -> Town:
    """Give all of it in a database, with people who sign in there."""
    fill(store.identity())
    return Town(store).whole()
