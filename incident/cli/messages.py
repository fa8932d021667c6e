"""`incident messages`: what waits to be told, what reached nobody and why, and sending that again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import click

from incident import bootstrap
from incident.cli import session
from incident.cli.output import put, put_json, table, wants_json
from incident.cli.people import of, place
from incident.domain import clock
from incident.domain.errors import IncidentError
from incident.domain.people import Person
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import _, speak
from incident.service import queries
from incident.service.message import Composer, Message
from incident.service.notices import Lost, Undelivered
from incident.service.ports import Reading
from incident.service.post import lately_lost, send_again
from incident.views.people import named

#: So many of each are counted and given as JSON, and so many shown.
_MOST, _SHOWN = 500, 50
#: Seconds for which it is told that something is too old to be sent again.
_WEEK = 7 * 86400
#: Why a letter is lost.
WHY: dict[str, Words] = {
    "nobody": say("nobody is there"),
    "unreadable": say("what stands, or the plan, cannot be read; run: incident doctor"),
    "no_address": say("the directory has no address of them"),
    "no_way": say("no way to reach them is set up"),
    "refused": say("every way says that the address is none"),
    "stale": say("it was older than a day when it could be sent"),
}


class _Told(NamedTuple):
    """What is known of a notice: its message, and who holders are; nothing where that cannot be read."""

    message: Message | None
    playbook: Playbook | None
    persons: dict[str, Person]


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
        told = _told(tx, [*waiting[:most], *(one.notice for one in lost[:most])])
    if wants_json():
        put_json(
            {
                "waiting": [_waiting_json(one, told[one[:3]]) for one in waiting],
                "lost": [_lost_json(one, told[one.notice[:3]]) for one in lost],
            }
        )
        return
    _put(waiting, lost, told)


def _send_again(store: Any, code: str | None) -> None:
    if code is None:
        _store, code, _playbook = place(None)
    n = send_again(store, code, bootstrap.now())
    with store.reading() as tx:
        stale = len(tx.lost(_MOST, code=code, since=bootstrap.now() - _WEEK))
    if wants_json():
        put_json({"jurisdiction": code, "again": n, "stale": stale})
        return
    put(say("{n} messages to people wait again", n=n))
    if stale:
        put(say("{n} are older than a day, and nobody is to be woken by them", n=stale))


def _told(tx: Reading, notices: Iterable[Undelivered]) -> dict[tuple[str, int, int], _Told]:
    """Give what is known of some notices, by code, entry and number."""
    known: dict[str, tuple[Playbook | None, dict[str, Person]]] = {}
    found: dict[tuple[str, int, int], _Told] = {}
    composer = Composer(tx)
    for one in notices:
        if one.code not in known:
            known[one.code] = _known(tx, one.code)
        if one[:3] not in found:
            found[one[:3]] = _Told(_message(composer, one), *known[one.code])
    return found


def _known(tx: Reading, code: str) -> tuple[Playbook | None, dict[str, Person]]:
    """Give what names people; nothing where that cannot be read."""
    try:
        return queries.present(tx, code)[1], {one.holder: one for one in tx.people(code)}
    except IncidentError:
        return None, {}


def _message(composer: Composer, notice: Undelivered) -> Message | None:
    try:
        return composer.compose(notice)
    except (IncidentError, ValueError, LookupError):
        return None


def _put(
    waiting: Sequence[Undelivered], lost: Sequence[Lost], told: dict[tuple[str, int, int], _Told]
) -> None:
    """Show how many, then each: when it was recorded, whom it is for, and what is in the way."""
    put(say("waiting: {n}; reached nobody: {lost}", n=len(waiting), lost=len(lost)))
    waits = [[*_line(one, told[one[:3]]), _tries(one)] for one in waiting[:_SHOWN]]
    gone = [
        [*_line(one.notice, there := told[one.notice[:3]]), _who(one, there), _why(one)]
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


def _line(notice: Undelivered, told: _Told) -> list[Words]:
    message = told.message
    recorded: Words = say("unreadable") if message is None else message.shown_at[:16]
    to: Words = notice.receiver if message is None else message.to
    return [recorded, notice.code, f"#{notice.seq}", to]


def _tries(one: Undelivered) -> Words:
    return say("failed {n} times", n=one.tries) if one.tries else ""


def _who(one: Lost, told: _Told) -> Words:
    holder = one.letter.holder
    return holder if told.playbook is None or not holder else named(told.playbook, holder, told.persons)


def _why(one: Lost) -> Words:
    return WHY.get(one.letter.lost or "", one.letter.lost or "")


def _notice_json(one: Undelivered, told: _Told) -> dict[str, Any]:
    message = told.message
    return {
        "jurisdiction": one.code,
        "seq": one.seq,
        "n": one.n,
        "to": one.receiver,
        "to_name": None if message is None else speak(message.to),
        "recorded": None if message is None else clock.stamp(message.at),
    }


def _waiting_json(one: Undelivered, told: _Told) -> dict[str, Any]:
    return {**_notice_json(one, told), "tries": one.tries}


def _lost_json(one: Lost, told: _Told) -> dict[str, Any]:
    return {
        **_notice_json(one.notice, told),
        "holder": one.letter.holder or None,
        "at": clock.stamp(one.letter.at),
        "why": one.letter.lost,
        "text": speak(_why(one)),
    }


def recently_lost(tx: Reading, code: str) -> int:
    """Count what reached nobody in the last day."""
    return len(lately_lost(tx, _MOST, bootstrap.now(), code=code))
