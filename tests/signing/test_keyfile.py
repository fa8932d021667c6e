"""Key files: made for one's own eyes, used only while they are, and a private key is shown to nobody."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from incident.domain import note
from incident.domain.errors import IncidentError, RequestError
from incident.signing import ed25519, keyfile
from tests.mangling import mangled

#: The keys that golang.org/x/mod/sumdb/note shows.
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "incident/330681111/7d3c0e9a51b2f604\n13\n"
OTHERS_MAY = (0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o660, 0o666, 0o777)


def written(path: Path, text: str, rights: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(rights)
    return path


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return written(tmp_path / "key", f"{GO_PRIVATE}\n")


def refused(read: Callable[[], object], **parts: str) -> RequestError:
    """See it refused with an error that says where, expected, found and what to do."""
    with pytest.raises(RequestError) as caught:
        read()
    error = caught.value
    assert all(error.parts()), error
    for name, part in parts.items():
        assert part in str(getattr(error, name)), error
    return error


# -- a new key


def test_a_new_key_signs_what_its_public_key_opens(tmp_path: Path) -> None:
    key = keyfile.new_key(tmp_path / "key", "zhuji.example/incident")
    signed = note.sign_note(TEXT, keyfile.read_signer(tmp_path / "key"))
    assert note.open_note(signed, [key], ed25519.verify) == (TEXT, (key,))
    assert keyfile.read_public(note.format_public_key(key)) == key


def test_a_new_key_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        keyfile.new_key(tmp_path / "key", "town")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_two_new_keys_differ(tmp_path: Path) -> None:
    assert keyfile.new_key(tmp_path / "1", "town") != keyfile.new_key(tmp_path / "2", "town")


def test_a_file_that_is_there_is_never_written_over(private: Path) -> None:
    before = private.read_bytes()
    refused(lambda: keyfile.new_key(private, "town"), where=str(private), found="a file is there")
    assert private.read_bytes() == before


def test_a_link_is_not_followed_to_make_a_key(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    refused(lambda: keyfile.new_key(tmp_path / "link", "town"), found="a file is there")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("path", ["nowhere/key", "", ".", "\0"])
def test_where_no_file_can_be_made_none_is(tmp_path: Path, path: str) -> None:
    refused(lambda: keyfile.new_key(tmp_path / path, "town"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\nb", "a\x1bb", "a\u202eb", "a\udcffb"])
def test_a_name_that_no_note_can_hold_or_that_misleads_makes_no_key(tmp_path: Path, name: str) -> None:
    refused(lambda: keyfile.new_key(tmp_path / "key", name), where="name of the key")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_key_that_could_not_be_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    refused(lambda: keyfile.new_key(tmp_path / "key", "town"), found="No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_no_key_is_left_where_the_file_system_keeps_no_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open
    # as a mounted stick does: every file is everybody's
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0: opened(path, flags, mode | 0o777))
    old = os.umask(0)
    try:
        refused(lambda: keyfile.new_key(tmp_path / "key", "town"), found="the rights 0777")
    finally:
        os.umask(old)
    assert list(tmp_path.iterdir()) == []


# -- a private key


def test_a_key_that_go_made_signs_as_go_does(private: Path) -> None:
    signer = keyfile.read_signer(private)
    assert note.format_public_key(signer.key) == GO_PUBLIC
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    assert (
        note.sign_note(text, signer)
        .decode()
        .endswith(
            "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
            "KE6RyyBwJnAM=\n"
        )
    )


@pytest.mark.parametrize("rights", [0o600, 0o400, 0o700])
def test_a_key_of_its_owner_alone_is_read(private: Path, rights: int) -> None:
    private.chmod(rights)
    assert keyfile.read_signer(private).key.name == "PeterNeumann"


@pytest.mark.parametrize("rights", OTHERS_MAY, ids=oct)
@pytest.mark.parametrize("read", [keyfile.read_signer, keyfile.public_key_in])
def test_a_key_that_others_may_use_is_refused(
    private: Path, rights: int, read: Callable[[Path], object]
) -> None:
    private.chmod(rights)
    refused(lambda: read(private), where=str(private), found=f"{rights:04o}", do=f"chmod 600 {private}")


def test_a_link_is_as_good_as_what_it_leads_to(private: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(private)
    assert keyfile.read_signer(link).key.name == "PeterNeumann"
    private.chmod(0o644)
    refused(lambda: keyfile.read_signer(link), found="the rights 0644")


def test_a_key_of_another_user_is_refused(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = private.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    refused(lambda: keyfile.read_signer(private), found=f"another user, number {owner}")


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "nothing"):
        refused(lambda path=path: keyfile.read_signer(path), where=str(path))  # type: ignore[misc]


@pytest.mark.parametrize(
    "text", ["", "\n", GO_PUBLIC, "PRIVATE+KEY+", "\ufeff", "-----BEGIN PRIVATE KEY-----"]
)
def test_what_is_no_private_key_is_refused(tmp_path: Path, text: str) -> None:
    refused(lambda: keyfile.read_signer(written(tmp_path / "key", text)))


def test_no_file_of_bytes_is_a_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    for raw in (b"\xff\xfe\0", os.urandom(5000), f"{GO_PRIVATE}\n".encode("utf-16"), b"\0" * 10_000):
        path.write_bytes(raw)
        path.chmod(0o600)
        refused(lambda: keyfile.read_signer(path))
        refused(lambda: keyfile.public_key_in(path))


def test_what_an_editor_leaves_around_a_key_is_no_part_of_it(tmp_path: Path) -> None:
    path = written(tmp_path / "key", f"\ufeff{GO_PRIVATE}\r\n\r\n")
    assert note.format_public_key(keyfile.read_signer(path).key) == GO_PUBLIC


def test_a_mangled_private_key_is_refused_and_shown_to_nobody(tmp_path: Path) -> None:
    path = written(tmp_path / "key", "")
    secret = GO_PRIVATE.split("+", 4)[4]
    pieces = [secret[at : at + 8] for at in range(2, len(secret) - 7)]
    for raw in [*mangled(GO_PRIVATE.encode())][::20]:
        path.write_bytes(raw)
        error = refused(lambda: keyfile.read_signer(path))
        shown = everything(error)
        assert [piece for piece in pieces if piece in shown] == []


def everything(error: BaseException | None) -> str:
    """What a log or a debugger would show of an error and of those it came from."""
    told = ""
    while error is not None:
        parts = error.parts() if isinstance(error, IncidentError) else ()
        told += f"{error} {error!r} {error.args!r} {parts!r} "
        error = error.__cause__ or error.__context__
    return told


def test_who_signs_does_not_show_the_private_key(private: Path) -> None:
    signer = keyfile.read_signer(private)
    shown = f"{signer} {signer!r} {signer.key} {signer.sign!r} {signer._asdict()!r}"
    assert GO_PRIVATE.split("+", 4)[4] not in shown
    assert "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173" not in shown
    assert repr(bytes.fromhex("810a1402d5146c8d"))[2:-1] not in shown


# -- a public key


def test_a_public_key_is_given_as_text_or_as_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "key.pub", f"{GO_PUBLIC}\n", 0o644)
    assert keyfile.read_public(GO_PUBLIC) == keyfile.read_public(str(path)) == keyfile.public_key_in(path)


def test_a_private_key_is_not_taken_for_a_public_one(private: Path) -> None:
    error = refused(lambda: keyfile.read_public(str(private)), do="key show")
    assert GO_PRIVATE[-20:] not in everything(error)


@pytest.mark.parametrize(
    "read",
    [
        keyfile.read_public,
        lambda text: keyfile.read_signer(Path(text)),
        lambda text: keyfile.public_key_in(Path(text)),
    ],
)
def test_a_private_key_that_is_typed_instead_of_its_file_is_not_repeated(
    read: Callable[[str], object],
) -> None:
    error = refused(lambda: read(GO_PRIVATE), found="the key itself")
    assert GO_PRIVATE[-20:] not in everything(error)


@pytest.mark.parametrize(
    "text", ["", "town", GO_PUBLIC[:-1], GO_PUBLIC.replace("c74f20a3", "c74f20a4"), "a+b", "\0"]
)
def test_what_is_neither_a_key_nor_a_file_is_refused(text: str) -> None:
    refused(lambda: keyfile.read_public(text))


@pytest.mark.parametrize(
    "public",
    [bytes(32), (1).to_bytes(32, "little"), (2).to_bytes(32, "little"), b"\xff" * 32],
    ids=["low order", "identity", "no point", "not canonical"],
)
def test_a_public_key_that_others_could_sign_for_is_not_trusted(tmp_path: Path, public: bytes) -> None:
    text = note.format_public_key(note.PublicKey("town", public))
    refused(lambda: keyfile.read_public(text), found="low order")
    refused(lambda: keyfile.public_key_in(written(tmp_path / "key", text)), found="low order")
