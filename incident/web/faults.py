"""What the log says of a fault: its kind, its words, where in the program it arose; and not over and over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from traceback import extract_tb

#: Characters of its words.
_MOST = 500


def described(error: Exception) -> dict[str, str]:
    """Give what is logged of an error, by name; of one that was never raised not where."""
    said = {"error": f"{type(error).__name__}: {error}"[:_MOST]}
    frames = extract_tb(error.__traceback__)
    if frames:
        last = frames[-1]
        said["at"] = f"{PurePath(last.filename).name}:{last.lineno} {last.name}"
    return said


def once(tell: Callable[[Exception], None]) -> Callable[[Exception], None]:
    """Tell of an error by `tell`, and of the same not again until another came."""
    last: str | None = None

    def told(error: Exception) -> None:
        nonlocal last
        said = f"{type(error).__name__}: {error}"
        if said != last:
            last = said
            tell(error)

    return told
