"""The smallest whole plan, as a text to be changed, and how such a text is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from incident.domain import playbook
from incident.domain.say import render
from incident.playbook_text.load import Loaded, load

#: A whole plan in few bytes, so that every one of them can be mangled.
TINY: Final = """\
playbook: tiny
jurisdiction: {code: "99", name: {zh: 村, en: V}, level: village}
document: {title: {zh: 方案, en: P}}
bodies:
  command: {name: {zh: 组, en: C}}
groups:
  watch: {name: {zh: 值班组, en: W}}
events:
  flood: {name: {zh: 洪水, en: F}, fields: {depth: {name: {zh: 水深, en: D}, type: integer}}}
  ebb: {name: {zh: 退水, en: E}}
states:
  routine: {name: {zh: 常态, en: R}, groups: all}
  alarm:
    name: {zh: 应急, en: A}
    on_top_of: routine
    bodies: {command: {source: 一(八)3}}
transitions:
  up: {name: {zh: 启, en: U}, from: [routine], on: flood, when: {depth: {at_least: 3}}, to: alarm}
  down: {name: {zh: 止, en: D}, from: [alarm], on: ebb, to: routine, decided_by: [组]}
"""


def loaded(folder: Path, text: str | bytes) -> Loaded:
    """Load a text as a file: whatever it holds, readable problems or a playbook that can be stored."""
    path = folder / "p.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = load(str(path))
    for found in result.problems:
        for words in (found.expected, found.found, found.do):
            assert render(words, "zh", str) + render(words, "en", str)
            assert "object at 0x" not in render(words, "en", str)
        assert found.mark is not None
        assert Path(found.mark.file).suffix == ".yaml"
    if result.playbook is None:
        assert result.errors
    else:
        assert playbook.decode(playbook.encode(result.playbook)) == result.playbook
    return result
