"""Retention: the bodies of a journal's beginning are dropped, with what they disclose; their hashes stay.

What is left proves as much as before that nothing was changed: each leaf, the tree, every checkpoint. What
happened in those entries nobody can read any more. Verifying, and whatever asks for the past, goes on from a
snapshot of what they made, whose hash stands in the entry that says so.

Dropped is nothing that is needed still: of a running incident, of what is open or not delivered, what a later
report corrects, the entries that opened a journal after a loss, nor the last day. And nothing that no
checkpoint outside covers, unless that is said: afterwards nobody could show that it had not been altered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from incident.domain import approving, clock, holding
from incident.domain.callout import CALLOUT
from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import Conflict, Refused, RequestError
from incident.domain.facts import AnyFact, ItemChanged, ItemStarted, ReportFiled
from incident.domain.handing import HANDOVER
from incident.domain.holding import BODIES, HOLD, RETENTION, Retention
from incident.domain.say import Say, Words, say
from incident.domain.situation import Situation, Standing
from incident.service import going, outside, snapshots
from incident.service.act import Act, View, act
from incident.service.going import Bodies
from incident.service.handle import Outcome, adopted
from incident.service.opened import DIGEST, digest_in, read_entry
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.redact import holders_in
from incident.service.who import Origin, Why, two_names

#: Kinds of items that somebody has to settle still.
_OPEN = ("directive", CALLOUT, HANDOVER, HOLD, *approving.KINDS)
#: Seconds for which an entry stays whatever happens: its messages may be sent again.
_YOUNG = 86400
#: What every entry that redacts holds; most hold it not.
_MARK: Final = b'"DisclosureRedacted"'


class Dropping(NamedTuple):
    """What would be dropped, and all that was found without a lock that need not be looked for under it."""

    retention: Retention
    #: What goes with the bodies, and how many entries there were.
    bodies: Bodies
    #: Number of the first entry that has its body now.
    since: int
    #: How many disclosures go with them, and signs of the holders whose names are among them.
    disclosures: int
    holders: frozenset[str]


class _Disclosed(NamedTuple):
    """What of the disclosures would go with the bodies."""

    n: int = 0
    holders: frozenset[str] = frozenset()
    #: Attachments whose hash no later entry discloses.
    attachments: frozenset[str] = frozenset()


def until_of(tx: Reading, code: str, at: int) -> int:
    """Give the number of the first entry recorded at an instant or later."""
    version = adopted(tx, code).situation.version
    found = (seq for seq, then in tx.recorded(code, since=0, until=version) if then >= at)
    return next(found, version)


def look(
    tx: Reading, code: str, until: int, checkpoints: Sequence[Checkpoint], *, at: int, uncovered: bool = False
) -> Dropping:
    """Show what would be dropped, and rebuild what takes its place; without a lock.

    Raises `RequestError` for what is not there, and `Refused` for what has to stay.
    """
    situation, standing = adopted(tx, code).situation, tx.standing(code)
    before = holding.retention(standing)
    since = 0 if before is None else before.until
    if not since < until <= situation.version:
        raise RequestError(
            where=say("before"),
            expected=say("an entry from {first} to {last}", first=since + 1, last=situation.version),
            found=str(until),
            do=say("look: incident history"),
        )
    covered = _covered(tx, code, situation, until, checkpoints)
    if covered is None and not uncovered:
        raise _must_stay(
            "checkpoint",
            say("entries that a checkpoint outside covers"),
            say("none that holds and covers {n} entries", n=until),
            say("put one outside: incident journal checkpoint"),
        )
    said = snapshots.facts(tx, code)
    replay = snapshots.go_on(tx, snapshots.nearest(tx, code, until, said), code, until)
    assert replay.span is not None, "there is an entry at least"
    assert replay.situation is not None, "there is an entry at least"
    if situation.incident is not None and replay.situation.incident == situation.incident:
        raise _needed(say("incident {incident}, which is running", incident=situation.incident))
    found = _disclosed(tx, code, until)
    _must_not_be_needed(tx, code, standing, range(since, until), at, found.holders)
    _must_not_be_corrected(tx, code, until, since=until)
    body = snapshots.body_of(replay)
    retention = Retention(
        until=until,
        snapshot=snapshots.digest_of(body),
        covered=covered,
        after=replay.span.since,
        earliest=clock.stamp(replay.span.earliest),
        latest=clock.stamp(replay.span.latest),
    )
    bodies = Bodies(body, situation.version, found.attachments)
    return Dropping(retention, bodies, since, found.n, found.holders)


def _disclosed(tx: Reading, code: str, until: int) -> _Disclosed:
    """Look once through all that is disclosed."""
    n = 0
    parts: set[str] = set()
    going_too: set[str] = set()
    staying: set[str] = set()
    for seq, name, text in tx.disclosures(code):
        if name.startswith(DIGEST):
            (going_too if seq < until else staying).add(digest_in(text))
        if seq < until:
            n += 1
            parts.add(name)
    return _Disclosed(n, frozenset(holders_in(parts)), frozenset(going_too - staying))


def _covered(
    tx: Reading, code: str, situation: Situation, until: int, checkpoints: Sequence[Checkpoint]
) -> int | None:
    """Give the size of the greatest checkpoint outside that holds and covers the entries; none without."""
    sizes = [
        one.size
        for one in checkpoints
        if one.size >= until and outside.hold(tx, code, situation, one).verdict == "holds"
    ]
    return max(sizes, default=None)


def _must_not_be_needed(
    tx: Reading, code: str, standing: Standing, entries: range, at: int, holders: Collection[str]
) -> None:
    """Refuse to drop what a hold keeps, or somebody still needs; a few rows are read. Raises `Refused`.

    `holders` are those whose names would go.
    """
    until = entries.stop
    going.must_be_free(say("entries before {seq}", seq=until), standing, [entries], holders)
    needing: list[Words] = [*_needing(tx, code, standing, until, at)]
    if needing:
        raise _needed(needing)


def _must_not_be_corrected(tx: Reading, code: str, until: int, *, since: int) -> None:
    """Refuse to drop a report that an entry from `since` on corrects. Raises `Refused`."""
    for stored in tx.entries(code, since=since):
        if b'"corrects":' in stored.body:
            for fact in read_entry(code, stored).facts:
                if isinstance(fact, ReportFiled) and fact.corrects is not None and fact.corrects < until:
                    raise _needed(say("the report that entry {seq} corrects", seq=stored.seq))


def _needing(tx: Reading, code: str, standing: Standing, until: int, at: int) -> Iterator[Say]:
    """Say what needs an entry before `until` still."""
    situation = adopted(tx, code).situation
    for origin in outside.origins(tx, code, situation):  # each leads to the one before
        if 0 < origin.opened < until:
            yield say("entry {seq}, which opened this journal after a loss", seq=origin.opened)
    for (kind, key), stood in sorted(standing.items()):
        if kind in _OPEN and stood.since < until:
            yield say("{kind} {key} of entry {seq}, which is open", kind=kind, key=key, seq=stood.since)
    waiting = tx.undelivered(1, code=code)
    if waiting and waiting[0].seq < until:
        yield say("a message of entry {seq}, which is not delivered", seq=waiting[0].seq)
    for seq, then in tx.recorded(code, since=until - 1, until=until):
        if then > at - _YOUNG:
            yield say("entry {seq}, which is not a day old", seq=seq)


def _needed(what: Words) -> Refused:
    return _must_stay(
        "needed",
        say("entries that nothing needs any more"),
        what,
        say("drop fewer entries, or wait until it is over"),
    )


def _must_stay(rule: str, expected: Words, found: Words, do: Words) -> Refused:
    return Refused(rule=rule, where=say("retention"), expected=expected, found=found, do=do)


def drop(
    store: Store,
    code: str,
    until: int,
    dropping: Dropping | None,
    why: Why,
    *,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Drop bodies as they were looked at; `dropping` is none for what was answered before.

    Under the lock only what came after the look is read through: nobody waits for the years before. Raises
    `RequestError`, `Refused`, and `Conflict` when others were dropped, or something was redacted, meanwhile.
    """
    agreed = two_names(say("retention"), origin, why)

    def find(view: View) -> list[AnyFact]:
        if dropping is None:
            raise _others()
        entries = range(dropping.since, until)
        _must_not_be_needed(view.tx, code, view.standing, entries, view.at, dropping.holders)
        version = dropping.bodies.version
        _must_not_be_corrected(view.tx, code, until, since=version)
        if any(_MARK in stored.body for stored in view.tx.entries(code, since=version)):
            raise _others()  # an attachment that stayed for a disclosure may have to go now
        return [_dropped(view.standing, dropping)]

    doing = Act(
        verb="drop_bodies",
        origin=origin,
        words={"with": agreed.second},
        reason=agreed.reason,
        basis=agreed.basis,
        bodies=None if dropping is None else dropping.bodies,
        is_same=lambda _playbook, entry: (
            (said := holding.dropped(entry.facts)) is not None and said.until == until
        ),
    )
    return act(store, code, doing, find, now=now, chance=chance)


def _dropped(standing: Standing, dropping: Dropping) -> AnyFact:
    after, stood = holding.plain(dropping.retention), standing.get((RETENTION, BODIES))
    if stood is None and not dropping.since:
        return ItemStarted(kind=RETENTION, key=BODIES, after=after)
    if stood is None or stood.item["until"] != dropping.since:
        raise _others()
    return ItemChanged(kind=RETENTION, key=BODIES, before=stood.item, after=after)


def _others() -> Conflict:
    return Conflict(
        where=say("retention"),
        expected=say("the bodies that were looked at"),
        found=say("others"),
        do=say("look again"),
    )
