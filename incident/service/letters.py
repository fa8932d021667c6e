"""Letters: one message to one address, and what takes it. The words are finished, the way is somebody's own.

An `Outlet` is one way out: mail, a chat robot, a script that drives an SMS modem, a folder. It is given a
letter and returns when whoever takes it has it, or raises. The same letter may come twice, under one key.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from msgspec import Struct


class About(Struct, frozen=True, kw_only=True):
    """What a message is about, as data: for programs. Nothing that an entry seals is in it."""

    #: Statistical code.
    jurisdiction: str
    #: Entry it follows from, and when that was recorded.
    seq: int
    at: int
    #: Who is told: as the playbook or the directory writes it, and the sign of this one.
    to: str
    holder: str
    #: What happened, such as `StateEntered`; and each in a sentence.
    kinds: list[str]
    sentences: list[str]
    #: Entry of the call-out that waits for an answer, and for which parties it is asked; none: for none.
    asks: int | None
    parties: list[str]


class Letter(Struct, frozen=True, kw_only=True):
    """One message to one address, in words."""

    #: The same whenever it is sent, so that whoever receives it can tell that it came twice.
    key: str
    #: Address as the directory writes it after the way's name: `a@b.cn` of `mail:a@b.cn`.
    address: str
    #: One line.
    subject: str
    text: str
    #: The same as data; none where it is about nothing that was recorded.
    about: About | None = None


class UndeliverableError(Exception):
    """It will never be taken: no such address, or none that can be one. Trying again is of no use."""


class Outlet(Protocol):
    """One way out of the house."""

    def __call__(self, letter: Letter) -> None:
        """Return when the letter is taken.

        Raises `UndeliverableError` when it never will be, anything else when it may be later.
        """


class Way(NamedTuple):
    """A way out, and how many letters it takes at a time; a modem has one line."""

    outlet: Outlet
    at_once: int = 1
