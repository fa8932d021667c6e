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
    page.goto(f"/j/{TOWN}/record/verify")
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.locator("#badge")).to_contain_text("Holds as far")
    page.screenshot(path="/tmp/pa_verify.png", full_page=True)
    page.goto(f"/j/{TOWN}/record/kit")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the kit").click()
    waiting.value.save_as("/tmp/pa.zip")
    print(waiting.value.suggested_filename)
    page.locator("[name=kit]").set_input_files("/tmp/pa.zip")
    page.get_by_role("button", name="Verify the kit").click()
    page.screenshot(path="/tmp/pa_kit.png", full_page=True)
    expect(page.locator("#badge")).to_contain_text("holds as far")
