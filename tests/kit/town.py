"""An incident of Majian as it happens, with all that a kit can hold, and two checkpoints signed on its way.

Taken in: five people. Refused: an activation without a body. Activated late, after an order on paper. Then
filings with an attachment, one late; a directive; a note for the log; and the way back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.cli.desk import ACTIVATE, POSITIVE, STAND_DOWN, Desk
from tests.cli.working import work_for
from tests.playbooks import HOUR

#: What a hostile hand would like a page, a terminal or a spreadsheet to carry out.
HOSTILE: Final = "<script>alert(1)</script>\u200b=1+1 & \"'"
FORMULA: Final = "=HYPERLINK(1)"
PEOPLE: Final = "seat,holder,name,from,channels\n" + "".join(
    f"全体机关干部,H{n},{name},2025-01-01,mail:h{n}@example.cn\n"
    for n, name in enumerate((FORMULA, "李二", "孙三", "赵四"), 1)
)


def lived_through(desk: Desk, folder: Path) -> Desk:
    """Let the incident happen at a desk whose town was adopted at 18:40; it ends the next morning."""
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "名单.csv").write_bytes("姓名\n王五\n".encode())
    desk.done("people", "import", str(folder / "people.csv"))
    assert desk.run(*POSITIVE, "--yes").code == 3
    sign(desk)
    desk.done(*ACTIVATE, "--effective-at", "00:10", "--reason", HOSTILE)
    work_for(desk, 3 * HOUR)
    order = ("--from", "command.leader", "--to", "social_stability", "--due", "2h", "--text", "查清王五去向")
    directive = desk.done("directive", "issue", "majian", *order, "--json").object()["directive"]
    desk.done("log", "add", "majian", "--who", "王五家属", "--said", "第一行\n第二行", "--done", "已转")
    sign(desk)
    work_for(desk, 5 * HOUR)
    desk.done("report", "file", "majian", "--from", "social_stability", "--form", directive,
              *("--text", "已查清", "--file", str(folder / "名单.csv"), "--set", "cases=3"))  # fmt: skip
    desk.done(*STAND_DOWN)
    work_for(desk, 10 * HOUR)
    return desk


def sign(desk: Desk) -> None:
    """Sign a checkpoint of what is there, with a key that lies beside the database."""
    key = desk.file.with_name("key")
    if not key.exists():
        desk.done("journal", "key", "new", str(key), "--name", "majian.example/incident")
    desk.done("journal", "checkpoint", "majian", "--key", str(key))


def public_key(desk: Desk) -> str:
    """Give the public key that signed."""
    return desk.done("journal", "key", "show", str(desk.file.with_name("key"))).out.strip()
