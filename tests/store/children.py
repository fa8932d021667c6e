"""Other processes for the tests: made by fork out of a server that has all loaded, so each costs 20 ms.

What runs in one is a function of a module, named as such; it gets a database's URL and opens it itself.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any, Final

from sqlalchemy import Engine, event

from incident import bootstrap
from incident.domain.errors import IncidentError
from incident.service.handle import Outcome, Seen
from incident.service.queries import preview
from incident.service.tick import Swept, sweep
from incident.store.sql import SqlStore
from incident.store.upgrade import upgrade
from tests.playbooks import CODE, DAY, NIGHT, ask
from tests.service.story import LOCAL, activate, begin, night, tell

CONTEXT: Final = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.store.children", "tests.crash.sweep"])
PATIENCE: Final = 60.0

#: Up and down by turns; what that means depends on what the others did: changed, noted or refused.
_TURNS: Final[list[tuple[str, dict[str, Any]]]] = [("positive", LOCAL), ("lifted", {})] * 5

Act = Callable[[str, Barrier, int], Any]


def at_once(act: Act, url: str, n: int) -> list[Any]:
    """Let `n` processes act on one database at the same time; gives what each says."""
    together = CONTEXT.Barrier(n)
    heard = []
    for who in range(n):
        ours, theirs = CONTEXT.Pipe(duplex=False)
        child = CONTEXT.Process(target=_run, args=(act, url, together, who, theirs))
        child.start()
        theirs.close()
        heard.append((child, ours))
    answers = []
    for child, ours in heard:
        answers.append(ours.recv() if ours.poll(PATIENCE) else "silent")
        ours.close()
        child.join(PATIENCE)
        child.close()
    return answers


def _run(act: Act, url: str, together: Barrier, who: int, answer: Connection) -> None:
    try:
        answer.send(act(url, together, who))
    except IncidentError as error:
        answer.send(type(error).__name__)


def look_and_activate(url: str, together: Barrier, who: int) -> str:
    """See the plan as everybody else does, then press the button with them."""
    request = ask("positive", fields=LOCAL, verb="activate")
    with closing(bootstrap.open_store(url)) as store:
        with store.reading() as tx:
            plan = preview(tx, CODE, request, now=night).plan
        assert plan is not None
        together.wait(PATIENCE)
        activate(store, id=f"officer {who}", seen=Seen(plan.hash, granted=True))
    return "activated"


def activate_same_event(url: str, together: Barrier, _who: int) -> bool:
    """Report the very same event as everybody else."""
    with closing(bootstrap.open_store(url)) as store:
        together.wait(PATIENCE)
        return activate(store, id="one event").repeated


def tell_ten(url: str, together: Barrier, who: int) -> list[int]:
    """Record ten events; gives the numbers of their entries."""
    with closing(bootstrap.open_store(url)) as store:
        together.wait(PATIENCE)
        told = [
            tell(store, event, fields=fields, id=f"{who}.{n}") for n, (event, fields) in enumerate(_TURNS)
        ]
    return [outcome.entry.seq for outcome in told]


def adopt_once(url: str, together: Barrier, _who: int) -> int:
    """Adopt with everybody else; gives how many facts that made."""
    with closing(bootstrap.open_store(url)) as store:
        together.wait(PATIENCE)
        return len(begin(store).facts)


def open_new(url: str, together: Barrier, _who: int) -> str:
    """Open a database that is not there yet."""
    together.wait(PATIENCE)
    bootstrap.open_store(url).close()
    return "ready"


#: Where a process ends: (before or after, number of the statement from 1); 0 stands for the commit.
Point = tuple[str, int]


#: What is done by a process that ends before it is done: with a store, in some jurisdictions.
Deed = Callable[[SqlStore, list[str]], Any]


def done_until(deed: Deed, url: str, codes: list[str], point: Point) -> int | None:
    """Do something in another process that kills itself at a point; gives its exit code."""
    child = CONTEXT.Process(target=_done_until, args=(deed, url, codes, point))
    child.start()
    child.join(PATIENCE)
    exit_code = child.exitcode
    child.close()
    return exit_code


def _done_until(deed: Deed, url: str, codes: list[str], point: Point) -> None:
    store = bootstrap.open_store(url)
    on_statements(store, lambda at: os.kill(os.getpid(), signal.SIGKILL) if at == point else None)
    deed(store, codes)
    store.close()


def upgraded_until(url: str, statement: int) -> int | None:
    """Upgrade a database in another process that kills itself after a statement that changes something."""
    child = CONTEXT.Process(target=_upgrade_until, args=(url, statement))
    child.start()
    child.join(PATIENCE)
    exit_code = child.exitcode
    child.close()
    return exit_code


def _upgrade_until(url: str, left: int) -> None:
    @event.listens_for(Engine, "after_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal left
        left -= statement.lstrip().startswith(("CREATE", "ALTER", "UPDATE", "INSERT", "DROP"))
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    upgrade(url)


def activate_the_event(store: SqlStore, codes: list[str]) -> Outcome:
    """Press the button in the one town."""
    (code,) = codes
    return activate(store, code=code, id="the event")


def sweep_the_morning(store: SqlStore, codes: list[str]) -> Swept:
    """Carry out what is due the next morning, everywhere: a node that knows of no other."""
    return sweep(store, now=morning, node=f"node of {codes[0]}")


def morning() -> int:
    """When the first reports are missed, and handovers have come."""
    return NIGHT + DAY


def sweep_everything(url: str, together: Barrier, who: int) -> int:
    """Sweep with everybody else; gives how many entries that made."""
    with closing(bootstrap.open_store(url)) as store:
        together.wait(PATIENCE)
        return sweep(store, now=morning, node=f"node {who}", batch=5).entries


def on_statements(store: SqlStore, reached: Callable[[Point], None]) -> None:
    """Call `reached` before and after each statement and the commit."""
    engine, count = store._engine, 0

    @event.listens_for(engine, "before_cursor_execute")
    def before(*_: Any) -> None:
        nonlocal count
        count += 1
        reached(("before", count))

    @event.listens_for(engine, "after_cursor_execute")
    def after(*_: Any) -> None:
        reached(("after", count))

    @event.listens_for(engine, "commit")
    def committing(connection: Any) -> None:
        reached(("before", 0))
        connection._dbapi_connection.dbapi_connection.commit()
        reached(("after", 0))
