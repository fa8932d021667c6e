"""Who is erased leaves no word, comes on duty no more, and was there all the same."""

from __future__ import annotations

import pytest

from incident.domain.directory import DirectoryError
from incident.domain.errors import RequestError
from incident.domain.fact_names import kind_of
from incident.domain.facts_record import PersonErased
from tests.service.directory import NAMED, holders, office, refused, rules
from tests.service.office import Office, assigned, row

__all__ = ["office"]


def test_erasing_somebody_leaves_no_word_of_them_and_the_journal_holds(office: Office) -> None:
    office.take_in(NAMED)
    outcome = office.erase("H1")
    assert outcome.entry.facts[0] == PersonErased(holder="H1")
    with office.store.reading() as tx:
        told = [text for _seq, name, text in tx.disclosures(office.code) if name == "data.H1"]
        assert told == []
        assert tx.people(office.code)[0][1:] == (None, (), True)
    assert holders(office, "综合信息指挥室") == []
    with pytest.raises(RequestError):
        office.erase("H1")
    with pytest.raises(RequestError):
        office.erase("H99")


def test_who_is_erased_comes_on_duty_no_more_and_was_there_all_the_same(office: Office) -> None:
    office.take_in(
        *(row("全体机关干部", f"H{n}", channels=("mail:a@b.cn",), since="2026-01-01") for n in range(1, 4))
    )
    there = office.who("watch")["officer.1"]
    assert there is not None
    office.override("watch", there, post="officer", since="2026-03-05 08:00", until="2026-03-06 08:00")
    office.take_in(row("command.leader", there, since="2026-04-01"))
    office.after(hours=1)

    outcome = office.erase(there)

    kinds = {kind_of(fact) for fact in outcome.entry.facts}
    assert {"PersonErased", "TenureChanged", "DutyAssigned"} < kinds
    assert [
        one for one in office.standing.values() if one.item.get("holder") == there and "roster" in one.item
    ] == []
    assert office.who("watch")["officer.1"] not in (there, None)
    office.after(days=9)
    served = office.rota(office.clock() - 9 * 86400 + 1, office.clock()).pieces
    assert there not in {one.piece.holder for one in served}
    assert there in holders(office, "全体机关干部", "2026-02-01 12:00")
    assert there not in holders(office, "全体机关干部")
    assert holders(office, "command.leader", "2026-05-01 12:00") != [there]


def test_sign_of_somebody_who_was_erased_is_given_to_nobody_else(office: Office) -> None:
    office.take_in(NAMED)
    office.erase("H1")
    with pytest.raises(DirectoryError) as found:
        office.take_in(row("卫生院", "H1", name="李四"))
    assert rules(found) == [("D009", 2)]


def test_term_of_somebody_who_was_erased_can_be_ended_and_tells_nothing_anew(office: Office) -> None:
    office.take_in(row("卫生院", "H1", since="2026-01-01", name="王小明"))
    office.erase("H1")
    assert office.take_in(row("卫生院", "H1", since="2026-01-01", until="2026-02-01")) is not None
    for anew in (
        {"since": "2026-02-10"},
        {"since": "2026-01-01", "name": "王小明"},
        {"since": "2026-01-01", "until": "2027-01-01"},
        {"channels": ("tel:87000000",)},
    ):
        assert [one[:6] for one in refused(office, row("卫生院", "H1", **anew))] == ["2 D009"]
    assert holders(office, "卫生院") == []
    with office.store.reading() as tx:
        assert tx.people(office.code)[0][1:] == (None, (), True)


def test_who_is_erased_while_on_duty_leaves_the_post_empty_aloud_where_nobody_else_can_come(
    office: Office,
) -> None:
    office.take_in(
        row("全体机关干部", "H1", name="甲", channels=("mail:h1@b.cn",), since="2026-01-01"),
    )
    facts = office.erase("H1").entry.facts
    (shift,) = assigned(facts)
    assert shift.pieces[-1].holder is None
    assert shift.pieces[-1].marks == ["uncovered"]
    assert "command.leader" in shift.tell
    assert office.who("watch")["officer.1"] is None
    office.sweep()
    assert "GapForeseen" in {kind_of(fact) for fact in office.facts()}


def test_who_was_erased_comes_on_no_duty_whatever_seat_the_paper_gives_them(office: Office) -> None:
    office.take_in(*(row("卫生院", f"P{n}", name=f"甲{n}", since="2026-01-01") for n in (1, 2)))
    office.erase("P1")
    assert office.who("watch")["lead"] == "P2"
    office.after(days=6)
    leads = [
        one
        for one in office.rota(office.clock() - 5 * 86400, office.clock()).pieces
        if one.piece.post == "lead"
    ]
    assert "P1" not in {one.piece.holder for one in leads}
    office.erase("P2")
    assert office.who("watch")["lead"] is None


def test_a_seat_can_be_given_on_the_day_on_which_its_holders_were_erased(office: Office) -> None:
    """Terms are counted by days, and erasing ends them in the middle of one."""
    office.take_in(*(row("duty.leader", f"P{n}", name=f"甲{n}", since="2026-01-01") for n in (1, 2)))
    office.after(hours=3)
    for n in (1, 2):
        office.erase(f"P{n}")
    assert office.who("watch")["lead"] is None
    office.take_in(*(row("duty.leader", f"L{n}", since="2026-03-01") for n in (1, 2)))
    assert office.who("watch")["lead"] in ("L1", "L2")
    assert [one[:6] for one in refused(office, row("duty.leader", "L3", since="2026-03-01"))] == ["2 D005"]
