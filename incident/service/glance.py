"""What a board says of one jurisdiction: where it stands, and what there needs somebody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import force_setattr

from incident.domain.organisation import Text
from incident.service.outlines import Grave

#: How grave a state is of which nothing is known.
UNKNOWN: Final[Grave] = "watch"


class Glance(Struct, frozen=True, kw_only=True):
    """One jurisdiction at one look."""

    code: str
    #: How many of its superiors are shown too.
    depth: int = 0
    #: Something of it is not as this program writes it, or its playbook cannot be read.
    is_readable: bool = True
    #: Key and hash of its playbook.
    playbook: str = ""
    playbook_hash: str = ""
    #: None where the playbook cannot be read.
    name: Text | None = None
    level: str | None = None
    parent: str | None = None
    zone: str = "Asia/Shanghai"
    state: str = ""
    state_name: Text | None = None
    #: How grave the state is (`outlines.py`).
    grave: Grave = UNKNOWN
    since: int = 0
    incident: str | None = None
    #: When its end is planned, and until when it is to be confirmed; whether these have passed.
    planned_end: int | None = None
    is_past_end: bool = False
    confirm_by: int | None = None
    is_unconfirmed: bool = False
    #: Number of entries in its journal.
    version: int = 0
    #: When its newest checkpoint was signed.
    signed_at: int | None = None
    #: Since when the oldest of the promised times waits that should have been carried out, and how many do.
    overdue_since: int | None = None
    overdue: int = 0
    #: How many times failed so often that they are tried no more.
    aside: int = 0
    #: Notices that are not delivered, and letters that reached nobody in the last day.
    undelivered: int = 0
    lost: int = 0
    #: Parties that were called out and have not answered; those of them for whom nobody is left to ask.
    waiting: int = 0
    unreached: int = 0
    #: Orders of a leader that are not answered; those of them whose time has passed.
    directives: int = 0
    directives_late: int = 0
    #: Reports that are missing now.
    reports_late: int = 0
    #: Since when the oldest of all that is late is it: of promised times, reports, orders, planned ends and
    #: confirmations.
    late_since: int | None = None
    #: Handovers of the last week that both sides should have signed and have not.
    unsigned: int = 0
    #: Steps that one person proposed and another may approve; steps that one took alone and nobody reviewed.
    proposals: int = 0
    unreviewed: int = 0
    #: The nearest superior that left its initial state while this one has not moved since, whether or not
    #: that superior may be looked at: whoever is to follow it has to know.
    behind: str | None = None
    #: How many below are behind this one.
    laggards: int = 0
    #: How many things need somebody now, and how many somebody should keep an eye on; counted here.
    alarms: int = 0
    watches: int = 0

    def __post_init__(self) -> None:
        """Count: a board asks each of thousands, again and again."""
        alarms = (
            not self.is_readable,
            self.is_unconfirmed,
            self.is_past_end,
            self.unreached > 0,
            self.overdue > 0 or self.aside > 0,
            self.reports_late > 0,
            self.directives_late > 0,
            self.unreviewed > 0,
        )
        watches = (
            self.waiting > 0,
            self.behind is not None,
            self.laggards > 0,
            self.unsigned > 0,
            self.lost > 0,
            self.proposals > 0,
        )
        force_setattr(self, "alarms", sum(alarms))
        force_setattr(self, "watches", sum(watches))


def worst_first(found: Iterable[Glance]) -> list[Glance]:
    """Give those that need somebody, the worst first; of those that are as bad, who is late longest."""
    there = [one for one in found if one.alarms or one.watches]
    return sorted(there, key=_order)


def _order(one: Glance) -> tuple[int, int, bool, int, str]:
    since = one.late_since
    return -one.alarms, -one.watches, since is None, since or 0, one.code
