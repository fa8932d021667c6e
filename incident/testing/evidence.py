"""What the store in memory tells of its journals besides their entries: when, signed when, kept of them."""

from __future__ import annotations

from collections.abc import Iterator

from incident.domain.timer import Timer
from incident.service.ports import Signed, Stored
from incident.testing.shelf import Shelf, rows


class EvidenceRead:
    """The part of a look that is about checkpoints and snapshots, and about what had ended once."""

    def _all(self) -> dict[str, Shelf]:
        """Give what is seen, by jurisdiction."""
        raise NotImplementedError

    def signed(self, code: str, *, since: int = 0) -> Iterator[Signed]:
        """Give the signed checkpoints of `since` entries or more, by size, one by one."""
        shelf = self._all().get(code)
        found = () if shelf is None else shelf.checkpoints
        return (one for one in found if one.size >= since)

    def recorded(self, code: str, *, since: int, until: int) -> Iterator[tuple[int, int]]:
        """Give (number, instant) of the entries from number `since` to before `until`, in order."""
        shelf = self._all().get(code)
        found = iter(()) if shelf is None else shelf.entries(since)
        return ((one.seq, one.at) for one in found if one.seq < until)

    def snapshots(self, code: str) -> list[Stored]:
        """Give the entries beside which a snapshot is stored, by number."""
        shelf = self._all().get(code)
        sizes = self.snapshot_sizes(code)
        return [] if shelf is None else [shelf.entry(size) for size in sizes]

    def snapshot_sizes(self, code: str) -> list[int]:
        """List the sizes of the snapshots that are stored."""
        shelf = self._all().get(code)
        if shelf is None:
            return []
        taken = {seq for seq in shelf.book.snapshots if shelf.dropped <= seq < shelf.version}
        return sorted(taken if shelf.base is None else taken | {shelf.dropped})

    def snapshot(self, code: str, size: int) -> bytes | None:
        """Give the bytes of the snapshot of the first `size` entries; none when it is not there."""
        if size not in self.snapshot_sizes(code):
            return None
        shelf = self._all()[code]
        is_base = shelf.base is not None and size == shelf.dropped
        return shelf.base if is_base else shelf.book.snapshots[size]

    def outgrown(self, entries: int) -> list[str]:
        """List the jurisdictions whose journal grew by so many entries since their last snapshot."""
        newest = {code: max(self.snapshot_sizes(code), default=0) for code in self._all()}
        return [code for code, size in sorted(newest.items()) if self._all()[code].version - size >= entries]

    def attachments(self, code: str) -> list[str]:
        """List the SHA-256 of the attachments that are kept."""
        shelf = self._all().get(code)
        kept = {} if shelf is None else shelf.book.attachments
        return [digest for digest, (seq, _) in kept.items() if shelf is not None and seq < shelf.version]

    def playbooks(self, code: str) -> list[str]:
        """List the SHA-256 of the playbooks that are kept."""
        shelf = self._all().get(code)
        kept = {} if shelf is None else shelf.book.playbooks
        return [digest for digest, (seq, _) in kept.items() if shelf is not None and seq < shelf.version]

    def past_timers(self, code: str, *, since: int, until: int, before: int) -> list[Timer]:
        """Give the timers promised in a time that an entry below `before` ended, by instant."""
        shelf = self._all().get(code)
        ended = iter(()) if shelf is None else rows(shelf.book.ended, shelf.ended, 0)
        found = [one for seq, one in ended if seq < before and since <= one.due < until]
        return sorted(found, key=lambda one: (one.due, one.seq, one.n))
