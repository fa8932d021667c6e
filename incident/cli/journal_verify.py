"""`incident journal verify`: the journal recomputed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click

from incident.cli import exits, session
from incident.cli.language import _, speak
from incident.cli.output import error_json, error_lines, put, put_json, table, talk, wants_json
from incident.domain.errors import JournalError, StoreError
from incident.domain.say import Words, say
from incident.service import queries
from incident.service.ports import Reading
from incident.service.verify import Verified, verify
from incident.service.verify_verdict import Decided, Level

#: What each level is called.
LEVELS: Final[dict[str, Words]] = {
    "bytes": say("bytes: each entry is read, and canonical"),
    "leaves": say("leaves: each hash recomputed"),
    "root": say("root: the tree recomputed"),
    "disclosures": say("disclosures: each opens what was sealed"),
    "playbooks": say("playbooks: each has the hash that entries name"),
    "decisions": say("decisions: each entry decided again"),
    "replay": say("replay: each entry follows from those before"),
    "effects": say("effects: notices follow from the facts"),
    "times": say("times: promised times and duty as recorded"),
    "people": say("people: the directory as recorded"),
    "stored": say("stored: what stands is what was recorded"),
    "container": say("container: nothing harmful in the file"),
    "files": say("files: each has the hash of the manifest"),
    "tiles": say("tiles: what the entries give"),
    "signatures": say("signatures: each checkpoint by a trusted key"),
    "consistency": say("consistency: each checkpoint is of this record"),
    "origin": say("origin: each checkpoint names this journal"),
    "filter": say("filter: what matches is opened or listed, and nothing else"),
    "pages": say("pages: timeline and ledgers say what the entries say"),
}
#: What could not be decided again.
_PARTLY: Final[dict[str, Words]] = {
    "duty": say("who comes on duty was not given out again"),
    "acts": say("what was asked for is not all in the entry"),
    "erased": say("words that a condition asks for are erased"),
    "unrecorded": say("an older program did not record what was asked for"),
    "fault": say("it was held because it could not be carried out then"),
    "long ago": say("what it is about lies too far back"),
}


@click.command(
    help=_("Recompute the journal, or that of an evidence kit, and rebuild the situation from it.")
)
@click.argument("jurisdiction", required=False, metavar="[JURISDICTION | KIT.zip]")
@click.option("--hashes-only", is_flag=True, help=_("Recompute leaves and root alone."))
@click.option(
    "--pubkey",
    "pubkeys",
    metavar="FILE-OR-TEXT",
    multiple=True,
    help=_("Public key that you trust, from elsewhere than the kit; default: INCIDENT_PUBKEY."),
)
@click.option(
    "--against",
    metavar="CHECKPOINT",
    multiple=True,
    type=click.Path(path_type=Path),
    help=_("A checkpoint that left the house, to hold the kit against."),
)
def verify_command(
    jurisdiction: str | None, hashes_only: bool, pubkeys: tuple[str, ...], against: tuple[Path, ...]
) -> int:
    """Verify one journal, or all, or a kit; exit code 1 when one does not hold."""
    if is_kit(jurisdiction):
        from incident.cli.journal_kit import verify_kit

        return verify_kit(Path(str(jurisdiction)), replay=not hashes_only, pubkeys=pubkeys, given=against)
    store = session.store()
    with store.reading() as tx:
        wanted = [queries.find_jurisdiction(tx, jurisdiction)] if jurisdiction else _every_journal(tx)
    if not wanted:
        talk(say("there is no journal in {place}", place=store.place))
    broken = 0
    for code in wanted:
        try:
            with store.reading() as tx:
                _put_verified(verify(tx, code, replay=not hashes_only))
        except (JournalError, StoreError) as error:
            broken += 1
            if wants_json():
                seq, level = getattr(error, "seq", None), getattr(error, "level", None)
                shown = {"jurisdiction": code, "holds": False, "seq": seq, "level": level}
                put_json({**shown, **error_json(error)})
            put_fault(error)
    return exits.FAULTS if broken else 0


def is_kit(words: str | None) -> bool:
    """Tell whether what stands for a jurisdiction is the file of a kit."""
    return words is not None and (words.endswith(".zip") or Path(words).is_file())


def _every_journal(tx: Reading) -> list[str]:
    """List all journals; one whose situation was removed is the more to be looked at."""
    return sorted({code for code, _name in tx.codes()} | set(tx.journals()))


def put_fault(error: JournalError | StoreError) -> None:
    """Say at which level something does not hold, and what."""
    if isinstance(error, JournalError) and error.level in LEVELS:
        talk(say("found at the level {level}", level=LEVELS[error.level]))
    for words in error_lines(error):
        talk(words)


def put_levels(levels: Iterable[Level]) -> None:
    """Show each level with its verdict."""
    rows: list[list[Words]] = []
    for level in levels:
        verdict = say("holds") if level.held else say("not looked at: {why}", why=level.why)
        rows.append(["", LEVELS[level.name], verdict])
    table(rows)


def _put_verified(found: Verified) -> None:
    if wants_json():
        put_json(verified_json(found))
        return
    put(
        say(
            "journal of {code} holds: {n} entries, root {root}",
            code=found.jurisdiction,
            n=found.entries,
            root=found.root,
        )
    )
    put_levels(found.levels)
    if found.disclosures is not None:
        put(say("  disclosures that remain: {n}", n=found.disclosures))
    if found.dropped:
        put(say("  entries of which the bytes were dropped: {n}", n=found.dropped))
    if found.decided is not None:
        put_decided(found.decided)
    if found.clock_went_back:
        put(say("  times the clock went back: {n} (no fault of the record)", n=found.clock_went_back))


def put_decided(found: Decided) -> None:
    """Say how far entries were decided again; what could not be is never left unsaid."""
    put(say("  entries decided again: {n}", n=found.fully))
    for why, n in found.partly.items():
        put(say("  entries decided again in part: {n}; {why}", n=n, why=_PARTLY[why]))
    for kind, (n, first) in found.unknown.items():
        what, _space, name = kind.partition(" ")
        if what == "program":
            put(
                say(
                    "  entries not decided again: {n}, the first is {seq}; written by program {name},"
                    " and this one would decide otherwise",
                    n=n,
                    seq=first,
                    name=name,
                )
            )
        else:
            put(
                say(
                    "  entries not decided again: {n}, the first is {seq}; there is no rule here for `{name}`",
                    n=n,
                    seq=first,
                    name=name,
                )
            )


def verified_json(found: Verified) -> dict[str, Any]:
    """Give a verdict as the JSON contract has it."""
    decided = found.decided
    return {
        "jurisdiction": found.jurisdiction,
        "holds": True,
        "entries": found.entries,
        "root": found.root,
        "disclosures": found.disclosures,
        "replayed": found.replayed,
        "dropped": found.dropped,
        "clock_went_back": found.clock_went_back,
        "levels": levels_json(found.levels),
        "decided": None
        if decided is None
        else {
            "fully": decided.fully,
            "partly": dict(decided.partly),
            "not": [{"why": why, "entries": n, "first": seq} for why, (n, seq) in decided.unknown.items()],
        },
    }


def levels_json(levels: Iterable[Level]) -> list[dict[str, Any]]:
    """Give levels with their verdicts as the JSON contract has them."""
    return [
        {"name": level.name, "held": level.held, "why": None if level.held else speak(level.why)}
        for level in levels
    ]
