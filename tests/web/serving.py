"""A site that is served to tests: a town, somebody of every role, a clock that stands."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, get_args

from argon2.profiles import CHEAPEST
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace

from incident import bootstrap
from incident.cli.serving import Opened, open_site
from incident.domain.identity import User
from incident.domain.organisation import Text
from incident.domain.permission import Permission, Role
from incident.domain.playbook import Playbook
from incident.identity.passwords import Argon2
from incident.playbook_text.load import load
from incident.service import sessions, tokens, users
from incident.service.access import NOBODY, By
from incident.service.adopt import adopt
from incident.service.outside import Outlet
from incident.service.ports_identity import Gate
from incident.service.sessions import From
from incident.service.who import Who
from incident.testing import FakeClock
from incident.web.app import furnish, make_app
from incident.web.security.asking import PLAIN_COOKIE
from incident.web.server import listen, make_server, stop

#: The town.
TOWN: Final = "330681111"
#: A town whose every decision takes two persons.
CAREFUL: Final = "330681112"
#: Of everybody.
PASSWORD: Final = "four words to remember"
#: In front of whom roles end: an auditor of another county.
ELSEWHERE: Final = "430102"


#: Applications that serve nobody now: to make one takes longer than most tests.
_spare: list[Litestar] = []


class Served:
    """A site on a database of its own."""

    def __init__(
        self, at: Path | str, clock: FakeClock, kept: Sequence[Outlet] = (), *, is_demo: bool = False
    ) -> None:
        """Open the database in a file, or of a URL, of which checkpoints are `kept` outside."""
        self.url = at if isinstance(at, str) else f"sqlite:///{at}"
        self.clock = clock
        self.workplace = bootstrap.Workplace(self.url, kept)
        self.log: list[tuple[str, str]] = []
        opened = open_site(self.workplace, self._hear, is_demo=is_demo)
        gate = opened.doors.gate._replace(now=clock, passwords=Argon2(CHEAPEST))
        self.opened = with_gate(opened, gate, clock)
        self.app: Litestar = _spare.pop() if _spare else make_app(self.opened.site, self.opened.doors)
        furnish(self.app, self.opened.site, self.opened.doors)

    def _hear(self, level: str, event: str, **_values: object) -> None:
        self.log.append((level, event))

    @property
    def gate(self) -> Gate:
        """What people come in by."""
        return self.opened.doors.gate

    def session(self, login: str) -> str:
        """Sign somebody in, and give the token of their session."""
        with self.gate.identity.reading() as tx:
            user = users.find(tx, login)
        return sessions.login_user(self.gate, user, From("127.0.0.1", "a test")).token

    def token(self, login: str, scopes: Sequence[str] = get_args(Permission), root: str = "*") -> str:
        """Give a token that somebody made for a program of their own."""
        with self.gate.identity.reading() as tx:
            by = By(user=users.find(tx, login).id)
        return tokens.make(self.gate, login, "a program", scopes, by, root=root, in_person=True).plain

    def client(self, login: str | None = None, *, lang: str = "en") -> TestClient[Litestar]:
        """Give a client, signed in or not; not entered yet."""
        client = TestClient(self.app, base_url="http://testserver.local")
        client.cookies.set("lang", lang)
        if login is not None:
            client.cookies.set(PLAIN_COOKIE, self.session(login))
        return client

    @contextmanager
    def serving(self, *, behind: Sequence[str] = (), taken: socket.socket | None = None) -> Iterator[str]:
        """Serve it at a free port, or the one taken, and give its address."""
        taken = taken or listen("127.0.0.1", 0)
        server = make_server(self.app, self.opened.site, behind=behind)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([taken])), daemon=True)
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        finally:
            stop(server)
            thread.join(10)
            assert not thread.is_alive(), "the server does not end"

    def doors(self, **changed: Any) -> None:
        """Let people come in otherwise."""
        self.opened = self.opened._replace(doors=self.opened.doors._replace(**changed))
        furnish(self.app, self.opened.site, self.opened.doors)

    def site(self, **changed: Any) -> None:
        """Work with other things."""
        self.opened = self.opened._replace(site=self.opened.site._replace(**changed))
        furnish(self.app, self.opened.site, self.opened.doors)

    def close(self) -> None:
        """Close the database, and leave the application to another."""
        self.workplace.close()
        _spare.append(self.app)


def with_gate(opened: Opened, gate: Gate, clock: FakeClock) -> Opened:
    """Give the same site by another gate and clock."""
    from functools import partial

    from incident.web.security.asking import Known

    doors = opened.doors._replace(
        gate=gate,
        sessions=Known(partial(sessions.session_of, gate)),
        tokens=Known(partial(tokens.person_of, gate)),
    )
    return opened._replace(doors=doors, site=opened.site._replace(now=clock))


def make_template(file: Path) -> None:
    """Make the database that each test begins with: the town, and somebody of every role, by its name."""
    clock = FakeClock()
    with closing(bootstrap.open_store(f"sqlite:///{file}")) as store:
        playbook = load("majian").playbook
        assert playbook is not None
        for one in (playbook, careful(playbook)):
            adopt(store, one, Who(by="operator"), now=clock, chance=bootstrap.chance)
        gate = bootstrap.gate(store)._replace(now=clock, passwords=Argon2(CHEAPEST))
        for role in get_args(Role):
            user = _person(gate, role, role.replace("_", " ").title())
            for root in ("*",) if role == "administrator" else (TOWN, CAREFUL):
                users.grant(gate, user.login, role, root, NOBODY)
        stranger = _person(gate, "stranger", "Stranger")
        for role in get_args(Role):
            if role != "administrator":
                users.grant(gate, stranger.login, role, ELSEWHERE, NOBODY)


def careful(playbook: Playbook) -> Playbook:
    """Give the plan of a town like another, in which one person proposes and another approves."""
    place = replace(playbook.jurisdiction, code=CAREFUL, name=Text(zh="谨慎镇", en="Careful Town"))
    steps = {
        key: replace(step, approval="two_persons") if step.decided_by else step
        for key, step in playbook.transitions.items()
    }
    return replace(playbook, playbook="careful", jurisdiction=place, transitions=steps)


def _person(gate: Gate, login: str, name: str) -> User:
    users.add(gate, login, name, NOBODY)
    return users.set_password(gate, login, PASSWORD, NOBODY, must_change=False)


def copy(template: Path, file: Path) -> Path:
    """Give a copy of a database that nobody writes to; also of what lies beside it in its log."""
    with closing(sqlite3.connect(template)) as kept, closing(sqlite3.connect(file)) as made:
        kept.backup(made)
    return file
