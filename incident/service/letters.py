"""Letters: one message to one address, and what takes it. The words are finished, the way is somebody's own.

An `Outlet` is one way out: mail, a chat robot, a script that drives an SMS modem, a folder. It is given a
letter and returns when whoever takes it has it, or raises. The same letter may come twice, under one key.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from msgspec import Struct


class Letter(Struct, frozen=True, kw_only=True):
    """One message to one address, in words."""

    #: The same whenever it is sent, so that whoever receives it can tell that it came twice.
    key: str
    #: Address as the directory writes it after the way's name: `a@b.cn` of `mail:a@b.cn`.
    address: str
    #: One line.
    subject: str
    text: str


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
