"""`incident journal note`: keep a subordinate's signed head in its superior's journal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from incident import bootstrap
from incident.cli import acts, evidence_options
from incident.cli.given import read_shown
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import FormatError, RequestError
from incident.domain.facts import ItemChanged, ItemStarted
from incident.domain.growth import Growth, parse_growth
from incident.domain.heads import read
from incident.domain.note import MOST_BYTES
from incident.domain.say import say
from incident.language import _
from incident.service.against import Given
from incident.service.handle import Outcome
from incident.service.heads import note_head
from incident.signing import evidence
from incident.views import record as views


@click.command(help=_("Keep a subordinate's signed checkpoint in the journal of its superior."))
@click.argument("superior")
@click.argument("file", metavar="CHECKPOINT")
@evidence_options.pubkey
@click.option(
    "--proof", metavar="FILE", help=_("Proof that it grew from the one noted before: journal prove --since.")
)
@acts.acting
def note(
    superior: str,
    file: str,
    pubkey: tuple[str, ...],
    proof: str | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Note a head."""
    origin = acts.origin(by, event_id)
    given, growth, text = _read(file, pubkey, proof)
    assert isinstance(given.said, Checkpoint), "a note holds a checkpoint"
    store, code, _playbook = acts.place(superior)
    outcome = note_head(
        store,
        code,
        given.said,
        text,
        growth=growth,
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    acts.told(outcome)
    _put(outcome, given.signed_by)
    return 0


def _read(file: str, pubkey: Sequence[str], proof: str | None) -> tuple[Given, Growth | None, str]:
    """Read what was brought: the checkpoint, its proof, and the note as it is. Raises `RequestError`."""
    keys = bootstrap.trusted_keys(pubkey)
    if not keys:
        raise RequestError(
            where="--pubkey",
            expected=say("the public key of whoever signed: what is noted first, others are held against"),
            found=say("nothing"),
            do=say("give --pubkey KEY, or set INCIDENT_PUBKEY"),
        )
    raw = read_shown(file, MOST_BYTES, say("a file with a signed checkpoint"))
    grown = None if proof is None else read_shown(proof, MOST_BYTES, say("a file with a proof"))
    where = file
    try:
        given = evidence.signed_checkpoint(file, raw, keys)
        where = proof or file
        return given, None if grown is None else parse_growth(grown), raw.decode()
    except FormatError as error:
        raise RequestError(
            where=where,
            expected=error.expected,
            found=error.found,
            do=say("take it again from where it was kept"),
        ) from error


def _put(outcome: Outcome, signed_by: Sequence[str]) -> None:
    fact = next(one for one in outcome.entry.facts if isinstance(one, ItemStarted | ItemChanged))
    head, seq = read(fact.after), outcome.entry.seq
    if wants_json():
        put_json(views.head_noted(outcome, signed_by))
        return
    put(say("noted in entry {seq}: the journal of {code}, {n} entries", seq=seq, code=fact.key, n=head.size))
    if not head.proven:
        talk(say("that it grew from the one noted before was NOT PROVEN; give --proof"))
