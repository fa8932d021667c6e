"""How the conformance suite expects refusals, and lets several act at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

_T = TypeVar("_T")


class refused:  # noqa: N801 - read as a verb
    """Expect one of `errors`: what a database refuses and what a fake asserts."""

    def __init__(self, *errors: type[Exception]) -> None:
        """Expect one of these."""
        self._errors = errors

    def __enter__(self) -> None:
        """Begin to expect."""

    def __exit__(self, found: type[BaseException] | None, *_: object) -> bool:
        """Let what is expected pass; nothing at all is a failure."""
        if found is None:
            raise AssertionError(f"expected one of {[error.__name__ for error in self._errors]}, got nothing")
        return issubclass(found, self._errors)


def at_once(n: int, act: Callable[[int], _T]) -> list[_T]:
    """Let `n` threads act at the same time."""
    together = Barrier(n, timeout=30)

    def wait_and_act(who: int) -> _T:
        together.wait()
        return act(who)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(wait_and_act, range(n)))
