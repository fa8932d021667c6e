"""A file that somebody names is read within bounds, whatever it is."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from incident.domain.errors import RequestError
from incident.service.files import read_file


@pytest.mark.parametrize("size", [0, 9, 10, 11, 1000])
def test_no_more_is_read_than_shows_that_there_is_more(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\r\n" * size)
    assert read_file(path, 10, expected="a file", do="").raw == (b"\r\n" * size)[:11]


def test_rights_are_those_of_the_file_that_was_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(mode=0o640)
    path.chmod(0o640)
    assert read_file(path, 10, expected="a file", do="").rights & 0o777 == 0o640


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_file(tmp_path / "link", 10, expected="a file", do="").raw == b"abc"


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe, door = tmp_path / "pipe", tmp_path / "door"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(door))
        for path in (pipe, tmp_path / "link", door, tmp_path, Path("/dev/zero"), Path("/dev/null")):
            with pytest.raises(RequestError) as refused:
                read_file(path, 10, expected="a file", do="name another")
            assert (refused.value.where, refused.value.do) == (str(path), "name another")


@pytest.mark.parametrize("name", ["none", "\0", "a" * 300])
def test_a_name_without_a_file_is_said_where_it_is_asked_for(tmp_path: Path, name: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_file(tmp_path / name, 10, expected="a file", do="name another", where="--file")
    assert refused.value.where == "--file"
    assert refused.value.found
