"""Facts about the record itself: who stands in its directory, what was taken out of it, how it is kept.

Of the emergency they say nothing: no state, item or promised time changes by one of them.
"""

from __future__ import annotations

from incident.domain.fact import Fact


class DirectoryChanged(Fact, frozen=True, kw_only=True, tag=True):
    """Who some holders are, or how to reach them, was noted anew. The names are sealed in the entry."""

    #: By holder, the ways by which a message reaches them: `mail`, `sms`.
    ways: dict[str, list[str]]


class PersonErased(Fact, frozen=True, kw_only=True, tag=True):
    """A holder's name and addresses were erased, the name also where imports disclosed it.

    What people wrote may still name them; nothing searches that.
    """

    holder: str


class DisclosureRedacted(Fact, frozen=True, kw_only=True, tag=True):
    """What an entry held sealed is disclosed no more: value and salt are gone, and what they name."""

    entry: int
    #: By name, as they are sealed: `by`, `reason`, `data.said`.
    parts: list[str]


class HeartbeatRecorded(Fact, frozen=True, kw_only=True, tag=True):
    """Nothing else was recorded for a while, and a worker was there: silence that is evidence."""


class JournalRecovered(Fact, frozen=True, kw_only=True, tag=True):
    """Entries that a checkpoint outside covers are lost, and the journal goes on without them.

    From this entry on the journal is another one (`domain.checkpoint`): its checkpoints have another origin.
    """

    #: Entry that opened the journal until now.
    opened: int
    #: Origin, entries and root in hex of the newest checkpoint that was known of what is lost.
    origin: str
    size: int
    root: str
    #: That checkpoint, a signed note: nobody gives up what nobody signed.
    note: str
    #: Entries of the newest checkpoint outside that still held, and goes on doing so: between it and `size`
    #: all is given up. 0 where none held: this counts only once a checkpoint that covers this entry is signed
    #: and outside. None where nobody looked: then no more is given up than lies beyond the entries here.
    proven: int | None = None


class SnapshotTaken(Fact, frozen=True, kw_only=True, tag=True):
    """What the entries before this one make of the jurisdiction is kept, so that a look need not replay them.

    The snapshot covers the first `size` entries, all before its own, and is stored beside the journal.
    """

    size: int
    #: SHA-256 of its bytes, in hex.
    digest: str
    #: Format of its bytes.
    v: int = 1
    #: Entry of the snapshot before it; 0 where there is none.
    after: int = 0
    #: When the earliest and the latest of the entries `after` to `size - 1` were recorded.
    earliest: str
    latest: str
