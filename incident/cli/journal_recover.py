"""`incident journal recover`: go on after a loss, under another origin."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from incident import bootstrap
from incident.cli import acts, evidence_options, session
from incident.cli.given import read_noted
from incident.cli.journal_checkpoint import sign_now
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain.checkpoint import Checkpoint, format_line, line_of
from incident.domain.errors import RequestError, StoreError
from incident.domain.facts_record import JournalRecovered
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries
from incident.service.handle import Outcome
from incident.service.recover import recover as go_on
from incident.service.signed import unopened
from incident.store.sql import SqlStore
from incident.views import record as views
from incident.views.acts import recorded


@click.command(
    help=_("Go on with an older database when a newer one is lost for ever; the record says what is missing.")
)
@click.argument("jurisdiction")
@click.option(
    "--against",
    metavar="CHECKPOINT",
    required=True,
    help=_("Newest checkpoint that is known of the lost journal: a file."),
)
@click.option("--reason", metavar="TEXT", required=True, help=_("What happened."))
@click.option("--with", "second", metavar="NAME", required=True, help=_("Who says so too: a second name."))
@evidence_options.key(_("Sign what goes on at once with the private key in this file (INCIDENT_KEY)."))
@click.option(
    "--unproven",
    is_flag=True,
    help=_("This copy is older than all that was signed: nothing proves it, and it needs --key."),
)
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@acts.acting
def recover(
    jurisdiction: str,
    against: str,
    reason: str,
    second: str,
    unproven: bool,
    yes: bool,
    key: Path | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Give up the end of a journal."""
    origin = acts.origin(by, event_id)
    lost, note = read_noted(against)
    if unproven:
        _must_vouch(key)
    store = session.store(guarded=False)
    with store.reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
    acts.must_be_sure(_question(lost, unproven=unproven), yes=yes)
    recorded = partial(
        go_on,
        store,
        code,
        note,
        reason=reason,
        second=second,
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
        read=bootstrap.read_note,
    )
    try:
        outcome = recorded(outlets=bootstrap.outlets(None), unproven=unproven)
    except OSError as error:
        if unproven:
            raise _not_looked_at(error) from error
        talk(say("checkpoints outside cannot be read: {error}", error=str(error)))
        outcome = recorded()
    acts.told(outcome)
    talk(say("recorded in entry {seq}", seq=outcome.entry.seq))
    if not unproven:  # what is vouched for goes on once it is signed, all else before
        _must_go_on(code)
    _sign(store, code, key, vouched=outcome.entry.seq + 1 if unproven else 0)
    _must_go_on(code)
    _put(outcome)
    return 0


def _must_go_on(code: str) -> None:
    """Refuse to say that it goes on where of another origin something is missing too. Raises `StoreError`."""
    for fault in session.store().left_out([code]).values():
        raise fault


def _question(lost: Checkpoint, *, unproven: bool) -> Words:
    if unproven:
        return say(
            "Give up all entries up to {n} that this checkpoint covers, and sign that nothing proves what is "
            "here? Whoever holds a checkpoint will find it given up.",
            n=lost.size,
        )
    return say(
        "Give up the entries up to {n} that this checkpoint covers? Whoever holds it will find them missing.",
        n=lost.size,
    )


def _not_looked_at(error: OSError) -> StoreError:
    return StoreError(
        where=say("folder of checkpoints"),
        expected=say("one that can be read: without it nobody knows that nothing is proven"),
        found=str(error),
        do=say("mount it, then run this again"),
    )


def _put(outcome: Outcome) -> None:
    fact, seq = recorded(outcome, JournalRecovered), outcome.entry.seq
    if wants_json():
        put_json(views.went_on(outcome))
        return
    put(
        say(
            "entry {seq}: the journal goes on as another; a checkpoint of {n} entries stays unanswered",
            seq=seq,
            n=fact.size,
        )
    )


def _must_vouch(key: Path | None) -> None:
    """Refuse what nothing proves, without a key that counts and a folder. Raises `RequestError`."""
    kept = bootstrap.outlets(None)
    if key is None or not kept:
        raise RequestError(
            where="--unproven",
            expected=say("a key to sign the entry with, and the folder of checkpoints"),
            found=say("no key") if key is None else say("no folder"),
            do=say("whoever can write a database can write such an entry, and cannot sign: --key FILE")
            if key is None
            else say("name it in INCIDENT_CHECKPOINTS"),
        )
    signer, trusted = bootstrap.notary(key, kept).signer.key, bootstrap.trusted_keys(())
    if trusted and signer not in trusted:
        raise RequestError(
            where=str(key),
            expected=say("a key that is trusted: one of those in INCIDENT_PUBKEY"),
            found=str(signer),
            do=say("take the key that signs, or trust this one too"),
        )


def _sign(store: SqlStore, code: str, key: Path | None, *, vouched: int) -> None:
    """Sign what goes on and put it outside, where a key is known: what is not signed can be lost unseen."""
    if key is None:
        talk(say("sign it now: incident journal checkpoint {code} --key FILE", code=code))
        return
    head = unopened(sign_now(store, code, key, None, vouched=vouched).note)
    talk(say("signed: {line}", line=format_line(line_of(code, head.size, head.root))))
