"""Duty is handed over in Majian: the note, both signatures, and what becomes of a handover nobody signs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident.domain.errors import Conflict, RequestError
from incident.domain.fact_names import kind_of
from incident.domain.facts import TimerEnded
from incident.domain.handing import Side
from incident.service import handover, log, opened
from incident.service.who import Origin, Who
from incident.testing.given import fixed_chance
from tests.service.office import Office, row

TRACING = "regional_cocheck_watch"


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    yield story
    story.expect_account()
    story.dump()


def people(office: Office) -> None:
    office.take_in(*(row("全体机关干部", f"H{n}", name=f"甲{n}", since="2026-01-01") for n in range(1, 5)))
    office.take_in(*(row("command.leader", "L1", name="乙", since="2026-01-01"),))


def unsigned(office: Office) -> list[TimerEnded]:
    with office.store.reading() as tx:
        entries = [opened.read_entry(office.code, one) for one in tx.entries(office.code)]
    facts = [fact for entry in entries for fact in entry.facts]
    return [one for one in facts if isinstance(one, TimerEnded) and kind_of(one) == "HandoverUnsigned"]


def test_before_the_first_handover_there_is_nothing_to_sign(office: Office) -> None:
    with pytest.raises(RequestError, match="none was yet"):
        office.note()
    with office.store.reading() as tx:
        assert handover.handovers(tx, office.code, office.clock()) == []


def test_the_note_says_what_is_open_what_falls_due_and_who_has_not_answered(office: Office) -> None:
    people(office)
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    call = log.Note("in", "卫生院要求增派人员", roster="watch")
    log.add(office.store, office.code, call, origin=office.origin(), now=office.clock, chance=fixed_chance)
    office.after(hours=5, minutes=25)
    note = office.note("watch")

    assert note.handover.at == office.at("2026-03-01 08:00")
    assert note.handover.until == office.at("2026-03-02 08:00")
    assert {one.what for one in note.coming} == {"deadline", "reminder", "handover", "call"} & {
        one.what for one in note.coming
    }
    assert {"deadline", "handover"} <= {one.what for one in note.coming}
    assert all(office.clock() < one.due <= note.handover.until for one in note.coming)
    assert [one.key for one in note.callouts] == ["callout-3"]
    assert [line.disclosed["data.said"] for line in note.notes] == ["卫生院要求增派人员"]
    assert (note.directives, note.behind) == ([], [])


def test_both_sides_sign_and_nobody_is_asked_again(office: Office) -> None:
    people(office)
    office.after(hours=5, minutes=25)
    one = office.note("watch").handover
    (gave, *_), (took, *_) = one.gave, one.took
    first = office.sign("watch", ("gave", gave), drafted=read(office, "…"), note="钥匙在抽屉里")

    assert [kind_of(fact) for fact in first.entry.facts] == ["HandoverSigned"]
    assert not office.note("watch").handover.signed.is_signed
    office.sign("watch", ("took", took))
    assert office.note("watch").handover.signed.is_signed
    office.after(hours=12)
    assert unsigned(office) == []
    office.after(hours=12)
    assert not office.note("watch").handover.signed.is_signed, "the next one is another"


def test_an_unsigned_handover_is_chased_with_both_sides_and_who_leads(office: Office) -> None:
    people(office)
    office.after(hours=5, minutes=25)
    one = office.note("watch").handover
    office.after(minutes=25)
    (chased,) = unsigned(office)

    assert {*one.gave, *one.took, "command.leader"} <= {*chased.tell}
    gave = one.gave[0]
    office.sign("watch", ("gave", gave), ("took", one.took[0]))
    assert office.note("watch").handover.signed.is_signed, "late is better than never"


def test_only_who_was_there_signs_and_nobody_twice(office: Office) -> None:
    people(office)
    office.after(hours=5, minutes=25)
    one = office.note("watch").handover
    wrong: list[tuple[Side, str]] = [("gave", "H77"), ("took", "command.leader"), ("gave", "nobody")]
    for side, by in wrong:
        with pytest.raises(RequestError):
            office.sign("watch", (side, by))
    office.sign("watch", ("gave", one.gave[0]))
    with pytest.raises(RequestError, match="not signed"):
        office.sign("watch", ("gave", one.gave[0]))
    with pytest.raises(RequestError, match="elsewhere"):
        office.sign("elsewhere", ("took", one.took[0]))


def test_posts_that_nobody_is_named_for_are_signed_by_the_sign_that_is_there(office: Office) -> None:
    """As shipped P1 and P2 lead in turn, and whoever the offices send is the officer."""
    office.after(hours=5, minutes=25)
    one = office.note("watch").handover
    assert (one.gave, one.took) == (["P1", "全体机关干部"], ["P2", "全体机关干部"])
    office.sign("watch", ("gave", "全体机关干部"), ("took", "P2"))
    assert office.note("watch").handover.signed.is_signed


def test_nobody_is_chased_where_nobody_was_and_whoever_takes_over_an_empty_post_signs(office: Office) -> None:
    """All who can keep the tracing are away, and back at the second handover."""
    office.take_in(row("综合信息指挥室", "T1", name="丙", since="2026-01-01"))
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    while there := [holder for holder in office.who(TRACING).values() if holder is not None]:
        office.cover(there[0], until="2026-03-02 08:00")
    office.after(hours=5, minutes=25)
    one = office.note(TRACING).handover
    assert (one.gave, one.took, one.missing) == ([], [], [])
    with pytest.raises(RequestError, match="the post was empty"):
        office.sign(TRACING, ("took", "P9"))

    office.after(days=1)
    one = office.note(TRACING).handover
    assert (one.gave, bool(one.took), one.missing) == ([], True, ["took"])
    with pytest.raises(RequestError, match="the post was empty"):
        office.sign(TRACING, ("gave", "P9"))
    office.sign(TRACING, ("took", one.took[0]))
    assert office.note(TRACING).handover.missing == []
    office.after(hours=2)
    assert [fact.key for fact in unsigned(office) if fact.key == TRACING] == []
    office.after(days=1)
    assert office.note(TRACING).handover.missing == ["gave", "took"]
    assert [fact.key for fact in unsigned(office) if fact.key == TRACING] == [TRACING]


def test_the_same_signature_counts_once_whatever_was_drafted_meanwhile(office: Office) -> None:
    office.after(hours=5, minutes=25)
    origin = Origin(Who(by="drill"), "office", "same")
    first = office.sign("watch", ("gave", "P1"), drafted=read(office, "08:40"), origin=origin)
    again = office.sign("watch", ("gave", "P1"), drafted=read(office, "08:50"), origin=origin)
    assert (first.repeated, again.repeated, first.entry.seq) == (False, True, again.entry.seq)
    with pytest.raises(Conflict):
        office.sign("watch", ("gave", "P1"), note="another", origin=origin)


def to_sign(office: Office) -> list[str]:
    with office.store.reading() as tx:
        there = handover.handovers(tx, office.code, office.clock())
    return [office.shown(one.at)[5:] for one in there if one.missing and one.roster == "watch"]


def test_an_unsigned_handover_stays_to_be_signed_for_a_week_whatever_comes_after_it(office: Office) -> None:
    office.after(hours=5, minutes=25)
    office.after(days=1)
    new = office.note("watch").handover
    office.sign("watch", ("gave", new.gave[0]), ("took", new.took[0]))
    assert to_sign(office) == ["03-01 08:00"], "it did not vanish when the next one came"

    office.after(days=2)
    assert to_sign(office) == ["03-04 08:00", "03-03 08:00", "03-01 08:00"], "the newest first"
    with pytest.raises(RequestError, match="03-03 08:00"):
        office.note("watch", of="2026-03-02 09:00")
    old = office.note("watch", of="2026-03-01 08:00").handover
    office.sign("watch", ("gave", old.gave[0]), of=old.at)
    office.sign("watch", ("took", old.took[0]), of=old.at)
    assert to_sign(office) == ["03-04 08:00", "03-03 08:00"]

    office.after(days=7)
    assert to_sign(office)[-1] == "03-05 08:00", "after a week it stays unsigned, as the journal says"
    assert len(unsigned(office)) >= 9
    last = office.note("watch").handover
    office.sign("watch", ("took", last.took[0]))
    (item,) = [one.item for (kind, _key), one in office.standing.items() if kind == "handover"]
    assert [one["at"] for one in item["handovers"]] == ["2026-03-11T00:00:00Z"], "and nothing piles up"


def test_with_its_roster_a_signature_stands_no_longer(office: Office) -> None:
    people(office)
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    office.after(hours=5, minutes=25)
    one = office.note("regional_cocheck_watch").handover
    office.sign("regional_cocheck_watch", ("gave", one.gave[0]), ("took", one.took[0]))
    office.expect_standing("handover", "regional_cocheck_watch")
    office.stand_down()
    office.expect_gone("handover", "regional_cocheck_watch")
    office.expect_gone("roster", "regional_cocheck_watch")


def read(office: Office, text: str) -> handover.Drafted:
    """The note of the watch's newest handover, as somebody has read it."""
    return handover.Drafted(office.note("watch").handover.at, text)


def test_what_is_signed_is_the_handover_whose_note_was_read_though_another_came_since(office: Office) -> None:
    office.after(hours=6)
    note = office.note("watch").handover
    there = read(office, "as it was read")
    office.clock.after(days=1)  # no worker: the act itself catches up first
    office.sign("watch", ("gave", note.gave[0]), drafted=there)
    assert office.note("watch", of=office.shown(note.at)).handover.missing == ["took"]
    newest = office.note("watch").handover
    assert (newest.at, newest.missing) == (note.at + 86400, ["gave", "took"])
