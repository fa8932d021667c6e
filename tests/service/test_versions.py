"""Which versions of its playbook a jurisdiction has had, by its journal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from incident.domain.playbook import digest, encode
from incident.service.versions import versions
from incident.testing import MemoryStore
from tests.playbooks import BAISHI, CODE, HASH
from tests.service.story import activate, begin, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from incident.service.ports import Reading, Stored

LATER = replace(BAISHI, answer="30m")
LATER_HASH = digest(encode(LATER))


def test_the_newest_adoption_comes_first_with_what_was_warned_of() -> None:
    store = MemoryStore()
    begin(store)
    begin(store, LATER)
    begin(store)

    with store.reading() as tx:
        found = versions(tx, CODE)

    assert [(one.seq, one.digest) for one in found] == [(2, HASH), (1, LATER_HASH), (0, HASH)]
    assert found[0].at is not None
    assert found[0].warnings == found[2].warnings
    assert found[0].warnings


class Counting:
    """A reader that counts the entries it hands out."""

    def __init__(self, tx: Reading) -> None:
        self._tx, self.read = tx, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        for one in self._tx.entries(code, since=since):
            self.read += 1
            yield one


@contextmanager
def counting(store: MemoryStore) -> Iterator[Counting]:
    with store.reading() as tx:
        yield Counting(tx)


def test_where_there_was_but_one_version_a_long_journal_is_not_looked_through() -> None:
    store = MemoryStore()
    begin(store)
    activate(store)
    tell(store, "lifted", verb="stand_down", id="2")

    with counting(store) as tx:
        found = versions(tx, CODE)
        assert [one.seq for one in found] == [0]
        # the first, which says what was kept of bodies, and the one that adopts
        assert tx.read <= 2


def test_a_version_of_which_no_entry_tells_any_more_is_there_all_the_same() -> None:
    store = MemoryStore()
    begin(store)
    begin(store, LATER)

    class Dropped(Counting):
        """One whose first body was dropped."""

        def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
            for one in super().entries(code, since=since):
                yield one._replace(body=b"") if one.seq == 0 else one

    with store.reading() as tx:
        found = versions(Dropped(tx), CODE)

    assert [(one.seq, one.digest) for one in found] == [(1, LATER_HASH), (None, HASH)]
