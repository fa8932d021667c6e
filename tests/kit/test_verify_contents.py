"""A stranger finds what is in the kit but not in the record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit.making import ACTIVATED, FILED, LIFTED, STRANGER, Parts, night, parts_of, root_of
from tests.kit.sealing import Files, verified, whole

__all__ = ["whole"]


def files_with(change: Callable[[Files], object]) -> Callable[[Parts], Files]:
    """Change files, and list them in kit.json as they are then."""

    def made(kit: Parts) -> Files:
        files = kit.files()
        change(files)
        return kit.sealed(files)

    return made


def swapped(kit: Parts) -> Files:
    """Two entries disclose each other's basis."""
    texts = {seq: text for seq, name, text in kit.disclosures if name in {"data.text", "by"}}
    rows = [
        (seq, name, texts[FILED] if (seq, name) == (LIFTED, "by") else text)
        for seq, name, text in kit.disclosures
    ]
    return replace(kit, disclosures=rows).sealed()


def renamed(kit: Parts) -> Files:
    """An entry discloses its basis as its reason; the digests are exchanged with them."""
    entry = kit.entry(ACTIVATED)
    entry["basis"], entry["reason"] = entry["reason"], entry["basis"]
    texts = {(seq, name): text for seq, name, text in kit.disclosures}
    texts[ACTIVATED, "basis"], texts[ACTIVATED, "reason"] = (
        texts[ACTIVATED, "reason"],
        texts[ACTIVATED, "basis"],
    )
    rows = [(seq, name, texts[seq, name]) for seq, name, _ in kit.disclosures]
    return replace(kit.with_entry(ACTIVATED, entry), disclosures=rows).sealed()


def one_left_out(kit: Parts) -> Files:
    return replace(kit, disclosures=[one for one in kit.disclosures if one[:2] != (FILED, "by")]).sealed()


def said_withheld(kit: Parts) -> Files:
    return kit.sealed(withheld=[[FILED, "by"]])


def lying_filter(kit: Parts) -> Files:
    """It asks for one incident, and opens an entry from before it."""
    return kit.sealed(filter={"incident": "330681111-2026-001"})


def twice(kit: Parts) -> Files:
    return replace(kit, disclosures=sorted([*kit.disclosures, kit.disclosures[-1]])).sealed()


def out_of_order(kit: Parts) -> Files:
    return replace(kit, disclosures=[*kit.disclosures[4:], *kit.disclosures[:4]]).sealed()


def by_stranger(kit: Parts) -> Files:
    return replace(kit, by=STRANGER).sealed()


def one_checkpoint(change: Callable[[str], str]) -> Callable[[Parts], Files]:
    def made(kit: Parts) -> Files:
        files = kit.files()
        files["checkpoints/000000000003.txt"] = change(
            files["checkpoints/000000000003.txt"].decode()
        ).encode()
        return kit.sealed(files)

    return made


def other_playbook(files: Files) -> None:
    [name] = [name for name in files if name.startswith("playbooks/")]
    playbook = json.loads(files[name])
    playbook["transitions"]["activate_on_positive"]["decided_by"].append("general_coordination")
    files[name] = json.dumps(playbook, ensure_ascii=False, separators=(",", ":")).encode()


def attachment_of(files: Files) -> str:
    [name] = [name for name in files if name.startswith("attachments/")]
    return name


@pytest.mark.parametrize(
    ("spoil", "level", "place"),
    [
        (swapped, "disclosures", f"entry {LIFTED}"),
        (renamed, "disclosures", f"entry {ACTIVATED}"),
        (one_left_out, "filter", f"entry {FILED}"),
        (said_withheld, "filter", "disclosures.jsonl"),
        (lying_filter, "filter", "entry 0"),
        (twice, "disclosures", "entry 7"),
        (out_of_order, "disclosures", "disclosures.jsonl"),
        (by_stranger, "signatures", "checkpoint"),
        (
            one_checkpoint(lambda note: note.replace("— ", "—  ")),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (
            one_checkpoint(lambda note: note + note.splitlines()[-1] + "\n"),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (
            one_checkpoint(lambda note: note.replace("\n3\n", "\n03\n")),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (
            one_checkpoint(lambda note: note.replace("\nat ", "\nat  ")),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (
            one_checkpoint(lambda note: note.replace("\n3\n", "\n2\n")),
            "signatures",
            "checkpoints/000000000003.txt",
        ),
        (files_with(other_playbook), "transitions", "entry 0"),
        (files_with(lambda files: files.pop("tile/0/000.p/8")), "root", "tile/0: not the leaves"),
        (files_with(lambda files: files.update({"tile/0/000.p/8": bytes(256)})), "root", "tile/0"),
        (files_with(lambda files: files.update({"tile/0/001.p/1": bytes(32)})), "root", "tile/0"),
        (files_with(lambda files: files.update({attachment_of(files): b"?"})), "disclosures", ""),
        (files_with(lambda files: files.pop(attachment_of(files))), "disclosures", ""),
        (files_with(lambda files: files.update({"attachments/" + "0" * 64: b""})), "disclosures", ""),
        (files_with(lambda files: files.update({f"playbooks/{'0' * 64}.json": b""})), "transitions", ""),
        (
            files_with(lambda files: files.update({"checkpoint": files["checkpoints/000000000003.txt"]})),
            "consistency",
            "checkpoint",
        ),
        (lambda kit: {n: one for n, one in kit.sealed().items() if n != "README.txt"}, "bytes", "README.txt"),
        (lambda kit: kit.sealed() | {"extra.txt": b""}, "bytes", "extra.txt"),
        (lambda kit: kit.sealed(root="0" * 64), "root", "kit.json"),
        (lambda kit: kit.sealed(size=9), "root", "kit.json"),
        (lambda kit: kit.sealed(size=7, root=root_of(kit.leaves()[:7]).hex()), "root", "kit.json"),
        (lambda kit: kit.sealed(origin=f"incident/{kit.code}/0000000000000000"), "root", "kit.json"),
        (lambda kit: kit.sealed(origin=kit.origin().replace("330681111", "330681112")), "root", "kit.json"),
    ],
)
def test_kit_that_is_not_what_the_record_says_is_found(
    tmp_path: Path, whole: Parts, spoil: Callable[[Parts], Files], level: str, place: str
) -> None:
    said = verified(tmp_path, spoil(whole))

    assert said.code == 1
    assert level in said.faults(), said.out
    assert said.faults()[level].startswith(place), said.out


def test_value_that_is_named_as_withheld_is_listed(tmp_path: Path, whole: Parts) -> None:
    erased = replace(whole, disclosures=[one for one in whole.disclosures if one[:2] != (FILED, "by")])

    said = verified(tmp_path, replace(erased, withheld=[[FILED, "by"]]).sealed())

    assert said.code == 0, said.out
    assert f"withheld or erased [[{FILED}, 'by']]" in said.out


def test_kit_of_one_incident_opens_that_and_nothing_else(tmp_path: Path) -> None:
    drill = night()
    with drill.store.reading() as tx:
        kit = parts_of(tx, drill.code, matches=lambda seq: seq in range(ACTIVATED, LIFTED + 1), sizes=(8,))

    said = verified(tmp_path, kit.sealed(filter={"incident": "330681111-2026-001"}))

    assert said.code == 0, said.out
    assert "matching 5," in said.out
