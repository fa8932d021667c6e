"""The record on a page: what happened, newest first, chosen as `incident history` chooses."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.web.looking import Window
from tests.web.serving import TOWN, Served


def test_first_look(window: Window) -> None:
    page = window.open("auditor", f"/j/{TOWN}/record")
    expect(page.locator("article")).to_have_count(1)
    page.screenshot(path="/tmp/pa_record.png", full_page=True)
