"""One night in Baishi, told on any store: adopted, refused, activated, noted, lifted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from incident.domain.filing import Filing
from incident.domain.playbook import Playbook
from incident.playbook_text.load import must_load
from incident.service.adopt import Adoption, adopt
from incident.service.filing import Contents, file
from incident.service.handle import Outcome, Seen, handle
from incident.service.ports import Clock, Reading, Store
from incident.service.tick import sweep
from incident.service.verify import Verified, verify
from incident.service.who import Origin, Who
from incident.testing import fixed_chance
from incident.testing.samples import log_of
from tests.playbooks import BAISHI, CODE, HOUR, NIGHT, ask

LOCAL: Final = {"origin": "local", "cases": 1}
#: What can name a person, and must stand nowhere in the open.
OFFICER, BASIS, MATTER, DECIDER = "王小明", "县防控办〔2026〕4号", "李四确诊", "领导小组"
REMARK: Final = "张三自述"
#: A town whose plan uses every kind of time.
QINGSHI: Final = str(Path(__file__).parent.parent / "plans" / "clockwork.yaml")


def night() -> int:
    """02:40."""
    return NIGHT


def begin(store: Store, plan: Playbook = BAISHI, *, by: str | None = OFFICER, now: Clock = night) -> Adoption:
    return adopt(store, plan, Who(by=by), now=now, chance=fixed_chance)


def tell(
    store: Store,
    event: str,
    *,
    code: str = CODE,
    now: Clock = night,
    seen: Seen | None = None,
    **words: Any,
) -> Outcome:
    """Ask for something; nothing is missing unless it is taken away."""
    told = {"by": OFFICER, "basis": BASIS, "reason": MATTER, "decided_by": DECIDER, **words}
    return handle(store, code, ask(event, **told), now=now, chance=fixed_chance, seen=seen)


def activate(store: Store, **words: Any) -> Outcome:
    """Press the button for a local positive."""
    return tell(store, "positive", **{"verb": "activate", "fields": {**LOCAL, "remark": REMARK}, **words})


def whole_night(store: Store, now: Clock = night) -> None:
    """Write five entries: adopted 0, refused 1, activated 2, noted 3, lifted 4."""
    begin(store, now=now)
    tell(store, "ordered", id="refused", authority="task_force", now=now)
    activate(store, id="activated", now=now)
    tell(store, "positive", id="noted", fields={**LOCAL, "remark": REMARK}, now=now)
    tell(store, "lifted", id="lifted", verb="stand_down", now=now)


def morning(store: Store) -> str:
    """Write six entries of Qingshi: adopted 0, activated 1, missed 2, reminded 3, filed 4, due 5."""
    plan = must_load(QINGSHI).playbook
    assert plan is not None
    code = plan.jurisdiction.code
    begin(store, plan)
    tell(store, "positive", code=code, verb="activate", fields={"origin": "local"})
    sweep(store, now=lambda: NIGHT + 2 * HOUR + 120, node="n1")
    file(
        store,
        code,
        Filing(sender="coordination"),
        Contents(text=REMARK),
        origin=Origin(Who(by=OFFICER), "test", "filed"),
        now=lambda: NIGHT + 4 * HOUR - 900,
        chance=fixed_chance,
    )
    sweep(store, now=lambda: NIGHT + 4 * HOUR + 600, node="n1")
    return code


def verified(store: Store, code: str = CODE) -> Verified:
    with store.reading() as tx:
        return verify(tx, code)


def version(store: Store, code: str = CODE) -> int:
    with store.reading() as tx:
        return log_of(tx, code).situation.version


def bodies(tx: Reading, code: str = CODE) -> list[bytes]:
    return [stored.body for stored in tx.entries(code)]
