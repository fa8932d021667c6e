"""The line to PostgreSQL is cut, or goes dead without a word, in the middle of an activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from incident.store import database, patience
from incident.store.database import connect
from tests.cli.desk import Desk
from tests.crash.act import Act, typed
from tests.crash.acts import named
from tests.crash.faults import Moment, run_with
from tests.crash.places import Beginnings, server_databases
from tests.crash.proxy import Line, line_to
from tests.crash.rows import Rows, rows_of
from tests.postgres import PostgresServer

ACTIVATION = named("activate")
#: A statement in the middle of those that write.
IN_THE_MIDDLE = Moment("statement", 25)
AT_THE_COMMIT = Moment("commit")


@pytest.fixture(scope="module")
def there(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beginnings]:
    """What acts begin with, on a server."""
    with closing(Beginnings(server_databases(postgres_server), tmp_path_factory.mktemp("files"))) as made:
        yield made


class Stage:
    """An activation over a line, and what the database holds, seen without it."""

    def __init__(self, line: Line, desk: Desk, url: str, act: Act, folder: Path) -> None:
        self.line, self.desk, self._url = line, desk, url
        self.words = typed(act.words, folder)
        self.before = self.rows()

    def rows(self) -> Rows:
        return rows_of(self._url)

    def fails(self, moment: Moment, fault: Callable[[], object]) -> str:
        """Run it into a fault; gives what is said of it."""
        said = run_with(self.desk, self.words, moment, fault)
        assert said.code == 5, said
        assert said.out == ""
        self.line.mend()
        return said.err

    def is_done_once_when_done_again(self) -> None:
        self.desk.done(*self.words)
        assert "local_positive_detected" in self.desk.done("status", "majian", "--json").out
        assert self.desk.version() == len(self.before["entry"]) + 1


@pytest.fixture
def stage(postgres_server: PostgresServer, there: Beginnings) -> Iterator[Stage]:
    with (
        there.copied(ACTIVATION) as place,
        line_to(postgres_server, place.url) as (line, url),
    ):
        yield Stage(line, Desk(url), place.url, ACTIVATION, place.folder)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits longer than a fifth of a second for an answer before the server is asked."""
    monkeypatch.setattr(patience, "PATIENCE", 0.2)
    monkeypatch.setattr(patience, "AGAIN", 0.1)


def test_line_that_is_cut_loses_nothing(stage: Stage) -> None:
    assert "a database that answers" in stage.fails(IN_THE_MIDDLE, stage.line.cut)

    assert stage.rows() == stage.before
    stage.is_done_once_when_done_again()


def test_line_that_is_cut_at_the_commit_leaves_it_open_and_again_counts_once(stage: Stage) -> None:
    assert "not known whether it was recorded" in stage.fails(AT_THE_COMMIT, stage.line.cut)

    stage.is_done_once_when_done_again()


def test_line_that_goes_dead_is_given_up_and_nothing_is_lost(stage: Stage, impatient: None) -> None:
    said = stage.fails(IN_THE_MIDDLE, stage.line.go_dead)

    assert "does not answer on this connection any more" in said
    assert stage.rows() == stage.before
    stage.is_done_once_when_done_again()


def test_answer_to_the_commit_that_is_lost_is_said_and_again_counts_once(
    stage: Stage, impatient: None
) -> None:
    said = stage.fails(AT_THE_COMMIT, stage.line.lose_answers)

    assert "not known whether it was recorded" in said
    assert len(stage.rows()["entry"]) == len(stage.before["entry"]) + 1
    stage.is_done_once_when_done_again()


def test_server_that_cannot_be_asked_either_is_away(
    stage: Stage, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CONNECT", 2)
    said = stage.fails(IN_THE_MIDDLE, lambda: stage.line.go_dead(also_new=True))

    assert "check that the server runs" in said
    assert stage.rows() == stage.before
    stage.is_done_once_when_done_again()


def test_server_that_takes_long_is_waited_for(postgres_url: str, impatient: None) -> None:
    engine = connect(postgres_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 7 FROM pg_sleep(1)").scalar_one() == 7
    engine.dispose()
