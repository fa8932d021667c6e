"""What an entry discloses is taken away for ever: not alone, not without a trace, not what a hold keeps."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from incident.domain.errors import Conflict, JournalError, Refused, RequestError
from incident.domain.fact_names import kind_of
from incident.domain.facts_record import DisclosureRedacted
from incident.domain.filing import Filing
from incident.domain.holding import Hold
from incident.service import filing, going, hold, log, outside, people, redact
from incident.service.adopt import adopt
from incident.service.filing import Contents
from incident.service.handle import Outcome
from incident.service.log import Note
from incident.service.verify import verify
from incident.service.who import Origin, Who, Why
from incident.store.sql import SqlStore
from incident.testing.given import fixed_chance
from tests.service.attacks import run
from tests.service.office import WHY, Office, row, sheet
from tests.service.test_verify import under, unguarded

FILE = b"\x89PNG a face"


class Archive(Office):
    """An office whose record is kept, and taken from."""

    @property
    def means(self) -> dict[str, Any]:
        return {"now": self.clock, "chance": fixed_chance}

    def say(self, words: str) -> int:
        note = Note("in", words, who="张三")
        return log.add(self.store, self.code, note, origin=self.origin(), **self.means).entry.seq

    def attach(self, body: bytes) -> int:
        whole = Filing(sender="duty", form="daily_report", attachments=1)
        contents = Contents(text="见附件", files=[("face.png", body)])
        out = filing.file(self.store, self.code, whole, contents, origin=self.origin(), **self.means)
        return out.entry.seq

    def redact(self, seq: int, *parts: str, why: Why = WHY, origin: Origin | None = None) -> Outcome:
        fact = redact.meant(seq, parts)
        return redact.redact(self.store, self.code, fact, why, origin=origin or self.origin(), **self.means)

    def hold(self, *, origin: Origin | None = None, **what: Any) -> int:
        placed = hold.place(
            self.store,
            self.code,
            Hold(**what),
            reason="trial",
            basis="court order",
            origin=origin or self.origin(),
            **self.means,
        )
        return placed.entry.seq

    def release(self, seq: int) -> Outcome:
        why = {"reason": "closed", "basis": "court order", **self.means}
        return hold.release(self.store, self.code, seq, origin=self.origin(), **why)

    def disclosed(self, seq: int) -> dict[str, str]:
        with self.store.reading() as tx:
            return redact.disclosed(tx, self.code, seq)

    def root(self, size: int) -> bytes:
        with self.store.reading() as tx:
            return outside.root_at(tx, self.code, size)

    def attachment(self, body: bytes) -> bytes | None:
        with self.store.reading() as tx:
            return tx.attachment(self.code, hashlib.sha256(body).hexdigest())


@pytest.fixture
def archive() -> Archive:
    return Archive("majian")


@pytest.fixture
def kept(archive: Archive, store: SqlStore) -> Archive:
    """The same on a database."""
    found: Any = store
    archive.store = found
    adopt(store, archive.playbook, Who(by="drill"), now=archive.clock, chance=fixed_chance)
    return archive


def test_what_is_redacted_is_gone_and_the_root_before_is_the_same(kept: Archive) -> None:
    seq = kept.say("李四家里有人发热")
    before, whole = kept.root(seq + 1), kept.disclosed(seq)
    assert whole["data.said"] == "李四家里有人发热"

    outcome = kept.redact(seq, "data.who", "data.said", "data.said")

    assert outcome.entry.facts == [DisclosureRedacted(entry=seq, parts=["data.said", "data.who"])]
    assert kept.disclosed(seq) == {
        name: words for name, words in whole.items() if name not in ("data.said", "data.who")
    }
    assert {"data.with": WHY.second, "reason": WHY.reason, "basis": WHY.basis}.items() <= kept.disclosed(
        outcome.entry.seq
    ).items()
    assert kept.root(seq + 1) == before
    with kept.store.reading() as tx:
        assert all(level.held for level in verify(tx, kept.code).levels)


def test_an_attachment_goes_with_the_last_disclosure_of_its_hash(kept: Archive) -> None:
    first, second = kept.attach(FILE), kept.attach(FILE)
    with kept.store.reading() as tx:
        alone = redact.look(tx, kept.code, redact.meant(first, ["data.digest.0"]))
    assert [one.attached for one in alone] == [None], "another entry names it too"

    kept.redact(first, "data.digest.0", "data.file.0")
    assert kept.attachment(FILE) == FILE

    with kept.store.reading() as tx:
        last = redact.look(tx, kept.code, redact.meant(second, ["data.digest.0", "data.text"]))
    assert [(one.name, one.attached) for one in last] == [("data.digest.0", len(FILE)), ("data.text", None)]
    kept.redact(second, "data.digest.0")
    assert kept.attachment(FILE) is None
    with kept.store.reading() as tx:
        assert verify(tx, kept.code).replayed

    kept.attach(FILE)
    assert kept.attachment(FILE) == FILE, "filed anew it is there anew"


#: One name, no reason, no basis.
WANTING = [
    Why("", "asked for", "PIPL 47"),
    Why("  ", "asked for", "PIPL 47"),
    Why("drill", "asked for", "PIPL 47"),
    Why(" D RILL", "asked for", "PIPL 47"),  # the same name otherwise written
    Why("second", " ", "PIPL 47"),
    Why("second", "asked for", " "),
]


def test_nothing_goes_without_a_reason_a_basis_and_two_names(archive: Archive) -> None:
    archive.take_in(row("duty.leader", "H1", name="王小明"))
    seq = archive.say("…")
    version = archive.situation.version
    for why in WANTING:
        for take in (partial(archive.redact, seq, "data.said", why=why), partial(archive.erase, "H1", why)):
            with pytest.raises(RequestError):
                take()
    assert archive.situation.version == version
    assert "data.said" in archive.disclosed(seq)


def test_parts_that_are_not_disclosed_cannot_be_redacted(archive: Archive) -> None:
    seq = archive.say("…")
    for parts in ((), ("data.nothing",), ("data.said", "basis"), ("said",)):
        with pytest.raises(RequestError) as found:
            archive.redact(seq, *parts)
        assert "data.said" in str(found.value)
    for other in (-1, seq + 7):
        with pytest.raises(RequestError, match="no such entry"):
            archive.redact(other, "data.said")
    archive.redact(seq, "data.said")
    with pytest.raises(RequestError):
        archive.redact(seq, "data.said")


def test_the_same_redaction_counts_once_and_another_is_told(archive: Archive) -> None:
    seq = archive.say("…")
    origin = archive.origin()
    first = archive.redact(seq, "data.said", origin=origin)
    again = archive.redact(seq, "data.said", origin=origin)
    assert (again.repeated, again.entry) == (True, first.entry)
    with pytest.raises(Conflict):
        archive.redact(seq, "data.who", origin=origin)
    assert "data.who" in archive.disclosed(seq)


@pytest.mark.parametrize("what", [{"all": True}, {"entries": [(1, 2)]}])
def test_a_hold_keeps_what_it_covers_until_it_is_released(archive: Archive, what: dict[str, Any]) -> None:
    archive.take_in(row("duty.leader", "H1", name="王小明"))
    seq = archive.say("…")
    placed = archive.hold(**what)
    takes = [
        partial(archive.redact, seq, "data.said"),
        partial(archive.redact, 1, "data.H1"),
        partial(archive.erase, "H1"),
    ]
    version = archive.situation.version
    for take in takes:
        with pytest.raises(Refused, match=f"hold {placed} on") as found:
            take()
        assert (found.value.rule, archive.situation.version) == ("hold", version)
    released = archive.release(placed)
    assert list(map(kind_of, released.entry.facts)) == ["HoldReleased"]
    for take in takes:
        take()
    with archive.store.reading() as tx:
        assert hold.holds(tx, archive.code) == []
        assert verify(tx, archive.code).replayed


def test_a_hold_on_somebody_keeps_their_name_and_nobody_elses(archive: Archive) -> None:
    archive.take_in(row("duty.leader", "H1", name="王小明"), row("卫生院", "H2", name="乙", line=3))
    seq = archive.say("…")
    archive.hold(holder="H1")
    for take in (partial(archive.redact, 1, "data.H1"), partial(archive.erase, "H1")):
        with pytest.raises(Refused, match="what tells who H1 is"):
            take()
    archive.erase("H2")
    archive.redact(seq, "data.said")


def test_who_answers_for_the_record_and_why_is_never_redacted(kept: Archive) -> None:
    """Nor who did it: of a redaction, a hold, its release and an erasure nothing goes."""
    kept.take_in(row("duty.leader", "H1", name="王小明"))
    seq = kept.say("…")
    redacted = kept.redact(seq, "data.said").entry.seq
    erased = kept.erase("H1").entry.seq
    placed = kept.hold(entries=[(seq, seq)])
    released = kept.release(placed).entry.seq
    version = kept.situation.version
    for act in (redacted, erased, placed, released):
        for part in kept.disclosed(act):
            with pytest.raises(Refused) as found:
                kept.redact(act, part)
            assert found.value.rule == "answered"
        with kept.store.reading() as tx, pytest.raises(Refused):
            redact.look(tx, kept.code, redact.meant(act, ["reason"]))
    assert kept.situation.version == version
    assert {"data.with", "reason", "basis"} <= {*kept.disclosed(redacted)}


def test_a_redaction_that_no_rule_allows_does_not_verify(archive: Archive) -> None:
    """One who goes past the refusal writes an entry that nobody could have been allowed."""
    seq = archive.redact(archive.say("…"), "data.said").entry.seq
    with patch.object(redact, "ANSWERED", frozenset()):
        archive.redact(seq, "reason")
    with archive.store.reading() as tx, pytest.raises(JournalError) as found:
        verify(tx, archive.code)
    assert (found.value.seq, found.value.level) == (seq + 1, "decisions")


NUMBERS = ("sms:13900000001", "mail:w@b.cn")
#: What an import would do to somebody whom a hold keeps: take something away, or exchange it.
LOSING: list[dict[str, Any]] = [
    {"channels": ("-",)},
    {"channels": NUMBERS[:1]},
    {"channels": ("sms:13900000009", NUMBERS[1])},
    {"name": "-"},
    {"name": "王晓明"},
    {"name": "-", "channels": ("-",)},
]


@pytest.mark.parametrize("what", [{"all": True}, {"holder": "H1"}])
def test_an_import_takes_nothing_away_that_a_hold_keeps(archive: Archive, what: dict[str, Any]) -> None:
    archive.take_in(row("duty.leader", "H1", name="王小明", channels=NUMBERS))
    placed = archive.hold(**what)
    with archive.store.reading() as tx:
        (before,) = tx.people(archive.code)
    version = archive.situation.version
    for words in LOSING:
        given = row("duty.leader", "H1", **words)
        with pytest.raises(Refused, match=f"hold {placed} on") as found:
            archive.take_in(given)
        assert found.value.rule == "hold"
        with archive.store.reading() as tx, pytest.raises(Refused):
            people.preview(tx, archive.code, sheet(given), archive.clock())
    with archive.store.reading() as tx:
        assert (*tx.people(archive.code), archive.situation.version) == (before, version)

    archive.take_in(row("duty.leader", "H1", channels=(*NUMBERS, "sms:13900000009")))
    archive.take_in(row("卫生院", "H2", name="乙", channels=("sms:13900000002",)))
    archive.release(placed)
    archive.take_in(row("duty.leader", "H1", name="-", channels=("-",)))
    with archive.store.reading() as tx:
        assert verify(tx, archive.code).replayed


def test_a_way_that_went_under_a_hold_does_not_verify(archive: Archive) -> None:
    archive.take_in(row("duty.leader", "H1", name="王小明", channels=NUMBERS))
    archive.hold(holder="H1")
    with patch.object(going, "must_be_free"):
        archive.take_in(row("duty.leader", "H1", channels=NUMBERS[:1]))
    with archive.store.reading() as tx, pytest.raises(JournalError) as found:
        verify(tx, archive.code)
    assert found.value.level == "decisions"


def test_holds_are_listed_with_why(archive: Archive) -> None:
    first = archive.hold(all=True)
    second = archive.hold(entries=[(0, 0)])
    with archive.store.reading() as tx:
        found = hold.holds(tx, archive.code)
    assert [(one.seq, one.hold) for one in found] == [
        (first, Hold(all=True)),
        (second, Hold(entries=[(0, 0)])),
    ]
    assert found[0].disclosed["basis"] == "court order"
    archive.release(first)
    with pytest.raises(RequestError, match=str(second)):
        archive.release(first)


def test_a_hold_on_nothing_is_no_hold(archive: Archive) -> None:
    nothing: list[dict[str, Any]] = [
        {"holder": "H9"},
        {"entries": [(0, 7)]},
        {"entries": [(1, 0)]},
        {"entries": [(-1, 0)]},
    ]
    for what in nothing:
        with pytest.raises(RequestError):
            archive.hold(**what)


def test_the_same_hold_is_placed_once(archive: Archive) -> None:
    origin = archive.origin()
    assert archive.hold(all=True, origin=origin) == archive.hold(all=True, origin=origin)
    with pytest.raises(Conflict):
        archive.hold(entries=[(0, 0)], origin=origin)


def test_who_redacts_in_spite_of_a_hold_is_found(kept: Archive) -> None:
    """Somebody with every right takes the hold out of what stands, redacts, and puts it back."""
    seq = kept.say("…")
    placed = kept.hold(entries=[(seq, seq)])
    store: Any = unguarded(kept.store)  # type: ignore[arg-type]
    with store.writing(kept.code) as tx:
        run("UPDATE standing SET kind = 'away' WHERE kind = 'hold'")(tx._connection)
        tx.commit()
    done = kept.redact(seq, "data.said").entry.seq
    for tx in under(store, run("UPDATE standing SET kind = 'hold' WHERE kind = 'away'"), kept.code):
        with pytest.raises(JournalError, match=f"hold {placed} keeps it") as found:
            verify(tx, kept.code)
        assert (found.value.seq, found.value.level) == (done, "decisions")
