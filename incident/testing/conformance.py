"""What any store must do: the contract of `ports.Store`, as plain functions that assert.

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_store_honours_the_contract(check):
        check(MyStore())

or `check_store(MyStore)`. Each check wants a new, empty store of its own. Here are those of the journal;
those of promised times, of duty and people, and of many jurisdictions at once, stand in
`conformance_times.py`, `conformance_duty.py` and `conformance_many.py`.
"""

# ruff: noqa: PLR2004 - the numbers of a case are the case

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from incident.domain.effects import Notice
from incident.domain.errors import Conflict, StoreError
from incident.domain.facts import EventNoted, ItemChanged, ItemEnded, ItemStarted
from incident.domain.journal import unseal
from incident.domain.playbook import digest
from incident.domain.situation import Stood
from incident.service.ports import Store, Stored
from incident.testing import samples
from incident.testing.conformance_duty import DUTY_CHECKS
from incident.testing.conformance_evidence import EVIDENCE_CHECKS
from incident.testing.conformance_gone import GONE_CHECKS
from incident.testing.conformance_letters import LETTER_CHECKS
from incident.testing.conformance_many import MANY_CHECKS
from incident.testing.conformance_past import PAST_CHECKS
from incident.testing.conformance_survey import SURVEY_CHECKS
from incident.testing.conformance_times import TIME_CHECKS
from incident.testing.expecting import at_once, refused
from incident.testing.samples import append, begin, first, following, log_of

Check = Callable[[Store], None]


def check_store(make_store: Callable[[], Store]) -> None:
    """Run every check on a store of its own."""
    for check in CHECKS:
        check(make_store())


def new_store_is_empty(store: Store) -> None:
    """Nothing is adopted, and asking does no harm."""
    with store.reading() as tx:
        assert tx.codes() == []
        assert tx.log("1") is None
        assert store.version("1") is None
        assert tx.standing("1") == {}
        assert list(tx.entries("1")) == []
        assert list(tx.disclosures("1")) == []
        assert list(tx.notices("1")) == []
        assert tx.open_timers("1") == tx.timers("1", since=0, until=samples.AT) == []
        assert list(tx.ended_timers("1")) == []
        assert list(tx.closings("1")) == []
        assert tx.attachment("1", samples.HASH) is None
        assert tx.attachments("1") == tx.playbooks("1") == []
        assert tx.next_wake() is None
        assert tx.due_codes(samples.AT, 1) == []
        assert tx.set_aside() == []
        assert tx.undelivered(1) == []
        assert tx.journals() == []
        assert tx.recovered() == []
        assert tx.answered("1", "s", "e") is None
        with refused(StoreError):
            tx.playbook("1", samples.HASH)


def record_is_read_back_whole(store: Store) -> None:
    """What was written is what is read: situation, tree, playbook, posture, entry, disclosures."""
    record = first("1")
    with store.writing("1") as tx:
        assert tx.log("1") is None
        tx.write([record])
        tx.commit()
    with store.reading() as tx:
        assert tx.codes() == [("1", "sample1")]
        assert tx.log("1") == (record.after, record.peaks)
        assert store.version("1") == record.after.version
        assert tx.playbook("1", samples.HASH) == samples.PLAYBOOK
        assert digest(tx.playbook_bytes("1", samples.HASH)) == samples.HASH
        assert tx.playbook("1", samples.HASH, afresh=True) == samples.PLAYBOOK
        assert tx.standing("1") == {("body", "command"): Stood({"place": {"zh": "镇政府", "en": "hall"}}, 0)}
        assert list(tx.entries("1")) == [Stored(0, record.body, record.leaf, record.at, None, record.nodes)]
        assert list(tx.disclosures("1")) == [(0, "by", record.disclosures["by"])]


def nothing_is_visible_before_commit(store: Store) -> None:
    """Others see all of a record or nothing."""
    begin(store, "1")
    with store.writing("1") as tx:
        tx.write([following(log_of(tx, "1"), event="e")])
        assert log_of(tx, "1").situation.version == 2
        with store.reading() as other:
            assert log_of(other, "1").situation.version == 1
            assert other.answered("1", "sample", "e") is None
        tx.commit()
    with store.reading() as other:
        assert log_of(other, "1").situation.version == 2


def leaving_without_commit_undoes_everything(store: Store) -> None:
    """Whether by the way or by an error, which is passed on."""
    with store.writing("1") as tx:
        tx.write([first("1")])
    with store.reading() as tx:
        assert tx.codes() == []
    begin(store, "1")
    with refused(ZeroDivisionError), store.writing("1") as tx:
        tx.write([following(log_of(tx, "1"), event="e")])
        raise ZeroDivisionError
    with store.reading() as tx:
        assert log_of(tx, "1").situation.version == 1
        assert len(list(tx.entries("1"))) == 1
        assert [seq for seq, _, _ in tx.disclosures("1")] == [0]


def attempt_that_fails_is_undone_alone(store: Store) -> None:
    """What the database itself refuses in it too; what was written before and is written after it stays."""
    begin(store, "1")
    append(store, "1", event="e")
    with store.writing("1") as tx:
        tx.write([following(log_of(tx, "1"), event="f")])
        with refused(StoreError), tx.attempt():
            tx.write([following(log_of(tx, "1"), event="g")])
            tx.write([following(log_of(tx, "1"), event="e")])
        assert log_of(tx, "1").situation.version == 3
        assert tx.answered("1", "sample", "g") is None
        with tx.attempt():
            tx.write([following(log_of(tx, "1"), event="g", reason="h")])
        tx.commit()
    with store.reading() as tx:
        assert [one.came and one.came[1] for one in tx.entries("1")] == [None, "e", "f", "g"]
        assert log_of(tx, "1").situation.version == 4


def look_stays_the_same_while_others_write(store: Store) -> None:
    """One look is one snapshot."""
    begin(store, "1")
    with store.reading() as tx:
        seen = tx.log("1")
        append(store, "1", event="e")
        assert tx.log("1") == seen
        assert len(list(tx.entries("1"))) == 1
        assert tx.answered("1", "sample", "e") is None


def second_of_two_who_saw_the_same_is_told(store: Store) -> None:
    """Compare and set: a record that follows an older situation is refused, and so is a second first one."""
    old = begin(store, "1")
    append(store, "1", event="e")
    with refused(Conflict), store.writing("1") as tx:
        tx.write([following(old, event="f")])
        tx.commit()
    with refused(Conflict), store.writing("1") as tx:
        tx.write([first("1")])
        tx.commit()
    with store.reading() as tx:
        assert log_of(tx, "1").situation.version == 2
        assert tx.answered("1", "sample", "f") is None


def entry_out_of_order_is_refused(store: Store) -> None:
    """Entries have no gap."""
    log = begin(store, "1")
    skipping = samples.skipping(log)
    with refused(StoreError, AssertionError), store.writing("1") as tx:
        tx.write([skipping])
        tx.commit()
    with store.reading() as tx:
        assert log_of(tx, "1") == log


def event_counts_once(store: Store) -> None:
    """The same identity a second time is refused; at another source or jurisdiction it is another event.

    Whoever holds the lock asks first whether an event was answered; that it is in the way is then damage.
    """
    begin(store, "1")
    begin(store, "2")
    append(store, "1", event="e")
    with refused(StoreError), store.writing("1") as tx:
        tx.write([following(log_of(tx, "1"), event="e")])
        tx.commit()
    append(store, "1", event="e", source="other")
    append(store, "2", event="e")
    with store.reading() as tx:
        found = [
            tx.answered("1", "sample", "e"),
            tx.answered("1", "other", "e"),
            tx.answered("2", "sample", "e"),
        ]
        assert [one and (one.seq, one.came) for one in found] == [
            (1, ("sample", "e")),
            (2, ("other", "e")),
            (1, ("sample", "e")),
        ]


def entries_come_in_order_from_any_number(store: Store) -> None:
    """Ten is after nine, and each stream begins where it is asked to."""
    begin(store, "1")
    for n in range(1, 12):
        append(store, "1", event=f"e{n}")
    with store.reading() as tx:
        assert [one.seq for one in tx.entries("1")] == list(range(12))
        assert [one.seq for one in tx.entries("1", since=9)] == [9, 10, 11]
        assert [seq for seq, _, _ in tx.disclosures("1", since=10)] == [10, 10, 11, 11]
        assert list(tx.entries("1", since=12)) == []


def streams_may_be_read_side_by_side(store: Store) -> None:
    """While two streams are open, other questions are answered."""
    begin(store, "1")
    append(store, "1", event="e")
    with store.reading() as tx:
        entries, disclosures = tx.entries("1"), tx.disclosures("1")
        assert next(entries).seq == next(disclosures)[0] == 0
        assert tx.playbook("1", samples.HASH, afresh=True) == samples.PLAYBOOK
        assert [name for _, name, _ in disclosures] == ["by", "reason"]
        assert [one.seq for one in entries] == [1]


def effects_are_kept_with_their_entry(store: Store) -> None:
    """In the order of entries and numbers, each with its receiver, facts and when it was recorded."""
    begin(store, "1")
    for n in range(1, 11):
        with store.writing("1") as tx:
            record = following(log_of(tx, "1"), event=f"e{n}")
            told = [Notice(f"一{n}", [0]), Notice("superior", [])] if n in {2, 10} else []
            tx.write([replace(record, effects=told)])
            tx.commit()
    with store.reading() as tx:
        at = {one.seq: one.at for one in tx.entries("1")}
        assert list(tx.notices("1")) == [
            (2, 0, "一2", b"[0]", at[2]),
            (2, 1, "superior", b"[]", at[2]),
            (10, 0, "一10", b"[0]", at[10]),
            (10, 1, "superior", b"[]", at[10]),
        ]
        assert [seq for seq, *_ in tx.notices("1", since=3)] == [10, 10]
        assert tx.journals() == ["1"]


def words_come_back_as_they_were(store: Store) -> None:
    """Chinese, emoji, quotes, line ends and nothing at all."""
    words = "一\n'\"\\ 🚨 %s ; -- \x01"
    begin(store, "1")
    record = append(store, "1", event=words, source="源 ' %", reason=words)
    with store.reading() as tx:
        stored = tx.answered("1", "源 ' %", words)
        assert stored is not None
        assert stored.body == record.body
        shown = {name: text for seq, name, text in tx.disclosures("1", since=1)}
        assert unseal(samples.sealed(record, "reason"), shown["reason"]) == ("reason", words)


def posture_follows_the_facts(store: Store) -> None:
    """What starts stands, what changes stands otherwise since then, what ends is gone."""
    begin(store, "1")
    here, there = {"place": {"zh": "镇政府", "en": "hall"}}, {"place": {"zh": "学校", "en": "school"}}
    append(
        store,
        "1",
        facts=[
            ItemStarted(kind="group", key="a", after={"n": 1}),
            ItemChanged(kind="body", key="command", before=here, after=there),
            ItemStarted(kind="group", key="b", after={}),
        ],
    )
    append(store, "1", event="between", facts=[EventNoted(event="noted")])
    append(store, "1", facts=[ItemEnded(kind="group", key="a", before={"n": 1})])
    with store.reading() as tx:
        assert tx.standing("1") == {("body", "command"): Stood(there, 1), ("group", "b"): Stood({}, 1)}


def playbook_may_govern_again(store: Store) -> None:
    """What governed once is kept, and a version may come back."""
    begin(store, "1")
    for playbook in (samples.OTHER, samples.PLAYBOOK):
        with store.writing("1") as tx:
            tx.write([samples.adopting(log_of(tx, "1"), playbook)])
            tx.commit()
    with store.reading() as tx:
        assert log_of(tx, "1").situation.playbook == samples.HASH
        assert tx.playbook("1", samples.HASH) == samples.PLAYBOOK
        assert tx.playbook("1", samples.OTHER_HASH) == samples.OTHER


def jurisdictions_are_kept_apart(store: Store) -> None:
    """Each has its own journal, posture and playbooks; they are listed in the order of their codes."""
    for code in ("30", "1", "2"):
        begin(store, code)
    append(store, "2", event="e")
    with store.reading() as tx:
        assert tx.codes() == [("1", "sample1"), ("2", "sample2"), ("30", "sample30")]
        assert (tx.named("sample2"), tx.named("nobody")) == ("2", None)
        assert [log_of(tx, code).situation.version for code in ("1", "2", "30")] == [1, 2, 1]
        assert [one.seq for one in tx.entries("30")] == [0]
        assert [seq for seq, _, _ in tx.disclosures("1")] == [0]


def name_belongs_to_one_jurisdiction(store: Store) -> None:
    """A second one that wants it is refused."""
    begin(store, "1")
    with refused(Conflict), store.writing("2") as tx:
        tx.write([first("2", name="sample1")])
        tx.commit()
    with store.reading() as tx:
        assert tx.codes() == [("1", "sample1")]


def lock_is_waited_for(store: Store) -> None:
    """Whoever comes while another writes sees what the other wrote, and nobody is refused."""
    begin(store, "1")
    at_once(4, lambda who: [append(store, "1", event=f"{who}.{n}") for n in range(3)])
    with store.reading() as tx:
        assert log_of(tx, "1").situation.version == 13
        assert [one.seq for one in tx.entries("1")] == list(range(13))


def lock_is_there_before_the_first_record(store: Store) -> None:
    """Of several who adopt at once, one does, and the others see it."""

    def adopt(_who: int) -> bool:
        with store.writing("1") as tx:
            if tx.log("1") is None:
                tx.write([first("1")])
                tx.commit()
                return True
        return False

    assert sorted(at_once(4, adopt)) == [False, False, False, True]


#: All of them, to be run by name.
CHECKS: Final[tuple[Check, ...]] = (
    new_store_is_empty,
    record_is_read_back_whole,
    nothing_is_visible_before_commit,
    leaving_without_commit_undoes_everything,
    attempt_that_fails_is_undone_alone,
    look_stays_the_same_while_others_write,
    second_of_two_who_saw_the_same_is_told,
    entry_out_of_order_is_refused,
    event_counts_once,
    entries_come_in_order_from_any_number,
    streams_may_be_read_side_by_side,
    effects_are_kept_with_their_entry,
    words_come_back_as_they_were,
    posture_follows_the_facts,
    playbook_may_govern_again,
    jurisdictions_are_kept_apart,
    name_belongs_to_one_jurisdiction,
    lock_is_waited_for,
    lock_is_there_before_the_first_record,
    *TIME_CHECKS,
    *DUTY_CHECKS,
    *MANY_CHECKS,
    *LETTER_CHECKS,
    *GONE_CHECKS,
    *PAST_CHECKS,
    *EVIDENCE_CHECKS,
    *SURVEY_CHECKS,
)
