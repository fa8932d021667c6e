"""`incident journal verify KIT.zip`: an evidence kit verified, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from incident import bootstrap
from incident.cli import exits
from incident.cli.language import speak, speaker
from incident.cli.output import error_json, error_lines, put, put_json, talk, wants_json
from incident.domain.errors import JournalError
from incident.domain.say import say

if TYPE_CHECKING:
    from incident.kit.check import KitVerified


def is_kit(words: str | None) -> bool:
    """Tell whether what stands for a jurisdiction is the file of a kit."""
    return words is not None and (words.endswith(".zip") or Path(words).is_file())


def verify_kit(file: str, *, replay: bool, pubkeys: Sequence[str], checkpoints: Sequence[Path]) -> int:
    """Verify a kit and say what each level found; exit code 1 when it does not hold."""
    keys = bootstrap.trusted_keys(pubkeys)
    try:
        found = bootstrap.verify_kit(Path(file), keys, checkpoints, speaker, replay=replay)
    except JournalError as error:
        if wants_json():
            put_json(
                {"kit": file, "holds": False, "level": error.level, "seq": error.seq, **error_json(error)}
            )
        for words in error_lines(error):
            talk(words)
        return exits.FAULTS
    if wants_json():
        put_json(_json(file, found))
    else:
        _put(found)
    return 0


def _json(file: str, found: KitVerified) -> dict[str, Any]:
    manifest, record = found.manifest, found.record
    return {
        "kit": file,
        "holds": True,
        "jurisdiction": manifest.jurisdiction,
        "entries": record.entries,
        "root": record.root,
        "manifest_sha256": found.digest,
        "levels": {one.name: {"held": one.held, "why": speak(one.why) or None} for one in found.levels},
        "withheld": len(manifest.withheld),
    }


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
    put(say("  SHA-256 of kit.json: {hash}", hash=found.digest))
    for one in found.levels:
        if one.held:
            put(say("  {level}: holds", level=one.name))
        else:
            put(say("  {level}: NOT CHECKED, {why}", level=one.name, why=one.why))
    for seq, name in manifest.withheld[:20]:
        put(say("  not opened: entry {seq}, {name}", seq=seq, name=name))
    if manifest.withheld[20:]:
        put(say("  not opened: {n} values more", n=len(manifest.withheld) - 20))
