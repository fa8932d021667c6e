"""A playbook tried out as a story: what happens, what is expected to stand, how time passes.

    drill = Drill("majian")
    drill.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    drill.expect_standing("group", "regional_cocheck", acts_as="区域协查组")
    drill.after(hours=2)                    # what falls due meanwhile comes by itself
    drill.file("duty", zero=True)
    drill.expect_report("daily_report", "filed")
    drill.outage(hours=9)                   # nothing runs, then a worker starts again
    drill.stand_down()
    drill.expect_state("routine")

It runs through the same transaction as the program, on a store in memory and a clock that stands. A refusal
that is not expected fails at the next line. Every failure is an `AssertionError` with a sentence.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any, Final

from msgspec.structs import replace

from incident.domain.decision import outline
from incident.domain.errors import Conflict
from incident.domain.facts import RequestRefused
from incident.domain.filing import Filing
from incident.domain.ledger import Occurrence
from incident.domain.playbook import Playbook
from incident.domain.request import Press, Request, Value, find_authority, find_event, read_fields
from incident.domain.situation import Situation, Standing
from incident.service import proposals, queries, verify
from incident.service.account import Account, account
from incident.service.adopt import adopt
from incident.service.filing import Contents, desk, file
from incident.service.handle import Outcome, handle
from incident.service.tick import Swept, sweep
from incident.service.who import Origin, Who
from incident.testing.given import FakeClock, fixed_chance
from incident.testing.memory import MemoryStore

#: Stands for the first of those who may decide a step.
WHOEVER_MAY: Final = "whoever may decide"
#: Who approves in a drill what was proposed there.
_ANOTHER: Final = Who(actor="os", by="another", os_user="another")


class Drill:
    """One jurisdiction under one playbook, from its adoption on."""

    def __init__(self, playbook: Playbook | str, *, at: str = "2026-02-28T18:40:00Z") -> None:
        """Adopt a playbook, or the shipped one or file of that name, at an instant.

        Raises `PlaybookError` for a file with errors.
        """
        self.playbook = _load(playbook) if isinstance(playbook, str) else playbook
        self.code = self.playbook.jurisdiction.code
        self.clock = FakeClock(at)
        self.store = MemoryStore()
        #: What became of the last request; none before the first.
        self.outcome: Outcome | None = None
        self._refused: str | None = None
        self._asked = 0
        adopt(self.store, self.playbook, Who(by="drill"), now=self.clock, chance=fixed_chance)

    def signal(self, event: str, **words: Any) -> None:
        """Report an event. Words are the event's values, and what `ask` takes."""
        self.ask("signal", event, **words)

    def activate(self, event: str, **words: Any) -> None:
        """Press the button that begins or raises a response; words as in `signal`."""
        self.ask("activate", event, **words)

    def stand_down(self, event: str = "response_lifted", **words: Any) -> None:
        """Press the button that ends a response; words as in `signal`."""
        self.ask("stand_down", event, **words)

    def propose(self, event: str, **words: Any) -> None:
        """Propose a step that needs two persons; words as in `signal`."""
        self.ask("propose", event, **words)

    def approve(self) -> None:
        """Let another person approve what was proposed last. Raises `Conflict` where it is over."""
        self._settle()
        with self.store.reading() as tx:
            waiting = proposals.open_proposals(tx, self.code)
        assert waiting, "expected a proposal that stands, got none"
        self._asked += 1
        origin = Origin(_ANOTHER, "drill", str(self._asked))
        self.outcome = proposals.approve(
            self.store, self.code, waiting[-1].seq, origin=origin, now=self.clock, chance=fixed_chance
        )
        self._note_refusal(self.outcome)

    def ask(
        self,
        verb: Press,
        event: str,
        *,
        decided_by: str | None = WHOEVER_MAY,
        basis: str | None = "drill",
        reason: str | None = "drill",
        effective_at: int | None = None,
        until: int | None = None,
        break_glass: bool = False,
        **values: Value,
    ) -> None:
        """Make a request. Raises `RequestError` for what the playbook does not know.

        Unless it is said who decided, one who may does.
        """
        self._settle()
        key = find_event(self.playbook, event)
        fields = read_fields(self.playbook.events[key], values)
        self._asked += 1
        request = Request(
            verb=verb,
            event=key,
            fields=fields,
            source="drill",
            id=str(self._asked),
            authority=self._authority(decided_by, key, fields),
            decided_by=decided_by,
            basis=basis,
            reason=reason,
            by="drill",
            effective_at=effective_at,
            until=until,
            break_glass=break_glass,
        )
        if verb == "propose":  # who approves is to be told from who proposed
            request = replace(request, actor="os", os_user="drill")
        try:
            self.outcome = handle(self.store, self.code, request, now=self.clock, chance=fixed_chance)
        except Conflict:
            # each request is a new event and nobody else is here: the state is in force already
            self._refused = "already"
            return
        self._note_refusal(self.outcome)

    def _note_refusal(self, outcome: Outcome) -> None:
        facts = outcome.entry.facts
        self._refused = next((fact.rule for fact in facts if isinstance(fact, RequestRefused)), None)

    def _authority(self, decided_by: str | None, event: str, fields: dict[str, Value]) -> str | None:
        if decided_by is None:
            return None
        if decided_by == WHOEVER_MAY:
            plan = outline(self.playbook, self.situation, event, fields)
            return plan.who_may_decide[0] if plan is not None and plan.who_may_decide else None
        return find_authority(self.playbook, decided_by)

    def after(self, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> None:
        """Let time pass while a worker runs: everything comes at its instant."""
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        end = self.clock() + int(length.total_seconds())
        while (wake := self._next_wake()) is not None and wake <= end:
            self.clock.reach(wake)
            self.sweep()
        self.clock.after(seconds=end - self.clock())

    def outage(self, *, days: int = 0, hours: int = 0, minutes: int = 0) -> None:
        """Let time pass while no worker runs; then one starts."""
        self.clock.after(days=days, hours=hours, minutes=minutes)
        self.sweep()

    def sweep(self) -> Swept:
        """Carry out what is due now; nothing may fail."""
        swept = sweep(self.store, now=self.clock, node="drill")
        assert not swept.failures, f"expected timers to be carried out, got {swept.failures}"
        return swept

    def _next_wake(self) -> int | None:
        with self.store.reading() as tx:
            return tx.next_wake()

    def file(
        self,
        sender: str,
        *,
        form: str | None = None,
        zero: bool = False,
        text: str = "drill",
        due: int | None = None,
        corrects: int | None = None,
    ) -> Outcome:
        """File a report. Raises `RequestError` for a sender or form that owes nothing."""
        self._settle()
        self._asked += 1
        filing = Filing(sender=sender, form=form, zero=zero, due=due, corrects=corrects)
        return file(
            self.store,
            self.code,
            filing,
            Contents(text=text),
            origin=Origin(Who(by="drill"), "drill", str(self._asked)),
            now=self.clock,
            chance=fixed_chance,
        )

    def reports(self) -> list[Occurrence]:
        """Give where every report stands, by time."""
        with self.store.reading() as tx:
            situation, playbook = queries.present(tx, self.code)
            laid = desk(tx, self.code, playbook, situation, tx.standing(self.code), self.clock())
        return list(laid.occurrences)

    def expect_report(self, key: str, state: str, *, of: str | None = None, late: int | None = None) -> None:
        """Expect the newest report of an obligation whose time is near or past to be in a state, so late."""
        found = [
            one for one in self.reports() if one.key == key and of in (None, one.of) and one.state != "open"
        ]
        assert found, f"expected a report `{key}` of {of or 'anybody'}, got none that is due"
        last = found[-1]
        assert last.state == state, f"expected `{key}` to be {state}, got {last.state}"
        assert late in (None, last.late), f"expected `{key}` to be {late} min late, got {last.late}"

    def expect_account(self) -> Account:
        """Expect every promised time since the beginning to have come to exactly one end."""
        with self.store.reading() as tx:
            found = account(tx, self.code, since=0, until=self.clock() + 1, at=self.clock())
        assert found.is_balanced, f"expected an account that balances, got {found.faults}"
        return found

    @property
    def situation(self) -> Situation:
        """Where the jurisdiction stands."""
        with self.store.reading() as tx:
            log = tx.log(self.code)
        assert log is not None, "a drill begins with an adoption"
        return log.situation

    @property
    def standing(self) -> Standing:
        """What stands."""
        with self.store.reading() as tx:
            return tx.standing(self.code)

    def expect_state(self, state: str) -> None:
        """Expect to be in a state."""
        self._settle()
        found = self.situation.state
        assert found == state, f"expected the state `{state}`, got `{found}`"

    def expect_standing(self, kind: str, key: str, **values: Any) -> None:
        """Expect an item to stand, with the values given; a name in either language.

        A value is named as in the playbook file; `from_` stands for `from`.
        """
        self._settle()
        standing = self.standing
        there = [other for of, other in standing if of == kind]
        assert (kind, key) in standing, f"expected {kind} `{key}` to stand, got {there}"
        item = standing[kind, key].item
        for name, wanted in values.items():
            found = item.get(name.removesuffix("_"))
            assert _is_like(found, wanted), f"expected {kind} `{key}` with {name}={wanted!r}, got {found!r}"

    def expect_gone(self, kind: str, key: str) -> None:
        """Expect an item not to stand."""
        self._settle()
        assert (kind, key) not in self.standing, f"expected {kind} `{key}` to be gone, got it standing"

    def expect_notice(self, to: str) -> None:
        """Expect that the last entry tells `to` of something."""
        self._settle()
        last = self.situation.version - 1
        told = [notice.to for seq, notice in self.store.outbox(self.code) if seq == last]
        assert to in told, f"expected a notice to `{to}`, got {told}"

    def expect_refused(self, rule: str) -> None:
        """Expect the last request to have been refused by a rule, such as `authority`."""
        refused, self._refused = self._refused, None
        assert refused == rule, f"expected a refusal by the rule `{rule}`, got {refused or 'none'}"

    def dump(self) -> list[str]:
        """Give the journal, a line of JSON for each entry, once it is verified."""
        with self.store.reading() as tx:
            verify.verify(tx, self.code)
            return [stored.body.decode() for stored in tx.entries(self.code)]

    def _settle(self) -> None:
        refused, self._refused = self._refused, None
        assert refused is None, f"expected the last request to be granted, got a refusal by `{refused}`"


def _load(name: str) -> Playbook:
    from incident.playbook_text.load import shipped_names

    return _shipped(name) if name in shipped_names() else _read(name)


def _read(name: str) -> Playbook:
    from incident.playbook_text.load import must_load

    loaded = must_load(name)
    assert loaded.playbook is not None, "a playbook without errors was read"
    return loaded.playbook


#: A shipped one stays what it is: many drills of it read it once.
_shipped = cache(_read)


def _is_like(found: Any, wanted: Any) -> bool:
    """Compare a value as it stands with the one expected: defaults are left out, names have two languages."""
    if isinstance(found, dict) and isinstance(wanted, str):
        return wanted in (found.get("zh"), found.get("en"))
    return bool(found == wanted) or not (found or wanted)
