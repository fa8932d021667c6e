"""The directory on the command line: importing it, asking who holds a seat, erasing who somebody is.

Numbers and addresses are hidden in the middle unless they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from incident import bootstrap
from incident.cli import acts, session
from incident.cli.of import of
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain import clock, explain, names
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, ItemChanged
from incident.domain.people import FOREVER, Person, Span, holders
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import _
from incident.service import people as service
from incident.service import queries
from incident.service.handle import Outcome
from incident.service.intake import read_time
from incident.service.people import Written
from incident.service.who import Why
from incident.views import people as views

#: Numbers of entries that are shown of each part.
_SHOWN = 12
numbers = click.option("--numbers", is_flag=True, help=_("Show numbers and addresses in full."))


@click.group(help=_("The directory: who holds which seat, and how they are reached."))
def people() -> None:
    """Hold the commands about people."""


def place(jurisdiction: str | None) -> tuple[Any, str, Playbook]:
    """Give the store, the code and the playbook of the jurisdiction meant. Raises `RequestError`."""
    if jurisdiction is not None:
        return acts.place(jurisdiction)
    store = session.store()
    with store.reading() as tx:
        codes = tx.codes()
        if len(codes) != 1:
            raise RequestError(
                where="--in",
                expected=[name for _code, name in codes] or say("a jurisdiction that is adopted"),
                found=say("nothing"),
                do=say("name one") if codes else say("run: incident adopt PLAYBOOK"),
            )
        _situation, playbook = queries.present(tx, codes[0][0])
    return store, codes[0][0], playbook


@people.command(
    "import", help=_("Take in a CSV or YAML file of seats, holders and addresses; all or nothing.")
)
@of("file", "FILE")
@click.option("--dry-run", is_flag=True, help=_("Show what would change, and change nothing."))
@acts.acting
def import_command(
    file: str, *, jurisdiction: str | None, dry_run: bool, by: str | None, event_id: str | None
) -> int:
    """Import a file."""
    from incident.playbook_text.directory import read_sheet

    origin = acts.origin(by, event_id)
    sheet = read_sheet(file)
    store, code, playbook = place(jurisdiction)
    blank = sum(row.is_blank for row in sheet.rows)
    if blank:
        talk(say("note: rows that name nobody are passed over: {n}", n=blank))
    if dry_run:
        with store.reading() as tx:
            found = service.preview(tx, code, sheet, bootstrap.now())
        return _put_changes(playbook, found.facts, None)
    outcome = service.import_rows(
        store, code, sheet, origin=origin, now=bootstrap.clock, chance=bootstrap.chance
    )
    if outcome is None:
        return _put_changes(playbook, [], None)
    acts.told(outcome)
    code_ = _put_changes(playbook, outcome.entry.facts, outcome)
    if not wants_json():
        _put_several_seats(store, code, playbook)
    return code_


def _put_changes(playbook: Playbook, facts: Sequence[AnyFact], outcome: Outcome | None) -> int:
    """Show what changed, or would change where there is no outcome."""
    lines = [explain.fact(playbook, fact) for fact in facts]
    if wants_json():
        put_json(views.imported(playbook, facts, outcome))
        return 0
    for line in lines:
        put(line)
    if not lines:
        put(say("nothing changes"))
    elif outcome is None:
        talk(say("nothing was changed; to do it, leave --dry-run out"))
    else:
        put(say("recorded in entry {seq}", seq=outcome.entry.seq))
    return 0


def _put_several_seats(store: Any, code: str, playbook: Playbook) -> None:
    """Report holders of several seats at once: it is allowed, and somebody has to know."""
    at = bootstrap.now()
    with store.reading() as tx:
        found = service.directory(tx, code)
    held: dict[str, list[str]] = {}
    for seat, tenures in found.people.tenures.items():
        for _key, tenure in tenures:
            since, until = clock.read_stamp(tenure.since), tenure.until
            if since <= at and (until is None or at < clock.read_stamp(until)):
                held.setdefault(tenure.holder, []).append(seat)
    for holder, seats in held.items():
        if len(seats) > 1:
            where = [names.name_of(playbook, seat) for seat in seats]
            talk(say("note: {holder} holds {n} seats: {seats}", holder=holder, n=len(seats), seats=where))


@people.command(help=_("Show who holds a seat, or whom a unit, body or group has."))
@of("seat", "SEAT")
@click.option("--at", metavar="TIME", help=_("At that time; default: now."))
@numbers
def who(seat: str, *, jurisdiction: str | None, at: str | None, numbers: bool) -> int:
    """Say who holds a seat."""
    store, code, playbook = place(jurisdiction)
    now = bootstrap.now()
    instant = read_time("--at", at, playbook, now) or now
    _must_be_somebody(playbook, seat)
    with store.reading() as tx:
        found = service.who_holds(tx, code, seat, instant)
        persons = {one.holder: one for one in tx.people(code)}
    return _put_holders(playbook, found, persons, instant, numbers=numbers)


def _must_be_somebody(playbook: Playbook, words: str) -> None:
    kinds = ("body", "office", "group", "unit", "seat")
    if not names.find(playbook, words, kinds):
        raise RequestError(
            where=say("seat"),
            expected=say("a seat, unit, body or group of the playbook"),
            found=f"`{words}`",
            do=say("use the key; all are shown by: incident people template"),
        )


def _put_holders(
    playbook: Playbook, found: list[Span], persons: dict[str, Person], at: int, *, numbers: bool
) -> int:
    zone = playbook.jurisdiction.zone
    if wants_json():
        put_json(views.holders(found, persons, at, numbers=numbers))
        return 0
    rows: list[list[Words]] = []
    for one in found:
        since = "" if one.since <= 0 else clock.shown(one.since, zone)
        until = "" if one.until == FOREVER else clock.shown(one.until, zone)
        seat = names.name_of(playbook, one.seat, ("seat", "unit"))
        who = views.named(playbook, one.holder, persons)
        rows.append([seat, who, addresses(one.holder, persons, numbers=numbers), since, until])
    if rows:
        table(rows, [say("seat"), say("holder"), say("reached by"), say("from"), say("until")])
    else:
        put(say("nobody"))
    return 0


def addresses(holder: str | None, persons: dict[str, Person], *, numbers: bool) -> Words:
    """Show how somebody is reached; hidden in the middle unless `numbers`."""
    return " ".join(views.channels_of(holder, persons, numbers=numbers))


@people.command("list", help=_("Show everybody in the directory, seat by seat."))
@of()
@numbers
def list_command(*, jurisdiction: str | None, numbers: bool) -> int:
    """List the directory."""
    store, code, playbook = place(jurisdiction)
    at = bootstrap.now()
    with store.reading() as tx:
        found = service.directory(tx, code)
    there = [one for seat in found.people.tenures for one in holders(playbook, found.people, seat, at)]
    return _put_holders(playbook, there, found.persons, at, numbers=numbers)


@people.command(help=_("Print a file to fill in: every seat and unit of the plan."))
@of()
def template(jurisdiction: str | None) -> int:
    """Print a file with every seat."""
    store, code, playbook = place(jurisdiction)
    with store.reading() as tx:
        erased = {one.holder for one in tx.people(code) if one.is_erased}
    # whoever was erased is taken in no more
    shown = views.template(playbook, erased)
    if wants_json():
        put_json(shown)
        return 0
    click.echo("seat,holder,name,from,until,channels")
    for row in shown.rows:
        click.echo(f"{_quoted(row.seat)},{row.holder or ''},,,,")
    return 0


def _quoted(words: str) -> str:
    return f'"{words}"' if "," in words else words


@people.command(
    help=_("Erase who somebody is: name and addresses, also as imports disclose them in the journal.")
)
@of("holder", "HOLDER")
@acts.agreed
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@acts.acting
def erase(
    holder: str,
    *,
    jurisdiction: str | None,
    yes: bool,
    by: str | None,
    event_id: str | None,
    **why: str,
) -> int:
    """Erase a person."""
    origin = acts.origin(by, event_id)
    store, code, playbook = place(jurisdiction)
    question = say("Erase all that tells who {holder} is? This cannot be undone.", holder=holder)
    acts.must_be_sure(question, yes=yes)
    outcome = service.erase(
        store, code, holder, Why(**why), origin=origin, now=bootstrap.clock, chance=bootstrap.chance
    )
    acts.told(outcome)
    acts.scrub(store)
    with store.reading() as tx:
        written = service.written_since(tx, code, holder)
    if wants_json():
        put_json(views.erased(holder, outcome, written))
    else:
        put(
            say(
                "name and addresses of {holder} were erased; entry {seq}",
                holder=holder,
                seq=outcome.entry.seq,
            )
        )
        _put_written(written)
        left = [fact.before["seat"] for fact in outcome.entry.facts if isinstance(fact, ItemChanged)]
        where = [names.name_of(playbook, seat) for seat in left]
        if where:
            talk(say("note: {holder} holds no more: {seats}", holder=holder, seats=where))
    return 0


def _put_written(written: Sequence[Written]) -> None:
    """Say which entries still disclose what people wrote, part by part."""
    if not written:
        return
    put(
        say(
            "NOT erased is what people wrote since entry {seq}: it may name them, and is not searched",
            seq=written[0].seq,
        )
    )
    parts = sorted({part for one in written for part in one.parts})
    table([["  ", part, _numbers([one.seq for one in written if part in one.parts])] for part in parts])
    put(say("to erase a part of an entry: incident journal redact"))


def _numbers(seqs: Sequence[int]) -> Words:
    """Give numbers of entries, as many as fit a line."""
    shown = " ".join(map(str, seqs[:_SHOWN]))
    more = len(seqs) - _SHOWN
    return shown if more <= 0 else say("{shown} and {n} more (--json)", shown=shown, n=more)
