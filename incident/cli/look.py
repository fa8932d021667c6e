"""`incident status`: where a jurisdiction stands, now or at a time; without a name, all of them."""

from __future__ import annotations

from collections.abc import Mapping

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain import approving, explain, holding, names
from incident.domain.errors import RequestError, StoreError
from incident.domain.explain_record import covered
from incident.domain.playbook import Playbook
from incident.domain.posture import KINDS
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries
from incident.service.intake import read_past
from incident.service.ports import Reading
from incident.service.queries import Status
from incident.store.sql import SqlStore
from incident.views import kinds
from incident.views.clauses import sourced
from incident.views.errors import in_a_line
from incident.views.standing import Line, lines
from incident.views.times import put_time


@click.command(help=_("Show where a jurisdiction stands; all of them without a name."))
@click.argument("jurisdiction", required=False)
@click.option("--at", metavar="TIME", help=_("As it was at this time."))
def status(jurisdiction: str | None, at: str | None) -> None:
    """Show one jurisdiction whole, or a line for each."""
    from incident.cli.ahead import put_ahead  # only where one is shown
    from incident.cli.as_of import as_of, put_as_of
    from incident.cli.on_duty import put_on_duty
    from incident.cli.waiting import put_waiting
    from incident.views import status as views

    store = session.store()
    with store.reading() as tx:
        if jurisdiction is None and at is not None:
            raise RequestError(
                where="--at",
                expected=say("a jurisdiction; each reads times in its own zone"),
                found=say("nothing"),
                do=say("name one"),
            )
        if jurisdiction is None:
            _all(store, tx)
            return
        code = queries.find_jurisdiction(tx, jurisdiction)
        _situation, playbook = queries.present(tx, code)
        now = bootstrap.now()
        instant = read_past("--at", at, playbook, now)
        past = as_of(tx, code, instant)
        looked = views.look(tx, code, now, past)
        gone = _given_up(tx, code) if session.option("verbose") else []
    refused = store.left_out([code])
    if wants_json():
        put_json(views.status(looked, refused.get(code)))
        return
    _talk_of(refused)
    for words in gone:
        talk(words)
    put_status(looked.found, instant)
    put_on_duty(looked.duty)
    put_waiting(looked.waiting)
    put_ahead(looked.ahead)
    put_as_of(past, has_ends=True)


def _given_up(tx: Reading, code: str) -> list[Words]:
    """Say what was given up of a journal."""
    from incident.cli.recovered import findings_of  # only where somebody wants to know more

    return [one.words for one in findings_of(tx, code)]


def _talk_of(refused: Mapping[str, StoreError]) -> None:
    """Say that a journal is not the one that was signed: what stands in it may be old."""
    for error in refused.values():
        talk(say("READ-ONLY, and perhaps not the newest: {error}", error=in_a_line(error)))


def _all(store: SqlStore, tx: Reading) -> None:
    from incident.cli.needs import glances, put_needs  # only where all are shown

    found = [queries.status(tx, code) for code, _name in tx.codes()]
    refused = store.left_out([one.situation.jurisdiction for one in found])
    at = bootstrap.now()
    seen = glances(tx, at)
    if wants_json():
        from incident.views import status as views

        for one in found:
            code = one.situation.jurisdiction
            put_json(views.listed(one, refused.get(code), seen.get(code)))
        return
    _talk_of(refused)
    if not found:
        put(say("no jurisdiction is adopted yet; run: incident adopt PLAYBOOK"))
        return
    rows: list[list[Words]] = [
        [
            one.situation.jurisdiction,
            one.situation.name,
            one.playbook.jurisdiction.name,
            _state(one),
            put_time(one.situation.since, one.playbook),
            one.situation.incident or "",
        ]
        for one in found
    ]
    table(
        rows,
        [say("code"), say("playbook"), say("name"), say("state"), say("since"), say("incident")],
    )
    put_needs(seen.values(), at)


def _state(one: Status) -> Words:
    """Name the state of one of many, and say what nobody may overlook there."""
    state = explain.state_name(one.playbook, one.situation.state)
    if any(kind == approving.GLASS for kind, _key in one.standing):
        return say("{state}  ! BREAK-GLASS, not reviewed", state=state)
    return state


def put_status(found: Status, at: int | None = None) -> None:
    """Show one jurisdiction, now or at an instant: state, authority, all that stands with its clause."""
    situation, playbook = found.situation, found.playbook
    put(
        say(
            "{name} {code}   {state} since {since}",
            name=playbook.jurisdiction.name,
            code=situation.jurisdiction,
            state=explain.state_name(playbook, situation.state),
            since=put_time(situation.since, playbook),
        )
    )
    facts: list[list[Words]] = [[say("playbook"), f"{situation.name} {situation.playbook[:12]}"]]
    if situation.incident:
        facts.append([say("incident"), situation.incident])
    if situation.authority:
        facts.append([say("decided by"), names.name_of(playbook, situation.authority)])
    if situation.planned_end is not None:
        end = put_time(situation.planned_end, playbook)
        passed = situation.planned_end <= (bootstrap.now() if at is None else at)
        late = say("{at}  PASSED: extend it or stand down; it does not end by itself", at=end)
        facts.append([say("planned end"), late if passed else end])
    for seq, hold in holding.holds(found.standing).items():
        what = covered(holding.plain(hold))
        facts.append([say("hold {n}", n=seq), say("nothing may go of {what}", what=what)])
    table(facts)
    standing = list(lines(found))
    for kind in dict.fromkeys([*KINDS, *(line.kind for line in standing)]):
        rows = [_row(playbook, line) for line in standing if line.kind == kind]
        if rows:
            put()
            put(kinds.SEVERAL.get(kind, kind))
            table(rows)


def _row(playbook: Playbook, line: Line) -> list[Words]:
    """Show an item as a row of the status."""
    words = line.words(playbook)
    if line.stood is None:
        return ["!", say("{name}  [missing in the record]", name=words)]
    if not line.in_playbook:
        return ["!", say("{name}  [not in the playbook]", name=words)]
    if line.item is None:
        return ["", words]
    return ["", sourced(words, line.item.source, partly=bool(line.item.project))]
