"""The PostgreSQL server is killed in the middle of a command, and is there again for the next one.

Under workers: `tests/chaos/test_server_killed.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.server import MortalServer, mortal_server
from tests.cli.desk import ACTIVATE, Desk
from tests.crash.faults import Moment, run_with


@pytest.fixture
def server() -> Iterator[MortalServer]:
    with mortal_server() as running:
        yield running


def test_server_killed_under_a_command_loses_nothing_and_again_counts_once(server: MortalServer) -> None:
    desk = Desk(server.url)
    desk.done("adopt", "majian")
    words = (*ACTIVATE, "--event-id", "the case")
    found = {}
    for moment in (Moment("statement", 20), Moment("commit")):
        said = run_with(desk, words, moment, server.kill)
        assert said.code == 5
        found[moment.what] = said.err
        down = desk.run(*words)
        assert down.code == 5
        assert "check that the server runs" in down.err
        server.start()
        assert desk.version() == 1

    assert "nothing was changed" in found["statement"]
    assert "not known whether it was recorded" in found["commit"]
    desk.done(*words)
    desk.done(*words)
    assert desk.version() == 2
