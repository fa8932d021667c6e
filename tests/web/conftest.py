"""What tests of the console and the API may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from incident.domain.clock import stamp
from incident.testing import FakeClock
from tests.web.browser import FLAGS, chromium
from tests.web.filled import fill
from tests.web.looking import Window
from tests.web.serving import Served, copy, make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a town and somebody of every role; nobody writes to it."""
    file = tmp_path_factory.mktemp("template") / "incident.db"
    make_template(file)
    return file


@pytest.fixture(scope="session")
def filled(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A database in which much has happened, and what time it is there; nobody writes to it."""
    file, clock = copy(template, tmp_path_factory.mktemp("filled") / "incident.db"), FakeClock()
    with closing(Served(file, clock)) as made:
        fill(made)
    return file, stamp(clock.at)


@pytest.fixture
def served(template: Path, tmp_path: Path) -> Iterator[Served]:
    """A site of this test's own, served to nobody yet."""
    with closing(Served(copy(template, tmp_path / "incident.db"), FakeClock())) as made:
        yield made


@pytest.fixture
def busy(filled: tuple[Path, str], tmp_path: Path) -> Iterator[Served]:
    """The same with something on every page."""
    file, at = filled
    with closing(Served(copy(file, tmp_path / "incident.db"), FakeClock(at))) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS])
        yield started
        started.close()


@pytest.fixture
def address(served: Served) -> Iterator[str]:
    """Where the site is served."""
    with served.serving() as found:
        yield found


@pytest.fixture
def window(browser: Browser, served: Served, address: str) -> Iterator[Window]:
    """Opens pages of the site, as whoever is wanted."""
    opened = Window(browser, served, address)
    yield opened
    opened.close()


@pytest.fixture
def officer(window: Window) -> Page:
    """A page of the duty officer's, in English, on a desk."""
    return window.open("duty_officer")
