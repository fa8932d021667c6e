"""What the shipped playbooks must not lose, and what they must never claim.

The figures were counted in the paper plans and stand here as data. What each rule of `playbook check` finds
is tested in `test_playbook_rules.py`; here only which of them a shipped playbook is known to break.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest

from incident.domain import decision, names, schedule, situation
from incident.domain.check.walk import all_structs
from incident.domain.decision import Decision
from incident.domain.facts import Plain
from incident.domain.organisation import Text, Unit
from incident.domain.playbook import Event, Playbook, digest, encode
from incident.domain.posture import KINDS, posture
from incident.domain.request import Value
from incident.domain.situation import Situation, Standing, Stood
from incident.playbook_text.load import load, must_load, shipped, shipped_names
from incident.playbook_text.nodes import Node, read
from incident.playbook_text.provenance import values
from tests.playbooks import NIGHT, ask, at_rest
from tests.shipped import loaded, plan

STATES: Final = ("routine", "first_level_response", "local_positive_detected")
DECIDERS: Final = ("body", "office", "seat")


class Sheet(NamedTuple):
    """What was counted in one paper plan, and what stands in each of the three states."""

    #: Each group and the number of its duties, in the document's order.
    groups: str
    conflicts: int
    silences: int
    warnings: dict[str, int]
    #: Bodies, groups, rosters, obligations, measures and clocks in each state.
    standing: tuple[tuple[int, ...], ...]
    #: Each department and the number of its duties, where the plan works without groups.
    departments: str = ""
    #: Member units of the leading body, of its office.
    members: tuple[int, int] = (0, 0)


SHEETS: Final = {
    "majian": Sheet(
        groups="""综合协调组 3 市场整治稳定组 12 交通管理组 4 宣传舆情组 5 物资调配组 5 督导检查组 5
            社会稳定组 3 区域协查管控专班 4 转运隔离组 5 高风险冷链食品物防组 2 村社疫情防控工作组 11
            核酸采样工作组 3 新冠病毒疫苗接种工作组 6 疫情防控值班组 7""",
        conflicts=21,
        silences=14,
        warnings={"P401": 1, "P403": 2, "P501": 18},
        standing=((1, 14, 1, 14, 0, 0), (1, 14, 1, 14, 0, 0), (2, 14, 2, 16, 0, 1)),
    ),
    "dongshan": Sheet(
        groups="""排查防控组 10 医疗救治组 9 宣传舆情组 8 后勤保障组 6 市场监管组 4 社会稳定组 5 综合协调组 3
            重点人员包保组 1""",
        conflicts=16,
        silences=10,
        warnings={"P402": 1, "P501": 15},
        standing=((0, 0, 0, 0, 0, 0), (2, 8, 2, 14, 3, 0), (2, 8, 2, 15, 3, 1)),
        members=(19, 0),
    ),
    "taiping": Sheet(
        groups="",
        conflicts=11,
        silences=8,
        warnings={"P501": 11},
        standing=((1, 0, 0, 15, 0, 0), (1, 0, 1, 15, 0, 0), (1, 0, 1, 16, 0, 1)),
        departments="""区委宣传部 3 区政府办公室 3 区发改局 2 区教育局 5 区工信局 1 太平公安分局 4 区民政局 3
            区司法局 2 区财政局 3 区人社局 2 生态环境太平分局 2 区农业农村局 3 区商务局 4 区文旅广电局 3
            区卫健局 6 区应急局 1 区市场监管局 4 自然资源太平分局 4 区红十字会 2 镇街 4""",
        members=(21, 0),
    ),
    "wulipai": Sheet(
        groups="综合组 7 排查组 4 保障组 6 宣传组 3 社会稳定组 4 执纪督查组 1",
        conflicts=10,
        silences=12,
        warnings={"P501": 9, "P505": 1},
        standing=((1, 6, 0, 12, 0, 0), (1, 6, 1, 12, 0, 0), (1, 6, 1, 13, 0, 1)),
        members=(5, 0),
    ),
    "taizhou": Sheet(
        groups="""预防控制组 5 医疗救治组 6 交通管控组 5 社会及社区防控组 7 农村防控组 7 学校防控组 3
            企业防控组 3 新闻宣传组 4 物资保障组 4""",
        conflicts=8,
        silences=7,
        warnings={"P501": 8},
        standing=((1, 9, 0, 5, 0, 0), (1, 9, 1, 5, 0, 0), (1, 9, 1, 6, 0, 1)),
        members=(0, 7),
    ),
}

#: Member units of a group or body, word for word and in the document's order.
MEMBERS: Final = """
majian 综合协调组: 党政综合办 党建工作办 社会事务服务管理办 卫生院 派出所 学校 各行政村(社区)
majian 市场整治稳定组: 党建工作办 经济发展办 农业农村办 村镇建设办 文旅线 市场监管所 综合执法队
majian 区域协查管控专班: 综合信息指挥室 党政综合办 党建工作办 社会事务服务管理办 区域协查专班 卫生院 派出所
dongshan 排查防控组: 各乡镇 办事处 市公安局东山分局 区委统战部 区应急管理局 区民政局 区教育局 区发改局
  区商务局 区农业农村局 市场监督管理局东山分局 区文体旅局 区煤管局
dongshan 后勤保障组: 区医保局 区民政局 区财政局 市场监督管理局东山分局 区住建局 区卫健局 区商务局
dongshan 综合协调组: 区党政办 区财政局 市公安局东山分局
taiping 领导小组: 区委宣传部 区政府办 区发改局 区教育局 区工信局 公安分局 区民政局 区司法局 区财政局 区人社局
  生态环境分局 区农业农村局 区商务局 区文旅广电局 区卫健局 区应急局 区市场局 自然资源分局 区红十字会
  水泉镇人民政府 各街道办事处
wulipai 综合组: 党政综合办 公共服务办 街道社区卫生服务中心
wulipai 排查组: 各社区 街道相关部门 行政执法中队 环卫所 街道社区卫生服务中心
wulipai 保障组: 行政执法中队 派出所 党政综合办 财政所
taizhou 预防控制组: 市教育局 市公安局 市交通运输局 泰州海关 市疾控中心
taizhou 社会及社区防控组: 市委政法委 市委网信办 市教育局 市工业和信息化局 市民宗局 市民政局 市自然资源规划局
  市住房城乡建设局 市城管局 市交通运输局 市农业农村局 市商务局 市文化广电旅游局 市卫生健康委 市外办
  市行政审批局
taizhou 物资保障组: 市工业和信息化局 市财政局 市商务局 市卫生健康委 市市场监管局
"""

each_playbook = pytest.mark.parametrize("name", SHEETS)


def counts(book: Playbook, state: str) -> tuple[int, ...]:
    """Count what stands in a state, kind by kind."""
    return tuple(len(getattr(book.states[state], attribute)) for attribute, _ in KINDS.values())


# What was counted


def test_a_sheet_is_kept_for_every_shipped_playbook() -> None:
    assert sorted(SHEETS) == shipped_names()


def numbered(words: str) -> list[tuple[str, int]]:
    """Read names with their numbers."""
    parts = words.split()
    return list(zip(parts[::2], map(int, parts[1::2]), strict=True))


@each_playbook
def test_every_group_is_there_in_order_with_all_its_duties(name: str) -> None:
    groups = [(group.name.zh, len(group.duties)) for group in plan(name).groups.values()]
    assert groups == numbered(SHEETS[name].groups)


@each_playbook
def test_every_department_is_there_in_order_with_all_its_duties(name: str) -> None:
    departments = [(one.unit, len(one.duties)) for one in plan(name).departments.values()]
    assert departments == numbered(SHEETS[name].departments)


@pytest.mark.parametrize("line", re.split(r"\n(?=\w)", MEMBERS.strip()))
def test_member_units_stand_word_for_word_in_the_papers_order(line: str) -> None:
    where, _, units = line.partition(": ")
    name, owner = where.split()
    book = plan(name)
    (found,) = names.find(book, owner, ("body", "group"))
    members = (book.bodies if found.kind == "body" else book.groups)[found.key].units
    assert members == units.split()


@each_playbook
def test_the_leading_body_and_its_office_have_all_their_member_units(name: str) -> None:
    command = plan(name).bodies["command"]
    of_office = 0 if command.office is None else len(command.office.units)
    assert (len(command.units), of_office) == SHEETS[name].members


@each_playbook
def test_contradictions_and_silences_of_the_paper_stay_on_record(name: str) -> None:
    book = plan(name)
    assert (len(book.conflicts), len(book.silences)) == (SHEETS[name].conflicts, SHEETS[name].silences)


@each_playbook
def test_there_are_three_states_and_in_each_stands_what_was_counted(name: str) -> None:
    book = plan(name)
    assert tuple(book.states) == STATES
    assert tuple(counts(book, state) for state in STATES) == SHEETS[name].standing


@each_playbook
def test_check_finds_no_error_and_exactly_the_known_warnings(name: str) -> None:
    found = load(name)
    assert found.errors == []
    assert dict(Counter(one.rule for one in found.warnings)) == SHEETS[name].warnings


# What the project adds is visible as the project's


def keys(node: Node) -> Iterator[str]:
    """Give every key of a tree."""
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield key
            yield from keys(child)
    elif isinstance(node.value, list):
        for child in node.value:
            yield from keys(child)


def test_the_base_has_no_source_at_all_and_extends_nothing() -> None:
    files = sorted((shipped() / "base").glob("*.yaml"))
    assert [path.name for path in files] == ["epidemic.yaml"]
    root, problems = read(files[0].read_bytes(), files[0].name)
    assert problems == []
    assert not {"source", "project", "extends"} & set(keys(root))


@each_playbook
def test_a_playbook_extends_the_epidemic_base_and_nothing_else(name: str) -> None:
    assert plan(name).extends == "epidemic"
    origins = {Path(value.mark.file).name for value in values(loaded(name).root)}
    assert origins == {f"{name}.yaml", "epidemic.yaml"}


@each_playbook
def test_what_bears_a_clause_stands_in_the_playbooks_own_file(name: str) -> None:
    strange = [
        ".".join(map(str, value.path))
        for value in values(loaded(name).root)
        if value.clause is not None and Path(value.mark.file).name != f"{name}.yaml"
    ]
    assert strange == []


# A first report is the project's in every playbook, also where a state or a neighbour bears a clause.
@each_playbook
def test_the_first_report_is_shown_as_the_projects(name: str) -> None:
    path = ("states", "local_positive_detected", "obligations", "first_report")
    shown = [value for value in values(loaded(name).root) if value.path[:4] == path]
    assert shown
    assert all(value.clause is None for value in shown)


# What answers lateness, and what proposes the end, is the project's in every playbook.
@each_playbook
def test_reminders_escalations_and_clocks_are_shown_as_the_projects(name: str) -> None:
    shown = [
        value
        for value in values(loaded(name).root)
        if "clocks" in value.path or {"remind", "grace", "escalate"} & {*value.path[4:5]}
    ]
    assert shown
    assert [value.path for value in shown if value.clause is not None] == []


@each_playbook
def test_fourteen_days_without_a_local_positive_propose_to_lift_and_lift_nothing(name: str) -> None:
    book = plan(name)
    assert {state: [*book.states[state].clocks] for state in STATES} == {
        "routine": [],
        "first_level_response": [],
        "local_positive_detected": ["step_down"],
    }
    clock = book.states["local_positive_detected"].clocks["step_down"]
    assert (clock.days, clock.starts, clock.proposes) == (14, "day_after", "lift_response")
    assert (clock.reset_by, clock.when) == (["local_positive_reported"], {"origin": "local"})
    assert clock.reports_in
    assert book.transitions["lift_response"].decided_by


@each_playbook
def test_a_clock_watches_a_report_that_can_be_missing(name: str) -> None:
    state = plan(name).states["local_positive_detected"]
    feed = state.obligations[state.clocks["step_down"].feed or ""]
    assert (feed.kind, schedule.recurs(feed)) == ("report", True)
    assert feed.escalate


@each_playbook
def test_the_first_report_is_due_two_hours_after_each_local_positive(name: str) -> None:
    first = plan(name).states["local_positive_detected"].obligations["first_report"]
    assert (first.within, first.of, first.on) == ("2h", "receipt", ["local_positive_reported"])
    assert [(tier.after, tier.to) for tier in first.escalate] == [
        ("10m", ["command"]),
        ("30m", ["superior"]),
    ]


# Words

_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_QUOTED: Final = re.compile(r"“[^”]*”")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Seven digits or more, whatever stands between them.
_MANY_DIGITS: Final = re.compile(r"(?:\d[ -]?){7,}")


@each_playbook
def test_every_text_is_chinese_in_chinese_and_english_in_english(name: str) -> None:
    texts = [one for _, one in all_structs(plan(name)) if isinstance(one, Text)]
    units = [one.en for _, one in all_structs(plan(name)) if isinstance(one, Unit)]
    assert [one.zh for one in texts if not _CHINESE.search(one.zh)] == []
    english = [*(one.en for one in texts), *units]
    assert [one for one in english if _CHINESE.search(_QUOTED.sub("", one))] == []


@each_playbook
def test_nothing_in_the_file_looks_like_a_telephone_number(name: str) -> None:
    book = plan(name)
    text = (shipped() / f"{name}.yaml").read_text(encoding="utf-8")
    for known in (book.jurisdiction.code, book.document.index):
        text = text.replace(known or "\0", "")
    assert _MANY_DIGITS.findall(_DATE.sub("", text)) == []


@each_playbook
def test_each_name_of_a_body_finds_that_body_alone_for_decided_by(name: str) -> None:
    book = plan(name)
    for key, body in book.bodies.items():
        for words in (key, body.name.zh, body.name.en, *body.alias):
            found = names.find(book, words, DECIDERS)
            assert [(one.kind, one.key) for one in found] == [("body", key)], words


@each_playbook
def test_two_readings_from_different_folders_give_the_same_hash(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digest(encode(plan(name)))
    monkeypatch.chdir(tmp_path)
    again = must_load(name).playbook
    assert again is not None
    assert digest(encode(again)) == first


# Every way there and back


def plain(book: Playbook, state: str) -> dict[tuple[str, str], Plain]:
    """Give what a state lists, as the record holds it."""
    return {key: msgspec.to_builtins(item) for key, item in posture(book.states[state]).items()}


def every_value(event: Event) -> Iterator[dict[str, Value]]:
    """Give an event in all its forms; one case is as good as many."""
    ranges: list[list[Value]] = [
        list(field.choices) if field.type == "choice" else [1] for field in event.fields.values()
    ]
    for combination in product(*ranges):
        yield dict(zip(event.fields, combination, strict=True))


def decisions(book: Playbook, here: Situation) -> Iterator[Decision]:
    """Give every decision that changes the state, by each body that may take it."""
    for event in book.events:
        for fields in every_value(book.events[event]):
            asked = decision.decide(book, here, ask(event, fields=fields, authority=None), NIGHT)
            for authority in asked.plan.who_may_decide if asked.plan else ():
                taken = decision.decide(book, here, ask(event, fields=fields, authority=authority), NIGHT)
                assert taken.refusal is None
                assert taken.plan is not None
                if taken.plan.target != here.state:
                    yield taken


@each_playbook
def test_every_way_back_leaves_exactly_what_routine_lists(name: str) -> None:
    book = plan(name)
    routine = {key: Stood(item, 0) for key, item in plain(book, "routine").items()}
    waiting: list[tuple[Situation, Standing]] = [(at_rest(book), routine)]
    seen: set[tuple[str, str | None, str | None]] = set()
    while waiting:
        here, standing = waiting.pop()
        node = (here.state, here.previous, here.authority)
        if node in seen:
            continue
        seen.add(node)
        for taken in decisions(book, here):
            after = dict(standing)
            there = situation.evolve(here, here.jurisdiction, NIGHT, taken.facts)
            situation.stand(after, there.version, taken.facts)
            assert {key: stood.item for key, stood in after.items()} == plain(book, there.state)
            assert (there.incident is None) == (there.state == "routine")
            waiting.append((there, after))
    assert {state for state, _, _ in seen} == set(STATES)
    assert {origin for state, origin, _ in seen if state == "routine"} >= set(STATES[1:])
