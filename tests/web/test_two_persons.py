"""Two persons in a browser: one proposes, another sees the very plan and approves; or one alone, loudly."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from incident.service import links, tokens, users
from incident.service.access import NOBODY, By
from tests.web.api.calling import POSITIVE, caller_of
from tests.web.filled import CARE, HOME
from tests.web.looking import Window
from tests.web.pressing import Presser
from tests.web.serving import CAREFUL, PASSWORD, Served
from tests.web.test_board import activate, listens_to


def propose(page: Page) -> None:
    """Propose the activation, up to the button that confirms."""
    page.goto(f"/j/{CAREFUL}/act/local_positive_reported?verb=activate")
    page.locator("[name=value-origin]").select_option("local")
    page.locator("[name=value-result]").select_option("preliminary_positive")
    page.locator("[name=value-cases]").fill("1")
    page.locator("[name=decided_by]").fill("领导小组")
    page.locator("[name=basis]").fill("诸市防控〔2021〕4号")
    page.locator("main form button").first.click()


def confirm(page: Page) -> None:
    page.locator("[name=confirm]").fill("Careful Town")
    page.locator("form.card button.alarm").first.click()


def test_one_proposes_and_another_approves(window: Window) -> None:
    officer, decider = window.open("duty_officer"), window.open("decider", script=False)

    propose(officer)
    expect(officer.get_by_role("status")).to_contain_text("needs two persons")
    confirm(officer)
    expect(officer.locator("main")).to_contain_text("Nothing has changed yet")
    officer.get_by_role("link", name="Look at the proposal").click()
    expect(officer.locator("main")).to_contain_text("another person has to approve it")

    decider.goto(f"/j/{CAREFUL}/proposals")
    decider.locator("main .list a.button").click()
    expect(decider.locator("table.plan")).to_contain_text("Outbreak")
    confirm(decider)

    expect(decider.locator("main")).to_contain_text("330681112-2026-001")


def test_whoever_proposed_takes_it_back(window: Window) -> None:
    officer = window.open("duty_officer")
    propose(officer)
    confirm(officer)
    officer.goto(f"/j/{CAREFUL}/proposals")
    officer.locator("main .list a.button").click()

    officer.locator("[name=reason]").fill("a mistake")
    officer.get_by_role("button", name="Take it back").click()

    officer.goto(f"/j/{CAREFUL}/proposals")
    expect(officer.locator("main")).to_contain_text("Nothing waits.")


def test_one_alone_says_why_and_another_reviews(window: Window) -> None:
    officer, decider = window.open("duty_officer"), window.open("decider")
    propose(officer)
    officer.get_by_text("No second person can be reached?").click()
    officer.locator("textarea[name=reason]").fill("the line is dead")
    officer.get_by_role("button", name="Break-glass").click()
    expect(officer.get_by_role("alert")).to_contain_text("by one person alone")
    confirm(officer)
    expect(officer.locator("main")).to_contain_text("330681112-2026-001")

    decider.goto(f"/j/{CAREFUL}")
    expect(decider.locator("p.notice.alarm")).to_contain_text("BREAK-GLASS")
    decider.goto(f"/j/{CAREFUL}/proposals")
    decider.locator("[name=finding]").fill("rightly done")
    decider.get_by_role("button", name="Record the review").click()
    decider.goto(f"/j/{CAREFUL}")

    expect(decider.locator("p.notice.alarm")).to_have_count(0)
    expect(decider.locator("#place")).not_to_contain_text("not reviewed yet")


def test_what_one_did_alone_stands_above_every_page_until_it_is_reviewed(busy: Served) -> None:
    with Presser(busy, "auditor") as auditor:
        place = auditor.look(CARE)
        tabs = re.findall(rf'<li><a href="({CARE}[^"]*)"', place)
        assert len(tabs) > 4
        for tab in tabs:
            head, _main = auditor.look(tab).split('<main id="main"')
            assert "Done by one person alone, not reviewed yet" in head, tab
        assert "not reviewed yet" not in auditor.look(HOME)


def test_the_head_of_every_live_page_shows_the_state_that_is_in_force(window: Window, served: Served) -> None:
    """Not only what is below it."""
    page = window.open("duty_officer", f"{HOME}/duty")
    listens_to(page, served)
    expect(page.locator("#place")).to_contain_text("Routine")

    activate(served)

    expect(page.locator("#place")).to_contain_text("Local positive detected")


def test_a_review_that_is_not_taken_keeps_what_was_typed(busy: Served) -> None:
    with Presser(busy, "decider") as decider:
        (action,) = set(re.findall(rf'action="({CARE}/reviews/[0-9]+)"', decider.look(f"{CARE}/proposals")))
        too_long = "事" * 100_001
        told = decider.press(f"{CARE}/proposals", action, finding=too_long)
        nothing = decider.press(f"{CARE}/proposals", action, finding=" ")

    assert told.status_code == nothing.status_code == 422
    assert f">{too_long}</textarea>" in told.text
    assert "--finding" not in nothing.text


def test_whoever_approves_is_told_that_somebody_else_set_a_password(served: Served) -> None:
    served.clock.after(days=2)
    seq = _proposed(served)
    asked = f"/j/{CAREFUL}/proposals/{seq}"
    with served.client("decider") as client:
        assert "changed how one of the two signs in" not in client.get(asked).text
        chief = By(user=_user(served, "administrator"))
        links.make_password_link(served.gate, "duty_officer", chief)
        users.set_password(served.gate, "decider", PASSWORD, NOBODY, must_change=False)
    with served.client("decider") as client:
        text = client.get(asked).text
    assert "duty_officer: a link to set the password was made by administrator" in text
    assert "decider: the password was set by whoever keeps the server" in text


def test_a_token_that_another_made_proposes_approves_and_breaks_no_glass(served: Served) -> None:
    seq = _proposed(served)
    chief = By(user=_user(served, "administrator"))
    lent = tokens.make(served.gate, "duty_officer", "sensor", ["look", "act"], chief, in_person=True).plain
    place = f"/api/v1/jurisdictions/{CAREFUL}"
    with served.client() as client:
        client.headers["authorization"] = f"Bearer {lent}"
        for path, words in (
            ("proposals", POSITIVE),
            ("decisions", {**POSITIVE, "break_glass": True, "reason": "x"}),
        ):
            answer = client.post(f"{place}/{path}", json=words)
            assert answer.status_code == 403, answer.text
            assert answer.json()["rule"] == "not_in_person"
        assert client.get(f"{place}/proposals/{seq}").status_code == 200


def _proposed(served: Served) -> int:
    """Let the officer's own program propose; gives the number."""
    with caller_of(served, "duty_officer") as client:
        answer = client.post(f"/api/v1/jurisdictions/{CAREFUL}/proposals", json=POSITIVE)
    return int(answer.json()["proposal"])


def _user(served: Served, login: str) -> str:
    with served.gate.identity.reading() as tx:
        return users.find(tx, login).id
