"""`incident status`: where a jurisdiction stands, now or at a time; without a name, all of them."""

from __future__ import annotations

from typing import Any

import click

from incident import bootstrap
from incident.cli import kinds, session
from incident.cli.asking import time_of
from incident.cli.language import _, speak
from incident.cli.output import put, put_json, sourced, table, wants_json
from incident.cli.plan import authority_json
from incident.cli.times import put_time
from incident.domain import clock, explain, names
from incident.domain.errors import RequestError
from incident.domain.posture import KINDS, posture
from incident.domain.say import Words, say
from incident.service import queries
from incident.service.ports import Reading
from incident.service.queries import Status


@click.command(help=_("Show where a jurisdiction stands; all of them without a name."))
@click.argument("jurisdiction", required=False)
@click.option("--at", metavar="TIME", help=_("As it was at this time."))
def status(jurisdiction: str | None, at: str | None) -> None:
    """Show one jurisdiction whole, or a line for each."""
    with session.store().reading() as tx:
        if jurisdiction is None:
            _all(tx)
            return
        code = queries.find_jurisdiction(tx, jurisdiction)
        _situation, playbook = queries.present(tx, code)
        now = bootstrap.now()
        instant = time_of("--at", at, playbook, now)
        if instant is not None and instant > now:
            raise RequestError(
                where="--at",
                expected=say("a time that has been"),
                found=put_time(instant, playbook),
                do=say("leave --at out for the present"),
            )
        found = queries.status(tx, code, at=instant)
    if wants_json():
        put_json(status_json(found))
    else:
        put_status(found)


def _all(tx: Reading) -> None:
    found = [queries.status(tx, code) for code, _name in tx.codes()]
    if wants_json():
        for one in found:
            put_json(status_json(one))
        return
    if not found:
        put(say("no jurisdiction is adopted yet; run: incident adopt PLAYBOOK"))
        return
    rows: list[list[Words]] = [
        [
            one.situation.jurisdiction,
            one.situation.name,
            one.playbook.jurisdiction.name,
            explain.state_name(one.playbook, one.situation.state),
            put_time(one.situation.since, one.playbook),
            one.situation.incident or "",
        ]
        for one in found
    ]
    table(
        rows,
        [say("code"), say("playbook"), say("name"), say("state"), say("since"), say("incident")],
    )


def put_status(found: Status) -> None:
    """Show one jurisdiction: state, authority, and all that stands with its clause."""
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
        facts.append([say("planned end"), put_time(situation.planned_end, playbook)])
    table(facts)
    for kind in KINDS:
        rows = _standing_rows(found, kind)
        if rows:
            put()
            put(kinds.SEVERAL[kind])
            table(rows)


def _standing_rows(found: Status, kind: str) -> list[list[Words]]:
    """List what stands of a kind in the playbook's order."""
    playbook = found.playbook
    rows: list[list[Words]] = []
    for (of, key), item in posture(playbook.states[found.situation.state]).items():
        if of == kind and (of, key) in found.standing:
            rows.append(
                ["", sourced(explain.standing(playbook, key, item), item.source, partly=bool(item.project))]
            )
    return rows


def status_json(found: Status) -> dict[str, Any]:
    """Give one jurisdiction as the JSON contract has it."""
    situation, playbook = found.situation, found.playbook
    standing: dict[str, list[dict[str, Any]]] = {attribute: [] for attribute, _structure in KINDS.values()}
    for (kind, key), item in posture(playbook.states[situation.state]).items():
        if (kind, key) not in found.standing:
            continue
        name = explain.item_name(playbook, key, item)
        stood = found.standing[kind, key]
        standing[KINDS[kind][0]].append(
            {
                "key": key,
                "name": {"zh": name.zh, "en": name.en},
                "source": item.source,
                "text": speak(explain.standing(playbook, key, item)),
                "since_seq": stood.since,
                "item": stood.item,
            }
        )
    return {
        "jurisdiction": {"code": situation.jurisdiction, "name": speak(playbook.jurisdiction.name)},
        "state": situation.state,
        "since": clock.stamp(situation.since),
        "incident": situation.incident,
        "posture": standing,
        "playbook": situation.playbook,
        "version": situation.version,
        "authority": authority_json(playbook, situation.authority),
        "planned_end": None if situation.planned_end is None else clock.stamp(situation.planned_end),
    }
