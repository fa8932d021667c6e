"""The beginning of a journal loses its words: its hashes stay, and all that is asked later has its answer."""

from __future__ import annotations

from operator import attrgetter
from typing import Any
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from incident.domain.checkpoint import format_checkpoint
from incident.domain.errors import Conflict, Refused, RequestError
from incident.domain.fact_names import kind_of
from incident.domain.note import sign_note
from incident.domain.promised import WALKED
from incident.service import filing, hold, outside, past, people, retention, signed, snapshots
from incident.service.account import account, known_since
from incident.service.filing import Order
from incident.service.history import history
from incident.service.notary import sign
from incident.service.queries import status
from incident.service.recover import recover
from incident.service.taking import take_snapshots
from incident.service.verify_verdict import OF_RECORD
from incident.testing.memory_reading import MemoryReading
from tests.service.attic import Attic, all_of, attic, held, old
from tests.service.office import WHY
from tests.service.signing import notary, signer

__all__ = ["attic", "old"]


def test_bodies_go_with_all_they_disclose_and_everything_else_answers(old: Attic) -> None:
    outside_before, state, root = old.checkpoint(), old.state(), old.root(4)
    bodies = {stored.seq: stored for stored in all_of(old)}

    entry = old.drop(4).entry

    assert list(map(kind_of, entry.facts)) == ["BodiesDropped"]
    after = {stored.seq: stored for stored in all_of(old)}
    assert [seq for seq, stored in after.items() if not stored.body] == [0, 1, 2, 3]
    assert all(after[seq] == bodies[seq] for seq in bodies if seq >= 4)
    assert old.root(4) == root
    with old.store.reading() as tx:
        assert min(seq for seq, _name, _text in tx.disclosures(old.code)) == entry.seq
        log = tx.log(old.code)
        assert log is not None
        assert outside.hold(tx, old.code, log.situation, outside_before).verdict == "holds"
        assert next(line.seq for line in history(tx, old.code)) == 4
        assert status(tx, old.code).situation == log.situation
        with pytest.raises(Refused, match="body was dropped"):
            past.as_of(tx, old.code, bodies[2].at)
        then = past.as_of(tx, old.code, bodies[5].at)
        assert (then.cut.size, then.snapshot) == (6, 4)
    assert old.attachment(b"a face") is None
    assert old.state()[2] == state[2]
    verified = held(old)
    assert {*OF_RECORD, "effects", "times", "stored"} == {*verified}, "not people: an import was dropped"


def test_life_goes_on_as_if_nothing_had_been_dropped(attic: Attic) -> None:
    """Whether a journal begins with a snapshot or with its first entry: the rest is the same."""
    attic.drop(4)
    attic.after(days=2)
    attic.say("…")
    attic.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    attic.after(hours=9)
    attic.told()
    attic.stand_down()
    attic.erase("H1")
    attic.after(days=2)
    attic.told()
    taken = take_snapshots(attic.store, now=attic.clock, every=1)
    assert (taken.taken, taken.failures) == ([attic.code], [])
    assert "replay" in held(attic)
    attic.after(days=2)
    attic.told()
    second = attic.drop(len(all_of(attic)) - 9)
    assert list(map(kind_of, second.entry.facts)) == ["BodiesDropped"]
    assert "replay" in held(attic)
    with attic.store.reading() as tx:
        assert len(tx.snapshot_sizes(attic.code)) <= 2
        replay = snapshots.replayed(tx, attic.code)
        assert replay.standing == tx.standing(attic.code)
        assert {*replay.agenda.open.values()} == {*tx.open_timers(attic.code)}
        assert people.written_since(tx, attic.code, "H2")[0].seq == second.entry.seq


def test_what_was_promised_since_is_accounted_for_still(attic: Attic) -> None:
    attic.drop(4)
    attic.after(hours=3)
    attic.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    attic.after(days=2)
    attic.stand_down()
    attic.after(days=1)
    now = attic.clock()
    with attic.store.reading() as tx:
        since = known_since(tx, attic.code)
        found = account(tx, attic.code, since=since, until=now + 1, at=now)
        assert (found.faults, found.promised > 9) == ([], True)
        with pytest.raises(Refused, match="body was dropped"):
            account(tx, attic.code, since=since - 1, until=now + 1, at=now)
        first = min((one for one in found.timers if one.what in WALKED), key=attrgetter("due"))
        gone = replace(first, due=first.due + 7)
        with patch.object(type(tx), "timers", lambda *_a, **_k: [*{*found.timers} - {first}, gone]):
            faults = account(tx, attic.code, since=since, until=now + 1, at=now).faults
    assert [(one.kind, one.due - first.due) for one in faults] == [("vanished", 0), ("not_promised", 7)]


def test_the_same_drop_counts_once(attic: Attic) -> None:
    origin = attic.origin()
    first = attic.drop(3, origin=origin)
    again = retention.drop(attic.store, attic.code, 3, None, WHY, origin=origin, **attic.means)
    assert (again.repeated, again.entry) == (True, first.entry)
    with pytest.raises(Conflict):
        retention.drop(attic.store, attic.code, 4, None, WHY, origin=origin, **attic.means)


def test_of_two_who_drop_at_once_the_second_is_told(attic: Attic) -> None:
    seen = attic.look(4, attic.checkpoint())
    attic.drop(3)
    with pytest.raises(Conflict):
        attic.drop(4, seen=seen)
    assert [bool(one.body) for one in all_of(attic)][:5] == [False, False, False, True, True]


def test_a_hold_that_came_after_the_look_keeps_all_the_same(attic: Attic) -> None:
    seen = attic.look(4, attic.checkpoint())
    attic.hold(all=True)
    with pytest.raises(Refused, match="all entries and everybody"):
        attic.drop(4, seen=seen)
    assert all(one.body for one in all_of(attic))


def test_under_the_lock_only_what_came_after_the_look_is_read_through(attic: Attic) -> None:
    """Nobody waits while years are read: what was seen without the lock is not looked at again."""
    seen = attic.look(4, attic.checkpoint())
    version = attic.say("…")
    assert version == seen.bodies.version
    read: list[int] = []

    def from_(kept: Any) -> Any:
        def reading(tx: Any, code: str, *, since: int = 0) -> Any:
            for one in kept(tx, code, since=since):
                read.append(one[0])
                yield one

        return reading

    entries, disclosures = MemoryReading.entries, MemoryReading.disclosures
    with (
        patch.object(MemoryReading, "entries", from_(entries)),
        patch.object(MemoryReading, "disclosures", from_(disclosures)),
    ):
        attic.drop(4, seen=seen)
    assert {*read} == {version}
    assert attic.attachment(b"a face") is None


def test_an_attachment_that_was_filed_again_after_the_look_stays(attic: Attic) -> None:
    seen = attic.look(4, attic.checkpoint())
    attic.attach(b"a face")
    attic.drop(4, seen=seen)
    assert attic.attachment(b"a face") == b"a face"
    assert "stored" in held(attic)


def test_a_redaction_after_the_look_asks_for_another(attic: Attic) -> None:
    """An attachment that another entry disclosed may have no entry left that does."""
    again = attic.attach(b"a face")
    attic.after(days=2)
    attic.told()
    seen = attic.look(4, attic.checkpoint())
    attic.redact(again, "data.digest.0")
    with pytest.raises(Conflict):
        attic.drop(4, seen=seen)
    attic.drop(4)
    assert attic.attachment(b"a face") is None


def test_a_correction_after_the_look_keeps_what_it_corrects(attic: Attic) -> None:
    (filed,) = [one.seq for one in all_of(attic) if b"ReportFiled" in one.body]
    seen = attic.look(filed + 1, attic.checkpoint())
    attic.file("duty", form="daily_report", text="…", corrects=filed)
    with pytest.raises(Refused, match="corrects"):
        attic.drop(filed + 1, seen=seen)


def test_a_time_means_all_before_it_and_a_number_has_to_be_there(attic: Attic) -> None:
    for until in (-1, 0, 99):
        with pytest.raises(RequestError):
            attic.look(until, attic.checkpoint())
    stored = all_of(attic)
    with attic.store.reading() as tx:
        assert retention.until_of(tx, attic.code, stored[0].at) == 0
        assert retention.until_of(tx, attic.code, stored[5].at) == next(
            one.seq for one in stored if one.at >= stored[5].at
        )
        assert retention.until_of(tx, attic.code, attic.clock() + 1) == len(stored)


def test_what_no_checkpoint_outside_covers_stays_unless_that_is_said(attic: Attic) -> None:
    forged = attic.checkpoint()._replace(root=bytes(32))
    for known in ((), (attic.checkpoint(3),), (forged,), (attic.checkpoint()._replace(origin="another"),)):
        with pytest.raises(Refused) as found:
            attic.look(4, *known)
        assert found.value.rule == "checkpoint"
    assert attic.look(4, attic.checkpoint(3), attic.checkpoint(4)).retention.covered == 4
    assert attic.look(4, uncovered=True).retention.covered is None


def needed(story: Attic, until: int) -> str:
    with pytest.raises(Refused) as found:
        story.look(until, story.checkpoint())
    assert found.value.rule in ("needed", "hold")
    return str(found.value)


def test_what_is_needed_still_stays(attic: Attic) -> None:
    size = len(all_of(attic))
    order = Order(by="command", to="duty", due=attic.clock() + 99 * 86400, text="…")
    issued = filing.issue(attic.store, attic.code, order, origin=attic.origin(), **attic.means).entry
    assert "not a day old" in needed(attic, issued.seq + 1)
    attic.after(days=2)
    assert "is not delivered" in needed(attic, issued.seq + 1)
    attic.told()
    assert f"of entry {issued.seq}, which is open" in needed(attic, issued.seq + 1)
    assert attic.look(issued.seq, attic.checkpoint()).retention.until == issued.seq >= size

    attic.hold(entries=[(2, 2)])
    assert "entry 2" in needed(attic, 3)
    attic.hold(holder="H1")
    assert "who H1 is" in needed(attic, 2)
    assert attic.look(1, attic.checkpoint()).since == 0


def test_each_entry_that_gave_up_a_lost_end_stays(attic: Attic) -> None:
    """Without one of them nobody could tell any more what became of the checkpoints before it."""
    openers = []
    for _ in range(2):
        lost = attic.checkpoint()._replace(size=99, root=bytes(32))
        note = sign_note(format_checkpoint(lost), signer()).decode()
        entry = recover(
            attic.store,
            attic.code,
            note,
            reason="disk",
            second="乙",
            origin=attic.origin(),
            read=signed.unopened,
            **attic.means,
        ).entry
        openers.append(entry.seq)
        attic.say("…")
        attic.after(days=2)
        attic.told()
    attic.say("…")

    assert f"entry {openers[0]}, which opened" in needed(attic, openers[1])
    attic.drop(openers[0])
    assert sign(attic.store, attic.code, notary(attic.clock)) is not None


def test_a_hold_that_stands_keeps_the_entry_that_says_why(attic: Attic) -> None:
    placed = attic.hold(entries=[(5, 5)])
    attic.after(days=2)
    attic.told()
    attic.drop(3)
    assert f"hold {placed}" in needed(attic, placed + 1)
    with attic.store.reading() as tx:
        assert [one.disclosed["reason"] for one in hold.holds(tx, attic.code)] == ["trial"]
    with pytest.raises(RequestError):
        attic.hold(entries=[(2, 2)])


def test_a_running_incident_and_what_a_report_corrects_stay(attic: Attic) -> None:
    (filed,) = [one.seq for one in all_of(attic) if b"ReportFiled" in one.body]
    attic.file("duty", form="daily_report", text="…", corrects=filed)
    assert "corrects" in needed(attic, filed + 1)
    attic.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    began = len(all_of(attic)) - 1
    attic.after(days=2)
    attic.told()
    assert "which is running" in needed(attic, began + 1)
    assert attic.look(filed, attic.checkpoint()).retention.until == filed
