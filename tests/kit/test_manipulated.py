"""A kit that somebody changed is found at its level: by the program, and by the script as far as it looks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from incident.domain.checkpoint import format_line, line_of, parse_checkpoint
from incident.domain.note import parse_note
from tests.cli.desk import MAJIAN, POSITIVE, Desk, in_both_languages
from tests.kit.kits import Change, Files, Kit, about, canonical, pack, script, verified
from tests.kit.town import public_key


def lines(files: Files, name: str) -> list[bytes]:
    return files[name].splitlines(keepends=True)


def entry_changed(files: Files) -> None:
    files["entries.jsonl"] = files["entries.jsonl"].replace(b'"cases":1', b'"cases":2', 1)


def entry_taken_away(files: Files) -> None:
    files["entries.jsonl"] = b"".join(lines(files, "entries.jsonl")[:-1])


def entries_swapped(files: Files) -> None:
    first, second, *rest = lines(files, "entries.jsonl")
    files["entries.jsonl"] = b"".join([second, first, *rest])


def entry_added(files: Files) -> None:
    files["entries.jsonl"] += lines(files, "entries.jsonl")[-1]


def entry_emptied(files: Files) -> None:
    _first, *rest = lines(files, "entries.jsonl")
    files["entries.jsonl"] = b"".join([b"\n", *rest])


def leaf_changed(files: Files) -> None:
    name = next(name for name in files if name.startswith("tile/0/"))
    files[name] = bytes(32) + files[name][32:]


def bundle_changed(files: Files) -> None:
    name = next(name for name in files if name.startswith("tile/entries/"))
    files[name] = files[name][:-1] + b" "


def tile_too_much(files: Files) -> None:
    files["tile/1/000.p/1"] = bytes(32)


def root_changed(files: Files) -> None:
    about(files, root="0" * 64)


def disclosure_changed(files: Files) -> None:
    first, *rest = lines(files, "disclosures.jsonl")
    one = json.loads(first)
    one["disclosure"] = one["disclosure"][:-1] + ("A" if one["disclosure"][-1] != "A" else "B")
    files["disclosures.jsonl"] = b"".join([canonical(one) + b"\n", *rest])


def disclosure_left_out(files: Files) -> None:
    files["disclosures.jsonl"] = b"".join(lines(files, "disclosures.jsonl")[1:])


def disclosure_twice(files: Files) -> None:
    first, *rest = lines(files, "disclosures.jsonl")
    files["disclosures.jsonl"] = b"".join([first, first, *rest])


def withheld_in_vain(files: Files) -> None:
    about(files, withheld=[[0, "by"]])


def opened_against_the_filter(files: Files) -> None:
    about(files, filter={"kinds": ["ReportFiled"]})


def playbook_exchanged(files: Files) -> None:
    name = next(name for name in files if name.startswith("playbooks/"))
    files[name] = files[name].replace("马剑镇".encode(), "马剑乡".encode(), 1)


def playbook_too_much(files: Files) -> None:
    files[f"playbooks/{'0' * 64}.json"] = b"{}"


def attachment_exchanged(files: Files) -> None:
    files[attachment(files)] += b"x"


def attachment_left_out(files: Files) -> None:
    del files[attachment(files)]


def attachment(files: Files) -> str:
    return next(name for name in files if name.startswith("attachments/"))


def checkpoint_older(files: Files) -> None:
    files["checkpoint"] = files["checkpoints/000000000003.txt"]


def checkpoint_misnamed(files: Files) -> None:
    files["checkpoints/000000000005.txt"] = files.pop("checkpoints/000000000003.txt")


def signature_changed(files: Files) -> None:
    name = "checkpoints/000000000003.txt"
    files[name] = files[name].replace(b"at 2026-02-28T18:40:00Z", b"at 2026-02-28T18:41:00Z")
    assert b"18:41" in files[name]


def origin_changed(files: Files) -> None:
    about(files, origin="incident/330681111/0000000000000000")


def timeline_changed(files: Files) -> None:
    files["timeline.html"] = files["timeline.html"].replace(b"LATE", b"late")


def ledger_changed(files: Files) -> None:
    files["reports.csv"] = files["reports.csv"].replace(b",missing,", b",filed,", 1)


#: What is changed; at which level the program finds it; whether the script looks there.
CHANGES: list[tuple[Change, str | None, bool]] = [
    (entry_changed, "leaves", True),
    (entry_taken_away, None, True),
    (entries_swapped, "leaves", True),
    (entry_added, None, True),
    (entry_emptied, None, True),
    (leaf_changed, "leaves", True),
    (bundle_changed, "tiles", False),
    (tile_too_much, "tiles", False),
    (root_changed, "root", True),
    (disclosure_changed, None, True),
    (disclosure_left_out, "filter", True),
    (disclosure_twice, None, True),
    (withheld_in_vain, "filter", True),
    (opened_against_the_filter, "filter", True),
    (playbook_exchanged, None, True),
    (playbook_too_much, "filter", True),
    (attachment_exchanged, None, True),
    (attachment_left_out, None, True),
    (checkpoint_older, None, True),
    # what a checkpoint covers stands in it; the script does not ask for its name
    (checkpoint_misnamed, None, False),
    (signature_changed, "signatures", True),
    (origin_changed, "origin", True),
    # the script does not write these pages again
    (timeline_changed, "pages", False),
    (ledger_changed, "pages", False),
]


@pytest.mark.parametrize(
    ("change", "level", "script_looks"), CHANGES, ids=lambda one: getattr(one, "__name__", "")
)
def test_change_is_found(
    lived: Desk,
    whole: Kit,
    tmp_path: Path,
    change: Change,
    level: str | None,
    script_looks: bool,  # noqa: FBT001 - pytest hands it over
) -> None:
    kit = whole.changed(tmp_path / "kit.zip", change)

    found = verified(kit, "--pubkey", public_key(lived), "--json")

    assert found.code == 1
    answer = found.object()
    assert (answer["kit"], answer["holds"]) == (str(kit.path), False)
    if level is not None:
        assert answer["level"] == level, found
    assert set(answer["error"]) == {"where", "expected", "found", "do"}
    if script_looks:
        alone = script(kit, "--key", public_key(lived))
        assert alone.returncode == 1, alone.stdout


def test_file_changed_under_an_honest_manifest_is_found(whole: Kit, tmp_path: Path) -> None:
    for name in ("README.txt", "verify.py", "timeline.html", "public-key.txt"):
        files = whole.files()
        files[name] += b" "

        found = verified(pack(tmp_path / "kit.zip", files), "--json")

        assert (found.code, found.object()["level"]) == (1, "files")
        assert name in found.object()["error"]["where"]


def test_manifest_has_one_form(whole: Kit, tmp_path: Path) -> None:
    forms: list[Any] = [
        lambda raw: raw + b"\n",
        lambda raw: raw.replace(b'{"', b'{ "', 1),
        lambda raw: raw.replace(b'"format":1', b'"format":2'),
        lambda raw: raw.replace(b'"size":30', b'"size":30.0'),
        lambda raw: raw.replace(b'"filter":{}', b'"filter":{"since":null}'),
        lambda raw: b"[" * 100_000,
        lambda raw: b"",
    ]
    assert verified(pack(tmp_path / "kit.zip", whole.files())).code == 0
    for form in forms:
        files = whole.files()
        files["kit.json"] = form(files["kit.json"])

        assert files["kit.json"] != whole.files()["kit.json"]
        assert verified(pack(tmp_path / "kit.zip", files)).code == 1


@pytest.fixture(scope="module")
def rewritten(lived: Desk, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A kit of another record of the same town, which holds in itself."""
    folder = tmp_path_factory.mktemp("rewritten")
    desk = Desk(f"sqlite:///{folder / 'incident.db'}")
    desk.clock.at = lived.clock.at
    desk.done("adopt", "majian")
    for n in range(3):
        assert desk.run(*POSITIVE, "--yes", "--event-id", str(n)).code == 3
    desk.done("journal", "export", "majian", "--out", str(folder / "kit.zip"))
    return Kit(folder / "kit.zip")


def test_rewritten_record_is_found_against_a_checkpoint_from_outside(
    lived: Desk, whole: Kit, rewritten: Kit, tmp_path: Path
) -> None:
    assert verified(rewritten).code == 0
    for name in ("checkpoints/000000000003.txt", "checkpoint"):  # one that it reaches, one beyond its end
        outside = tmp_path / "outside.txt"
        outside.write_bytes(whole.files()[name])

        words = ("--against", str(outside), "--pubkey", public_key(lived))

        found = verified(rewritten, *words, "--json")
        assert (found.code, found.object()["level"]) == (1, "consistency")
        assert verified(whole, *words).code == 0


def test_rewritten_record_is_found_against_a_line_of_a_message(
    lived: Desk, whole: Kit, rewritten: Kit
) -> None:
    line = lived.done("journal", "checkpoint", "majian", "--line").out.strip()
    of_three = next(
        format_line(line_of(MAJIAN, 3, parse_checkpoint(parse_note(raw).text).root))
        for name, raw in whole.files().items()
        if name == "checkpoints/000000000003.txt"
    )

    assert verified(whole, "--against", line, "--against", of_three).code == 0
    found = verified(rewritten, "--against", of_three, "--json")
    assert (found.code, found.object()["level"]) == (1, "consistency")


def test_key_of_somebody_else_vouches_for_nothing(whole: Kit, tmp_path: Path) -> None:
    key = tmp_path / "other.key"
    desk = Desk(f"sqlite:///{tmp_path / 'none.db'}")
    stranger = desk.done("journal", "key", "new", str(key)).out.strip()

    found = verified(whole, "--pubkey", stranger, "--json")

    assert (found.code, found.object()["level"]) == (1, "signatures")


def test_fault_is_said_in_both_languages(whole: Kit, tmp_path: Path) -> None:
    kit = whole.changed(tmp_path / "kit.zip", timeline_changed)
    desk = Desk(f"sqlite:///{tmp_path / 'none.db'}")

    chinese, english = in_both_languages(desk, "journal", "verify", str(kit.path))

    assert "timeline.html" in chinese.err
    assert "get another from whoever made it" in english.err
    in_both_languages(desk, "journal", "verify", str(whole.path))


# -- pages of another version of the program


@pytest.mark.parametrize("change", [timeline_changed, ledger_changed])
def test_pages_that_differ_are_not_excused_by_another_version(
    whole: Kit, tmp_path: Path, change: Change
) -> None:
    """Whoever forges a page writes any version into the kit."""

    def changed(files: Files) -> None:
        change(files)
        about(files, program="0.0.9")

    kit = whole.changed(tmp_path / "kit.zip", changed)

    found = verified(kit)
    assert found.code == 1
    assert "pages: NOT CHECKED: made by program 0.0.9" in found.err.splitlines()[-1]
    answer = verified(kit, "--json").object()
    assert answer["holds"] is False
    assert [one["held"] for one in answer["levels"] if one["name"] == "pages"] == [False]
    accepted = verified(kit, "--accept-program", "0.0.9", "--json")
    assert (accepted.code, accepted.object()["holds"]) == (0, True)
    assert [one["held"] for one in accepted.object()["levels"] if one["name"] == "pages"] == [False]
    assert verified(kit, "--accept-program", "0.0.8").code == 1


def test_same_pages_hold_whatever_version_made_them(whole: Kit, tmp_path: Path) -> None:
    kit = whole.changed(tmp_path / "kit.zip", lambda files: about(files, program="0.0.9"))

    found = verified(kit, "--json")

    assert found.code == 0
    assert all(one["held"] for one in found.object()["levels"] if one["name"] == "pages")
