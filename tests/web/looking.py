"""How tests look at pages: as whom, in which language, on what, with or without JavaScript.

A page that runs into a script error, or is kept from loading something by the policy, fails its test.
"""

from __future__ import annotations

from typing import Final, Literal

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from incident.web.security.asking import PLAIN_COOKIE
from tests.web.serving import Served

#: What pages are looked at on.
SCREENS: Final[dict[str, ViewportSize]] = {
    "desk": {"width": 1280, "height": 900},
    "phone": {"width": 390, "height": 844},
    "picture": {"width": 1120, "height": 740},
}

#: Milliseconds for which something is waited for: less than after which a page that is told nothing asks.
PATIENCE: Final = 10_000
expect.set_options(PATIENCE)


def listens(page: Page) -> None:
    """Wait until a page listens for news. It is asked from outside: its policy lets it evaluate nothing."""
    for _ in range(PATIENCE // 10):
        if page.evaluate("Boolean(document.querySelector('#live')._htmx?.sse)"):
            return
        page.wait_for_timeout(10)
    raise AssertionError("the page does not listen")


class Window:
    """Opens pages of a site."""

    def __init__(self, browser: Browser, served: Served, address: str) -> None:
        """Look at `served`, which is at `address`."""
        self._browser, self.served, self.address = browser, served, address
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def open(
        self,
        login: str | None,
        path: str = "/login",
        *,
        lang: Literal["en", "zh"] = "en",
        screen: str = "desk",
        script: bool = True,
        dark: bool = False,
    ) -> Page:
        """Open a page in a new browser profile, signed in as somebody or as nobody."""
        context = self._browser.new_context(
            base_url=self.address,
            viewport=SCREENS[screen],
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
            locale="zh-CN" if lang == "zh" else "en-GB",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        if login is not None:
            token = self.served.session(login)
            context.add_cookies([{"name": PLAIN_COOKIE, "value": token, "url": self.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", self._hear)
        page.goto(path)
        return page

    def _hear(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        # a page that answers 4xx, or is cut off, is what some tests want to see
        is_wanted = "Failed to load resource" in text or "htmx:sse:error" in text
        if kind == "error" and not is_wanted:
            self.faults.append(text)

    def close(self) -> None:
        """Close all, and complain of what went wrong in the browser."""
        for context in self._contexts:
            context.close()
        assert not self.faults, self.faults
