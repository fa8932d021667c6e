"""Write `incident/service/china_days.py` anew, from what the library `holidays` knows.

.venv/bin/python tools/china_days.py > incident/service/china_days.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

FIRST, LAST = 2020, 2040
HEAD = '''"""Days off and exchanged working days in China, as the library `holidays` has them.

Of years that are announced all of them, of later ones the holidays alone. The library takes a quarter of a
second to import, and an activation must not wait for that. Written by `tools/china_days.py`; a test holds it
against the library.
"""

# ruff: noqa: E501 - a year is a line

from __future__ import annotations

#: By year, month and day of public holidays and days off in exchange; of weekend days on which people work.
DAYS: dict[int, tuple[str, str]] = {'''


def lines() -> Iterator[str]:
    """Give the module, line by line."""
    from holidays.countries import china

    make: Any = china.China
    yield HEAD
    is_announced = True
    for year in range(FIRST, LAST + 1):
        calendar = make(years=[year])
        first = date(year, 1, 1)
        whole = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
        worked = [day for day in whole if day in calendar.weekend_workdays]
        if is_announced and not worked:
            is_announced = False
            yield "    # not announced yet"
        off = [day for day in whole if day in calendar]
        yield f"    {year}: ("
        for days in (off, worked):
            yield '        "' + " ".join(f"{day:%m%d}" for day in days) + '",'
        yield "    ),"
    yield "}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
