"""The file of a worker: there while it lives, a witness when it died."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from incident.schedule.status import Findings, Seen, Status, StatusFile, bury, workers
from tests.playbooks import NIGHT

STATUS = Status(pid=os.getpid(), node="desk", since=NIGHT, delivers="/var/spool/messages")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run" / "incident"


def died(folder: Path, **changes: object) -> None:
    """Leave what a killed worker leaves: the file, and nobody who holds it."""
    file = StatusFile(folder, Status(**{"pid": 1, "node": "dead", "since": NIGHT, **changes}))  # type: ignore[arg-type]
    os.close(file._file)


def test_worker_that_lives_is_seen_alive_by_many(folder: Path) -> None:
    with closing(StatusFile(folder, STATUS)):
        assert workers(folder) == workers(folder) == [Seen(STATUS, is_alive=True)]


def test_worker_that_stopped_is_seen_no_more(folder: Path) -> None:
    StatusFile(folder, STATUS).close()
    assert workers(folder) == []
    assert [*folder.iterdir()] == []


def test_worker_that_was_killed_is_seen_dead(folder: Path) -> None:
    died(folder)
    assert [(one.status.node, one.is_alive) for one in workers(folder)] == [("dead", False)]


def test_worker_that_gave_up_leaves_its_last_words(folder: Path) -> None:
    file = StatusFile(folder, STATUS)
    file.report(Findings(scheduler_died=NIGHT))
    file.close(keep=True)

    (seen,) = workers(folder)
    assert seen == (Seen(seen.status, is_alive=False))
    assert seen.status.findings.scheduler_died == NIGHT


def test_findings_are_read_as_they_are_now_shorter_or_longer(folder: Path) -> None:
    with closing(StatusFile(folder, STATUS)) as file:
        for findings in (
            Findings(away_since=NIGHT, last_error="x" * 500),
            Findings(),
            Findings(skew=3, clock_jumped=NIGHT, jumped_by=-3600),
        ):
            file.report(findings)
            (seen,) = workers(folder)
            assert seen.status.findings == findings


def test_next_worker_takes_away_the_dead_and_leaves_the_living(folder: Path) -> None:
    died(folder, node="first")
    died(folder, node="second")
    with closing(StatusFile(folder, STATUS)):
        assert sorted(one.node for one in bury(folder)) == ["first", "second"]
        assert workers(folder) == [Seen(STATUS, is_alive=True)]
        assert bury(folder) == []


def test_what_is_no_status_is_left_out(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "1-abc.json").write_text("half of a")
    (folder / "2-abc.json").mkdir()

    assert workers(folder) == []
    assert bury(folder) == []


def test_folder_that_is_not_there_holds_nobody(folder: Path) -> None:
    assert workers(folder) == []


def test_only_its_owner_may_read_it(folder: Path) -> None:
    with closing(StatusFile(folder, STATUS)):
        assert folder.stat().st_mode & 0o077 == 0
        assert [path.stat().st_mode & 0o077 for path in folder.iterdir()] == [0]
