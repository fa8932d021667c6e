"""The commands of a database as a whole: its schema, a copy of it, another place for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins

from incident import bootstrap
from incident.cli import exits, session
from incident.cli.db_roles import roles
from incident.cli.output import error_lines, put, put_json, talk, wants_json
from incident.domain.errors import Conflict
from incident.domain.say import Words, say
from incident.language import _
from incident.views.errors import failure

if TYPE_CHECKING:
    from incident.store.backup import Copied
    from incident.store.roots import Rooted

#: Seconds between two words about how far it is; what is over sooner says none.
_PACE = 2.0
#: What is done with the rows of a table.
_ACTS: dict[str, Words] = {"copy": say("copied"), "compare": say("compared")}


@click.group(help=_("The database."))
def db() -> None:
    """Hold the database's commands."""


@db.command(help=_("Bring the database to the schema of this program."))
def upgrade() -> None:
    """Run the migrations that are missing."""
    from incident.store.upgrade import upgrade as run

    before, after = run(bootstrap.url_of(session.option("db")))
    if wants_json():
        put_json({"from": before, "to": after})
    elif before == after:
        put(say("the database is at schema {revision} already", revision=after))
    else:
        put(say("schema {before} → {after}", before=before or say("(new)"), after=after))
    if before not in (None, after) and bootstrap.url_of(session.option("db")).startswith("postgresql"):
        talk(say("roles of their own need their rights on what is new; run again: incident db roles"))


@db.command(help=_("Copy the database (SQLite) into a new file while others work, and verify the copy."))
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> int:
    """Make a backup; exit code 1 when a journal in it does not hold."""
    from incident.store.backup import back_up

    pace = _Pace()
    made = back_up(
        bootstrap.url_of(session.option("db")),
        file,
        lambda done, total: pace.tell(lambda: say("{percent} % copied", percent=100 * done // total)),
    )
    if wants_json():
        put_json(_backup_json(made))
    else:
        put(say("{place} is copied to {file}: {n} bytes", place=made.place, file=made.file, n=made.size))
        _put_journals(made.journals)
    for fault in made.faults:
        for words in error_lines(fault):
            talk(words)
    return exits.FAULTS if made.faults else 0


def _backup_json(made: Copied) -> dict[str, Any]:
    return {
        "file": made.file,
        "bytes": made.size,
        "schema": made.revision,
        **_journals_json(made.journals),
        "faults": [
            {"jurisdiction": fault.jurisdiction, "seq": fault.seq, **to_builtins(failure(fault))}
            for fault in made.faults
        ],
    }


@db.command(help=_("Move the database into an empty one, SQLite or PostgreSQL, and compare every row."))
@click.argument("source", metavar="FROM_URL")
@click.argument("target", metavar="TO_URL")
def move(source: str, target: str) -> None:
    """Move a database, compare every row and root, and mark the old one so that nobody uses it any more."""
    from incident.store.moving import move as move_all

    _nobody_may_work_on(source)
    pace = _Pace()
    done = move_all(
        source,
        target,
        at=bootstrap.clock(),
        tell=lambda act, table, rows: pace.tell(
            lambda: say("{act}: {table}, {n} rows", act=_ACTS[act], table=table, n=rows)
        ),
    )
    total = sum(done.rows.values())
    if wants_json():
        sides = {"from": done.source, "to": done.target}
        put_json({**sides, "rows": total, "tables": done.rows, **_journals_json(done.journals)})
        return
    put(say("{source} is moved to {target}", source=done.source, target=done.target))
    put(say("  {n} rows of {tables} tables, each compared and the same", n=total, tables=len(done.rows)))
    _put_journals(done.journals)
    put(say("  {source} is marked, and refused from now on", source=done.source))


db.add_command(roles)


class _Pace:
    """Says how far it is, on stderr, now and then."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _PACE

    def tell(self, words: Callable[[], Words]) -> None:
        if time.monotonic() >= self._next:
            talk(words())
            self._next = time.monotonic() + _PACE


def _nobody_may_work_on(url: str) -> None:
    """Refuse to move a database away under a worker of this machine. Raises `Conflict`.

    One of another machine finds the mark, which stops what it would write.
    """
    from incident.schedule.status import workers

    at_work = []
    with suppress(OSError):  # no folder for their files is safe here, so none has one
        at_work = [one.status for one in workers(bootstrap.status_folder(url)) if one.is_alive]
    if at_work:
        raise Conflict(
            where="incident db move",
            expected=say("no worker on the database that is moved"),
            found=say("{node} works, process {pid}", node=at_work[0].node, pid=at_work[0].pid),
            do=say("stop it, move, and start it on the new one"),
        )


def _journals_json(journals: Sequence[Rooted]) -> dict[str, Any]:
    return {
        "entries": sum(one.entries for one in journals),
        "journals": [
            {"jurisdiction": one.jurisdiction, "entries": one.entries, "root": one.root} for one in journals
        ],
    }


def _put_journals(journals: Sequence[Rooted]) -> None:
    entries = sum(one.entries for one in journals)
    put(say("  journals: {n}, entries: {entries}; their hashes hold", n=len(journals), entries=entries))
    for one in journals:
        put(say("  {code}  {n} entries  root {root}", code=one.jurisdiction, n=one.entries, root=one.root))
