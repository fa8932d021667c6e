"""With a keyboard alone: from signing in to an activation, and through what is live."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.looking import Window, listens
from tests.web.serving import PASSWORD, TOWN
from tests.web.test_board import activate

NOW = f"/j/{TOWN}"
#: What has the focus: whether it is seen to have it, and lies on the screen.
SEEN = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect()
  return one !== document.body && getComputedStyle(one).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(one).outlineWidth) >= 2 && box.width > 1 && box.height > 1
    && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
}"""
_MOST = 60


def tab_to(page: Page, what: str) -> None:
    """Press Tab until something has the focus; wherever the focus comes by, it is seen."""
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"{what} cannot be reached")


def test_an_officer_activates_without_a_mouse(window: Window) -> None:
    page = window.open(None, f"/login?next={NOW}/act", lang="zh")
    page.keyboard.type("duty_officer")  # the field has the focus
    tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{window.address}{NOW}/act")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null"), "past the head and the tabs"
    if not page.evaluate("document.activeElement.matches('main a[href*=local_positive_reported]')"):
        tab_to(page, "main a[href*=local_positive_reported]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/act/**")
    tab_to(page, "#value-origin")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#value-result")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#value-cases")
    page.keyboard.type("1")
    tab_to(page, "#basis")
    page.keyboard.type("诸市防控〔2021〕4号")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan")
    tab_to(page, "#confirm")
    page.keyboard.type("五里牌")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_be_focused()  # what is wrong is read first, the form comes next
    tab_to(page, "#confirm")
    page.keyboard.type("马剑镇")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("330681111-2026-001")


@pytest.mark.parametrize(
    ("path", "opened", "field", "news"),
    [
        (NOW, None, "#at", "330681111-2026-001"),
        (f"{NOW}/duty", "#as-table", "#at", "Round-the-clock regional tracing"),
        (f"{NOW}/reports", "#filters", "#since", "First report"),
        (f"{NOW}/record", "main details", "#text", "330681111-2026-001"),
        ("/", None, "#q", "330681111-2026-001"),
    ],
)
def test_what_changes_elsewhere_is_seen_by_itself_and_takes_nobodys_place(
    window: Window, path: str, opened: str | None, field: str, news: str
) -> None:
    page = window.open("auditor" if path.endswith("record") else "duty_officer", path)
    listens(page)
    if opened:
        page.locator(opened).locator("summary").first.click()
    page.locator(field).fill("half")
    page.evaluate("window.before = document.activeElement")

    activate(window.served)  # as somebody at the command line: this server is told nothing

    expect(page.locator("main")).to_contain_text(news)
    assert page.evaluate("document.activeElement === window.before"), "another field stands in its place"
    expect(page.locator(field)).to_have_value("half")
    if opened:
        assert page.locator(opened).first.get_attribute("open") is not None


def test_who_pressed_what_is_gone_goes_on_from_there(window: Window) -> None:
    activate(window.served)
    page = window.open("duty_officer", NOW)
    other = window.open("duty_officer", NOW)
    listens(page)
    name = "Social stability group has answered"
    page.get_by_role("button", name=name).focus()

    other.get_by_role("button", name=name).click()

    expect(page.get_by_role("button", name=name)).to_have_count(0)
    tab_to(page, "main *")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
