"""What it costs to know who is on duty, against a bare calendar.

`who`: who keeps a roster at an instant of a year, of five rosters with two shifts a day and thirty people, at
random instants. Limit: a bare bisection in the sorted beginnings of that roster's shifts, and a look into a
list. `year`: that year's duty given out by a fair rotation, with the public holidays of China. Limit: the
same shifts listed one by one, without anybody in them. Both begin with nothing remembered of times and days.
Processor time both.
"""

from __future__ import annotations

import random
import sys
import time
from bisect import bisect_right
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure
from incident.domain import clock, schedule, tally
from incident.domain.duty import Timeline, laid_out
from incident.domain.facts import DutyAssigned
from incident.domain.keeping import Case, Known, keepings
from incident.domain.organisation import Group, Seat, Text, Unit
from incident.domain.people import Tenure, people_of
from incident.domain.playbook import Playbook, Roster
from incident.domain.roster import ahead
from incident.domain.situation import Standing, Stood
from incident.service.days import china

WHO, YEAR = 10, 50
#: The year 2026 begins in China; its days off are announced.
START = clock.read_stamp("2025-12-31T16:00:00Z")
#: Watches, each with so many heads who take the lead in turn and so many officers of its unit.
WATCHES, EACH = [f"watch_{n}" for n in range(1, 6)], 3


def town() -> Case:
    """Give five rosters that stand and their thirty people; nothing was ever recorded."""
    heads = {key: [f"P{n * EACH + k}" for k in range(EACH)] for n, key in enumerate(WATCHES)}
    groups = {key: _group(key, heads[key]) for key in WATCHES}
    units = {f"unit_{key}": Unit(en=key) for key in WATCHES}
    # an item stands as plain data, as the record has it
    standing: Standing = {
        ("roster", key): _stood(Roster(name=_text(key), of=key, pattern="12h", rotation="fair"))
        for key in WATCHES
    }
    for n, key in enumerate(WATCHES):
        for k in range(EACH):
            tenure = Tenure(seat=f"unit_{key}", holder=f"H{n * EACH + k}", since="2025-01-01T00:00:00Z")
            standing["tenure", tenure.holder] = _stood(tenure)
    people = people_of(standing)
    playbook = _plan(groups, units)
    return Case(
        zone=playbook.jurisdiction.zone,
        keepings=keepings(playbook, standing, people),
        people=people,
        newest={},
        served=[],
        year=tally.year_begins(START, playbook.jurisdiction.zone),
        days=china,
        known=Known(),
    )


def _plan(groups: dict[str, Group], units: dict[str, Unit]) -> Playbook:
    """Give the least plan that has these groups and units."""
    name = msgspec.to_builtins(_text("town"))
    return msgspec.convert(
        {
            "playbook": "bench",
            "jurisdiction": {"code": "99", "name": name, "level": "town", "zone": "Asia/Shanghai"},
            "document": {"title": name, "issuers": []},
            "bodies": {},
            "groups": msgspec.to_builtins(groups),
            "units": msgspec.to_builtins(units),
            "events": {},
            "states": {"routine": {"name": name}},
            "transitions": {},
        },
        Playbook,
    )


def _group(key: str, heads: list[str]) -> Group:
    return Group(
        name=_text(key), units=[f"unit_{key}"], seats={"leader": Seat(title=_text("head"), holders=heads)}
    )


def _stood(item: object) -> Stood:
    return Stood(msgspec.to_builtins(item), 1)


def _text(words: str) -> Text:
    return Text(zh=words, en=words)


# -- a year's duty


def _forget() -> None:
    """Forget all that is remembered of times and days, so that both sides find the same nothing."""
    for remembered in (
        schedule._after,  # noqa: SLF001 - a measurement has to know what is remembered
        tally._edges,  # noqa: SLF001
        tally._new_year,  # noqa: SLF001
        clock.stamp,
        clock.read_stamp,
        china,
    ):
        remembered.cache_clear()


def shifts(case: Case, until: int) -> dict[str, list[int]]:
    """List when the shifts of each roster begin."""
    found: dict[str, list[int]] = {}
    for key, one in case.keepings.items():
        due = schedule.first_handover(one.roster, START, case.zone)
        found[key] = begins = []
        while due < until:
            begins.append(due)
            due = schedule.following_handover(one.roster, due, case.zone)
    return found


def listing(case: Case, until: int) -> float:
    """List a year's shifts; gives the ms of processor time it took."""
    _forget()
    began = time.process_time()
    shifts(case, until)
    return 1e3 * (time.process_time() - began)


def giving(case: Case, until: int) -> float:
    """Give a year's shifts out; gives the ms of processor time it took."""
    _forget()
    began = time.process_time()
    given = [*ahead(case, START, until)]
    taken = 1e3 * (time.process_time() - began)
    assert all(piece.holder for fact in given for piece in fact.pieces), "every post is kept by somebody"
    return taken


# -- who is on duty at an instant


def asking(timeline: Timeline, asked: Sequence[tuple[str, int]]) -> float:
    """Ask who is on duty at some instants; gives µs of processor time each."""
    began = time.process_time()
    for key, at in asked:
        timeline.who(key, at)
    return 1e6 * (time.process_time() - began) / len(asked)


def finding(listed: dict[str, list[int]], asked: Sequence[tuple[str, int]]) -> float:
    """Find the shifts of the same instants by a bare bisection; gives µs of processor time each."""
    # what the timeline looks up by roster is here at hand: the limit has nothing but its bisection
    (starts,) = {tuple(found) for found in listed.values()}
    begins = [*starts]
    items = [*range(len(begins))]
    began = time.process_time()
    for _key, at in asked:
        items[bisect_right(begins, at) - 1]
    return 1e6 * (time.process_time() - began) / len(asked)


def laid(given: Sequence[DutyAssigned]) -> Timeline:
    """Lay a year's shifts out."""
    return Timeline(chain.from_iterable(laid_out(fact, seq) for seq, fact in enumerate(given)))


def main() -> int:
    """Measure turn by turn and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--days", type=int, default=365, help="days of duty (365)")
    parser.add_argument("--instants", type=int, default=100_000, help="instants asked about (100000)")
    parser.add_argument("--turns", type=int, default=10, help="turns (10)")
    chosen = parser.parse_args()
    case, until = town(), START + chosen.days * 86400
    china(clock.local(START, case.zone).date())  # the calendar itself is read once a process
    timeline, listed = laid([*ahead(case, START, until)]), shifts(case, until)
    dice = random.Random(1)
    asked = [(dice.choice(WATCHES), dice.randrange(START, until)) for _ in range(chosen.instants)]
    assert all(timeline.who(key, at) for key, at in asked), "somebody is on duty at every instant"
    who = _measure.take_turns(chosen.turns, lambda: asking(timeline, asked), lambda: finding(listed, asked))
    year = _measure.take_turns(chosen.turns, lambda: giving(case, until), lambda: listing(case, until))
    figures = [
        _measure.compare("who", who, unit="µs an instant", target=WHO, at_most=True),
        _measure.compare("year", year, unit="ms a year", target=YEAR, at_most=True),
    ]
    return _measure.report("roster", figures, as_json=chosen.as_json, days=chosen.days, instants=len(asked))


if __name__ == "__main__":
    sys.exit(main())
