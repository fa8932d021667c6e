"""The record by the API: what happened, proofs, verifying, kits."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from incident import bootstrap
from incident.domain import tree
from incident.domain.checkpoint import parse_checkpoint
from incident.domain.note import format_public_key, parse_note
from incident.language import speaker
from incident.service import proving
from incident.service.notary import sign
from incident.signing import ed25519
from tests.service.signing import notary, signer
from tests.web.api.calling import AT, LIFTED, POSITIVE, Caller, bearer
from tests.web.api.reading import read_of
from tests.web.serving import TOWN, Served

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
