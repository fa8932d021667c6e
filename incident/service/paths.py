"""Where a jurisdiction stands below others: what a grant that holds in one and all below it is asked with.

Its playbook says which is its superior. Of one that is not adopted nobody says, so its own superiors are
those that its code names: 330681 lies in 3306, that in 33.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from incident.domain.errors import StoreError
from incident.domain.say import say
from incident.service.ports import Reading

#: Which superior the playbook of a hash names, by code and hash. A hash never names another: keep it as long
#: as you like.
Known = dict[tuple[str, str], str | None]
#: Digits of the codes of village, town, county, city, province (GB/T 2260 and the statistical codes).
_LENGTHS: Final = (12, 9, 6, 4, 2)


class _Place(Struct):
    parent: str | None = None


class _Placed(Struct):
    """All that is read of a playbook here."""

    jurisdiction: _Place


_placed = msgspec.json.Decoder(_Placed)


def path_of(tx: Reading, code: str, known: Known | None = None) -> tuple[str, ...]:
    """Give the code of a jurisdiction, then those of its superiors, the nearest first.

    What was read of playbooks is kept in `known`.
    """

    def governing(code: str) -> str | None:
        log = tx.log(code)
        return None if log is None else log.situation.playbook

    return _path(tx, code, governing, {} if known is None else known)


def paths_of(tx: Reading, governing: Mapping[str, str], known: Known) -> dict[str, tuple[str, ...]]:
    """Give the same of all jurisdictions, by code; `governing` is the hash of each one's playbook."""
    return {code: _path(tx, code, governing.get, known) for code in governing}


def _path(tx: Reading, code: str, governing: Callable[[str], str | None], known: Known) -> tuple[str, ...]:
    path = [code]
    while (digest := governing(path[-1])) is not None:
        parent = _parent(tx, path[-1], digest, known)
        if parent is None or parent in path:
            return tuple(path)
        path.append(parent)
    last = path[-1]
    named = (last[:n] for n in _LENGTHS if n < len(last))
    return (*path, *(one for one in named if one not in path))


def _parent(tx: Reading, code: str, digest: str, known: Known) -> str | None:
    if (code, digest) not in known:
        try:
            known[code, digest] = _placed.decode(tx.playbook_bytes(code, digest)).jurisdiction.parent
        except msgspec.DecodeError as error:
            raise StoreError(
                where=say("playbook of {code}", code=code),
                expected=say("a playbook that this program reads"),
                found=str(error),
                do=say("run the version of the program that adopted it"),
            ) from error
    return known[code, digest]
