"""The administrator's pages: who can sign in and what they may do; who came, and who was kept out."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import expect

from incident.domain.identity import SignedIn
from incident.domain.permission import Grant
from incident.service import access, links, sessions, tokens, users
from incident.service.access import look
from tests.web.looking import Window
from tests.web.pressing import Presser
from tests.web.recorded import Pressing
from tests.web.serving import CAREFUL, PASSWORD, TOWN, Served

USERS = "/admin/users"
OFFICER = f"{USERS}/duty_officer"


def grants(served: Served, login: str) -> list[Grant]:
    return next(one.grants for one in users.everybody(served.gate) if one.user.login == login)


def secret_in(page: str) -> str:
    """Give the secret that a page shows."""
    found = re.search(r'<input id="secret"[^>]* value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def test_only_administrators_see_them(served: Served) -> None:
    for login in ("auditor", "duty_officer", "author", "stranger"):
        with Pressing(served, login) as other:
            for path in (USERS, OFFICER, "/admin/access"):
                other.get(path, 403)
            other.press(f"{OFFICER}/disable", 403)
            assert "/admin/" not in other.get("/me").text
    with Pressing(served, "administrator") as administrator:
        assert 'href="/admin/users"' in administrator.get("/me").text


def test_everybody_is_listed_with_what_they_may_do(served: Served) -> None:
    users.disable(served.gate, "author", access.NOBODY)
    with Pressing(served, "administrator") as administrator:
        said = administrator.look(USERS)
        found = administrator.look(f"{USERS}?q=OFFICER")
    assert f"duty_officer Duty Officer duty officer: {TOWN} ; duty officer: {CAREFUL} ✓ can sign in" in said
    assert f"author Author playbook author: {TOWN} ; playbook author: {CAREFUL} ✕ disabled" in said
    assert "administrator Administrator administrator: everywhere" in said
    assert "1 people" in found


def test_newcomer_comes_by_a_link_that_is_shown_once(served: Served) -> None:
    with Pressing(served, "administrator") as administrator:
        link = secret_in(administrator.press(USERS, login="Wang", name="王伟", sign="P9").text)
        assert re.fullmatch(r"http://testserver\.local/setup/[\w-]{43}", link)
        assert link not in administrator.get(f"{USERS}/wang").text
        assert "has no password yet" in administrator.look(f"{USERS}/wang")
        administrator.press(f"{USERS}/wang/grant", role="auditor", root=TOWN)
    user = links.use_setup_link(served.gate, link.rsplit("/", 1)[1], PASSWORD, address="")
    assert (user.login, user.name, user.sign) == ("wang", "王伟", "P9")
    assert grants(served, "wang") == [Grant("auditor", TOWN)]


IMPOSSIBLE: Final[list[tuple[str, dict[str, str], str]]] = [
    (USERS, {"login": "auditor", "name": "Another"}, "nobody else&#39;s"),
    (USERS, {"login": "new", "name": " "}, "a name of at most 64 letters"),
    (f"{OFFICER}/grant", {"role": "king", "root": TOWN}, "choose one of those"),
    (f"{OFFICER}/grant", {"role": "auditor", "root": "Nowhere"}, "jurisdiction"),
    (f"{OFFICER}/grant", {"role": "administrator", "root": TOWN}, "who is so everywhere"),
    (f"{OFFICER}/revoke", {"role": "auditor", "root": TOWN}, "look: incident user list"),
    (f"{OFFICER}/rename", {"name": ""}, "give the name that is to be shown"),
    (f"{OFFICER}/token", {"name": "lab", "days": "90"}, "name what the other program has to do"),
    (
        f"{OFFICER}/token",
        {"name": "lab", "days": "x", "scope-look": "on"},
        "a whole number from 1 to 1096",
    ),
    (f"{OFFICER}/end-token", {"token": "00"}, "which names 0"),
    (f"{OFFICER}/oidc", {"issuer": "", "subject": ""}, "give both"),
]


def test_a_link_sets_a_password_in_a_browser_in_which_somebody_else_is_signed_in(served: Served) -> None:
    """An administrator makes a link and lets the newcomer sit down."""
    made = links.make_password_link(served.gate, "auditor", access.NOBODY)
    with Presser(served, "administrator") as administrator:
        page = administrator.look(f"/setup/{made}")
        (form,) = re.findall(r"<form class=.*?</form>", page, re.DOTALL)
        (proof,) = re.findall(r'name="_csrf" value="([^"]+)"', form)
        words = {"password": "many words to keep", "again": "many words to keep", "_csrf": proof}
        told = administrator.send(f"/setup/{made}", words)
        assert told.url.path == "/"
        assert "Auditor" in told.text


def test_what_does_not_go_is_said_in_place(served: Served) -> None:
    with Pressing(served, "administrator") as administrator:
        for path, fields, words in IMPOSSIBLE:
            assert words in administrator.press(path, 422, **fields).text


def test_roles_are_given_by_code_or_name_and_taken_away_at_once(served: Served) -> None:
    officer = served.session("duty_officer")
    with Pressing(served, "administrator") as administrator:
        administrator.get_as(officer, f"/j/{TOWN}/record", 403)
        administrator.press(f"{OFFICER}/grant", role="auditor", root="majian")
        assert Grant("auditor", TOWN) in grants(served, "duty_officer")
        administrator.get_as(officer, f"/j/{TOWN}/record")
        administrator.press(f"{OFFICER}/revoke", role="auditor", root=TOWN)
        administrator.get_as(officer, f"/j/{TOWN}/record", 403)


@pytest.mark.parametrize("act", ["disable", "revoke"])
def test_last_administrator_stays(served: Served, act: str) -> None:
    with Pressing(served, "administrator") as administrator:
        refused = administrator.press(f"{USERS}/administrator/{act}", 403, role="administrator", root="*")
        assert "another administrator, who is not disabled" in refused.text
        administrator.press(f"{OFFICER}/grant", role="administrator", root="*")
        administrator.press(f"{USERS}/administrator/revoke", 403, role="administrator", root="*")
    assert grants(served, "administrator") == []


def test_whoever_is_disabled_is_out_at_once_and_comes_back(served: Served) -> None:
    officer = served.session("duty_officer")
    with Pressing(served, "administrator") as administrator:
        administrator.get_as(officer, "/me")
        administrator.press(f"{OFFICER}/disable")
        assert administrator.get_as(officer, "/me", 303).headers["location"] == "/login?next=/me"
        assert "expected one who is not disabled" not in administrator.look(OFFICER)
        assert "one who is not disabled" in administrator.press(f"{OFFICER}/link", 422).text
        administrator.press(f"{OFFICER}/enable")
        assert "✓" not in administrator.look(OFFICER)


def test_somebody_is_called_otherwise(served: Served) -> None:
    with Pressing(served, "administrator") as administrator:
        administrator.press(f"{OFFICER}/rename", name="王 小明", sign="P4")
        assert "王 小明 duty_officer" in administrator.look(OFFICER)
        administrator.press(f"{OFFICER}/rename", name="王小明", sign="")
    user = next(one.user for one in users.everybody(served.gate) if one.user.login == "duty_officer")
    assert (user.name, user.sign) == ("王小明", None)


def test_token_is_shown_once_and_taken_back(served: Served) -> None:
    with Pressing(served, "administrator") as administrator:
        fields = {"name": "lab", "scope-look": "on", "scope-act": "on", "root": TOWN, "days": "30"}
        plain = secret_in(administrator.press(f"{OFFICER}/token", **fields).text)
        person = tokens.person_of(served.gate, plain)
        assert isinstance(person, SignedIn)
        assert person.token is not None
        assert (person.login, person.token.scopes, person.token.root) == (
            "duty_officer",
            ("look", "act"),
            TOWN,
        )
        page = administrator.get(OFFICER).text
        assert plain not in page
        assert "look act" in page
        administrator.press(f"{OFFICER}/end-token", token=person.token.id)
    assert tokens.person_of(served.gate, plain) is None


def test_token_of_another_is_not_taken_back_by_this_page(served: Served) -> None:
    made = tokens.make(served.gate, "auditor", "kit", ["audit"], access.NOBODY)
    with Pressing(served, "administrator") as administrator:
        administrator.press(f"{OFFICER}/end-token", 422, token=made.token.id)
    assert tokens.person_of(served.gate, made.plain) is not None


def test_sessions_are_ended_one_by_one_or_all(served: Served) -> None:
    user = next(one.user for one in users.everybody(served.gate) if one.user.login == "duty_officer")
    kept = [served.session("duty_officer") for _each in range(3)]
    first = sessions.sessions(served.gate, user.id)[0]
    with Pressing(served, "administrator") as administrator:
        administrator.press(f"{OFFICER}/end-sessions", session=first.id)
        assert len(sessions.sessions(served.gate, user.id)) == len(kept) - 1
        assert "End all" in administrator.look(OFFICER)
        administrator.press(f"{OFFICER}/end-sessions")
        assert "Nowhere." in administrator.look(OFFICER)
    assert sessions.sessions(served.gate, user.id) == []


def test_another_provider_is_linked_and_unlinked(served: Served) -> None:
    there = {"issuer": "https://id.example", "subject": "u-7"}
    with Pressing(served, "administrator") as administrator:
        administrator.press(f"{OFFICER}/oidc", **there)
        assert "https://id.example: u-7" in administrator.look(OFFICER).replace(" :", ":")
        administrator.press(f"{OFFICER}/oidc-remove", **there)
        assert "https://id.example" not in administrator.look(OFFICER)
        administrator.press(f"{OFFICER}/nothing", 404)
        administrator.get(f"{USERS}/nobody", 404)


# -- the record of access


def test_record_of_access_is_shown_newest_first_and_chosen_from(served: Served) -> None:
    with Pressing(served, "stranger") as stranger:
        stranger.get(f"/j/{TOWN}/record", 403)
    with Pressing(served, "administrator") as administrator:
        said = administrator.look("/admin/access")
        assert said.index("was refused") < said.index("added a user")
        assert f"stranger was refused {TOWN} audit /j/{TOWN}/record testclient" in said
        assert "added a user" not in administrator.look("/admin/access?kind=refused").split("No.")[1]
        assert "audit /j/" in administrator.look(f"/admin/access?jurisdiction={TOWN}&user=stranger")
        assert "Nothing like that is recorded." in administrator.look("/admin/access?until=2020-01-01")
        assert "such as 2026-03-01" in administrator.look("/admin/access?since=soon", 422)


def test_record_of_access_has_pages(served: Served) -> None:
    with Pressing(served, "stranger") as stranger:
        for _each in range(90):
            stranger.get(f"/j/{TOWN}/record", 403)
    newest = look(served.gate)[0].seq
    with Pressing(served, "administrator") as administrator:
        first = administrator.get("/admin/access?user=").text
        further = re.search(r"before=(\d+)", first)
        assert further is not None
        assert newest - int(further[1]) < 100
        assert "Older" not in administrator.look(f"/admin/access?before={further[1]}")


# -- in a browser


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_administrator_lets_somebody_in(window: Window, *, script: bool) -> None:
    lang, screen = ("en", "desk") if script else ("zh", "phone")
    page = window.open(
        "administrator", USERS, script=script, lang="zh" if lang == "zh" else "en", screen=screen
    )
    page.locator("[name=login]").fill("li")
    page.locator("[name=name]").fill("李雷")
    page.locator("main form[method=post] button").click()
    address = page.locator("#secret").input_value()
    page.locator("[name=role]").select_option("decider")
    page.locator("form[action$='/grant'] [name=root]").fill("majian")
    page.locator("form[action$='/grant'] button").click()
    expect(page.locator("#secret")).to_have_count(0)
    expect(page.locator(".list")).to_contain_text(TOWN)

    newcomer = window.open(None, address, script=script)
    newcomer.locator("[name=password]").fill(PASSWORD)
    newcomer.locator("[name=again]").fill(PASSWORD)
    newcomer.locator("main form button").click()
    newcomer.goto("/me")
    expect(newcomer.locator("main")).to_contain_text("李雷")
