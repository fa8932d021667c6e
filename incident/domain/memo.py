"""Remember what was computed of a value that never changes once it is read: a playbook, an item."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: How many results one function keeps before it starts anew.
_KEPT = 512


def by_identity(compute: Callable[P, R]) -> Callable[P, R]:
    """Keep results of a pure function whose first argument never changes and whose others are hashable."""
    kept: dict[object, tuple[object, R]] = {}

    @wraps(compute)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
        of: Any = args[0]
        # mostly that is all there is, many times for every promised time
        is_alone = len(args) == 1 and not kwargs
        key: object = id(of) if is_alone else (id(of), *args[1:], *sorted(kwargs.items()))
        held = kept.get(key)
        # it is kept with its result, so its id cannot be given to another meanwhile
        if held is not None and held[0] is of:
            return held[1]
        if len(kept) >= _KEPT:
            kept.clear()
        result = compute(*args, **kwargs)
        kept[key] = (of, result)
        return result

    return remembered
