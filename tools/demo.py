"""`make demo`: the main job on the real plan of Majian, with the commands shown and their own output.

Makes a new SQLite database under `demo/`, speaks the language of the environment, stops at the first command
that does not end as it should.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "demo"
DATABASE = FOLDER / "incident.db"
POSITIVE = [
    "--event",
    "local_positive_reported",
    "--set",
    "origin=local",
    "--set",
    "result=preliminary_positive",
]
ORDER = ["--decided-by", "领导小组", "--basis", "诸市防控〔2021〕4号"]
CHINESE = "zh"

#: What is done, and why, in both languages; `{plan}` becomes the hash that the plan showed.
STORY: list[tuple[str, str, list[str], int]] = [
    (
        "检查预案：没有错误，文件自身的矛盾逐条列出",
        "Check the plan: no errors; every contradiction of the paper is listed",
        ["playbook", "check", "majian"],
        0,
    ),
    ("把马剑镇置于预案之下", "Put Majian under its plan", ["adopt", "majian"], 0),
    (
        "先看后做：会发生什么，每一行出自哪一条",
        "Look first: what would happen, each line with its clause",
        ["activate", "majian", *POSITIVE, "--set", "cases=1", "--plan"],
        0,
    ),
    (
        "没有决定机关和依据：拒绝，并说明缺什么、谁可决定",
        "Without a deciding body and a basis: refused, naming both",
        ["activate", "majian", *POSITIVE, "--set", "cases=1", "--yes"],
        3,
    ),
    (
        "启动：执行的正是刚才看到的",
        "Activate: what runs is what was shown",
        ["activate", "majian", *POSITIVE, "--set", "cases=1", *ORDER, "--expect-plan", "{plan}", "--yes"],
        0,
    ),
    ("现在的状态", "Where it stands now", ["status", "majian"], 0),
    (
        "零报告：没有情况也要报，一次报送满足所有同样的应报",
        "A zero report: nothing to report is said, and one filing closes all that ask for it",
        ["report", "file", "majian", "--from", "duty", "--form", "first_report", "--zero"],
        0,
    ),
    ("谁该报什么、何时、是否已报", "Who owes what by when, and what is in", ["reports", "majian"], 0),
    ("谁、何时、凭什么、做了什么", "Who, when, on what basis, what", ["history", "majian"], 0),
    (
        "由作出启动决定的机关解除：同一个差异，反向执行",
        "Lifted by the body that decided it: the same difference, backwards",
        ["stand-down", "majian", *ORDER, "--yes"],
        0,
    ),
    (
        "重新计算整个审计日志，并由它重建现状",
        "Recompute the whole journal and rebuild the present from it",
        ["journal", "verify"],
        0,
    ),
    (
        "演练两周：同一程序，虚拟时钟，第五天停机一夜，一切都有交代",
        "Rehearse a fortnight: the same code on a virtual clock, a night without it, all accounted for",
        ["playbook", "rehearse", "majian", "--days", "14", "--outage", "day 5 20:00..day 6 09:00"],
        0,
    ),
]


#: How the same is opened in a browser.
OPEN = [
    (
        "在浏览器里看这个结果：打印地址，以及设立第一个管理员的链接",
        "Look at this in a browser: it prints the address, and a link by which the first administrator comes",
        f"{shlex.quote(str(ROOT / '.venv/bin/incident'))} --db sqlite:///{DATABASE} serve",
    ),
    (
        "或者看一个正在处置的示例：每种角色一个登录名，结束即清除",
        "Or at a filled example in the middle of an incident: one login for each role, gone when it ends",
        f"{shlex.quote(str(ROOT / '.venv/bin/incident'))} serve --demo",
    ),
]


def incident(*arguments: str, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """Run one command on the demo's database."""
    environment = {**os.environ, "INCIDENT_DB": f"sqlite:///{DATABASE}"}
    return subprocess.run(
        [sys.executable, "-m", "incident", *arguments],
        env=environment,
        cwd=ROOT,
        text=True,
        check=False,
        stdout=subprocess.PIPE if capture else None,
    )


def language() -> str:
    """Ask the program which language it speaks here."""
    sys.path.insert(0, str(ROOT))
    from incident.language import choose

    return choose([])


def main() -> int:
    """Tell the story."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    spoken = language()
    plan = ""
    for chinese, english, arguments, expected in STORY:
        typed = [word.format(plan=plan) for word in arguments]
        print(f"\n# {chinese if spoken == CHINESE else english}")
        print(f"$ incident {shlex.join(typed)}", flush=True)
        result = incident(*typed)
        if result.returncode != expected:
            print(f"exit code {result.returncode}, expected {expected}", file=sys.stderr)
            return 1
        if "--plan" in typed:
            plan = json.loads(incident(*typed, "--json", capture=True).stdout)["plan"]
    print(f"\n{'数据库' if spoken == CHINESE else 'Database'}: {DATABASE}")
    for chinese, english, command in OPEN:
        print(f"\n# {chinese if spoken == CHINESE else english}\n$ {command}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
