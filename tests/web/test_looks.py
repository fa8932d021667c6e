"""How pages look to whoever does not look as most do: contrast, colours that somebody forces, paper."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

import pytest

from tests.web.filled import HOME
from tests.web.looking import Window
from tests.web.serving import Served

SHEET: Final = (files("incident.web") / "static" / "style.css").read_text(encoding="utf-8")
#: Widest that a sheet of A4 is between its margins, in CSS px.
PAPER: Final = {"width": 680, "height": 1000}
#: Least contrast of text (WCAG 1.4.3), and of what shows a field, the focus or a state (1.4.11).
TEXT, SIGN = 4.5, 3.0
PAIRS: Final = [
    *(("ink", page, TEXT) for page in ("paper", "page", "calm-page", "watch-page", "alarm-page")),
    *(("soft", page, TEXT) for page in ("paper", "page", "watch-page", "alarm-page")),
    *(("link", page, TEXT) for page in ("paper", "page", "watch-page", "alarm-page")),
    *((tone, page, TEXT) for tone in ("calm", "watch", "alarm") for page in ("paper", f"{tone}-page")),
    *((tone, "paper", TEXT) for tone in ("added", "changed", "ended")),
    ("on-strong", "strong", TEXT),
    *(("focus", page, SIGN) for page in ("paper", "page", "alarm-page")),
]


@pytest.fixture
def served(busy: Served) -> Served:
    """A site with something on every page."""
    return busy


def colours(scheme: str) -> dict[str, str]:
    """Read the colours of a scheme, by name."""
    light, dark = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    return found if scheme == "light" else found | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))


def luminance(colour: str) -> float:
    """Give the relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours: 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_reckoned_as_in_the_standard() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_stands_out_from_what_it_lies_on(scheme: str) -> None:
    known = colours(scheme)
    faint = [
        (ink, page, round(contrast(known[ink], known[page]), 2))
        for ink, page, least in PAIRS
        if contrast(known[ink], known[page]) < least
    ]

    assert faint == []


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("duty_officer", HOME),
        ("duty_officer", f"{HOME}/plan"),
        ("duty_officer", f"{HOME}/duty"),
        ("auditor", f"{HOME}/record"),
    ],
)
def test_paper_is_white_whole_and_without_what_one_presses(window: Window, login: str, path: str) -> None:
    page = window.open(login, path, lang="zh", dark=True)
    page.set_viewport_size(PAPER)  # type: ignore[arg-type]
    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    pressed = "document.querySelectorAll('button, .button, form, .tabs, .top')"
    assert page.evaluate(f"[...{pressed}].filter(one => one.checkVisibility()).length") == 0
    for what in ("document.documentElement", "...document.querySelectorAll('.scroll')"):
        wide = f"[{what}].filter(one => one.scrollWidth > one.clientWidth + 1)"
        assert page.evaluate(f"{wide}.map(one => one.outerHTML.slice(0, 200))") == []
    folded = """[...document.querySelectorAll('details:not(#gaps-all, #as-table) > :not(summary)')]
      .filter(one => !one.matches('form') && !one.checkVisibility({contentVisibilityAuto: true})).length"""
    assert page.evaluate(folded) == 0
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_who_forces_colours_still_sees_where_they_are(window: Window) -> None:
    page = window.open("duty_officer", HOME)
    page.emulate_media(forced_colors="active")

    def border(which: str) -> str:
        return str(page.locator(which).first.evaluate("one => getComputedStyle(one).borderBottomColor"))

    assert border(".tabs a[aria-current]") != border(".tabs a:not([aria-current])")
    assert border(".tabs a:not([aria-current])") == page.locator("#place").evaluate(
        "one => getComputedStyle(one).backgroundColor"
    )
