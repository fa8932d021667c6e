"""A playbook that stands in no file here: read as a file is, its base found among the shipped ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident.playbook_text.load import load, load_bytes, shipped
from tests.tiny import TINY


def test_bytes_are_read_as_the_file_is() -> None:
    name = "majian"
    raw = (shipped() / f"{name}.yaml").read_bytes()

    sent, read = load_bytes(raw, "sent.yaml"), load(name)

    assert sent.playbook == read.playbook
    assert [(one.rule, one.mark and one.mark[1:]) for one in sent.problems] == [
        (one.rule, one.mark and one.mark[1:]) for one in read.problems
    ]


def test_what_is_wrong_is_placed_in_the_file_by_its_name() -> None:
    text = TINY.replace("on: flood", "on: flod")
    line = 1 + text[: text.index("on: flod")].count("\n")

    found = load_bytes(text.encode(), "a.yaml").errors

    assert ("a.yaml", line) in {(one.mark.file, one.mark.line) for one in found if one.mark is not None}


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"- a", b"a: [", b"\x00"], ids=repr)
def test_what_is_no_playbook_says_so(raw: bytes) -> None:
    sent = load_bytes(raw, "a.yaml")

    assert sent.playbook is None
    assert sent.errors


def test_no_base_is_looked_for_beside_what_was_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.yaml").write_text(TINY)
    monkeypatch.chdir(tmp_path)

    (fault, *_more) = load_bytes(f"extends: secret\n{TINY}".encode(), "a.yaml").errors

    assert fault.rule == "P010"
