"""`incident journal recover`: go on after a loss, under another origin."""

from __future__ import annotations

import click

from incident import bootstrap
from incident.cli import acts, session
from incident.cli.given import read_checkpoint
from incident.cli.language import _
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain.facts import JournalRecovered
from incident.domain.say import say
from incident.service import queries
from incident.service.recover import recover as give_up


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
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@acts.acting
def recover(
    jurisdiction: str,
    against: str,
    reason: str,
    second: str,
    yes: bool,
    by: str | None,
    event_id: str | None,
) -> int:
    """Give up the end of a journal."""
    origin = acts.origin(by, event_id)
    lost = read_checkpoint(against)
    store = session.store(guarded=False)
    with store.reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
    question = say(
        "Give up the entries up to {n} that this checkpoint covers? Whoever holds it will find them missing.",
        n=lost.size,
    )
    acts.must_be_sure(question, yes=yes)
    outcome = give_up(
        store,
        code,
        lost,
        reason=reason,
        second=second,
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    acts.told(outcome)
    fact, seq = acts.recorded(outcome, JournalRecovered), outcome.entry.seq
    if wants_json():
        put_json({"seq": seq, "origin": fact.origin, "size": fact.size, "root": fact.root})
        return 0
    put(
        say(
            "entry {seq}: the journal goes on as another; a checkpoint of {n} entries stays unanswered",
            seq=seq,
            n=fact.size,
        )
    )
    talk(say("sign it now: incident journal checkpoint {code} --key FILE", code=code))
    return 0
