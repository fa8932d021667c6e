"""Handing over duty, the directory, and duty taken into a calendar: in a browser and by programs."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import icalendar
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from playwright.sync_api import FilePayload, expect

from incident import bootstrap
from incident.domain.facts import ItemChanged, ItemStarted
from incident.service import access, log, tokens, users
from incident.service.access import NOBODY
from incident.service.opened import read_entry
from incident.service.ports_identity import WantedAccess
from incident.service.tick import sweep
from incident.service.who import Origin, Who
from tests.web.looking import Window
from tests.web.serving import ELSEWHERE, TOWN, Served
from tests.web.staffing import STAFF, be, employ

DUTY = f"/j/{TOWN}/duty"
HANDOVER = f"{DUTY}/handover"
CALENDAR = f"{DUTY}/calendar"
ICS = f"{DUTY}.ics"
PEOPLE = f"/j/{TOWN}/people"


@pytest.fixture
def staffed(served: Served) -> Served:
    """Four cadres in the directory; the second day, 02:40; duty was handed over at 08:00 the day before."""
    employ(served)
    served.clock.after(days=1)
    sweep(served.workplace.store, now=served.clock, node=None)
    return served


def facts(served: Served, kind: str) -> list[Any]:
    """What was recorded of items of a kind."""
    with served.workplace.store.reading() as tx:
        entries = [read_entry(TOWN, stored) for stored in tx.entries(TOWN, since=0)]
    return [
        fact.after
        for entry in entries
        for fact in entry.facts
        if isinstance(fact, ItemStarted | ItemChanged) and fact.kind == kind
    ]


def hidden(text: str) -> dict[str, str]:
    """Give the fields that the form of a page carries by itself."""
    form = text[text.index('<form class="card"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def fetched(client: TestClient[Litestar], address: str) -> list[dict[str, str]]:
    """Give the events of a calendar at an address."""
    return happening(client.get(address).content)


def happening(body: bytes) -> list[dict[str, str]]:
    """Give the events of a calendar."""
    found = icalendar.Calendar.from_ical(body)
    return [{name: str(one.get(name)) for name in ("summary", "uid")} for one in found.walk("VEVENT")]


# -- handovers


@pytest.mark.parametrize(("lang", "script"), [("zh", False), ("en", True)])
def test_the_note_is_read_and_signed_by_both_sides(
    window: Window, staffed: Served, lang: Any, *, script: bool
) -> None:
    page = window.open("duty_officer", DUTY, lang=lang, screen="phone", script=script)
    page.locator("#handovers a.button").first.click()
    expect(page.locator(".note")).to_contain_text({"zh": "本班到期", "en": "Falls due in this shift"}[lang])
    page.locator("#gave").select_option("P1")
    page.locator("#took").select_option("P2")
    page.locator("main button").click()

    expect(page.get_by_role("status")).to_be_visible()
    signed = facts(staffed, "handover")[-1]["handovers"]
    assert [(one["gave"], one["took"]) for one in signed] == [("P1", "P2")]
    page.goto(DUTY)
    expect(page.locator("#handovers .mark.calm")).to_be_visible()


def test_a_note_that_changed_is_read_again_before_it_is_signed(staffed: Served) -> None:
    with staffed.client("duty_officer") as client:
        form = hidden(client.get(HANDOVER).text)
        note = log.Note(roster="watch", who="somebody", said="the pump is broken", done=None, way="note")
        log.add(
            staffed.workplace.store,
            TOWN,
            note,
            origin=Origin(Who(by="somebody"), "test", "note"),
            now=staffed.clock,
            chance=bootstrap.chance,
        )
        directive = client.post(HANDOVER, data={**form, "gave": "P1", "read": "0" * 64})
        assert directive.status_code == 409
        assert "read it again" in directive.text
        assert facts(staffed, "handover") == []
        fresh = client.get(HANDOVER).text
        again = client.post(HANDOVER, data={**hidden(fresh), "gave": "P1"})
        assert again.status_code == 200


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        # nobody signs for nobody
        ({}, "the sign of who hands over"),
        # somebody who was not there
        ({"gave": "H9"}, "who hands over"),
        # one person for both sides
        ({"gave": "P1", "took": "P1"}, "who takes over"),
    ],
)
def test_nobody_signs_for_another(staffed: Served, fields: dict[str, str], told: str) -> None:
    with staffed.client("duty_officer") as client:
        answer = client.post(HANDOVER, data={**hidden(client.get(HANDOVER).text), **fields})
    assert answer.status_code == 422
    assert told in answer.text
    assert facts(staffed, "handover") == []


# -- the directory


def test_a_file_is_looked_at_then_taken_in(window: Window, served: Served) -> None:
    page = window.open("administrator", PEOPLE, script=False)
    page.locator("#file").set_input_files(
        FilePayload(name="人员.csv", mimeType="text/csv", buffer=STAFF.encode())
    )
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("section", has=page.locator("#seen"))).to_contain_text("H4")
    assert facts(served, "tenure") == [], "nothing is taken in by looking"

    page.get_by_role("button", name="Take this in").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert [one["holder"] for one in facts(served, "tenure")] == ["H1", "H2", "H3", "H4"]

    page.goto(PEOPLE)
    expect(page.locator("table")).to_contain_text("干部1 (H1)")
    expect(page.locator("table")).not_to_contain_text("h1@example.cn")
    page.get_by_label("Numbers and addresses in full").check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("table")).to_contain_text("mail:h1@example.cn")


def test_an_end_is_given_out_by_its_last_day(served: Served) -> None:
    employ(served, "seat,holder,name,from,until\n全体机关干部,H1,甲,2025-01-01,2026-06-30\n")
    with served.client("auditor") as client:
        assert "2025-01-01,2026-06-30," in client.get(f"{PEOPLE}.csv").text


def test_what_is_given_out_is_taken_in_again_and_changes_nothing(staffed: Served) -> None:
    with staffed.client("administrator") as client:
        given = client.get(f"{PEOPLE}.csv")
        fields = hidden(client.get(PEOPLE).text)
        answer = client.post(f"{PEOPLE}/import", data=fields, files={"file": ("a.csv", given.content)})
        blank = client.get(f"{PEOPLE}.csv?blank=1").content.decode("utf-8-sig")
    assert "attachment" in given.headers["content-disposition"]
    assert "Nothing changes" in answer.text
    rows = [*csv.DictReader(io.StringIO(blank))]
    assert {row["name"] for row in rows} == {""}
    assert "duty.leader" in {row["seat"] for row in rows}


def test_what_is_wrong_with_a_file_is_told_row_by_row(served: Served) -> None:
    with served.client("administrator") as client:
        fields = hidden(client.get(PEOPLE).text)
        bad = "seat,holder,name\nno such seat,H1,甲\nduty.leader,王伟,乙\n".encode()
        answer = client.post(f"{PEOPLE}/import", data=fields, files={"file": ("a.csv", bad)})
        nothing = client.post(f"{PEOPLE}/import", data=fields)
        unreadable = client.post(f"{PEOPLE}/import", data=fields, files={"file": ("a.csv", b"\xff\xfe\0")})
    assert answer.status_code == nothing.status_code == unreadable.status_code == 422
    assert "line 2" in answer.text
    assert "line 3" in answer.text
    assert facts(served, "tenure") == []


def test_who_may_read_people_asks_and_is_on_record(staffed: Served) -> None:
    with staffed.client("auditor") as client:
        assert "干部1" in client.get(f"{PEOPLE}?seat=duty").text
        assert client.get(f"{PEOPLE}?seat=nowhere").status_code == 422
        assert client.get(f"{PEOPLE}?seat=command.leader").text.count("mail:") == 0
        client.get(f"{PEOPLE}?numbers=1")
        client.get(f"{PEOPLE}.csv")
        assert client.post(f"{PEOPLE}/import").status_code == 403
        assert "Take a file in" not in client.get(PEOPLE).text
    seen = access.look(staffed.gate, WantedAccess(kinds=["read_personal"]))
    assert [one.what for one in seen] == ["people.csv", "people in full", "people"]
    for login in ("author", "stranger"):
        with staffed.client(login) as client:
            assert client.get(PEOPLE).status_code == 403
            assert client.get(f"{PEOPLE}.csv").status_code == 403


# -- calendars


def subscribed(served: Served, login: str, **fields: str) -> str:
    """Make an address for a calendar program, and give its path and query."""
    with served.client(login) as client:
        form = hidden(client.get(CALENDAR).text)
        text = client.post(CALENDAR, data={**form, **fields}).text
    found = re.search(r'id="made" class="code" readonly value="http://[^/]+([^"]+)"', text)
    assert found is not None, text
    return found[1].replace("&amp;", "&")


def test_a_calendar_program_asks_for_good_without_signing_in(window: Window, staffed: Served) -> None:
    page = window.open("duty_officer", CALENDAR, lang="zh", script=False)
    page.locator("main form[method=post] button").first.click()
    address = page.locator("#made").input_value()

    program = window.open(None).request
    events = happening(program.get(address).body())
    assert len(events) > 50
    assert all("干部" not in one["summary"] for one in events), "names were not asked for"
    assert "值班" in events[0]["summary"], "in the language in which it was made"

    page.get_by_role("button", name=re.compile("不再")).click()
    assert program.get(address).status == 401


def test_names_are_in_it_only_where_they_were_asked_for_and_may_be_seen(staffed: Served) -> None:
    with_names = subscribed(staffed, "duty_officer", names="1", holder="H1")
    refused = subscribed(staffed, "author", names="1")
    with staffed.client() as client:
        events = fetched(client, with_names)
        assert {"干部1" in one["summary"] for one in events} == {True}
        assert not any("干部" in one["summary"] for one in fetched(client, refused))
        users.revoke(staffed.gate, "duty_officer", "duty_officer", TOWN, NOBODY)
        staffed.opened.doors.forget()
        assert client.get(with_names).status_code == 403, "a token permits what its person may, and no more"
    seen = access.look(staffed.gate, WantedAccess(kinds=["read_personal"]))
    assert [one.what for one in seen] == ["duty.ics"]


def test_the_secret_stands_in_no_log_and_in_no_record(staffed: Served) -> None:
    address = subscribed(staffed, "duty_officer", names="1")
    secret = address.partition("token=")[2]
    with staffed.client() as client:
        assert client.get(address).status_code == 200
        assert client.get(address.replace(TOWN, ELSEWHERE)).status_code == 403
        assert client.get(f"{ICS}?token=inc_nobody").headers["www-authenticate"] == "Bearer"
        assert client.get(address + "&since=never").status_code == 422
    written = [one.what or "" for one in access.look(staffed.gate, WantedAccess(), 1000)]
    assert not any(secret in words or "token=" in words for words in [*written, *map(str, staffed.log)])


def test_a_token_in_the_address_opens_this_one_door_alone(staffed: Served) -> None:
    secret = subscribed(staffed, "duty_officer", names="1").partition("token=")[2]
    with staffed.client() as client:
        for path in (DUTY, PEOPLE, f"{PEOPLE}.csv", CALENDAR, f"/j/{TOWN}/reports"):
            answer = client.get(f"{path}?token={secret}", follow_redirects=False)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/login"), path
        bearer = {"authorization": f"Bearer {secret}"}
        assert client.get(ICS, headers=bearer).status_code == 200
        for address in (CALENDAR, f"{CALENDAR}/end"):
            assert client.post(address, headers=bearer).status_code == 401, "no token makes another"
        assert client.get(f"/api/v1/jurisdictions/{TOWN}", headers=bearer).status_code == 401
    assert len(tokens.tokens(staffed.gate)) == 1


def test_an_address_opens_the_roster_and_person_it_was_made_for_and_no_other(staffed: Served) -> None:
    address = subscribed(staffed, "duty_officer", roster="watch", holder="H1")
    with staffed.client() as client:
        assert client.get(f"{address}&until=14d").status_code == 200
        for other in (address.replace("holder=H1", "holder=H2"), address.replace("holder=H1&", "")):
            answer = client.get(other)
            assert answer.status_code == 403
            assert "made for another calendar" in answer.text


def test_an_address_made_for_a_superior_opens_no_calendar_below(staffed: Served) -> None:
    """Townships have rosters of the same names, and its maker may look at all of them."""
    made = {
        root: tokens.make(
            staffed.gate, "duty_officer", "calendar", ["look"], NOBODY, root=root, opens="roster=watch"
        )
        for root in (TOWN, TOWN[:6])
    }
    with staffed.client() as client:
        answers = {
            root: client.get(f"{ICS}?roster=watch&token={one.plain}").status_code
            for root, one in made.items()
        }
    assert answers == {TOWN: 200, TOWN[:6]: 403}


def test_one_person_has_so_many_addresses_and_ends_them_on_their_own_page(staffed: Served) -> None:
    for _ in range(tokens.MOST_CALENDARS):
        subscribed(staffed, "duty_officer")
    with staffed.client("duty_officer") as client:
        form = hidden(client.get(CALENDAR).text)
        answer = client.post(CALENDAR, data=form)
        assert answer.status_code == 403
        assert f"at most {tokens.MOST_CALENDARS} addresses" in answer.text
        mine = re.findall(r'name="token" value="(\w+)"', client.get("/me").text)
        assert len(mine) == tokens.MOST_CALENDARS
        assert client.post("/me/tokens/end", data={**form, "token": mine[0]}).status_code == 200
        assert client.post(CALENDAR, data=form).status_code == 200


def test_nobody_ends_the_address_of_another(staffed: Served) -> None:
    subscribed(staffed, "duty_officer")
    (token,) = tokens.tokens(staffed.gate, "duty_officer")
    assert (token.scopes, token.root) == (("look",), TOWN)
    with staffed.client("auditor") as client:
        form = hidden(client.get(CALENDAR).text)
        assert client.post(f"{CALENDAR}/end", data={**form, "token": token.id}).status_code == 404
    assert tokens.tokens(staffed.gate, "duty_officer") == [token]


def test_it_is_taken_once_by_who_has_signed_in(staffed: Served) -> None:
    be(staffed, "duty_officer", "H2")
    with staffed.client("duty_officer") as client:
        answer = client.get(f"{ICS}?roster=watch&holder=H2&until=14d")
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert b"BEGIN:VEVENT" in answer.content
        assert 'value="H2"' in client.get(CALENDAR).text, "one's own sign is offered"
        assert client.get(f"{ICS}?roster=nobody").status_code == 422
        assert client.get(f"{ICS}?since=2026-03-02&until=2026-03-01").status_code == 422
