"""Duty in a browser: who is there and who comes, as a picture and as a table, and changing it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import expect

from incident.domain.facts import ItemEnded, ItemStarted
from incident.service import access
from incident.service.opened import read_entry
from incident.service.ports_identity import WantedAccess
from incident.service.tick import sweep
from tests.web.looking import Window
from tests.web.serving import TOWN, Served
from tests.web.staffing import employ

DUTY = f"/j/{TOWN}/duty"
CHANGE = f"{DUTY}/change"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def staffed(served: Served) -> Served:
    """Four cadres in the directory; the second day, 02:40."""
    employ(served)
    served.clock.after(days=1)
    sweep(served.workplace.store, now=served.clock, node=None)
    return served


def pins(served: Served) -> list[tuple[str, str, str]]:
    """Whom people set by hand since: how, post, sign; and what was taken back."""
    with served.workplace.store.reading() as tx:
        entries = [read_entry(TOWN, stored) for stored in tx.entries(TOWN, since=0)]
    facts = [fact for entry in entries for fact in entry.facts]
    made = [fact.after for fact in facts if isinstance(fact, ItemStarted) and fact.kind in ("pin", "leave")]
    gone = [fact.before for fact in facts if isinstance(fact, ItemEnded) and fact.kind == "pin"]
    return [
        *(
            (
                one.get("how", "override") if "post" in one else one.get("why", "leave"),
                one.get("post", ""),
                one["holder"],
            )
            for one in made
        ),
        *(("taken back", one["post"], one["holder"]) for one in gone),
    ]


def hidden(text: str, act: str) -> dict[str, str]:
    """Give the fields that a form of the page carries by itself."""
    form = next(one for one in text.split("<form")[1:] if f'value="{act}"' in one).split("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_is_on_duty_and_who_comes_is_shown_with_what_is_wrong(staffed: Served, lang: str) -> None:
    with staffed.client("duty_officer", lang=lang) as client:
        text = client.get(DUTY).text
    now, following = text.split("<h3>" + {"en": "Next:", "zh": "下一班："}[lang], 1)
    assert re.search(r"干部\d \(H\d\)|干部\d（H\d）", now)
    assert "mail:h*@example.cn" in now
    assert "h1@example.cn" not in text
    assert {"en": "the directory does not name who that is", "zh": "名录未写明是谁"}[lang] in following


def test_whoever_is_on_duty_can_be_called_from_the_page(served: Served) -> None:
    employ(served, "seat,holder,name,channels\n全体机关干部,H1,甲,sms:13900000001 mail:a@b.cn\n")
    with served.client("duty_officer") as client:
        hidden_, full = client.get(DUTY).text, client.get(f"{DUTY}?numbers=1").text
    with served.client("author") as client:
        signs = client.get(f"{DUTY}?numbers=1").text
    assert 'href="tel:13900000001"' in full
    assert 'href="mailto:a@b.cn"' in full
    assert "13900000001" not in hidden_ + signs
    seen = access.look(served.gate, WantedAccess(kinds=["read_personal"]))
    assert [one.what for one in seen] == ["duty in full", "duty"]


def test_the_picture_is_coloured_by_the_page_and_the_table_says_the_same(
    window: Window, staffed: Served
) -> None:
    page = window.open("duty_officer", DUTY, screen="phone", script=False, lang="zh")
    drawn = page.locator("svg.rota")

    expect(drawn).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls"
    assert drawn.evaluate("one => getComputedStyle(one.querySelector('.bar.foreseen')).strokeWidth") == "2px"
    hatched = drawn.locator("rect.unnamed").first
    assert hatched.evaluate("one => getComputedStyle(one).fill").startswith('url("#unnamed")')
    page.locator("#as-table summary").click()
    rows = page.locator("#as-table tbody tr")
    assert (
        rows.count() == drawn.locator("g > rect.bar").count() - drawn.locator("g[transform] rect.bar").count()
    )
    expect(rows.last).to_contain_text("干部")


def test_whoever_may_not_see_names_sees_signs_and_changes_nothing(staffed: Served) -> None:
    with staffed.client("author") as client:
        text = client.get(DUTY).text
        assert "干部1" not in text
        assert "H1" in text
        assert "mail:" not in text
        assert "duty/change" not in text
        assert client.get(CHANGE).status_code == 403
        assert client.get(f"/j/{TOWN}/people").status_code == 403
    with staffed.client("group_lead") as client:
        assert "duty/change" not in client.get(DUTY).text
        assert client.post(CHANGE).status_code == 403


def test_reading_names_is_on_record(staffed: Served) -> None:
    for login in ("author", "auditor"):
        with staffed.client(login) as client:
            client.get(DUTY)
    seen = access.look(staffed.gate, WantedAccess(kinds=["read_personal"]))
    with staffed.gate.identity.reading() as tx:
        auditor = tx.user_of("auditor")
    assert auditor is not None
    assert [(one.user, one.jurisdiction, one.what) for one in seen] == [(auditor.id, TOWN, "duty")]


def test_another_time_is_shown_as_it_was_and_as_it_will_be(staffed: Served) -> None:
    with staffed.client("duty_officer") as client:
        past = client.get(f"{DUTY}?at=2026-03-01 03:00").text
        future = client.get(f"{DUTY}?at=2026-03-20 03:00&since=2026-03-15&roster=watch").text
        assert client.get(f"{DUTY}?at=2031-01-01").status_code == 422
        assert client.get(f"{DUTY}?since=9999-12-31").status_code == 422
        assert client.get(f"{DUTY}?roster=nobody").status_code == 422
        assert client.get(f"{DUTY}?since=yesterday").status_code == 422
    assert "rebuilt from the journal" in past
    assert "hx-get" not in past
    assert "foreseen" in future
    drawn = ET.fromstring(future[future.index("<svg") : future.index("</svg>") + 6])
    days = [one.text for one in drawn.iter(f"{SVG}text") if one.attrib["class"].startswith("day")]
    assert days[0] == "03-15"


@pytest.mark.parametrize(
    ("lang", "screen", "script"), [("zh", "phone", False), ("en", "desk", True)], ids=["phone", "desk"]
)
def test_another_is_set_and_taken_back(
    window: Window, staffed: Served, lang: str, screen: str, *, script: bool
) -> None:
    page = window.open("duty_officer", DUTY, lang=lang, screen=screen, script=script)  # type: ignore[arg-type]
    page.locator("#as-table summary").click()
    page.locator("#as-table tr", has_text=re.compile("officer 1|值班员1")).locator("a").last.click()
    page.locator("#override-holder").select_option("H2")
    page.locator("#override-why").fill("asked to")
    page.locator("form", has=page.locator("#override-holder")).locator("button").click()

    expect(page.get_by_role("status")).to_contain_text("H2")
    assert ("override", "officer.1", "H2") in pins(staffed)

    page.locator("#as-table summary").click()
    page.locator("#as-table tr", has_text=re.compile("officer 1|值班员1")).locator("a").last.click()
    page.locator("form", has=page.locator("[name=act][value=withdraw]")).locator("button").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert ("taken back", "officer.1", "H2") in pins(staffed)


def test_two_shifts_are_exchanged(staffed: Served) -> None:
    with staffed.client("duty_officer") as client:
        address = f"{CHANGE}?roster=watch&post=officer.1&at=2026-03-05 09:00"
        form = client.get(address).text
        other = re.findall(r'<option value="(2026[^"]+)"', form)[0]
        done = client.post(CHANGE, data={**hidden(form, "swap"), "other": other})
    assert done.status_code == 200
    assert "swapped" in done.text
    assert [how for how, _post, _holder in pins(staffed)] == ["swap", "swap"]


def test_whoever_cannot_come_is_covered(staffed: Served) -> None:
    with staffed.client("duty_officer") as client:
        form = client.get(CHANGE).text
        fields = {**hidden(form, "cover"), "holder": "H1", "kind": "leave", "until": "3d"}
        done = client.post(CHANGE, data=fields)
        again = client.post(CHANGE, data=fields)
    assert done.url == again.url, "pressing twice is one act"
    assert pins(staffed) == [("leave", "", "H1")]


@pytest.mark.parametrize(
    ("act", "fields", "told"),
    [
        # a sign that nobody has
        ("override", {"roster": "watch", "post": "officer.1", "holder": "Z9"}, "`Z9`"),
        # what has passed stays as it was
        ("override", {"roster": "watch", "holder": "H1", "since": "2026-03-01"}, "a time to come"),
        # no such post
        ("override", {"roster": "watch", "post": "officer.9", "holder": "H1"}, "`officer.9`"),
        # how long it lasts is needed of somebody who is not on duty
        ("cover", {"holder": "P9", "since": "2026-03-03 10:00"}, "until"),
        ("cover", {"holder": "H1", "until": "soon"}, "`soon`"),
        ("swap", {"roster": "watch", "other": ""}, "the other shift"),
        ("withdraw", {"roster": "watch"}, "somebody who was set"),
    ],
)
def test_what_cannot_be_changed_is_said_and_what_was_typed_remains(
    staffed: Served, act: str, fields: dict[str, str], told: str
) -> None:
    with staffed.client("duty_officer") as client:
        base = hidden(client.get(CHANGE).text, "cover")
        answer = client.post(CHANGE, data={**base, **fields, "act": act})
    assert answer.status_code == 422
    assert told in answer.text
    assert pins(staffed) == []


def test_a_change_made_elsewhere_is_shown_at_once_and_disturbs_nobody(
    window: Window, staffed: Served
) -> None:
    page = window.open("duty_officer", DUTY)
    page.locator("#as-table summary").click()
    page.get_by_label("Two weeks from").fill("2026-03-1")
    assert page.locator("svg.rota").get_by_text("干部9").count() == 0

    employ(staffed, "seat,holder,name\n全体机关干部,H9,干部9\n", "more.csv")

    expect(page.locator("#as-table td", has_text="H9").first).to_be_visible()
    assert page.locator("svg.rota text", has_text="干部9").count() > 0, "the picture is drawn anew"
    expect(page.get_by_label("Two weeks from")).to_have_value("2026-03-1")
    expect(page.get_by_label("Two weeks from")).to_be_focused()
