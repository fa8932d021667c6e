"""Remember what was computed of a playbook, by identity: a playbook never changes once it is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: How many results one function keeps before it starts anew.
_KEPT = 512


def per_playbook(compute: Callable[P, R]) -> Callable[P, R]:
    """Keep results of a pure function whose first argument is a playbook and whose others are hashable."""
    kept: dict[tuple[object, ...], tuple[object, R]] = {}

    @wraps(compute)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
        playbook: Any = args[0]
        key = (id(playbook), *args[1:], *sorted(kwargs.items()))
        held = kept.get(key)
        # the playbook is kept with its result, so its id cannot be given to another meanwhile
        if held is not None and held[0] is playbook:
            return held[1]
        if len(kept) >= _KEPT:
            kept.clear()
        result = compute(*args, **kwargs)
        kept[key] = (playbook, result)
        return result

    return remembered
