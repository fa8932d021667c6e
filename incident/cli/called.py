"""Answering call-outs, signing handovers, and what `incident status` says of both."""

from __future__ import annotations

import click

from incident import bootstrap
from incident.cli import acts
from incident.cli.output import put, put_json, wants_json
from incident.domain import explain, names
from incident.domain.errors import RequestError
from incident.domain.handing import Side
from incident.domain.people import WHOEVER, Person
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import _
from incident.service import calling
from incident.service import handover as service
from incident.service.handle import Outcome
from incident.service.handover import Draft
from incident.service.intake import read_time
from incident.views import callouts
from incident.views import handover as views
from incident.views.people import named


@click.command(help=_("Answer a call-out: that the order has arrived. Of one party with --for."))
@click.argument("jurisdiction")
@click.option("--as", "holder", metavar="SIGN", help=_("Who answers, by the sign in the directory."))
@click.option("--for", "parties", metavar="PARTY", multiple=True, help=_("Group, body or unit; repeatable."))
@click.option("--entry", metavar="N", type=click.IntRange(min=0), help=_("Of this call-out; default: all."))
@click.option("--said", metavar="TEXT", help=_("What was said; sealed."))
@acts.acting
def ack(
    jurisdiction: str,
    *,
    holder: str | None,
    parties: tuple[str, ...],
    entry: int | None,
    said: str | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Answer."""
    if holder is None and not parties:
        raise RequestError(
            where=say("who answers"),
            expected=say("the sign of a holder, or a party"),
            found=say("nothing"),
            do=say("give --as or --for"),
        )
    origin = acts.origin(by, event_id)
    store, code, _playbook = acts.place(jurisdiction)
    outcome = calling.acknowledge(
        store,
        code,
        holder=holder,
        parties=parties,
        entry=entry,
        said=said,
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    acts.told(outcome)
    with store.reading() as tx:
        left = calling.open_callouts(tx, code)
    if wants_json():
        put_json(callouts.answered(outcome, left))
    else:
        _put_facts(outcome)
    return 0


@click.command(help=_("Show the note for the newest handover, or sign it with --gave and --took."))
@click.argument("jurisdiction")
@click.argument("roster", required=False)
@click.option("--at", metavar="TIME", help=_("Of the handover at that time; default: the newest."))
@click.option("--gave", metavar="SIGN", help=_("Who hands over signs."))
@click.option("--took", metavar="SIGN", help=_("Who takes over signs."))
@click.option("--note", metavar="TEXT", help=_("What else has to be known; sealed."))
@acts.acting
def handover(
    jurisdiction: str,
    roster: str | None,
    *,
    at: str | None,
    gave: str | None,
    took: str | None,
    note: str | None,
    by: str | None,
    event_id: str | None,
) -> int:
    """Show or sign."""
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    of = read_time("--at", at, playbook, bootstrap.now())
    signatures: list[tuple[Side, str]] = []
    if gave is not None:
        signatures.append(("gave", gave))
    if took is not None:
        signatures.append(("took", took))
    if note is not None and not signatures:
        raise RequestError(
            where="--note", expected=say("a signature"), found=say("none"), do=say("give --gave or --took")
        )
    with store.reading() as tx:
        found = service.draft(tx, code, roster, bootstrap.now(), of=of)
        persons = {one.holder: one for one in tx.people(code)}
    if not signatures:
        _put_draft(found, persons)
        return 0
    outcome = service.sign(
        store,
        code,
        found.handover.roster,
        signatures,
        of=of,
        note=note,
        drafted=views.sealed(found),
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    acts.told(outcome)
    if wants_json():
        put_json(callouts.signed(outcome))
    else:
        _put_facts(outcome)
    return 0


def _put_facts(outcome: Outcome) -> None:
    """Show what an act recorded."""
    for fact in outcome.entry.facts:
        put(say("{what}; entry {seq}", what=explain.fact(outcome.playbook, fact), seq=outcome.entry.seq))


# -- the note


def _put_draft(found: Draft, persons: dict[str, Person]) -> None:
    if wants_json():
        put_json(views.note(found))
        return
    for line in views.lines(found, views.with_words):
        put(line)
    one, playbook = found.handover, found.playbook
    put()
    for side, words, there, by in (
        ("--gave", say("hands over"), one.gave, one.signed.gave),
        ("--took", say("takes over"), one.took, one.signed.took),
    ):
        who: list[Words] = [_who(playbook, each, persons) for each in there]
        if not there:
            put(say("{side}: nobody; there is nothing to sign", side=words))
        elif by is not None:
            put(say("{side}: signed by {by}", side=words, by=_who(playbook, by, persons)))
        else:
            put(say("{side}: {who}; to sign: {option} SIGN", side=words, who=who, option=side))


def _who(playbook: Playbook, ref: str, persons: dict[str, Person]) -> Words:
    if ref in persons:
        return named(playbook, ref, persons)
    return names.name_of(playbook, ref.removeprefix(WHOEVER))
