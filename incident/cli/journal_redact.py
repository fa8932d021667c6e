"""`incident journal redact`: take away what an entry discloses; its hash stays."""

from __future__ import annotations

from collections.abc import Sequence

import click

from incident import bootstrap
from incident.cli import acts
from incident.cli.output import put, put_json, table, wants_json
from incident.domain.say import Words, say
from incident.language import _
from incident.service import redact as service
from incident.service.redact import Part
from incident.service.who import Why
from incident.views import record as views


@click.command(
    help=_("Take away for ever what an entry discloses: words, a name, an attachment. Its hash stays.")
)
@click.argument("jurisdiction")
@click.argument("entry", type=int)
@click.argument("parts", nargs=-1, metavar="PART...")
@acts.agreed
@click.option("--plan", is_flag=True, help=_("Show what would go, and change nothing."))
@click.option("--words", is_flag=True, help=_("Show the words themselves too."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@acts.acting
def redact(
    jurisdiction: str,
    entry: int,
    parts: tuple[str, ...],
    *,
    plan: bool,
    words: bool,
    yes: bool,
    by: str | None,
    event_id: str | None,
    **why: str,
) -> int:
    """Show what goes, ask, and take it away."""
    origin = acts.origin(by, event_id)
    store, code, _playbook = acts.place(jurisdiction)
    fact = service.meant(entry, parts)
    if plan or not yes:
        with store.reading() as tx:
            # what was answered before has gone already
            if plan or tx.answered(code, origin.source, origin.id) is None:
                _put_parts(entry, service.look(tx, code, fact), words=words)
    if plan:
        return 0
    acts.must_be_sure(say("Take this away? It cannot be undone."), yes=yes)
    outcome = service.redact(
        store, code, fact, Why(**why), origin=origin, now=bootstrap.clock, chance=bootstrap.chance
    )
    acts.told(outcome)
    acts.scrub(store)
    seq = outcome.entry.seq
    if wants_json():
        put_json(views.redacted(outcome, entry, fact.parts))
    else:
        put(say("entry {seq}: redacted in entry {entry}: {parts}", seq=seq, entry=entry, parts=[*fact.parts]))
    return 0


def _put_parts(entry: int, found: Sequence[Part], *, words: bool) -> None:
    """Show what goes; the words themselves only to whoever asks."""
    if wants_json():
        put_json(views.redaction(entry, found, words=words))
        return
    put(say("entry {seq} would disclose no more:", seq=entry))
    table([_row(one, words=words) for one in found])


def _row(one: Part, *, words: bool) -> list[Words]:
    size = say("{n} characters", n=len(one.words))
    if one.attached is not None:
        size = say("with the attachment of {n} bytes", n=one.attached)
    return ["-", one.name, size, one.words if words else ""]
