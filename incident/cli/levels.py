"""What verifying found, level by level, as lines for people and as JSON: of a database and of a kit alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from incident.cli.output import error_lines, put, table, talk
from incident.domain.errors import JournalError, StoreError
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
_PARTLY: Final[dict[str, Words]] = {
    "duty": say("who comes on duty was not given out again"),
    "acts": say("what was asked for is not all in the entry"),
    "erased": say("words that a condition asks for are erased"),
    "unrecorded": say("an older program did not record what was asked for"),
    "fault": say("it was held because it could not be carried out then"),
    "long ago": say("what it is about lies too far back"),
}


def put_levels(levels: Iterable[Level]) -> None:
    """Show each level with its verdict."""
    table([["", LEVELS[level.name], _verdict(level)] for level in levels])


def _verdict(level: Level) -> Words:
    if level.is_wrong:
        return say("DOES NOT HOLD: {found}", found=level.why)
    if not level.held:
        return say("not looked at: {why}", why=level.why)
    return say("holds") if level.why is None else say("holds {reach}", reach=level.why)


def put_missing(missing: Missing) -> None:
    """Say which disclosures are missing without an entry that explains it, if any are."""
    if not missing.n:
        return
    first: list[Words] = [say("entry {seq}: {part}", seq=seq, part=name) for seq, name in missing.first]
    put(say("  disclosures missing and not explained: {n}; the first: {first}", n=missing.n, first=first))
    if missing.held:
        put(say("  of these a hold that stands keeps: {n}", n=missing.held))


def missing_json(missing: Missing | None) -> dict[str, Any] | None:
    """Give the same as the JSON contract has it."""
    if missing is None:
        return None
    first = [{"entry": seq, "part": name} for seq, name in missing.first]
    return {"n": missing.n, "held": missing.held, "first": first}


def talk_of_fault(error: JournalError | StoreError) -> None:
    """Say at which level something does not hold, and what."""
    if isinstance(error, JournalError) and error.level in LEVELS:
        talk(say("found at the level {level}", level=LEVELS[error.level]))
    for words in error_lines(error):
        talk(words)


def put_decided(found: Decided) -> None:
    """Say how far entries were decided again; what could not be is never left unsaid."""
    put(say("  entries decided again: {n}", n=found.fully))
    for why, n in found.partly.items():
        put(say("  entries decided again in part: {n}; {why}", n=n, why=_PARTLY[why]))
    for kind, (n, first) in found.unknown.items():
        what, _space, name = kind.partition(" ")
        if what == "program":
            put(
                say(
                    "  entries not decided again: {n}, the first is {seq}; written by program {name},"
                    " and this one would decide otherwise",
                    n=n,
                    seq=first,
                    name=name,
                )
            )
        else:
            put(
                say(
                    "  entries not decided again: {n}, the first is {seq}; no rule here for `{name}`",
                    n=n,
                    seq=first,
                    name=name,
                )
            )


def put_open(found: Decided | None, accepted: Collection[str]) -> bool:
    """Say what no program here vouches for; tells whether there is nothing of it."""
    if found is None or not found.open(accepted):
        return True
    talk(
        say(
            "NOT PROVEN: entries that were not decided again, see above; verify them with the program that "
            "wrote them, or accept it: --accept-program VERSION"
        )
    )
    return False


def levels_json(levels: Iterable[Level]) -> list[dict[str, Any]]:
    """Give levels with their verdicts as the JSON contract has them."""
    return [
        {
            "name": level.name,
            "held": level.held,
            "wrong": level.is_wrong,
            "why": None if level.why is None else speak(level.why),
        }
        for level in levels
    ]


def decided_json(decided: Decided | None) -> dict[str, Any] | None:
    """Give how far entries were decided again as the JSON contract has it."""
    if decided is None:
        return None
    return {
        "fully": decided.fully,
        "partly": dict(decided.partly),
        "not": [{"why": why, "entries": n, "first": seq} for why, (n, seq) in decided.unknown.items()],
    }
