"""What other programs ask to know whether all is well: is it alive, can it work, how does it fare."""

from __future__ import annotations

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from incident.domain.errors import StoreError
from incident.web.metrics import measured
from incident.web.security.rules import PUBLIC
from incident.web.site import TheSite


@get("/healthz", media_type=MediaType.TEXT, permission=PUBLIC, sync_to_thread=False)
def alive() -> str:
    """Say that the process answers."""
    return "ok\n"


@get("/readyz", media_type=MediaType.TEXT, permission=PUBLIC, sync_to_thread=True)
def ready(site: TheSite) -> Response[str]:
    """Say whether the database answers; 503 where it does not."""
    try:
        with site.store.reading() as tx:
            tx.named("")
    except StoreError:
        return Response("the database does not answer\n", status_code=503, media_type=MediaType.TEXT)
    return Response("ok\n", media_type=MediaType.TEXT)


@get("/metrics", permission="metrics", sync_to_thread=True)
def metrics(site: TheSite) -> Response[bytes]:
    """Give the measurements, to whoever may read them: a scraper brings a token of the scope `metrics`."""
    body, kind = measured(site)
    return Response(body, media_type=kind)


PROBES: list[HTTPRouteHandler] = [alive, ready, metrics]
