"""Making an evidence kit from a store, apart from the program's own export: parts that a test can spoil.

Whoever spoils a part has all the rest made anew from it, as somebody would who holds the database and the
program: leaves, root, tiles, kit.json, and, with the key, checkpoints.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from incident.domain import journal, tree
from incident.domain.facts import RequestRefused
from incident.domain.filing import Filing
from incident.domain.playbook import digest, encode
from incident.service import opened
from incident.service.filing import Contents, file
from incident.service.ports import Reading
from incident.service.who import Origin, Who
from incident.testing import Drill
from incident.testing.given import fixed_chance

VERIFY: Final = Path(__file__).parents[2] / "incident" / "kit" / "verify.py"
SIGNED_AT: Final = "2026-03-02T00:00:00Z"
WIDTH: Final = 256


class Signer(NamedTuple):
    """Who signs checkpoints: a name and a key."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def vkey(self) -> str:
        return vkey(self.name, self.public)

    def sign(self, text: str) -> str:
        return note(text, self.name, key_id(self.name, self.public), self.private.sign(text.encode()))


def key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def vkey(name: str, public: bytes) -> str:
    encoded = base64.b64encode(bytes([1]) + public).decode()
    return f"{name}+{key_id(name, public).hex()}+{encoded}"


def note(text: str, name: str, id_: bytes, signature: bytes) -> str:
    return f"{text}\n— {name} {base64.b64encode(id_ + signature).decode()}\n"


def signer(n: int, name: str = "incident.example/kit") -> Signer:
    """A key that is the same in every run."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)))


HOUSE: Final = signer(1)
STRANGER: Final = signer(2)


@dataclass(frozen=True)
class Parts:
    """All that a kit is made of."""

    code: str
    name: dict[str, str]
    bodies: list[bytes]
    #: Entry, name, disclosure.
    disclosures: list[tuple[int, str, str]]
    playbooks: dict[str, bytes]
    attachments: dict[str, bytes]
    asked: dict[str, Any] = field(default_factory=dict)
    withheld: list[list[Any]] = field(default_factory=list)
    #: Sizes at which checkpoints were signed.
    sizes: Sequence[int] = ()
    by: Signer = HOUSE

    def entry(self, seq: int) -> dict[str, Any]:
        """Read an entry to change it."""
        read: dict[str, Any] = json.loads(self.bodies[seq])
        return read

    def with_entry(self, seq: int, entry: dict[str, Any]) -> Parts:
        """Put another entry in the place of one."""
        bodies = [*self.bodies]
        bodies[seq] = journal.canonical(entry)
        return replace(self, bodies=bodies)

    def leaves(self) -> list[bytes]:
        return [tree.leaf_hash(body) for body in self.bodies]

    def origin(self) -> str:
        return f"incident/{self.code}/{self.leaves()[0][:8].hex()}"

    def checkpoint(self, size: int, by: Signer | None = None) -> str:
        root = base64.b64encode(root_of(self.leaves()[:size])).decode()
        return (by or self.by).sign(f"{self.origin()}\n{size}\n{root}\nat {SIGNED_AT}\n")

    def about(self) -> dict[str, Any]:
        return {
            "format": 1,
            "program": "0.1.0",
            "jurisdiction": self.code,
            "name": self.name,
            "origin": self.origin(),
            "size": len(self.bodies),
            "root": root_of(self.leaves()).hex(),
            "filter": self.asked,
            "bodies_from": 0,
            "made_at": SIGNED_AT,
            "withheld": self.withheld,
        }

    def files(self) -> dict[str, bytes]:
        """Give all files, kit.json apart."""
        made = {
            "README.txt": b"README\n",
            "verify.py": VERIFY.read_bytes(),
            "entries.jsonl": b"".join(body + b"\n" for body in self.bodies),
            "disclosures.jsonl": b"".join(map(_line, self.disclosures)),
            "timeline.html": b"<!doctype html>\n",
            "duty.csv": b"",
            "reports.csv": b"",
        }
        for size in self.sizes:
            made[f"checkpoints/{size:012d}.txt"] = made["checkpoint"] = self.checkpoint(size).encode()
        if self.sizes:
            made["public-key.txt"] = self.by.vkey().encode() + b"\n"
        made |= {f"playbooks/{name}.json": body for name, body in self.playbooks.items()}
        made |= {f"attachments/{name}": body for name, body in self.attachments.items()}
        return made | tiles(self.leaves()) | bundles(self.bodies)

    def sealed(self, files: dict[str, bytes] | None = None, **about: Any) -> dict[str, bytes]:
        """Give all files with a kit.json that lists them."""
        made = self.files() if files is None else files
        listed = {name: hashlib.sha256(body).hexdigest() for name, body in made.items()}
        return made | {"kit.json": journal.canonical({**self.about(), "files": listed, **about})}


def _line(row: tuple[int, str, str]) -> bytes:
    seq, name, text = row
    return journal.canonical({"seq": seq, "name": name, "disclosure": text}) + b"\n"


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root as RFC 6962 section 2.1 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return tree.node_hash(root_of(leaves[:half]), root_of(leaves[half:]))


def tiles(leaves: Sequence[bytes]) -> dict[str, bytes]:
    """The hash tiles as C2SP tlog-tiles defines them."""
    made, level = {}, 0
    while len(leaves) >= WIDTH**level:
        step = WIDTH**level
        hashes = [root_of(leaves[at : at + step]) for at in range(0, len(leaves) - step + 1, step)]
        for n in range(0, len(hashes), WIDTH):
            part = hashes[n : n + WIDTH]
            made[_path(str(level), n // WIDTH, len(part))] = b"".join(part)
        level += 1
    return made


def bundles(bodies: Sequence[bytes]) -> dict[str, bytes]:
    """The entry bundles as C2SP tlog-tiles defines them; none where an entry is too long for one."""
    made = {}
    for n in range(0, len(bodies), WIDTH):
        part = bodies[n : n + WIDTH]
        if max(map(len, part)) >= 1 << 16:
            continue
        framed = b"".join(len(body).to_bytes(2, "big") + body for body in part)
        made[_path("entries", n // WIDTH, len(part))] = framed
    return made


def _path(level: str, n: int, width: int) -> str:
    digits = str(n).zfill(-(-len(str(n)) // 3) * 3)
    threes = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([f"x{one}" for one in threes[:-1]] + threes[-1:])
    return f"tile/{level}/{path}" + ("" if width == WIDTH else f".p/{width}")


def parts_of(
    tx: Reading, code: str, *, matches: Callable[[int], bool] = lambda _seq: True, **words: Any
) -> Parts:
    """Read a store; only entries that match are opened."""
    pairs = [*opened.with_disclosures(tx, code)]
    entries = [opened.read_entry(code, stored) for stored, _ in pairs]
    playbooks = {name: tx.playbook(code, name) for name in {entry.playbook for entry in entries}}
    disclosures = [
        (entry.seq, name, text)
        for entry, (_, texts) in zip(entries, pairs, strict=True)
        if matches(entry.seq)
        for name, text in sorted(texts.items())
    ]
    values = [(seq, name, json.loads(_plain(text))[2]) for seq, name, text in disclosures]
    digests = {value for _, name, value in values if name.startswith("data.digest.")}
    there = {(seq, name) for seq, name, _ in disclosures}
    withheld = [
        [entry.seq, name]
        for entry in entries
        if matches(entry.seq)
        for name in sorted(journal.sealed_parts(entry))
        if (entry.seq, name) not in there
    ]
    town = next(iter(playbooks.values())).jurisdiction
    return Parts(
        code=code,
        name={"zh": town.name.zh, "en": town.name.en},
        bodies=[stored.body for stored, _ in pairs],
        disclosures=disclosures,
        playbooks={name: encode(one) for name, one in playbooks.items()},
        attachments={one: tx.attachment(code, one) or b"" for one in sorted(digests)},
        withheld=withheld,
        **words,
    )


def _plain(disclosure: str) -> bytes:
    return base64.urlsafe_b64decode(disclosure + "==")


#: What became of each entry of `night`.
ADOPTED, REFUSED, ACTIVATED, FURTHER, CALLED, FILED, LIFTED, REFUSED_AGAIN = range(8)


def night() -> Drill:
    """Majian: adopted, refused, activated, a further case noted, a report filed, lifted, refused."""
    drill = Drill("majian", at="2026-02-28T18:40:00Z")
    case: dict[str, Any] = {"origin": "local", "result": "preliminary_positive", "cases": 1}
    drill.ask("activate", "local_positive_reported", decided_by="general_coordination", **case)
    drill.expect_refused("authority")
    drill.clock.after(minutes=5)
    drill.activate("local_positive_reported", **case)
    drill.clock.after(minutes=5)
    drill.signal("local_positive_reported", **case)
    drill.clock.after(minutes=5)
    contents = Contents(text="两例", values={"cases": "2"}, files=[("名单.txt", b"list")])
    origin = Origin(Who(by="drill"), "test", "filed")
    filing = Filing(sender="duty", form="daily_report")
    file(drill.store, drill.code, filing, contents, origin=origin, now=drill.clock, chance=fixed_chance)
    drill.clock.after(minutes=5)
    drill.stand_down()
    drill.clock.after(minutes=5)
    drill.stand_down()
    drill.expect_refused("not_possible")
    return drill


def parts(**words: Any) -> Parts:
    """The parts of that night."""
    drill = night()
    with drill.store.reading() as tx:
        found = parts_of(tx, drill.code, **{"sizes": (1, 3, 8), **words})
    refused = [seq for seq, body in enumerate(found.bodies) if RequestRefused.__name__.encode() in body]
    assert refused == [REFUSED, REFUSED_AGAIN]
    assert [*found.playbooks] == [digest(body) for body in found.playbooks.values()]
    return found


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    """Pack files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in files.items():
            packed.writestr(name, body)
    return path


class Said(NamedTuple):
    """What verify.py said, and its exit code."""

    code: int
    out: str
    err: str

    def faults(self) -> dict[str, str]:
        """Give the levels with a fault, and what it is."""
        lines = [line.split(": FAULT, ", 1) for line in self.out.splitlines() if ": FAULT, " in line]
        return dict(lines)


def loaded(path: Path = VERIFY) -> ModuleType:
    """Load verify.py as a module; the program itself never does."""
    spec = importlib.util.spec_from_file_location("verify_script", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT: Final = loaded()


def run(*words: str | Path, script: ModuleType = SCRIPT) -> Said:
    """Run verify.py in this process: what it says, and its exit code."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", ["verify.py", *map(str, words)]),
        mock.patch.dict(os.environ, {"LANG": "C.UTF-8", "LC_ALL": ""}),
    ):
        try:
            code = script.main()
        except SystemExit as ended:  # argparse
            code = int(str(ended.code))
    return Said(code, out.getvalue(), err.getvalue())


def run_alone(*words: str | Path, script: Path = VERIFY) -> Said:
    """Run verify.py as a process of its own that sees no library."""
    command = [sys.executable, "-I", "-S", str(script), *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, env={"LANG": "C.UTF-8"}
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Said(done.returncode, done.stdout, done.stderr)
