"""`journal export`: what goes into a kit, what it opens, and that it is there whole or not at all."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from incident.domain.errors import RequestError
from incident.kit.packing import packing
from tests.cli.desk import AGREED, Desk, in_both_languages
from tests.kit.kits import Files, Kit, script, verified
from tests.kit.town import HOSTILE, public_key
from tests.playbooks import DAY, HOUR

EXPORT = ("journal", "export", "majian")


def exported(desk: Desk, folder: Path, *words: str) -> Kit:
    path = folder / "some.zip"
    desk.done(*EXPORT, "--out", str(path), *words)
    return Kit(path)


def levels(kit: Kit, *words: str) -> dict[str, bool]:
    found = verified(kit, *words, "--json").object()
    assert found["holds"] is True
    return {level["name"]: level["held"] for level in found["levels"]}


def test_kit_is_verified_by_the_program_and_by_its_script(lived: Desk, whole: Kit) -> None:
    key = public_key(lived)

    held = levels(whole, "--pubkey", key)
    alone = script(whole, "--key", key)

    assert set(held.values()) == {True}
    assert {"replay", "decisions", "signatures", "consistency", "filter", "pages"} < set(held)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert "NOT CHECKED" not in alone.stdout


def test_levels_that_cannot_be_looked_at_say_so(whole: Kit) -> None:
    held = levels(whole, "--hashes-only")

    assert {name for name in held if not held[name]} == {
        *("bytes", "disclosures", "playbooks", "decisions", "replay"),
        *("signatures", "filter", "pages"),
    }
    assert "signatures: each checkpoint by a trusted key" in verified(whole).out
    assert "not looked at: no public key was given" in verified(whole).out


def test_every_entry_is_there_and_the_incident_is_told(whole: Kit) -> None:
    files, manifest = whole.files(), whole.manifest()

    assert manifest["size"] == len(whole.entries())
    assert {"checkpoint", "checkpoints/000000000003.txt", "public-key.txt"} < set(files)
    kinds = {fact["fact"] for entry in whole.entries() for fact in entry["facts"]}
    assert {"RequestRefused", "StateEntered", "DutyAssigned", "ReportFiled", "IncidentClosed"} < kinds
    assert sum(name.startswith("attachments/") for name in files) == 1
    assert manifest["filter"] == {}
    assert "withheld" not in manifest


def test_same_record_gives_the_same_bytes(lived: Desk, whole: Kit, tmp_path: Path) -> None:
    again = exported(lived, tmp_path, "--pubkey", public_key(lived), "--lang", "zh")

    assert again.path.read_bytes() == whole.path.read_bytes()


def test_only_the_time_of_making_tells_two_kits_apart(town: Desk, tmp_path: Path) -> None:
    first = exported(town, tmp_path).files()
    (tmp_path / "some.zip").unlink()
    town.clock.at += HOUR
    second = exported(town, tmp_path).files()

    assert {name for name in first if first[name] != second[name]} == {"kit.json"}


FILTERS: list[tuple[tuple[str, ...], str]] = [
    (("--incident", "330681111-2026-001"), "incident"),
    (("--since", "2026-03-01 05:00", "--until", "2026-03-01 10:00"), "since"),
    (("--kind", "ReportFiled", "--kind", "LogNoted"), "kinds"),
    # nothing at all
    (("--incident", "330681111-1999-001"), "incident"),
]


@pytest.mark.parametrize(("words", "named"), FILTERS)
def test_filter_opens_what_matches_and_no_more(
    lived: Desk, whole: Kit, tmp_path: Path, words: tuple[str, ...], named: str
) -> None:
    part = exported(lived, tmp_path, *words)

    assert part.files()["entries.jsonl"] == whole.files()["entries.jsonl"]
    opened = {one["seq"] for one in part.disclosures()}
    assert opened < {one["seq"] for one in whole.disclosures()}
    assert named in part.manifest()["filter"]
    assert verified(part, "--pubkey", public_key(lived)).code == 0
    assert script(part, "--key", public_key(lived)).returncode == 0
    shown = part.files()["timeline.html"].decode()
    sealed_elsewhere = [
        *(one["disclosure"] for one in whole.disclosures() if one["seq"] not in opened),
        *(f'id="e{seq}"' for seq in range(3) if "--since" in words),
    ]
    assert not [text for text in sealed_elsewhere if text in shown]


def test_filter_by_kind_opens_the_filing_with_its_attachment_and_row(lived: Desk, tmp_path: Path) -> None:
    files = exported(lived, tmp_path, "--kind", "ReportFiled").files()

    assert sum(name.startswith("attachments/") for name in files) == 1
    (row,) = rows(files, "reports.csv")
    assert (row["report"].partition("-")[0], row["status"], row["late_minutes"]) == (
        "directive",
        "late",
        "180",
    )
    assert rows(files, "duty.csv") == []


def test_attachment_that_would_pack_too_well_is_no_bomb(town: Desk, tmp_path: Path) -> None:
    (tmp_path / "blank.bmp").write_bytes(bytes(18 << 20))
    order = ("--from", "command.leader", "--to", "duty", "--due", "2h", "--text", "查清")
    directive = town.done("directive", "issue", "majian", *order, "--json").object()["directive"]
    file = ("--from", "duty", "--form", directive, "--text", "见图", "--file", str(tmp_path / "blank.bmp"))
    town.done("report", "file", "majian", *file)

    kit = exported(town, tmp_path)

    assert levels(kit)["disclosures"]
    assert script(kit).returncode == 0


def test_withheld_values_are_listed_each(lived: Desk, tmp_path: Path) -> None:
    part = exported(lived, tmp_path, "--withhold", "os_user", "--withhold", "data.said")

    sealed = [[entry["seq"], "os_user"] for entry in part.entries() if "os_user" in entry]
    withheld = part.manifest()["withheld"]
    assert [pair for pair in withheld if pair[1] == "os_user"] == sealed
    assert {name for _seq, name in withheld} == {"os_user", "data.said"}
    assert "第一行" not in part.files()["timeline.html"].decode()
    assert verified(part).code == 0
    assert script(part).returncode == 0


def rows(files: Files, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"))))


def test_ledger_of_reports_says_what_was_late_and_what_is_missing(whole: Kit) -> None:
    found = rows(whole.files(), "reports.csv")

    assert {row["status"] for row in found} == {"late", "missing", "withdrawn"}
    first = next(row for row in found if row["report"] == "first_report")
    assert (first["due"], first["status"], first["filed_at"]) == ("2026-03-01 04:40 +08:00", "missing", "")


def test_ledger_of_duty_says_who_was_there(lived: Desk, whole: Kit) -> None:
    found = rows(whole.files(), "duty.csv")

    shown = lived.done("duty", "majian", "--at", "2026-03-01 03:10", "--json").object()["rosters"]
    there = {(post["roster"], post["post"], post["holder"]) for one in shown for post in one["posts"]}
    at = "2026-03-01 03:10"
    listed = {
        (row["roster"], row["post"], row["holder"].removeprefix("'"))
        for row in found
        if row["counts"] == "yes" and row["from"] <= at < row["to"]
    }
    assert listed == there
    assert any(row["counts"] == "no" for row in found)


def test_spreadsheet_carries_nothing_out(whole: Kit) -> None:
    files = whole.files()

    cells = [
        cell for name in ("duty.csv", "reports.csv") for row in rows(files, name) for cell in row.values()
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=HYPERLINK(1)" in cells
    assert all(files[name].startswith(b"\xef\xbb\xbf") for name in ("duty.csv", "reports.csv"))


def test_timeline_carries_nothing_out_and_loads_nothing(whole: Kit) -> None:
    page = whole.files()["timeline.html"].decode()

    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u200b=1+1 &amp; &quot;&#x27;" in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not [sign for sign in ("src=", "@import", "url(", "http://", "https://", "\u200b") if sign in page]


def test_timeline_tells_times_lateness_clauses_and_lines(whole: Kit) -> None:
    page = whole.files()["timeline.html"].decode()

    assert "LATE: recorded 2 h 30 min after it took effect" in page
    assert "迟录" in page
    assert "第一行<br>第二行" in page
    assert 'href="#c1"' in page
    assert 'id="c1"' in page
    links = {part.partition('"')[0] for part in page.split('href="#')[1:]}
    assert not [link for link in links if f'id="{link}"' not in page]


def test_no_kit_is_written_over(town: Desk, tmp_path: Path) -> None:
    there = tmp_path / "kit.zip"
    there.write_text("mine")

    chinese, english = in_both_languages(town, *EXPORT, "--out", str(there))

    assert (chinese.code, there.read_text()) == (2, "mine")
    assert "never written over" in english.err


def test_kit_is_for_its_owner_alone_and_says_what_it_opens(town: Desk, tmp_path: Path) -> None:
    path = tmp_path / "kit.zip"
    said = town.done(*EXPORT, "--out", str(path))

    assert path.stat().st_mode & 0o777 == 0o600
    assert "34 sealed values are opened in it" in said.err
    assert "the key that signed is not in it" in said.err


def test_record_that_does_not_hold_gives_no_kit(town: Desk, tmp_path: Path) -> None:
    town.sql("DROP TRIGGER entry_no_update", "UPDATE entry SET body = body || X'20' WHERE seq = 5")

    refused = town.run(*EXPORT, "--out", str(tmp_path / "kit.zip"))

    assert refused.code == 1
    assert "entry 5" in refused.err
    assert not list(tmp_path.glob("*kit*"))


def test_kit_that_cannot_be_written_leaves_nothing(
    town: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    refused = town.run(*EXPORT, "--out", str(tmp_path / "kit.zip"))

    assert refused.code == 2
    assert "No space left" in refused.err
    assert not list(tmp_path.glob("*kit*"))


def no_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def write_while_another_comes(path: Path) -> None:
    with packing(path) as pack:
        pack.add("README.txt", b"x")
        path.write_text("mine")


@pytest.mark.parametrize("replaced", [(), ("os.link",)])
def test_file_that_appeared_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaced: tuple[str, ...]
) -> None:
    for name in replaced:
        monkeypatch.setattr(name, no_links)
    path = tmp_path / "kit.zip"

    with pytest.raises(RequestError, match="never written over"):
        write_while_another_comes(path)

    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_kit_gets_its_name_without_links_too(
    town: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.link", no_links)

    assert zipfile.is_zipfile(exported(town, tmp_path).path)
    assert list(tmp_path.glob("*.part")) == []


def test_kind_that_no_fact_has_is_refused(town: Desk, tmp_path: Path) -> None:
    refused = town.run(*EXPORT, "--out", str(tmp_path / "kit.zip"), "--kind", "ReportFild")

    assert refused.code == 2
    assert "did you mean `ReportFiled`" in refused.err


def test_kit_of_a_journal_whose_beginning_was_dropped_goes_on_from_its_snapshot(
    town: Desk, tmp_path: Path
) -> None:
    dropped = 5
    town.clock.at += 3 * DAY
    town.done("run", "--once", "--messages", str(tmp_path / "messages"))
    town.done("journal", "drop-bodies", "majian", "--before", str(dropped), "--without-checkpoint", *AGREED)

    kit = exported(town, tmp_path)

    assert kit.manifest()["bodies_from"] == dropped
    assert kit.manifest()["bundles_left_out"] == [0]
    assert kit.files()["entries.jsonl"].startswith(b"\n" * dropped + b"{")
    assert min(one["seq"] for one in kit.disclosures()) >= dropped
    assert any(row["status"] == "late" for row in rows(kit.files(), "reports.csv"))
    assert verified(kit).code == 0
    assert script(kit).returncode == 0


def test_bytes_that_are_missing_elsewhere_give_no_kit(town: Desk, tmp_path: Path) -> None:
    town.sql("UPDATE entry SET body = X'' WHERE seq = 5")

    assert town.run(*EXPORT, "--out", str(tmp_path / "kit.zip")).code == 1


def test_name_that_nothing_is_sealed_under_cannot_be_withheld(lived: Desk, tmp_path: Path) -> None:
    """A slip of the pen would open what was to stay shut."""
    out = tmp_path / "kit.zip"

    said = lived.run("journal", "export", "majian", "--out", str(out), "--withhold", "os-user")

    assert said.code == 2
    assert "`os-user`" in said.err
    assert "os_user" in said.err
    assert not out.exists()
