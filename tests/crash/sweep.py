"""The sweep: an act is killed at one point after another, and each time all of it is there, or nothing.

    done once, unkilled: which points are there, and what the database holds after each commit
    for each point:      a copy of the beginning → the command, killed there → what is held against it:
      * rows             exactly those after the last commit that the command had passed, in every table
      * journal, account verify with replay holds, no promised time is amiss (what is late may be late)
      * people           what is kept of who may sign in is of a piece (`people.py`)
      * again            the same command with the same identity ends with the exit code of the first
      * rows             exactly those of the one that nobody killed, for which journal and account hold:
                         so it was done once

Clock and salts are the same in all of them, so "exactly" means every byte of every row. Only of deliveries,
which are taken up later than they were dropped, the instant is not compared. Files are held against those of
the act that nobody killed: none is there in part, all are at the end, and a message that was noted as
delivered is not written again.

An act that has no identity (`Act.is_new_each_time`: somebody signs in, a password is set) is another one when
it is done again. So it is also done twice, unkilled; and done again after it was killed it has to end as the
first where nothing was kept, as the second where all was, and in between as one of the two, or with the exit
code of the second and nothing changed.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from incident import bootstrap
from incident.service.account import account, known_since
from incident.service.message import key_of
from incident.service.notices import Undelivered
from incident.service.verify import verify
from incident.store.tables import REVISION, outbox
from incident.store.tables_identity import failures
from tests.crash.act import Act
from tests.crash.child import kill_at, run
from tests.crash.people import must_be_of_a_piece
from tests.crash.places import Beginnings, Place
from tests.crash.points import COMMITTED, Point, heard
from tests.crash.rows import Rows, difference, rows_of
from tests.playbooks import NIGHT

#: Chooses of an act's points those that are tried; they count from 1.
Choose = Callable[[Sequence[Point]], Iterable[int]]


class Came(NamedTuple):
    """What came of an act: its exit code, and what the database holds."""

    code: int
    rows: Rows


class Measured(NamedTuple):
    """What an act does when nobody kills it."""

    points: list[Point]
    #: What the database holds at first, and after each commit.
    rows: list[Rows]
    #: The files that it writes, each with what it says.
    files: dict[str, str]
    #: What comes of it where nothing was kept of it before, and where all was.
    first: Came
    second: Came
    #: What was found to hold, and whether the act was over then: verifying reads rows alone, so that the same
    #: rows need not be verified at each point.
    held: list[tuple[bool, Rows]]


class Swept(NamedTuple):
    """How often an act was killed."""

    act: str
    #: How many points it has, and at how many of them it was killed.
    points: int
    killed: int
    commits: int
    seconds: float


def every(points: Sequence[Point]) -> Iterable[int]:
    """Choose every point."""
    return range(1, len(points) + 1)


def around_commits(points: Sequence[Point]) -> tuple[int, int]:
    """Choose before the last commit, when all is said, and after the first, when something is kept."""
    last = len(points) - points[::-1].index(Point("before", "commit"))
    return (last, points.index(COMMITTED) + 1)


def spread(n: int) -> Choose:
    """Choose so many points over the whole length: the first, the last, and between."""
    return lambda points: sorted({1 + one * (len(points) - 1) // (n - 1) for one in range(n)})


def sweep(act: Act, beginnings: Beginnings, choose: Choose = every) -> Swept:
    """Kill an act at points. Raises `AssertionError`, which names the point, when one leaves a trace."""
    began = time.monotonic()
    with beginnings.copied(act) as place:
        measured = measure(place)
    chosen = [*choose(measured.points)]
    for number in chosen:
        with beginnings.copied(act) as place:
            kill_and_do_again(place, measured, number)
    seconds = time.monotonic() - began
    return Swept(act.name, len(measured.points), len(chosen), len(measured.rows) - 1, seconds)


def measure(place: Place) -> Measured:
    """Do an act and note its points, and what the database holds after each commit."""
    rows = [rows_of(place.url)]
    points: list[Point] = []

    def reached(point: Point) -> None:
        points.append(point)
        if point == COMMITTED:
            rows.append(rows_of(place.url))

    with heard(reached, files=place.messages):
        said = run(place.typed())
    assert said.code == place.act.code, said
    must_hold(place, rows[-1], is_over=True)
    first, files = Came(said.code, rows[-1]), written(place)
    second = came_again(place) if place.act.is_new_each_time else first
    must_hold(place, second.rows, is_over=True)
    return Measured(points, rows, files, first, second, [(True, first.rows), (True, second.rows)])


def came_again(place: Place) -> Came:
    """Do an act again, and give what came of it."""
    said = run(place.typed(later=place.act.again))
    return Came(said.code, rows_of(place.url))


def hold_once(place: Place, measured: Measured, rows: Rows, *, is_over: bool) -> None:
    """Hold what is there, unless the very same was held before."""
    if (is_over, rows) not in measured.held:
        must_hold(place, rows, is_over=is_over)
        measured.held.append((is_over, rows))


def kill_and_do_again(place: Place, measured: Measured, number: int) -> None:
    """Kill an act at a point, look, do it again, look."""
    passed = measured.points[:number]
    where = f"{place.act.name} killed {' '.join(passed[-1])}, point {number} of {len(measured.points)}"
    assert kill_at(place.typed(), number, signal.SIGKILL) == -signal.SIGKILL, where
    left = rows_of(place.url)
    assert not (found := difference(left, measured.rows[passed.count(COMMITTED)])), f"{where}\n{found}"
    hold_once(place, measured, left, is_over=False)
    assert written(place).items() <= measured.files.items(), f"{where}: a file that is not whole"
    noted = take_noted(place, left) if place.act.again else set()

    came = came_again(place)
    hold_once(place, measured, came.rows, is_over=True)
    kept = passed.count(COMMITTED)
    is_between = 0 < kept < len(measured.rows) - 1
    differences = [
        differing(place, came, one, is_between=is_between)
        for one in allowed(measured, left, kept=bool(kept), is_between=is_between)
    ]
    assert "" in differences, f"{where}, done again\n{differences[0]}"
    files = {name: said for name, said in measured.files.items() if name not in noted}
    assert written(place) == files, f"{where}: files {sorted(written(place))}"


def allowed(measured: Measured, left: Rows, *, kept: bool, is_between: bool) -> Iterator[Came]:
    """Give what may come of an act that is done again where none, some or all was kept, which left rows."""
    if is_between or not kept:
        yield measured.first
    if is_between or kept:
        yield measured.second
    if is_between and measured.first != measured.second:
        yield Came(measured.second.code, left)


def differing(place: Place, came: Came, expected: Came, *, is_between: bool) -> str:
    """Say in what that which came of an act is not what was expected; empty where it is."""
    here, there = (without_times(place, one.rows) for one in (came, expected))
    if is_between:  # an attempt to sign in that broke off counts as one that failed (ADR 0021)
        here, there = ({**one, failures.name: []} for one in (here, there))
    found = difference(here, there)
    return found if came.code == expected.code else f"exit code {came.code}, not {expected.code}\n{found}"


def must_hold(place: Place, rows: Rows, *, is_over: bool) -> None:
    """Hold journal and account of every jurisdiction; a database that is not made or older yet has none.

    Before the act is done again something may be overdue, for that may be what the act carries out.
    """
    if rows.get("alembic_version") != [(REVISION,)]:
        assert not is_over
        return
    must_be_of_a_piece(rows)
    now = NIGHT + place.act.at + (place.act.again if is_over else 0)
    with closing(bootstrap.open_store(place.url)) as store, store.reading() as tx:
        for code, _name in tx.codes():
            assert verify(tx, code).replayed
            accounted = account(tx, code, since=known_since(tx, code), until=now + 1, at=now)
            faults = [one for one in accounted.faults if is_over or one.kind != "overdue"]
            assert not faults, faults


def without_times(place: Place, rows: Rows) -> Rows:
    """Leave out when messages were delivered, where that was later the second time; that they were stays."""
    if not place.act.again:
        return rows
    return {**rows, "outbox": sorted((*notice, done is not None) for notice, done in told(rows))}


def told(rows: Rows) -> Iterator[tuple[tuple[str, int, int, str, bytes], int | None]]:
    """Give each notice, and when it was noted as delivered."""
    names = [column.name for column in outbox.columns]
    for row in rows.get("outbox", []):
        one = dict(zip(names, row, strict=True))
        yield (one["jurisdiction"], one["seq"], one["n"], one["receiver"], one["facts"]), one["done_at"]


def written(place: Place) -> dict[str, str]:
    """Give the files that others see in the folder, each with what it says."""
    return {
        str(path.relative_to(place.messages)): path.read_text(encoding="utf-8")
        for path in place.messages.rglob("[!.]*")
        if path.is_file()
    }


def take_noted(place: Place, rows: Rows) -> set[str]:
    """Take those messages away that are noted as delivered; gives their names, for all were written."""
    noted = {
        f"{key_of(Undelivered(code, seq, n, receiver, []))}.txt"
        for (code, seq, n, receiver, _facts), done in told(rows)
        if done is not None
    }
    assert noted <= written(place).keys()
    for name in noted:
        (place.messages / name).unlink()
    return noted
