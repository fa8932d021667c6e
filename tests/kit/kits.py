"""Kits taken apart and put together again, honestly or not."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.cli.desk import CHECKOUT, Desk, Said

#: The files of a kit by path; what changes them.
Files = dict[str, bytes]
Change = Callable[[Files], None]


class Kit:
    """A kit in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def files(self) -> Files:
        with zipfile.ZipFile(self.path) as zipped:
            return {name: zipped.read(name) for name in zipped.namelist()}

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.files()["kit.json"])
        return manifest

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files()["entries.jsonl"].splitlines()]

    def disclosures(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files()["disclosures.jsonl"].splitlines()]

    def changed(self, path: Path, change: Change) -> Kit:
        """Put a changed kit together by somebody who writes the manifest anew."""
        files = self.files()
        change(files)
        seal(files)
        return pack(path, files)


def pack(path: Path, files: Mapping[str, bytes]) -> Kit:
    """Put files together as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, body in files.items():
            zipped.writestr(name, body)
    return Kit(path)


def seal(files: Files) -> None:
    """Let the manifest name each file as it is."""
    manifest = json.loads(files["kit.json"])
    manifest["files"] = {
        name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != "kit.json"
    }
    files["kit.json"] = canonical(manifest)


def canonical(plain: object) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def about(files: Files, **changed: Any) -> None:
    """Say something else in the manifest."""
    files["kit.json"] = canonical(json.loads(files["kit.json"]) | changed)


def verified(kit: Kit, *words: str) -> Said:
    """Let the program verify a kit; there is no database."""
    desk = Desk(f"sqlite:///{kit.path.parent / 'none' / 'incident.db'}")
    said = desk.run("journal", "verify", str(kit.path), *words)
    assert not desk.file.exists()
    return said


def script(kit: Kit, *words: str) -> subprocess.CompletedProcess[str]:
    """Let the script in the program verify a kit, with nothing of the program to import."""
    command = [sys.executable, "-I", str(CHECKOUT / "incident" / "kit" / "verify.py"), str(kit.path), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
