"""Who was on duty cannot be changed unseen: whatever is done to its rows, verifying names the entry."""

from __future__ import annotations

from typing import Final

import pytest
from sqlalchemy import Connection

from incident.domain.errors import JournalError
from incident.service.verify import verify
from incident.store.sql import SqlStore
from incident.store.tables import duty
from tests.playbooks import CODE
from tests.service.attacks import Attack, change, put, run, take_away
from tests.service.story import whole_night
from tests.service.test_verify import under, unguarded

#: The leader of the night, whose shift the stand-down of entry 4 cut short.
_LEAD: Final = "seq = 2 AND n = 0"


def add(**columns: str) -> Attack:
    """Add a piece like the leader's, with some values, as SQL, that are others."""
    names = list(duty.columns.keys())
    into = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(columns.get(name, f'"{name}"') for name in names)
    return run(f"INSERT INTO duty ({into}) SELECT {values} FROM duty WHERE {_LEAD}")


def another_person(connection: Connection) -> None:
    """Put somebody else in the leader's place, wherever that is written."""
    body = connection.exec_driver_sql(f"SELECT piece FROM duty WHERE {_LEAD}").scalar_one()
    put(connection, "duty", "piece", bytes(body).replace(b'"P1"', b'"P9"'), _LEAD)
    connection.exec_driver_sql(f"UPDATE duty SET holder = 'P9' WHERE {_LEAD}")


ATTACKS: Final[dict[str, tuple[Attack, int | None]]] = {
    "taken away": (take_away("duty", _LEAD), 4),
    "all taken away": (run("DELETE FROM duty"), 4),
    "given to another": (another_person, 4),
    "given to another in one place": (change("duty", _LEAD, holder="'P9'"), 2),
    "said to count": (change("duty", _LEAD, is_void="false"), 4),
    "made longer": (change("duty", _LEAD, until="until + 60"), 2),
    "of another roster": (change("duty", _LEAD, roster="'x'"), 4),
    "ended by another entry": (change("duty", _LEAD, ended="3"), 3),
    "said to go on": (change("duty", _LEAD, ended="NULL"), 4),
    "another added": (add(n="9"), 4),
    "another that goes on": (add(n="9", ended="NULL"), None),
    "another above the last": (add(n="9", ended="7"), 7),
    "made unreadable": (lambda c: put(c, "duty", "piece", b"[", _LEAD), 2),
    "hours moved": (change("duty", _LEAD, night="1"), 2),
}


@pytest.fixture
def night(store: SqlStore) -> SqlStore:
    """A whole night on a database whose guards the attacker took away."""
    whole_night(store)
    return unguarded(store)


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_done_to_duty_is_found_at_its_entry(night: SqlStore, name: str) -> None:
    attack, seq = ATTACKS[name]
    for tx in under(night, attack):
        with pytest.raises(JournalError) as found:
            verify(tx, CODE)
        assert found.value.seq == seq


def test_untouched_it_holds(night: SqlStore) -> None:
    for tx in under(night, run()):
        assert verify(tx, CODE).replayed
