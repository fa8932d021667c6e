"""`incident journal verify`: the journal recomputed."""

from __future__ import annotations

import click

from incident.cli import exits, session
from incident.cli.language import _
from incident.cli.output import error_json, error_lines, put, put_json, talk, wants_json
from incident.domain.errors import JournalError, StoreError
from incident.domain.say import say
from incident.service import queries
from incident.service.ports import Reading
from incident.service.verify import Verified, verify


@click.command(help=_("Recompute the journal and rebuild the situation from it."))
@click.argument("jurisdiction", required=False)
@click.option("--hashes-only", is_flag=True, help=_("Recompute leaves and root alone."))
def verify_command(jurisdiction: str | None, hashes_only: bool) -> int:
    """Verify one journal, or all; exit code 1 when one does not hold."""
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
                seq = getattr(error, "seq", None)
                put_json({"jurisdiction": code, "holds": False, "seq": seq, **error_json(error)})
            for words in error_lines(error):
                talk(words)
    return exits.FAULTS if broken else 0


def _every_journal(tx: Reading) -> list[str]:
    """List all journals; one whose situation was removed is the more to be looked at."""
    return sorted({code for code, _name in tx.codes()} | set(tx.journals()))


def _put_verified(found: Verified) -> None:
    if wants_json():
        put_json(
            {
                "jurisdiction": found.jurisdiction,
                "holds": True,
                "entries": found.entries,
                "root": found.root,
                "disclosures": found.disclosures,
                "replayed": found.replayed,
            }
        )
        return
    put(
        say(
            "journal of {code} holds: {n} entries, root {root}",
            code=found.jurisdiction,
            n=found.entries,
            root=found.root,
        )
    )
    if found.replayed:
        put(
            say(
                "  leaves, root, canonical bytes, {n} disclosures, replay, people: each holds",
                n=found.disclosures,
            )
        )
        if found.clock_went_back:
            put(say("  times the clock went back: {n} (no fault of the record)", n=found.clock_went_back))
    else:
        put(say("  leaves and root hold; the entries were not read"))
