"""Playbook files as an author may write them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.desk import CHECKOUT

MAJIAN_TEXT = (CHECKOUT / "playbooks" / "majian.yaml").read_text(encoding="utf-8")


def changed_majian(folder: Path) -> Path:
    """Write Majian's playbook with another English name of the town."""
    path = folder / "majian_changed.yaml"
    assert "Majian Town}" in MAJIAN_TEXT
    path.write_text(MAJIAN_TEXT.replace("Majian Town}", "Town of Majian}"), encoding="utf-8")
    return path


#: A town whose only step asks for a number between two bounds and for a text.
SMALL_TOWN = """\
playbook: small
extends: epidemic
jurisdiction:
  code: "330999102"
  name: {zh: 小镇, en: Small Town}
  level: town
  zone: Asia/Shanghai
document:
  title: {zh: 小镇预案, en: Small plan}
units:
  办公室: {en: Office}
  卫生院: {en: Clinic}
bodies:
  command: {name: {zh: 小镇领导小组, en: Small command}, kind: command, units: [办公室, 卫生院]}
groups: {}
events:
  counted:
    name: {zh: 清点, en: Counted}
    fields:
      number: {name: {zh: 数, en: Number}, type: integer, at_least: 1, at_most: 9}
      remark: {name: {zh: 备注, en: Remark}, type: text}
      below: {name: {zh: 零下, en: Below zero}, type: integer, required: false}
transitions:
  count:
    name: {zh: 清点, en: Count}
    from: [routine]
    on: counted
    to: routine
"""


def small_town(folder: Path) -> Path:
    """Write the small town's playbook."""
    path = folder / "small.yaml"
    path.write_text(SMALL_TOWN, encoding="utf-8")
    return path
