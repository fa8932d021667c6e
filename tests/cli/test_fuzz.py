"""Whatever is typed: an exit code of the table, no traceback, no fault of ours, and a journal that holds."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.cli.desk import MAJIAN, Desk
from tests.cli.test_help import ALL

OPTIONS = sorted({name for _, command in ALL for option in command.params for name in option.opts} - {"--db"})
WORDS = [
    *OPTIONS,
    *("majian", MAJIAN, "wulipai", "baishi", "no-such-place", "-", "--", ""),
    *("local_positive_reported", "first_level_response_declared", "response_lifted", "positive_ruled_out"),
    *("origin=local", "origin=imported", "result=confirmed", "cases=1", "cases=0", "=", "a=b=c"),
    *("command", "领导小组", "outbreak_task_force", "令", "14d", "02:40", "2026-03-01", "1d", "zh", "en"),
    *("StateEntered", "text", "svg", "groups.duty", "states"),
]
#: Anything that a shell can hand over: text without NUL, also such that is not UTF-8.
ANYTHING = st.text(st.characters(exclude_characters="\0", exclude_categories=()), max_size=12).filter(
    lambda text: "/" not in text
)
#: A worker that is not told to stop would never be through, nor a server; nobody has this address (RFC 5737).
ENDS = {("run",): ["--once"], ("serve",): ["--host", "192.0.2.1"]}
LINES = st.builds(
    lambda path, rest: [*path, *rest, *ENDS.get(path, [])],
    st.sampled_from([path for path, _ in ALL]),
    st.lists(st.sampled_from(WORDS) | ANYTHING, max_size=8),
)
ACTS = st.builds(
    lambda verb, rest: [*verb, "--yes", *rest],
    st.sampled_from([("activate", "majian"), ("stand-down", "majian"), ("signal", "majian")]),
    st.lists(
        st.sampled_from(["--set", "--event", "--decided-by", "--basis", "--until", "--effective-at"]).flatmap(
            lambda name: (st.sampled_from(WORDS) | ANYTHING).map(lambda value: f"{name}={value}")
        ),
        max_size=8,
    ),
)
FEW = settings(max_examples=100)


@pytest.fixture(scope="module")
def any_desk(majian_in_routine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all that is typed, in a folder of its own: commands write files of any name."""
    desk = Desk(f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'incident.db'}")
    with closing(sqlite3.connect(majian_in_routine)) as old, closing(sqlite3.connect(desk.file)) as new:
        old.backup(new)
    with contextlib.chdir(tmp_path_factory.mktemp("files")):
        yield desk


@FEW
@example(line=["serve", *ENDS["serve",]])
@example(line=["run", *ENDS["run",]])
@given(line=LINES | ACTS)
def test_nothing_that_is_typed_is_a_fault_of_the_program(any_desk: Desk, line: list[str]) -> None:
    any_desk.run(*line)


def test_journal_holds_after_all_that(any_desk: Desk) -> None:
    any_desk.version()
