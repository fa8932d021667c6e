"""Activating in a browser: choose, say, look at the plan, type the name, done."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.filled import HOME, POSITIVE
from tests.web.looking import Window
from tests.web.pressing import Presser
from tests.web.serving import TOWN, Served

ACT = f"{HOME}/act/local_positive_reported"


def version(served: Served) -> int:
    """How many entries the journal of the town has."""
    with served.workplace.store.reading() as tx:
        log = tx.log(TOWN)
    assert log is not None
    return log.situation.version


def plan(officer: Presser, said: dict[str, str]) -> str:
    """Say what happened, and give the page with the plan."""
    hidden = officer.form(f"{ACT}?verb=activate", f"{ACT}/plan")
    return officer.send(f"{ACT}/plan", hidden | said).text


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
    assert version(served) == 1


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_what_was_said_is_changed_without_saying_all_of_it_again(window: Window, *, script: bool) -> None:
    page = window.open("duty_officer", script=script)
    say_what_happened(page)

    page.get_by_role("button", name="Change what was said").click()

    expect(page.locator("[name=value-cases]")).to_have_value("1")
    expect(page.locator("[name=basis]")).to_have_value("诸市防控〔2021〕4号")
    page.locator("[name=value-cases]").fill("2")
    page.locator("main form button").first.click()
    page.locator("[name=confirm]").fill("Majian Town")
    page.locator("form button.alarm").click()
    expect(page.locator("main")).to_contain_text("330681111-2026-001")


def test_who_forgot_the_basis_adds_it_to_what_was_said(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        shown = plan(officer, POSITIVE | {"basis": ""})
        assert "As it stands this would be refused" in shown

        form = officer.send(f"{ACT}/plan", officer.hidden(shown, f"{ACT}/plan") | {"change": "1"}).text

    assert POSITIVE["reason"] in form
    assert '<option value="preliminary_positive" selected>' in form


def test_pressed_twice_is_done_once(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        form = officer.hidden(plan(officer, POSITIVE), ACT) | {"confirm": "Majian Town"}
        first, second = officer.send(ACT, form), officer.send(ACT, form)

    assert first.url == second.url
    assert first.url.path == f"{HOME}/done/1"
    assert version(served) == 2


def test_who_goes_back_and_says_something_else_is_told_that_it_was_not_recorded(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        form = officer.hidden(plan(officer, POSITIVE), ACT) | {"confirm": "Majian Town"}
        officer.send(ACT, form)
        for changed in ({"value-cases": "2"}, {"basis": "诸市防控〔2021〕5号"}):
            told = officer.send(ACT, form | changed)

            assert told.status_code == 409
            assert "the same event as in entry 1" in told.text
            assert officer.hidden(told.text, f"{ACT}/plan")["id"] != form["id"]

    assert version(served) == 2


def test_words_that_are_too_long_are_refused_and_never_cut(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        shown = plan(officer, POSITIVE | {"reason": "事" * 100_001})
        form = officer.hidden(shown, ACT) | {"confirm": "Majian Town"}
        told = officer.send(ACT, form)

    assert told.status_code == 422
    assert "text of at most 100000 characters" in told.text
    assert version(served) == 1
