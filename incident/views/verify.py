"""What verifying found: of a journal, held against checkpoints, and of an evidence kit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from incident.domain import clock
from incident.domain.errors import JournalError, StoreError
from incident.language import speak
from incident.service.against import Found, Span
from incident.service.examine import Examined
from incident.service.recovered import Loss
from incident.service.verify_verdict import Level, Verified
from incident.views import errors
from incident.views.errors import Problem, Trouble
from incident.views.levels import DecidedAgain, LevelFound, MissingDisclosures, decided, levels, missing


class CheckpointFound(Struct, frozen=True, kw_only=True):
    """A checkpoint held against a journal."""

    #: Where it came from.
    where: str
    size: int
    #: `holds`, `behind`, `forked`, `lost`, `foreign`.
    verdict: str
    #: The entry that gave it up.
    given_up: int | None
    signed_by: list[str]


class CheckpointsBeside(Struct, frozen=True, kw_only=True):
    """The checkpoints kept beside a journal."""

    kept: int
    #: How many of them no key signed that was given.
    not_signed: int
    wrong: list[CheckpointFound]


class ChangedSpan(Struct, frozen=True, kw_only=True):
    """Between which entries something was changed."""

    #: The first that may be another, and the one after the last.
    since: int
    until: int
    #: When those were signed.
    after: str | None
    before: str | None


class GivenUp(Struct, frozen=True, kw_only=True):
    """An end of a journal that was given up after a loss."""

    entry: int
    at: str
    origin: str
    #: Of the lost checkpoint.
    size: int
    #: How many entries of that origin are here, and how many are lost at most.
    kept: int
    lost: int
    #: How many the newest checkpoint outside covered that held; 0: none did; null: nobody looked.
    proven: int | None
    by: str | None
    second: str | None = field(name="with")


class JournalVerified(Struct, frozen=True, kw_only=True):
    """A journal of which each entry holds, and how it stands to checkpoints."""

    #: Statistical code.
    jurisdiction: str
    #: Nothing at all is wrong with it.
    holds: bool
    entries: int
    root: str
    #: Disclosures that remain; null where only hashes were checked.
    disclosures: int | None
    missing: MissingDisclosures | None
    replayed: bool
    #: Entries without a body.
    dropped: int
    #: How often the clock was set back: no fault.
    clock_went_back: int | None
    levels: list[LevelFound]
    decided: DecidedAgain | None
    #: Keys that were given: without one no signature was looked at.
    keys: list[str]
    against: list[CheckpointFound]
    checkpoints: CheckpointsBeside
    #: Entries that give up an end for a checkpoint that none of the keys given signed.
    given_up_unsigned: list[int]
    changed: ChangedSpan | None
    #: Why this is not the newest, by checkpoints outside.
    outside: Trouble | None
    recovered: list[GivenUp]


class JournalFault(Struct, frozen=True, kw_only=True):
    """A journal that does not hold."""

    #: Null where the database finds itself damaged.
    jurisdiction: str | None
    holds: Literal[False]
    #: Entry at fault, where it is known.
    seq: int | UnsetType | None = UNSET
    #: Level at which it was found.
    level: str | None
    error: Trouble
    problems: list[Problem] | UnsetType = UNSET


class KitVerified(Struct, frozen=True, kw_only=True):
    """An evidence kit that holds."""

    #: Path of the file.
    kit: str
    jurisdiction: str
    holds: bool
    entries: int
    root: str
    disclosures: int | None
    replayed: bool
    levels: list[LevelFound]
    dropped: int
    decided: DecidedAgain | None
    #: What is not opened: entry and name.
    withheld: list[tuple[int, str]]
    recovered: list[GivenUp]
    manifest_sha256: str


class KitFault(Struct, frozen=True, kw_only=True):
    """An evidence kit that does not hold."""

    kit: str
    holds: Literal[False]
    seq: int | None
    level: str | None
    error: Trouble
    problems: list[Problem] | UnsetType = UNSET


def verified(examined: Examined, keys: Iterable[str]) -> JournalVerified:
    """Give a journal of which each entry holds; `keys` are those that had to have signed."""
    found, compared, outdated = examined.found, examined.compared, examined.outdated
    return JournalVerified(
        jurisdiction=found.jurisdiction,
        holds=examined.holds,
        entries=found.entries,
        root=found.root,
        disclosures=found.disclosures,
        missing=missing(found.missing),
        replayed=found.replayed,
        dropped=found.dropped,
        clock_went_back=found.clock_went_back,
        levels=levels(found.levels),
        decided=decided(found.decided),
        keys=[*keys],
        against=[_checkpoint(one) for one in compared.brought],
        checkpoints=CheckpointsBeside(
            kept=len(compared.beside) + compared.unsigned,
            not_signed=compared.unsigned,
            wrong=[_checkpoint(one) for one in compared.wrong],
        ),
        given_up_unsigned=[*compared.unfounded],
        changed=_changed(compared.span),
        outside=None if outdated is None else errors.trouble(outdated),
        recovered=[given_up(one) for one in examined.gone],
    )


def fault(code: str, error: JournalError | StoreError) -> JournalFault:
    """Give why a journal does not hold."""
    return JournalFault(
        jurisdiction=code,
        holds=False,
        seq=getattr(error, "seq", None),
        level=getattr(error, "level", None),
        error=errors.trouble(error),
        problems=errors.problems(error),
    )


def storage_fault(error: StoreError) -> JournalFault:
    """Give what a database finds wrong with itself."""
    return JournalFault(
        jurisdiction=None,
        holds=False,
        seq=UNSET,
        level="storage",
        error=errors.trouble(error),
        problems=errors.problems(error),
    )


def kit(
    path: str,
    jurisdiction: str,
    record: Verified,
    found: Iterable[Level],
    withheld: Sequence[tuple[int, str]],
    gone: Iterable[Loss],
    *,
    digest: str,
    holds: bool,
) -> KitVerified:
    """Give an evidence kit that holds: its record, the levels `found`, and what is not opened."""
    return KitVerified(
        kit=path,
        jurisdiction=jurisdiction,
        holds=holds,
        entries=record.entries,
        root=record.root,
        disclosures=record.disclosures,
        replayed=record.replayed,
        levels=levels(found),
        dropped=record.dropped,
        decided=decided(record.decided),
        withheld=[*withheld],
        recovered=[given_up(one) for one in gone],
        manifest_sha256=digest,
    )


def kit_fault(path: str, error: JournalError) -> KitFault:
    """Give why an evidence kit does not hold."""
    return KitFault(
        kit=path,
        holds=False,
        seq=error.seq,
        level=error.level,
        error=errors.trouble(error),
        problems=errors.problems(error),
    )


def given_up(one: Loss) -> GivenUp:
    """Give an end of a journal that was given up."""
    return GivenUp(
        entry=one.seq,
        at=clock.stamp(one.at),
        origin=one.lost.origin,
        size=one.lost.size,
        kept=one.kept,
        lost=one.most,
        proven=one.proven,
        by=one.by,
        second=one.second,
    )


def _checkpoint(found: Found) -> CheckpointFound:
    return CheckpointFound(
        where=speak(found.given.where),
        size=found.given.size,
        verdict=found.verdict,
        given_up=found.given_up,
        signed_by=[*found.given.signed_by],
    )


def _changed(span: Span | None) -> ChangedSpan | None:
    if span is None:
        return None
    return ChangedSpan(
        since=span.since,
        until=span.until,
        after=None if span.after is None else clock.stamp(span.after),
        before=None if span.before is None else clock.stamp(span.before),
    )
