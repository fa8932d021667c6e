"""The server: uvicorn, which ends within two seconds of being asked to, with streams open or not."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Sequence
from functools import partial
from types import FrameType
from typing import Final, cast

import uvicorn
from litestar import Litestar

from incident.web.patience import Patient, Silent
from incident.web.site import Site

#: Seconds for which requests that run may go on once the end is asked for.
_GRACE: Final = 1


class Server(uvicorn.Server):
    """Lets those go who only wait, so that nobody is waited for in vain."""

    def __init__(self, config: uvicorn.Config, site: Site) -> None:
        super().__init__(config)
        self._site = site

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, as a signal asks for."""
        self._site.live.close()
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """Take an address; port 0 takes a free one. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named: else each answer waits 40 ms
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(1024)
    except OSError:
        taken.close()
        raise
    return taken


def make_server(app: Litestar, site: Site, *, behind: Sequence[str] = ()) -> Server:
    """Make a server of an application; what proxies at the addresses `behind` say of clients is believed."""
    config = uvicorn.Config(
        app,
        # uvicorn calls it to make one; all of a server know of each other
        http=cast("type[asyncio.Protocol]", partial(Patient, silent=Silent())),
        access_log=False,
        log_config=None,
        lifespan="on",
        proxy_headers=bool(behind),
        forwarded_allow_ips=list(behind),
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=64 * 1024,
        limit_concurrency=2000,
        ws="none",
    )
    return Server(config, site)


def stop(server: Server) -> None:
    """Ask it to end, from any thread."""
    server.handle_exit(signal.SIGTERM, None)
