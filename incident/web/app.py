"""The application: all routes in one list, and what stands around every one of them.

headers → language → HEAD → too often? → who asks → may they? → is it our form? → page or resource → errors
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.resources import as_file, files
from typing import Any, Final

from anyio import to_thread
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.middleware.base import DefineMiddleware
from litestar.routes import HTTPRoute
from litestar.static_files import create_static_files_router

from incident.domain.errors import StoreError
from incident.service.access import lessened
from incident.service.outlines import warm
from incident.web.api import API
from incident.web.api.document import DOCUMENT
from incident.web.api.remembered import Remembered
from incident.web.bodiless import bodiless
from incident.web.doors import Doors
from incident.web.errors import HANDLERS
from incident.web.faults import described
from incident.web.forms import form_of, sent_of
from incident.web.language import language
from incident.web.pages import PAGES, board
from incident.web.probes import PROBES
from incident.web.revoked import Watch
from incident.web.security.asking import FREE, Asking
from incident.web.security.headers import headers
from incident.web.security.limits import USUAL, Buckets, Counted, Limits, Rates
from incident.web.security.rules import PUBLIC, guarded, rule_of
from incident.web.site import Site
from incident.web.verifying import Verifying

#: Bytes of a request at the most: a report with its attachments, a playbook, a directory of people.
LARGEST: Final = 10_000_000


def make_app(site: Site, doors: Doors, *, rates: Rates = USUAL) -> Litestar:
    """Make the application; `rates` say how often it may be asked.

    Raises `RuntimeError` for a route that names no permission.
    """
    app: Litestar = Litestar(
        # as one router: Litestar would wrap a function anew for each further method of its address
        [Router("/", route_handlers=[_pages(), API]), _static()],
        dependencies={
            "site": Provide(lambda: app.state.site, sync_to_thread=False),
            "doors": Provide(lambda: app.state.doors, sync_to_thread=False),
            "form": Provide(form_of),
            "sent": Provide(sent_of),
            "verifying": Provide(lambda: app.state.verifying, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        guards=[guarded],
        lifespan=[lambda app: _living(app.state.site, app.state.doors)],
        logging_config=None,
        middleware=[
            DefineMiddleware(Limits, counted=lambda: app.state.counted),
            DefineMiddleware(Asking, exclude=[f"^{path}" for path in FREE]),
        ],
        openapi_config=DOCUMENT,
        request_max_body_size=LARGEST,
    )
    for handler in handlers(app):
        rule_of(handler.opt)
    # around everything, also around what is no address of ours
    app.asgi_handler = headers(language(bodiless(app.asgi_handler)))
    furnish(app, site, doors, rates=rates)
    return app


def furnish(app: Litestar, site: Site, doors: Doors, *, rates: Rates = USUAL) -> None:
    """Give an application that serves nobody all that it works with, in place of what it had."""
    app.state.site, app.state.doors = site, doors
    app.state.counted = Counted(rates, Buckets())
    app.state.remembered = Remembered()
    app.state.verifying = Verifying(lambda: site.live.is_closing, wrong=partial(_say_broken, site))


def handlers(app: Litestar) -> list[HTTPRouteHandler]:
    """List all handlers, but for those that only say which methods an address takes."""
    return [
        handler
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.http_methods != {HttpMethod.OPTIONS}
    ]


def _pages() -> Router:
    return Router("/", route_handlers=[*PAGES, *PROBES], include_in_schema=False)


def _static() -> Any:
    """Serve our files; they are installed beside this module."""
    with as_file(files("incident.web") / "static") as folder:
        return create_static_files_router(
            "/static", [folder], opt={"permission": PUBLIC, "before_change": True}, include_in_schema=False
        )


@asynccontextmanager
async def _living(site: Site, doors: Doors) -> AsyncIterator[None]:
    """Tell news as long as the application lives; what the board needs of playbooks is read beside it."""
    watch = Watch(
        partial(lessened, doors.gate),
        doors.forget,
        site.live,
        wrong=lambda error: site.log("error", "revocations_not_seen", **described(error)),
    )
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(site.live.run(), name="live"), loop.create_task(watch.run(), name="watch")]
    warming = asyncio.get_running_loop().create_task(to_thread.run_sync(_warm, site), name="warm")
    try:
        yield
    finally:
        site.live.close()
        await warming
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _say_broken(site: Site, code: str, error: Exception) -> None:
    site.log("error", "verifying_broke_off", jurisdiction=code, **described(error))


def _warm(site: Site) -> None:
    """Read and draw what the first who come would wait for."""

    def is_closing() -> bool:
        return site.live.is_closing

    try:
        warm(site.store, site.outlines, is_closing)
        board.draw_beforehand(site.store, site.lookout, site.lines, site.now, is_closing)
    except StoreError:
        pass  # whoever looks at the board is told
    except Exception as error:  # noqa: BLE001 - a board that cannot be drawn stops no server
        site.log("error", "warming_broke_off", **described(error))
