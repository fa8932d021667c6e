"""Several who bring one database to the new schema at the same moment: one does it, all find it done."""

from __future__ import annotations

from contextlib import closing
from multiprocessing.synchronize import Barrier

import pytest

from incident import bootstrap
from incident.service.verify import verify
from incident.store.tables import REVISION
from incident.store.upgrade import upgrade
from tests.crash.acts import migrations, older_schemas
from tests.crash.places import Beginnings
from tests.crash.rows import difference, rows_of
from tests.store.children import PATIENCE, at_once


def upgrade_now(url: str, together: Barrier, _who: int) -> str:
    """Upgrade with everybody else; gives the schema after."""
    together.wait(PATIENCE)
    return upgrade(url)[1]


@pytest.mark.parametrize("schema", [older_schemas()[0], older_schemas()[-1]])
def test_several_who_upgrade_at_once_do_it_once(beginnings: Beginnings, schema: str) -> None:
    (act,) = migrations((schema,))
    with beginnings.copied(act) as alone:
        upgrade(alone.url)
        expected = rows_of(alone.url)
    with beginnings.copied(act) as place:
        assert at_once(upgrade_now, place.url, 3) == [REVISION] * 3

        assert not difference(rows_of(place.url), expected)
        with closing(bootstrap.open_store(place.url)) as store, store.reading() as tx:
            assert [verify(tx, code).replayed for code, _name in tx.codes()] == [True]
