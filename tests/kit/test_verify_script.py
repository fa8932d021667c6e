"""A stranger with Python and a key finds what is wrong with a kit, at the level and place where it is."""

from __future__ import annotations

import ast
import base64
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from incident.domain import journal
from tests.kit.making import (
    CALLED,
    FILED,
    FURTHER,
    HOUSE,
    SIGNED_AT,
    VERIFY,
    Parts,
    root_of,
    run,
    run_alone,
    write_zip,
)
from tests.kit.sealing import outside, verified, whole

__all__ = ["outside", "whole"]

LEVELS = ["bytes", "root", "signatures", "consistency", "filter", "disclosures", "transitions"]


def test_kit_of_a_real_night_holds_at_every_level(tmp_path: Path, whole: Parts, outside: Path) -> None:
    said = verified(tmp_path, whole.sealed(), "--checkpoint", outside)

    assert said.code == 0, said
    lines = said.out.splitlines()[1:]
    assert [line.split(":")[0] for line in lines[:-1]] == LEVELS
    assert all(": holds, " in line for line in lines[:-1]), said.out
    assert "incident journal verify KIT.zip" in lines[-1]


def test_kit_holds_as_a_folder_and_where_the_script_lies(tmp_path: Path, whole: Parts) -> None:
    for name, body in whole.sealed().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(body)
    key = tmp_path.with_suffix(".key")
    key.write_text(HOUSE.vkey() + "\n", encoding="utf-8")

    assert run(tmp_path, "--key", key).code == 0
    alone = run_alone("--key", key, script=tmp_path / "verify.py")
    assert alone.code == 0, alone
    assert [line.split(":")[0] for line in alone.out.splitlines()[1:-1]] == LEVELS


def test_without_a_key_it_says_that_signatures_were_not_checked(tmp_path: Path, whole: Parts) -> None:
    said = run(write_zip(tmp_path / "kit.zip", whole.sealed()))

    assert said.code == 0
    assert "signatures: NOT CHECKED, no public key given" in said.out


def test_it_speaks_chinese(tmp_path: Path, whole: Parts) -> None:
    said = run(write_zip(tmp_path / "kit.zip", whole.sealed()), "--lang", "zh")

    assert "签名: 未核验，没有给出公钥" in said.out
    assert "转换: 相符" in said.out


@pytest.mark.parametrize(
    "words", [["nowhere.zip"], ["--key", "nowhere"], ["--checkpoint", "nowhere"], ["--what"]]
)
def test_wrong_usage_ends_with_2(tmp_path: Path, whole: Parts, words: list[str]) -> None:
    kit = [] if words == ["nowhere.zip"] else [write_zip(tmp_path / "kit.zip", whole.sealed())]

    assert run(*kit, *words).code == 2


# -- what somebody does who holds the database, the program and even the key


def edited(kit: Parts) -> Parts:
    entry = kit.entry(FURTHER)
    entry["came"]["data"]["cases"] = 2
    return kit.with_entry(FURTHER, entry)


def cut_off(kit: Parts) -> Parts:
    return replace(
        kit, bodies=kit.bodies[:-1], disclosures=[one for one in kit.disclosures if one[0] < 7], sizes=(1, 3)
    )


def reordered(kit: Parts) -> Parts:
    """Two entries change places, their numbers put right."""
    moved = {FURTHER: kit.entry(CALLED) | {"seq": FURTHER}, CALLED: kit.entry(FURTHER) | {"seq": CALLED}}
    turned = {FURTHER: CALLED, CALLED: FURTHER}
    for seq, entry in moved.items():
        kit = kit.with_entry(seq, entry)
    rows = [(turned.get(seq, seq), name, text) for seq, name, text in kit.disclosures]
    return replace(kit, disclosures=sorted(rows))


def left_out(kit: Parts) -> Parts:
    """An entry is taken out, and all that follow are numbered anew."""
    rest = [kit.entry(seq) for seq in range(len(kit.bodies)) if seq != FURTHER]
    bodies = [journal.canonical({**entry, "seq": seq}) for seq, entry in enumerate(rest)]
    rows = [(seq - (seq > FURTHER), name, text) for seq, name, text in kit.disclosures if seq != FURTHER]
    return replace(kit, bodies=bodies, disclosures=rows, sizes=(1, 3, 7))


@pytest.mark.parametrize("spoil", [edited, cut_off, reordered, left_out])
def test_rewritten_record_is_found_against_a_checkpoint_from_outside_alone(
    tmp_path: Path, whole: Parts, outside: Path, spoil: Callable[[Parts], Parts]
) -> None:
    spoiled = spoil(whole)
    files = spoiled.sealed()

    assert verified(tmp_path, files).code == 0, "whoever has the key can rewrite what never left the house"
    said = verified(tmp_path, files, "--checkpoint", outside)
    assert said.code == 1
    assert said.faults().keys() == {"consistency"}
    words = "cut off" if len(spoiled.bodies) < len(whole.bodies) else "rewritten since"
    assert said.faults()["consistency"].startswith(f"{outside}: {words}")


def test_journal_begun_anew_has_another_origin(tmp_path: Path, whole: Parts, outside: Path) -> None:
    forged = whole.with_entry(0, whole.entry(0) | {"at": "2026-02-28T18:39:00Z"})

    said = verified(tmp_path, forged.sealed(), "--checkpoint", outside)

    assert said.faults().keys() == {"consistency"}


def test_checkpoint_of_another_journal_is_none_of_this(tmp_path: Path, whole: Parts) -> None:
    """Signed by the same house over the same entries, for another jurisdiction, or a journal begun anew."""
    for origin in (f"incident/330681112/{whole.origin()[-16:]}", f"incident/{whole.code}/0000000000000000"):
        root = base64.b64encode(root_of(whole.leaves()[:3])).decode()
        files = whole.files()
        note = HOUSE.sign(f"{origin}\n3\n{root}\nat {SIGNED_AT}\n")
        files["checkpoints/000000000003.txt"] = note.encode()

        said = verified(tmp_path, whole.sealed(files))

        assert said.faults() == {
            "consistency": f"checkpoints/000000000003.txt: of another journal {origin!r}"
        }


# -- bytes, whoever flips them


def test_each_flipped_byte_is_found(tmp_path: Path, whole: Parts) -> None:
    files, random = whole.sealed(), Random(8)
    for name in sorted(files):
        at = random.randrange(len(files[name])) if files[name] else None
        changed = (
            b"?" if at is None else bytes([*files[name][:at], files[name][at] ^ 1, *files[name][at + 1 :]])
        )
        said = verified(tmp_path, files | {name: changed})
        assert said.code == 1, (name, at)
        assert "bytes" in said.faults() or name == "kit.json", (name, at)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"', b'{ "'),
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v":01'),
        (b'"v":1', b'"v":-1'),
        (b'"v":1', b'"v":NaN'),
    ],
)
def test_entry_in_other_bytes_of_the_same_meaning_is_found(
    tmp_path: Path, whole: Parts, old: bytes, new: bytes
) -> None:
    bodies = [*whole.bodies]
    bodies[FILED] = bodies[FILED].replace(old, new)

    said = verified(tmp_path, replace(whole, bodies=bodies).sealed())

    assert said.faults()["bytes"].startswith(f"entry {FILED}: ")


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b"\xff", b"null", b'{"facts":7}', b'"' + b"9" * 99])
def test_entry_that_is_garbage_is_found_without_a_traceback(
    tmp_path: Path, whole: Parts, body: bytes
) -> None:
    bodies = [*whole.bodies[:FILED], body, *whole.bodies[FILED + 1 :]]
    files = {name: one for name, one in whole.files().items() if not name.startswith("tile/entries")}

    said = verified(
        tmp_path, whole.sealed(files | {"entries.jsonl": b"".join(one + b"\n" for one in bodies)})
    )

    # what is little but brackets is not read, and named by its line
    where = f"'entries.jsonl:{FILED + 1}'" if body.startswith(b"[") else f"entry {FILED}: "
    assert where in said.faults()["bytes"]


# -- the ZIP


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("../x", "a path outside"),
        ("/x", "a path outside"),
        ("a\\..\\x", "a path outside"),
        ("C:x", "a path outside"),
        ("tile/./0", "a path outside"),
        ("folder/", "a path outside"),
        ("README.txt", "there twice"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_that_could_do_harm_is_refused(tmp_path: Path, whole: Parts, extra: str, words: str) -> None:
    path = write_zip(tmp_path / "kit.zip", whole.sealed())
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(extra, b"x")

    said = run(path)

    assert said.code == 1
    assert said.faults().keys() == {"bytes"}
    assert words in said.faults()["bytes"]
    assert "root: " not in said.out, "nothing else can be checked"


def test_zip_bomb_is_refused_by_what_it_declares(tmp_path: Path, whole: Parts) -> None:
    said = verified(tmp_path, whole.sealed() | {"timeline.html": bytes(64 << 20)})

    assert "too great when unpacked" in said.faults()["bytes"]


@pytest.mark.parametrize("raw", [b"", b"PK\x05\x06" + bytes(18), b"PK" * 1000])
def test_file_that_is_no_zip_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "kit.zip").write_bytes(raw)

    assert run(tmp_path / "kit.zip").faults().keys() == {"bytes"}


# -- the script itself


def test_script_is_read_by_python_3_9_and_needs_nothing_else() -> None:
    source = VERIFY.read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))

    imported = {one.names[0].name if isinstance(one, ast.Import) else one.module for one in ast.walk(tree)
                if isinstance(one, ast.Import | ast.ImportFrom)}  # fmt: skip
    assert imported <= {
        *(
            "__future__",
            "argparse",
            "base64",
            "collections.abc",
            "datetime",
            "functools",
            "hashlib",
            "itertools",
        ),
        *("json", "os", "pathlib", "re", "stat", "sys", "time", "typing", "zipfile", "zlib"),
    }


def test_script_has_fewer_than_600_lines() -> None:
    """All lines count, in the form of the project: an auditor reads them in one sitting."""
    lines = VERIFY.read_text(encoding="utf-8").splitlines()

    assert len(lines) < 600
    assert max(map(len, lines)) <= 110
    assert not [line for line in lines if "fmt:" in line]


def test_script_says_everything_in_both_languages() -> None:
    """What is said is a pair, English and Chinese, unless it is one name in both."""
    tree = ast.parse(VERIFY.read_text(encoding="utf-8"))
    calls = [
        (one.func.id, one.args)
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
    ]
    said = [args[0 if name == "same" else 1] for name, args in calls if name in {"must", "same"}]
    words = {one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)}

    assert sum(not isinstance(one, ast.Constant) for one in said) == 1, "`same` hands its words on to `must`"
    assert {one for one in words if one.count("¦") != 1} == {"base64", "SHA-256"}
