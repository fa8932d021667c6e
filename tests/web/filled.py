"""A site with something on every page: a night in which much has happened, in two towns.

The town: its staff known by name, an emergency since last evening with its call-outs, a report in time with a
file, one missed, an order, a note, a handover, a signed record. The careful town: broken glass to review, and
a proposal that waits.
"""

from __future__ import annotations

import re
from typing import Final

from incident.service import links, users
from incident.service.access import NOBODY
from incident.service.opened import read_entry
from incident.service.tick import sweep
from tests.web.pressing import Presser
from tests.web.recorded import positive, signed
from tests.web.serving import CAREFUL, TOWN, Served
from tests.web.staffing import be, employ

HOME: Final = f"/j/{TOWN}"
CARE: Final = f"/j/{CAREFUL}"
#: What is said of a positive.
POSITIVE: Final = {
    "value-origin": "local",
    "value-result": "preliminary_positive",
    "value-cases": "1",
    "decided_by": "领导小组",
    "basis": "诸市防控〔2021〕4号",
    "reason": "李四初筛阳性",
}
NAMES: Final = {
    "duty_officer": "值班员",
    "decider": "决策人",
    "group_lead": "组长",
    "auditor": "审计员",
    "author": "编制员",
    "administrator": "管理员",
    "stranger": "外人",
}
ORDER: Final = {"from": "command.leader", "to": "duty", "due": "4h", "text": "核实密接人数"}


def fill(served: Served) -> None:
    """Let it all happen; the clock stands at 16:00 of the second day then."""
    for login, name in NAMES.items():
        users.rename(served.gate, login, NOBODY, name=name)
    employ(served)
    be(served, "duty_officer", "H1")
    signed(served)
    served.clock.after(hours=16)
    positive(served)
    with Presser(served, "duty_officer", lang="zh") as officer:
        officer.press(f"{HOME}/directive", **ORDER)
        officer.press(f"{HOME}/log", said="一例初筛阳性", who="120", way="in")
        officer.press(f"{HOME}/ack", **{"party-social_stability": "on", "said": "收到"})
        _break_glass(officer)
    signed(served)
    served.clock.after(hours=21)
    sweep(served.workplace.store, now=served.clock, node="tests")
    with Presser(served, "duty_officer", lang="zh") as lead:
        file = {"files": ("名单.csv", "甲,乙".encode(), "text/csv")}
        hidden = lead.form(f"{HOME}/reports/file?from=duty", f"{HOME}/reports/file")
        told = {"form": "daily_report", "text": "新增三例。", "figures": "cases = 3\n人数＝12"}
        assert "名单.csv" in lead.send(f"{HOME}/reports/file", hidden | told, files=file).text
    with Presser(served, "duty_officer", lang="zh") as officer:
        _propose(officer)
    signed(served)


def _break_glass(officer: Presser) -> None:
    """Activate where two persons are needed, alone."""
    plan = _plan(officer, "activate", "local_positive_reported", POSITIVE)
    way = {"way": "alone", "reason": "电话不通"}
    shown = officer.send(f"{CARE}/act/local_positive_reported/plan", plan | way).text
    _confirm(officer, "local_positive_reported", shown)


def _propose(officer: Presser) -> None:
    """Propose to stand down."""
    said = {"decided_by": "领导小组", "basis": "诸市防控〔2021〕5号", "reason": "已满十四天"}
    plan = _plan(officer, "stand_down", "response_lifted", said)
    shown = officer.send(f"{CARE}/act/response_lifted/plan", plan).text
    _confirm(officer, "response_lifted", shown)


def _plan(officer: Presser, verb: str, event: str, said: dict[str, str]) -> dict[str, str]:
    address = f"{CARE}/act/{event}"
    return officer.form(f"{address}?verb={verb}", f"{address}/plan") | said


def _confirm(officer: Presser, event: str, shown: str) -> None:
    hidden = officer.hidden(shown, f"{CARE}/act/{event}")
    assert officer.send(f"{CARE}/act/{event}", hidden | {"confirm": "谨慎镇"}).status_code == 200


def address_of(served: Served, visit: str) -> str:
    """Put into an address what is only known here: the entry of a verb, a link that sets a password."""

    def known(place: re.Match[str]) -> str:
        if place[1] == "link":
            return links.make_password_link(served.gate, "auditor", NOBODY)
        code = visit.split("/")[2]
        with served.workplace.store.reading() as tx:
            entries = [read_entry(code, stored) for stored in tx.entries(code, since=0)]
        return str(max(entry.seq for entry in entries if entry.verb == place[1]))

    return re.sub(r"<(\w+)>", known, visit)
