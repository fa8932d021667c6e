"""Kits made to deceive, and what neither reader may make of them.

A kit that was lived through and is as small as one can be (`whole`) is changed by a recipe: a few bytes say
which members are changed, and how; whether kit.json is written anew over it; and whether the tree is too, all
checkpoints signed again with the key, as by somebody who holds the house. Both readers hold it against the
key and a checkpoint that left before.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

from incident.cli import journal_kit
from incident.domain import note, tree
from incident.domain.checkpoint import Checkpoint, format_checkpoint, name_of_origin
from incident.domain.filing import Filing
from incident.kit import export
from incident.kit import verify as script
from incident.kit.tongues import Tongues
from incident.language import speaker
from incident.playbook_text.load import must_load
from incident.service.exhibit import Shown
from incident.service.filing import Contents, file
from incident.service.ports import Signed
from incident.service.who import Origin, Who
from incident.signing import ed25519, evidence
from incident.testing import Drill
from incident.testing.given import fixed_chance
from tests.kit import making

SIGNER: Final = note.Signer(
    note.PublicKey("zhuji.example/incident", ed25519.public_of(bytes(32))), ed25519.signing(bytes(32))
)
PLAN: Final = """\
playbook: tiny
answer: never
jurisdiction: {code: "99", name: {zh: 村, en: V}, level: village}
document: {title: {zh: 方案, en: P}}
bodies: {command: {name: {zh: 组, en: C}}}
events:
  flood:
    name: {zh: 洪水, en: F}
    fields:
      depth: {name: {zh: 水深, en: D}, type: integer, at_most: 99}
      place: {name: {zh: 地点, en: W}, type: text}
  ebb: {name: {zh: 退水, en: E}}
states:
  routine: {name: {zh: 常态, en: R}, bodies: {command: {}}}
  alarm:
    name: {zh: 应急, en: A}
    on_top_of: routine
    obligations:
      daily:
        name: {zh: 日报, en: D}
        from: [command]
        to: [command]
        every: day
        at: ["15:00"]
        window: same_day
        form: f
transitions:
  up: {name: {zh: 启, en: U}, from: [routine], on: flood, when: {depth: {at_least: 3}}, to: alarm,
    decided_by: [组]}
  down: {name: {zh: 止, en: D}, from: [alarm], on: ebb, to: routine, decided_by: [组]}
"""
Files = dict[str, bytes]
#: When checkpoints are signed.
_AT: Final = 1_772_400_000
#: Files that say something to people alone, or that only kit.json vouches for: whoever writes it anew may
#: change them. What `verify.py` leaves to the program, as it says, comes on top.
_FREE: Final = {"kit.json", "README.txt", "verify.py", "public-key.txt"}
_LEFT: Final = {"timeline.html", "duty.csv", "reports.csv"}


class Whole(NamedTuple):
    """A kit with which nothing is wrong."""

    raw: bytes
    files: Files
    #: A checkpoint over all its entries, that left the house.
    outside: bytes


@cache
def whole(folder: Path) -> Whole:
    """Live through a flood, and make a kit of it: refused, up, a report with an attachment, down."""
    plan = folder / "flood.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    playbook = must_load(str(plan)).playbook
    assert playbook is not None
    drill = Drill(playbook)
    drill.ask("activate", "flood", depth=5, place="桥", basis=None)
    drill.expect_refused("missing")
    drill.activate("flood", depth=5, place="桥")
    contents, filing = (
        Contents(text="x", values={}, files=[("a", b"list")]),
        Filing(sender="command", form="daily"),
    )
    origin = Origin(Who(by="drill"), "test", "1")
    file(drill.store, drill.code, filing, contents, origin=origin, now=drill.clock, chance=fixed_chance)
    drill.stand_down("ebb")
    with drill.store.reading() as tx:
        leaves = [one.leaf for one in tx.entries(drill.code)]
    with drill.store.writing(drill.code) as writing:
        for size in (1, 3):
            text = checkpoint(drill.code, leaves, size).decode()
            writing.keep_checkpoint(drill.code, Signed(size, _AT, 0, text))
        writing.commit()
    path = folder / "whole.zip"
    tongues = Tongues(zh=speaker("zh"), en=speaker("en"))
    short = mock.patch.multiple(export, script=lambda: b"#\n", readme=lambda _about: b"-\n")
    with short, drill.store.reading() as tx:
        export.export(tx, drill.code, Shown(), path, at=drill.clock(), keys=[SIGNER.key], tongues=tongues)
    outside = folder / "outside.txt"
    outside.write_bytes(checkpoint(drill.code, leaves, len(leaves)))
    return Whole(path.read_bytes(), contents_of(path), outside.read_bytes())


def checkpoint(code: str, leaves: list[bytes], size: int) -> bytes:
    """Sign a checkpoint of the first entries."""
    peaks: list[bytes] = []
    for seq, leaf in enumerate(leaves[:size]):
        peaks = tree.append(seq, peaks, leaf)
    origin = name_of_origin(code, leaves[0])
    said = Checkpoint(origin=origin, size=size, root=tree.root(peaks), at=_AT)
    return note.sign_note(format_checkpoint(said), SIGNER)


def contents_of(path: Path) -> Files:
    """Read a ZIP as anybody would."""
    with zipfile.ZipFile(path) as zipped:
        return {one.orig_filename: zipped.read(one) for one in zipped.infolist()}


def sealed(files: Files, **about: Any) -> Files:
    """Write kit.json anew, so that it names each file as it is."""
    listed = {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != "kit.json"}
    return files | {"kit.json": canonical(json.loads(files["kit.json"]) | {"files": listed} | about)}


def rewritten(files: Files, code: str = "99") -> Files:
    """Make the tree and the checkpoints anew from the entries, as whoever holds the key can."""
    bodies = files["entries.jsonl"].split(b"\n")[:-1] or [b""]
    leaves = [tree.leaf_hash(body) for body in bodies]
    kept = {name: body for name, body in files.items() if not name.startswith(("tile/", "checkpoint"))}
    kept |= making.tiles(leaves) | making.bundles(bodies)
    for size in {*(1, 3)} & {*range(len(bodies) + 1)}:
        kept[f"checkpoints/{size:012d}.txt"] = kept["checkpoint"] = checkpoint(code, leaves, size)
    origin = name_of_origin(code, leaves[0])
    return sealed(kept, origin=origin, size=len(bodies), root=making.root_of(leaves).hex())


def canonical(plain: object) -> bytes:
    """Write JSON in the one form that is read; half characters as they are."""
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="surrogatepass")


# -- what both readers make of a kit


def read_both(raw: bytes, folder: Path) -> object:
    """Let the program and `verify.py` verify a kit. Raises an error of the program, or what is a fault."""
    known, path = whole(folder), folder / "kit.zip"
    path.write_bytes(raw)
    if _script_accepts(path, folder / "outside.txt"):
        must_be_whole(path, known, _FREE | _LEFT, "tile/entries/", "snapshots/")
    if _program_accepts(path, known):
        must_be_whole(path, known, _FREE)
    return path


def _program_accepts(path: Path, known: Whole) -> bool:
    keys = [SIGNER.key]
    brought = evidence.brought([evidence.signed_checkpoint("outside", known.outside, keys)], keys)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = journal_kit.verify_kit(path, brought, (), replay=True)
    assert code in (0, 1), f"exit code {code}"
    (out.getvalue() + err.getvalue()).encode()
    return code == 0


def _script_accepts(path: Path, outside: Path) -> bool:
    words = (path, "--key", note.format_public_key(SIGNER.key), "--checkpoint", outside)
    said = making.run(*words, script=script)
    end = "This kit does NOT hold." if said.code else "What was checked holds."
    assert said.code in (0, 1), f"exit code {said.code}: {said.err}"
    assert end in said.out, f"ended with {said.code} and without its verdict: {said.out[-300:]}"
    assert ("FAULT" in said.out) == bool(said.code)
    said.out.encode(errors="replace")
    return not said.code


def must_be_whole(path: Path, known: Whole, free: set[str], *beside: str) -> None:
    """Hold what was accepted against what is so: the same but for what may be withheld, or is free."""
    found = contents_of(path)
    if found.get("kit.json") == known.files["kit.json"]:
        assert found == known.files, "accepted, and a file differs from its hash in kit.json"
        return
    looked = {name: body for name, body in found.items() if name not in free and not name.startswith(beside)}
    if beside:  # `verify.py` looks at what it knows, not at what whoever writes kit.json puts beside it
        known_here = (*known.files, "attachments/", "playbooks/", "tile/0/")
        looked = {name: body for name, body in looked.items() if name.startswith(known_here)}
    rows = looked.pop("disclosures.jsonl").splitlines()
    assert {*rows} <= {*known.files["disclosures.jsonl"].splitlines()}, "accepted, and a disclosure is forged"
    for name, body in looked.items():
        if not name.startswith("checkpoint"):  # signed, and held against the tree
            assert known.files.get(name) == body, f"accepted, and {name[:80]} is not what it was"
    missing = {name for name in known.files.keys() - found.keys() if name not in free}
    assert all(name.startswith(("attachments/", "checkpoint", *beside)) for name in missing), missing
