"""The demo's story as its pages tell it, and the pictures of it that documents show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from incident.cli.demo_cast import COUNTY, STREET, TOWN, TWO, logins
from incident.domain.permission import GRANTED
from incident.language import speaking
from incident.service import calling, queries
from incident.service.verify import verify
from tests.web.looking import Window
from tests.web.pictures import IMAGES, LARGEST, PICTURES, shot, size_meant, size_of, told
from tests.web.recorded import words_of
from tests.web.serving import Served

BANNER = {"en": "This is a demo", "zh": "这是演示"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo, told once in English."""
    with told(tmp_path_factory.mktemp("demo"), "en") as served:
        yield served


def shown(demo: Served, login: str, path: str) -> str:
    """Give the words of a page as somebody sees it."""
    with demo.client(login) as client:
        found = client.get(path)
    assert found.status_code == 200, path
    assert BANNER["en"] in found.text
    return words_of(found.text)


def test_the_board_tells_the_story(demo: Served) -> None:
    board = shown(demo, "auditor", "/")

    for words in (
        "Majian Town 330681111 ● Local positive detected",
        "330681111-2026-002",
        "Example Town (demo only) 330681999 ○ Routine",
        "Wulipai Street 430102008 ◐ First-level response",
        "Example County (demo only) 330681 ◐ First-level response",
        "have not followed: 1",
        "behind Example County (demo only)",
        "reports late: 1",
        "not reached: 2",
    ):
        assert words in board


def test_the_county_sees_who_below_is_late(demo: Served) -> None:
    reports = shown(demo, "officer", f"/j/{COUNTY}/reports")

    below = reports[reports.index("Below us: 2 of 3 are late") :]
    assert "Majian Town Local positive detected 1 0" in below
    assert "Example Township (demo only) Local positive detected 1 0" in below


def test_answers_are_outstanding_one_report_is_late_and_a_proposal_waits(demo: Served) -> None:
    with demo.workplace.store.reading() as tx:
        waits = {code: calling.open_callouts(tx, code) for code in (TOWN, STREET)}
    assert all(waits.values())
    assert waits[TOWN][0].unreached

    assert "! late Daily and zero report due 2026-03-01 00:22 2 h 18 min late" in shown(
        demo, "lead", f"/j/{TOWN}/reports"
    )
    assert "Zero report Daily and zero report Duty group" in shown(demo, "lead", f"/j/{TOWN}/reports")
    assert "orders Nucleic-acid sampling group" in shown(demo, "officer", f"/j/{TOWN}")
    assert "proposed by Example duty officer (officer) · 2026-03-01 01:52" in shown(
        demo, "decider", f"/j/{TWO}/proposals"
    )
    assert "330681111-2026-001" in shown(demo, "auditor", f"/j/{TOWN}/record?incident=2026-001")
    assert "312 samples" in shown(demo, "auditor", f"/j/{TOWN}/record?text=samples")


def test_its_record_holds_and_is_signed_outside(demo: Served) -> None:
    with demo.workplace.store.reading() as tx:
        for code, _name in tx.codes():
            assert verify(tx, code).entries == queries.present(tx, code)[0].version
    (outlet,) = demo.workplace.outside
    assert TOWN in outlet.codes()


def test_there_is_one_login_for_each_role_and_each_sees_a_page(demo: Served) -> None:
    with speaking("en"):
        everybody = logins()
    assert sorted(one.role for one in everybody) == sorted(GRANTED)
    for one in everybody:
        assert "Majian Town" in shown(demo, one.login, "/")


def test_every_picture_is_there_as_large_as_meant_and_small_to_load() -> None:
    assert sorted(one.name for one in PICTURES) == sorted(path.name for path in IMAGES.glob("*.png"))
    for one in PICTURES:
        picture = (IMAGES / one.name).read_bytes()
        assert size_of(picture) == size_meant(one), f"{one.name}: run make screenshots"
        assert len(picture) < LARGEST, one.name


def test_every_picture_can_be_taken_still(browser: Browser, demo: Served) -> None:
    with demo.serving() as address:
        window = Window(browser, demo, address)
        for one in PICTURES:
            if one.lang == "en":
                assert size_of(shot(window, one)) == size_meant(one), one.name
        window.close()
