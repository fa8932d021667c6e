"""`incident messages`: what waits to be told, what reached nobody and why, and sending that again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.of import of
from incident.cli.output import put, put_json, table, wants_json
from incident.cli.people import place
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries
from incident.service.notices import Lost, Undelivered
from incident.service.post import send_again
from incident.views import messages as views
from incident.views.people import named

#: So many of each are counted and given as JSON, and so many shown.
_MOST, _SHOWN = 500, 50


@click.command(help=_("Show what waits to be told and what reached nobody; send that again with --again."))
@of()
@click.option("--again", is_flag=True, help=_("Send again what reached nobody; of one jurisdiction."))
def messages(jurisdiction: str | None, *, again: bool) -> None:
    """Show or send again."""
    store = session.store()
    with store.reading() as tx:
        code = None if jurisdiction is None else queries.find_jurisdiction(tx, jurisdiction)
    if again:
        _send_again(store, code)
        return
    with store.reading() as tx:
        waiting, lost = tx.undelivered(_MOST, code=code), tx.lost(_MOST, code=code)
        most = _MOST if wants_json() else _SHOWN
        told = views.look(tx, [*waiting[:most], *(one.notice for one in lost[:most])])
    if wants_json():
        put_json(views.messages(waiting, lost, told))
        return
    _put(waiting, lost, told)


def _send_again(store: Any, code: str | None) -> None:
    if code is None:
        _store, code, _playbook = place(None)
    n = send_again(store, code, bootstrap.now())
    with store.reading() as tx:
        stale = len(tx.lost(_MOST, code=code, since=bootstrap.now() - views.WEEK))
    if wants_json():
        put_json(views.SentAgain(jurisdiction=code, again=n, stale=stale))
        return
    put(say("{n} messages to people wait again", n=n))
    if stale:
        put(say("{n} are older than a day, and nobody is to be woken by them", n=stale))


def _put(waiting: Sequence[Undelivered], lost: Sequence[Lost], told: views.Known) -> None:
    """Show how many, then each: when it was recorded, whom it is for, and what is in the way."""
    put(say("waiting: {n}; reached nobody: {lost}", n=len(waiting), lost=len(lost)))
    waits = [[*_line(one, told[one[:3]]), _tries(one)] for one in waiting[:_SHOWN]]
    gone = [
        [*_line(one.notice, there := told[one.notice[:3]]), _who(one, there), views.why_of(one)]
        for one in lost[:_SHOWN]
    ]
    heads: list[Words] = [say("recorded at"), say("jurisdiction"), say("entry"), say("to")]
    for title, rows, more in (
        (say("Waits"), waits, [say("tries")]),
        (say("Reached nobody"), gone, [say("holder"), say("why")]),
    ):
        if rows:
            put()
            put(title)
            table(rows, [*heads, *more])
    left = len(waiting) - len(waits) + len(lost) - len(gone)
    if left:
        put(say("and {n} more: --json", n=left))


def _line(notice: Undelivered, told: views.Told) -> list[Words]:
    message = told.message
    recorded: Words = say("unreadable") if message is None else message.shown_at[:16]
    to: Words = notice.receiver if message is None else message.to
    return [recorded, notice.code, f"#{notice.seq}", to]


def _tries(one: Undelivered) -> Words:
    return say("failed {n} times", n=one.tries) if one.tries else ""


def _who(one: Lost, told: views.Told) -> Words:
    holder = one.letter.holder
    return holder if told.playbook is None or not holder else named(told.playbook, holder, told.persons)
