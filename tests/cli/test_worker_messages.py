"""What `incident run` hands on, and what of it is a fault of the worker."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from incident import bootstrap
from incident.service.notices import Settled
from tests.cli.desk import Desk
from tests.cli.test_worker import late_desk, place, runtime_folder, status_file
from tests.playbooks import HOUR

__all__ = ["late_desk", "place", "runtime_folder"]


@pytest.mark.parametrize("option", ["--messages", "--outgoing"])
def test_unset_variable_is_no_folder_and_no_file(
    late_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in ("", " "):
        said = late_desk.run("run", "--once", option, words)
        assert (said.code, option in said.err) == (2, True)
    assert [*tmp_path.glob("*.txt")] == []


def of_messages(desk: Desk) -> dict[str, Any]:
    """Say what is found of messages, whatever is found of the rest."""
    found = desk.run("run", "--health", "--json").objects()
    return next(one for one in found if one["check"] == "messages")


def told_of(desk: Desk, why: str, *, reached: bool) -> None:
    """Note of the newest message, as a worker does, that it is lost; or also that all else was told."""
    with closing(bootstrap.Workplace(desk.url)) as place, place.store.claiming(()) as tx:
        at = desk.clock.at
        waiting = tx.lease(99, at=at, until=at + 120)
        last = waiting[-1]
        tx.settle([Settled(last.code, last.seq, last.n, "P1", at, lost=why)])
        if reached:
            tx.delivered(waiting, at, lease=at + 120)
        tx.commit()


@pytest.mark.parametrize(
    ("why", "hours", "is_well"),
    [
        # the setup or the directory is wrong, and sending again would help
        ("no_way", 1, False),
        ("refused", 1, False),
        # nobody can send it any more
        ("refused", 25, True),
        # the directory says so beforehand: roster gaps
        ("nobody", 1, True),
        ("no_address", 1, True),
        # nobody was to be woken by it
        ("stale", 1, True),
    ],
)
def test_what_reached_nobody_is_a_fault_as_long_as_somebody_can_mend_it(
    late_desk: Desk, why: str, hours: int, *, is_well: bool
) -> None:
    late_desk.done("run", "--once")
    told_of(late_desk, why, reached=True)
    late_desk.clock.at += hours * HOUR
    found = of_messages(late_desk)
    assert found["well"] is is_well
    assert ("incident messages" in found["text"]) == (hours < 24 and why != "stale")


def test_what_reached_nobody_hides_nothing_that_waits(late_desk: Desk) -> None:
    late_desk.done("run", "--once")
    told_of(late_desk, "nobody", reached=False)
    late_desk.clock.at += HOUR - 60
    with closing(status_file(late_desk, delivers="/somewhere")):
        found = of_messages(late_desk)
    assert found["well"] is False
    assert "wait" in found["text"]
    assert "incident messages" in found["text"]
