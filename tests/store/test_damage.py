"""Rows that do not fit the journal, met while writing: damage of the record, not somebody who was first."""

from __future__ import annotations

import pytest

from incident.domain.errors import StoreError
from incident.store import sql
from incident.store.sql import SqlStore
from incident.testing.samples import HASH, OTHER, OTHER_HASH, adopting, log_of
from incident.testing.samples import begin as begin_sample
from tests.playbooks import CODE
from tests.service.story import activate, begin, tell, version
from tests.store.test_guards import _NEXT

_ROSTER = (
    "INSERT INTO standing SELECT jurisdiction, 'roster', 'watch', since_seq, item FROM standing"
    " WHERE key = 'traffic'"
)
#: Damage done in routine → what activating then expects.
DAMAGED = {
    "DELETE FROM standing WHERE kind = 'group'": "what stands as the journal says",
    "UPDATE standing SET key = 'x' WHERE key = 'coordination'": "what stands as the journal says",
    _ROSTER: "room for the next entry",
    _NEXT.format(code=CODE, seq=1)
    + "'x', 'y', body, leaf FROM entry WHERE seq = 0": "room for the next entry",
    f"INSERT INTO disclosure VALUES ('{CODE}', 1, 'by', 'x')": "room for the next entry",
    f"INSERT INTO outbox SELECT '{CODE}', 1, 0, 'x', item, NULL FROM standing"
    " WHERE key = 'traffic'": "room for the next entry",
}


def damage(store: SqlStore, statement: str) -> None:
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0
        connection.commit()


@pytest.mark.parametrize("statement", DAMAGED)
def test_what_does_not_fit_the_journal_is_damage_and_nothing_is_written(
    store: SqlStore, statement: str
) -> None:
    begin(store)
    damage(store, statement)

    with pytest.raises(StoreError, match=DAMAGED[statement]) as caught:
        activate(store)

    assert caught.value.where == CODE
    assert "incident journal verify" in str(caught.value)
    assert all(caught.value.parts())
    assert version(store) == 1


def test_one_of_several_that_should_end_and_does_not_stand_is_damage(store: SqlStore) -> None:
    begin(store)
    activate(store)
    damage(store, "DELETE FROM standing WHERE kind = 'roster'")

    with pytest.raises(StoreError, match="what stands as the journal says"):
        tell(store, "lifted", id="lifted", verb="stand_down")
    assert version(store) == 2


def test_journal_without_its_situation_is_not_begun_anew(store: SqlStore) -> None:
    begin(store)
    damage(store, "DELETE FROM situation")

    with pytest.raises(StoreError, match="incident journal verify"):
        begin(store)


def test_store_keeps_the_playbooks_read_last(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_PLAYBOOKS_KEPT", 1)
    begin_sample(store, "1")
    with store.writing("1") as tx:
        tx.write(adopting(log_of(tx, "1"), OTHER))
        tx.commit()

    for digest in (HASH, OTHER_HASH):
        with store.reading() as tx:
            tx.playbook("1", digest)
        assert [*store._playbooks] == [("1", digest)]
