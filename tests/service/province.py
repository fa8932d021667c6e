"""A province with a county, towns and a village, and who looks at them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from msgspec.structs import replace

from incident.domain.permission import EVERYWHERE
from incident.service.glance import Glance
from incident.service.outlines import Outlines
from incident.service.overview import look as look_at_all
from incident.service.ports import Store
from tests.playbooks import BAISHI
from tests.service.story import begin

#: A province, a county in it that is not adopted, two towns of that, a village, another county.
PROVINCE, COUNTY, OTHER = "33", "330999", "330888"
TOWNS = ("330999101", "330999102")
VILLAGE = "330999101201"


def look(store: Store, at: int, *roots: str, outlines: Outlines | None = None) -> dict[str, Glance]:
    with store.reading() as tx:
        found = look_at_all(tx, at, outlines or Outlines()).below(roots or (EVERYWHERE,))
    return {one.code: one for one in found}


def adopted(store: Store, code: str, parent: str | None) -> None:
    place = replace(BAISHI.jurisdiction, code=code, parent=parent)
    begin(store, replace(BAISHI, playbook=f"plan_{code}", jurisdiction=place))


def province(store: Store) -> None:
    adopted(store, PROVINCE, None)
    for code in (OTHER, *TOWNS):
        adopted(store, code, {OTHER: "3308"}.get(code, COUNTY))
    adopted(store, VILLAGE, TOWNS[0])


def damage(path: str, statement: str) -> None:
    with closing(sqlite3.connect(path.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(statement)
