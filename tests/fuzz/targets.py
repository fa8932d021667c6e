"""What reads bytes from a stranger, each as one function of bytes: hypothesis and atheris feed the same ones.

A function may end well or raise one of `OURS`; anything else is a fault. An error has to be fit for a person:
it is put into words in both languages, and what it quotes of a hostile file is short.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from incident.channels.setup import read_setup
from incident.cli.given import read_given
from incident.cli.output import error_lines, problem_line
from incident.domain import note, proof, tile
from incident.domain.checkpoint import format_checkpoint, format_line, parse_checkpoint, parse_line
from incident.domain.directory import compare
from incident.domain.errors import FormatError, IncidentError, PlaybookError
from incident.domain.growth import Growth, format_growth, parse_growth
from incident.domain.people import People
from incident.domain.playbook import Playbook
from incident.domain.say import Words, render
from incident.domain.tree import leaf_hash
from incident.playbook_text.directory import read_sheet
from incident.playbook_text.load import load, must_load
from incident.playbook_text.nodes import UnreadableError, read
from incident.playbook_text.script import read_script
from incident.service.proving import check_entry, check_growth
from incident.signing import ed25519, keyfile
from incident.views.errors import MOST_SAID
from tests.fuzz import kits, recipe
from tests.fuzz.kits import SIGNER
from tests.playbooks import NIGHT
from tests.tiny import TINY

#: The families of errors that are the program's own.
OURS: Final = (IncidentError, FormatError)
#: Characters of a line of an error, and how many of its problems are looked at.
MOST_WORDS: Final = 4 * MOST_SAID
_LOOKED_AT: Final = 200


class Target(NamedTuple):
    """Something that reads what a stranger wrote."""

    name: str
    #: Reads bytes; raises one of `OURS`, or nothing.
    read: Callable[[bytes], object]
    #: What it reads well, to begin with.
    seeds: tuple[bytes, ...]
    #: Pieces that its format is made of.
    words: tuple[str, ...] = ()

    def feed(self, raw: bytes) -> bool:
        """Feed it; tells whether it was read. Raises whatever is a fault."""
        try:
            self.read(raw)
        except OURS as error:
            must_be_fit_for_people(error)
            return False
        return True


def must_be_fit_for_people(error: IncidentError | FormatError) -> None:
    """Put an error into words in both languages, and as a screen shows it."""
    shown: list[Words] = []
    if isinstance(error, FormatError):
        parts = [error.expected, error.found]
        shown += parts
    else:
        parts = [*error.parts()]
        shown += error_lines(error)
        for problem in error.problems[:_LOOKED_AT]:
            parts += [problem.expected, problem.found, problem.do]
            shown.append(problem_line(problem))
    for part in parts:
        render(part, "zh", str)
    for line in shown:
        words = render(line, "en", str)
        assert len(words) <= MOST_WORDS, f"{len(words)} characters of an error: {words[:200]}"


@cache
def _folder() -> Path:
    """Give a folder of this process, in memory where there is one."""
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(prefix="incident-fuzz-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def _as_file(name: str, read_it: Callable[[str], object]) -> Callable[[bytes], object]:
    """Let something that reads files read bytes."""

    def fed(raw: bytes) -> object:
        path = _folder() / name
        path.write_bytes(raw)
        path.chmod(0o600)
        return read_it(str(path))

    return fed


# -- what is read


@cache
def _plan() -> Playbook:
    found = must_load("majian").playbook
    assert found is not None
    return found


def _import(name: str) -> object:
    """Read people and hold them against a plan."""
    return compare(_plan(), People({}, {}, {}), {}, read_sheet(name), at=NIGHT, seq=1)


def _check(name: str) -> object:
    """Read and check a playbook; its problems are an error of the command."""
    loaded = load(name)
    if loaded.problems:
        must_be_fit_for_people(PlaybookError(name, loaded.problems))
    return loaded


def _read_yaml(raw: bytes, name: str) -> tuple[object, list[object]]:
    """Read as `bootstrap` lets an outgoing setup be read."""
    try:
        tree, problems = read(raw, name)
    except UnreadableError as error:
        return None, [error.problem]
    return tree, [*problems]


def _setup(name: str) -> object:
    return read_setup(Path(name), _read_yaml)  # type: ignore[arg-type]  # a node is a tree


def _open(raw: bytes) -> object:
    """Open a signed checkpoint; what opens is written back the same."""
    read_note = note.parse_note(raw)
    assert note.format_note(read_note) == raw
    note.open_note(raw, [SIGNER.key], ed25519.verify)
    return parse_checkpoint(read_note.text)


def _checkpoint(raw: bytes) -> object:
    text = raw.decode(errors="surrogateescape")
    assert format_checkpoint(parse_checkpoint(text)) == text
    return text


def _line(raw: bytes) -> object:
    line = parse_line(raw.decode(errors="surrogateescape"))
    assert parse_line(format_line(line)) == line
    return line


def _key_text(raw: bytes) -> object:
    text = raw.decode(errors="surrogateescape")
    assert note.format_public_key(note.parse_public_key(text)) == text
    return text


def _proof(raw: bytes) -> object:
    assert proof.format_proof(proof.parse(raw)) == raw
    return check_entry(raw, (), ed25519.verify)


def _growth(raw: bytes) -> object:
    assert format_growth(parse_growth(raw)) == raw
    return check_growth(raw, OLDER, (), ed25519.verify)


def _path(raw: bytes) -> object:
    text = raw.decode(errors="surrogateescape")
    assert tile.path(tile.parse_path(text)) == text
    return text


def _bundle(raw: bytes) -> object:
    """Read a bundle: its width stands in the first byte."""
    width = (raw[0] if raw else 0) + 1
    entries = tile.parse_bundle(tile.Bundle(0, width), raw[1:])
    assert tile.format_bundle(entries) == raw[1:]
    return entries


def _tile(raw: bytes) -> object:
    hashes = tile.parse_tile(tile.Tile(0, 0, (raw[0] if raw else 0) + 1), raw[1:])
    assert tile.format_tile(hashes) == raw[1:]
    return hashes


def _kit(raw: bytes) -> object:
    return kits.read_both(raw, _folder())


def _changed_kit(raw: bytes) -> object:
    """Read bytes as what to do to a kit, and read what comes of it."""
    return _kit(recipe.kit(raw, WHOLE.files))


# -- what is well formed

_TEXT: Final = (
    "incident/330681111/022a6979e6dab7aa\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n"
    "at 2026-03-01T02:40:00Z\n"
)
NOTE: Final = note.sign_note(_TEXT, SIGNER)
OLDER: Final = parse_checkpoint(
    "incident/330681111/022a6979e6dab7aa\n1\nAippeebat6pa5MPl5F9+l3ESp+Y1k4INvsHsc4ok+Tw=\n"
)
#: The journal of the worked examples: its entries are `a`, `b` and `c`.
_A, _B, _C = map(leaf_hash, (b"a", b"b", b"c"))
_PROOF: Final = proof.format_proof(
    proof.Proof(index=1, hashes=(_A, _C), checkpoint=NOTE.decode(), extra=b"b")
)
_GROWTH: Final = format_growth(Growth(old=1, hashes=(_B, _C), checkpoint=NOTE.decode()))
_PEOPLE: Final = (
    "岗位,代号,姓名,起,止,联系方式\n"
    "疫情防控值班组组长,P1,张甲,2025-01-01,,sms:13900000001 mail:jia@example.cn\n"
    "duty.leader,P2,李乙,2025-01-01,2026-12-31,tel:0575-87001234\n"
)
_LIST: Final = (
    "- {seat: duty.leader, holder: P1, from: 2025-01-01, channels: ['mail:a@b.cn', 'sms:13900000001']}\n"
    "- seat: 全体机关干部\n  holder: H1\n  name: 张甲\n"
)
_SETUP: Final = 'sms: {script: [/bin/true, "{address}"], seconds: 30}\nprint: {folder: /var/spool/incident}\n'
_SCRIPT: Final = (
    "acts:\n  - {at: day 1 08:00, activate: local_positive_reported, set: {origin: local, cases: 1},"
    " decided_by: command}\n  - {at: 2026-03-02 15:00, file: duty, zero: true}\n"
)
_CLOCKWORK: Final = (Path(__file__).parent.parent / "plans" / "clockwork.yaml").read_bytes()
_YAML_WORDS: Final = (
    *(
        "- ",
        ": ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a",
        "!!int ",
        "|",
        ">",
        "%YAML 1.2\n",
        "%YAML 0.2\n",
        "---\n",
        "...",
    ),
    *("null", "~", "true", "0x1F", "1e9", ".inf", '"\\ud800"', '"\\U0010FFFF"', "\t", "\n  ", "#", "<<: "),
)
_NOTE_WORDS: Final = ("— ", "\n\n", "+", "=", "AAAA", "incident/", "at 2026-03-01T02:40:00Z\n", "9" * 19)

#: The private key that `SIGNER` signs with.
_PRIVATE: Final = f"PRIVATE+KEY+{SIGNER.key}+{note.to_base64(note.ED25519 + bytes(32))}\n".encode()
#: A kit with which nothing is wrong, and recipes for such that are read, if not all accepted.
WHOLE: Final = kits.whole(_folder())
_RECIPES: Final = (b"", *(bytes([who, 1, n, 1, 1]) for who in range(3) for n in range(7)))

TARGETS: Final = {
    one.name: one
    for one in (
        Target(
            "playbook",
            _as_file("plan.yaml", _check),
            (_CLOCKWORK, TINY.encode(), kits.PLAN.encode()),
            (*_YAML_WORDS, "states", "extends: epidemic", "on_top_of", "source", "every", "at", "14d"),
        ),
        Target("script", _as_file("script.yaml", read_script), (_SCRIPT.encode(),), _YAML_WORDS),
        Target(
            "people.csv",
            _as_file("people.csv", _import),
            (_PEOPLE.encode(), _PEOPLE.encode("gb18030")),
            ('"', ",", ";", "\t", "\r\n", "sms:", "mail:", "duty.leader", "P1", "2025-01-01", "无"),
        ),
        Target(
            "people.yaml",
            _as_file("people.yaml", _import),
            (_LIST.encode(),),
            (*_YAML_WORDS, "seat", "holder", "from", "channels"),
        ),
        Target(
            "setup",
            _as_file("outgoing.yaml", _setup),
            (_SETUP.encode(),),
            (*_YAML_WORDS, "apprise", "script", "folder", "seconds", "mailtos://", "{address}"),
        ),
        Target("note", _open, (NOTE,), _NOTE_WORDS),
        Target("checkpoint", _checkpoint, (_TEXT.encode(),), _NOTE_WORDS),
        Target("given", _as_file("note.txt", lambda name: read_given(name, [SIGNER.key])), (NOTE,)),
        Target("line", _line, (b"330681111 13 7K3F-9QWX-2M5T-0C8D",), ("O", "I", "-", "\u3000", "１")),
        Target("key", _key_text, (note.format_public_key(SIGNER.key).encode(),), ("+", "AQ", "=")),
        Target(
            "key file",
            _as_file("key", lambda name: keyfile.public_key_in(Path(name))),
            (note.format_public_key(SIGNER.key).encode(), _PRIVATE),
            ("PRIVATE+KEY+", "+", "\ufeff"),
        ),
        Target("proof", _proof, (_PROOF,), (*_NOTE_WORDS, "index ", "extra ", proof.HEADER)),
        Target("growth", _growth, (_GROWTH,), (*_NOTE_WORDS, "old ")),
        Target("tile path", _path, (b"tile/0/x001/x234/067.p/8", b"tile/entries/000"), ("x000/", ".p/")),
        Target("bundle", _bundle, (b"\x01\x00\x02ab\x00\x00",)),
        Target("kit", _kit, (WHOLE.raw,), ("PK\1\2", "PK\3\4", "PK\5\6", "PK\6\6", "kit.json", "../")),
        Target("changed kit", _changed_kit, _RECIPES),
        Target("tile", _tile, (b"\x00" + bytes(32),)),
    )
}
