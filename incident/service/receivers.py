"""Who is told of something: the people behind a party, at an instant, by the one resolver.

    a holder        that one
    who keeps a roster that stands     those on duty
    another         whoever holds its seats; of a unit its staff
    each_group, activator              every group that stands; the body that decided

People on leave are left out as long as somebody else is there.
"""

from __future__ import annotations

from collections.abc import Iterable

from incident.domain.errors import IncidentError
from incident.domain.people import HOLDER, Person, away, holders, people_of
from incident.domain.playbook import ACTIVATOR, EACH_GROUP, Playbook
from incident.domain.situation import Situation, Standing
from incident.service import queries
from incident.service.ports import Reading

#: What comes of a record that cannot be read.
_AMISS = (IncidentError, LookupError, ValueError)


class Audience:
    """The people of a jurisdiction at an instant."""

    def __init__(self, tx: Reading, playbook: Playbook, situation: Situation, at: int) -> None:
        """Look who is on duty and who holds what."""
        self._playbook, self._situation, self._at = playbook, situation, at
        self._standing: Standing = tx.standing(situation.jurisdiction)
        self._people = people_of(self._standing)
        self._duties = tx.duties(situation.jurisdiction, since=at, until=at + 1)

    def of(self, ref: str) -> list[str]:
        """Give who is told where `ref` is: signs, or stand-ins for whoever holds a seat."""
        found = list(dict.fromkeys(self._of(ref)))
        there = [one for one in found if away(self._people, one, self._at) is None]
        return there or found

    def _of(self, ref: str) -> Iterable[str]:
        if HOLDER.fullmatch(ref):
            return [ref]
        if ref == EACH_GROUP:
            groups = [key for kind, key in self._standing if kind == "group"]
            return [holder for key in groups for holder in self._of(key)]
        if ref == ACTIVATOR:
            authority = self._situation.authority
            return [] if authority is None else self._of(authority)
        return self._on_duty(ref) or [
            one.holder for one in holders(self._playbook, self._people, ref, self._at)
        ]

    def _on_duty(self, ref: str) -> list[str]:
        kept = {
            key
            for (kind, key), stood in self._standing.items()
            if kind == "roster" and stood.item.get("of") == ref
        }
        return [
            one.piece.holder for one in self._duties if one.roster in kept and one.piece.holder is not None
        ]


class Audiences:
    """The people of several jurisdictions, in one look; each is looked at once."""

    def __init__(self, tx: Reading, at: int) -> None:
        """Look at an instant."""
        self._tx, self._at = tx, at
        self._found: dict[str, tuple[Audience | None, dict[str, Person]]] = {}

    def of(self, code: str, ref: str) -> tuple[list[str] | None, dict[str, Person]]:
        """Give who is told where `ref` is, none where that cannot be read; and whom the directory knows."""
        if code not in self._found:
            self._found[code] = self._look(code), {one.holder: one for one in self._tx.people(code)}
        audience, known = self._found[code]
        try:
            return None if audience is None else audience.of(ref), known
        except _AMISS:
            return None, known

    def _look(self, code: str) -> Audience | None:
        try:
            situation, playbook = queries.present(self._tx, code)
            return Audience(self._tx, playbook, situation, self._at)
        except _AMISS:
            return None
