"""What became of every promised time of a period."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct, field

from incident.domain import clock, names
from incident.domain.explain_time import ENDS, WHATS, lateness, promised, reasons
from incident.domain.facts import End, Result, What
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.timer import Timer
from incident.language import speak
from incident.service import account as service
from incident.views import naming
from incident.views.naming import Name, Place, Who

OPEN: Literal["open"] = "open"
#: How each time can end, and that it has not yet.
ALL_ENDS: dict[str, Words] = {**ENDS, OPEN: say("not due yet")}
#: What can be wrong with a promised time.
FAULTS: dict[str, Words] = {
    "vanished": say("promised, and no trace of it is left"),
    "twice": say("promised once, and there more often"),
    "not_promised": say("nobody promised it"),
    "overdue": say("its time has passed and it was not carried out"),
    "set_aside": say("tried too often and set aside"),
}
_COMPARE = say("run: incident journal verify; compare with a backup")
_DO: dict[str, Words] = {
    "overdue": say("look whether a worker runs: incident doctor; start one: incident run"),
    "set_aside": say("look why in the log of incident run, then: incident doctor"),
}


def what_to_do(fault: str) -> Words:
    """Say what to do about a fault; a row that is gone, or that nobody promised, was changed by hand."""
    return _DO.get(fault, _COMPARE)


class Line(NamedTuple):
    """A promised time as people read it."""

    due: int
    what: Words
    name: Words
    of: Words
    #: How it ended, or what is wrong with it.
    end: Words
    late: Words = ""
    node: str = ""
    why: Words = ""
    #: Entry in which it ended.
    entry: int | None = None


def line(playbook: Playbook, one: Timer) -> Line:
    """Say how a promised time ended."""
    return Line(
        one.due,
        WHATS[one.what],
        promised(playbook, one.key),
        names.name_of(playbook, one.of) if one.of else "",
        ALL_ENDS[one.end or OPEN],
        lateness(one.late) if one.late else "",
        one.node or "",
        reasons(playbook, (one.reason or "").split(", ")) if one.reason else "",
        one.ended,
    )


def fault_line(playbook: Playbook, one: service.Fault) -> Line:
    """Say what is wrong with a promised time."""
    of = names.name_of(playbook, one.of) if one.of else ""
    return Line(one.due, WHATS[one.what], promised(playbook, one.key), of, FAULTS[one.kind])


class AccountedTime(Struct, frozen=True, kw_only=True):
    """A promised time and its end."""

    what: What
    key: str
    name: Name
    #: Who owes or keeps it.
    of: Who | None
    due: str
    #: When that was due which it is about.
    about: str
    end: End | Literal["open"]
    #: What was found when it came.
    result: Result | None
    #: Minutes after it was due.
    late: int
    reason: str | None
    #: Node of the program that carried it out.
    node: str | None
    #: Entry that armed it; entry in which it ended, and when.
    seq: int
    ended_seq: int | None
    ended_at: str | None


class AccountFault(Struct, frozen=True, kw_only=True):
    """A promised time that is not accounted for."""

    #: `vanished`, `twice`, `not_promised`, `overdue`, `set_aside`; `text` says it in words.
    fault: str
    what: What
    key: str
    #: Who owes or keeps it, as the playbook writes it.
    of: str
    due: str
    text: str


class Account(Struct, frozen=True, kw_only=True):
    """What became of every promised time of a period."""

    jurisdiction: Place
    #: The period: from, to before.
    since: str = field(name="from")
    until: str = field(name="to")
    #: Each came to exactly one end.
    balances: bool
    promised: int
    #: By kind, how many ended how.
    ends: dict[str, dict[str, int]]
    #: Those that did not simply come, or all.
    times: list[AccountedTime]
    faults: list[AccountFault]


def account(playbook: Playbook, found: service.Account, *, everything: bool) -> Account:
    """Give an account; `times` are those that did not simply come, or all."""
    return Account(
        jurisdiction=Place(code=found.jurisdiction, name=speak(playbook.jurisdiction.name)),
        since=clock.stamp(found.since),
        until=clock.stamp(found.until),
        balances=found.is_balanced,
        promised=found.promised,
        ends=counted(found),
        times=[_time(playbook, one) for one in listed(found, everything=everything)],
        faults=[
            AccountFault(
                fault=one.kind,
                what=one.what,
                key=one.key,
                of=one.of,
                due=clock.stamp(one.due),
                text=speak(FAULTS[one.kind]),
            )
            for one in found.faults
        ],
    )


def counted(found: service.Account) -> dict[str, dict[str, int]]:
    """Give by kind how many ended how."""
    counts: dict[str, dict[str, int]] = {}
    for (what, end), n in found.ends.items():
        counts.setdefault(what, {})[end] = n
    return counts


def sums(found: service.Account) -> tuple[list[Words], list[list[Words]]]:
    """Give how many of each kind ended in which way, as heads and rows of a table.

    Kinds and ends of which there are none are left out.
    """
    ends = [end for end in ALL_ENDS if any(other == end for _what, other in found.ends)]
    counts = counted(found)
    rows: list[list[Words]] = [
        [WHATS[what], *(counts[what].get(end, 0) for end in ends)] for what in WHATS if what in counts
    ]
    return [ALL_ENDS[end] for end in ends], rows


def listed(found: service.Account, *, everything: bool) -> list[Timer]:
    """Give the times that did not simply come, or all."""
    return [one for one in found.timers if everything or one.end not in ("fired", None)]


def _time(playbook: Playbook, one: Timer) -> AccountedTime:
    return AccountedTime(
        what=one.what,
        key=one.key,
        name=naming.name(promised(playbook, one.key)),
        of=naming.who(playbook, one.of) if one.of else None,
        due=clock.stamp(one.due),
        about=clock.stamp(one.about),
        end=one.end or OPEN,
        result=one.result,
        late=one.late,
        reason=one.reason,
        node=one.node,
        seq=one.seq,
        ended_seq=one.ended,
        ended_at=None if one.ended_at is None else clock.stamp(one.ended_at),
    )
