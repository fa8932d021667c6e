"""Verifying goes on after entries whose bodies were dropped: from their leaves, and a snapshot.

Of such an entry nothing is left but its leaf, which the root holds. Bodies may be missing exactly where the
journal says so: below the number that its last entry of retention names, and nowhere else. The snapshot is
the one whose hash stands in that entry. What is decided and replayed from there on follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec.structs import replace

from incident.domain import holding
from incident.domain.errors import JournalError
from incident.domain.holding import Retention
from incident.domain.say import Words, say
from incident.domain.situation import Standing
from incident.service import snapshots
from incident.service.opened import Recorded, Replay, said_last
from incident.service.verify_verdict import Level, fault

#: What is looked at from the snapshot on alone.
_FROM_THERE: Final = ("bytes", "decisions", "replay", "effects")


class Base(NamedTuple):
    """Where verifying goes on."""

    retention: Retention
    #: The entries below were dropped; this is what they made.
    replay: Replay


def base(source: Recorded, code: str, *, since: int) -> Base | None:
    """Give where verifying goes on, once `since` is where reading begins; none where all bodies are there.

    Raises `JournalError` where bodies are missing otherwise than the journal says, or the snapshot is not
    the one that it names.
    """
    dropped = _dropped(source, code, since)
    if not dropped:
        return None  # whether the journal says so too is known at its end (`check_said`)
    said = said_last(source, code, since=dropped)
    if said is None or said.until != dropped:
        raise _otherwise(code, said, dropped)
    kept = next(source.disclosures(code, since=since), None)
    if kept is not None and kept[0] < dropped:
        expected = say("no disclosure of an entry without a body")
        raise fault(code, kept[0], expected, say("a disclosure of `{name}`", name=kept[1]), "disclosures")
    return Base(said, _resumed(source, code, said))


def check_said(code: str, standing: Standing, base: Base | None) -> None:
    """Refuse bodies that the journal says were dropped and that are there. Raises `JournalError`."""
    said = holding.retention(standing)
    if said != (None if base is None else base.retention):
        raise _otherwise(code, said, 0 if base is None else base.retention.until)


def limited(levels: Iterable[Level], base: Base | None) -> list[Level]:
    """Say of each level that holds how far that goes, where bodies were dropped."""
    if base is None:
        return [*levels]
    seq = base.retention.until
    since = say("from entry {seq} on", seq=seq)
    ended = say("from entry {seq} on; what had ended before is outside the record", seq=seq)
    reach: dict[str, Words] = {**dict.fromkeys(_FROM_THERE, since), "times": ended}
    return [
        replace(one, why=reach.get(one.name)) if one.held and one.name in reach else one for one in levels
    ]


def _otherwise(code: str, said: Retention | None, dropped: int) -> JournalError:
    expected = _without(0 if said is None else said.until)
    return fault(code, None, expected, _without(dropped), "bytes")


def _dropped(source: Recorded, code: str, since: int) -> int:
    """Count the entries from the first on that have no body."""
    found = 0
    for stored in source.entries(code, since=since):
        if stored.body or stored.seq != found:
            break
        found += 1
    return found


def _without(n: int) -> Words:
    return say("the bodies of the first {n} entries missing, and no others", n=n)


def _resumed(source: Recorded, code: str, said: Retention) -> Replay:
    body = source.snapshot(code, said.until)
    digest = None if body is None else snapshots.digest_of(body)
    expected = say(
        "the snapshot of the first {size} entries, hash {hash}", size=said.until, hash=said.snapshot
    )
    if body is None or digest != said.snapshot:
        raise fault(code, None, expected, digest or say("nothing"), "replay")
    try:
        replay = snapshots.resumed(code, body, snapshots.span_of(said))
    except ValueError as error:
        raise fault(code, None, expected, str(error), "replay") from error
    return _checked(code, said, replay)


def _checked(code: str, said: Retention, replay: Replay) -> Replay:
    situation = replay.situation
    if situation is None or (situation.jurisdiction, situation.version) != (code, said.until):
        expected = say("a snapshot of {n} entries of {code}", n=said.until, code=code)
        raise fault(code, None, expected, repr(situation), "replay")
    return replay
