"""Every promised time is accounted for, whatever happens; and what vanished, came twice or is late is named.

Told of Qingshi (`tests/plans/clockwork.yaml`), whose plan uses every kind of time the language has.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain.errors import JournalError, RequestError
from incident.domain.timer import Timer
from incident.service.account import Account, Fault, account, opened_at
from incident.service.filing import Order, issue, withdraw
from incident.service.who import Origin, Who
from incident.testing import Drill, fixed_chance

PLAN: Final = str(Path(__file__).parent.parent / "plans" / "clockwork.yaml")
HOUR: Final = 3600


@pytest.fixture
def drill() -> Drill:
    return Drill(PLAN)


def activate(drill: Drill) -> None:
    drill.activate("positive", origin="local", decided_by="command")


def order(drill: Drill, *, hours: int = 2, id_: str = "order") -> str:
    """Let the leader order something of the stability group; gives the directive's key."""
    outcome = issue(
        drill.store,
        drill.code,
        Order(by="command.leader", to="stability", due=drill.clock() + hours * HOUR, text="查清"),
        origin=Origin(Who(by="test"), "test", id_),
        now=drill.clock,
        chance=fixed_chance,
    )
    return f"directive-{outcome.entry.seq}"


class Altered:
    """A look at a store whose timers somebody changed by hand."""

    def __init__(self, tx: Any, change: Callable[[list[Timer]], list[Timer]]) -> None:
        self.tx, self.change = tx, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tx, name)

    def timers(self, code: str, *, since: int, until: int) -> list[Timer]:
        rows = self.change(self.tx.timers(code, since=since, until=until))
        return [one for one in rows if since <= one.due < until]


def asked(
    drill: Drill,
    *,
    since: int = 0,
    until: int | None = None,
    change: Callable[[list[Timer]], list[Timer]] = list,
) -> Account:
    """Account for everything until now, unless another period is meant."""
    at = drill.clock()
    with drill.store.reading() as tx:
        looked: Any = Altered(tx, change)
        return account(looked, drill.code, since=since, until=at + 1 if until is None else until, at=at)


def told(faults: list[Fault]) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.what, one.key, one.of) for one in faults]


# -- whatever happens, it balances

_ACTS: Final[dict[str, Callable[[Drill], object]]] = {
    "a positive is reported": lambda drill: drill.ask("signal", "positive", origin="local"),
    "the response is lifted": lambda drill: drill.ask("stand_down", "lifted"),
    "the superior agrees": lambda drill: drill.ask("signal", "agreed"),
    "the superior confirms": lambda drill: drill.ask("signal", "confirmed"),
    "a group files": lambda drill: drill.file("coordination"),
    "another group files": lambda drill: drill.file("stability", form="situation", zero=True),
    "the town files": lambda drill: drill.file("command"),
    "the health centre files": lambda drill: drill.file("卫生院", form="first_report"),
    "the county files": lambda drill: drill.file("县疾控中心"),
    "the leader orders something": lambda drill: order(drill, id_=str(drill.situation.version)),
    "an order is answered": lambda drill: drill.file("stability", form=_newest_order(drill)),
    "an order is taken back": lambda drill: withdraw(
        drill.store,
        drill.code,
        _newest_order(drill) or "none",
        "test",
        origin=Origin(Who(by="test"), "test", f"back{drill.situation.version}"),
        now=drill.clock,
        chance=fixed_chance,
    ),
    "half an hour passes": lambda drill: drill.after(minutes=30),
    "hours pass": lambda drill: drill.after(hours=5, minutes=7),
    "a day passes": lambda drill: drill.after(days=1),
    "nothing runs for hours": lambda drill: drill.outage(hours=9),
    "nothing runs for minutes and nobody starts it": lambda drill: drill.clock.after(minutes=11),
}


def _newest_order(drill: Drill) -> str | None:
    orders = [key for kind, key in drill.standing if kind == "directive"]
    return orders[-1] if orders else None


@settings(max_examples=40)
@given(st.lists(st.sampled_from(sorted(_ACTS)), min_size=3, max_size=25))
def test_whatever_happens_every_promised_time_comes_to_one_end(story: list[str]) -> None:
    drill = Drill(PLAN)
    for act in story:
        with suppress(RequestError):  # nobody owes that now
            _ACTS[act](drill)
        drill._refused = None  # a refusal is part of the story
    drill.sweep()

    drill.expect_account()
    drill.dump()


# -- what is in it


def test_reports_orders_and_receipts_are_counted_as_promised_and_as_they_ended(drill: Drill) -> None:
    activate(drill)
    order(drill)
    drill.after(hours=3)

    found = asked(drill)

    # what is promised until now: first report and arrival on site within two hours, and the order
    assert found.promised == 3
    assert found.ends["deadline", "fired"] == 3
    assert found.is_balanced


def test_what_was_cancelled_by_another_rhythm_is_there_with_its_reason(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=24)

    cancelled = {(one.key, one.of): one.reason for one in asked(drill).timers if one.end == "cancelled"}

    assert cancelled["group_report", "coordination"] == "changed"
    assert cancelled["group_report", "stability"] == "changed"


def test_period_holds_what_is_due_in_it_and_nothing_else(drill: Drill) -> None:
    activate(drill)
    begin = drill.clock()
    drill.after(days=2)

    found = asked(drill, since=begin + 20 * HOUR, until=begin + 26 * HOUR)

    assert {one.due - begin for one in found.timers if one.key == "copy_report"} == {20 * HOUR, 24 * HOUR}
    assert found.is_balanced


def test_what_lies_ahead_is_open_and_no_fault(drill: Drill) -> None:
    activate(drill)

    found = asked(drill, until=drill.clock() + 365 * 24 * HOUR)

    assert {end for _what, end in found.ends} == {"open", "cancelled"}
    assert found.is_balanced


def test_incident_is_known_by_when_it_opened(drill: Drill) -> None:
    drill.after(days=1)
    activate(drill)
    began = drill.clock()
    drill.after(days=1)

    with drill.store.reading() as tx:
        assert opened_at(tx, drill.code, drill.situation.incident or "") == began
        assert opened_at(tx, drill.code, "330999102-1999-001") is None


def test_town_that_is_not_adopted_has_no_account(drill: Drill) -> None:
    with drill.store.reading() as tx, pytest.raises(RequestError):
        account(tx, "330000", since=0, until=1, at=1)


# -- what does not balance

Change = Callable[[list[Timer]], list[Timer]]


def _without(what: str) -> Change:
    """Lose the first timer of a kind."""

    def change(rows: list[Timer]) -> list[Timer]:
        lost = next(one for one in rows if one.what == what and one.end != "cancelled")
        return [one for one in rows if one is not lost]

    return change


def _again(what: str) -> Change:
    """Have the first timer of a kind twice."""

    def change(rows: list[Timer]) -> list[Timer]:
        doubled = next(one for one in rows if one.what == what and one.end != "cancelled")
        return [*rows, replace(doubled, n=99)]

    return change


def _besides(what: str) -> Change:
    """Have one more timer of a kind, of a thing that promised nothing then."""

    def change(rows: list[Timer]) -> list[Timer]:
        model = next(one for one in rows if one.what == what and one.end is not None)
        return [*rows, replace(model, n=99, due=model.due + 60, about=model.about + 60)]

    return change


KINDS: Final = ("deadline", "reminder", "escalation", "call", "handover", "planned_end", "confirmation")


@pytest.mark.parametrize("what", KINDS)
def test_time_of_which_no_trace_is_left_has_vanished(drill: Drill, what: str) -> None:
    activate(drill)
    drill.after(days=11)

    (fault,) = asked(drill, change=_without(what)).faults

    assert (fault.kind, fault.what) == ("vanished", what)


@pytest.mark.parametrize("what", KINDS)
def test_time_that_nobody_promised_is_named(drill: Drill, what: str) -> None:
    activate(drill)
    drill.after(days=11)

    (fault,) = asked(drill, change=_besides(what)).faults

    assert (fault.kind, fault.what) == ("not_promised", what)


def test_time_that_came_twice_is_named(drill: Drill) -> None:
    activate(drill)
    drill.after(days=1)

    (fault,) = asked(drill, change=_again("deadline")).faults

    assert (fault.kind, fault.what) == ("twice", "deadline")


def test_without_a_worker_what_is_due_is_overdue_and_nothing_has_vanished(drill: Drill) -> None:
    activate(drill)
    drill.clock.after(hours=13)

    faults = told(asked(drill).faults)

    assert ("overdue", "deadline", "copy_report", "coordination") in faults
    # a time ahead waits for the one before it
    assert faults.count(("overdue", "deadline", "copy_report", "coordination")) == 1
    assert {kind for kind, *_rest in faults} == {"overdue"}


def test_what_is_overdue_from_before_the_period_is_a_fault_of_the_period(drill: Drill) -> None:
    activate(drill)
    drill.clock.after(days=2)

    found = asked(drill, since=drill.clock() - 6 * HOUR)

    assert ("overdue", "deadline", "copy_report", "coordination") in told(found.faults)


def test_worker_is_given_a_minute(drill: Drill) -> None:
    order(drill, hours=1)
    drill.clock.after(hours=1, seconds=59)
    assert asked(drill).is_balanced

    drill.clock.after(seconds=1)
    assert told(asked(drill).faults) == [
        ("overdue", "deadline", f"directive-{drill.situation.version - 1}", "stability")
    ]


def test_what_was_tried_too_often_is_set_aside_and_does_not_balance(drill: Drill) -> None:
    key = order(drill, hours=1)
    drill.clock.after(hours=1)
    with drill.store.claiming([drill.code]) as tx:
        tx.postpone(drill.code, drill.clock(), until=None)
        tx.commit()

    assert told(asked(drill).faults) == [("set_aside", "deadline", key, "stability")]


class Shortened(Altered):
    """A journal from which the activation was taken: what it promised came to an end all the same."""

    def entries(self, code: str, *, since: int = 0) -> Any:
        return (stored for stored in self.tx.entries(code, since=since) if stored.seq != 1)


def test_record_that_does_not_follow_from_itself_has_no_account(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=6)

    with drill.store.reading() as tx:
        looked: Any = Shortened(tx, list)
        with pytest.raises(JournalError, match="facts that follow"):
            account(looked, drill.code, since=0, until=drill.clock(), at=drill.clock())
