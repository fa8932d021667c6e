"""`incident journal verify KIT.zip`: an evidence kit verified, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from incident import bootstrap
from incident.cli import exits
from incident.cli.levels import (
    put_decided,
    put_levels,
    put_open,
    talk_of_fault,
)
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain.errors import JournalError
from incident.domain.say import say
from incident.language import speaker
from incident.service.brought import Brought
from incident.service.recovered import told
from incident.views import verify as views

if TYPE_CHECKING:
    from incident.kit.check import KitVerified

#: So many values that are not opened are named each.
_SHOWN = 20


def is_kit(words: str) -> bool:
    """Tell whether what stands for a jurisdiction is the file of a kit."""
    return words.endswith(".zip") or Path(words).is_file()


def verify_kit(kit: Path, brought: Brought, accepted: Sequence[str], *, replay: bool) -> int:
    """Verify a kit and say what each level found; exit code 1 when it does not hold."""
    try:
        found = bootstrap.verify_kit(kit, brought.given, brought.keys, speaker, replay=replay)
    except JournalError as error:
        if wants_json():
            put_json(views.kit_fault(str(kit), error))
        talk_of_fault(error)
        return exits.FAULTS
    is_decided = found.record.decided is None or not found.record.decided.open(accepted)
    strange = found.strange_pages if found.strange_pages not in accepted else None
    if wants_json():
        manifest = found.manifest
        put_json(
            views.kit(
                str(kit),
                manifest.jurisdiction,
                found.record,
                found.levels,
                manifest.withheld,
                found.losses,
                digest=found.digest,
                holds=is_decided and not strange,
            )
        )
    else:
        _put(found)
    put_open(found.record.decided, accepted)
    if strange:
        talk(
            say(
                "pages: NOT CHECKED: made by program {version}; do not rely on timeline.html and the ledgers,"
                " or accept it: --accept-program {version}",
                version=strange,
            )
        )
    return 0 if is_decided and not strange else exits.FAULTS


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
    if record.dropped:
        put(say("  entries of which the bytes were dropped: {n}", n=record.dropped))
    if record.decided is not None:
        put_decided(record.decided)
    for one in found.losses:
        put(say("  {told}", told=told(one)))
    for seq, name in manifest.withheld[:_SHOWN]:
        put(say("  not opened: entry {seq}, {name}", seq=seq, name=name))
    if manifest.withheld[_SHOWN:]:
        put(say("  not opened: {n} values more", n=len(manifest.withheld) - _SHOWN))
    put(say("  SHA-256 of `kit.json`: {hash}", hash=found.digest))
