"""What is done to a record: signed, noted elsewhere, held, redacted, dropped, gone on after a loss."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import UNSET, Struct, UnsetType, convert
from msgspec.structs import asdict

from incident.domain import clock, holding
from incident.domain.checkpoint import Checkpoint
from incident.domain.explain_record import covered
from incident.domain.facts import ItemChanged, ItemStarted
from incident.domain.facts_record import JournalRecovered
from incident.domain.heads import read as read_head
from incident.domain.holding import Retention
from incident.language import speak
from incident.service.handle import Outcome
from incident.service.hold import Held
from incident.service.redact import Part
from incident.service.retention import Dropping
from incident.views.acts import recorded


class SignedCheckpoint(Struct, frozen=True, kw_only=True):
    """The newest signed checkpoint of a journal."""

    #: Statistical code.
    jurisdiction: str
    origin: str
    #: How many entries it covers.
    size: int
    root: str
    at: str
    #: What people pass on.
    line: str
    #: The signed note.
    note: str


class HeadNoted(Struct, frozen=True, kw_only=True):
    """A subordinate's checkpoint that was noted."""

    seq: int
    #: Code of the subordinate.
    of: str
    size: int
    root: str
    #: It grew from the one noted before.
    proven: bool
    signed_by: list[str]
    repeated: bool


class HoldPlaced(Struct, frozen=True, kw_only=True):
    """A hold that was placed, and what it keeps: one of the three."""

    seq: int
    #: Its number.
    hold: int
    all: bool | UnsetType = UNSET
    entries: list[tuple[int, int]] | UnsetType = UNSET
    holder: str | UnsetType = UNSET
    repeated: bool


class HoldReleased(Struct, frozen=True, kw_only=True):
    """A hold that was released."""

    seq: int
    released: int
    repeated: bool


class HoldStanding(Struct, frozen=True, kw_only=True):
    """A hold that stands; who, on what basis and why are null once they are erased."""

    hold: int
    at: str
    all: bool | UnsetType = UNSET
    entries: list[tuple[int, int]] | UnsetType = UNSET
    holder: str | UnsetType = UNSET
    #: What it keeps, in words.
    text: str
    by: str | None
    basis: str | None
    reason: str | None


class HoldsStanding(Struct, frozen=True, kw_only=True):
    """The holds that stand."""

    #: Statistical code.
    jurisdiction: str
    holds: list[HoldStanding]


class SealedPart(Struct, frozen=True, kw_only=True):
    """A part of an entry that is still disclosed."""

    part: str
    #: Bytes of the attachment that goes too.
    attachment: int | None
    #: There only for whoever asks.
    words: str | UnsetType = UNSET


class RedactionPlan(Struct, frozen=True, kw_only=True):
    """What an entry would disclose no more."""

    entry: int
    parts: list[SealedPart]


class Redacted(Struct, frozen=True, kw_only=True):
    """What an entry discloses no more."""

    #: The entry that says so.
    seq: int
    entry: int
    parts: list[str]
    repeated: bool


class DropPlan(Struct, frozen=True, kw_only=True):
    """Bodies that would be dropped."""

    #: The first entry that keeps its body.
    until: int
    #: Hash of the snapshot of what the entries below it make.
    snapshot: str
    #: How many entries a checkpoint outside covers.
    covered: int | None
    #: The first entry that has its body now.
    since: int
    #: How many disclosures go too.
    disclosures: int


class BodiesGone(Struct, frozen=True, kw_only=True):
    """Bodies that were dropped."""

    seq: int
    until: int
    snapshot: str
    covered: int | None
    repeated: bool


class WentOn(Struct, frozen=True, kw_only=True):
    """A journal that went on as another after a loss."""

    seq: int
    #: Of the checkpoint that is given up.
    origin: str
    size: int
    root: str
    #: How many the newest checkpoint outside covered that held; 0: none did.
    proven: int | None


class _Kept(Struct, frozen=True, kw_only=True):
    """What a hold keeps: one of the three, as a fact has it."""

    all: bool | UnsetType = UNSET
    entries: list[tuple[int, int]] | UnsetType = UNSET
    holder: str | UnsetType = UNSET


def checkpoint(code: str, head: Checkpoint, *, at: int, line: str, note: str) -> SignedCheckpoint:
    """Give a signed checkpoint."""
    return SignedCheckpoint(
        jurisdiction=code,
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        at=clock.stamp(at),
        line=line,
        note=note,
    )


def head_noted(outcome: Outcome, signed_by: Iterable[str]) -> HeadNoted:
    """Give a subordinate's checkpoint that was noted."""
    fact = next(one for one in outcome.entry.facts if isinstance(one, ItemStarted | ItemChanged))
    head = read_head(fact.after)
    return HeadNoted(
        seq=outcome.entry.seq,
        of=fact.key,
        size=head.size,
        root=head.root,
        proven=head.proven,
        signed_by=[*signed_by],
        repeated=outcome.repeated,
    )


def placed(outcome: Outcome, item: ItemStarted) -> HoldPlaced:
    """Give a hold that was placed; `item` is the fact that says so."""
    return HoldPlaced(
        seq=outcome.entry.seq,
        hold=int(item.key),
        **asdict(convert(item.after, _Kept)),
        repeated=outcome.repeated,
    )


def released(outcome: Outcome, number: int) -> HoldReleased:
    """Give a hold that was released."""
    return HoldReleased(seq=outcome.entry.seq, released=number, repeated=outcome.repeated)


def holds(code: str, found: Sequence[Held]) -> HoldsStanding:
    """Give the holds that stand."""
    return HoldsStanding(jurisdiction=code, holds=[_hold(one) for one in found])


def _hold(one: Held) -> HoldStanding:
    plain = holding.plain(one.hold)
    return HoldStanding(
        hold=one.seq,
        at=clock.stamp(one.at),
        **asdict(convert(plain, _Kept)),
        text=speak(covered(plain)),
        by=one.disclosed.get("by"),
        basis=one.disclosed.get("basis"),
        reason=one.disclosed.get("reason"),
    )


def redaction(entry: int, found: Iterable[Part], *, words: bool) -> RedactionPlan:
    """Give what an entry would disclose no more; the words themselves only where they are asked for."""
    return RedactionPlan(
        entry=entry,
        parts=[
            SealedPart(part=one.name, attachment=one.attached, words=one.words if words else UNSET)
            for one in found
        ],
    )


def redacted(outcome: Outcome, entry: int, parts: Iterable[str]) -> Redacted:
    """Give what an entry discloses no more."""
    return Redacted(seq=outcome.entry.seq, entry=entry, parts=[*parts], repeated=outcome.repeated)


def dropping(found: Dropping) -> DropPlan:
    """Give which bodies would be dropped."""
    said = found.retention
    return DropPlan(
        until=said.until,
        snapshot=said.snapshot,
        covered=said.covered,
        since=found.since,
        disclosures=found.disclosures,
    )


def dropped(outcome: Outcome, said: Retention) -> BodiesGone:
    """Give which bodies were dropped."""
    return BodiesGone(
        seq=outcome.entry.seq,
        until=said.until,
        snapshot=said.snapshot,
        covered=said.covered,
        repeated=outcome.repeated,
    )


def went_on(outcome: Outcome) -> WentOn:
    """Give how a journal went on after a loss."""
    fact = recorded(outcome, JournalRecovered)
    return WentOn(
        seq=outcome.entry.seq,
        origin=fact.origin,
        size=fact.size,
        root=fact.root,
        proven=fact.proven,
    )
