"""What an evidence kit is: its files, its manifest, and which entries it opens.

Format 1, a ZIP file
--------------------
    README.txt                   what this is and how to verify it, zh and en
    verify.py                    verifies the kit with nothing but Python and a public key
    kit.json                     the manifest (`Manifest`), canonical JSON
    public-key.txt               the key that signed, for comparison with one from elsewhere
    entries.jsonl                the canonical bytes of every entry, one a line; an empty line where retention
                                 dropped the body
    checkpoint                   the newest signed checkpoint (`incident.domain.checkpoint`)
    checkpoints/<size>.txt       every checkpoint that is kept, by the number of entries it covers
    tile/…                       the tree and the entries for other people's tools (`incident.domain.tile`)
    disclosures.jsonl            {"disclosure": text, "name": name, "seq": entry}, one a line, by entry and
                                 name
    playbooks/<sha256>.json      every playbook that an entry names
    attachments/<sha256>         attachments that an opened value names
    timeline.html                what happened, to read
    duty.csv, reports.csv        who was on duty, which reports were owed
    snapshots/<size>.json        the state to go on from, where bodies were dropped

An entry without its disclosures names nobody (`incident.domain.journal`). So every entry is in a kit, and
a filter decides only which are *opened*: whose disclosures, attachments, sentences, rows are there. Whoever
verifies reruns the filter over all entries: what is opened and does not match is a fault, and so is a sealed
value of a matching entry that is neither opened nor listed in the manifest as withheld.

`parse_manifest(format_manifest(m)) == m`.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import Struct

from incident.domain import tile
from incident.domain.errors import FormatError
from incident.domain.fact_names import kind_of
from incident.domain.journal import Entry, canonical
from incident.domain.organisation import Text
from incident.domain.say import say

FORMAT: Final = 1
#: Length of a manifest at most, in bytes: what it lists is held in memory.
MOST_MANIFEST: Final = 6 << 20

MANIFEST: Final = "kit.json"
README: Final = "README.txt"
SCRIPT: Final = "verify.py"
PUBLIC_KEY: Final = "public-key.txt"
ENTRIES: Final = "entries.jsonl"
DISCLOSURES: Final = "disclosures.jsonl"
CHECKPOINT: Final = "checkpoint"
TIMELINE: Final = "timeline.html"
DUTY: Final = "duty.csv"
REPORTS: Final = "reports.csv"
#: Without these a file is no kit.
NEEDED: Final = (MANIFEST, README, SCRIPT, ENTRIES, DISCLOSURES)
_LAYOUT = re.compile(
    r"README\.txt|verify\.py|kit\.json|public-key\.txt|entries\.jsonl|disclosures\.jsonl|checkpoint"
    r"|timeline\.html|duty\.csv|reports\.csv|(?:checkpoints/[0-9]{12}\.txt)|(?:snapshots/[0-9]{12}\.json)"
    r"|(?:playbooks/[0-9a-f]{64}\.json)|(?:attachments/[0-9a-f]{64})"
)


class Filter(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which entries a kit opens: those for which all that is given holds; nothing given opens all."""

    #: Number of the incident they belong to.
    incident: str | None = None
    #: Recorded at this stamp or later, and before that one.
    since: str | None = None
    until: str | None = None
    #: They hold a fact of one of these kinds (`fact_names.kind_of`).
    kinds: list[str] = []

    def matches(self, entry: Entry) -> bool:
        """Tell whether an entry is one of those that are opened."""
        return (
            (self.incident is None or entry.incident == self.incident)
            and (self.since is None or self.since <= entry.at)
            and (self.until is None or entry.at < self.until)
            and (not self.kinds or any(kind_of(fact) in self.kinds for fact in entry.facts))
        )


class Manifest(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a kit says of itself."""

    format: int
    #: Version of the program that made it.
    program: str
    jurisdiction: str
    name: Text
    #: Origin of its checkpoints from the newest opening on (`incident.domain.checkpoint`).
    origin: str
    #: How many entries there are, and the root of the tree over them, in hex.
    size: int
    root: str
    filter: Filter
    #: The first entry whose body is there; those before were dropped by retention.
    bodies_from: int
    #: When the kit was made.
    made_at: str
    #: SHA-256 in hex of every other file, by its path.
    files: dict[str, str]
    #: Sealed values of matching entries that are not opened, by entry and name.
    withheld: list[tuple[int, str]] = []
    #: Attachments that an opened value names and that are not there, by SHA-256 in hex.
    withheld_attachments: list[str] = []
    #: Numbers of the entry bundles that cannot be.
    bundles_left_out: list[int] = []


class Disclosed(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the disclosures."""

    seq: int
    name: str
    disclosure: str


_manifest_decoder = msgspec.json.Decoder(Manifest, strict=True)


def format_manifest(manifest: Manifest) -> bytes:
    """Write a manifest."""
    return canonical(manifest)


def parse_manifest(raw: bytes) -> Manifest:
    """Read a manifest in its one canonical form. Raises `FormatError`."""
    expected = say("the manifest of an evidence kit, format {v}", v=FORMAT)
    try:
        manifest = _manifest_decoder.decode(raw)
    except (ValueError, RecursionError) as error:
        raise FormatError(expected=expected, found=str(error)) from error
    if manifest.format != FORMAT:
        raise FormatError(expected=expected, found=say("format {v}", v=manifest.format))
    if format_manifest(manifest) != raw:
        raise FormatError(expected=expected, found=say("bytes that read the same and differ"))
    return manifest


def is_member(path: str) -> bool:
    """Tell whether a file of this path belongs into a kit."""
    if not path.startswith("tile/"):
        return _LAYOUT.fullmatch(path) is not None
    try:
        tile.parse_path(path)
    except FormatError:
        return False
    return True


def checkpoint_path(size: int) -> str:
    """Give where the checkpoint of so many entries is kept."""
    return f"checkpoints/{size:012d}.txt"


def snapshot_path(size: int) -> str:
    """Give where the snapshot of so many entries is kept."""
    return f"snapshots/{size:012d}.json"


def playbook_path(digest: str) -> str:
    """Give where a playbook is kept."""
    return f"playbooks/{digest}.json"


def attachment_path(digest: str) -> str:
    """Give where an attachment is kept."""
    return f"attachments/{digest}"
