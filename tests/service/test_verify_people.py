"""Who a holder is cannot be changed unseen, as far as the record says it; what may be erased may miss."""

from __future__ import annotations

from typing import Any, Final

import pytest

from incident.domain.errors import JournalError
from incident.service.adopt import adopt
from incident.service.verify import verify
from incident.service.who import Who
from incident.store.sql import SqlStore
from incident.testing.given import fixed_chance
from tests.service.attacks import Attack, put, run
from tests.service.office import Office, row
from tests.service.test_verify import under, unguarded

CODE: Final = "330681111"


@pytest.fixture
def town(store: SqlStore) -> SqlStore:
    """Give a database whose guards were taken away: imported 1, ways of H2 and H3 changed 2, H4 erased 3."""
    office = Office("majian")
    found: Any = store
    office.store = found
    adopt(store, office.playbook, Who(by="drill"), now=office.clock, chance=fixed_chance)
    everybody = [
        row("全体机关干部", f"H{n}", name=name, channels=(f"mail:h{n}@b.cn",), since="2026-01-01")
        for n, name in ((1, "甲"), (2, "乙"), (3, "丙"), (4, "丁"))
    ]
    office.take_in(*everybody)
    seat, since = "全体机关干部", "2026-01-01"
    office.take_in(
        row(seat, "H2", since=since, channels=("sms:13900000000", "mail:2@b.cn")),
        row(seat, "H3", since=since, name="-"),
    )
    office.erase("H4")
    return unguarded(store)


def person(sign: str, **columns: str) -> Attack:
    sets = ", ".join(f"{name} = {value}" for name, value in columns.items())
    return run(f"UPDATE person SET {sets} WHERE holder = '{sign}'")


#: What is done → the entry that is named.
ATTACKS: Final[dict[str, tuple[Attack, int | None]]] = {
    "another name": (person("H1", name="'甲甲'"), 1),
    "no name": (person("H1", name="NULL"), 1),
    "another name after other ways": (person("H2", name="'甲'"), 2),
    "a name that was taken away": (person("H3", name="'丁'"), 2),
    "no ways": (lambda c: put(c, "person", "channels", b"[]", "holder = 'H1'"), 1),
    "a way more": (lambda c: put(c, "person", "channels", b'["mail:1","sms:1"]', "holder = 'H1'"), 1),
    "unreadable": (lambda c: put(c, "person", "channels", b"x", "holder = 'H1'"), 1),
    "said to be erased": (person("H1", is_erased="true"), 1),
    "addresses of one who was erased": (
        lambda c: put(c, "person", "channels", b'["mail:1@b.cn"]', "holder = 'H4'"),
        3,
    ),
    "said not to be erased": (person("H4", is_erased="false"), 3),
    "named once more": (person("H4", name="'丁'"), 3),
    "taken away": (run("DELETE FROM person WHERE holder = 'H2'"), 2),
    "all taken away": (run("DELETE FROM person"), 1),
    "under another sign": (person("H1", holder="'H9'"), 1),
    "somebody more": (
        run("INSERT INTO person (jurisdiction, holder, name, channels, is_erased)"
            " SELECT jurisdiction, 'H9', name, channels, is_erased FROM person WHERE holder = 'H1'"),
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_done_to_people_is_found_at_the_entry_that_says_otherwise(town: SqlStore, name: str) -> None:
    attack, seq = ATTACKS[name]
    for tx in under(town, attack, CODE):
        with pytest.raises(JournalError) as found:
            verify(tx, CODE)
        assert found.value.seq == seq
        assert not {*"甲乙丙丁"} & {*str(found.value)}, "a fault tells no name"


#: What may be: another address of the same way is in no entry, and what was disclosed may be erased.
FREE: Final[dict[str, Attack]] = {
    "nothing": run(),
    "another address": lambda c: put(c, "person", "channels", b'["mail:x@y.cn"]', "holder = 'H1'"),
    "a name no longer disclosed": run("DELETE FROM disclosure WHERE name = 'data.H1'"),
    "neither disclosed nor kept": run(
        "DELETE FROM disclosure WHERE name = 'data.H1'", "UPDATE person SET name = NULL WHERE holder = 'H1'"
    ),
}


@pytest.mark.parametrize("name", FREE)
def test_what_the_record_does_not_say_is_free(town: SqlStore, name: str) -> None:
    for tx in under(town, FREE[name], CODE):
        assert verify(tx, CODE).replayed


def test_people_of_a_town_without_a_journal_are_found(town: SqlStore) -> None:
    for tx in under(town, run("UPDATE person SET jurisdiction = '99'"), CODE):
        assert "99" in tx.journals()
