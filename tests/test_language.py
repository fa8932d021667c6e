"""What the program says on a screen it says in Chinese too, when the option or the environment asks for it.

What is looked for is English that got through. Names that are the same in both languages stay: options,
commands, keys of a playbook, kinds of facts, and products such as SQLite.
"""

from __future__ import annotations

import gettext
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import click
import pytest

from incident import language
from incident.cli import root
from incident.domain.say import say

ROOT = Path(__file__).parent.parent
RULES = ROOT / "tests" / "playbook_rules"
VARIABLES = ("INCIDENT_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def english(text: str) -> list[str]:
    """Find runs of two or more English words; `backquoted` words and what is typed are none."""
    typed = r"`[^`]*`|(?<!\w)--?[a-z][a-z-]*(?:=\S+)?|\bincident(?: [a-z-]+)+(?: --[a-z-]+)*"
    return re.findall(
        r"(?<![\w=/.:-])[A-Za-z][a-z']+(?: [A-Za-z]?[a-z']+)+(?![\w=])", re.sub(typed, "…", text)
    )


def test_english_that_got_through_is_found() -> None:
    assert english("处理：look at it again；用 --plan 查看，或运行：incident status majian") == [
        "look at it again"
    ]
    assert (
        english("`name of it`  GroupConverted  incident 0.1.0, Python  journal_mode=wal synchronous=2") == []
    )


# -- which language


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment that names no language, and everything as before afterwards."""
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(language, "_chosen", language._chosen)
    domain = gettext.textdomain()
    yield monkeypatch
    gettext.textdomain(domain)


@pytest.mark.parametrize(
    ("arguments", "environment", "chosen"),
    [
        # nothing said
        ("status", "", "en"),
        # the option: before or after the command, in both spellings, over everything else
        ("--lang zh status", "", "zh"),
        ("status --lang zh", "", "zh"),
        ("status --lang=zh", "LANG=en_US.UTF-8", "zh"),
        ("--lang en status", "INCIDENT_LANG=zh LANG=zh_CN.UTF-8", "en"),
        # one that is not spoken is for click to refuse, in the language of the environment
        ("--lang fr status", "LANG=zh_CN.UTF-8", "zh"),
        ("status --lang", "", "en"),
        # after `--` nothing is an option
        ("status -- --lang zh", "", "en"),
        # each variable alone
        ("status", "INCIDENT_LANG=zh", "zh"),
        ("status", "LANGUAGE=zh_CN:en", "zh"),
        ("status", "LC_ALL=zh_CN.UTF-8", "zh"),
        ("status", "LC_MESSAGES=zh_CN.GB18030", "zh"),
        ("status", "LANG=zh_CN.UTF-8", "zh"),
        ("status", "LANG=C.UTF-8", "en"),
        ("status", "LANG=de_DE.UTF-8", "en"),
        # the first that is set decides
        ("status", "INCIDENT_LANG=en LANGUAGE=zh", "en"),
        ("status", "LANGUAGE=en LC_ALL=zh_CN.UTF-8", "en"),
        ("status", "LC_ALL=C.UTF-8 LC_MESSAGES=zh_CN.UTF-8", "en"),
        ("status", "LC_MESSAGES=zh_CN.UTF-8 LANG=C.UTF-8", "zh"),
    ],
)
def test_language_is_chosen_by_option_then_environment(
    settings: pytest.MonkeyPatch, arguments: str, environment: str, chosen: str
) -> None:
    for setting in environment.split():
        name, _sign, value = setting.partition("=")
        settings.setenv(name, value)
    assert language.choose(arguments.split()) == chosen
    assert language.speak("plain") == "plain"
    assert language._("Do not ask.") == ("不再询问，直接执行。" if chosen == "zh" else "Do not ask.")
    # click asks gettext itself
    assert gettext.gettext("Missing command.") == ("缺少命令。" if chosen == "zh" else "Missing command.")


@pytest.mark.usefixtures("settings")
def test_a_block_speaks_its_own_language_and_what_is_around_it_does_not_notice() -> None:
    language.choose(["--lang", "en"])
    with language.speaking("zh"):
        assert language._("Do not ask.") == "不再询问，直接执行。"
        with language.speaking("en"):
            assert language.speak(say("nobody")) == "nobody"
        assert (language.spoken(), language.speak(say("nobody"))) == ("zh", "无人")
        assert language.spoken() == "zh"
    assert language.speak(say("nobody")) == "nobody"


@pytest.mark.usefixtures("settings")
def test_a_thread_speaks_the_language_of_the_process_unless_it_is_given_a_context() -> None:
    language.choose(["--lang", "zh"])
    with language.speaking("en"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(language.speak, say("nobody")).result() == "无人"
        assert pool.submit(copy_context().run, language.speak, say("nobody")).result() == "nobody"


# -- what is on the screen


#: Reads command lines as JSON and gives for each its exit code and what was shown: starting once is enough.
TERMINAL = """
import contextlib, io, json, sys
from incident import language
language.choose(["--lang", "zh"])
from incident.cli.root import run
answers = []
for words in json.load(sys.stdin):
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
        code = run(words)
    answers.append((code, shown.getvalue()))
json.dump(answers, sys.stdout)
"""


def type_in(folder: Path, lines: Sequence[Sequence[str]]) -> list[tuple[int, str]]:
    """Type command lines at a terminal that speaks Chinese; gives exit code and what was shown of each."""
    done = subprocess.run(
        [sys.executable, "-c", TERMINAL],
        input=json.dumps(lines),
        env={"INCIDENT_DB": f"sqlite:///{folder / 'duty.db'}", "PATH": "/usr/bin:/bin", "COLUMNS": "100"},
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(code, shown) for code, shown in json.loads(done.stdout)]


def commands(command: click.Command | None = root.incident, *path: str) -> Iterator[list[str]]:
    """Give every command by the words that lead to it; the first is the program itself."""
    yield [*path]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), *path, name)


def test_all_help_is_chinese(tmp_path: Path) -> None:
    lines = [[*words, "--help"] for words in commands()]
    for line, (code, shown) in zip(lines, type_in(tmp_path, lines), strict=True):
        assert (code, english(shown)) == (0, []), line
        assert shown.startswith("用法：")
        # every option says something in Chinese
        options = re.split(r"\n  (?=-)", shown.partition("选项:")[2].partition("命令:")[0])
        assert [one for one in options[1:] if not re.search("[\u4e00-\u9fff]", one)] == [], line


NOBODYS = "0" * 64
POSITIVE = (
    "--event local_positive_reported --set origin=local --set result=preliminary_positive --set cases=1"
)
DECIDED = "--decided-by 领导小组 --basis 诸市防控〔2021〕4号 --reason 测试 --yes"
#: What is typed in a night, from adoption to the end: command line, exit code, words that are shown.
NIGHT = [
    ("status", 0, "尚无辖区采用预案"),
    ("adopt majian", 0, "马剑镇 330681111 已采用预案 majian"),
    ("adopt majian", 0, "马剑镇已采用此预案；不作变更"),
    ("playbook list", 0, "关于调整和完善马剑镇"),
    ("playbook check majian", 0, "majian：没有错误，"),
    ("playbook diagram majian", 0, "马剑镇：预案的状态与转换"),
    ("playbook show majian --section jurisdiction.code", 0, "330681111  [项目补充]"),
    ("status majian", 0, "全天候值班"),
    # a plan, and what is wrong with requests that lack something
    (f"activate majian {POSITIVE} --plan", 0, "增加5项职责、常态职责照常履行"),
    (f"activate majian {POSITIVE} --plan", 0, "[项目补充：文件未规定]"),
    (f"activate majian {POSITIVE}", 2, "  实际：两者皆无"),
    (f"activate majian {POSITIVE} --yes", 3, "已拒绝 [missing]：缺少：决定机关（--decided-by）、依据"),
    (
        f"activate majian {POSITIVE} --expect-plan {NOBODYS} {DECIDED}",
        3,
        "已拒绝 [plan_changed]：方案与先前显示的不一致",
    ),
    (f"activate majian {POSITIVE} --until 02:40x {DECIDED}", 2, "按 Asia/Shanghai 时区读取"),
    (f"signal majian response_lifted {DECIDED}", 3, "已拒绝 [not_possible]：当前状态下不能受理此事件"),
    ("signal majian local_positive_reported --yes", 2, "  处理：请逐项填写：--set，写作 名称=值"),
    ("signal majian local_positive_reported --set origin=mars --yes", 2, "错误：事件要素 `origin`"),
    # it happens
    (f"activate majian --event-id 1 {POSITIVE} {DECIDED}", 0, "计划结束："),
    (f"activate majian --event-id 1 {POSITIVE} {DECIDED}", 0, "该事件此前已处理，见条目"),
    (f"activate majian {POSITIVE} {DECIDED}", 4, "起生效"),
    ("status", 0, "起始时间"),
    ("status majian", 0, "社会稳定组，现为疫情处置专班社区封控组"),
    ("adopt dongshan", 0, "已采用预案 dongshan"),
    # and ends
    (f"stand-down majian --effective-at 2020-01-01 {DECIDED}", 3, "已拒绝 [time]：时间不符"),
    ("stand-down majian --decided-by 无此机关 --basis 口头 --yes", 2, "请写明机关或岗位的键名或全称"),
    ("stand-down majian --plan", 0, "（只履行常态职责）"),
    (f"stand-down majian {DECIDED}", 0, "疫情处置专班撤销"),
    (f"stand-down majian {DECIDED}", 2, "没有适用的事件"),
    # the record
    ("history majian", 0, "GroupReverted"),
    ("history majian --kind IncidentClosed", 0, "结束"),
    ("status majian --at 2020-01-01", 2, "采用预案之后的时间"),
    ("journal verify", 0, "每条重新裁定"),
    ("journal verify majian --hashes-only", 0, "只核验了哈希"),
    ("doctor", 0, "审计日志只能追加"),
    ("db upgrade", 0, "数据库结构版本已是"),
]


def test_a_night_is_chinese_from_adoption_to_the_end(tmp_path: Path) -> None:
    answers = type_in(tmp_path, [line.split() for line, _code, _words in NIGHT])
    for (line, expected, words), (code, shown) in zip(NIGHT, answers, strict=True):
        assert code == expected, f"{line}\n{shown}"
        assert words in shown, line
        assert english(shown) == [], line


#: What is typed by mistake, and words that are shown.
SLIPS = [
    # in click's own words, which follow the language as well
    ("no_such", "错误：没有命令 'no_such'。"),
    ("status --no-such", "错误：没有选项 '--no-such'。"),
    ("activate", "错误：缺少参数 'JURISDICTION'"),
    ("status a b", "错误：多余的参数：b"),
    ("history majian --since", "错误：选项 '--since' 需要1个值。"),
    ("--lang fr", "错误：'--lang' 的值无效：'fr' 不在可选值之内：'zh', 'en'。"),
    ("journal no_such", "错误：没有命令 'no_such'。"),
    # in ours
    ("status no_such", "  实际：`no_such`"),
    ("adopt no_such", "  实际：没有此预案"),
    ("playbook show majian --section no_such", "  处理：请用键名指定某一部分"),
]


def test_slips_are_told_in_chinese(tmp_path: Path) -> None:
    answers = type_in(tmp_path, [line.split() for line, _words in SLIPS])
    for (line, words), (code, shown) in zip(SLIPS, answers, strict=True):
        assert code == 2, f"{line}\n{shown}"
        assert words in shown, line
        assert english(shown) == [], line


def test_a_database_that_cannot_be_used_is_told_in_chinese(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("no database at all, but long enough to be looked at", encoding="utf-8")
    [(code, shown)] = type_in(tmp_path, [["status", "--db", f"sqlite:///{other}"]])
    assert code == 5
    assert "  要求：SQLite 数据库\n" in shown
    # SQLite's own words are shown as they are
    assert english(shown.replace("file is not a database", "")) == []


def test_every_rule_of_a_playbook_reports_in_chinese(tmp_path: Path) -> None:
    names = [str(path.relative_to(ROOT)) for path in sorted(RULES.glob("*_fails.yaml"))]
    [(code, shown)] = type_in(tmp_path, [["playbook", "check", *names]])
    assert code == 1, shown
    reported = shown.splitlines()
    assert len(reported) > 100
    # the words of the YAML parser (P004) and of the schema (P008) are shown as they are
    foreign = [line for line in reported if " P004" in line or " P008" in line]
    assert len(foreign) <= 2
    assert english("\n".join(line for line in reported if line not in foreign)) == []
