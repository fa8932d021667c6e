"""Words of a request: what can be kept, what anybody may read, and what stands beside the journal."""

from __future__ import annotations

import pytest

from incident.domain import journal
from incident.domain.errors import RequestError
from incident.service.history import history
from incident.service.ports import Store
from incident.service.record import Seals
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from tests.playbooks import CODE
from tests.service.story import (
    BASIS,
    DECIDER,
    LOCAL,
    MATTER,
    OFFICER,
    REMARK,
    activate,
    begin,
    bodies,
    verified,
    version,
    whole_night,
)


@pytest.fixture
def town(memory: MemoryStore) -> MemoryStore:
    """Baishi in routine."""
    begin(memory)
    return memory


@pytest.mark.parametrize(
    "words",
    [
        {"reason": "\udcff"},
        {"by": "a\ud800b"},
        {"id": "\udcff"},
        {"id": "\0"},
        {"source": "a\0"},
        {"id": "a" * 1025},
    ],
)
def test_words_that_nothing_can_hold_are_refused(store: SqlStore, words: dict[str, str]) -> None:
    begin(store)

    with pytest.raises(RequestError, match="words of the request"):
        activate(store, **words)
    assert version(store) == 1


#: Each, as it is named.
UNSEEN = {
    "\0": "U+0000",
    "\x1b": "U+001B",
    "\x7f": "U+007F",
    "\x85": "U+0085",
    "\r": "U+000D",
    "\u061c": "U+061C ARABIC LETTER MARK",
    "\u200e": "U+200E LEFT-TO-RIGHT MARK",
    "\u200f": "U+200F RIGHT-TO-LEFT MARK",
    **{chr(n): f"U+{n:04X}" for n in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}


@pytest.mark.parametrize("one", UNSEEN)
def test_what_lets_words_be_read_otherwise_is_refused_and_named_with_its_place(
    town: MemoryStore, one: str
) -> None:
    for words in ({"reason": f"确诊{one}两例"}, {"by": f"确诊{one}"}, {"basis": f"确诊{one}"}):
        with pytest.raises(RequestError) as caught:
            activate(town, **words)
        assert UNSEEN[one] in str(caught.value)
        assert "after `确诊`" in str(caught.value)
    assert version(town) == 1


def test_a_text_has_lines_and_what_names_an_act_has_none(town: MemoryStore) -> None:
    for words in ({"id": "a\nb"}, {"source": "a\tb"}):
        with pytest.raises(RequestError, match="without control characters"):
            activate(town, **words)
    # an emoji is joined, and Persian parted, by signs that turn nothing
    assert activate(town, reason="一\n二\t三\r\n👩\u200d⚕️ می\u200cخواهم").entry.seq == 1


def test_text_without_end_is_refused_and_one_that_is_long_is_kept(town: MemoryStore) -> None:
    with pytest.raises(RequestError, match="at most 100000 characters"):
        activate(town, reason="一" * 100_001)

    assert version(town) == 1
    assert activate(town, reason="一" * 100_000).entry.seq == 1


PERSONAL = {
    "by": OFFICER,
    "basis": BASIS,
    "reason": MATTER,
    "decided_by": DECIDER,
    "data.remark": REMARK,
}


@pytest.mark.parametrize("store_name", ["memory", "sqlite_store", "postgres_store"])
def test_what_can_name_a_person_stands_beside_the_journal_only(
    store_name: str, request: pytest.FixtureRequest
) -> None:
    store: Store = request.getfixturevalue(store_name)
    whole_night(store)

    with store.reading() as tx:
        record = b"".join(bodies(tx)).decode()
        shown = {line.seq: line.disclosed for line in history(tx, CODE)}
    assert shown[2] == PERSONAL
    assert not [words for words in PERSONAL.values() if words in record]
    # nor in the escapes that JSON has for them
    assert not [
        words for words in PERSONAL.values() if words.encode("ascii", "backslashreplace").decode() in record
    ]


def test_choices_and_numbers_stay_readable(town: MemoryStore) -> None:
    came = activate(town).entry.came

    assert came is not None
    assert {name: came.data[name] for name in LOCAL} == LOCAL
    assert isinstance(came.data["remark"], journal.Sealed)


def test_erasing_what_named_a_person_breaks_no_hash(store: SqlStore) -> None:
    whole_night(store)
    before = verified(store)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("DELETE FROM disclosure WHERE name = 'by' AND seq = 2")
        connection.commit()

    after = verified(store)
    assert (after.root, after.entries) == (before.root, before.entries)
    assert after.disclosures == (before.disclosures or 0) - 1
    with store.reading() as tx:
        by = {line.seq: line.by for line in history(tx, CODE)}
    assert by == {0: OFFICER, 1: OFFICER, 2: None, 3: OFFICER, 4: OFFICER}
    # the event is still known when it comes again
    assert activate(store, id="activated").repeated


def test_each_value_is_sealed_with_sixteen_bytes_of_its_own() -> None:
    asked: list[int] = []

    def chance(n: int) -> bytes:
        asked.append(n)
        return bytes([len(asked)]) * n

    seals = Seals(chance)
    same = [seals.seal(name, "x") for name in ("by", "by")]

    assert asked == [16, 16]
    assert same[0] != same[1]
    assert seals.seal("reason", None) is None
    assert list(seals.disclosures) == ["by"]
