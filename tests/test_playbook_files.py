"""Playbooks as files: found by name or path, with the base beside them, and faults shown where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident.domain.errors import PlaybookError, RequestError
from incident.playbook_text.load import find, must_load, shipped, shipped_names
from tests.tiny import TINY, loaded


def test_base_beside_the_file_is_found_and_its_faults_are_shown_in_it(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "town.yaml").write_text(
        TINY.replace("type: integer", "type: number"), encoding="utf-8"
    )
    result = loaded(tmp_path, "playbook: mine\nextends: town\nevents: {ebb: {name: {zh: 落, en: E}}}\n")

    marks = [
        (Path(one.mark.file).parent.name, one.mark.line) for one in result.problems if one.mark is not None
    ]
    assert marks == [("base", 9)]
    (tmp_path / "base" / "town.yaml").write_text(TINY, encoding="utf-8")
    mine = loaded(
        tmp_path, "playbook: mine\nextends: town\nevents: {ebb: {name: {zh: 落, en: E}}}\n"
    ).playbook
    assert mine is not None
    assert (mine.playbook, mine.events["ebb"].name.zh, list(mine.events)) == ("mine", "落", ["flood", "ebb"])


def test_two_files_that_extend_each_other_are_refused_at_the_second(tmp_path: Path) -> None:
    (tmp_path / "q.yaml").write_text("playbook: q\nextends: p\n", encoding="utf-8")
    result = loaded(tmp_path, "playbook: p\nextends: q\n")

    (found,) = result.problems
    assert (found.rule, found.mark and Path(found.mark.file).name, found.mark and found.mark.line) == (
        "P011",
        "q.yaml",
        2,
    )


def test_shipped_playbook_is_found_by_name_and_any_by_path(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(TINY, encoding="utf-8")

    assert [find(name) for name in shipped_names()] == [
        shipped() / f"{name}.yaml" for name in shipped_names()
    ]
    assert find(str(tmp_path / "p.yaml")) == tmp_path / "p.yaml"


@pytest.mark.parametrize("name", ["atlantis", "", ".", "a\x00b", "x" * 300])
def test_playbook_that_is_not_there_is_the_callers_mistake(name: str) -> None:
    with pytest.raises(RequestError):
        find(name)


def test_playbook_that_must_hold_raises_with_all_its_errors(tmp_path: Path) -> None:
    text = TINY.replace("level: village", "level: hamlet").replace("type: integer", "type: number")
    loaded(tmp_path, text)

    with pytest.raises(PlaybookError) as wrong:
        must_load(str(tmp_path / "p.yaml"))

    assert [one.rule for one in wrong.value.problems] == ["P008", "P008"]
