"""Databases for the sweep: what an act begins with is made once, and copied for each point."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import insert, inspect, select

from incident.service import act as acting
from incident.service import adopt, duty, handle, record
from incident.store.database import begin, connect
from incident.store.tables import metadata
from incident.store.upgrade import migrate
from tests.crash.act import DUTY, FILES, FOLDERS, Act, Words, typed
from tests.crash.child import Typed, run
from tests.playbooks import NIGHT
from tests.postgres import PostgresServer

#: Makes an empty database, or a copy of one: gives its URL.
Maker = Callable[[str | None], AbstractContextManager[str]]


def sqlite_files(folder: Path) -> Maker:
    """Make databases in a folder."""
    numbers = count()

    @contextmanager
    def make(like: str | None) -> Iterator[str]:
        home = folder / f"db{next(numbers)}"
        home.mkdir()
        file = home / "incident.db"
        if like is not None and (source := Path(like.removeprefix("sqlite:///"))).exists():
            assert not list(source.parent.glob("*-wal")), "somebody has it open"
            shutil.copyfile(source, file)
        yield f"sqlite:///{file}"
        shutil.rmtree(home)

    return make


def server_databases(server: PostgresServer) -> Maker:
    """Make databases on a server."""

    @contextmanager
    def make(like: str | None) -> Iterator[str]:
        source = "template0" if like is None else like.partition("?")[0].rpartition("/")[2]
        with server.database(source) as name:
            yield server.url(name)

    return make


class Place:
    """A database with a folder, at which one act is done."""

    def __init__(self, url: str, folder: Path, act: Act) -> None:
        """Do at `url` with the files of `folder`."""
        self.url, self.folder, self.act = url, folder, act

    @property
    def messages(self) -> Path:
        """Where messages are written, and checkpoints."""
        return self.folder / "messages"

    def typed(self, *, later: int = 0) -> Typed:
        """Give the act as it is typed, now or later."""
        words = typed(self.act.words, self.folder)
        said = tuple((name, typed((value,), self.folder)[0]) for name, value in self.act.surroundings)
        return Typed(self.url, words, NIGHT + self.act.at + later, self.messages, said)


class Beginnings:
    """What acts begin with, each made once, out of what others begin with."""

    def __init__(self, make: Maker, folder: Path) -> None:
        """Make databases by `make`; the files of commands are put into `folder`."""
        self.make, self._folder = make, folder
        self._kept = ExitStack()
        self._there: dict[tuple[Any, ...], str] = {}
        folder.mkdir(exist_ok=True)
        for name, text in FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
        for name in FOLDERS:
            (folder / name).mkdir()

    def of(self, act: Act) -> Place:
        """Give the place at which an act begins; it is to be copied, not used."""
        knows_duty = act.schema is None or act.schema >= DUTY
        url = self._typed(act.before, knows_duty=knows_duty)
        if act.lost:
            self._typed((*act.before, *act.lost), knows_duty=knows_duty)
        if act.schema is not None:
            key = (act.before, act.schema)
            if key not in self._there:
                self._there[key] = self._kept.enter_context(self.make(None))
                make_older(url, self._there[key], act.schema)
            url = self._there[key]
        return Place(url, self._folder, act)

    def _typed(self, before: tuple[tuple[int, Words], ...], *, knows_duty: bool) -> str:
        """Give a database after some commands."""
        key = (before, knows_duty)
        if key not in self._there:
            if not before:
                return self._there.setdefault(key, self._kept.enter_context(self.make(None)))
            *first, (at, words) = before
            url = self._kept.enter_context(self.make(self._typed(tuple(first), knows_duty=knows_duty)))
            with knowing_duty(does_so=knows_duty):
                self._run(Place(url, self._folder, Act("", words, at=at)).typed())
            self._there[key] = url
        return self._there[key]

    def _run(self, command: Typed) -> None:
        """Run a command; what it says goes into the file that stands at its end after `>`."""
        at = command.words.index(">") if ">" in command.words else len(command.words)
        said = run(command._replace(words=command.words[:at]))
        assert said.code == 0, said
        for file in command.words[at + 1 :]:
            Path(file).write_text(said.out, encoding="utf-8")

    @contextmanager
    def copied(self, act: Act) -> Iterator[Place]:
        """Give a place at which an act can be done, with what is to lie outside; no message was written."""
        place = self.of(act)
        with self.make(place.url) as url:
            shutil.rmtree(place.messages, ignore_errors=True)
            place.messages.mkdir()
            if act.outside is not None:
                shutil.copytree(place.folder / act.outside, place.messages, dirs_exist_ok=True)
            yield Place(url, place.folder, act)

    def close(self) -> None:
        """Remove all of them."""
        self._kept.close()


@contextmanager
def knowing_duty(*, does_so: bool) -> Iterator[None]:
    """Let the program write as an older one that knew of no duty, under its number, or as it is."""
    nobody = duty.Assigned()
    with ExitStack() as stack:
        for name in () if does_so else ("settled", "handed_over"):
            stack.enter_context(mock.patch.object(duty, name, return_value=nobody))
        for module in () if does_so else (acting, adopt, handle, record):
            stack.enter_context(mock.patch.object(module, "__version__", "0.0.1"))
        yield


def make_older(source: str, to: str, schema: str) -> None:
    """Make a database of an older schema with the rows of this one, as far as there is room for them."""
    there, here = connect(source), connect(to)
    with here.connect() as connection:
        if here.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        begin(connection, write=True)
        migrate(connection, to, schema)
        look = inspect(connection)
        with there.connect() as old:
            for table in metadata.sorted_tables:
                if table.name == "alembic_version" or not look.has_table(table.name):
                    continue
                kept = {column["name"] for column in look.get_columns(table.name)}
                columns = [column for column in table.columns if column.name in kept]
                if found := [dict(row._mapping) for row in old.execute(select(*columns))]:
                    connection.execute(insert(table), found)
        connection.commit()
    there.dispose()
    here.dispose()
