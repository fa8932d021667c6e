"""What the journal records of itself, in sentences: losses, holds, what was redacted or dropped."""

from __future__ import annotations

import msgspec

from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted
from incident.domain.facts_record import (
    DisclosureRedacted,
    HeartbeatRecorded,
    JournalRecovered,
    SnapshotTaken,
)
from incident.domain.holding import HOLD, Hold
from incident.domain.say import Say, Words, say


def of_journal(one: HeartbeatRecorded | JournalRecovered | SnapshotTaken | DisclosureRedacted) -> Say:
    """Say what a fact records of the journal."""
    match one:
        case HeartbeatRecorded():
            return say("nothing else was recorded for a while; a worker was there")
        case JournalRecovered(proven=0):
            return say(
                "entries are lost: a checkpoint outside covers {size}, and none of them can be proven to be "
                "here; the journal goes on as another",
                size=one.size,
            )
        case JournalRecovered():
            return say(
                "entries are lost: a checkpoint outside covers {size}; the journal goes on as another",
                size=one.size,
            )
        case SnapshotTaken():
            return say(
                "what the first {size} entries make is kept; its hash is {hash}",
                size=one.size,
                hash=one.digest[:12],
            )
        case DisclosureRedacted():
            return say("redacted in entry {seq}: {parts}", seq=one.entry, parts=[*one.parts])


def kept(one: ItemStarted | ItemChanged | ItemEnded) -> Say:
    """Say what is recorded of a hold, or of bodies that were dropped."""
    if one.kind != HOLD:
        after = one.before if isinstance(one, ItemEnded) else one.after
        return say("the bodies of the entries before {seq} were dropped", seq=after["until"])
    if isinstance(one, ItemEnded):
        return say("hold {n} released: {what}", n=one.key, what=covered(one.before))
    return say("hold {n}: nothing may go of {what}", n=one.key, what=covered(one.after))


def covered(item: object) -> Words:
    """Say what a hold covers."""
    hold = msgspec.convert(item, Hold)
    if hold.all:
        return say("all entries and everybody")
    if hold.holder is not None:
        return say("what tells who {holder} is", holder=hold.holder)
    spans: list[Words] = [
        say("entry {seq}", seq=first)
        if first == last
        else say("entries {first} to {last}", first=first, last=last)
        for first, last in hold.entries
    ]
    return spans
