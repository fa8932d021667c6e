"""Looking through the API: what stands, who is on duty, what is owed, what happened."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from incident import bootstrap
from incident.domain import tree
from incident.domain.checkpoint import parse_checkpoint
from incident.domain.note import format_public_key, parse_note
from incident.domain.playbook import Playbook, decode
from incident.language import speaker
from incident.service import access, proving, users
from incident.service.access import NOBODY
from incident.service.notary import sign
from incident.service.ports_identity import WantedAccess
from incident.signing import ed25519
from incident.store.reading import SqlReading
from tests.service.signing import notary, signer
from tests.web.api.calling import AT, LIFTED, POSITIVE, Caller, bearer, caller_of, version_at
from tests.web.serving import CAREFUL, TOWN, Served
from tests.web.staffing import employ


def read_of(served: Served, login: str) -> list[str | None]:
    """Give which readings of names were noted of somebody, the newest first."""
    with served.gate.identity.reading() as tx:
        user = tx.user_of(login)
    assert user is not None
    return [one.what for one in access.look(served.gate, WantedAccess(user=user.id, kinds=["read_personal"]))]


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


# -- the record


def happened(client: Caller, **params: Any) -> tuple[list[dict[str, Any]], str | None]:
    """Give a page of what happened."""
    found = client.get(f"{AT}/history", params=params)
    assert found.status_code == 200, found.text
    return found.json()["items"], found.json()["next"]


def test_a_history_comes_page_by_page_the_newest_first(served: Served, auditor_api: Caller) -> None:
    officer = bearer(served, "duty_officer")
    for asked in (POSITIVE, LIFTED, {**POSITIVE, "basis": None}):
        auditor_api.post(f"{AT}/decisions", json=asked, headers=officer)

    whole, end = happened(auditor_api)
    seqs, cursor = list[int](), None
    for _turn in range(4):
        items, cursor = happened(auditor_api, limit=1, **({"cursor": cursor} if cursor else {}))
        seqs += {one["seq"] for one in items}

    assert end is None
    assert cursor is None
    assert seqs == [3, 2, 1, 0]
    assert [one["seq"] for one in whole] == sorted((one["seq"] for one in whole), reverse=True)
    assert read_of(served, "auditor") == ["api history"]


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        ({"kind": "RequestRefused"}, {"RequestRefused"}),
        ({"kind": ["IncidentOpened", "IncidentClosed"]}, {"IncidentOpened", "IncidentClosed"}),
        ({"incident": "2026-001", "kind": "IncidentOpened"}, {"IncidentOpened"}),
        ({"actor": "duty_officer", "kind": "IncidentOpened"}, {"IncidentOpened"}),
        ({"actor": "nobody"}, set()),
        ({"authority": "领导小组", "kind": "IncidentOpened"}, {"IncidentOpened"}),
        ({"text": "诸市防控", "kind": "IncidentClosed"}, {"IncidentClosed"}),
        ({"until": "2026-03-01 02:00"}, set()),
    ],
)
def test_a_history_is_chosen_from(
    served: Served, auditor_api: Caller, wanted: dict[str, Any], kinds: set[str]
) -> None:
    officer = bearer(served, "duty_officer")
    for asked in (POSITIVE, LIFTED, {**POSITIVE, "basis": None}):
        auditor_api.post(f"{AT}/decisions", json=asked, headers=officer)
    assert {one["kind"] for one in happened(auditor_api, **wanted)[0]} == kinds


@pytest.mark.parametrize(
    ("wanted", "where"),
    [({"kind": "Nonsense"}, "kind"), ({"since": "soon"}, "since"), ({"until": "9999"}, "until")],
)
def test_a_filter_that_means_nothing_is_no_filter(
    auditor_api: Caller, wanted: dict[str, str], where: str
) -> None:
    found = auditor_api.get(f"{AT}/history", params=wanted)
    assert (found.status_code, found.json()["where"]) == (422, where)


def test_an_entry_is_given_whole_and_its_bytes_are_what_was_hashed(
    served: Served, auditor_api: Caller
) -> None:
    auditor_api.post(f"{AT}/decisions", json=POSITIVE, headers=bearer(served, "duty_officer"))

    found = auditor_api.get(f"{AT}/entries/1").json()
    never = auditor_api.get(f"{AT}/entries/77")

    assert tree.leaf_hash(found["body"].encode()).hex() == found["leaf"]
    assert {one["name"]: one["value"] for one in found["disclosures"]}["basis"] == POSITIVE["basis"]
    assert found["facts"][0]["seq"] == found["said"]["seq"] == 1
    assert (never.status_code, never.json()["found"]) == (404, "77")


def test_where_nothing_is_signed_nothing_is_proven(auditor_api: Caller) -> None:
    assert auditor_api.get(f"{AT}/checkpoints").json() == {"items": [], "next": None}
    unproven = auditor_api.get(f"{AT}/entries/0/proof")
    assert (unproven.status_code, unproven.json()["found"]) == (422, "none yet")
    assert auditor_api.get(f"{AT}/checkpoints/1").status_code == 404
    assert auditor_api.get(f"{AT}/checkpoints/1/growth").status_code == 422


def test_what_is_signed_is_proven_to_whoever_has_the_key(served: Served, auditor_api: Caller) -> None:
    sign(served.workplace.store, TOWN, notary(served.clock))
    auditor_api.post(f"{AT}/decisions", json=POSITIVE, headers=bearer(served, "duty_officer"))
    served.clock.after(hours=1)
    sign(served.workplace.store, TOWN, notary(served.clock))
    keys = [signer().key]

    (newest,) = auditor_api.get(f"{AT}/checkpoints", params={"limit": 1}).json()["items"]
    older = auditor_api.get(f"{AT}/checkpoints", params={"cursor": str(newest["size"] - 1)}).json()["items"]
    note = auditor_api.get(f"{AT}/checkpoints/{newest['size']}")
    raw = auditor_api.get(f"{AT}/entries/1/proof").content
    growth = auditor_api.get(f"{AT}/checkpoints/1/growth").content

    assert (newest["size"], [one["size"] for one in older]) == (2, [1])
    assert note.text == newest["note"]
    proven = proving.check_entry(raw, keys, ed25519.verify)
    assert (proven.seq, proven.signature.checkpoint.size) == (1, 2)
    known = parse_checkpoint(parse_note(older[0]["note"].encode()).text)
    grown = proving.check_growth(growth, known, keys, ed25519.verify)
    assert grown.old == 1


# -- evidence


def test_a_journal_is_verified_against_what_is_brought(served: Served, auditor_api: Caller) -> None:
    sign(served.workplace.store, TOWN, notary(served.clock))
    (head,) = auditor_api.get(f"{AT}/checkpoints").json()["items"]
    auditor_api.post(f"{AT}/decisions", json=POSITIVE, headers=bearer(served, "duty_officer"))
    key = format_public_key(signer().key)
    forged = head["line"].replace(head["line"][-1], "7" if head["line"][-1] != "7" else "8")

    whole = auditor_api.post(
        f"{AT}/verifications", json={"against": [head["note"], head["line"]], "public_keys": [key]}
    ).json()
    hashes = auditor_api.post(f"{AT}/verifications", json={"levels": "hashes"}).json()
    other = auditor_api.post(f"{AT}/verifications", json={"against": [forged]})

    assert (whole["holds"], whole["entries"], whole["keys"]) == (True, 2, [str(signer().key)])
    assert [one["verdict"] for one in whole["against"]] == ["holds", "holds"]
    assert (hashes["holds"], hashes["replayed"], hashes["disclosures"]) == (True, False, None)
    assert other.status_code == 422 or other.json()["holds"] is False


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"public_keys": ["/etc/passwd"]}, "public_keys"),
        ({"against": ["330681112 1 AAAA"]}, "against"),
        ({"against": ["no note"]}, "against"),
    ],
)
def test_what_is_no_key_and_no_checkpoint_counts_for_nothing(
    auditor_api: Caller, said: dict[str, Any], where: str
) -> None:
    found = auditor_api.post(f"{AT}/verifications", json=said)
    assert found.status_code == 422
    assert found.json()["where"] == where


def test_what_was_altered_is_found_and_said(served: Served, auditor_api: Caller) -> None:
    file = served.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute(
            "UPDATE entry SET body = CAST(replace(body, 'routine', 'routinf') AS BLOB) WHERE seq = 0"
        )

    found = auditor_api.post(f"{AT}/verifications", json={})

    assert found.status_code == 200
    assert (found.json()["holds"], found.json()["seq"]) == (False, 0)


def test_a_kit_is_taken_away_and_holds(served: Served, auditor_api: Caller, tmp_path: Path) -> None:
    auditor_api.post(f"{AT}/decisions", json=POSITIVE, headers=bearer(served, "duty_officer"))

    found = auditor_api.get(f"{AT}/kit", params={"incident": "2026-001", "withhold": "by"})
    assert found.status_code == 200, found.text
    (tmp_path / "kit.zip").write_bytes(found.content)
    verified = bootstrap.verify_kit(tmp_path / "kit.zip", [], [], speaker, replay=True)

    assert found.headers["content-type"] == "application/zip"
    assert found.headers["content-disposition"] == f'attachment; filename="{TOWN}-2026-02-28.zip"'
    assert (verified.manifest.jurisdiction, verified.manifest.size) == (TOWN, 2)
    assert [*tmp_path.parent.glob("incident-kit-*")] == []
    assert read_of(served, "auditor")[0] == "api kit"


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
