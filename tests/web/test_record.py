"""The record on a page: what happened, newest first, chosen as `incident history` chooses; what was then."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import expect

from incident.domain.request import Actor
from incident.service.access import look
from incident.service.ports_identity import WantedAccess
from tests.web.looking import Window
from tests.web.recorded import BASIS, PUBLIC, Pressing, a_night, alter, positive, words_of
from tests.web.serving import TOWN, Served

RECORD = f"/j/{TOWN}/record"


@pytest.fixture
def night(served: Served) -> Served:
    """A record of a late activation between two checkpoints."""
    a_night(served)
    return served


def entries(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'<article class="card" id="e(\d+)"', page)]


def test_newest_stands_first_with_everything_that_is_known_of_it(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        page = auditor.get(RECORD).text
    assert entries(page) == [1, 0]
    said = words_of(page)
    for words in (
        "recorded 60 minutes late",
        "Routine → Local positive detected",
        "一(八)+",
        "our own: the paper is silent",
        f"basis {BASIS}",
        "pressed by 王小明",
        "known by ? a name that was typed; nobody looked who it was",
        "Holds from, as claimed 2026-03-01 02:40 Recorded, by the clock here 2026-03-01 03:40",
        "after that of 1 entries, 2026-03-01 02:40 ; before that of 2 entries, 2026-03-01 03:50",
    ):
        assert words in said


#: How it is known who pressed, and how that is said of the newest entry.
ACTORS: Final[dict[Actor, str]] = {
    "os": "user of the operating system",
    "system": "the program itself",
    "authenticated": "✓ signed in",
    "claimed": "? a name that was typed; nobody looked who it was",
}


def test_how_it_is_known_who_pressed_is_marked(served: Served) -> None:
    for n, (actor, words) in enumerate(ACTORS.items()):
        positive(served, actor=actor, id=f"event {n}", verb="signal")
        with Pressing(served, "auditor") as auditor:
            said = auditor.look(RECORD)
        assert words in said[: said.index("Holds from")]


FILTERS: Final[list[tuple[str, list[int]]]] = [
    ("kind=IncidentOpened", [1]),
    ("kind=PlaybookAdopted,IncidentOpened", [1, 0]),
    ("since=2026-03-01+03:00", [1]),
    ("until=2026-03-01+03:00", [0]),
    ("incident=2026-001", [1]),
    ("actor=王小明", [1]),
    ("authority=领导小组", [1]),
    ("clause=一(八)", [1, 0]),
    ("text=李四", [1]),
    ("text=nothing+like+that", []),
    ("before=1", [0]),
]


def test_filters_are_those_of_the_command_line(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        for query, found in FILTERS:
            assert entries(auditor.get(f"{RECORD}?{query}").text) == found


STRANGE: Final[list[tuple[str, str]]] = [
    ("kind=GroupConvertid", "found `GroupConvertid`"),
    ("since=soon", "expected a time such as"),
    ("incident=2026-009", "the newest is 330681111-2026-001"),
]


def test_what_cannot_be_looked_for_is_refused_in_place(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        for query, words in STRANGE:
            assert words in auditor.look(f"{RECORD}?{query}", 422)


def test_pages_lead_to_the_beginning(night: Served) -> None:
    for n in range(50):
        positive(night, id=f"again {n}", verb="signal", authority="outbreak_task_force")
    with Pressing(night, "auditor") as auditor:
        first = auditor.get(RECORD).text
        newest, oldest = entries(first)[0], entries(first)[-1]
        assert entries(first) == [*range(newest, newest - 40, -1)]
        assert f"before={oldest}" in first
        rest = auditor.get(f"{RECORD}?before={oldest}").text
    assert entries(rest) == [*range(oldest - 1, -1, -1)]
    assert "This is where it begins." in rest


def test_whoever_may_not_audit_sees_nothing_of_it(night: Served) -> None:
    for path in ("", "/1", "/1/proof", "/at", "/verify", "/kit", "/checkpoint/1"):
        with Pressing(night, "duty_officer") as officer:
            officer.get(f"{RECORD}{path}", 403)
        with Pressing(night, "stranger") as stranger:
            stranger.get(f"{RECORD}{path}", 403)


def test_that_names_were_read_is_noted_once_and_names_nobody(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        for _again in range(2):
            auditor.get(f"{RECORD}?text=李四&incident=2026-001")
    read = look(night.gate, WantedAccess(kinds=["read_personal"]))
    assert [(one.jurisdiction, one.what) for one in read] == [(TOWN, "record incident=2026-001 text")]


# -- one entry


def test_entry_is_shown_whole_and_proven(night: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENT_PUBKEY", PUBLIC)
    with Pressing(night, "auditor") as auditor:
        said = auditor.look(f"{RECORD}/1")
        proof = auditor.get(f"{RECORD}/1/proof")
    for words in (
        "which is trusted here",
        "State after it: Local positive detected",
        '{"actor":"claimed"',
        "李四确诊",
    ):
        assert words in said
    assert proof.content.startswith(b"c2sp.org/tlog-proof@v1\n")
    assert proof.headers["content-disposition"] == f'attachment; filename="{TOWN}-1.tlog-proof"'


def test_signature_that_nobody_could_look_at_is_said_to_be_so(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        assert "Its signature was NOT looked at" in auditor.look(f"{RECORD}/1")


def test_entry_that_no_checkpoint_covers_is_not_proven(night: Served) -> None:
    outcome = positive(night, id="again", verb="stand_down", event="response_lifted", fields={}, basis=None)
    seq = outcome.entry.seq
    with Pressing(night, "auditor") as auditor:
        said = auditor.look(f"{RECORD}/{seq}")
        assert "Not proven." in said
        assert "✕ refused" in said
        assert "what to do" in auditor.look(f"{RECORD}/{seq}/proof", 422)
        auditor.get(f"{RECORD}/{seq + 1}", 404)


def test_proof_that_does_not_lead_to_the_root_is_an_alarm(night: Served) -> None:
    alter(night)
    with Pressing(night, "auditor") as auditor:
        assert "the record does not hold" in auditor.look(f"{RECORD}/1")
        assert "do not have the hash that is kept beside them" in auditor.look(f"{RECORD}/0")


# -- what was


def test_right_after_an_entry_is_what_stood_then(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        before, then = auditor.look(f"{RECORD}/at?entry=0"), auditor.look(f"{RECORD}/at")
    assert "2026-03-01 02:40 : Routine" in before
    assert "2026-03-01 03:40 : Local positive detected" in then
    assert "Outbreak task force preamble #1" in then
    assert "Outbreak task force preamble" not in before


MOMENTS: Final[list[tuple[str, int, str]]] = [
    ("at=2026-03-01+03:00", 200, "Routine"),
    ("at=2020-01-01", 422, "a time since 330681111 was adopted"),
    ("at=soon", 422, "found `soon`"),
    ("at=9999-12-31", 422, "a time that has been"),
    ("t=137438953472", 422, "a time that has been"),
    ("entry=77", 422, "an entry that has its body still"),
]


def test_moments_are_read_as_people_type_them(night: Served) -> None:
    with Pressing(night, "auditor") as auditor:
        for query, status, words in MOMENTS:
            assert words in auditor.look(f"{RECORD}/at?{query}", status)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_slider_shows_what_was_while_it_moves(window: Window, lang: str) -> None:
    a_night(window.served)
    page = window.open("auditor", f"{RECORD}/at", lang="zh" if lang == "zh" else "en", screen="phone")
    expect(page.locator("#then-at")).to_contain_text("03:40")
    page.locator("[type=range]").focus()
    page.keyboard.press("Home")
    expect(page.locator("#then-at")).to_contain_text("02:40")
    page.keyboard.press("End")
    expect(page.locator("#then-at")).to_contain_text("03:40")
    expect(page.locator("[type=range]")).to_be_focused()


def test_slider_is_a_form_without_javascript(window: Window) -> None:
    a_night(window.served)
    page = window.open("auditor", f"{RECORD}/at", script=False)
    page.locator("[type=range]").focus()
    page.keyboard.press("Home")
    page.get_by_role("button", name="Show").first.click()
    expect(page.locator("#then-at")).to_contain_text("02:40")
    page.get_by_role("link", name="after entry 1").click()
    expect(page.locator("#then-at")).to_contain_text("Local positive detected")


def test_what_is_recorded_elsewhere_comes_in_by_itself(window: Window) -> None:
    page = window.open("auditor", RECORD)
    page.get_by_text("Choose what to look for").click()
    page.locator("[name=text]").fill("half typed")
    positive(window.served)
    expect(page.locator("article")).to_have_count(2)
    expect(page.locator("[name=text]")).to_have_value("half typed")
