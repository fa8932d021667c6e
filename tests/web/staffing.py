"""What pages about people begin with: a directory, and somebody who signs in under their sign in it."""

from __future__ import annotations

from typing import Final

from incident import bootstrap
from incident.playbook_text.directory import parse_sheet
from incident.service import people, users
from incident.service.access import NOBODY
from incident.service.who import Origin, Who
from tests.web.serving import TOWN, Served

#: Four of the town's staff, of whom one belongs to the duty group.
STAFF: Final = "seat,holder,name,from,channels\n" + "".join(
    f"全体机关干部,H{n},干部{n},2025-01-01,mail:h{n}@example.cn\n" for n in range(1, 5)
)


def employ(served: Served, sheet: str = STAFF, name: str = "people.csv") -> None:
    """Take a directory in."""
    origin = Origin(Who(by="operator"), "test", name)
    found = parse_sheet(sheet.encode(), name)
    outcome = people.import_rows(
        served.workplace.store, TOWN, found, origin=origin, now=served.clock, chance=bootstrap.chance
    )
    assert outcome is not None, "nothing was taken in"


def be(served: Served, login: str, sign: str) -> None:
    """Let somebody who signs in be known by their sign in the directory."""
    users.rename(served.gate, login, NOBODY, sign=sign)
