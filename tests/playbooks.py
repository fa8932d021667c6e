"""A playbook for tests: one small town written by hand. Random ones are in `tests/domain/strategies.py`.

白石镇 (Baishi) has a command that always leads, a task force that stands up, two groups that become others,
and every kind of step: up, further up, a report that changes nothing, back to the state before, home.
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from incident.domain import clock, playbook
from incident.domain.organisation import (
    Body,
    Duty,
    Group,
    Jurisdiction,
    Level,
    Office,
    Post,
    Seat,
    Text,
    Unit,
)
from incident.domain.paper import Basis, Document
from incident.domain.playbook import (
    Event,
    Field,
    Measure,
    Obligation,
    Playbook,
    Roster,
    StandingBody,
    StandingGroup,
    State,
    Transition,
)
from incident.domain.request import Request
from incident.domain.situation import Situation

#: 2026-03-01 02:40 in Shanghai: the hour at which it happens.
NIGHT: Final = clock.read_stamp("2026-02-28T18:40:00Z")
HOUR: Final = 3600
DAY: Final = 86400

CODE: Final = "330999101"


def text(zh: str, en: str) -> Text:
    """The same words in both languages."""
    return Text(zh=zh, en=en)


def _bodies() -> dict[str, Body]:
    leader = Seat(title=text("组长", "leader"), alias=["镇长"], posts=[Post(name=text("镇长", "mayor"))])
    office = Office(
        name=text("办公室", "office"),
        alias=["领导小组办公室"],
        seats={"head": Seat(title=text("主任", "head"))},
    )
    return {
        "command": Body(
            name=text("白石镇疫情防控领导小组", "Baishi leading group"),
            alias=["领导小组"],
            seats={"leader": leader},
            office=office,
            source="一",
        ),
        "task_force": Body(
            name=text("应急专班", "Task force"), kind="task_force", under="command", source="二"
        ),
        "county": Body(name=text("县防控办", "County headquarters"), kind="authority"),
    }


def _groups() -> dict[str, Group]:
    deputy = Seat(title=text("副组长", "deputy"), holders=["P1"])
    return {
        "coordination": Group(
            name=text("综合协调组", "Coordination"),
            alias=["协调组"],
            units=["卫生院"],
            seats={"deputy": deputy},
            source="三(一)",
        ),
        "stability": Group(name=text("社会稳定组", "Stability"), seats={"deputy": deputy}, source="三(二)"),
        "traffic": Group(name=text("交通管理组", "Traffic"), source="三(三)"),
    }


def _events() -> dict[str, Event]:
    origin = Field(
        name=text("来源", "origin"),
        type="choice",
        choices={"local": text("本土", "local"), "imported": text("输入", "imported")},
    )
    return {
        "positive": Event(
            name=text("报告阳性", "positive reported"),
            alias=["阳性"],
            fields={
                "origin": origin,
                "cases": Field(
                    name=text("人数", "cases"), type="integer", at_least=1, at_most=999, required=False
                ),
                "remark": Field(name=text("备注", "remark"), type="text", required=False),
            },
        ),
        "ordered": Event(name=text("上级命令", "ordered")),
        "ruled_out": Event(name=text("排除", "ruled out")),
        "lifted": Event(name=text("解除", "lifted")),
    }


def _report(**changes: Any) -> Obligation:
    fields: dict[str, Any] = {"senders": ["command"], "every": "day", "at": ["17:00"], "zero_report": True}
    return Obligation(name=text("每日报告", "daily report"), **{**fields, **changes})


def _states() -> dict[str, State]:
    watch = Roster(name=text("值班", "watch"), of="coordination", source="四")
    routine = State(
        name=text("常态", "routine"),
        bodies={"command": StandingBody(source="一")},
        groups={key: StandingGroup(source=group.source) for key, group in _groups().items()},
        obligations={"daily_report": _report(source="五")},
    )
    raised = replace(
        routine,
        name=text("一级响应", "first-level response"),
        level=Level(scheme="cn.response", grade="I"),
        rosters={"watch": watch},
        obligations={"daily_report": _report(at=["15:00"], source="五")},
    )
    acting = {
        "coordination": StandingGroup(
            acts_as=text("专班综合协调组", "task-force coordination"),
            under="task_force",
            duties=[Duty(text=text("统筹", "coordinate"))],
            source="二(一)",
        ),
        "stability": StandingGroup(
            acts_as=text("社区封控组", "lockdown group"), under="task_force", source="二(二)"
        ),
        "traffic": StandingGroup(source="三(三)"),
    }
    emergency = replace(
        raised,
        name=text("发现本土阳性", "local positive detected"),
        on_top_of="raised",
        level=None,
        bodies={
            **raised.bodies,
            "task_force": StandingBody(place=text("指挥中心", "command centre"), source="二"),
        },
        groups=acting,
        rosters={"watch": replace(watch, pattern="8h", source="二(三)")},
        obligations={
            "daily_report": _report(every="4h", at=[], source="五", project=["every"]),
            "first_report": Obligation(
                name=text("首报", "first report"),
                senders=["command"],
                within="2h",
                of="receipt",
                on=["positive"],
            ),
        },
        measures={"masks": Measure(name=text("佩戴口罩", "masks worn"), source="六")},
    )
    return {"routine": routine, "raised": raised, "emergency": emergency}


def _steps() -> dict[str, Transition]:
    return {
        "raise": Transition(
            name=text("启动一级响应", "raise"),
            origins=["routine"],
            on="ordered",
            to="raised",
            decided_by=["command", "county"],
        ),
        "activate": Transition(
            name=text("转入应急", "activate"),
            origins=["routine", "raised"],
            on="positive",
            when={"origin": "local"},
            to="emergency",
            decided_by=["command"],
            planned_end="14d",
        ),
        "note": Transition(
            name=text("新增阳性", "note a further one"),
            origins=["emergency"],
            on="positive",
            when={"origin": "local"},
            to="emergency",
        ),
        "rule_out": Transition(
            name=text("排除后恢复", "rule out"),
            origins=["emergency"],
            on="ruled_out",
            to=playbook.PREVIOUS,
            decided_by=[playbook.ACTIVATOR],
        ),
        "lift": Transition(
            name=text("解除响应", "lift"),
            origins=["raised", "emergency"],
            on="lifted",
            to="routine",
            decided_by=[playbook.ACTIVATOR],
        ),
    }


def baishi() -> Playbook:
    """The small town's plan."""
    return Playbook(
        playbook="baishi",
        answer="never",
        jurisdiction=Jurisdiction(
            code=CODE, name=text("白石镇", "Baishi Town"), level="town", parent="330999"
        ),
        document=Document(
            title=text("白石镇应急预案", "Baishi plan"),
            basis={"law": Basis(title=text("突发事件应对法", "the Act"))},
        ),
        units={"派出所": Unit(en="Police station", alias=["白石派出所"]), "卫生院": Unit(en="Clinic")},
        bodies=_bodies(),
        groups=_groups(),
        events=_events(),
        states=_states(),
        transitions=_steps(),
        subordinate_bodies={"village": Body(name=text("村指挥部", "Village headquarters"))},
    )


#: Built once: a playbook never changes.
BAISHI: Final = baishi()
HASH: Final = playbook.digest(playbook.encode(BAISHI))


def at_rest(plan: Playbook = BAISHI, **changes: Any) -> Situation:
    """A jurisdiction in its first state, adopted a day before NIGHT."""
    fields: dict[str, Any] = {
        "jurisdiction": plan.jurisdiction.code,
        "name": plan.playbook,
        "playbook": playbook.digest(playbook.encode(plan)),
        "state": plan.initial,
        "since": NIGHT - DAY,
        "zone": plan.jurisdiction.zone,
        "version": 1,
    }
    return Situation(**{**fields, **changes})


#: The town in the middle of an emergency, an hour old, decided by its command.
EMERGENCY: Final = at_rest(
    state="emergency",
    since=NIGHT - HOUR,
    previous="routine",
    incident=f"{CODE}-2026-001",
    last_incident=f"{CODE}-2026-001",
    authority="command",
)


def ask(event: str, **changes: Any) -> Request:
    """A request that lacks nothing: decided by the command on the county's order."""
    fields: dict[str, Any] = {
        "event": event,
        "source": "test",
        "id": "1",
        "authority": "command",
        "decided_by": "领导小组",
        "basis": "县防控办〔2026〕4号",
        "reason": "test",
    }
    return Request(**{**fields, **changes})
