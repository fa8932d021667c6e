"""Threads for what every request waits for: who asks, below whom a place stands, whether there is news.

They are few and their own, for these looks are short. Among those that carry requests out all may be waiting
for a lock: then nobody would even be let in, and nobody told of what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

#: So many at once.
_MOST: Final = 8
_limiter: RunVar[CapacityLimiter] = RunVar("incident.web.threads")


async def looked(look: Callable[[*Ts], T], *values: *Ts) -> T:
    """Look, which may block, in a thread."""
    try:
        limiter = _limiter.get()
    except LookupError:  # the first look of this event loop
        limiter = CapacityLimiter(_MOST)
        _limiter.set(limiter)
    return await to_thread.run_sync(look, *values, limiter=limiter)
