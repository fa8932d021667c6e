"""The one place that knows every adapter: which store, which clock, which chance."""

from __future__ import annotations

import os
import secrets
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from incident.domain.errors import FormatError, RequestError
from incident.domain.say import Words, say
from incident.service.ports import Chance, Clock
from incident.store.address import place_of
from incident.store.database import connect, file_of, prepare
from incident.store.sql import Look, SqlStore

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from incident.domain.checkpoint import Checkpoint
    from incident.domain.note import PublicKey
    from incident.domain.problem import Problem
    from incident.identity.provider import Provider
    from incident.kit.check import KitVerified
    from incident.kit.export import Exported
    from incident.service import post
    from incident.service.against import Given
    from incident.service.carrier import Carrier, Channel
    from incident.service.exhibit import Shown
    from incident.service.notary import Notary
    from incident.service.outside import Outlet
    from incident.service.ports import Reading
    from incident.service.ports_identity import Gate
    from incident.service.post import PostOffice
    from incident.service.verify_parts import Done, Elsewhere, Part
    from incident.store.hints import Listener
    from incident.store.pulse import Pulse

#: Salts come from the operating system.
chance: Chance = secrets.token_bytes
#: Tells somebody something that is no result.
Tell = Callable[[Words], None]


def _silent(_words: Words) -> None:
    """Tell nobody."""


def now() -> int:
    """Give the present instant; the only look at the clock."""
    return int(time.time())


clock: Clock = now


def default_url() -> str:
    """Give the database in the user's data folder, made when it is first used."""
    from platformdirs import user_data_path

    return f"sqlite:///{user_data_path('incident', appauthor=False) / 'incident.db'}"


def url_of(url: str | None) -> str:
    """Give the database meant: the one named, else `INCIDENT_DB`, else the default."""
    return url or os.environ.get("INCIDENT_DB") or default_url()


def open_store(url: str | None, *, guarded: bool = True, tell: Tell = _silent) -> SqlStore:
    """Open the store meant; creates a new one ready to use. Raises `StoreError`.

    `guarded`: a journal that is not the one of the checkpoints outside is not written to; what of them counts
    for nothing is told.
    """
    engine = connect(url_of(url))
    prepare(engine)
    return SqlStore(engine, guard(place_of(engine), outlets(None) if guarded else (), tell))


@contextmanager
def elsewhere(url: str | None, jobs: int) -> Iterator[Elsewhere | None]:
    """Give other processes that verify parts of journals beside this one; none for one job.

    They are started when the first part is handed to them.
    """
    if jobs <= 1:
        yield None
        return
    from incident.service.verify_parts import Elsewhere, bounds

    named, pool = url_of(url), cache(partial(_processes, jobs - 1))
    try:
        yield Elsewhere(lambda part: pool().submit(verify_part, named, part), partial(bounds, jobs))
    finally:
        if pool.cache_info().currsize:
            pool().shutdown(cancel_futures=True)


def _processes(jobs: int) -> ProcessPoolExecutor:
    """Start processes. Raises `BrokenExecutor` where the system has no means for them to talk."""
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import get_context

    try:
        # begun anew: what another process inherits of an open SQLite database it must not use
        return ProcessPoolExecutor(jobs, get_context("spawn"), _is_told_by_another)
    except (ImportError, OSError) as error:
        raise BrokenExecutor(str(error)) from error


def _is_told_by_another() -> None:
    """Leave it to the process that started this one what Ctrl-C does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def verify_part(url: str, part: Part) -> Done:
    """Verify a part of a journal, in a process of its own. Raises `JournalError` at the first fault."""
    from incident.service.verify_parts import verify_part

    with _store_for_parts(url).reading() as tx:
        return verify_part(tx, part)


@cache
def _store_for_parts(url: str) -> SqlStore:
    return SqlStore(connect(url))


def outlets(folder: Path | None) -> list[Outlet]:
    """Give where checkpoints are kept outside: the folder named, or `INCIDENT_CHECKPOINTS`, or nowhere."""
    named = folder or os.environ.get("INCIDENT_CHECKPOINTS")
    if not named:
        return []
    from incident.channels.checkpoints import FolderOutlet

    return [FolderOutlet(Path(named).absolute(), read_note)]


def gate(store: SqlStore) -> Gate:
    """Give what people sign in by, kept in the database of a store."""
    from incident.identity.passwords import Argon2
    from incident.service.ports_identity import Gate

    return Gate(store.identity(), Argon2(), clock, chance)


def oidc_provider(redirect: str) -> Provider | None:
    """Give the provider that the environment names; browsers come back to `redirect`.

    Raises `RequestError`.
    """
    from incident.identity.settings import provider

    return provider(os.environ, redirect)


def known_outside(kept: Sequence[Outlet]) -> set[str]:
    """List the jurisdictions of which checkpoints are kept outside; what cannot be read the guard tells."""
    found: set[str] = set()
    for outlet in kept:
        with suppress(OSError):
            found.update(outlet.codes())
    return found


def guard(place: str, kept: Sequence[Outlet], tell: Tell) -> Look | None:
    """Give what keeps journals that are not those signed from being written to; none without checkpoints.

    What counts for nothing is told, each once. Where the trusted keys cannot be read every checkpoint counts:
    that keeps nobody from acting on the journal that was signed, and lets nobody act on another.
    """
    if not kept:
        return None
    from incident.service.guard import Guard
    from incident.service.signed import unopened

    told: set[str] = set()

    def once(words: Words) -> None:
        if repr(words) not in told:
            told.add(repr(words))
            tell(words)

    try:
        read = note_reader()
    except RequestError as error:
        once(
            say(
                "INCIDENT_PUBKEY cannot be read, so no signature outside is looked at: "
                "{where}; expected {expected}, found {found}",
                where=error.where,
                expected=error.expected,
                found=error.found,
            )
        )
        read = unopened
    return Guard(kept, read, place, once).look


def read_note(note: str) -> Checkpoint:
    """Read a signed checkpoint; where trusted keys are known, one of them has to have signed.

    Raises `FormatError`.
    """
    try:
        read = note_reader()
    except RequestError as error:
        raise FormatError(expected=say("public keys in INCIDENT_PUBKEY"), found=str(error)) from error
    return read(note)


def note_reader() -> Callable[[str], Checkpoint]:
    """Give what reads many signed notes as `read_note` does, the keys read once. Raises `RequestError`."""
    from incident.service import outside, signed

    keys = trusted_keys(())
    if not keys:
        return signed.unopened
    from incident.signing.ed25519 import verify

    return lambda note: outside.read_note(note, keys, verify)


def trusted_keys(named: Sequence[str]) -> list[PublicKey]:
    """Read the public keys named, or those of `INCIDENT_PUBKEY`, parted by spaces. Raises `RequestError`."""
    texts = [*named] or os.environ.get("INCIDENT_PUBKEY", "").split()
    if not texts:
        return []
    from incident.signing.keyfile import read_public

    return [read_public(text) for text in texts]


def notary(key: Path, kept: Sequence[Outlet]) -> Notary:
    """Give who signs with the private key in a file. Raises `RequestError`."""
    from incident.service.notary import Notary
    from incident.signing.ed25519 import verify
    from incident.signing.keyfile import read_signer

    return Notary(read_signer(key), verify, trusted_keys(()), kept, clock, chance)


class Workplace:
    """What a worker works with beside the store: hints, and the database's clock."""

    def __init__(
        self, url: str | None, kept: Sequence[Outlet] = (), tell: Tell = _silent, *, may_create: bool = False
    ) -> None:
        """Open the store meant, which has to be there unless it may be made. Raises `StoreError`.

        A journal that is not the one of the checkpoints `kept` outside is not written to.
        """
        self._engine, self._beside = connect(url_of(url)), ExitStack()
        prepare(self._engine, may_create=may_create)
        self.store = SqlStore(self._engine, guard(place_of(self._engine), kept, tell))
        #: Where checkpoints are kept outside.
        self.outside = kept
        #: The file that was opened; none on a server.
        self.file = file_of(self._engine.url)
        #: By which others open it, wherever they run; it may hold a password.
        self.url = url_of(url) if self.file is None else f"sqlite:///{self.file.absolute()}"

    def listener(self, ring: Callable[[], None], tell: Callable[[Exception | None], None]) -> Listener | None:
        """Give who listens for hints, not started yet; None where the database gives none."""
        from incident.store.hints import Listener

        return None if self._engine.dialect.name == "sqlite" else Listener(self._engine, ring, tell)

    def pulse(self) -> Pulse:
        """Give who looks whether anybody wrote; it ends with this."""
        from incident.store.pulse import Pulse

        pulse = Pulse(self._engine)
        self._beside.callback(pulse.close)
        return pulse

    def skew(self) -> float | None:
        """Give by how many seconds the database's clock is ahead of ours. Raises `StoreError`."""
        from incident.store.hints import skew

        return skew(self._engine)

    def close(self) -> None:
        """Give back its connections."""
        self._beside.close()
        self.store.close()


def status_folder(url: str | None) -> Path:
    """Give where workers of this user on a database stand, as it is named without its password.

    Raises `StoreError` for a wrong URL and `OSError` where no such folder is safe.
    """
    from platformdirs import user_runtime_path

    from incident.store.hints import identity

    with warnings.catch_warnings():
        # that the system has no such folder, and which one is taken instead, is in our documents
        warnings.simplefilter("ignore")
        runtime = user_runtime_path("incident", appauthor=False)
    return runtime / identity(url_of(url))


def post_office(
    store: SqlStore,
    setup: Path,
    folder: Path | None,
    speak: Callable[[Words], str],
    tell: post.Tell,
) -> tuple[PostOffice, list[Problem]]:
    """Give the channel that reaches people by the ways of an outgoing setup, and what to know of that file.

    What reaches nobody goes into `folder`. Raises `RequestError` for a setup that does not hold.
    """
    from incident.channels.setup import read_setup
    from incident.playbook_text.nodes import UnreadableError, read
    from incident.service.post import PostOffice

    def tree(raw: bytes, file: str) -> tuple[Any, list[Problem]]:
        try:
            return read(raw, file)
        except UnreadableError as error:
            return None, [error.problem]

    ways = read_setup(setup, tree)
    channel = None if folder is None else files_channel(folder, speak)
    post = PostOffice(store, ways.ways, speak, clock, ticks=time.monotonic, folder=channel, tell=tell)
    return post, ways.warnings


def files_carrier(folder: Path, speak: Callable[[Words], str]) -> Carrier:
    """Give the carrier that writes messages into a folder."""
    from incident.service.carrier import AtOnce

    return AtOnce(files_channel(folder, speak), time.monotonic)


def files_channel(folder: Path, speak: Callable[[Words], str]) -> Channel:
    """Give the channel that writes messages into a folder."""
    from incident.channels.files import FilesChannel

    return FilesChannel(folder, speak)


def new_key(file: Path, name: str) -> PublicKey:
    """Make a private key in a new file and give its public key. Raises `RequestError`."""
    from incident.signing import keyfile

    return keyfile.new_key(file, name)


def public_key_in(file: Path) -> PublicKey:
    """Give the public key of a file with a private or a public one. Raises `RequestError`."""
    from incident.signing import keyfile

    return keyfile.public_key_in(file)


def export_kit(
    tx: Reading,
    code: str,
    shown: Shown,
    path: Path,
    keys: Sequence[PublicKey],
    speaker: Callable[[str], Callable[[Words], str]],
) -> Exported:
    """Make an evidence kit; `speaker` speaks both languages. Raises `RequestError` and `JournalError`."""
    from incident.kit.export import export
    from incident.kit.tongues import Tongues

    tongues = Tongues(zh=speaker("zh"), en=speaker("en"))
    return export(tx, code, shown, path, at=clock(), keys=keys, tongues=tongues)


def verify_kit(
    path: Path,
    brought: Sequence[Given],
    keys: Sequence[PublicKey],
    speaker: Callable[[str], Callable[[Words], str]],
    *,
    replay: bool,
) -> KitVerified:
    """Verify an evidence kit, against checkpoints from elsewhere too.

    Raises `RequestError` for what is no ZIP file, `JournalError` where the kit does not hold.
    """
    from incident.kit import check
    from incident.kit.tongues import Tongues
    from incident.signing.ed25519 import verify

    tongues = Tongues(zh=speaker("zh"), en=speaker("en"))
    return check.verify_kit(path, brought, keys, replay=replay, verify=verify, tongues=tongues)
