"""The one place that knows every adapter: which store, which clock, which chance."""

from __future__ import annotations

import os
import secrets
import time

from incident.service.ports import Chance, Clock
from incident.store.database import connect, prepare
from incident.store.sql import SqlStore

#: Salts come from the operating system.
chance: Chance = secrets.token_bytes


def now() -> int:
    """Give the present instant; the only look at the clock."""
    return int(time.time())


clock: Clock = now


def default_url() -> str:
    """Give the database in the user's data folder, made when it is first used."""
    from platformdirs import user_data_path

    return f"sqlite:///{user_data_path('incident', appauthor=False) / 'incident.db'}"


def url_of(url: str | None) -> str:
    """Give the database meant: the one named, else `INCIDENT_DB`, else the default."""
    return url or os.environ.get("INCIDENT_DB") or default_url()


def open_store(url: str | None) -> SqlStore:
    """Open the store meant; creates a new one ready to use. Raises `StoreError`."""
    engine = connect(url_of(url))
    prepare(engine)
    return SqlStore(engine)
