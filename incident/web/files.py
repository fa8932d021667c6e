"""Files to keep: small ones whole, and evidence kits, of which few are made or verified at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final
from urllib.parse import quote

from litestar import Response
from litestar.response import Stream

from incident import bootstrap
from incident.domain import clock
from incident.domain.errors import Conflict
from incident.domain.note import PublicKey
from incident.domain.say import say
from incident.language import speaker
from incident.service.exhibit import Shown
from incident.service.ports import Reading

#: Journals and kits that are read whole at once on this server, for pages and the API together.
AT_ONCE: Final = 2
_BLOCK: Final = 1 << 16
_reading: Final = threading.BoundedSemaphore(AT_ONCE)


def as_file(raw: bytes, name: str, kind: str) -> Response[bytes]:
    """Answer with a file to keep; nothing that somebody filed is opened in our place (RFC 6266, RFC 8187)."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(raw, media_type=kind, headers=headers)


@contextmanager
def one_of_few() -> Iterator[None]:
    """Be one of the few who read a whole journal or kit. Raises `Conflict`."""
    if not _reading.acquire(blocking=False):
        raise Conflict(
            where=say("evidence"),
            expected=say("at most {n} journals that are read whole at once", n=AT_ONCE),
            found=say("as many"),
            do=say("wait until one is ready, or do it at the command line: incident journal"),
        )
    try:
        yield
    finally:
        _reading.release()


def as_kit(tx: Reading, code: str, shown: Shown, keys: Sequence[PublicKey], at: int) -> Stream:
    """Answer with an evidence kit; its file has no name any more when the first byte leaves.

    So nothing of it stays, whatever becomes of the answer. Raises `RequestError` and `JournalError`.
    """
    with TemporaryDirectory(prefix="incident-kit-") as folder:
        made = Path(folder, "kit.zip")
        bootstrap.export_kit(tx, code, shown, made, keys, speaker)
        opened, length = made.open("rb"), made.stat().st_size
    name = f"{code}-{clock.stamp(at)[:10]}.zip"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-length": str(length)}
    return Stream(_blocks(opened), media_type="application/zip", headers=headers)


def _blocks(opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        while block := opened.read(_BLOCK):
            yield block
