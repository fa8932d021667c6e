"""A history page by page, the newest entry first: for people who begin with what happened last.

Entries are looked through block by block, from the end on, until a page is full. Of a filter that few entries
pass many are looked through; so many at most for one page, and then the page says where to go on. A page is
found by the number of the entry before which it begins, so what is recorded meanwhile moves no page.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final, NamedTuple

from msgspec.structs import replace

from incident.service import signed
from incident.service.history import Line, Spoken, Wanted, history, reach
from incident.service.ports import LAST, Reading
from incident.service.signed import Read

#: Entries of a block: the first ones are small, for mostly everything is wanted.
_LEAST: Final = 64
_MOST: Final = 4096
#: Entries that are looked through for one page at most.
LOOKED: Final = 50_000


class Page(NamedTuple):
    """One page of a history."""

    #: The facts that are wanted of each entry, the newest entry first.
    entries: list[list[Line]]
    #: The next page begins before this entry; none where all was looked through.
    further: int | None


def page(
    tx: Reading,
    code: str,
    wanted: Wanted,
    *,
    before: int = LAST,
    most: int,
    spoken: Spoken = lambda words: [str(words)],
    read: Read = signed.unopened,
    looked: int = LOOKED,
) -> Page:
    """Give at most so many entries with facts that are wanted, of those below number `before`.

    `spoken` and `read` as for `history`. Raises `RequestError` for an incident that there never was, where
    the first page comes to the beginning, and `JournalError` where the record does not hold.
    """
    first, end = reach(tx, code, wanted)
    is_newest = end <= before
    end = min(end, before)
    stop, length, found = max(first, end - looked), _LEAST, list[list[Line]]()
    while end > stop and len(found) < most:
        begin = max(stop, end - length)
        block = history(tx, code, replace(wanted, entries=(begin, end)), spoken, read)
        found += reversed([[*facts] for _seq, facts in groupby(block, key=lambda line: line.seq)])
        end, length = begin, min(2 * length, _MOST)
    if not found and is_newest and end <= first and wanted.incident is not None:
        # there may be none of this kind in it; but of one that never was nothing is no answer
        next(history(tx, code, Wanted(incident=wanted.incident)), None)
    if len(found) > most:
        found, end = found[:most], found[most - 1][0].seq
    return Page(found, end if end > first else None)
