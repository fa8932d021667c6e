"""Looking through the API: what stands, who is on duty, what is owed, what happened."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from contextlib import closing
from typing import Any

import msgspec
import pytest

from incident.domain.playbook import Playbook, decode
from incident.service import users
from incident.service.access import NOBODY
from incident.store.reading import SqlReading
from tests.web.api.calling import AT, POSITIVE, Caller, bearer, caller_of, version_at
from tests.web.api.reading import read_of
from tests.web.serving import CAREFUL, TOWN, Served
from tests.web.staffing import employ

# -- versions


@pytest.mark.parametrize("resource", ["", "/proposals", "/reviews", "/playbook"])
def test_who_has_this_version_gets_nothing_again(officer_api: Caller, resource: str) -> None:
    first = officer_api.get(f"{AT}{resource}")
    known = {"If-None-Match": first.headers["etag"]}

    same = officer_api.get(f"{AT}{resource}", headers=known)
    officer_api.post(f"{AT}/decisions", json=POSITIVE)
    other = officer_api.get(f"{AT}{resource}", headers=known)

    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    # the same playbook governs: it has not changed
    assert other.status_code == (304 if resource == "/playbook" else 200)


def test_a_status_of_this_very_second_is_sent_again_until_something_is_recorded(
    served: Served, officer_api: Caller
) -> None:
    first, again = officer_api.get(AT), officer_api.get(AT)
    officer_api.post(f"{AT}/decisions", json=POSITIVE)
    after = officer_api.get(AT)

    assert again.content == first.content
    assert (first.json()["state"], after.json()["state"]) == ("routine", "local_positive_detected")
    assert len({one.headers["etag"] for one in (first, again, after)}) == 2
    assert read_of(served, "duty_officer") == ["api status"]


def test_a_row_that_is_spoilt_is_no_version_to_answer_by(served: Served, officer_api: Caller) -> None:
    assert officer_api.get(AT).status_code == 200
    with closing(sqlite3.connect(served.url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE situation SET version = 'many'")

    told = officer_api.get(AT, headers={"If-None-Match": '"many"'})

    assert (told.status_code, told.json()["type"]) == (500, "urn:incident:problem:journal")


def test_the_past_is_asked_for_by_its_time(officer_api: Caller, served: Served) -> None:
    served.clock.after(hours=1)
    officer_api.post(f"{AT}/decisions", json=POSITIVE)

    before = officer_api.get(AT, params={"at": "2026-03-01 02:50"})
    ahead = officer_api.get(AT, params={"at": "2027-03-01"})

    assert before.json()["state"] == "routine"
    assert "etag" not in before.headers
    assert officer_api.get(AT).json()["state"] == "local_positive_detected"
    assert (ahead.status_code, ahead.json()["expected"]) == (422, "a time that has been")


# -- duty


@pytest.mark.parametrize("resource", ["duty", "shifts", "log"])
def test_names_are_for_who_may_read_them_and_that_is_on_record(
    served: Served, officer_api: Caller, resource: str
) -> None:
    employ(served)
    author = bearer(served, "author")

    shown = officer_api.get(f"{AT}/{resource}").text
    hidden = officer_api.get(f"{AT}/{resource}", headers=author).text

    assert re.search(r"干部\d", shown)
    assert not re.search(r"干部\d", hidden)
    assert re.search(r"H\d", hidden)  # a sign is no name
    assert read_of(served, "duty_officer") == [f"api {'log' if resource == 'log' else 'duty'}"]
    assert read_of(served, "author") == []


def test_the_status_names_nobody_to_whom_names_are_not_shown(served: Served, officer_api: Caller) -> None:
    employ(served)
    assert re.search(r"干部\d", officer_api.get(AT).text)
    assert not re.search(r"干部\d", officer_api.get(AT, headers=bearer(served, "author")).text)


def test_shifts_to_come_are_foreseen_and_say_so(served: Served, officer_api: Caller) -> None:
    employ(served)
    found = officer_api.get(f"{AT}/shifts", params={"days": 3, "numbers": "true"}).json()["shifts"]
    assert {one["since"]: one["seq"] for one in found} == {
        "2026-02-28T18:40:00Z": 1,
        **{f"2026-03-0{day}T00:00:00Z": None for day in (1, 2, 3)},
    }
    assert any(one["channels"] and one["channels"][0].startswith("mail:h") for one in found)
    past = officer_api.get(f"{AT}/duty", params={"at": "2026-03-01 02:40"}).json()
    assert [one["key"] for one in past["rosters"]] == ["watch"]


def test_a_note_stands_in_the_sheet_of_its_shift(served: Served, officer_api: Caller) -> None:
    employ(served)
    officer_api.post(f"{AT}/log", json={"way": "in", "said": "the laboratory called 王伟"})

    (noted,) = [one for one in officer_api.get(f"{AT}/log").json()["activities"] if "said" in one]
    hidden = officer_api.get(f"{AT}/log", headers=bearer(served, "author")).text

    assert noted["said"] == "the laboratory called 王伟"
    assert "王伟" not in hidden


# -- reports


def test_a_report_is_filed_with_all_it_says_and_corrected(served: Served, officer_api: Caller) -> None:
    body = {"name": "list.csv", "content": base64.b64encode(b"a,b\n\0").decode()}
    said: dict[str, Any] = {"sender": "duty", "form": "daily_report", "values": {"cases": "3"}}

    made = officer_api.post(f"{AT}/reports", json={**said, "text": "王伟 is ill", "files": [body]}).json()
    other = officer_api.post(
        f"{AT}/reports", json={**said, "values": {"cases": "4"}, "corrects": made["seq"]}
    ).json()
    read = officer_api.get(f"{AT}/reports/{made['seq']}").json()
    file = officer_api.get(f"{AT}/reports/{made['seq']}/files/0")
    hidden = officer_api.get(f"{AT}/reports/{made['seq']}", headers=bearer(served, "author"))
    owed = officer_api.get(f"{AT}/reports", params={"state": "filed", "sender": "duty"}).json()

    assert [one["key"] for one in made["closes"]] == ["daily_report"]
    assert made["next"]["key"] == "daily_report"
    assert other["corrects"] == made["seq"]
    assert (read["text"], read["values"]) == ("王伟 is ill", [{"name": "cases", "value": "3"}])
    assert read["attachments"][0]["sha256"] == hashlib.sha256(b"a,b\n\0").hexdigest()
    assert read["corrected_by"] == [other["seq"]]
    assert file.content == b"a,b\n\0"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''list.csv"
    assert "王伟" not in hidden.text
    assert "list.csv" not in hidden.text
    assert [(one["filing"]["seq"], one["filing"]["valid_seq"]) for one in owed] == [
        (made["seq"], other["seq"])
    ]
    assert officer_api.get(f"{AT}/reports/{made['seq']}/files/1").status_code == 404
    assert officer_api.get(f"{AT}/reports/0").json()["type"] == "urn:incident:problem:unknown"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        # silence is no zero report
        ({}, "a missing report is never a zero report"),
        # a zero report has no figures
        ({"zero": True, "values": {"cases": "3"}}, "nothing but a remark"),
        # nothing was asked for at that time
        ({"text": "x", "due": "2026-03-01 03:00"}, "the time of the report"),
        ({"text": "x", "sender": "nobody"}, "the sender"),
    ],
)
def test_what_cannot_be_filed_is_said(officer_api: Caller, said: dict[str, Any], told: str) -> None:
    found = officer_api.post(f"{AT}/reports", json={"sender": "duty", "form": "daily_report", **said})
    assert found.status_code == 422
    assert told in found.text
    assert version_at(officer_api) == '"1"'


def test_what_is_owed_is_chosen_by_time_sender_and_state(served: Served, officer_api: Caller) -> None:
    served.clock.after(hours=15, minutes=50)  # 18:30
    late = officer_api.get(f"{AT}/reports", params=[("state", "late"), ("state", "missed")]).json()
    every = officer_api.get(f"{AT}/reports", params={"all": "true"}).json()
    none = officer_api.get(f"{AT}/reports", params={"until": "2026-03-01 03:00"}).json()
    past = officer_api.get(f"{AT}/reports", params={"at": "2026-03-01 03:00"}).json()
    assert [(one["key"], one["late"]) for one in late] == [("daily_report", 90)]
    assert len(every) >= len(late)
    assert none == []
    assert past[0]["as_of"]["entries"] == 1


# -- plan and account


def test_the_playbook_is_given_as_data_and_byte_by_byte(officer_api: Caller) -> None:
    found = officer_api.get(f"{AT}/playbook")
    raw = officer_api.get(f"{AT}/playbook/bytes").content
    assert found.headers["etag"] == f'"{found.json()["hash"]}"'
    assert hashlib.sha256(raw).hexdigest() == found.json()["hash"]
    assert msgspec.to_builtins(decode(raw)) == found.json()["resolved"]


def test_the_promised_times_of_a_period_are_accounted_for(auditor_api: Caller, served: Served) -> None:
    served.clock.after(days=1)
    found = auditor_api.get(f"{AT}/account", params={"all": "true"}).json()
    turned = auditor_api.get(f"{AT}/account", params={"since": "2026-03-02", "until": "2026-03-01"})
    assert found["balances"] is False  # no worker runs here
    assert {one["fault"] for one in found["faults"]} == {"overdue"}
    assert (turned.status_code, turned.json()["where"]) == (422, "until")


def test_a_list_goes_on_where_it_ended(served: Served) -> None:
    with caller_of(served, "auditor") as client:
        first = client.get("/api/v1/jurisdictions", params={"limit": 1}).json()
        second = client.get("/api/v1/jurisdictions", params={"cursor": first["next"]}).json()
    assert first["items"][0]["jurisdiction"]["code"] == TOWN
    assert (len(second["items"]), second["next"]) == (1, None)


def test_a_list_reads_no_playbook_of_what_lies_out_of_reach(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.revoke(served.gate, "group_lead", "group_lead", TOWN, NOBODY)
    read, real = set[str](), SqlReading.playbook

    def playbook(tx: SqlReading, code: str, name: str) -> Playbook:
        read.add(code)
        return real(tx, code, name)

    with caller_of(served, "group_lead") as client:
        monkeypatch.setattr(SqlReading, "playbook", playbook)
        found = client.get("/api/v1/jurisdictions").json()["items"]
    assert [one["jurisdiction"]["code"] for one in found] == [CAREFUL]
    assert read == {CAREFUL}
