"""Rows that do not fit the journal, met while writing: damage of the record, not somebody who was first."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import pytest

from incident.domain.effects import Notice
from incident.domain.errors import JournalError, StoreError
from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted
from incident.domain.say import say
from incident.store import reading
from incident.store.sql import SqlStore
from incident.store.tables import timer
from incident.testing.samples import (
    AT,
    HASH,
    OTHER,
    OTHER_HASH,
    adopting,
    after,
    append,
    came,
    filed,
    log_of,
    owed,
    plain_report,
)
from incident.testing.samples import begin as begin_sample
from tests.playbooks import CODE, DAY
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
    _ROSTER: "what stands as the journal says",
    _NEXT.format(code=CODE, seq=1)
    + "'x', 'y', body, leaf FROM entry WHERE seq = 0": "room for the next entry",
    f"INSERT INTO disclosure VALUES ('{CODE}', 1, 'by', 'x')": "room for the next entry",
    f"INSERT INTO outbox SELECT '{CODE}', 1, 0, 'x', item, NULL, 0, NULL, 0 FROM standing"
    " WHERE key = 'traffic'": "room for the next entry",
}


def damage(store: SqlStore, statement: str, rows: int | None = 1) -> None:
    """Run a statement that changes something; with `rows=None` no row."""
    with store._engine.connect() as connection:
        changed = connection.exec_driver_sql(statement).rowcount
        assert rows is None or changed >= rows
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


HERE: Final = {"place": {"zh": "镇政府", "en": "hall"}}
#: Damage done to a sample → a record that does not fit it any more, and what it expects.
UNFIT: Final[dict[str, tuple[list[AnyFact], str]]] = {
    "DELETE FROM standing": (
        [ItemEnded(kind="body", key="command", before=HERE)],
        "what stands as the journal says",
    ),
    "UPDATE standing SET key = 'x'": (
        [ItemChanged(kind="body", key="command", before=HERE, after={})],
        "what stands as the journal says",
    ),
    "INSERT INTO standing SELECT jurisdiction, 'group', 'a', 0, item FROM standing WHERE kind = 'body'": (
        [ItemStarted(kind="group", key="a", after={})],
        "room for the next entry",
    ),
}


@pytest.mark.parametrize("statement", UNFIT)
def test_store_itself_finds_what_does_not_stand_as_it_should(store: SqlStore, statement: str) -> None:
    begin_sample(store, "1")
    facts, expected = UNFIT[statement]
    with store.reading() as tx:
        record = after(tx, "1", facts=facts)
    damage(store, statement)

    with pytest.raises(StoreError, match=expected), store.writing("1") as tx:
        tx.write([record])
    with store.reading() as tx:
        assert log_of(tx, "1").situation.version == 1


@pytest.mark.parametrize("fact", ["end", "move"])
@pytest.mark.parametrize("codes", [["1"], ["1", "2"]])
def test_timer_that_is_not_open_any_more_is_damage(store: SqlStore, codes: list[str], fact: str) -> None:
    """Of several written together it is not known which."""
    with_words = ItemChanged(
        kind="obligation", key="report", before=plain_report(), after=plain_report(written=True)
    )
    for code in codes:
        begin_sample(store, code, owed())
    with store.reading() as tx:
        facts = [with_words] if fact == "move" else [came(tx.open_timers("1")[0])]
        records = [after(tx, code, facts=facts) for code in codes]
    damage(store, "UPDATE timer SET ended = 0 WHERE jurisdiction = '1'")

    expected = pytest.raises(StoreError, match="open timers as the journal says")
    with expected as caught, store.claiming(codes) as tx:
        tx.write(records)
    assert caught.value.where == ("1" if len(codes) == 1 else say("one of {n} jurisdictions", n=2))


def test_row_that_lies_where_a_timer_comes_to_be_is_damage(store: SqlStore) -> None:
    begin_sample(store, "1", owed(remind=None))
    with store.reading() as tx:
        record = after(tx, "1", facts=[came(tx.open_timers("1")[0])])
    columns = ", ".join(f'"{name}"' for name in timer.columns.keys() if name != "seq")  # noqa: SIM118
    damage(store, f"INSERT INTO timer (seq, {columns}) SELECT 1, {columns} FROM timer")

    with pytest.raises(StoreError, match="room for the next entry"), store.writing("1") as tx:
        tx.write([record])


#: A column of a timer, and what SQLite lets stand there.
WORDS: Final = {"due": "'soon'", "what": "'holiday'", "key": "x'00'", "tier": "1.5"}


@pytest.mark.parametrize("column", WORDS)
def test_timer_that_cannot_be_read_is_a_fault_of_the_record(sqlite_store: SqlStore, column: str) -> None:
    begin_sample(sqlite_store, "1", owed())
    damage(sqlite_store, f"UPDATE timer SET {column} = {WORDS[column]}")

    with sqlite_store.writing("1") as tx:
        with pytest.raises(JournalError, match="promised times"):
            tx.open_timers("1")
        with pytest.raises(JournalError, match="promised times"):
            tx.due(AT + DAY)


def test_closing_that_cannot_be_read_is_a_fault_of_the_record(sqlite_store: SqlStore) -> None:
    begin_sample(sqlite_store, "1", owed())
    with sqlite_store.reading() as tx:
        deadline = tx.open_timers("1")[0]
    append(sqlite_store, "1", facts=[filed(deadline)])
    damage(sqlite_store, "DROP TRIGGER closing_no_update", rows=None)
    damage(sqlite_store, "UPDATE closing SET late = 'much'")

    with sqlite_store.reading() as tx, pytest.raises(JournalError, match="promised times"):
        list(tx.closings("1"))


def test_attachment_that_is_not_what_was_filed_is_not_given(sqlite_store: SqlStore) -> None:
    begin_sample(sqlite_store, "1")
    append(sqlite_store, "1", facts=[filed(attachments=[b"x"])], attachments=[b"x"])
    damage(sqlite_store, "DROP TRIGGER attachment_no_update", rows=None)
    damage(sqlite_store, "UPDATE attachment SET body = 'y'")

    digest = sha256(b"x").hexdigest()
    with sqlite_store.reading() as tx, pytest.raises(StoreError, match=digest):
        tx.attachment("1", digest)
    with pytest.raises(StoreError, match="room for the next entry"):
        append(sqlite_store, "1", facts=[filed(attachments=[b"x"])], attachments=[b"x"])


def test_notice_that_is_spoilt_holds_up_no_other(store: SqlStore) -> None:
    begin_sample(store, "1")
    append(store, "1", event="e", effects=[Notice("command", [0]), Notice("superior", [0])])
    damage(store, "UPDATE outbox SET facts = 'x' WHERE n = 0")

    with store.reading() as tx:
        spoilt, whole = tx.undelivered(9)
    assert (whole.receiver, whole.facts) == ("superior", [0])
    assert spoilt.facts != [0]
    assert all(fact > 2**60 for fact in spoilt.facts)


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
    monkeypatch.setattr(reading, "_PLAYBOOKS_KEPT", 1)
    begin_sample(store, "1")
    with store.writing("1") as tx:
        tx.write([adopting(log_of(tx, "1"), OTHER)])
        tx.commit()

    for digest in (HASH, OTHER_HASH):
        with store.reading() as tx:
            tx.playbook("1", digest)
        assert [*store._playbooks] == [("1", digest)]
