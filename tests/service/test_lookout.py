"""One look for everybody: taken once for each change, and again after some seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread

import pytest

from incident.domain.errors import StoreAway
from incident.domain.permission import EVERYWHERE
from incident.service.lookout import HOLDS, Lookout
from incident.service.outlines import Outlines
from incident.service.overview import Whole
from incident.service.survey import Survey
from incident.testing import MemoryStore
from incident.testing.memory_reading import MemoryReading
from tests.playbooks import HOUR, NIGHT
from tests.service.province import OTHER, PROVINCE, TOWNS, VILLAGE, adopted, province
from tests.service.story import activate


class Watched(MemoryStore):
    """A store that counts how often it is looked through."""

    surveys = 0
    is_away = False

    @contextmanager
    def reading(self) -> Iterator[MemoryReading]:
        if self.is_away:
            raise StoreAway(where="here")
        with super().reading() as tx:
            asked = tx.survey

            def survey(*, at: int) -> Survey:
                self.surveys += 1
                return asked(at=at)

            tx.survey = survey  # type: ignore[method-assign]
            yield tx


@pytest.fixture
def store() -> Watched:
    made = Watched()
    province(made)
    return made


def test_many_who_look_at_once_share_one_look(store: Watched) -> None:
    lookout, seen, together = Lookout(Outlines()), list[Whole](), Barrier(8)

    def ask() -> None:
        together.wait()
        seen.append(lookout.look(store, NIGHT))

    viewers = [Thread(target=ask) for _ in range(8)]
    for one in viewers:
        one.start()
    for one in viewers:
        one.join()

    assert store.surveys == 1
    assert len(seen) == 8
    assert all(one is seen[0] for one in seen)


def test_whoever_looks_after_an_act_sees_it_at_once_and_what_stands_is_not_made_anew(store: Watched) -> None:
    lookout = Lookout(Outlines())
    before = lookout.look(store, NIGHT + HOUR)
    activate(store, code=TOWNS[1], now=lambda: NIGHT + HOUR)

    after = lookout.look(store, NIGHT + HOUR)

    assert after.entries == before.entries + 1
    changed = [new.code for old, new in zip(before.glances, after.glances, strict=True) if old is not new]
    assert changed == [TOWNS[1]]


def test_a_look_holds_some_seconds_for_what_no_entry_tells(store: Watched) -> None:
    lookout = Lookout(Outlines())
    seen = lookout.look(store, NIGHT)

    assert lookout.look(store, NIGHT + HOLDS - 1) is seen
    assert lookout.look(store, NIGHT + HOLDS) is not seen
    assert lookout.look(store, NIGHT) is not seen, "a clock that was set back is believed, too"
    assert store.surveys == 3


def test_what_is_adopted_later_is_there_in_its_place(store: Watched) -> None:
    lookout = Lookout(Outlines())
    lookout.look(store, NIGHT)
    adopted(store, "330999", PROVINCE)

    seen = lookout.look(store, NIGHT)

    assert [(one.code, one.depth) for one in seen.glances] == [
        (PROVINCE, 0),
        (OTHER, 1),
        ("330999", 1),
        (TOWNS[0], 2),
        (VILLAGE, 3),
        (TOWNS[1], 2),
    ]
    assert [(one.code, one.depth) for one in seen.below({TOWNS[0]})] == [(TOWNS[0], 0), (VILLAGE, 1)]
    assert [one.code for one in seen.below({EVERYWHERE}, within=TOWNS[1])] == [TOWNS[1]]


def test_a_database_that_was_away_is_looked_at_once_it_is_back(store: Watched) -> None:
    lookout = Lookout(Outlines())
    store.is_away = True
    with pytest.raises(StoreAway):
        lookout.look(store, NIGHT)
    store.is_away = False

    assert len(lookout.look(store, NIGHT).glances) == 5
