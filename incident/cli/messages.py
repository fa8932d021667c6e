"""`incident messages`: what waits to be told, what reached nobody and why, and sending that again."""

from __future__ import annotations

from typing import Any

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.language import _, speak
from incident.cli.output import put, put_json, table, wants_json
from incident.cli.people import named
from incident.domain import clock
from incident.domain.errors import IncidentError, RequestError
from incident.domain.people import Person
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import queries
from incident.service.ports import Reading, Settled, Undelivered
from incident.service.post import send_again

#: So many of each are counted and given as JSON, and so many shown.
_MOST, _SHOWN = 500, 50
#: Why a letter is lost.
WHY: dict[str, Words] = {
    "nobody": say("nobody is there"),
    "unreadable": say("what stands, or the plan, cannot be read; run: incident doctor"),
    "no_way": say("no way to reach them is set up"),
    "refused": say("every way says that the address is none"),
    "stale": say("it was older than a day when it could be sent"),
}


@click.command(help=_("Show what waits to be told and what reached nobody; send that again with --again."))
@click.argument("jurisdiction", required=False)
@click.option("--again", is_flag=True, help=_("Send again what reached nobody; of one jurisdiction."))
def messages(jurisdiction: str | None, *, again: bool) -> None:
    """Show or send again."""
    store = session.store()
    with store.reading() as tx:
        code = None if jurisdiction is None else queries.find_jurisdiction(tx, jurisdiction)
    if again:
        if code is None:
            raise RequestError(
                where=say("jurisdiction"), expected=say("one"), found=say("nothing"), do=say("name one")
            )
        n = send_again(store, code, bootstrap.now())
        with store.reading() as tx:
            stale = len(tx.lost(_MOST, code=code))
        if wants_json():
            put_json({"jurisdiction": code, "again": n, "stale": stale})
            return
        put(say("{n} messages to people wait again", n=n))
        if stale:
            put(say("{n} are older than a day, and nobody is to be woken by them", n=stale))
        return
    with store.reading() as tx:
        waiting = tx.undelivered(_MOST, code=code)
        lost = tx.lost(_MOST, code=code)
        known = {one.code: _known(tx, one.code) for one in lost}
    if wants_json():
        put_json(
            {"waiting": [_waiting_json(one) for one in waiting], "lost": [_lost_json(one) for one in lost]}
        )
        return
    _put(waiting, lost, known)


def _known(tx: Reading, code: str) -> tuple[Playbook | None, dict[str, Person]]:
    """Give what names people; nothing where that cannot be read."""
    try:
        return queries.present(tx, code)[1], {one.holder: one for one in tx.people(code)}
    except IncidentError:
        return None, {}


def _put(
    waiting: list[Undelivered],
    lost: list[Settled],
    known: dict[str, tuple[Playbook | None, dict[str, Person]]],
) -> None:
    put(say("waiting: {n}; reached nobody: {lost}", n=len(waiting), lost=len(lost)))
    rows: list[list[Words]] = []
    for one in lost[:_SHOWN]:
        playbook, persons = known[one.code]
        zone = "UTC" if playbook is None else playbook.jurisdiction.zone
        who = one.holder if playbook is None else named(playbook, one.holder or None, persons)
        why = WHY.get(one.lost or "", one.lost or "")
        rows.append([clock.shown(one.at, zone)[:16], one.code, f"#{one.seq}", who, why])
    if rows:
        table(rows)


def _waiting_json(one: Undelivered) -> dict[str, Any]:
    return {"jurisdiction": one.code, "seq": one.seq, "n": one.n, "to": one.receiver, "tries": one.tries}


def _lost_json(one: Settled) -> dict[str, Any]:
    return {
        "jurisdiction": one.code,
        "seq": one.seq,
        "n": one.n,
        "holder": one.holder or None,
        "at": clock.stamp(one.at),
        "why": one.lost,
        "text": speak(WHY.get(one.lost or "", one.lost or "")),
    }


def recently_lost(tx: Reading, code: str) -> int:
    """Count what reached nobody in the last day."""
    return len(tx.lost(_MOST, code=code, since=bootstrap.now() - 86400))
