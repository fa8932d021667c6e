"""The record on a page: what happened, newest first, chosen as `incident history` chooses."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.looking import Window
from tests.web.serving import TOWN
from tests.web.test_activating import say_what_happened


def test_first_look(window: Window) -> None:
    officer = window.open("duty_officer")
    window.served.clock.at += 3600
    say_what_happened(officer)
    officer.locator("[name=confirm]").fill("Majian Town")
    officer.locator("form button.alarm").click()
    window.served.clock.at += 3600
    page = window.open("auditor", f"/j/{TOWN}/record")
    page.screenshot(path="/tmp/pa_record.png", full_page=True)
    page.goto(f"/j/{TOWN}/record/1")
    page.screenshot(path="/tmp/pa_entry.png", full_page=True)
    page.goto(f"/j/{TOWN}/record/at")
    page.screenshot(path="/tmp/pa_at.png", full_page=True)
    page.locator("[type=range]").focus()
    page.keyboard.press("Home")
    expect(page.locator("#then-at")).to_contain_text("Routine")
    page.screenshot(path="/tmp/pa_at0.png", full_page=True)
