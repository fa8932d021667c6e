"""A notice as it stands in the store until it is delivered, and the letters that it became."""

from __future__ import annotations

from typing import Final, NamedTuple

#: Seconds for which a notice waits at most, leased or to be tried again. One that waits longer waits because
#: the clock was set back, and may be taken.
LONGEST_WAIT: Final = 600


class Undelivered(NamedTuple):
    """A notice that is not delivered yet."""

    code: str
    #: Its entry, and its number in that entry.
    seq: int
    n: int
    #: Who is told; a reference of the playbook.
    receiver: str
    #: Which facts of the entry.
    facts: list[int]
    #: How often handing it on failed.
    tries: int = 0


class Settled(NamedTuple):
    """A letter that is over: one message to one person, taken by somebody or lost."""

    code: str
    #: Its notice.
    seq: int
    n: int
    #: Sign of the person, or `@` and a seat; empty where a notice has nobody at all.
    holder: str
    at: int
    #: The way by which it was taken.
    way: str | None = None
    #: Why it is lost; none when it was taken.
    lost: str | None = None


class Lost(NamedTuple):
    """A letter that is lost, and the notice that nobody was told by it."""

    letter: Settled
    notice: Undelivered
