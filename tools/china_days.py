"""Write `incident/service/china_days.py` anew, from what the library `holidays` knows of announced years.

.venv/bin/python tools/china_days.py > incident/service/china_days.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

FIRST = 2020
HEAD = '''"""Days off and exchanged working days in China, of the years announced, as `holidays` has them.

The library takes a tenth of a second to import, and an activation must not wait for that. Written by
`tools/china_days.py`; a test holds it against the library.
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
    for year in range(FIRST, date.max.year):
        calendar = make(years=[year])
        whole = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        worked = [day for day in whole if day in calendar.weekend_workdays]
        if not worked:  # the exchanged days are not announced
            break
        off = [day for day in whole if day in calendar]
        yield f"    {year}: ("
        for days in (off, worked):
            yield '        "' + " ".join(f"{day:%m%d}" for day in days) + '",'
        yield "    ),"
    yield "}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
