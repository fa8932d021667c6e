"""Storage that gives out: a file that may grow no further, a disk that is full, one that may only be read.

SQLite's own limit (max_page_count) and rights that are missing: `tests/cli/test_bad_database.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.desk import Said
from tests.crash.acts import named
from tests.crash.child import run, run_limited
from tests.crash.places import Beginnings, Place, sqlite_files
from tests.crash.rows import rows_of


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beginnings]:
    """What acts begin with, in files."""
    make = sqlite_files(tmp_path_factory.mktemp("databases"))
    with closing(Beginnings(make, tmp_path_factory.mktemp("files"))) as made:
        yield made


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount something; only root may."""
    folder.mkdir(exist_ok=True)
    if os.geteuid() or subprocess.run(["mount", *options, folder], check=False).returncode:
        pytest.skip("mounting needs root: what else is tried here needs no rights")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def file_of(place: Place) -> Path:
    return Path(place.url.removeprefix("sqlite:///"))


def cannot_be_used(said: Said, *words: str) -> None:
    """Hold an error against what is promised of one of the database."""
    assert said.code == 5, said
    assert said.out == ""
    assert any(one in said.err for one in words), said.err


#: Bytes to which a file may grow beyond what it has: nothing, less than the act needs, nearly enough.
ROOM = [0, 20_000, 60_000]


@pytest.mark.parametrize("name", ["activate", "filing"])
@pytest.mark.parametrize("room", ROOM)
def test_file_that_may_not_grow_leaves_all_as_it_was(there: Beginnings, name: str, room: int) -> None:
    """The write-ahead log, a file of its own, begins with nothing and is the first that has no room."""
    with there.copied(named(name)) as place:
        before = rows_of(place.url)

        cannot_be_used(run_limited(place.typed(), room), "a disk that works", "room on the disk")

        assert rows_of(place.url) == before
        assert run(place.typed()).code == 0
        assert len(rows_of(place.url)["entry"]) > len(before["entry"])


def test_message_for_which_there_is_no_room_is_handed_on_later(there: Beginnings) -> None:
    with there.copied(named("deliver")) as place:
        # the database has its room already; a message is longer than this
        run(place.typed()._replace(words=("status", "majian")))
        said = run_limited(place.typed(), 100)
        assert said.code in {1, 5}, said
        assert not [*place.messages.iterdir()]

        assert run(place.typed(later=place.act.again)).code == 0
        assert len([*place.messages.glob("[!.]*.txt")]) == len(rows_of(place.url)["outbox"])


def test_disk_that_is_full_leaves_all_as_it_was_whatever_room_is_left(
    there: Beginnings, tmp_path: Path
) -> None:
    """A disk of its own, filled up to a few pages; with a little more room each time, until it is enough."""
    with (
        there.copied(named("activate")) as place,
        mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=3m", "t") as disk,
    ):
        codes = []
        for left in (0, 4096, 40_000, 120_000, 1_000_000):
            full = Place(f"sqlite:///{disk / 'incident.db'}", place.folder, place.act)
            shutil.copyfile(file_of(place), file_of(full))
            before = rows_of(full.url)
            fill(disk, left)
            said = run(full.typed())
            codes.append(said.code)
            if said.code:
                cannot_be_used(said, "room on the disk", "a disk that works", "the database can be made")
                (disk / "filler").unlink()
                assert rows_of(full.url) == before
                assert run(full.typed()).code == 0
            assert len(rows_of(full.url)["entry"]) == len(before["entry"]) + 1
            for path in disk.iterdir():
                path.unlink()
        assert codes == sorted(codes, reverse=True)
        assert {*codes} == {0, 5}


def fill(disk: Path, left: int) -> None:
    """Fill a disk, but for some bytes."""
    found = os.statvfs(disk)
    (disk / "filler").write_bytes(bytes(max(0, found.f_bavail * found.f_frsize - left)))


def test_disk_that_may_only_be_read_is_said_and_left_alone(there: Beginnings, tmp_path: Path) -> None:
    with there.copied(named("activate")) as place:
        before = rows_of(place.url)
        home = file_of(place).parent
        with mounted(tmp_path / "disk", "--bind", "-o", "ro", str(home)) as disk:
            only_read = Place(f"sqlite:///{disk / 'incident.db'}", place.folder, place.act)
            cannot_be_used(run(only_read.typed()), "rights", "the database can be made")
        assert rows_of(place.url) == before
        assert run(place.typed()).code == 0


def test_database_that_is_opened_for_reading_is_read_and_not_written(there: Beginnings) -> None:
    with there.copied(named("activate")) as place:
        before = rows_of(place.url)
        url = f"sqlite:///file:{file_of(place)}?mode=ro&uri=true"

        cannot_be_used(run(place.typed()._replace(url=url)), "rights")
        looked = run(place.typed()._replace(url=url, words=("status", "majian")))

        assert looked.code == 0, looked
        assert rows_of(place.url) == before
