"""Log lines through structlog, to stderr; imported only when somebody asked for them."""

from __future__ import annotations

import sys
from functools import lru_cache

import structlog


@lru_cache(maxsize=2)
def logger(*, as_json: bool) -> structlog.typing.FilteringBoundLogger:
    """Give the logger: key=value lines for people, JSON lines for machines."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log
