"""Baishi, where two persons are needed to activate and to lift, and the people who press there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from incident.domain import playbook
from incident.domain.playbook import TWO_PERSONS, Playbook
from incident.domain.request import Request
from incident.service import proposals
from incident.service.handle import Outcome, handle
from incident.service.ports import Clock, Store
from incident.service.who import Origin, Who
from incident.testing import fixed_chance
from tests.playbooks import BAISHI, CODE, NIGHT, ask

#: A plan in a file that lets two persons activate and lift.
PLAN: Final = str(Path(__file__).parent / "plans" / "two.yaml")
#: Of the surroundings of a command that is tried, who sits at the terminal.
AT_DESK: Final = "USER_AT_DESK"
#: Steps that two persons take.
STEPS: Final = ("activate", "rule_out", "lift")


def of_two(plan: Playbook = BAISHI, steps: tuple[str, ...] = STEPS, **changes: Any) -> Playbook:
    """Let some steps of a plan need two persons."""
    taken = {
        key: replace(step, approval=TWO_PERSONS) if key in steps else step
        for key, step in plan.transitions.items()
    }
    return replace(plan, transitions=taken, **changes)


TWO: Final = of_two()
HASH: Final = playbook.digest(playbook.encode(TWO))

#: The duty officer, the deputy who sits elsewhere, and somebody who comes later.
OFFICER: Final = Who(actor="os", by="wang", os_user="wang")
DEPUTY: Final = Who(actor="os", by="li", os_user="li")
STRANGER: Final = Who(actor="os", by="zhao", os_user="zhao")
#: The duty officer under another name, at the same terminal.
DISGUISED: Final = Who(actor="claimed", by="li", os_user="wang")
#: Two who signed in, and the first of them after a change of name.
SIGNED: Final = Who(actor="authenticated", by="王伟 (wangwei)")
RENAMED: Final = Who(actor="authenticated", by="王 (wangwei)")
OTHER: Final = Who(actor="authenticated", by="王伟 (wangwei2)")


def night() -> int:
    """02:40."""
    return NIGHT


_counted = iter(range(1, 10**9))


def origin(who: Who, known_by: str | None = None) -> Origin:
    """An act of somebody, new unless it is named."""
    return Origin(who, "two", known_by or f"act {next(_counted)}")


def case(who: Who = OFFICER, event: str = "positive", **words: Any) -> Request:
    """A request that lacks nothing, of somebody."""
    fields = {"origin": "local", "cases": 1, "remark": "张三自述"} if event == "positive" else {}
    told = {"fields": fields, "source": "two", "id": f"case {next(_counted)}", **words}
    return ask(event, actor=who.actor, by=who.by, os_user=who.os_user, **told)


def press(store: Store, request: Request, now: Clock = night) -> Outcome:
    return handle(store, CODE, request, now=now, chance=fixed_chance)


def propose(
    store: Store, who: Who = OFFICER, event: str = "positive", *, now: Clock = night, **words: Any
) -> Outcome:
    return proposals.propose(store, CODE, case(who, event, **words), now=now, chance=fixed_chance)


def approve(
    store: Store, proposal: int, who: Who = DEPUTY, *, now: Clock = night, known_by: str | None = None
) -> Outcome:
    return proposals.approve(
        store, CODE, proposal, origin=origin(who, known_by), now=now, chance=fixed_chance
    )


def reject(
    store: Store, proposal: int, who: Who = DEPUTY, reason: str = "证据不足", *, now: Clock = night
) -> Outcome:
    return proposals.reject(store, CODE, proposal, reason, origin=origin(who), now=now, chance=fixed_chance)


def review(
    store: Store, entry: int, who: Who = DEPUTY, finding: str = "属实", *, now: Clock = night
) -> Outcome:
    return proposals.review(store, CODE, entry, finding, origin=origin(who), now=now, chance=fixed_chance)
