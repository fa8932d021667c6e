"""What CONTRIBUTING says of the code is true of the code."""

from __future__ import annotations

import re
from pathlib import Path

from incident.domain.posture import KINDS
from incident.views import kinds

ROOT = Path(__file__).parent.parent
#: How a file must know a kind of posture item to handle it apart: by its key, its map or its structure.
KNOWS_MEASURES = re.compile(r"""["']measures?["']|\bMeasure\b|\.measures\b""")


def test_a_new_kind_of_posture_item_touches_exactly_the_files_that_contributing_lists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.partition("## Adding a kind of posture item")[2].partition("\n## ")[0]
    listed = set(re.findall(r"\* `(incident/[\w/]+\.py)`", section))
    knowing = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "incident").rglob("*.py")
        if KNOWS_MEASURES.search(path.read_text(encoding="utf-8"))
    }
    assert knowing == listed


def test_every_kind_has_a_name_and_a_heading() -> None:
    assert set(kinds.SEVERAL) == set(KINDS)
    assert set(kinds.ONE) == {*KINDS, "seat"}
