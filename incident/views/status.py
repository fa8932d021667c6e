"""Where a jurisdiction stands: in a list of all, or whole, now or as of an instant.

A status is what is recorded, so it is as old as the record: where a checkpoint outside shows that this is not
the newest, it says so.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict

from incident.domain import clock, holding
from incident.domain.errors import StoreError
from incident.language import speak
from incident.service import queries
from incident.service.glance import Glance
from incident.service.past import Past
from incident.service.ports import Reading
from incident.views import ahead, naming, on_duty, waiting
from incident.views.ahead import OpenDirective, ReportsAhead, StepDownClock
from incident.views.as_of import AsOf, as_of
from incident.views.callouts import Callout
from incident.views.errors import in_a_line
from incident.views.glances import Needs, needs
from incident.views.handover import Handover
from incident.views.naming import Place, Who
from incident.views.on_duty import Gap, PostKept
from incident.views.standing import Posture, standing
from incident.views.two_persons import Proposed, Unreviewed


class LegalHold(Struct, frozen=True, kw_only=True):
    """A hold that stands, and what it keeps: one of the three."""

    #: Its entry.
    hold: int
    #: Every entry there is and will be, and everybody in the directory.
    all: bool | UnsetType = UNSET
    #: First and last of entries that follow one another.
    entries: list[tuple[int, int]] | UnsetType = UNSET
    #: Who a holder is.
    holder: str | UnsetType = UNSET


class ListedStatus(Struct, frozen=True, kw_only=True):
    """Where a jurisdiction stands, in a list of all."""

    jurisdiction: Place
    #: Key of the playbook.
    state: str
    since: str
    #: Number of the incident that runs.
    incident: str | None
    posture: Posture
    #: SHA-256 of the playbook that governs.
    playbook: str
    #: How many entries its journal has.
    version: int
    holds: list[LegalHold]
    #: Who decided the state, and therefore lifts it.
    authority: Who | None
    planned_end: str | None
    #: There only where the journal must not be written to: why. What stands may be old.
    read_only: str | UnsetType = UNSET
    #: What there needs somebody; there only in a list of all.
    needs: Needs | UnsetType = UNSET


class Status(ListedStatus, frozen=True, kw_only=True):
    """Where a jurisdiction stands, whole."""

    #: Who keeps each post; null where it cannot be told.
    duty: list[PostKept] | None
    #: Pieces of the next four weeks with something wrong; empty of the past.
    gaps: list[Gap] | None
    callouts: list[Callout]
    #: Handovers of the last week that are not signed, the newest of each roster first.
    unsigned: list[Handover]
    #: Steps that wait for another person's approval; what one did alone and another is to review.
    proposals: list[Proposed]
    unreviewed: list[Unreviewed]
    #: Messages of the last day that reached nobody.
    lost: int
    reports: ReportsAhead
    directives: list[OpenDirective]
    step_down: list[StepDownClock]
    #: What waits for a person.
    held: list[ahead.Held]
    #: How many promised times failed too often; how many have passed and were not carried out.
    set_aside: int
    overdue: int
    as_of: AsOf | UnsetType = UNSET


class Looked(NamedTuple):
    """All that was found of a jurisdiction."""

    found: queries.Status
    past: Past | None
    duty: on_duty.OnDuty
    waiting: waiting.Waiting
    ahead: ahead.Ahead


def look(tx: Reading, code: str, now: int, past: Past | None) -> Looked:
    """Look at a jurisdiction now, or as of the past. Raises `JournalError` where the record does not hold."""
    return Looked(
        found=queries.status(tx, code, past),
        past=past,
        ahead=ahead.look(tx, code, now, past),
        duty=on_duty.look(tx, code, now, past),
        waiting=waiting.look(tx, code, now, past),
    )


def listed(found: queries.Status, refused: StoreError | None, glance: Glance | None = None) -> ListedStatus:
    """Give where a jurisdiction stands; `refused` is why its journal must not be written to."""
    situation, playbook = found.situation, found.playbook
    return ListedStatus(
        jurisdiction=Place(code=situation.jurisdiction, name=speak(playbook.jurisdiction.name)),
        state=situation.state,
        since=clock.stamp(situation.since),
        incident=situation.incident,
        posture=standing(found),
        playbook=situation.playbook,
        version=situation.version,
        holds=[hold(seq, one) for seq, one in holding.holds(found.standing).items()],
        authority=None if situation.authority is None else naming.decider(playbook, situation.authority),
        planned_end=None if situation.planned_end is None else clock.stamp(situation.planned_end),
        read_only=UNSET if refused is None else speak(in_a_line(refused)),
        needs=UNSET if glance is None else needs(glance),
    )


def status(looked: Looked, refused: StoreError | None) -> Status:
    """Give all that was found; `refused` is why the journal must not be written to."""
    return Status(
        **asdict(listed(looked.found, refused)),
        **asdict(on_duty.on_duty(looked.duty)),
        **asdict(waiting.waiting(looked.waiting)),
        **asdict(ahead.ahead(looked.ahead)),
        as_of=as_of(looked.past),
    )


def hold(seq: int, one: holding.Hold) -> LegalHold:
    """Give a hold."""
    return LegalHold(
        hold=seq,
        all=one.all or UNSET,
        entries=one.entries or UNSET,
        holder=UNSET if one.holder is None else one.holder,
    )
