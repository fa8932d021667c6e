"""What waits to be told, and what reached nobody and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from incident.domain import clock
from incident.domain.errors import IncidentError
from incident.domain.people import Person
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import speak
from incident.service import queries
from incident.service.message import Composer, Message
from incident.service.notices import Lost, Undelivered
from incident.service.ports import Reading

#: Seconds for which it is told that something is too old to be sent again.
WEEK = 7 * 86400
#: Why a letter is lost.
WHY: dict[str, Words] = {
    "nobody": say("nobody is there"),
    "unreadable": say("what stands, or the plan, cannot be read; run: incident doctor"),
    "no_address": say("the directory has no address of them"),
    "no_way": say("no way to reach them is set up"),
    "refused": say("every way says that the address is none"),
    "stale": say("it was older than a day when it could be sent"),
}


class Notice(Struct, frozen=True, kw_only=True):
    """A message: by its entry and its number in that."""

    #: Statistical code.
    jurisdiction: str
    seq: int
    n: int
    #: Key of whom it is for, and their name in the language in force.
    to: str
    to_name: str | None
    #: When its entry was; null, as the name, where that cannot be read.
    recorded: str | None


class WaitingMessage(Notice, frozen=True, kw_only=True):
    """A message that waits."""

    #: How often handing it on failed.
    tries: int


class LostMessage(Notice, frozen=True, kw_only=True):
    """A message that reached nobody."""

    #: Sign of whom it was for; null where nobody was there.
    holder: str | None
    #: When it was found lost.
    at: str
    #: Why; `text` says it in words.
    why: str | None
    text: str


class Messages(Struct, frozen=True, kw_only=True):
    """What waits to be told, and what reached nobody."""

    waiting: list[WaitingMessage]
    lost: list[LostMessage]


class SentAgain(Struct, frozen=True, kw_only=True):
    """What is sent again."""

    #: Statistical code.
    jurisdiction: str
    #: How many wait anew; how many of the last week are too old.
    again: int
    stale: int


class Told(NamedTuple):
    """What is known of a notice: its message, and who holders are; nothing where that cannot be read."""

    message: Message | None
    playbook: Playbook | None
    persons: dict[str, Person]


#: What is known of notices, by code, entry and number.
Known = dict[tuple[str, int, int], Told]


def look(tx: Reading, notices: Iterable[Undelivered]) -> Known:
    """Look what is known of some notices."""
    read: dict[str, tuple[Playbook | None, dict[str, Person]]] = {}
    found: Known = {}
    composer = Composer(tx)
    for one in notices:
        if one.code not in read:
            read[one.code] = _readers(tx, one.code)
        if one[:3] not in found:
            found[one[:3]] = Told(_message(composer, one), *read[one.code])
    return found


def _readers(tx: Reading, code: str) -> tuple[Playbook | None, dict[str, Person]]:
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


def messages(waiting: Sequence[Undelivered], lost: Sequence[Lost], known: Known) -> Messages:
    """Give messages that wait or reached nobody; of each something has to be `known`."""
    return Messages(
        waiting=[WaitingMessage(**asdict(_notice(one, known[one[:3]])), tries=one.tries) for one in waiting],
        lost=[
            LostMessage(
                **asdict(_notice(one.notice, known[one.notice[:3]])),
                holder=one.letter.holder or None,
                at=clock.stamp(one.letter.at),
                why=one.letter.lost,
                text=speak(why_of(one)),
            )
            for one in lost
        ],
    )


def _notice(one: Undelivered, told: Told) -> Notice:
    message = told.message
    return Notice(
        jurisdiction=one.code,
        seq=one.seq,
        n=one.n,
        to=one.receiver,
        to_name=None if message is None else speak(message.to),
        recorded=None if message is None else clock.stamp(message.at),
    )


def why_of(one: Lost) -> Words:
    """Say why a message reached nobody."""
    return WHY.get(one.letter.lost or "", one.letter.lost or "")
