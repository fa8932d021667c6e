"""What verifying found, level by level, as lines for people: of a database and of a kit alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from incident.cli.output import error_lines, put, table, talk
from incident.domain.errors import JournalError, StoreError
from incident.domain.say import Words, say
from incident.service.verify_verdict import Decided, Level, Missing
from incident.views.levels import LEVELS, PARTLY


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
        put(say("  entries decided again in part: {n}; {why}", n=n, why=PARTLY[why]))
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
