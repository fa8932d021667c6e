"""A session ends while a form is half filled: what was typed is shown again, and sent by one press."""

from __future__ import annotations

import re
from html import unescape

import pytest
from playwright.sync_api import Page, expect

from incident.domain.facts import LogNoted
from incident.service import sessions
from incident.service.access import NOBODY
from incident.web.security.asking import PLAIN_COOKIE
from tests.web.looking import Window, listens
from tests.web.pressing import Presser
from tests.web.serving import PASSWORD, TOWN, Served
from tests.web.test_board import activate
from tests.web.test_now_acts import facts, version

LOG = f"/j/{TOWN}/log"
#: What browsers say of a form that a page of the same site sends.
OURS = {"sec-fetch-site": "same-origin"}


def end(served: Served) -> None:
    """End all sessions, as an administrator does."""
    sessions.end_sessions(served.gate, sessions.sessions(served.gate), NOBODY)
    served.opened.doors.forget()


def sign_in(page: Page) -> None:
    page.get_by_label("Login").fill("duty_officer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_what_was_typed_is_sent_after_signing_in_again(window: Window, *, script: bool) -> None:
    page = window.open("duty_officer", LOG, script=script, screen="phone")
    page.locator("[name=said]").fill("一例初筛阳性\n<b>两人</b>密接")
    page.get_by_label("call out").check()
    end(window.served)

    page.get_by_role("button", name="Note it").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was sent")
    expect(page.get_by_role("alert")).to_contain_text("一例初筛阳性")
    page.get_by_label("Login").fill("duty_officer")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    sign_in(page)
    expect(page.locator("main")).to_contain_text("<b>两人</b>密接")
    assert version(window.served) == 1
    page.get_by_role("button", name="Send it now").click()

    expect(page.locator("main")).to_contain_text("Done and recorded")
    (noted,) = facts(window.served, 1)
    assert isinstance(noted, LogNoted)
    assert noted.way == "out"


def test_a_form_of_a_session_before_is_sent_by_one_press(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        form = officer.form(LOG, LOG)
        officer._client.cookies.set(PLAIN_COOKIE, served.session("duty_officer"))
        shown = officer.send(LOG, {**form, "said": "收到", "way": "in"}, headers=OURS)
        again = officer.hidden(shown.text, LOG)
        assert shown.status_code == 403
        assert version(served) == 1
        assert "Done and recorded" in officer.send(LOG, again, headers=OURS).text
    assert again["_csrf"] != form["_csrf"]
    assert again["id"] == form["id"]


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {}]
)
def test_what_another_site_sent_is_never_shown_as_ours(served: Served, headers: dict[str, str]) -> None:
    with served.client() as client:
        asked = client.post(LOG, data={"said": "forged"}, headers=headers)
    assert asked.status_code == 401
    assert "forged" not in asked.text


def test_passwords_are_not_carried_along(served: Served) -> None:
    with served.client() as client:
        asked = client.post("/me/password", data={"old": "secret words here"}, headers=OURS)
        odd = client.post(
            "/login",
            data={"login": "decider", "password": PASSWORD, "unsent": "//evil.example/j/", "unsent-a": "b"},
            headers=OURS,
            follow_redirects=False,
        )
    assert asked.status_code == 401
    assert "secret" not in asked.text
    assert (odd.status_code, odd.headers["location"]) == (303, "/")


def test_after_signing_in_one_is_where_one_wanted_to_be(served: Served) -> None:
    wanted = f"/j/{TOWN}/act/local_positive_reported?verb=activate"
    with served.client() as client:
        asked = client.get(wanted)
        (hidden,) = re.findall(r'name="next" value="([^"]*)"', asked.text)
        fields = {"login": "duty_officer", "password": PASSWORD, "next": unescape(hidden)}
        came = client.post("/login", data=fields, headers=OURS)
    assert str(came.url).endswith(wanted)


def test_another_language_leads_back_to_where_one_was(served: Served) -> None:
    act = f"/j/{TOWN}/act/local_positive_reported"
    with Presser(served, "duty_officer") as officer:
        page = officer.look(f"{act}?verb=activate")
        plan = officer.send(
            f"{act}/plan",
            officer.hidden(page, f"{act}/plan"),
            headers={"referer": f"http://testserver.local{act}?verb=activate"},
        )
        foreign = officer.send(f"{act}/plan", {}, headers={"referer": "https://evil.example/x"})
    for shown, back in (
        (page, f"{act}?verb=activate"),
        (plan.text, f"{act}?verb=activate"),
        (foreign.text, "/"),
    ):
        assert re.findall(r'name="back" value="([^"]*)"', shown) == [back]


def test_a_page_that_was_fresh_says_that_it_is_no_more_and_keeps_what_is_half_typed(window: Window) -> None:
    page = window.open("duty_officer", f"/j/{TOWN}")
    listens(page)
    page.locator("[name=at]").fill("02:")
    end(window.served)

    activate(window.served)
    window.served.opened.site.live.ring()

    expect(page.get_by_role("alert")).to_contain_text("not kept fresh any more")
    assert page.locator("[name=at]").input_value() == "02:"
    expect(page.get_by_role("alert").get_by_role("link")).to_have_attribute("href", f"/login?next=/j/{TOWN}")


def test_who_signed_in_in_another_window_goes_on(window: Window) -> None:
    page = window.open("duty_officer", LOG, lang="zh", script=False)
    page.locator("[name=said]").fill("收到")
    end(window.served)
    page.get_by_role("button", name="记入").click()
    token = window.served.session("duty_officer")
    page.context.add_cookies([{"name": PLAIN_COOKIE, "value": token, "url": window.address}])

    page.get_by_role("button", name="我已在另一窗口登录").click()
    page.get_by_role("button", name="立即发送").click()

    expect(page.locator("main")).to_contain_text("已办理并记录")
