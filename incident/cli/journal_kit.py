"""`incident journal verify KIT.zip`: an evidence kit verified, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from incident import bootstrap
from incident.cli import exits
from incident.cli.journal_verify import levels_json, put_decided, put_fault, put_levels, verified_json
from incident.cli.language import speaker
from incident.cli.output import error_json, put, put_json, wants_json
from incident.domain.errors import JournalError
from incident.domain.say import say

if TYPE_CHECKING:
    from incident.kit.check import KitVerified

#: So many values that are not opened are named each.
_SHOWN = 20


def verify_kit(kit: Path, *, replay: bool, pubkeys: Sequence[str], given: Sequence[Path]) -> int:
    """Verify a kit and say what each level found; exit code 1 when it does not hold.

    `given` are files with checkpoints from elsewhere.
    """
    keys = bootstrap.trusted_keys(pubkeys)
    try:
        found = bootstrap.verify_kit(kit, keys, given, speaker, replay=replay)
    except JournalError as error:
        if wants_json():
            shown = {"kit": str(kit), "holds": False, "seq": error.seq, "level": error.level}
            put_json({**shown, **error_json(error)})
        put_fault(error)
        return exits.FAULTS
    if wants_json():
        shown = {"kit": str(kit), **verified_json(found.record), "levels": levels_json(found.levels)}
        put_json({**shown, "withheld": found.manifest.withheld, "manifest_sha256": found.digest})
    else:
        _put(found)
    return 0


def _put(found: KitVerified) -> None:
    manifest, record = found.manifest, found.record
    place = say("{name} {code}", name=manifest.name, code=manifest.jurisdiction)
    put(
        say(
            "evidence kit of {place} holds: {n} entries, root {root}",
            place=place,
            n=record.entries,
            root=record.root,
        )
    )
    put_levels(found.levels)
    if record.decided is not None:
        put_decided(record.decided)
    for seq, name in manifest.withheld[:_SHOWN]:
        put(say("  not opened: entry {seq}, {name}", seq=seq, name=name))
    if manifest.withheld[_SHOWN:]:
        put(say("  not opened: {n} values more", n=len(manifest.withheld) - _SHOWN))
    put(say("  SHA-256 of kit.json: {hash}", hash=found.digest))
