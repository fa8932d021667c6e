"""`incident user` and `incident access`: who can sign in is said at the machine, and stands in a record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2.profiles import CHEAPEST

from incident import bootstrap
from incident.domain.errors import Refused
from incident.domain.identity import SignedIn
from incident.identity import passwords
from incident.service import links, sessions, tokens
from incident.service.access import By, note
from incident.service.ports_identity import Gate
from incident.service.sessions import From, LoggedIn
from tests.cli.desk import MAJIAN, Desk, Said, in_both_languages
from tests.cli.terminal import in_a_shell
from tests.service.door import OFFICE, RIGHT, STRANGE, WRONG


@contextmanager
def gate_of(desk: Desk) -> Iterator[Gate]:
    """What a server at this desk's database lets people in by."""
    store = bootstrap.open_store(desk.url)
    try:
        yield bootstrap.gate(store)._replace(now=desk.clock)
    finally:
        store.close()


def login(desk: Desk, name: str = "wang", password: str = RIGHT, address: str = OFFICE) -> LoggedIn:
    with gate_of(desk) as gate:
        return sessions.login(gate, name, password, From(address, "Firefox"))


def person(desk: Desk, token: str) -> SignedIn | None:
    with gate_of(desk) as gate:
        return tokens.person_of(gate, token) or sessions.session_of(gate, token)


def refused(desk: Desk, *words: str) -> dict[str, Any]:
    said = desk.run(*words, "--json")
    assert said.code == 2, said
    error: dict[str, Any] = said.object()["error"]
    assert all(error.values()), error
    return error


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What passwords cost is tried elsewhere."""
    monkeypatch.setattr(passwords, "RFC_9106_LOW_MEMORY", CHEAPEST)


@pytest.fixture
def staffed(desk: Desk, tmp_path: Path) -> Desk:
    """Chen administers, Wang is on duty; both have the same password."""
    secret = tmp_path / "secret"
    secret.write_text(f"{RIGHT}\r\nnot this\n", "utf-8")
    desk.done("user", "add", "Chen", "--name", "陈静")
    desk.done("user", "grant", "chen", "administrator", "*")
    desk.done("user", "add", "wang", "--name", "王伟", "--sign", "P9", "--password-file", str(secret))
    desk.done("user", "grant", "wang", "duty_officer", "majian")
    return desk


def users(desk: Desk) -> dict[str, dict[str, Any]]:
    return {one["login"]: one for one in desk.done("user", "list", "--json").objects()}


def test_people_are_listed_with_what_they_may_do(staffed: Desk) -> None:
    found = users(staffed)
    assert [*found] == ["chen", "wang"]
    assert (found["wang"]["name"], found["wang"]["sign"]) == ("王伟", "P9")
    assert found["wang"]["grants"] == [{"role": "duty_officer", "root": MAJIAN}]
    assert [found[one]["has_password"] for one in found] == [False, True]
    assert found["wang"]["must_change"] is True
    chinese, english = in_both_languages(staffed, "user", "list")
    assert "值班员" in chinese.out
    assert "duty officer 330681111" in english.out
    assert "has no password yet" in english.out
    assert RIGHT not in str(chinese) + str(found)


def test_password_from_a_file_opens_the_door(staffed: Desk) -> None:
    assert login(staffed).person.login == "wang"


def test_password_is_read_from_stdin_and_need_not_be_changed(staffed: Desk) -> None:
    staffed.typed = "stdin is no bad place for one\n"
    staffed.done("user", "password", "wang", "--password-file", "-", "--keep")
    came = login(staffed, password=staffed.typed.strip())
    assert came.person.must_change is False


def test_password_is_asked_for_twice_at_a_terminal_and_never_shown(staffed: Desk) -> None:
    secret = "typed at the terminal"
    screen = in_a_shell(
        staffed,
        *("user", "password", "wang"),
        talk=[("New password", f"{secret}\n"), ("Again", f"{secret}\n")],
    )
    assert screen.code == 0, screen
    assert secret not in screen.text
    assert login(staffed, password=secret).person.login == "wang"


def test_password_that_cannot_be_had_is_said(staffed: Desk, tmp_path: Path) -> None:
    assert refused(staffed, "user", "password", "wang")["where"] == "--password-file"
    missing = str(tmp_path / "nothing")
    assert (
        refused(staffed, "user", "password", "wang", "--password-file", missing)["where"] == "--password-file"
    )
    staffed.typed = "short\n"
    assert refused(staffed, "user", "password", "wang", "--password-file", "-")["where"] == "password"
    assert login(staffed).person.login == "wang"


def test_nobody_is_there_at_first_and_the_administrator_comes_by_a_link(desk: Desk) -> None:
    for said in in_both_languages(desk, "user", "list"):
        assert "incident user link" in said.out
    made = desk.done("user", "link", "--url", "https://zhuji.example/", "--json").object()
    assert made["link"].startswith(f"https://zhuji.example{links.PATH}")
    assert made["ends_at"] == "2026-03-01T18:40:00Z"
    secret = made["link"].rpartition("/")[2]
    with gate_of(desk) as gate:
        links.use_setup_link(gate, secret, RIGHT, address=OFFICE, login="chen", name="陈静")
    assert users(desk)["chen"]["grants"] == [{"role": "administrator", "root": "*"}]
    assert refused(desk, "user", "link")["where"] == "LOGIN"


def test_link_lets_a_newcomer_choose_a_password(staffed: Desk) -> None:
    said = staffed.done("user", "link", "chen")
    assert said.out.startswith(links.PATH)
    with gate_of(staffed) as gate:
        links.use_setup_link(gate, said.out.strip().removeprefix(links.PATH), RIGHT, address=OFFICE)
    assert login(staffed, "chen").person.must_change is False


def test_role_is_given_and_taken_by_the_name_of_a_place(staffed: Desk) -> None:
    given = staffed.done("user", "grant", "wang", "auditor", "马剑镇", "--json").object()
    assert given == {"login": "wang", "role": "auditor", "root": MAJIAN}
    staffed.done("user", "grant", "wang", "auditor", "33")
    staffed.done("user", "revoke", "wang", "auditor", "majian")
    assert users(staffed)["wang"]["grants"] == [
        {"role": "auditor", "root": "33"},
        {"role": "duty_officer", "root": MAJIAN},
    ]
    for words in (("king", "33"), ("auditor", "nowhere"), ("auditor", "1"), ("administrator", "33")):
        refused(staffed, "user", "grant", "wang", *words)
    refused(staffed, "user", "revoke", "wang", "auditor", "34")


def test_last_administrator_stays(staffed: Desk) -> None:
    for words in (("revoke", "chen", "administrator", "*"), ("disable", "chen")):
        said = staffed.run("user", *words, "--json")
        assert (said.code, said.object()["refused"]["rule"]) == (3, "last_administrator")
        in_both_languages(staffed, "user", *words)


def test_user_is_renamed_disabled_and_enabled(staffed: Desk) -> None:
    assert (
        staffed.done("user", "rename", "wang", "--name", "王威", "--sign", "-").out == "wang is called 王威\n"
    )
    came = login(staffed)
    assert staffed.done("user", "disable", "wang", "--json").object()["disabled_at"] == "2026-02-28T18:40:00Z"
    assert "disabled since" in staffed.done("user", "list").out
    assert person(staffed, came.token) is None
    with pytest.raises(Refused):
        login(staffed)
    staffed.done("user", "enable", "wang")
    assert login(staffed).person.name == "王威"


def test_sessions_are_listed_and_ended(staffed: Desk) -> None:
    here, home = login(staffed), login(staffed, address=STRANGE)
    found = staffed.done("user", "sessions", "wang", "--json").objects()
    assert {one["address"] for one in found} == {OFFICE, STRANGE}
    assert all(here.token not in str(one) and here.device not in str(one) for one in found)
    ours = next(one["id"] for one in found if one["address"] == STRANGE)

    refused(staffed, "user", "end-session", "wang")
    refused(staffed, "user", "end-session", "wang", "zz")
    refused(staffed, "user", "end-session", "chen", ours)
    assert staffed.done("user", "end-session", "wang", ours[:12]).out == "sessions ended: 1\n"
    assert (person(staffed, home.token), person(staffed, here.token) is None) == (None, False)
    assert OFFICE in staffed.done("user", "sessions").out
    assert staffed.done("user", "end-session", "wang", "--all", "--json").object()["ended"] == 1
    for said in in_both_languages(staffed, "user", "sessions"):
        assert said.out.count("\n") == 1


def test_token_is_shown_once_and_taken_back(staffed: Desk) -> None:
    in_both_languages(staffed, "user", "tokens")
    made = staffed.done(
        *("user", "token", "wang", "--name", "实验室", "--scope", "file", "--scope", "look", "--in", "3306"),
        *("--days", "30", "--json"),
    ).object()
    assert (made["scopes"], made["root"], made["ends_at"]) == (
        ["look", "file"],
        "3306",
        "2026-03-30T18:40:00Z",
    )
    known = person(staffed, made["token"])
    assert known is not None
    assert known.login == "wang"
    (listed,) = staffed.done("user", "tokens", "wang", "--json").objects()
    assert listed == {**{key: made[key] for key in listed}, "used_at": "2026-02-28T18:40:00Z"}
    assert made["token"] not in str(in_both_languages(staffed, "user", "tokens"))
    staffed.clock.at += 31 * 86400
    assert "over" in staffed.done("user", "tokens").out

    staffed.done("user", "end-token", made["id"][:12])
    assert staffed.done("user", "tokens", "--json").objects() == []
    refused(staffed, "user", "end-token", made["id"][:12])


def test_token_without_a_scope_or_for_nobody_is_not_made(staffed: Desk) -> None:
    assert staffed.run("user", "token", "wang", "--name", "x").code == 2
    refused(staffed, "user", "token", "wang", "--name", "x", "--scope", "everything")
    refused(staffed, "user", "token", "nobody", "--name", "x", "--scope", "look")


def test_user_is_linked_to_another_provider(staffed: Desk) -> None:
    words = ("user", "oidc", "wang", "--issuer", "https://id.example", "--subject", "0031")
    staffed.done(*words)
    assert users(staffed)["wang"]["subjects"] == [{"issuer": "https://id.example", "subject": "0031"}]
    refused(staffed, "user", "oidc", "chen", *words[3:], "--remove")
    assert staffed.done(*words, "--remove", "--json").object()["login"] == "wang"
    refused(staffed, *words, "--remove")


# -- the record of access


def access(desk: Desk, *words: str) -> list[dict[str, Any]]:
    return desk.done("access", "--json", *words).objects()


@pytest.fixture
def watched(staffed: Desk) -> Desk:
    """Wang signed in, somebody guessed, and Wang looked at the directory."""
    came = login(staffed)
    for name in ("wang", "hunter2"):
        with pytest.raises(Refused):
            login(staffed, name, WRONG, STRANGE)
    staffed.clock.at += 3600
    with gate_of(staffed) as gate:
        by = By(user=came.person.user, address=OFFICE)
        note(gate, "read_personal", by, jurisdiction=MAJIAN, what="people list")
    return staffed


def test_record_is_told_newest_first_with_who_and_from_where(watched: Desk) -> None:
    lines = access(watched)
    assert [one["kind"] for one in lines] == [
        *("read_personal", "login_failed", "login_failed", "login"),
        *("grant_added", "user_added", "grant_added", "user_added"),
    ]
    assert [one["seq"] for one in lines] == [*range(7, -1, -1)]
    assert (lines[0]["login"], lines[0]["jurisdiction"], lines[0]["what"]) == ("wang", MAJIAN, "people list")
    assert (lines[-1]["user"], lines[-1]["os_user"] is None, lines[-1]["about_login"]) == (
        None,
        False,
        "chen",
    )
    assert "hunter2" not in json.dumps(lines)
    chinese, english = in_both_languages(watched, "access")
    assert "was not let in" in english.out
    assert "未获准登录" in chinese.out
    assert "somebody" in english.out
    assert "(this machine)" in english.out


def seqs(said: list[dict[str, Any]]) -> list[int]:
    return [one["seq"] for one in said]


def test_record_is_filtered_by_each_of_its_parts(watched: Desk) -> None:
    assert seqs(access(watched, "--kind", "login", "--kind", "read_personal")) == [7, 4]
    assert seqs(access(watched, "--user", "WANG")) == [7, 5, 4, 3, 2]
    assert seqs(access(watched, "--user", "hunter2")) == [6], (
        "a login that is nobody's is found by its digest"
    )
    assert seqs(access(watched, "--in", MAJIAN)) == [7]
    assert seqs(access(watched, "--since", "2026-03-01 03:00")) == [7]
    assert seqs(access(watched, "--until", "03:00", "--kind", "login")) == [4]
    assert seqs(access(watched, "--limit", "2")) == [7, 6]
    assert seqs(access(watched, "--limit", "2", "--before", "6")) == [5, 4]
    assert "--before 6" in watched.done("access", "--limit", "2").err


def test_nothing_like_it_and_what_is_no_filter_are_said(watched: Desk) -> None:
    said: tuple[Said, Said] = in_both_languages(watched, "access", "--kind", "logout")
    assert [one.out.count("\n") for one in said] == [1, 1]
    assert refused(watched, "access", "--kind", "loging")["where"] == "--kind"
    assert refused(watched, "access", "--since", "yesterday")["where"] == "--since"
