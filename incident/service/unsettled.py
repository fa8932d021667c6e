"""What is open in many jurisdictions, counted: late, not reached, not answered, not signed, not reviewed.

What is counted is what was recorded: a report whose time has passed while nobody carried it out is no missing
report yet, but its time is overdue and says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from incident.domain import approving, callout, clock, handing
from incident.domain.facts import Plain
from incident.domain.timer import DIRECTIVE, Directive
from incident.service.account import PATIENCE
from incident.service.outlines import Outline
from incident.service.survey import UNSIGNED_FOR, Asked, Missed, Place, Survey, Surveying

#: By the names of `Glance`, of each jurisdiction in which something is open.
Counts = defaultdict[str, dict[str, Any]]


def counted(tx: Surveying, places: Iterable[Place], known: Mapping[str, Outline], at: int) -> Counts:
    """Count what is open at an instant in each jurisdiction; `known` are outlines by playbook."""
    found = tx.survey(at=at)
    waiting = _waiting(found.items, at)
    counts = Counts(dict)
    for code, late in found.overdue.items():
        if at - late.since > PATIENCE:
            counts[code].update(overdue_since=late.since, overdue=late.n)
            _is_late(counts, code, late.since)
    for name, column in _columns(found, waiting, at).items():
        for code, n in column.items():
            counts[code][name] = n
    for code, n in _unreached(waiting, tx.given_up(waiting.asked)).items():
        counts[code]["unreached"] = n
    for missing in _late(found, known, places):
        counts[missing.code]["reports_late"] = counts[missing.code].get("reports_late", 0) + missing.n
        _is_late(counts, missing.code, missing.since)
    for code, since in waiting.late:
        _is_late(counts, code, since)
    for one in places:
        if one.planned_end is not None and one.planned_end <= at:
            counts[one.code]["is_past_end"] = True
            _is_late(counts, one.code, one.planned_end)
        if one.confirm_by is not None and one.confirm_by <= at:
            counts[one.code]["is_unconfirmed"] = True
            _is_late(counts, one.code, one.confirm_by)
    for code in waiting.spoilt:
        counts[code]["is_readable"] = False
    return counts


def _is_late(counts: Counts, code: str, since: int) -> None:
    """Note that something of a jurisdiction is late since an instant; the oldest stays."""
    there = counts[code]
    there["late_since"] = min(since, there.get("late_since", since))


class _Waiting(NamedTuple):
    """What was found of items that wait for somebody."""

    #: How many there are, by the name of what is counted and by code.
    n: defaultdict[str, Counter[str]]
    #: Parties that have not answered, by (code, call-out).
    parties: dict[tuple[str, str], list[str]]
    asked: list[Asked]
    #: Code, roster and instant of handovers that both sides have signed.
    signed: set[tuple[str, str, int]]
    #: Where an item cannot be read.
    spoilt: set[str]
    #: Code and time of the orders whose time has passed.
    late: list[tuple[str, int]]


def _columns(found: Survey, waiting: _Waiting, at: int) -> dict[str, Mapping[str, int]]:
    since = at - UNSIGNED_FOR
    unsigned = (one.code for one in found.unsigned if one.at >= since and one not in waiting.signed)
    return {
        "aside": found.aside,
        "undelivered": found.undelivered,
        "lost": found.lost,
        "unsigned": Counter(unsigned),
        **waiting.n,
    }


def _unreached(waiting: _Waiting, given_up: Mapping[tuple[str, str], Iterable[str]]) -> Counter[str]:
    """Count the parties that have not answered and for whom nobody is left to ask."""
    unreached = Counter[str]()
    for (code, key), parties in waiting.parties.items():
        unreached[code] += len({*given_up.get((code, key), ())} & {*parties})
    return unreached


def _late(found: Survey, known: Mapping[str, Outline], places: Iterable[Place]) -> Iterator[Missed]:
    """Give the reports that are late: of each series the newest, and all that are owed once."""
    governed = {one.code: one.playbook for one in places} if found.missed else {}
    for one in found.missed:
        if one.key.startswith(DIRECTIVE):  # counted with the orders
            continue
        outline = known.get(governed.get(one.code, ""))
        if not one.is_overtaken or (outline is not None and one.key in outline.states.once):
            yield one


# -- items, by kind


def _waiting(items: Iterable[tuple[str, str, str, Plain]], at: int) -> _Waiting:
    found = _Waiting(defaultdict(Counter), {}, [], set(), set(), [])
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
    found.n["waiting"][code] += len(one.waiting)


def _directive(found: _Waiting, code: str, _key: str, item: Plain, at: int) -> None:
    due = clock.read_stamp(msgspec.convert(item, Directive).due)
    found.n["directives"][code] += 1
    if due <= at:
        found.n["directives_late"][code] += 1
        found.late.append((code, due))


def _handover(found: _Waiting, code: str, key: str, item: Plain, _at: int) -> None:
    for one in handing.read(item):
        if one.is_signed:
            found.signed.add((code, key, clock.read_stamp(one.at)))


def _proposal(found: _Waiting, code: str, _key: str, item: Plain, at: int) -> None:
    # one whose term is over can be approved no more, whether or not anybody carried that out
    found.n["proposals"][code] += clock.read_stamp(approving.read(item).until) > at


def _glass(found: _Waiting, code: str, _key: str, item: Plain, _at: int) -> None:
    approving.read_broken(item)
    found.n["unreviewed"][code] += 1


_READ: Final = {
    callout.CALLOUT: _callout,
    "directive": _directive,
    handing.HANDOVER: _handover,
    approving.PROPOSAL: _proposal,
    approving.GLASS: _glass,
}
