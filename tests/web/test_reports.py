"""Reports in a browser: what is owed, filed in two taps or with all it says, read again, corrected."""

from __future__ import annotations

import re
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace
from playwright.sync_api import FilePayload, Page, expect

from incident import bootstrap
from incident.domain.facts import ReportFiled
from incident.domain.filing import Filing
from incident.playbook_text.load import must_load
from incident.service import access, filing
from incident.service.adopt import adopt
from incident.service.filing import Contents, Order
from incident.service.opened import read_entry
from incident.service.ports_identity import WantedAccess
from incident.service.tick import sweep
from incident.service.who import Origin, Who
from tests.cli.qingshi import CODE, PLAN
from tests.web.looking import Window
from tests.web.serving import TOWN, Served
from tests.web.staffing import be, employ

HOUR = 3600
REPORTS = f"/j/{TOWN}/reports"


def filings(served: Served) -> list[ReportFiled]:
    """All that was filed."""
    with served.workplace.store.reading() as tx:
        entries = [read_entry(TOWN, stored) for stored in tx.entries(TOWN, since=0)]
    return [fact for entry in entries for fact in entry.facts if isinstance(fact, ReportFiled)]


def send(client: TestClient[Litestar], fields: dict[str, str], **more: Any) -> Any:
    """Send a report from the form that the page gives."""
    form = client.get(f"{REPORTS}/file?from=duty").text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    return client.post(f"{REPORTS}/file", data={**hidden, **fields}, **more)


def leads_duty(served: Served) -> None:
    """Let the group lead be somebody of the duty group."""
    employ(served, "seat,holder,name,from\n全体机关干部,H1,甲,2025-01-01\n")
    be(served, "group_lead", "H1")


def elsewhere(served: Served, sender: str, *, code: str = TOWN, zero: bool = True) -> None:
    """File a report at the command line."""
    filing.file(
        served.workplace.store,
        code,
        Filing(sender=sender, zero=zero),
        Contents(),
        origin=Origin(Who(by="somebody"), "test", f"{sender} {code}"),
        now=served.clock,
        chance=bootstrap.chance,
    )


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_two_taps_on_a_phone_file_a_zero_report(window: Window, served: Served, *, script: bool) -> None:
    leads_duty(served)
    page = window.open("group_lead", REPORTS, screen="phone", lang="zh", script=script)

    page.locator("details.zero summary").click()
    page.locator("details.zero button").click()

    expect(page.locator("main")).to_contain_text("日报告、零报告")
    expect(page.locator("main .mark.calm")).to_have_text("零报告")
    assert [(one.sender, one.zero, len(one.closes)) for one in filings(served)] == [("duty", True, 1)]
    page.get_by_role("link", name="返回应报清单").click()
    assert page.locator("details.zero").count() == 0


def test_a_report_is_filed_with_all_it_says_and_corrected(window: Window, served: Served) -> None:
    page = window.open("duty_officer", REPORTS)
    page.get_by_role("link", name=re.compile("^File Daily")).click()
    page.get_by_label("What it says").fill("Three cases,\nall at home.")
    page.get_by_label("Figures").fill("cases = 3\n人数＝12")
    page.get_by_label("Files").set_input_files(
        FilePayload(name="名单.csv", mimeType="text/csv", buffer="甲,乙".encode())
    )
    page.get_by_role("button", name="File it").click()

    expect(page.locator(".words")).to_have_text("Three cases,\nall at home.")
    expect(page.locator("table")).to_contain_text("人数")
    with page.expect_download() as download:
        page.get_by_role("link", name="名单.csv").click()
    assert download.value.suggested_filename == "名单.csv"
    assert download.value.path().read_bytes() == "甲,乙".encode()

    page.get_by_role("link", name="Correct this report").click()
    page.get_by_label("What it says").fill("Two cases.")
    page.get_by_role("button", name="File it").click()
    expect(page.locator("main")).to_contain_text("it takes the place of entry 1")
    assert [one.corrects for one in filings(served)] == [None, 1]


def test_an_attachment_is_kept_and_never_opened_in_our_place(served: Served) -> None:
    with served.client("duty_officer") as client:
        files = [("files", ("a.html", b"<script>1</script>", "text/plain")), ("files", ("b", b"\0", ""))]
        shown = send(client, {"form": "daily_report"}, files=files)
        assert "a.html" in shown.text
        page = client.get(f"{REPORTS}/1/files/0")
        other = client.get(f"{REPORTS}/1/files/1")
        assert client.get(f"{REPORTS}/1/files/2").status_code == 404
    assert page.content == b"<script>1</script>"
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-disposition"] == "attachment; filename*=UTF-8''a.html"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in page.headers["content-security-policy"]
    assert other.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        # silence is not zero
        ({}, "a missing report is never a zero report"),
        # a zero report has no figures
        ({"zero": "1", "figures": "cases = 3"}, "nothing but a remark"),
        # which of two is meant would be a guess
        ({"figures": "cases = 3\ncases = 4"}, "each figure once"),
        ({"figures": "three cases"}, "each figure once"),
        # nothing was asked for at that time
        ({"text": "x", "due": "2026-03-01 03:00"}, "the time of the report"),
        ({"text": "x", "from": "nobody"}, "the sender"),
    ],
)
def test_what_cannot_be_filed_is_said_and_what_was_typed_remains(
    served: Served, fields: dict[str, str], told: str
) -> None:
    with served.client("duty_officer") as client:
        answer = send(client, {"form": "daily_report", "text": "", **fields})
    assert answer.status_code == 422
    assert told in answer.text
    assert all(words.split("\n")[0] in answer.text for name, words in fields.items() if name == "figures")
    assert filings(served) == []


def test_pressing_twice_is_one_report(served: Served) -> None:
    with served.client("duty_officer") as client:
        both = [send(client, {"form": "daily_report", "zero": "1", "id": "once"}).url.path for _ in range(2)]
    assert both == [f"{REPORTS}/1"] * 2
    assert len(filings(served)) == 1


def test_more_than_fits_is_refused_before_it_is_read(served: Served) -> None:
    with served.client("duty_officer") as client:
        answer = send(client, {"text": "x"}, files=[("files", ("big", b"x" * 22_000_000, ""))])
    assert answer.status_code == 413
    assert filings(served) == []


@pytest.mark.parametrize(
    ("lang", "late"), [("en", ["late", "1 h 30 min late"]), ("zh", ["逾期未报", "迟1小时30分钟"])]
)
def test_what_is_late_says_so_by_minutes_and_first(served: Served, lang: str, late: list[str]) -> None:
    served.clock.after(hours=15, minutes=50)  # 18:30
    with served.client("duty_officer", lang=lang) as client:
        text = client.get(REPORTS).text
        assert all(words in text for words in late), text
        assert client.get(f"{REPORTS}?state=filed").text.count('class="owed"') == 0
        assert client.get(f"{REPORTS}?state=late&from=duty").text.count('class="owed"') == 1
        assert client.get(f"{REPORTS}?from=nobody").status_code == 422
        past = client.get(f"{REPORTS}?at=2026-03-01 03:00")
        assert past.text.count('class="owed"') == 1
        assert '<details class="zero"' not in past.text
        assert client.get(f"{REPORTS}?at=2027-01-01").status_code == 422


def test_what_is_still_to_be_filed_stands_before_what_is_in(served: Served) -> None:
    elsewhere(served, "duty")
    served.clock.after(days=1, hours=15, minutes=50)
    sweep(served.workplace.store, now=served.clock, node=None)

    with served.client("group_lead") as client:
        owed = client.get(f"{REPORTS}?all=1").text.partition('id="of-duty"')[2]

    assert 0 < owed.index("</span> late</span>") < owed.index("</span> in</span>")


def test_what_was_missed_is_filed_by_its_time(served: Served) -> None:
    served.clock.after(days=2)
    with served.client("duty_officer") as client:
        sweep(served.workplace.store, now=served.clock, node=None)
        named = re.findall(r'name="due" value="([^"]*)"', client.get(f"{REPORTS}?state=missed").text)
        send(client, {"form": "daily_report", "zero": "1", "due": named[0]})
    assert [[one.due for one in fact.closes] for fact in filings(served)] == [["2026-03-01T09:00:00Z"]]


def test_my_group_stands_first(served: Served) -> None:
    leads_duty(served)
    with served.client("group_lead") as client:
        text = client.get(f"{REPORTS}?all=1").text
    mine = re.findall(r'<section class="card owing( mine)?" id="of-(\w+)"', text)
    assert mine[0] == (" mine", "duty")
    assert len(mine) > 1
    # and is the only one that a group lead is offered to file for
    assert {*re.findall(r"reports/file\?from=(\w+)", text)} == {"duty"}


def test_a_lead_files_for_no_other_group_and_is_told_who_may(served: Served) -> None:
    leads_duty(served)
    with served.client("group_lead") as client:
        form = {"from": "publicity", "form": "daily_report", "zero": "1"}
        refused = send(client, form)
        assert refused.status_code == 403
        assert "a report of your own: Duty group" in refused.text
        assert send(client, {**form, "from": "duty"}).status_code == 200
    assert [one.sender for one in filings(served)] == ["duty"]


def test_a_lead_without_a_sign_is_told_what_is_missing(served: Served) -> None:
    with served.client("group_lead") as client:
        text = client.get(REPORTS).text
        assert "tie your login to your sign" in text
        assert "reports/file?from" not in text
        assert send(client, {"form": "daily_report", "zero": "1"}).status_code == 403
    with served.client("duty_officer") as client:
        assert "tie your login to your sign" not in client.get(REPORTS).text


def test_an_order_of_a_leader_is_answered_and_never_with_nothing(served: Served) -> None:
    order = Order(by="command", to="duty", due=served.clock() + HOUR, text="Count the beds")
    origin = Origin(Who(by="somebody"), "test", "order")
    filing.issue(
        served.workplace.store, TOWN, order, origin=origin, now=served.clock, chance=bootstrap.chance
    )
    leads_duty(served)
    with served.client("group_lead") as client:
        text = client.get(f"{REPORTS}?from=duty").text
        assert text.count("Answer<") == 1
        assert text.count('class="zero"') == 1  # the daily report's
        form = client.get(f"{REPORTS}/file?from=duty&form=directive-1")
        assert 'name="zero"' not in form.text
        send(client, {"form": "directive-1", "text": "Forty"})
    assert [one.key for one in filings(served)[0].closes] == ["directive-1"]


def test_what_a_report_says_is_for_those_who_may_see_names(served: Served) -> None:
    with served.client("duty_officer") as client:
        send(
            client,
            {"form": "daily_report", "text": "王伟 is ill"},
            files=[("files", ("list.csv", b"x", "text/csv"))],
        )
    with served.client("author") as client:
        text = client.get(f"{REPORTS}/1").text
        assert "Daily and zero report" in text
        assert "王伟" not in text
        assert "list.csv" not in text
        assert client.get(f"{REPORTS}/1/files/0").status_code == 403
    with served.client("auditor") as client:
        assert "王伟 is ill" in client.get(f"{REPORTS}/1").text
        assert "王伟 is ill" in client.get(f"{REPORTS}/1").text  # renewed: the same look
        client.get(f"{REPORTS}/1/files/0")
        assert client.post(f"{REPORTS}/file").status_code == 403
    with served.gate.identity.reading() as tx:
        auditor = tx.user_of("auditor")
    assert auditor is not None
    seen = access.look(served.gate, WantedAccess(user=auditor.id, kinds=["read_personal"]))
    assert [(one.jurisdiction, one.what) for one in seen] == [
        (TOWN, "report 1 file 0"),
        (TOWN, "report 1"),
    ]


def test_nothing_was_filed_where_nothing_was(served: Served) -> None:
    with served.client("auditor") as client:
        assert client.get(f"{REPORTS}/0").status_code == 404
        assert client.get(f"{REPORTS}/77").status_code == 404


def test_a_report_that_gathers_others_says_what_is_in(served: Served) -> None:
    playbook = must_load(PLAN).playbook
    assert playbook is not None
    adopt(served.workplace.store, playbook, Who(by="operator"), now=served.clock, chance=bootstrap.chance)
    elsewhere(served, "coordination", code=CODE)
    with served.client("administrator") as client:
        gathered = re.findall(
            r"<dt>(\w+)</dt><dd><strong>(\d+)</strong> ([^<]*)<", client.get(f"/j/{CODE}/reports").text
        )
    assert ("awaited", "1", "Stability group") in gathered
    assert ("zero", "1", "") in gathered


def test_who_below_is_late_is_told_to_the_superior(served: Served) -> None:
    superior, store = "330681", served.workplace.store
    playbook = must_load("majian").playbook
    assert playbook is not None
    above = replace(
        playbook, playbook="zhuji", jurisdiction=replace(playbook.jurisdiction, code=superior, parent="3306")
    )
    adopt(store, above, Who(by="operator"), now=served.clock, chance=bootstrap.chance)
    served.clock.after(hours=16)
    sweep(store, now=served.clock, node=None)
    elsewhere(served, "duty", code=superior)

    with served.client("administrator") as client:
        told = client.get(f"/j/{superior}/reports").text
        below = client.get(REPORTS).text

    assert "Below us: 2 of 2 are late" in told  # this town, and the careful one beside it
    assert f'href="{REPORTS}"' in told
    assert 'id="below"' not in below


def test_news_come_by_themselves_and_disturb_nobody(window: Window, served: Served) -> None:
    page: Page = window.open("duty_officer", REPORTS)
    page.locator("#filters summary").click()
    page.get_by_label("Due at this time or later").fill("03:0")

    elsewhere(served, "duty")

    expect(page.locator(".owed .mark.calm")).to_be_visible()
    expect(page.get_by_label("Due at this time or later")).to_have_value("03:0")
    expect(page.get_by_label("Due at this time or later")).to_be_focused()
