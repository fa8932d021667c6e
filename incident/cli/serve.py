"""`incident serve`: console, API and worker in one process.

    open the database → take the address → the worker in a thread → the server until a signal → both end

The worker is that of `incident run`; with `--no-worker` another process works. Several servers on one
PostgreSQL are equal. Where nobody can sign in yet, a link is printed by which the first administrator comes,
once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import click

from incident import bootstrap
from incident.cli import exits, session
from incident.cli.demo_logins import logins_json, must_stay_inside, put_logins
from incident.cli.engine import Engine, log_of_run, say_outside, tell_hints
from incident.cli.output import put, put_json, wants_json
from incident.cli.serving import Opened, open_site
from incident.cli.signals import stopped_by_signals
from incident.cli.working import Terms, beside_of, working
from incident.domain.errors import RequestError
from incident.domain.say import say
from incident.language import _

if TYPE_CHECKING:
    import socket

    from incident.cli.demo_logins import Demo
    from incident.schedule.log import Log
    from incident.web.server import Server

#: Where it listens if nothing is said: this machine alone.
_HOST, _PORT = "127.0.0.1", 8440


@click.command(help=_("Serve the console and the API, and work, until stopped."))
@click.option(
    "--host", metavar="ADDRESS", default=_HOST, show_default=True, help=_("Listen at this address.")
)
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65_535),
    default=_PORT,
    show_default=True,
    help=_("Listen at this port; 0 takes a free one."),
)
@click.option(
    "--public-url",
    metavar="URL",
    help=_("Address by which browsers reach it; default: where it listens. Links and providers use it."),
)
@click.option(
    "--behind",
    metavar="ADDRESS",
    multiple=True,
    callback=lambda _context, _parameter, given: tuple(map(read_proxy, given)),
    help=_("Believe what a proxy at this address says of clients and TLS; may be given again."),
)
@click.option(
    "--no-worker", is_flag=True, help=_("Serve only; what falls due is carried out by: incident run")
)
@click.option(
    "--demo", is_flag=True, help=_("Serve a filled example that reaches nobody and is gone at the end.")
)
@working
def serve(
    host: str,
    port: int,
    public_url: str | None,
    behind: tuple[str, ...],
    no_worker: bool,
    demo: bool,
    **words: Any,
) -> int:
    """Serve until a signal ends it; exit codes as those of `incident run`."""
    if demo:
        must_stay_inside()
    terms = Terms(**words)
    public = None if public_url is None else _read_public(public_url)
    taken = _listen(host, port)
    address = public or f"http://{f'[{host}]' if ':' in host else host}:{taken.getsockname()[1]}"
    at = _At(taken, address, behind)
    if not demo:
        return _open(at, session.option("db"), terms, works=not no_worker)
    from incident.cli.demo import demonstration

    with demonstration(terms) as made:
        return _open(at, made.url, made.terms, works=not no_worker, demo=made)


def read_proxy(words: str) -> str:
    """Read the address of a proxy, or of the network that proxies are in. Raises `RequestError`."""
    try:
        return str(ip_network(words)) if "/" in words else str(ip_address(words))
    except ValueError as error:
        raise RequestError(
            where="--behind",
            expected=say("an address such as 10.0.0.7, or a network such as 10.0.0.0/24"),
            found=f"`{words}`",
            do=say("correct it; a name or a wrong address would never be believed"),
        ) from error


class _At(NamedTuple):
    """Where it is served, and behind which proxies."""

    taken: socket.socket
    address: str
    behind: tuple[str, ...]


def _open(at: _At, url: str | None, terms: Terms, *, works: bool, demo: Demo | None = None) -> int:
    from incident.web.app import make_app
    from incident.web.server import make_server

    log, kept = log_of_run(), bootstrap.outlets(terms.checkpoints)
    workplace = bootstrap.Workplace(url, kept, partial(say_outside, log), may_create=True)
    try:
        opened = open_site(workplace, log, at.address, terms.checkpoints, is_demo=demo is not None)
        server = make_server(make_app(opened.site, opened.doors), opened.site, behind=at.behind)
        engine = None
        if works:
            beside = beside_of(workplace, terms, log)
            engine = Engine(workplace, beside, terms.name, log, delivers=terms.delivers)
        say_where = partial(_say_where, opened, at.address, demo)
        return _serve(opened, server, at.taken, engine, log, say_where=say_where)
    finally:
        workplace.close()


def _read_public(url: str) -> str:
    """Read the address by which browsers come: scheme and host, perhaps a port. Raises `RequestError`."""
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        is_one = False
    if not is_one or url.rstrip("/") != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise RequestError(
            where="--public-url",
            expected=say("an address such as `https://incident.example`, without a path"),
            found=f"`{url}`",
            do=say("correct it"),
        )
    return url.rstrip("/")


def _listen(host: str, port: int) -> socket.socket:
    from incident.web.server import listen

    try:
        return listen(host, port)
    except (OSError, UnicodeError) as error:
        raise RequestError(
            where=f"{host}:{port}",
            expected=say("an address of this machine that is free"),
            found=str(error),
            do=say("give another --host or --port; does a server run already?"),
        ) from error


def _say_where(opened: Opened, address: str, demo: Demo | None) -> None:
    """Print the address, and on first start the link by which the first administrator comes.

    To stdout, not into the log: whoever has the link is administrator.
    """
    from incident.service.access import NOBODY
    from incident.service.links import make_setup_link

    secret = make_setup_link(opened.doors.gate, NOBODY)
    link = None if secret is None else f"{address}/setup/{secret}"
    if wants_json():
        logins = {} if demo is None else {"demo": logins_json(demo)}
        put_json({"address": address, "setup": link, **logins})
        return
    put(say("open {address}", address=address))
    if demo is not None:
        put_logins(demo)
    if link is not None:
        put(say("nobody can sign in yet. Create the administrator, once, within a day:"))
        put(f"  {link}")


def _serve(
    opened: Opened,
    server: Server,
    taken: socket.socket,
    engine: Engine | None,
    log: Log,
    *,
    say_where: Callable[[], None],
) -> int:
    from incident.web.server import stop

    worker = _Works(engine, server)
    if engine is not None:
        opened.site.live.also(engine.ring)

    def ring() -> None:
        opened.site.live.ring()
        if engine is not None:
            engine.ring()

    def leave() -> None:
        if engine is not None:
            engine.leave()
        log("warning", "left_without_answer")
        os._exit(0)

    listener = opened.workplace.listener(ring, partial(tell_hints, log))
    with stopped_by_signals(partial(stop, server), leave):
        if listener is not None:
            listener.start()
        say_where()
        worker.start()
        server.run(sockets=[taken])
        code = worker.stop()
        if listener is not None:
            listener.stop()
        _wait_for_requests()
    return code


def _wait_for_requests() -> None:
    """Wait for threads in which requests go on; Python would not end before them, nor hear that it has to."""
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            thread.join()


class _Works(threading.Thread):
    """The worker beside the server; where it can go on no more, the server ends too."""

    def __init__(self, engine: Engine | None, server: Server) -> None:
        super().__init__(name="worker", daemon=True)
        self._engine, self._server = engine, server
        self._code = 0

    def run(self) -> None:
        if self._engine is not None:
            from incident.web.server import stop

            self._code = exits.BUG
            try:
                self._code = self._engine.run()
            finally:
                stop(self._server)

    def stop(self) -> int:
        """Ask it to stop, wait, and give its exit code."""
        if self._engine is not None:
            self._engine.stop()
        self.join()
        return self._code
