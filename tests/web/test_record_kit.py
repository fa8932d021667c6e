"""Evidence kits on a page: made, taken away, brought back and verified."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import expect

from incident.domain import kit
from tests.web.looking import Window
from tests.web.recorded import PUBLIC, Pressing, a_night
from tests.web.serving import ELSEWHERE, TOWN, Served

KIT = f"/j/{TOWN}/record/kit"


@pytest.fixture
def night(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A signed record, on a server that knows the key."""
    monkeypatch.setenv("INCIDENT_PUBKEY", PUBLIC)
    a_night(served)
    return served


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def made(served: Served, **fields: str) -> zipfile.ZipFile:
    """Download a kit."""
    with Pressing(served, "auditor") as auditor:
        found = auditor.press(KIT, **fields)
    assert found.headers["content-type"] == "application/zip"
    assert int(found.headers["content-length"]) == len(found.content)
    return zipfile.ZipFile(io.BytesIO(found.content))


def test_kit_opens_what_was_chosen_and_leaves_nothing_behind(night: Served, empty: Path) -> None:
    before = {*empty.iterdir()}
    whole = made(night).read(kit.DISCLOSURES).decode()
    chosen = made(night, withhold="by reason", kind="IncidentOpened").read(kit.DISCLOSURES).decode()
    nothing = made(night, incident="2026-009").read(kit.DISCLOSURES).decode()
    assert '"name":"by"' in whole
    assert '"name":"by"' not in chosen
    assert '"name":"basis"' in chosen
    assert nothing == ""
    assert {one for one in empty.iterdir() if one.name.startswith("incident-kit-")} <= before


UNOPENED: Final[list[tuple[dict[str, str], str]]] = [
    ({"kind": "Nothing"}, "choose one of those"),
    ({"since": "soon"}, "such as 2026-03-01"),
    ({"withhold": "nothing"}, "nothing was written"),
    ({"pubkey": "/etc/passwd"}, "public key"),
]


def test_what_cannot_be_opened_makes_no_kit(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        for fields, words in UNOPENED:
            assert words in auditor.press(KIT, 422, **fields).text


def test_kit_that_is_brought_is_verified_level_by_level(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        raw = auditor.press(KIT).content
        found = auditor.press(f"{KIT}/check", files={"kit": ("night.zip", raw)}).text
        assert "✓ The kit holds: night.zip" in found
        broken = auditor.press(f"{KIT}/check", files={"kit": ("night.zip", raw[:-200])}, status=422)
        assert "✓" not in broken.text


def test_kit_with_a_fault_is_told_by_the_name_it_was_brought_under(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        raw = auditor.press(KIT).content
        found = auditor.press(f"{KIT}/check", files={"kit": ("night.zip", changed(raw))}).text
    assert "✕ The kit does not hold: night.zip" in found
    assert f"<dd>night.zip, {kit.README}</dd>" in found
    assert "incident-kit-" not in found


def changed(raw: bytes) -> bytes:
    """Give a kit with another text for people."""
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            new.writestr(one, b"trust me\n" if one.filename == kit.README else old.read(one))
    return into.getvalue()


def test_form_without_a_kit_is_refused_and_the_place_where_it_is_brought_leads_back(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        assert "choose the kit" in auditor.press(f"{KIT}/check", 422).text
        assert "Verify a kit" in auditor.look(f"{KIT}/check")


def test_kit_larger_than_the_server_takes_is_refused(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        found = auditor.press(f"{KIT}/check", 413, files={"kit": ("large.zip", b"0" * 10_000_001)})
    assert "that is too much at once" in found.text


def test_stranger_takes_nothing_away(night: Served) -> None:
    with Pressing(night, "stranger") as stranger:
        stranger.press(KIT, 403)
        stranger.press(KIT.replace(TOWN, ELSEWHERE), 404)


def test_auditor_takes_a_kit_home_without_javascript(window: Window, tmp_path: Path) -> None:
    a_night(window.served)
    page = window.open("auditor", KIT, script=False, screen="phone", lang="zh")
    with page.expect_download() as waiting:
        page.locator("form").filter(has=page.locator("[name=withhold]")).locator("button").click()
    assert waiting.value.suggested_filename == f"{TOWN}-2026-02-28.zip"
    waiting.value.save_as(tmp_path / "kit.zip")
    page.locator("[name=kit]").set_input_files(tmp_path / "kit.zip")
    page.locator("form[enctype] button").click()
    expect(page.locator("#badge")).to_contain_text("kit.zip")
