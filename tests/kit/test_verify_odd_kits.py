"""Kits that are great, have lost their oldest entries, or are made to do harm."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from incident.domain import clock, journal
from incident.domain.situation import Situation, Standing, evolve, stand
from tests.kit.making import ACTIVATED, FILED, FURTHER, LIFTED, Parts, Said, run
from tests.kit.sealing import Files, verified, whole

__all__ = ["whole"]

# -- more entries than a tile holds


def long_night(kit: Parts, entries: int) -> Parts:
    """Further cases until there are so many entries."""
    rows = [(name, text) for seq, name, text in kit.disclosures if seq == FURTHER]
    bodies = kit.bodies[: FURTHER + 1]
    disclosures = [one for one in kit.disclosures if one[0] <= FURTHER]
    entry = kit.entry(FURTHER)
    for seq in range(FURTHER + 1, entries):
        entry["seq"], entry["came"]["id"] = seq, "x"
        bodies.append(journal.canonical(entry))
        disclosures += [(seq, name, text) for name, text in rows]
    return replace(kit, bodies=bodies, disclosures=disclosures, attachments={}, sizes=(1, 256, 257, entries))


def test_kit_of_more_entries_than_a_tile_holds(tmp_path: Path, whole: Parts) -> None:
    kit = long_night(whole, 515)

    assert {"tile/0/000", "tile/0/001", "tile/0/002.p/3", "tile/1/000.p/2"} <= kit.files().keys()
    said = verified(tmp_path, kit.sealed())
    assert said.code == 0, said.out


# -- entries that lost their bytes


def snapshot(kit: Parts, size: int) -> bytes:
    """The state after so many entries, as the program follows it."""
    situation: Situation | None = None
    standing: Standing = {}
    for seq, body in enumerate(kit.bodies[:size]):
        entry = journal.decode(body)
        situation = evolve(situation, kit.code, clock.read_stamp(entry.at), entry.facts)
        stand(standing, seq, entry.facts)
    items = [[kind, key, one.item, one.since] for (kind, key), one in sorted(standing.items())]
    return journal.canonical({"situation": msgspec.to_builtins(situation), "standing": items})


def shortened(kit: Parts, first: int, *, with_snapshot: bool = True) -> Files:
    """The kit after the bytes of the entries before `first` were dropped."""
    gone = ("tile/entries", "attachments") if first > FILED else ("tile/entries",)
    files = {name: body for name, body in kit.files().items() if not name.startswith(gone)}
    bodies = [b"" if seq < first else body for seq, body in enumerate(kit.bodies)]
    rest = replace(kit, disclosures=[one for one in kit.disclosures if one[0] >= first]).files()
    files["disclosures.jsonl"] = rest["disclosures.jsonl"]
    files["entries.jsonl"] = b"".join(body + b"\n" for body in bodies)
    if with_snapshot:
        files[f"snapshots/{first:012d}.json"] = snapshot(kit, first)
    return kit.sealed(files, bodies_from=first, bundles_left_out=[0])


@pytest.mark.parametrize("first", [1, ACTIVATED, ACTIVATED + 1, LIFTED, LIFTED + 1])
def test_kit_without_its_oldest_entries_holds_from_a_snapshot_on(
    tmp_path: Path, whole: Parts, first: int
) -> None:
    said = verified(tmp_path, shortened(whole, first))

    assert said.code == 0, said.out
    assert f"from entry {first}" in said.out


def test_without_a_snapshot_it_says_that_transitions_were_not_checked(tmp_path: Path, whole: Parts) -> None:
    said = verified(tmp_path, shortened(whole, LIFTED, with_snapshot=False))

    assert said.code == 0
    assert "transitions: NOT CHECKED, entries were dropped" in said.out


def test_leaf_of_a_dropped_entry_is_held_against_root_and_checkpoints(tmp_path: Path, whole: Parts) -> None:
    files = shortened(whole, LIFTED)
    files["tile/0/000.p/8"] = bytes(32) + files["tile/0/000.p/8"][32:]

    said = verified(tmp_path, files)

    assert said.faults().keys() == {"bytes", "root", "consistency"}


def test_snapshot_of_another_state_is_found(tmp_path: Path, whole: Parts) -> None:
    files = shortened(whole, LIFTED)
    files[f"snapshots/{LIFTED:012d}.json"] = snapshot(whole, ACTIVATED)

    assert verified(tmp_path, files).faults().keys() == {"bytes", "transitions"}


def test_entry_that_kept_its_bytes_against_kit_json_is_found(tmp_path: Path, whole: Parts) -> None:
    said = verified(tmp_path, whole.sealed(bodies_from=2, bundles_left_out=[0]))

    assert said.faults()["bytes"].startswith("entry 0: ")


# -- made to do harm


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"format":2}',
        b'{"format":1}',
        b"[" * 200_000,
        b"\xff\xfe",
        b'{"a":' * 50_000,
    ],
)
def test_manifest_that_is_garbage_is_a_fault(tmp_path: Path, whole: Parts, raw: bytes) -> None:
    said = verified(tmp_path, whole.sealed() | {"kit.json": raw})

    assert said.code == 1
    assert "bytes" in said.faults()


@pytest.mark.parametrize(
    "about",
    [
        {"format": 2},
        {"size": -1},
        {"size": "8"},
        {"size": 10**15, "bodies_from": 10**15},
        {"bodies_from": -1},
        {"bodies_from": "0"},
        {"filter": []},
        {"filter": {"kinds": 7}},
        {"filter": {"since": 7}},
        {"withheld": 7},
        {"withheld": [[0, "by"]]},
        {"withheld_attachments": [[]]},
        {"jurisdiction": 7},
        {"origin": None},
        {"root": None},
    ],
)
def test_manifest_with_odd_values_is_a_fault(tmp_path: Path, whole: Parts, about: dict[str, Any]) -> None:
    assert verified(tmp_path, whole.sealed(**about)).code == 1


def test_value_that_would_steer_a_terminal_is_shown_and_does_not(tmp_path: Path, whole: Parts) -> None:
    entry = whole.entry(ACTIVATED)
    entry["authority"] = "\x1b[2J\x1b]0;holds\x07"

    said = verified(tmp_path, whole.with_entry(ACTIVATED, entry).sealed())

    assert said.code == 1
    assert "\x1b" not in said.out


def test_filter_by_time_opens_what_was_recorded_then(tmp_path: Path, whole: Parts) -> None:
    """From its first second on, to before its last."""
    within = {"since": whole.entry(ACTIVATED)["at"], "until": whole.entry(LIFTED)["at"]}
    rows = [one for one in whole.disclosures if ACTIVATED <= one[0] < LIFTED]

    opened = verified(tmp_path, replace(whole, disclosures=rows, asked=within).sealed())
    too_many = verified(tmp_path, replace(whole, asked=within).sealed())

    assert opened.code == 0, opened.out
    assert too_many.faults()["filter"].startswith("entry 0: opened against the filter")


def test_filter_by_kind_opens_entries_with_such_a_fact(tmp_path: Path, whole: Parts) -> None:
    rows = [one for one in whole.disclosures if one[0] == ACTIVATED]
    kinds = {"kinds": ["GroupConverted"]}

    said = verified(tmp_path, replace(whole, disclosures=rows, asked=kinds, attachments={}).sealed())

    assert said.code == 0, said.out
    assert "matching 1," in said.out


@pytest.mark.parametrize("name", ["{0}", "{x}", "¦", "%s", "by\x1b"])
def test_words_of_a_kit_are_no_template(tmp_path: Path, whole: Parts, name: str) -> None:
    rows = [*whole.disclosures, (7, name, whole.disclosures[-1][2])]

    said = verified(tmp_path, replace(whole, disclosures=rows).sealed())

    assert "disclosures" in said.faults()


def unpacked(tmp_path: Path, files: Files) -> Said:
    for name, body in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(body)
    return run(tmp_path)


def test_last_line_without_an_end_is_found(tmp_path: Path, whole: Parts) -> None:
    files = whole.files()
    files["entries.jsonl"] = files["entries.jsonl"].rstrip(b"\n")

    assert "a line without end" in unpacked(tmp_path, whole.sealed(files)).faults()["bytes"]


def test_what_is_too_great_to_be_read_is_a_fault(tmp_path: Path, whole: Parts) -> None:
    long = b'{"a":"' + b"x" * (9 << 20) + b'"}'
    [playbook] = [name for name in whole.files() if name.startswith("playbooks/")]
    in_lines = unpacked(tmp_path / "1", whole.sealed(whole.files() | {"entries.jsonl": long + b"\n"}))
    in_manifest = unpacked(tmp_path / "2", whole.sealed() | {"kit.json": bytes(33 << 20)})
    in_playbook = unpacked(tmp_path / "3", whole.sealed(whole.files() | {playbook: bytes(33 << 20)}))

    assert "too long" in in_lines.faults()["bytes"]
    assert "too great" in in_manifest.faults()["bytes"]
    assert "too great" in in_playbook.faults()["transitions"]


def test_more_lines_than_a_packed_file_can_have_are_a_fault(tmp_path: Path, whole: Parts) -> None:
    """Hashes and salts cannot be packed; lines without them would take long, and say nothing."""
    lines = whole.files()["disclosures.jsonl"].splitlines(keepends=True)
    files = whole.sealed(whole.files() | {"disclosures.jsonl": lines[0] * 20_000})

    faults = verified(tmp_path, files).faults()

    assert faults["bytes"].startswith("disclosures.jsonl: too many lines")
    assert faults["filter"].startswith("entry 0: too many lines")


def test_manifest_of_little_but_brackets_is_a_fault(tmp_path: Path, whole: Parts) -> None:
    """As objects it would take thirty times its length."""
    files = whole.sealed(x=[{}] * 200_000)

    assert "too great" in verified(tmp_path, files).faults()["bytes"]


def test_what_unpacks_too_far_is_not_unpacked(tmp_path: Path, whole: Parts) -> None:
    said = verified(tmp_path, whole.sealed(whole.files() | {"duty.csv": bytes(30 << 20)}))

    assert "too great when unpacked" in said.faults()["bytes"]


@pytest.mark.parametrize("odd", [{"note": "x"}, {"name": 7}, {"disclosure": [{}]}, {"seq": True}])
def test_disclosure_of_another_form_is_found(tmp_path: Path, whole: Parts, odd: dict[str, Any]) -> None:
    files = whole.files()
    first, *rest = files["disclosures.jsonl"].splitlines(keepends=True)
    files["disclosures.jsonl"] = journal.canonical(json.loads(first) | odd) + b"\n" + b"".join(rest)

    assert "no disclosure" in verified(tmp_path, whole.sealed(files)).faults()["disclosures"]


def test_disclosure_of_no_entry_is_found(tmp_path: Path, whole: Parts) -> None:
    rows = [*whole.disclosures, (99, "by", whole.disclosures[-1][2])]

    said = verified(tmp_path, replace(whole, disclosures=rows).sealed())

    assert said.faults()["filter"].startswith("disclosures.jsonl: ")


@pytest.mark.parametrize(
    "at", ["2026-02-28 19:05:00Z", "2026-02-28T19:05:00+00:00", "2026-2-28T19:05:00Z", "now", ""]
)
def test_time_in_another_form_is_found(tmp_path: Path, whole: Parts, at: str) -> None:
    said = verified(tmp_path, whole.with_entry(7, whole.entry(7) | {"at": at}).sealed())

    assert said.faults()["bytes"].startswith("entry 7: ")
