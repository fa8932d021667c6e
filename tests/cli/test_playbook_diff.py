"""`incident playbook diff`: what the console's page of a plan compares, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pytest

from incident.views.versions import Differing
from tests.cli.desk import MAJIAN, Desk, in_both_languages
from tests.cli.writing import changed_majian, small_town

ISSUER: Final = "document.issuers.0.en"
GOVERNMENT: Final = "People's Government of "


@pytest.fixture(scope="module")
def adopted_twice(majian_in_routine: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Majian under its playbook, then under one where the town has another English name."""
    folder = tmp_path_factory.mktemp("versions")
    desk = Desk(f"sqlite:///{folder / 'incident.db'}")
    desk.file.write_bytes(majian_in_routine.read_bytes())
    desk.done("adopt", str(changed_majian(folder)))
    return desk


def compared(desk: Desk, *words: str) -> Differing:
    said = desk.done("playbook", "diff", *words, "--json").out
    return msgspec.json.decode(said, type=Differing)


def test_the_plan_that_governs_is_compared_with_the_one_before_it(adopted_twice: Desk) -> None:
    found = compared(adopted_twice, "majian")

    assert found.jurisdiction.code == MAJIAN
    assert [(one.path, one.before, one.after) for one in found.values] == [
        ("jurisdiction.name.en", "Majian Town", "Town of Majian"),
        (ISSUER, f"{GOVERNMENT}Majian Town", f"{GOVERNMENT}Town of Majian"),
    ]
    assert found.states == []


def test_the_shipped_playbook_is_compared_with_what_governs(adopted_twice: Desk) -> None:
    stored, shipped = compared(adopted_twice, "majian"), compared(adopted_twice, "majian", "majian")

    assert (shipped.before, shipped.after) == (stored.after, stored.before)
    assert [one.path for one in shipped.values] == ["jurisdiction.name.en", ISSUER]
    same = compared(adopted_twice, "majian", "majian", "--from", "0")
    assert (same.before, same.values) == (same.after, [])


def test_versions_are_named_by_entry_or_by_the_beginning_of_their_hash(adopted_twice: Desk) -> None:
    there = compared(adopted_twice, MAJIAN)

    back = compared(adopted_twice, "majian", "--from", "1", "--to", there.before[:8])

    assert (back.before, back.after) == (there.after, there.before)
    assert (back.values[0].before, back.values[0].after) == ("Town of Majian", "Majian Town")


def test_what_stands_otherwise_is_a_line_of_its_state(adopted_twice: Desk, tmp_path: Path) -> None:
    text = changed_majian(tmp_path).read_text(encoding="utf-8")
    file = tmp_path / "shorter.yaml"
    assert "pattern: 24h" in text
    file.write_text(text.replace("pattern: 24h", "pattern: 12h", 1), encoding="utf-8")

    zh, en = in_both_languages(adopted_twice, "playbook", "diff", "majian", str(file))

    assert "常态" in zh.out
    assert "逐项差异：1" in zh.out
    assert "~  roster" in en.out
    assert "pattern" in en.out
    assert "→  12h" in en.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "9"], "`9`"),  # no such entry, and no such hash
        (["--from", "fffffff"], "#1"),  # the entries that are meant
        (["--to", "0"], "a version before"),  # the first one
        (["--to", "0", "majian"], "leave one of them out"),
        (["SMALL"], "330999102"),  # somebody else's
    ],
)
def test_what_cannot_be_compared_is_said(
    adopted_twice: Desk, tmp_path: Path, words: list[str], said: str
) -> None:
    typed = [str(small_town(tmp_path)) if word == "SMALL" else word for word in words]

    refused = adopted_twice.run("playbook", "diff", "majian", *typed)

    assert refused.code == 2
    assert said in refused.err
    assert refused.out == ""
