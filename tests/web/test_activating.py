"""Activating in a browser: choose, say, look at the plan, type the name, done."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.looking import Window
from tests.web.serving import TOWN, Served


def say_what_happened(page: Page) -> None:
    """Go to the form of the event and fill it."""
    page.goto(f"/j/{TOWN}/act")
    page.get_by_role("link", name=re.compile("Positive reported|报告")).first.click()
    page.locator("[name=value-origin]").select_option("local")
    page.locator("[name=value-result]").select_option("preliminary_positive")
    page.locator("[name=value-cases]").fill("1")
    page.locator("[name=decided_by]").fill("领导小组")
    page.locator("[name=basis]").fill("诸市防控〔2021〕4号")
    page.locator("main form button").first.click()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_an_officer_activates_what_was_shown(window: Window, screen: str, *, script: bool) -> None:
    page = window.open("duty_officer", screen=screen, script=script)

    say_what_happened(page)
    expect(page.locator("table.plan")).to_contain_text("Outbreak")
    page.locator("[name=confirm]").fill("Majian Town")
    page.locator("form button.alarm").click()

    expect(page.locator("main")).to_contain_text("330681111-2026-001")
    expect(page.locator("h1")).to_contain_text("Majian Town")


def test_another_name_does_nothing(officer: Page, served: Served) -> None:
    say_what_happened(officer)
    officer.locator("[name=confirm]").fill("Wulipai")
    officer.locator("form button.alarm").click()

    expect(officer.get_by_role("alert")).to_contain_text("type the name of the jurisdiction")
    with served.workplace.store.reading() as tx:
        log = tx.log(TOWN)
    assert log is not None
    assert log.situation.version == 1
