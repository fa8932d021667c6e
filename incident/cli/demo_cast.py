"""Whom the demo shows: the shipped plans, one more in which two persons decide, invented people.

Nobody here is anybody: names are `Example` and a sign of the old calendar, addresses end in `.example`, where
nobody can have one (RFC 2606).
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from incident.cli.demo_logins import Login
from incident.domain.organisation import Text
from incident.domain.permission import EVERYWHERE, ROLES, Role
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import speak
from incident.playbook_text.load import load

#: The town in which things happen, the street that is at the first level.
TOWN: Final = "330681111"
STREET: Final = "430102008"
#: What is above the town: a county of the demo's own stands there, for no plan of the real one is shipped.
COUNTY: Final = "330681"
#: The town in which a proposal waits, and one that reports late; no bodies of these codes are known.
TWO: Final = "330681999"
SLOW: Final = "330681998"
_SHIPPED: Final = ("majian", "taizhou", "taiping", "dongshan", "wulipai")

#: Whom names are given after: ten stems for who leads, twelve branches for who is on duty.
_STEMS: Final = (
    *("甲 Jia", "乙 Yi", "丙 Bing", "丁 Ding", "戊 Wù", "己 Ji", "庚 Geng", "辛 Xin", "壬 Ren", "癸 Gui"),
)
_BRANCHES: Final = (
    *("子 Zi", "丑 Chou", "寅 Yin", "卯 Mao", "辰 Chen", "巳 Si"),
    *("午 Wǔ", "未 Wei", "申 Shen", "酉 You", "戌 Xu", "亥 Hai"),
)
#: The seats of those who lead, in the order of their signs, P1 first.
_SEATS: Final = (
    *("duty.leader", "duty.leader", "market_order.leader", "traffic.leader", "publicity.leader"),
    *("market_order.deputy_leader", "supervision.leader", "supervision.leader"),
    *("social_stability.leader", "transfer_isolation.leader"),
)
#: Where the others come from, and how many of them.
_UNITS: Final = (("全体机关干部", 5), ("综合信息指挥室", 4), ("卫生院", 3))


def plans() -> list[Playbook]:
    """Give the shipped plans and the demo's own: a county above the town, and two more towns below it."""
    shipped = {}
    for name in _SHIPPED:
        playbook = load(name).playbook
        assert playbook is not None, "what is shipped has no errors"
        shipped[name] = playbook
    town, district = shipped["majian"], shipped["dongshan"]
    return [
        *shipped.values(),
        of_county(district),
        of_two(town),
        _like(town, "demo_slow", SLOW, Text(zh="示例乡（仅供演示）", en="Example Township (demo only)")),
    ]


def of_county(playbook: Playbook) -> Playbook:
    """Give a plan like that of a district, of the demo's own county."""
    name = Text(zh="示例县（仅供演示）", en="Example County (demo only)")
    made, command = _like(playbook, "demo_county", COUNTY, name), playbook.bodies["command"]
    led_by = replace(command, name=Text(zh="示例县防控指挥部", en="Example County headquarters"))
    return replace(
        made,
        jurisdiction=replace(made.jurisdiction, level="county", parent="3306"),
        bodies={**made.bodies, "command": led_by},
    )


def of_two(playbook: Playbook) -> Playbook:
    """Give a plan like another, of the demo's own town, where a second person approves each decision."""
    made = _like(playbook, "demo", TWO, Text(zh="示例镇（仅供演示）", en="Example Town (demo only)"))
    return replace(
        made,
        transitions={
            key: replace(step, approval="two_persons") if step.decided_by else step
            for key, step in playbook.transitions.items()
        },
    )


def _like(playbook: Playbook, key: str, code: str, name: Text) -> Playbook:
    """Give a plan like another, of a body that is the demo's own."""
    title = Text(
        zh=f"仅供演示，依此改写：{playbook.document.title.zh}",
        en=f"For the demo alone, made of: {playbook.document.title.en}",
    )
    return replace(
        playbook,
        playbook=key,
        jurisdiction=replace(playbook.jurisdiction, code=code, name=name),
        document=replace(playbook.document, title=title),
    )


def logins() -> list[Login]:
    """Give one who signs in for each role."""
    rows: list[tuple[str, Role, str, str | None]] = [
        ("officer", "duty_officer", COUNTY, "H1"),
        ("decider", "decider", COUNTY, "P1"),
        ("lead", "group_lead", TOWN, "P2"),
        ("auditor", "auditor", EVERYWHERE, None),
        ("author", "author", EVERYWHERE, None),
        ("admin", "administrator", EVERYWHERE, None),
    ]
    return [
        Login(login, speak(say("Example {role}", role=ROLES[role])), role, root, sign)
        for login, role, root, sign in rows
    ]


def people(since: str) -> str:
    """Give the directory of the town as a file (CSV): who leads, and who comes on duty, from a day on."""
    lead = [(seat, f"P{n}", named) for n, (seat, named) in enumerate(zip(_SEATS, _STEMS, strict=True), 1)]
    units = [unit for unit, many in _UNITS for _ in range(many)]
    others = [(unit, f"H{n}", named) for n, (unit, named) in enumerate(zip(units, _BRANCHES, strict=True), 1)]
    rows = [
        f"{seat},{sign},{speak(_person(named))},{since},mail:{sign.lower()}@majian.example"
        for seat, sign, named in (*lead, *others)
    ]
    return "\n".join(["seat,holder,name,from,channels", *rows, ""])


def _person(named: str) -> Words:
    zh, _, en = named.partition(" ")
    return Text(zh=f"示例{zh}", en=f"Example {en}")
