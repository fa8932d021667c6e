"""`make screenshots`: the pictures of the console in `docs/images`, of the demo in a real Chromium."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.web.browser import FLAGS, chromium
from tests.web.pictures import Lang, take


def main() -> None:
    """Make them all, and say how large they are."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS])
        for lang in get_args(Lang):
            with TemporaryDirectory() as folder:
                for file in take(browser, Path(folder), lang):
                    print(file.name, file.stat().st_size)
        browser.close()


if __name__ == "__main__":
    main()
