"""Where a jurisdiction stands below others: what a grant that holds in one and all below it is asked with."""

from __future__ import annotations

from typing import Final

from incident.service.ports import Reading

#: Digits of the codes of village, town, county, city, province (GB/T 2260 and the statistical codes).
_LENGTHS: Final = (12, 9, 6, 4, 2)


def path_of(tx: Reading, code: str) -> tuple[str, ...]:
    """Give the code of a jurisdiction, then those of its superiors, the nearest first.

    Its playbook says which is its superior. Of one that is not adopted nobody says, so its own superiors are
    those that its code names: 330681 lies in 3306, that in 33.
    """
    path = [code]
    while (log := tx.log(path[-1])) is not None:
        parent = tx.playbook(path[-1], log.situation.playbook).jurisdiction.parent
        if parent is None or parent in path:
            return tuple(path)
        path.append(parent)
    last = path[-1]
    named = (last[:n] for n in _LENGTHS if n < len(last))
    return (*path, *(one for one in named if one not in path))
