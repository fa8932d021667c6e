"""A real Chromium for the tests: the one named, one on this machine, else one that is installed now.

Never skipped: where none can be had, the tests fail and say what was tried.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

NAMED: Final = "INCIDENT_TEST_CHROMIUM"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
#: No network but ours, no sandbox (root has none), nothing that Chromium does by itself.
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)


class NoBrowserError(RuntimeError):
    """No browser can be had here."""


def chromium() -> str:
    """Give the path of a Chromium, which is installed where there is none. Raises `NoBrowserError`."""
    found = _here()
    if found is not None:
        return found
    with (Path(tempfile.gettempdir()) / "incident-browser.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several workers ask at once, one installs
        tried = []
        for way in (_by_debian, _by_playwright):
            found = _here()
            if found is not None:
                return found
            tried.append(way())
    found = _here()
    if found is None:
        told = "\n".join(tried)
        raise NoBrowserError(f"install Chromium, or name one in {NAMED}; tried:\n{told}")
    return found


def _here() -> str | None:
    named = os.environ.get(NAMED)
    if named:
        return named
    return next((path for name in _NAMES if (path := shutil.which(name))), None) or _of_playwright()


def _of_playwright() -> str | None:
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    found = sorted(kept.glob("chromium-*/chrome-linux*/chrome"))
    return str(found[-1]) if found else None


def _by_debian() -> str:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "apt-get: not root, or no Debian"
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (install, ["apt-get", "update"], install):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if command is install and done.returncode == 0:
            break
    return f"apt-get install chromium: {done.stderr.strip()[-500:]}"


def _by_playwright() -> str:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"playwright install chromium: {(done.stderr or done.stdout).strip()[-500:]}"


if __name__ == "__main__":
    print(chromium())  # noqa: T201 - for whoever wants to know
