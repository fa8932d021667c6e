"""Checkpoints in a folder: a name is given once, and the newest is the greatest number that counts."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from incident.channels.checkpoints import FolderOutlet
from incident.domain.checkpoint import Checkpoint, format_checkpoint
from incident.domain.note import sign_note
from incident.service import outside
from incident.signing import ed25519
from tests.playbooks import CODE
from tests.service.signing import OTHER_SEED, head, signer

FIRST, SECOND = "7d3c0e9a51b2f604", "00112233445566aa"


def checkpoint(size: int, *, origin: str = FIRST, root: bytes = bytes(32), at: int = 7) -> Checkpoint:
    return Checkpoint(f"incident/{CODE}/{origin}", size, root, at)


def note(given: Checkpoint, seed: bytes | None = None) -> str:
    by = signer() if seed is None else signer(seed, "somebody.else")
    return sign_note(format_checkpoint(given), by).decode()


def put(outlet: FolderOutlet, *sizes: int, origin: str = FIRST) -> None:
    for size in sizes:
        given = checkpoint(size, origin=origin)
        outlet.put(CODE, given, note(given))


@pytest.fixture
def outlet(tmp_path: Path) -> FolderOutlet:
    return FolderOutlet(tmp_path, lambda words: outside.read_note(words, [signer().key], ed25519.verify))


def newest(outlet: FolderOutlet, **words: int) -> list[int]:
    return [head(one.note).size for one in outlet.newest(CODE, **words)]


def test_the_newest_never_goes_back_whoever_comes_late(outlet: FolderOutlet) -> None:
    put(outlet, 4, 1)
    assert newest(outlet) == [4]


def test_the_newest_of_each_origin_is_found_whatever_its_number(outlet: FolderOutlet) -> None:
    put(outlet, 999, 1000, 12_345, 10**12, 7)
    put(outlet, 20, 3, origin=SECOND)

    assert newest(outlet) == [20, 10**12]
    assert newest(outlet, until=10**12 - 1) == [20, 12_345]
    assert newest(outlet, until=999) == [20, 999]
    assert newest(outlet, until=6) == [3]
    assert FolderOutlet(outlet.folder).newest("330999") == []


def test_what_is_there_is_never_replaced(outlet: FolderOutlet) -> None:
    """Two of as many entries prove that the journal was made anew: neither may go."""
    put(outlet, 5)
    again, forked = checkpoint(5, at=9), checkpoint(5, root=bytes([1] * 32))
    outlet.put(CODE, again, note(again))  # the same entries, signed once more: one is enough
    (kept,) = outlet.newest(CODE)
    assert head(kept.note).at == 7

    with pytest.raises(FileExistsError, match=forked.root.hex()) as caught:
        outlet.put(CODE, forked, note(forked))
    assert caught.value.filename == kept.where
    assert outlet.newest(CODE) == [kept]
    Path(kept.where).write_text(note(again, OTHER_SEED))
    with pytest.raises(FileExistsError):
        outlet.put(CODE, again, note(again))
    assert sorted(path.name for path in Path(kept.where).parent.iterdir()) == [Path(kept.where).name]


def test_where_files_have_no_second_names_nothing_is_replaced_either(
    outlet: FolderOutlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    put(outlet, 5, 6)
    forked = checkpoint(5, root=bytes([1] * 32))
    with pytest.raises(FileExistsError):
        outlet.put(CODE, forked, note(forked))
    assert newest(outlet) == [6]


def test_what_counts_for_nothing_hides_nothing_and_is_shown(outlet: FolderOutlet) -> None:
    put(outlet, 5, 6)
    folder = outlet.folder / CODE / f"{FIRST}-000000000"
    (folder / f"{FIRST}-000000000008.txt").write_text(note(checkpoint(8), OTHER_SEED))
    (folder / f"{FIRST}-000000000007.txt").write_text(note(checkpoint(5)))  # another number than it says

    assert newest(outlet) == [8, 6]


def test_other_files_are_none_of_ours(outlet: FolderOutlet) -> None:
    put(outlet, 5)
    folder = outlet.folder / CODE
    for name in (f"{FIRST}-newest.txt", ".hidden", f"{FIRST}-000000009"):
        (folder / name).write_text("") if "." in name else (folder / name).mkdir()
    (folder / f"{FIRST}-000000000" / "notes-12.txt").write_text("")
    (outlet.folder / "lost+found").mkdir()

    assert newest(outlet) == [5]
    assert outlet.codes() == [CODE]


def test_a_folder_of_a_jurisdiction_that_cannot_be_listed_is_not_empty(outlet: FolderOutlet) -> None:
    (outlet.folder / CODE).write_text("")
    with pytest.raises(NotADirectoryError):
        outlet.newest(CODE)


def test_a_folder_that_is_away_is_no_empty_one(tmp_path: Path) -> None:
    away = FolderOutlet(tmp_path / "away")
    for look in (away.codes, lambda: away.newest(CODE)):
        with pytest.raises(FileNotFoundError):
            look()
