"""Deciding acts on the record again: what was redacted, and which holds were placed and released.

That nothing went which a hold kept, and nothing without a reason, a basis and a second name; nor any of these
of such an act. Of an import it is seen where somebody's last address of one way went, not where one took
another's place: addresses are in no entry. What entries held whose bodies were dropped is known no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from incident.domain import holding
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted
from incident.domain.facts_record import DirectoryChanged, DisclosureRedacted
from incident.domain.holding import BODIES, HOLD, RETENTION, Doomed
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.service.redact import ANSWERED, holders_in, meant, must_be_settled
from incident.service.verify_before import LONG_AGO
from incident.service.verify_follow import Found, Rule, must_say, the
from incident.service.verify_past import Past
from incident.service.verify_verdict import DiffersError, same


def _must_be_agreed(entry: Entry) -> None:
    """Refuse what is taken away without a reason, a basis or a second name."""
    must_say(entry, "with")
    _must_say_why(entry)


def must_be_free(past: Past, doomed: Doomed) -> None:
    """Refuse that something went which a hold kept then."""
    held = holding.held(past.there, doomed)
    if held:
        raise DiffersError(say("nothing: hold {n} keeps it", n=min(held)), say("that it was taken away"))


def must_keep_ways(past: Past, entry: Entry) -> None:
    """Refuse that an import took away the last address of some way that a hold kept then."""
    changed = (fact.ways for fact in entry.facts if isinstance(fact, DirectoryChanged))
    losing = [
        holder
        for ways in changed
        for holder, now in ways.items()
        if not {*past.ways.get(holder, ())} <= {*now}
    ]
    if losing:
        must_be_free(past, Doomed([], losing))


def _must_say_why(entry: Entry) -> None:
    """Refuse an act on the record without a reason and a basis."""
    same("reason and basis", True, entry.reason is not None and entry.basis is not None)  # noqa: FBT003


def _redact(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    fact = the(entry, DisclosureRedacted)
    _must_be_agreed(entry)
    is_dropped = fact.entry < past.began
    verb, sealed = (None, {*fact.parts}) if is_dropped else past.sealed(fact.entry)
    if verb in ANSWERED:
        raise DiffersError(say("an entry that takes nothing from the record, and keeps nothing in it"), verb)
    if not fact.parts or not sealed.issuperset(fact.parts):
        raise DiffersError(say("parts that entry {seq} holds sealed", seq=fact.entry), str(fact.parts))
    must_be_settled(past.there, fact.entry)
    must_be_free(past, Doomed([range(fact.entry, fact.entry + 1)], holders_in(fact.parts)))
    return Found([meant(fact.entry, fact.parts)], LONG_AGO if is_dropped else None)


def _drop(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    """Find again up to where bodies were dropped; the snapshot is held against its hash elsewhere."""
    _must_be_agreed(entry)
    said = holding.dropped(entry.facts)
    if said is None:
        raise DiffersError(
            say("how far bodies were dropped"), str([type(fact).__name__ for fact in entry.facts])
        )
    stood = past.there.get((RETENTION, BODIES))
    since = 0 if stood is None else holding.read_retention(stood.item).until
    if not since < said.until <= entry.seq or (said.covered is not None and said.covered < said.until):
        expected = say("an entry from {first} to {last}", first=since + 1, last=entry.seq)
        raise DiffersError(expected, str(said.until))
    must_be_free(past, Doomed([range(since, said.until)]))
    after = holding.plain(said)
    if stood is None:
        return Found([ItemStarted(kind=RETENTION, key=BODIES, after=after)], "acts")
    return Found([ItemChanged(kind=RETENTION, key=BODIES, before=stood.item, after=after)], "acts")


def _hold(_past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    fact = the(entry, ItemStarted)
    _must_say_why(entry)
    hold = holding.read_hold(fact.after)
    same("kind", HOLD, fact.kind)
    same("what it covers", 1, (hold.all, bool(hold.entries), hold.holder is not None).count(True))
    return Found([ItemStarted(kind=HOLD, key=str(entry.seq), after=holding.plain(hold))])


def _release(past: Past, _playbook: Playbook, entry: Entry, _disclosed: Mapping[str, str]) -> Found:
    fact = the(entry, ItemEnded)
    _must_say_why(entry)
    stood = past.there.get((HOLD, fact.key))
    if stood is None:
        raise DiffersError(say("a hold that stands"), fact.key)
    return Found([ItemEnded(kind=HOLD, key=fact.key, before=stood.item)])


#: How each of these acts is decided again.
KEPT: Final[Mapping[str, Rule]] = {
    "redact": _redact,
    "hold": _hold,
    "release": _release,
    "drop_bodies": _drop,
}
