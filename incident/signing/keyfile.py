"""Key files: one key a file, as text on one line, outside the database.

* A private key is `PRIVATE+KEY+<name>+<key id in hex>+<base64(0x01 ‖ 32 byte seed)>`, as Go's
  golang.org/x/mod/sumdb/note writes it; a public key as `incident.domain.note` says.
* A private key is made with rights for its owner alone, never over another file, and is used only while it is
  so: a file that group or others may read or write, or that is another user's, is refused, and so is a link
  to such. Elsewhere than on POSIX rights say nothing and are not looked at.
* White space around the key and a byte order mark, as editors leave them, are no part of it.

No message, name or representation holds a private key: once read it is inside a function that signs.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from incident.domain import inputs, note
from incident.domain.errors import FormatError, RequestError
from incident.domain.note import PublicKey, Signer
from incident.domain.say import Words, say
from incident.service.files import File, read_file
from incident.signing import ed25519

#: So much of a file is read; a key has some 100 bytes and its name.
_MOST_BYTES = 4096
_PRIVATE = "PRIVATE+KEY+"
#: How the text of a public key begins; a path hardly does.
_PUBLIC = re.compile(r"[^+]+\+[0-9a-f]{8}\+")
#: Rights of group and others.
_OTHERS = 0o077


def new_key(path: Path, name: str) -> PublicKey:
    """Make a private key in a new file; gives its public key. Returns when the file is on the disk.

    Raises `RequestError` for a name that a key cannot have, a file that is there, and one not kept secret.
    """
    if not note.is_key_name(name) or not name.isprintable():
        raise RequestError(
            where=inputs.KEY_NAME,
            expected=say(
                "a name without spaces and `+`, such as `{example}`", example="zhuji.gov.example/incident"
            ),
            found=f"`{name}`",
            do=say("choose such a name"),
        )
    seed = secrets.token_bytes(note.KEY_BYTES)
    key = PublicKey(name, ed25519.public_of(seed))
    text = f"{_PRIVATE}{key}+{note.to_base64(note.ED25519 + seed)}\n"
    _write_new(path, text.encode())
    try:
        return read_signer(path).key
    except RequestError:
        # a file system that keeps no rights: not a place for a key
        path.unlink()
        raise


def read_signer(path: Path) -> Signer:
    """Read a private key. Raises `RequestError` for one that others may read, is not ours, or is none."""
    expected = say("a file with a private key, for its owner alone")
    file = _read(path, expected)
    if not _is_private(file):
        raise RequestError(
            where=str(path),
            expected=expected,
            found=say("something else"),
            do=say("name the file that `incident journal key new` made"),
        )
    return _signer(path, file)


def read_public(text_or_file: str) -> PublicKey:
    """Read a public key: its text, or a file that holds it alone. Raises `RequestError`."""
    if _PUBLIC.match(text_or_file):
        return _public(say("public key"), text_or_file.strip())
    path = Path(text_or_file)
    expected = say("a file with a public key")
    file = _read(path, expected)
    if _is_private(file):
        raise RequestError(
            where=str(path),
            expected=expected,
            found=say("a private key"),
            do=say("give its public key: `incident journal key show {file}`", file=str(path)),
        )
    return _public(str(path), _text(file))


def public_key_of(text: str) -> PublicKey:
    """Read the text of a public key. Raises `RequestError`, which never repeats it."""
    return _public(say("public key"), text.strip())


def public_key_in(path: Path) -> PublicKey:
    """Give the public key of a file with a private or a public key. Raises `RequestError`."""
    file = _read(path, say("a file with a key"))
    return _signer(path, file).key if _is_private(file) else _public(str(path), _text(file))


def _read(path: Path, expected: Words) -> File:
    if str(path).startswith(_PRIVATE):
        # an error that said where would show it
        raise RequestError(
            where=say("private key"),
            expected=expected,
            found=say("the key itself instead of its file"),
            do=say("others may have seen it: make a new key, and name its file"),
        )
    return read_file(path, _MOST_BYTES, expected=expected, do=say("name a file that can be read"))


def _is_private(file: File) -> bool:
    return _text(file).startswith(_PRIVATE)


def _text(file: File) -> str:
    """Give the key's text; what is no UTF-8 is no key either, and the reader of its form says so."""
    return file.raw.decode("utf-8-sig", "replace").strip()


def _signer(path: Path, file: File) -> Signer:
    """Read a private key from a file that is as it must be; rights and owner are those of what was opened."""
    _refuse_open_to_others(path, file)
    name, _plus, rest = _text(file).removeprefix(_PRIVATE).partition("+")
    identity, _plus, encoded = rest.partition("+")
    with _told(str(path)):
        seed = note.parse_key_bytes(name, identity, encoded, ed25519.public_of)
    return Signer(PublicKey(name, ed25519.public_of(seed)), ed25519.signing(seed))


def _public(where: Words, text: str) -> PublicKey:
    with _told(where):
        key = note.parse_public_key(text)
    if not ed25519.is_sound(key.public):
        raise RequestError(
            where=where,
            expected=say("an Ed25519 public key under which only its owner can sign"),
            found=say("a point that is not on the curve, of low order, or written in another form"),
            do=say("do not trust it, nor what was signed with it"),
        )
    return key


@contextmanager
def _told(where: Words) -> Iterator[None]:
    """Turn a fault of form into an error that says where."""
    try:
        yield
    except FormatError as error:
        raise RequestError(
            where=where,
            expected=error.expected,
            found=error.found,
            do=say("take the key again from where it was first given"),
        ) from None


def _refuse_open_to_others(path: Path, file: File) -> None:
    """Refuse a private key that others may read or write, or that somebody else put there."""
    if os.name != "posix":
        return
    expected = say("a file with a private key, for its owner alone")
    if file.owner != os.geteuid():
        raise RequestError(
            where=str(path),
            expected=expected,
            found=say("a file of another user, number {n}", n=file.owner),
            do=say("make a key of your own: `incident journal key new FILE`"),
        )
    if file.rights & _OTHERS:
        raise RequestError(
            where=str(path),
            expected=expected,
            found=say("the rights {rights}", rights=f"{file.rights & 0o777:04o}"),
            do=say(
                "if others may have read it, make a new key; else run: `chmod 600 {file}`", file=str(path)
            ),
        )


def _write_new(path: Path, raw: bytes) -> None:
    """Write a file that is not there yet, for its owner alone; nothing is left when that fails."""
    expected = say("a new file that can be written")
    try:
        # with O_EXCL a link is not followed either
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        do = say("name another file: a key that has signed is kept")
        raise RequestError(where=str(path), expected=expected, found=say("a file is there"), do=do) from error
    except (OSError, ValueError) as error:
        # a path with a zero in it is a ValueError
        do = say("name a file in a folder that is there and yours")
        found = getattr(error, "strerror", None) or str(error)
        raise RequestError(where=str(path), expected=expected, found=found, do=do) from error
    try:
        with os.fdopen(opened, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        _keep_name(path.parent)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        do = say("make room, or name a file elsewhere")
        raise RequestError(where=str(path), expected=expected, found=str(error.strerror), do=do) from error


def _keep_name(folder: Path) -> None:
    """Make the name of a new file durable, where a folder can be opened."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
