"""The account of a period, as the API and a page are asked for it."""

from __future__ import annotations

from incident.domain import clock
from incident.domain.errors import RequestError
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import account as service
from incident.service import queries
from incident.service.account import Account
from incident.service.intake import read_time
from incident.service.ports import Reading


def account_of(
    tx: Reading,
    code: str,
    given: tuple[str | None, str | None],
    called: tuple[Words, Words],
    now: int,
) -> tuple[Playbook, Account]:
    """Account for the promised times from one time to before another, as they were typed; with the playbook.

    `called` are the names of the two fields. Raises `RequestError` for what is no time or no period, and
    whatever `service.account` raises.
    """
    situation, playbook = queries.present(tx, code)
    times = [read_time(name, words or None, playbook, now) for name, words in zip(called, given, strict=True)]
    begin, end = service.period(tx, situation, *times, now=now)
    if end < begin:
        zone = playbook.jurisdiction.zone
        raise RequestError(
            where=called[1],
            expected=say("a time later than {at}", at=clock.shown(begin, zone)),
            found=clock.shown(end, zone),
            do=say("correct one of the two times"),
        )
    return playbook, service.account(tx, code, since=begin, until=end, at=now)
