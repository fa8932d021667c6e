"""`incident` by a clock that stands at an instant: `_standing.py INSTANT WORDS…`."""

from __future__ import annotations

import sys

from incident import bootstrap
from incident.cli import main

if __name__ == "__main__":
    at = int(sys.argv.pop(1))
    bootstrap.now = bootstrap.clock = lambda: at
    main()
