"""A door at which people sign in: an administrator, an officer, and strangers who guess."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from itertools import count
from typing import Any, Final

import pytest

from incident.domain.errors import IncidentError, RequestError, StoreAway
from incident.domain.identity import AccessKind, SignedIn
from incident.service import sessions, users
from incident.service.access import By, look
from incident.service.ports_identity import Gate, Identity, Passwords, WantedAccess
from incident.service.sessions import From, LoggedIn
from incident.testing import FakeClock, MemoryIdentity, PlainPasswords

#: The officer's password, and what strangers try.
RIGHT: Final = "四个词 容易记住 不难 打"
WRONG: Final = "letmein-please-1"
OFFICE: Final = "10.1.2.3"
HOME: Final = "10.9.9.9"
STRANGE: Final = "203.0.113.7"
CONSOLE: Final = By(os_user="root")


class Door:
    """Wang is duty officer of Majian, Chen administers."""

    def __init__(self, identity: Identity | None = None, passwords: Passwords | None = None) -> None:
        self.clock = FakeClock()
        numbers = count()
        self.gate = Gate(
            identity or MemoryIdentity(),
            passwords or PlainPasswords(),
            self.clock,
            lambda n: sha256(str(next(numbers)).encode()).digest()[:n],
        )
        self.chen = users.add(self.gate, "chen", "陈静", CONSOLE, password=RIGHT)
        users.grant(self.gate, "chen", "administrator", "*", CONSOLE)
        self.wang = users.add(self.gate, "wang", "王伟", CONSOLE)
        users.set_password(self.gate, "wang", RIGHT, CONSOLE, must_change=False)
        users.grant(self.gate, "wang", "duty_officer", "330681111", CONSOLE)

    def login(
        self, login: str = "wang", password: str = RIGHT, *, address: str = OFFICE, device: str | None = None
    ) -> LoggedIn:
        return sessions.login(self.gate, login, password, From(address, "Firefox", device))

    def person(self, token: str) -> SignedIn | None:
        return sessions.session_of(self.gate, token)

    def told(self, *kinds: AccessKind) -> list[tuple[str, str | None, str | None, str | None]]:
        """Give kind, user, about and what of the record's lines, oldest first."""
        found = look(self.gate, WantedAccess(kinds=kinds), 1000)
        return [(one.kind, one.user, one.about, one.what) for one in reversed(found)]


class Away(MemoryIdentity):
    """Cannot be written, or does something before it is, when told so."""

    is_away = False

    def writing(self) -> Any:
        if self.is_away:
            raise StoreAway(where="here")
        return super().writing()


class Meanwhile(MemoryIdentity):
    """Lets somebody act between a look and the write that follows."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[Callable[[], object]] = []

    def writing(self) -> Any:
        if self.acts:
            self.acts.pop()()
        return super().writing()


def wrong(call: Callable[[], Any], family: type[IncidentError] = RequestError) -> IncidentError:
    """Do what has to be refused, with all that an error says; gives the error."""
    with pytest.raises(family) as caught:
        call()
    assert all(caught.value.parts()), caught.value
    return caught.value
