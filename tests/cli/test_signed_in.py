"""What somebody did who had signed in is told apart from what is claimed, wherever it is read."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from incident import bootstrap
from incident.domain.identity import SignedIn
from incident.playbook_text.load import must_load
from incident.service.adopt import adopt
from incident.service.who import Who, signed_in
from incident.testing.given import fixed_chance
from tests.cli.desk import ACTIVATE, Desk, in_both_languages
from tests.kit.kits import Kit

WANG = SignedIn(user="u1", login="wang", name="王伟", sign=None, grants=())


@pytest.fixture
def three(empty_desk: Desk) -> Desk:
    """Wang, signed in, adopted; somebody who says so activated; the user of the machine ended it."""
    loaded = must_load("majian")
    assert loaded.playbook is not None
    with closing(bootstrap.open_store(empty_desk.url)) as store:
        adopt(store, loaded.playbook, signed_in(WANG), now=empty_desk.clock, chance=fixed_chance)
    empty_desk.done(*ACTIVATE, "--by", "王伟 (wang)")
    empty_desk.done("log", "add", "majian", "--said", "到岗")
    return empty_desk


def actors(desk: Desk, *words: str) -> list[str]:
    found = desk.done("history", "majian", "--json", *words).objects()
    return [*dict.fromkeys(one["actor"] for one in found)]


def test_history_tells_apart_who_signed_in_who_says_so_and_who_is_at_the_machine(three: Desk) -> None:
    assert actors(three) == ["authenticated", "claimed", "os"]
    chinese, english = in_both_languages(three, "history", "majian")
    assert "pressed by (signed in)  王伟 (wang)" in english.out
    assert "pressed by (as typed)" in english.out
    assert "操作人（已登录）" in chinese.out


def test_who_signed_in_is_found_by_name_and_by_login(three: Desk) -> None:
    for name in ("wang", "王伟"):
        assert actors(three, "--actor", name) == ["authenticated"]
    assert actors(three, "--actor", "王伟 (WANG)") == ["authenticated", "claimed"], "as it was typed"


def test_journal_holds_and_so_does_a_kit_of_it(three: Desk, tmp_path: Path) -> None:
    assert three.version() == 3
    kit = tmp_path / "kit.zip"
    three.done("journal", "export", "majian", "--out", str(kit))
    three.done("journal", "verify", str(kit))
    assert [one.get("actor") for one in Kit(kit).entries()] == ["authenticated", "claimed", "os"]
    timeline = Kit(kit).files()["timeline.html"].decode()
    assert "pressed by (signed in)" in timeline
    assert "pressed by (as typed)" in timeline


def test_name_and_login_are_sealed_and_no_user_of_a_machine_is_said() -> None:
    who = signed_in(WANG)
    assert who == Who(actor="authenticated", by="王伟 (wang)", person=WANG)
    assert who.said() == ("王伟 (wang)", None)
