"""`incident journal prove` and `check`: a proof as a file, and what it proves, offline."""

from __future__ import annotations

from pathlib import Path

import click

from incident import bootstrap
from incident.cli import evidence_options, exits, session
from incident.cli.files import ToRead, ToWrite
from incident.cli.given import read_checkpoint, read_shown
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain.checkpoint import code_of, format_line, line_of
from incident.domain.errors import FormatError, ProofError, RequestError
from incident.domain.note import MOST_BYTES
from incident.domain.say import say
from incident.language import _
from incident.service import proving, queries
from incident.service.proving import Grown, Proven, Signature
from incident.views import proofs as views

#: A proof holds a note and the entry in base64; what is longer than this is none of ours.
_MOST_BYTES = 64 * MOST_BYTES


@click.command(help=_("Prove that an entry stands in the signed journal, or that the journal only grew."))
@click.argument("jurisdiction")
@click.argument("entry", type=click.IntRange(0, 2**62), required=False)
@click.option(
    "--since",
    type=ToRead(),
    metavar="CHECKPOINT",
    help=_("Instead of an entry: an older checkpoint, a file, with which the newest begins."),
)
@click.option(
    "--out", type=ToWrite(), metavar="FILE", default="-", help=_("Where to write it; default: stdout.")
)
def prove(jurisdiction: str, entry: int | None, since: str | None, out: str) -> int:
    """Write a proof."""
    if (entry is None) == (since is None):
        raise RequestError(
            where="ENTRY",
            expected=say("the number of an entry, or --since CHECKPOINT"),
            found=say("neither") if entry is None else say("both"),
            do=say("give one of them"),
        )
    from incident.domain.growth import format_growth
    from incident.domain.proof import format_proof

    with session.store().reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
        if entry is not None:
            raw = format_proof(proving.prove_entry(tx, code, entry, bootstrap.read_note))
        else:
            assert since is not None, "one of them is given"
            raw = format_growth(
                proving.prove_growth(tx, code, read_checkpoint(since).size, bootstrap.read_note)
            )
    _write(out, raw)
    return 0


def _write(out: str, raw: bytes) -> None:
    if out == "-":
        click.echo(raw, nl=False)
        return
    try:
        Path(out).write_bytes(raw)
    except (OSError, ValueError) as error:
        raise RequestError(
            where="--out",
            expected=say("a file that can be written"),
            found=str(error),
            do=say("name another"),
        ) from error
    talk(say("written to {file}; check it anywhere: incident journal check {file}", file=out))


@click.command(help=_("Check a proof: an entry of a signed journal, or that a journal only grew; offline."))
@click.argument("file", metavar="PROOF")
@evidence_options.pubkey
@click.option("--against", metavar="CHECKPOINT", help=_("For growth: the older checkpoint, a file of yours."))
@click.option(
    "--body", metavar="FILE", help=_("For an entry whose body was dropped: its bytes, a file of yours.")
)
def check(file: str, pubkey: tuple[str, ...], against: str | None, body: str | None) -> int:
    """Check a proof; exit code 1 when it proves nothing."""
    raw = read_shown(file, _MOST_BYTES, say("a file with a proof"))
    keys = bootstrap.trusted_keys(pubkey)
    older = None if against is None else read_checkpoint(against)
    kept = b"" if body is None else read_shown(body, _MOST_BYTES, say("a file with the bytes of an entry"))
    from incident.signing.ed25519 import verify

    try:
        if raw.startswith(b"old "):
            if older is None:
                raise RequestError(
                    where="--against",
                    expected=say("the older checkpoint, from wherever you kept it"),
                    found=say("nothing"),
                    do=say("give --against FILE"),
                )
            _put_grown(proving.check_growth(raw, older, keys, verify))
        else:
            _put_proven(proving.check_entry(raw, keys, verify, body=kept))
    except (FormatError, ProofError) as error:
        _put_fault(file, error)
        return exits.FAULTS
    if not keys:
        talk(say("signature: NOT CHECKED; give --pubkey KEY"))
    return 0


def _put_fault(file: str, error: FormatError | ProofError) -> None:
    if wants_json():
        put_json(views.fault(file, error))
    talk(say("{file} proves nothing", file=file))
    talk(say("  expected: {expected}", expected=error.expected))
    talk(say("  found:    {found}", found=error.found))


def _put_proven(proven: Proven) -> None:
    head = proven.signature.checkpoint
    if wants_json():
        put_json(views.proven(proven))
        return
    stands = say("entry {seq} is one of the {n} of {origin}", seq=proven.seq, n=head.size, origin=head.origin)
    put(stands)
    put(proven.body.decode(errors="replace"))
    _put_signature(proven.signature)


def _put_grown(grown: Grown) -> None:
    head = grown.signature.checkpoint
    if wants_json():
        put_json(views.grown(grown))
        return
    grew = say("{origin} grew from {old} to {n} entries", origin=head.origin, old=grown.old, n=head.size)
    put(grew)
    _put_signature(grown.signature)


def _put_signature(signature: Signature) -> None:
    head = signature.checkpoint
    code = code_of(head.origin)
    if code is not None:
        put(say("  checkpoint: {line}", line=format_line(line_of(code, head.size, head.root))))
    if signature.keys:
        put(say("  signed by: {keys}", keys=[*signature.keys]))
