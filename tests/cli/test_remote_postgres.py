"""The command line against a server on PostgreSQL: a night, from a first look to the kit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unittest import mock
from urllib.parse import urlsplit

import pytest

from incident.cli import session
from tests.cli.desk import ACTIVATE, STAND_DOWN, Desk
from tests.cli.remotely import Both, both_at
from tests.playbooks import HOUR, NIGHT
from tests.postgres import PostgresServer
from tests.two import PLAN

PEOPLE: Final = "岗位,代号,姓名,起,止,联系方式\nduty.leader,P2,李乙,2025-01-01,,sms:13900000002\n"
PROPOSE: Final = (
    *("propose", "two", "positive", "--set", "cases=1", "--decided-by", "command", "--basis", "97号"),
    *("--reason", "确诊", "--yes", "--event-id", "once"),
)


@pytest.fixture
def two(postgres_server: PostgresServer, postgres_url: str) -> Iterator[Both]:
    """Two databases of one past: Majian and Shuangxi in routine, and two who may come in."""
    desk = Desk(postgres_url)
    desk.clock.at = NIGHT - 8 * HOUR
    for plan in ("majian", PLAN):
        desk.done("adopt", plan)
    for login, role in (("wang", "administrator"), ("wang", "duty_officer"), ("wang", "auditor")):
        if role == "administrator":
            desk.done("user", "add", login, "--name", login.title())
        desk.done("user", "grant", login, role, "*")
    desk.done("user", "add", "li", "--name", "Li")
    desk.done("user", "grant", "li", "decider", "*")
    first = urlsplit(postgres_url).path.removeprefix("/")
    with (
        postgres_server.database(like=first) as second,
        both_at([postgres_url, postgres_server.url(second)], NIGHT) as desks,
    ):
        desks.comes("wang")
        desks.speak("zh")
        yield desks


def test_night_against_a_server_on_postgresql_is_told_as_at_the_database(
    two: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    kit = tmp_path / "kit.zip"
    kits = []
    for desk in (two.here, two.there):
        # of the very same record, so the very same file; its name is free again
        kits.append((desk.done("journal", "export", "majian", "--out", kit.name), kit.read_bytes()))
        kit.rename(tmp_path / f"{len(kits)}.zip")
    assert kits[0] == kits[1]

    for words in (
        ("history", "majian", "--json"),
        ("journal", "verify", "majian"),
        ("people", "import", "majian", "people.csv"),
        ACTIVATE,
        (*PROPOSE, "--json"),
        ("status", "--json"),
        (*STAND_DOWN, "--reason", "解除"),
    ):
        assert two.there.run(*words) == two.here.run(*words), words

    approve = ("approve", "two", "1", "--yes", "--event-id", "yes")
    two.comes("li")
    with mock.patch.object(session, "os_user", return_value="li"):
        for _time in range(2):
            assert two.there.done(*approve) == two.here.done(*approve)
    (entered,) = Desk(two.there.url).done("history", "two", "--kind", "GroupConverted", "--json").objects()
    assert (entered["by"], entered["actor"]) == ("Li (li)", "authenticated")
    for code in ("majian", "two"):
        Desk(two.there.url).done("journal", "verify", code)
