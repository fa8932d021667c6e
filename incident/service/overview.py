"""All jurisdictions at one look: where each stands, what is late there, who is not reached, who lags behind.

    places and their outlines → those within reach → what is open there → one `Glance` each, in tree order

A fixed number of questions however many there are, and nothing here writes. What is counted is what was
recorded: a report whose time has passed while nobody carried it out is no missing report yet, but its time is
overdue and says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from incident.domain import callout, clock, handing
from incident.domain.facts import Plain
from incident.domain.organisation import Text
from incident.domain.permission import EVERYWHERE
from incident.domain.timer import DIRECTIVE, Directive
from incident.service.account import PATIENCE
from incident.service.outlines import Grave, Outline, Outlines
from incident.service.paths import paths
from incident.service.ports import Reading
from incident.service.survey import UNSIGNED_FOR, Asked, Place, Survey

#: Where more are wanted, all are asked about.
_FEW: Final = 1000
#: How grave a state is of which nothing is known.
_UNKNOWN: Final[Grave] = "watch"
_NOTHING: Final[Mapping[str, Any]] = {}


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
    grave: Grave = _UNKNOWN
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
    #: Handovers of the last week that both sides should have signed and have not.
    unsigned: int = 0
    #: The nearest superior that left its initial state while this one has not moved since, whether or not
    #: that superior may be looked at: whoever is to follow it has to know.
    behind: str | None = None
    #: How many below are behind this one.
    laggards: int = 0

    @property
    def alarms(self) -> int:
        """Count what needs somebody now."""
        return sum(
            (
                not self.is_readable,
                self.is_unconfirmed,
                self.is_past_end,
                self.unreached > 0,
                self.overdue > 0 or self.aside > 0,
                self.reports_late > 0,
                self.directives_late > 0,
            )
        )

    @property
    def watches(self) -> int:
        """Count what somebody should keep an eye on."""
        return sum(
            (self.waiting > 0, self.behind is not None, self.laggards > 0, self.unsigned > 0, self.lost > 0)
        )


def glances(
    tx: Reading, at: int, roots: Collection[str], outlines: Outlines, *, within: str = EVERYWHERE
) -> list[Glance]:
    """Look at all jurisdictions below some codes (`EVERYWHERE`: all there are), each after its superior.

    `within` leaves of these those alone that lie below one code more, as the root of a token does.
    """
    there = tx.places()
    known = outlines.of(tx, [(one.code, one.playbook) for one in there.read])
    parents = {one.code: _parent(known, one) for one in there.read} | dict.fromkeys(there.unreadable)
    above = paths(parents)
    shown = {code for code, path in above.items() if _is_below(path, roots) and _is_below(path, (within,))}
    asks_all = len(shown) == len(above) or len(shown) > _FEW
    counts = _counted(tx, tx.survey(at=at, codes=None if asks_all else shown), known, there.read, at)
    for code, superior in _behind(there.read, known, above):
        counts[code]["behind"] = superior
        counts[superior]["laggards"] = counts[superior].get("laggards", 0) + 1
    read = {one.code: one for one in there.read}
    result = []
    for code in sorted(shown, key=lambda code: above[code][::-1]):
        depth, one = len(shown.intersection(above[code])) - 1, read.get(code)
        if one is None:
            result.append(Glance(code=code, depth=depth, is_readable=False))
        else:
            result.append(_glance(one, known.get(one.playbook), at, depth, counts.get(code, _NOTHING)))
    return result


def _is_below(path: Iterable[str], roots: Collection[str]) -> bool:
    return EVERYWHERE in roots or any(code in roots for code in path)


def worst_first(found: Iterable[Glance]) -> list[Glance]:
    """Give those that need somebody, the worst first."""
    there = [(one.alarms, one.watches, one) for one in found]
    there = [row for row in there if row[0] or row[1]]
    return [row[2] for row in sorted(there, key=lambda row: (-row[0], -row[1], row[2].code))]


def _parent(known: Mapping[str, Outline], one: Place) -> str | None:
    outline = known.get(one.playbook)
    return None if outline is None else outline.parent


def _glance(one: Place, outline: Outline | None, at: int, depth: int, counts: Mapping[str, Any]) -> Glance:
    if outline is None:
        name, level, parent, state_name, grave = None, None, None, None, _UNKNOWN
        counts = {**counts, "is_readable": False}
    else:
        name, level, parent, states = outline.name, outline.level, outline.parent, outline.states
        state_name, grave = states.names.get(one.state), states.grave.get(one.state, _UNKNOWN)
    return Glance(
        code=one.code,
        depth=depth,
        playbook=one.name,
        playbook_hash=one.playbook,
        name=name,
        level=level,
        parent=parent,
        zone=one.zone,
        state=one.state,
        state_name=state_name,
        grave=grave,
        since=one.since,
        incident=one.incident,
        planned_end=one.planned_end,
        is_past_end=one.planned_end is not None and one.planned_end <= at,
        confirm_by=one.confirm_by,
        is_unconfirmed=one.confirm_by is not None and one.confirm_by <= at,
        version=one.version,
        signed_at=one.signed_at,
        **counts,
    )


def _behind(
    places: Iterable[Place], known: Mapping[str, Outline], above: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str]]:
    """Give (code, superior) of those that have not moved since a superior left its initial state."""
    calm, moved = dict[str, int](), dict[str, int]()
    for one in places:
        outline = known.get(one.playbook)
        if outline is not None:
            (calm if one.state == outline.states.initial else moved)[one.code] = one.since
    for code, since in calm.items() if moved else ():
        led_by = next((one for one in above[code] if moved.get(one, since) > since), None)
        if led_by is not None:
            yield code, led_by


# -- what is open


class _Waiting(NamedTuple):
    """What was found of items that wait for somebody."""

    #: Parties that have not answered, by (code, call-out).
    parties: dict[tuple[str, str], list[str]]
    asked: list[Asked]
    directives: Counter[str]
    directives_late: Counter[str]
    #: Code, roster and instant of handovers that both sides have signed.
    signed: set[tuple[str, str, int]]
    #: Where an item cannot be read.
    spoilt: set[str]


def _counted(
    tx: Reading, found: Survey, known: Mapping[str, Outline], places: Iterable[Place], at: int
) -> dict[str, dict[str, Any]]:
    """Give the counts of each jurisdiction in which something is open, by the names of `Glance`."""
    waiting = _waiting(found.items, at)
    given_up = tx.given_up(waiting.asked)
    counts = defaultdict[str, dict[str, Any]](dict)
    for code, late in found.overdue.items():
        if at - late.since > PATIENCE:
            counts[code].update(overdue_since=late.since, overdue=late.n)
    unreached = Counter[str]()
    asked = Counter[str]()
    for (code, key), parties in waiting.parties.items():
        asked[code] += len(parties)
        unreached[code] += sum(one in given_up.get((code, key), ()) for one in parties)
    columns: dict[str, Mapping[str, int]] = {
        "aside": found.aside,
        "undelivered": found.undelivered,
        "lost": found.lost,
        "waiting": asked,
        "unreached": unreached,
        "directives": waiting.directives,
        "directives_late": waiting.directives_late,
        "reports_late": _late(found, known, places),
        "unsigned": Counter(
            one.code for one in found.unsigned if one.at >= at - UNSIGNED_FOR and one not in waiting.signed
        ),
    }
    for name, column in columns.items():
        for code, n in column.items():
            counts[code][name] = n
    for code in waiting.spoilt:
        counts[code]["is_readable"] = False
    return counts


def _waiting(items: Iterable[tuple[str, str, str, Plain]], at: int) -> _Waiting:
    found = _Waiting({}, [], Counter(), Counter(), set(), set())
    for code, kind, key, item in items:
        try:
            _READ[kind](found, code, key, item, at)
        except (msgspec.ValidationError, ValueError):
            found.spoilt.add(code)
    return found


def _callout(found: _Waiting, code: str, key: str, item: Plain, _at: int) -> None:
    one = callout.read(item)
    since = clock.read_stamp(one.at)
    found.asked.append(Asked(code, key, since, since + callout.STEPS * clock.seconds(one.within)))
    found.parties[code, key] = one.waiting


def _directive(found: _Waiting, code: str, _key: str, item: Plain, at: int) -> None:
    due = clock.read_stamp(msgspec.convert(item, Directive).due)
    found.directives[code] += 1
    if due <= at:
        found.directives_late[code] += 1


def _handover(found: _Waiting, code: str, key: str, item: Plain, _at: int) -> None:
    for one in handing.read(item):
        if one.is_signed:
            found.signed.add((code, key, clock.read_stamp(one.at)))


_READ: Final = {callout.CALLOUT: _callout, "directive": _directive, handing.HANDOVER: _handover}


def _late(found: Survey, known: Mapping[str, Outline], places: Iterable[Place]) -> Counter[str]:
    """Count the reports that are late: of each series the newest, and all that are owed once."""
    late = Counter[str]()
    governed = {one.code: one.playbook for one in places} if found.missed else {}
    for one in found.missed:
        if one.key.startswith(DIRECTIVE):  # counted with the orders
            continue
        outline = known.get(governed.get(one.code, ""))
        if not one.is_overtaken or (outline is not None and one.key in outline.states.once):
            late[one.code] += one.n
    return late
