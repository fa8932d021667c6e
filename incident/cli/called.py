"""Answering call-outs, signing handovers, and what `incident status` says of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from msgspec import to_builtins

from incident import bootstrap
from incident.cli import acts
from incident.cli.output import put, put_json, wants_json
from incident.cli.people import named
from incident.domain import clock, explain, journal, names, tree
from incident.domain.errors import RequestError
from incident.domain.explain_time import WHATS, promised
from incident.domain.facts import ItemChanged, ItemStarted
from incident.domain.handing import HANDOVER, Side, news
from incident.domain.people import WHOEVER, Person
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.timer import Timer
from incident.language import _, speak
from incident.service import calling
from incident.service import handover as service
from incident.service.calling import Open
from incident.service.handle import Outcome
from incident.service.handover import Draft, Handover
from incident.service.intake import read_time
from incident.service.log import Line


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
    _put_facts(outcome, {"waiting": [callout_json(outcome.playbook, one) for one in left]})
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
        drafted=service.Drafted(
            found.handover.at, "\n".join(speak(words) for words in _lines(found, _reference))
        ),
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    acts.told(outcome)
    _put_facts(outcome, {})
    return 0


def _put_facts(outcome: Outcome, more: dict[str, Any]) -> None:
    """Show what an act recorded."""
    entry = outcome.entry
    told = [one for one in entry.facts if isinstance(one, ItemStarted | ItemChanged)]
    if wants_json():
        items = [item for one in told for item in _items_json(one)]
        put_json({"seq": entry.seq, "at": entry.at, "items": items, "repeated": outcome.repeated, **more})
        return
    for fact in entry.facts:
        put(say("{what}; entry {seq}", what=explain.fact(outcome.playbook, fact), seq=entry.seq))


def _items_json(one: ItemStarted | ItemChanged) -> list[dict[str, Any]]:
    """Give what a fact says of a call-out or of handovers."""
    said = [one.after] if one.kind != HANDOVER else [to_builtins(each) for each in news(one)]
    return [{"kind": one.kind, "key": one.key, **item} for item in said]


# -- the note


def _put_draft(found: Draft, persons: dict[str, Person]) -> None:
    if wants_json():
        put_json(_draft_json(found))
        return
    for line in _lines(found, _note):
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


def _lines(found: Draft, note: Callable[[Draft, Line], Words]) -> list[Words]:
    """Put the note into lines; `note` puts what the shift before noted into words."""
    one, playbook, zone = found.handover, found.playbook, found.situation.zone
    lines: list[Words] = [
        say(
            "Handover of {roster} at {at}, to {until}",
            roster=promised(playbook, one.roster),
            at=clock.minute(one.at, zone),
            until=clock.minute(one.until, zone),
        ),
        say(
            "{state} since {since}",
            state=explain.state_name(playbook, found.situation.state),
            since=clock.minute(found.situation.since, zone),
        ),
    ]
    open_now: list[Words] = [explain.fact(playbook, each) for each in found.directives]
    open_now += [_timer(playbook, each, zone) for each in found.behind]
    coming = [_timer(playbook, each, zone) for each in found.coming]
    missing = [callout_words(playbook, each, zone) for each in found.callouts]
    notes = [note(found, line) for line in found.notes]
    for title, there in (
        (say("Open"), open_now),
        (say("Falls due in this shift"), coming),
        (say("Has not answered"), missing),
        (say("Noted in the shift before"), notes),
    ):
        lines += ["", title, *(say("  {line}", line=line) for line in there or [say("nothing")])]
    return lines


def _timer(playbook: Playbook, one: Timer, zone: str) -> Words:
    return say(
        "{at}  {what} {name} {of}",
        at=clock.minute(one.due, zone),
        what=WHATS[one.what],
        name=promised(playbook, one.key),
        of=names.name_of(playbook, one.of) if one.of else "",
    )


def _note(found: Draft, line: Line) -> Words:
    parts = [line.disclosed.get(f"data.{name}") for name in ("who", "said", "done")]
    said = [part for part in parts if part]
    at = clock.minute(line.at, found.situation.zone)
    return say("{at}  {said}", at=at, said=said or say("erased"))


def _reference(found: Draft, line: Line) -> Words:
    """Name an entry of the log in the note that is sealed, without its words: those are erased in one place.

    The hash is over their sealed digests. It proves which entry was read, and lets nobody guess at the words.
    """
    return say(
        "{at}  entry {seq}, {hash}",
        at=clock.minute(line.at, found.situation.zone),
        seq=line.entry.seq,
        hash=tree.leaf_hash(journal.encode(line.entry)).hex(),
    )


def _draft_json(found: Draft) -> dict[str, Any]:
    return {
        **handover_json(found.handover),
        "directives": [one.key for one in found.directives],
        "behind": [_timer_json(one) for one in found.behind],
        "coming": [_timer_json(one) for one in found.coming],
        "waiting": [callout_json(found.playbook, one) for one in found.callouts],
        "notes": [{"at": clock.stamp(one.at), "seq": one.entry.seq} for one in found.notes],
        "text": "\n".join(speak(words) for words in _lines(found, _note)),
    }


def _timer_json(one: Timer) -> dict[str, Any]:
    return {"what": one.what, "key": one.key, "of": one.of, "due": clock.stamp(one.due)}


def handover_json(one: Handover) -> dict[str, Any]:
    """Give a handover as the JSON contract has it."""
    return {
        "roster": one.roster,
        "at": clock.stamp(one.at),
        "until": clock.stamp(one.until),
        "gave": {"who": one.gave, "signed": one.signed.gave},
        "took": {"who": one.took, "signed": one.signed.took},
    }


# -- call-outs in words


def callout_words(playbook: Playbook, one: Open, zone: str) -> Words:
    """Say who has not answered, who is asked next when, and who is not reached."""
    waiting = [party for party in one.callout.waiting if party not in one.unreached]
    parts: list[Words] = []
    if waiting:
        parts.append(say("no answer yet from {who}", who=_names(playbook, waiting)))
    if one.unreached:
        parts.append(say("NOT REACHED: {who}", who=_names(playbook, one.unreached)))
    if one.next_at is not None:
        parts.append(say("the next are asked at {at}", at=clock.minute(one.next_at, zone)))
    return say("{name}: {parts}", name=promised(playbook, one.key), parts=parts)


def _names(playbook: Playbook, refs: list[str]) -> list[Words]:
    return [names.name_of(playbook, ref) for ref in refs]


def callout_json(playbook: Playbook, one: Open) -> dict[str, Any]:
    """Give a call-out as the JSON contract has it."""
    return {
        "key": one.key,
        "at": one.callout.at,
        "waiting": [{"key": ref, "name": speak(names.name_of(playbook, ref))} for ref in one.callout.waiting],
        "answered": one.callout.answered,
        "step": one.step,
        "next_at": None if one.next_at is None else clock.stamp(one.next_at),
        "unreached": one.unreached,
    }
