"""`incident journal verify`: the journal recomputed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from incident import bootstrap
from incident.cli import evidence_options, exits, session
from incident.cli.brought import put_compared, put_strangers
from incident.cli.files import ToRead
from incident.cli.given import read_given
from incident.cli.journal_kit import is_kit, verify_kit
from incident.cli.levels import (
    put_decided,
    put_levels,
    put_missing,
    put_open,
    talk_of_fault,
)
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain.errors import JournalError, StoreAway, StoreError
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries
from incident.service.brought import Brought
from incident.service.examine import compared_at_fault, examine
from incident.service.ports import Reading
from incident.service.recovered import told
from incident.service.verify import Verified, check_storage
from incident.service.verify_parts import Elsewhere
from incident.signing import evidence
from incident.store.sql import SqlStore
from incident.views import verify as views


@click.command(
    help=_("Recompute the journal, or that of an evidence kit, and rebuild the situation from it.")
)
@click.argument("jurisdiction", required=False, metavar="[JURISDICTION | KIT.zip]")
@click.option("--hashes-only", is_flag=True, help=_("Recompute leaves and root alone."))
@click.option(
    "--against",
    type=ToRead(),
    multiple=True,
    metavar="CHECKPOINT",
    help=_("Hold it against a checkpoint that left the house: a file, or the line of a message; repeat."),
)
@evidence_options.pubkey
@click.option(
    "--accept-program",
    "accepted",
    multiple=True,
    metavar="VERSION",
    help=_("Accept entries that this version wrote, where the one here would decide otherwise; repeat."),
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
    accepted: tuple[str, ...],
    jobs: int | None,
) -> int:
    """Verify one journal, or all, or a kit; exit code 1 when one does not hold."""
    keys = bootstrap.trusted_keys(pubkey)
    brought = evidence.brought([read_given(words, keys) for words in against], keys)
    if jurisdiction is not None and is_kit(jurisdiction):
        return verify_kit(Path(jurisdiction), brought, accepted, replay=not hashes_only)
    store = session.store()
    outside = _codes_outside()
    with store.reading() as tx:
        every = every_journal(tx)
        # what is known outside alone is not found here by any name
        is_gone = jurisdiction in outside and jurisdiction not in every
        wanted = [queries.find_jurisdiction(tx, jurisdiction)] if jurisdiction and not is_gone else []
    gone = [code for code in outside if code not in every and jurisdiction in (None, code)]
    if jurisdiction is None:
        wanted = every
    if not wanted:
        talk(say("there is no journal in {place}", place=store.place))
    broken = put_strangers(brought, [*wanted, *gone])
    if not hashes_only and not _checked(store):
        return exits.FAULTS  # what cannot be trusted to be read is not read further
    # a restored backup holds in itself, and so does what is left where a whole journal was taken away
    outdated = store.left_out([*wanted, *gone])
    with bootstrap.elsewhere(session.option("db"), jobs or cores()) as elsewhere:
        for code in wanted:
            with store.reading() as tx:
                broken += not _verified(
                    tx, code, brought, accepted, outdated.get(code), elsewhere, replay=not hashes_only
                )
    for code in gone:
        if code in outdated:
            _put_fault(code, outdated[code])
            broken += 1
    return exits.FAULTS if broken else 0


def cores() -> int:
    """Give how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _codes_outside() -> list[str]:
    """List the jurisdictions whose checkpoints are kept outside, where that can be read."""
    found: set[str] = set()
    for outlet in bootstrap.outlets(None):
        try:
            found.update(outlet.codes())
        except OSError as error:
            talk(say("checkpoints outside cannot be read: {error}", error=str(error)))
    return sorted(found)


def _checked(store: SqlStore) -> bool:
    """Let the database look at itself; tells whether it found nothing."""
    try:
        with store.reading() as tx:
            check_storage(tx, store.place)
    except StoreAway:  # nothing that is stored is at fault
        raise
    except StoreError as error:
        if wants_json():
            put_json(views.storage_fault(error))
        talk(say("found by the database itself"))
        talk_of_fault(error)
        return False
    return True


def _verified(
    tx: Reading,
    code: str,
    brought: Brought,
    accepted: Sequence[str],
    outdated: StoreError | None,
    elsewhere: Elsewhere | None,
    *,
    replay: bool,
) -> bool:
    """Verify one journal, and show what was found; tells whether all of it holds.

    `accepted` are versions of the program whose entries need not be decided again, `outdated` is why it is
    not the one of which the newest checkpoint is kept outside.
    """
    try:
        examined = examine(
            tx, code, brought, accepted=accepted, outdated=outdated, replay=replay, elsewhere=elsewhere
        )
    except StoreAway:
        raise
    except (JournalError, StoreError) as error:
        _put_fault(code, error)
        at_fault = None if wants_json() else compared_at_fault(tx, code, brought)
        if at_fault is not None:
            put(say("  by the hashes that are kept beside the entries:"))
            put_compared(at_fault, brought, tx, code)
        return False
    if wants_json():
        put_json(views.verified(examined, [str(key) for key in brought.keys]))
    else:
        _put_verified(examined.found)
        for one in examined.gone:
            put(say("  {told}", told=told(one)))
        put_compared(examined.compared, brought, tx, code)
    put_open(examined.found.decided, accepted)
    if outdated is not None:
        talk_of_fault(outdated)
    return examined.holds


def _put_fault(code: str, error: JournalError | StoreError) -> None:
    if wants_json():
        put_json(views.fault(code, error))
    talk_of_fault(error)


def every_journal(tx: Reading) -> list[str]:
    """List all journals; one whose situation was removed is the more to be looked at."""
    return sorted({code for code, _name in tx.codes()} | set(tx.journals()))


def _put_verified(found: Verified) -> None:
    put(_headline(found))
    put_levels(found.levels)
    if found.disclosures is not None:
        put(say("  disclosures that remain: {n}", n=found.disclosures))
    if found.missing is not None:
        put_missing(found.missing)
    if found.dropped:
        put(say("  entries of which the bytes were dropped: {n}", n=found.dropped))
    if found.decided is not None:
        put_decided(found.decided)
    if found.clock_went_back:
        put(say("  times the clock went back: {n} (no fault of the record)", n=found.clock_went_back))


def _headline(found: Verified) -> Words:
    shown: dict[str, Any] = {"code": found.jurisdiction, "n": found.entries, "root": found.root}
    if found.missing is not None and found.missing.n:
        return say("journal of {code}: DISCLOSURES ARE MISSING; {n} entries, root {root}", **shown)
    return say("journal of {code} holds: {n} entries, root {root}", **shown)
