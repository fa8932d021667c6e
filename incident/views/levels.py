"""What verifying looked at, level by level: of a journal and of an evidence kit alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from incident.domain.say import Words, say
from incident.language import speak
from incident.service.verify_verdict import Decided, Level, Missing

#: What each level is called.
LEVELS: Final[dict[str, Words]] = {
    "bytes": say("bytes: each entry is read, and canonical"),
    "leaves": say("leaves: each hash recomputed"),
    "root": say("root: the tree recomputed"),
    "disclosures": say("disclosures: each opens what was sealed"),
    "playbooks": say("playbooks: each has the hash that entries name"),
    "decisions": say("decisions: each entry decided again"),
    "replay": say("replay: each entry follows from those before"),
    "effects": say("effects: notices follow from the facts"),
    "times": say("times: promised times and duty as recorded"),
    "people": say("people: the directory as recorded"),
    "stored": say("stored: what stands is what was recorded"),
    "container": say("container: nothing harmful in the file"),
    "files": say("files: each has the hash of the manifest"),
    "tiles": say("tiles: what the entries give"),
    "signatures": say("signatures: each checkpoint by a trusted key"),
    "consistency": say("consistency: each checkpoint is of this record"),
    "origin": say("origin: each checkpoint names this journal"),
    "filter": say("filter: what matches is opened or listed, and nothing else"),
    "pages": say("pages: timeline and ledgers say what the entries say"),
}
#: What could not be decided again.
PARTLY: Final[dict[str, Words]] = {
    "duty": say("who comes on duty was not given out again"),
    "acts": say("what was asked for is not all in the entry"),
    "erased": say("words or names that it depends on are erased"),
    "unrecorded": say("an older program did not record what was asked for"),
    "fault": say("it was held because it could not be carried out then"),
    "long ago": say("what it is about lies too far back"),
}


class LevelFound(Struct, frozen=True, kw_only=True):
    """A level and its verdict; neither held nor wrong: it was not looked at, or not all of it."""

    name: str
    held: bool
    wrong: bool
    #: Why it was not looked at, what is wrong, or how far it holds.
    why: str | None


class MissingDisclosure(Struct, frozen=True, kw_only=True):
    """A disclosure that is gone and of which no entry says so."""

    entry: int
    part: str


class MissingDisclosures(Struct, frozen=True, kw_only=True):
    """Disclosures that are gone and of which no entry says so."""

    n: int
    #: How many of them a hold that stands keeps.
    held: int
    first: list[MissingDisclosure]


class NotDecided(Struct, frozen=True, kw_only=True):
    """Entries that were not decided again."""

    why: str
    entries: int
    first: int


class DecidedAgain(Struct, frozen=True, kw_only=True):
    """How far entries were decided again."""

    fully: int
    #: In part, by why.
    partly: dict[str, int]
    not_decided: list[NotDecided] = field(name="not")


def levels(found: Iterable[Level]) -> list[LevelFound]:
    """Give levels with their verdicts."""
    return [
        LevelFound(
            name=level.name,
            held=level.held,
            wrong=level.is_wrong,
            why=None if level.why is None else speak(level.why),
        )
        for level in found
    ]


def decided(found: Decided | None) -> DecidedAgain | None:
    """Give how far entries were decided again."""
    if found is None:
        return None
    unknown = found.unknown.items()
    return DecidedAgain(
        fully=found.fully,
        partly=dict(found.partly),
        not_decided=[NotDecided(why=why, entries=n, first=seq) for why, (n, seq) in unknown],
    )


def missing(found: Missing | None) -> MissingDisclosures | None:
    """Give the disclosures that are missing and that no entry explains."""
    if found is None:
        return None
    first = [MissingDisclosure(entry=seq, part=name) for seq, name in found.first]
    return MissingDisclosures(n=found.n, held=found.held, first=first)
