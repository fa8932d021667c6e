"""Garbage is looked for less often, and not among what thousands of tests and all modules are.

Otherwise every seventh second of a build went into looking through all of that again, with nothing to find.
"""

from __future__ import annotations

import gc
from typing import Final

#: Objects made until the young are looked through; then how many such looks until the older are, and all.
_SELDOM: Final = (10_000, 20, 50)


def pytest_collection_finish() -> None:
    """Set aside for good what stands once the tests are collected."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
