"""The directory: who holds a seat, how they are reached, what an import changed, what erasing left.

Numbers and addresses are hidden in the middle unless they are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct, field

from incident.domain import clock, explain
from incident.domain.explain_duty import sign
from incident.domain.facts import AnyFact
from incident.domain.facts_record import DirectoryChanged
from incident.domain.hiding import masked
from incident.domain.people import FOREVER, Person, Span, seats_of
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import speak
from incident.service.handle import Outcome
from incident.service.people import Written

#: The directory of a jurisdiction, by opaque signs.
Persons = Mapping[str, Person]


class Holder(Struct, frozen=True, kw_only=True):
    """Somebody who holds a seat or keeps a post."""

    #: Opaque sign; `@` and a seat or unit where nobody is named; null where nobody is there.
    holder: str | None
    #: Null where the directory has none, or has erased it.
    name: str | None
    #: Addresses; hidden in the middle unless they were asked for.
    channels: list[str]


class SeatHolder(Holder, frozen=True, kw_only=True):
    """Somebody who holds a seat for a time."""

    seat: str
    #: Null: always had it; null: there is no end.
    since: str | None = field(name="from")
    until: str | None


class Holders(Struct, frozen=True, kw_only=True):
    """Who holds seats at an instant."""

    at: str
    holders: list[SeatHolder]


class Blank(Struct, frozen=True, kw_only=True):
    """A row of the directory to fill in."""

    #: Seat, or unit.
    seat: str
    #: Whom the paper gives it.
    holder: str | None


class Template(Struct, frozen=True, kw_only=True):
    """A directory to fill in: every seat and unit of a playbook."""

    rows: list[Blank]


class DirectoryImported(Struct, frozen=True, kw_only=True):
    """What an import changed, or would change."""

    #: Its entry; null where nothing is recorded.
    seq: int | None
    #: In words.
    changes: list[str]
    #: Of how many people names or addresses changed.
    people: int
    repeated: bool


class StillWritten(Struct, frozen=True, kw_only=True):
    """Parts of an entry that people wrote, which may name somebody."""

    seq: int
    parts: list[str]


class PersonErased(Struct, frozen=True, kw_only=True):
    """Who was erased, and what was not."""

    seq: int
    erased: str
    #: What people wrote since somebody was known: it is not searched and not erased.
    written: list[StillWritten]
    repeated: bool


def holder(sign_: str | None, persons: Persons, *, numbers: bool) -> Holder:
    """Give a holder; addresses in full where `numbers` are asked for."""
    return Holder(
        holder=sign_,
        name=name_of(sign_, persons),
        channels=channels_of(sign_, persons, numbers=numbers),
    )


def name_of(sign_: str | None, persons: Persons) -> str | None:
    """Give the name that the directory has of a holder."""
    person = persons.get(sign_ or "")
    return None if person is None else person.name


def channels_of(sign_: str | None, persons: Persons, *, numbers: bool) -> list[str]:
    """Give how a holder is reached; hidden in the middle unless `numbers`."""
    person = persons.get(sign_ or "")
    channels = () if person is None else person.channels
    return [*channels] if numbers else [masked(each) for each in channels]


def named(playbook: Playbook, sign_: str | None, persons: Persons) -> Words:
    """Say who a holder is: by name, where the directory has one, and by sign."""
    person = persons.get(sign_ or "")
    if person is None or person.name is None:
        return sign(playbook, sign_)
    return say("{name} ({holder})", name=person.name, holder=person.holder)


def holders(found: Sequence[Span], persons: Persons, at: int, *, numbers: bool) -> Holders:
    """Give who holds which seat at an instant."""
    return Holders(
        at=clock.stamp(at),
        holders=[
            SeatHolder(
                holder=one.holder,
                name=name_of(one.holder, persons),
                channels=channels_of(one.holder, persons, numbers=numbers),
                seat=one.seat,
                since=None if one.since <= 0 else clock.stamp(one.since),
                until=None if one.until == FOREVER else clock.stamp(one.until),
            )
            for one in found
        ],
    )


def template(playbook: Playbook, erased: Collection[str]) -> Template:
    """Give every seat, with whom the paper gives it unless they were erased, and every unit."""
    return Template(
        rows=[
            Blank(seat=seat, holder=None if holder in erased else holder or None)
            for seat, holder in _blanks(playbook)
        ]
    )


def _blanks(playbook: Playbook) -> Iterator[tuple[str, str]]:
    owners = [*playbook.bodies, *(f"{key}.office" for key, one in playbook.bodies.items() if one.office)]
    for owner in [*owners, *playbook.groups]:
        for key, seat in seats_of(playbook, owner):
            yield from ((key, holder) for holder in seat.holders or [""])
    for unit in playbook.units:
        yield unit, ""


def imported(playbook: Playbook, facts: Sequence[AnyFact], outcome: Outcome | None) -> DirectoryImported:
    """Give what an import changed, or would change where there is no outcome."""
    return DirectoryImported(
        seq=None if outcome is None else outcome.entry.seq,
        changes=[speak(explain.fact(playbook, fact)) for fact in facts],
        people=sum(len(fact.ways) for fact in facts if isinstance(fact, DirectoryChanged)),
        repeated=outcome is not None and outcome.repeated,
    )


def erased(sign_: str, outcome: Outcome, written: Sequence[Written]) -> PersonErased:
    """Give what erasing somebody left."""
    return PersonErased(
        seq=outcome.entry.seq,
        erased=sign_,
        written=[StillWritten(seq=one.seq, parts=[*one.parts]) for one in written],
        repeated=outcome.repeated,
    )
