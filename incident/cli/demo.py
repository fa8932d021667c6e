"""`incident serve --demo`: a place of its own in which a filled example is served, and taken away at the end.

A new temporary folder holds the database, a key, the checkpoints and the messages; nothing else is touched,
and nothing that the surroundings name is used: no database, no key, no provider, no way out. So a demo
reaches nobody, whatever is pressed in it. The folder lies in memory where that can be: it need not last.
"""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from incident import bootstrap
from incident.cli.demo_cast import logins
from incident.cli.demo_logins import Demo, Login
from incident.cli.demo_story import LENGTH, Stage, Told, tell
from incident.domain.note import format_public_key
from incident.language import speak
from incident.service import users
from incident.service.access import NOBODY

if TYPE_CHECKING:
    from incident.cli.working import Terms
    from incident.service.ports import Clock
    from incident.service.ports_identity import Gate
    from incident.store.sql import SqlStore

#: What may stand in the surroundings still: in which language it speaks.
_KEPT: Final = ("INCIDENT_LANG",)
_SHARED: Final = "/dev/shm"  # noqa: S108 - a new folder is made in it, for this user alone


@contextmanager
def demonstration(terms: Terms) -> Iterator[Demo]:
    """Make a demo; what was made is taken away when it is over, however it ends."""
    with _ended_by_sigterm(), TemporaryDirectory(prefix="incident-demo-", dir=_memory()) as name:
        ours = prepared(Path(name), terms)
        url = f"sqlite:///{Path(name) / 'incident.db'}"
        try:
            with apart(ours), closing(bootstrap.open_store(url)) as store:
                yield Demo(url, ours, logins(), make(store, bootstrap.gate(store), ours, bootstrap.clock))
        finally:
            with suppress(OSError):  # where its worker was known
                bootstrap.status_folder(url).rmdir()


def prepared(folder: Path, terms: Terms) -> Terms:
    """Give terms under which messages, checkpoints and the key that signs lie in a folder, which has them."""
    ours = terms._replace(
        messages=folder / "messages",
        outgoing=None,
        key=folder / "demo.key",
        checkpoints=folder / "checkpoints",
    )
    for inside in ("messages", "checkpoints"):
        (folder / inside).mkdir()
    bootstrap.new_key(folder / "demo.key", "demo.example/incident")
    return ours


def _memory() -> str | None:
    """Give where files lie in memory, as on Linux; none where there is no such place."""
    return _SHARED if os.access(_SHARED, os.W_OK | os.X_OK) else None


def make(store: SqlStore, gate: Gate, terms: Terms, now: Clock) -> str:
    """Fill an empty store with what has happened until now, and give the password by which all come in."""
    told = Told(now() - LENGTH)
    work = partial(_work, store, terms, told)
    tell(Stage(store, bootstrap.chance, told, work, set()))
    # as digits are typed on a telephone; it opens nothing but this, and guessing has to wait
    password = f"demo-{secrets.randbelow(10**6):06d}"
    for one in logins():
        _let_in(gate, one, password)
    return password


def _let_in(gate: Gate, one: Login, password: str) -> None:
    users.add(gate, one.login, one.name, NOBODY, sign=one.sign)
    users.set_password(gate, one.login, password, NOBODY, must_change=False)
    users.grant(gate, one.login, one.role, one.root, NOBODY)


def _work(store: SqlStore, terms: Terms, told: Clock) -> None:
    """Hand on what waits, and sign what is new, as workers do all the time."""
    from incident.service.deliver import Courier
    from incident.service.notary import Often, sign_due

    assert terms.key is not None
    assert terms.messages is not None
    carrier = bootstrap.files_carrier(terms.messages, speak)
    Courier(store, carrier, now=told).deliver()
    notary = bootstrap.notary(terms.key, bootstrap.outlets(terms.checkpoints))._replace(now=told)
    sign_due(store, notary, Often(), node=terms.name)


@contextmanager
def apart(terms: Terms) -> Iterator[None]:
    """Let nothing that the surroundings name count, and the demo's own key alone be trusted."""
    assert terms.key is not None, "a demo has a key"
    named = {name: os.environ.pop(name) for name in [*os.environ] if _is_ours(name)}
    os.environ["INCIDENT_PUBKEY"] = format_public_key(bootstrap.public_key_in(terms.key))
    try:
        yield
    finally:
        del os.environ["INCIDENT_PUBKEY"]
        os.environ.update(named)


def _is_ours(name: str) -> bool:
    return name.startswith("INCIDENT_") and name not in _KEPT


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end what runs as Ctrl-C does, so that what was made is taken away."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
