"""Where a jurisdiction stands below others: what a grant that holds in one and all below it is asked with.

Its playbook says which is its superior. Of one that is not adopted nobody says, so its own superiors are
those that its code names: 330681 lies in 3306, that in 33.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from incident.service.outlines import Outlines
from incident.service.ports import Reading

#: Digits of the codes of village, town, county, city, province (GB/T 2260 and the statistical codes).
_LENGTHS: Final = (12, 9, 6, 4, 2)


def path_of(tx: Reading, code: str, outlines: Outlines | None = None) -> tuple[str, ...]:
    """Give the code of a jurisdiction, then those of its superiors, the nearest first.

    With `outlines` no playbook is read whose outline is there.
    """
    path = [code]
    while (log := tx.log(path[-1])) is not None:
        parent = _parent(tx, path[-1], log.situation.playbook, outlines)
        if parent is None or parent in path:
            return tuple(path)
        path.append(parent)
    return (*path, *_named_by(path))


def _parent(tx: Reading, code: str, digest: str, outlines: Outlines | None) -> str | None:
    found = None if outlines is None else outlines.of(tx, [(code, digest)]).get(digest)
    return tx.playbook(code, digest).jurisdiction.parent if found is None else found.parent


def paths(parents: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Give the same of many at once, by the superior of each that is adopted."""
    found: dict[str, tuple[str, ...]] = {}
    for code in parents:
        path, last = [code], code
        while last in parents and (above := parents[last]) is not None and above not in path:
            known = found.get(above)
            if known is not None and not {*path} & {*known}:
                path += known
                break
            path.append(above)
            last = above
        else:
            if last not in parents:
                path += _named_by(path)
        found[code] = tuple(path)
    return found


def _named_by(path: list[str]) -> Iterable[str]:
    """Give the superiors that the last code of a path names."""
    last = path[-1]
    return [last[:n] for n in _LENGTHS if n < len(last) and last[:n] not in path]
