"""`incident journal verify`: the journal recomputed."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, Final

import click

from incident import bootstrap
from incident.cli import exits, session
from incident.cli.brought import Brought, compared_json, put_compared, put_strangers
from incident.cli.given import read_given
from incident.cli.language import _, speak
from incident.cli.output import error_json, error_lines, put, put_json, table, talk, wants_json
from incident.domain.errors import JournalError, RequestError, StoreError
from incident.domain.say import Words, say
from incident.service import queries
from incident.service.ports import Reading
from incident.service.verify import Verified, verify
from incident.service.verify_parts import Elsewhere
from incident.service.verify_verdict import Decided

#: What each level is called.
_LEVELS: Final[dict[str, Words]] = {
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


@click.command(help=_("Recompute the journal and rebuild the situation from it."))
@click.argument("jurisdiction", required=False)
@click.option("--hashes-only", is_flag=True, help=_("Recompute leaves and root alone."))
@click.option(
    "--against",
    multiple=True,
    metavar="CHECKPOINT",
    help=_("Hold it against a checkpoint that left the house: a file, or the line of a message; repeat."),
)
@click.option(
    "--pubkey",
    multiple=True,
    metavar="KEY",
    help=_("Public key that has to have signed: its text or a file; repeat (INCIDENT_PUBKEY)."),
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help=_("How many processes verify a long journal side by side; as many as there are cores."),
)
def verify_command(
    jurisdiction: str | None,
    hashes_only: bool,
    against: tuple[str, ...],
    pubkey: tuple[str, ...],
    jobs: int | None,
) -> int:
    """Verify one journal, or all; exit code 1 when one does not hold."""
    keys = bootstrap.trusted_keys(pubkey)
    brought = Brought([read_given(words, keys) for words in against], keys)
    store = session.store()
    with store.reading() as tx:
        wanted = [queries.find_jurisdiction(tx, jurisdiction)] if jurisdiction else _every_journal(tx)
    if not wanted:
        talk(say("there is no journal in {place}", place=store.place))
    broken = put_strangers(brought, wanted)
    with bootstrap.elsewhere(session.option("db"), jobs or cores()) as elsewhere:
        for code in wanted:
            with store.reading() as tx:
                broken += not _verified(tx, code, brought, elsewhere, replay=not hashes_only)
    return exits.FAULTS if broken else 0


def cores() -> int:
    """Give how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _verified(tx: Reading, code: str, brought: Brought, elsewhere: Elsewhere | None, *, replay: bool) -> bool:
    """Verify one journal, and show what was found; tells whether all of it holds."""
    try:
        found = verify(tx, code, replay=replay, roots_at=brought.sizes(tx, code), elsewhere=elsewhere)
    except (JournalError, StoreError) as error:
        _put_fault(code, error)
        with suppress(JournalError, StoreError, RequestError):  # what is outside may tell since when
            if brought.given and not wants_json():
                put(say("  by the hashes that are kept beside the entries:"))
                put_compared(brought.compared(tx, code, {}), brought, tx, code)
        return False
    roots = {size: bytes.fromhex(root) for size, root in found.roots.items()}
    compared = brought.compared(tx, code, roots)
    if wants_json():
        put_json({**_verified_json(found), **compared_json(compared, brought)})
    else:
        _put_verified(found)
        put_compared(compared, brought, tx, code)
    return compared.holds


def _put_fault(code: str, error: JournalError | StoreError) -> None:
    if wants_json():
        seq, level = getattr(error, "seq", None), getattr(error, "level", None)
        shown = {"jurisdiction": code, "holds": False, "seq": seq, "level": level}
        put_json({**shown, **error_json(error)})
    if isinstance(error, JournalError) and error.level in _LEVELS:
        talk(say("found at the level {level}", level=_LEVELS[error.level]))
    for words in error_lines(error):
        talk(words)


def _every_journal(tx: Reading) -> list[str]:
    """List all journals; one whose situation was removed is the more to be looked at."""
    return sorted({code for code, _name in tx.codes()} | set(tx.journals()))


def _put_verified(found: Verified) -> None:
    put(
        say(
            "journal of {code} holds: {n} entries, root {root}",
            code=found.jurisdiction,
            n=found.entries,
            root=found.root,
        )
    )
    rows: list[list[Words]] = []
    for level in found.levels:
        verdict = say("holds") if level.held else say("not looked at: {why}", why=level.why)
        rows.append(["", _LEVELS[level.name], verdict])
    table(rows)
    if found.disclosures is not None:
        put(say("  disclosures that remain: {n}", n=found.disclosures))
    if found.dropped:
        put(say("  entries of which the bytes were dropped: {n}", n=found.dropped))
    if found.decided is not None:
        _put_decided(found.decided)
    if found.clock_went_back:
        put(say("  times the clock went back: {n} (no fault of the record)", n=found.clock_went_back))


def _put_decided(found: Decided) -> None:
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
                    "  entries not decided again: {n}, the first is {seq}; no rule here for `{name}`",
                    n=n,
                    seq=first,
                    name=name,
                )
            )


def _verified_json(found: Verified) -> dict[str, Any]:
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
        "levels": [
            {"name": level.name, "held": level.held, "why": None if level.held else speak(level.why)}
            for level in found.levels
        ],
        "decided": None
        if decided is None
        else {
            "fully": decided.fully,
            "partly": dict(decided.partly),
            "not": [{"why": why, "entries": n, "first": seq} for why, (n, seq) in decided.unknown.items()],
        },
    }
