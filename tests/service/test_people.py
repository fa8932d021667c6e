"""The directory as it is kept: who holds what, who takes over, and nothing personal in the journal."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain.directory import DirectoryError, Row
from incident.domain.errors import Conflict
from incident.domain.fact_names import kind_of
from incident.domain.facts import ItemStarted
from incident.domain.facts_record import DirectoryChanged
from incident.domain.problem import Mark
from incident.service import people
from incident.service.adopt import adopt
from incident.service.who import Who
from incident.testing import Drill
from incident.testing.given import fixed_chance
from tests.service.directory import NAMED, holders, office, refused, rules
from tests.service.office import Office, assigned, row, sheet

__all__ = ["office"]


def test_paper_holders_stand_until_the_directory_names_somebody(office: Office) -> None:
    assert holders(office, "duty.leader") == ["P1", "P2"]
    office.take_in(row("duty.leader", "H7"))
    assert holders(office, "duty.leader") == ["H7"]
    assert holders(office, "duty.leader", "2026-02-27 10:00") == ["P1", "P2"]


def test_who_is_named_comes_on_duty_in_the_same_entry(office: Office) -> None:
    office.after(minutes=5)
    outcome = office.take_in(row("全体机关干部", "H1"))
    assert outcome is not None
    (shift,) = assigned(outcome.entry.facts)
    assert [(one.post, one.holder) for one in shift.pieces] == [
        ("lead", "P1"),
        ("officer.1", "@全体机关干部"),
        ("officer.1", "H1"),
    ]
    assert office.who("watch") == {"lead": "P1", "officer.1": "H1"}


def test_seat_that_changes_hands_is_left_by_who_had_it(office: Office) -> None:
    office.take_in(row("regional_cocheck.leader", "H1", since="2026-01-01"))
    outcome = office.take_in(row("regional_cocheck.leader", "H2", since="2026-04-01"))
    assert outcome is not None
    assert sorted(map(kind_of, outcome.entry.facts)) == ["OutlookPromised", "SeatTaken", "TenureChanged"]
    assert holders(office, "regional_cocheck.leader", "2026-03-31 23:59") == ["H1"]
    assert holders(office, "regional_cocheck.leader", "2026-04-01 00:00") == ["H2"]


def test_last_day_still_counts(office: Office) -> None:
    office.take_in(row("regional_cocheck.leader", "H1", since="2026-01-01", until="2026-03-05"))
    assert holders(office, "regional_cocheck.leader", "2026-03-05 23:59") == ["H1"]
    assert holders(office, "regional_cocheck.leader", "2026-03-06 00:00") == []


@pytest.mark.parametrize("until", ["9999-12-31", "-", ""])
def test_a_term_may_have_no_end(office: Office, until: str) -> None:
    outcome = office.take_in(row("regional_cocheck.leader", "H1", since="2026-01-01", until=until))
    assert outcome is not None
    terms = [fact.after for fact in outcome.entry.facts if isinstance(fact, ItemStarted)]
    assert ["until" in term for term in terms] == [False]


@pytest.mark.parametrize("day", ["0001-01-01", "0000-01-01", "10000-01-01", "99999999", "2026-02-29"])
def test_a_day_that_no_clock_shows_is_a_fault_of_its_row(office: Office, day: str) -> None:
    faults = refused(office, row("卫生院", "H1", since=day), row("卫生院", "H2", since=day, line=3))
    assert [fault.partition(":")[0] for fault in faults] == ["2 D003", "3 D003"]


@pytest.mark.parametrize("since", ["2026-01-01", ""])
def test_a_row_without_an_end_keeps_the_one_that_is_known(office: Office, since: str) -> None:
    office.take_in(row("卫生院", "H1", since="2026-01-01", until="2026-06-30"))
    mail = ("mail:wang@example.cn",)
    outcome = office.take_in(row("卫生院", "H1", since=since, channels=mail))
    assert outcome is not None
    assert [kind_of(fact) for fact in outcome.entry.facts] == ["DirectoryChanged", "OutlookPromised"]
    assert holders(office, "卫生院", "2026-07-01 00:00") == []

    office.take_in(row("卫生院", "H1", since=since, until="-"))
    assert holders(office, "卫生院", "2026-07-01 00:00") == ["H1"]


def test_the_first_file_again_does_not_bring_back_who_was_relieved(office: Office) -> None:
    first = row("regional_cocheck.leader", "H1", since="2026-01-01")
    office.take_in(first)
    office.take_in(row("regional_cocheck.leader", "H2", since="2026-02-01"))
    assert office.take_in(first) is None
    assert holders(office, "regional_cocheck.leader") == ["H2"]


def test_same_file_again_changes_nothing(office: Office) -> None:
    assert office.take_in(NAMED) is not None
    office.after(days=3)
    assert office.take_in(NAMED) is None


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_written(office: Office) -> None:
    version = office.situation.version
    with pytest.raises(DirectoryError) as found:
        office.take_in(
            row("nobody.at_all", "H1"),
            row("", "H1", line=3),
            row("全体机关干部", "王小明", line=4),
            row("全体机关干部", "H2", line=5, since="2026-02-30"),
            row("全体机关干部", "H3", line=6, since="2026-03-02", until="2026-03-01"),
            row("全体机关干部", "H4", line=7, channels=("sms:123", "nonsense")),
            row("全体机关干部", "H5", line=8, name="甲"),
            row("卫生院", "H5", line=9, name="乙"),
            row("regional_cocheck.leader", "H6", line=10, since="2026-01-01"),
            row("regional_cocheck.leader", "H8", line=11, since="2026-02-01"),
            row("卫生院", "", line=12, name="丙"),
            row("卫生院", "", line=13),
            row("卫生院", "H9", line=14, name="王\u202e伟", channels=("mail:a\u200f@b.cn",)),
        )
    assert rules(found) == [
        ("D001", 2),
        ("D008", 3),
        ("D002", 4),
        ("D003", 5),
        ("D004", 6),
        ("D006", 7),
        ("D006", 7),
        ("D007", 9),
        ("D005", 11),
        ("D002", 12),
        ("D011", 14),
        ("D011", 14),
    ]
    assert "王小明" not in str([str(one.found) for one in found.value.problems])
    assert office.situation.version == version


def test_one_holder_twice_in_one_seat_is_said_so_with_both_rows(office: Office) -> None:
    assert refused(
        office,
        row("duty.leader", "H1", line=2, since="2026-01-01"),
        row("duty.leader", "H1", line=7, since="2026-02-01"),
    ) == [
        (
            "7 D005: each person once at a time in duty.leader; H1 in row 2 as well; "
            "remove one of the two rows, or end the first with `until` before the second begins"
        )
    ]


@pytest.mark.parametrize("since", ["2026-02-01", "2025-12-01"])
def test_one_holder_in_the_directory_and_in_a_row_is_said_so(office: Office, since: str) -> None:
    office.take_in(row("全体机关干部", "H1", since="2026-01-01"))
    assert refused(office, row("全体机关干部", "H1", since=since)) == [
        (
            "2 D005: each person once at a time in 全体机关干部; H1 in the directory from 2026-01-01 "
            "as well; write `from` as 2026-01-01 to change what is known, or end that first with `until`"
        )
    ]


def test_people_come_in_the_order_of_their_rows(office: Office) -> None:
    office.take_in(*(row("全体机关干部", f"H{n}", since="2026-01-01") for n in (3, 1, 2)))
    assert holders(office, "全体机关干部") == ["H3", "H1", "H2"]


def test_rows_that_say_the_same_count_once(office: Office) -> None:
    same = row("duty.leader", "H1", since="2026-01-01")
    outcome = office.take_in(same, same._replace(mark=Mark("people.csv", 3, 1), name="王小明"))
    assert outcome is not None
    assert [kind_of(fact) for fact in outcome.entry.facts].count("SeatTaken") == 1
    with office.store.reading() as tx:
        assert [one.name for one in tx.people(office.code)] == ["王小明"]
    assert office.take_in(same, same) is None


def test_what_a_row_leaves_out_stays_and_a_dash_takes_it_away(office: Office) -> None:
    office.take_in(NAMED)
    office.take_in(row("综合信息指挥室", "H1", channels=("tel:0575-87000000",)))
    with office.store.reading() as tx:
        (person,) = tx.people(office.code)
    assert (person.name, person.channels) == ("王小明", ("tel:0575-87000000",))
    office.take_in(row("综合信息指挥室", "H1", name="-", channels=("-",)))
    with office.store.reading() as tx:
        (person,) = tx.people(office.code)
    assert (person.name, person.channels) == (None, ())


def test_nothing_that_names_a_person_is_in_an_entry(office: Office) -> None:
    outcome = office.take_in(NAMED)
    assert outcome is not None
    facts = outcome.entry.facts
    assert [fact.ways for fact in facts if isinstance(fact, DirectoryChanged)] == [{"H1": ["mail", "sms"]}]
    with office.store.reading() as tx:
        bodies = b"".join(stored.body for stored in tx.entries(office.code))
    for secret in ("王小明", "13900000001", "wang@example.cn"):
        assert secret.encode() not in bodies


def test_same_event_again_is_answered_from_the_record(office: Office) -> None:
    origin = office.origin()
    ways: dict[str, Any] = {"origin": origin, "now": office.clock, "chance": fixed_chance}
    first = people.import_rows(office.store, office.code, sheet(NAMED), **ways)
    again = people.import_rows(office.store, office.code, sheet(NAMED), **ways)
    assert first is not None
    assert again is not None
    assert (again.repeated, again.entry) == (True, first.entry)
    with pytest.raises(Conflict):
        people.import_rows(office.store, office.code, sheet(row("卫生院", "H3", name="张三")), **ways)


@pytest.mark.parametrize("named", [row("卫生院", "H1", since="2026-01-01"), NAMED])
def test_second_of_two_imports_at_once_writes_no_empty_entry(
    office: Office, monkeypatch: pytest.MonkeyPatch, named: Row
) -> None:
    writing = office.store.writing

    def after_another(code: str) -> Any:
        """Let another import be first, once this one has looked."""
        monkeypatch.setattr(office.store, "writing", writing)
        assert office.take_in(named) is not None
        return writing(code)

    monkeypatch.setattr(office.store, "writing", after_another)
    version = office.situation.version
    assert office.take_in(named) is None
    assert office.situation.version == version + 1


def test_directory_of_one_town_says_nothing_of_another() -> None:
    office, other = Office("majian"), Drill("taiping")
    office.take_in(NAMED)
    with other.store.reading() as tx:
        assert tx.people(other.code) == []


def test_tenures_are_items_that_nobody_mistakes_for_the_plan(office: Office) -> None:
    outcome = office.take_in(NAMED)
    assert outcome is not None
    started = [fact for fact in outcome.entry.facts if isinstance(fact, ItemStarted)]
    assert [(fact.kind, fact.key) for fact in started] == [("tenure", "tenure-1-0")]


def test_who_is_on_duty_and_reached_by_no_way_any_more_is_an_alarm_from_then_on(office: Office) -> None:
    office.take_in(
        row("全体机关干部", "H1", name="甲", channels=("mail:h1@b.cn",), since="2026-01-01"),
    )
    office.after(hours=1)
    outcome = office.take_in(row("全体机关干部", "H1", channels=("-",), since="2026-01-01"))
    assert outcome is not None
    (shift,) = assigned(outcome.entry.facts)
    officers = [one for one in shift.pieces if one.post == "officer.1" and one.holder == "H1"]
    assert [(one.since, one.marks) for one in officers] == [
        ("2026-02-28T18:40:00Z", []),
        ("2026-02-28T19:40:00Z", ["unreachable"]),
    ]
    assert [one.night for one in officers] == [60, 140], "what is counted is counted once"
    assert "command.leader" in shift.tell
    assert "duty" not in shift.tell, "nobody else comes on duty"


def test_who_can_be_reached_at_last_is_marked_no_more(office: Office) -> None:
    office.take_in(row("全体机关干部", "H1", name="甲", since="2026-01-01"))
    office.after(hours=1)
    outcome = office.take_in(row("全体机关干部", "H1", channels=("mail:h1@b.cn",), since="2026-01-01"))
    assert outcome is not None
    (shift,) = assigned(outcome.entry.facts)
    officers = [one for one in shift.pieces if one.holder == "H1"]
    assert [one.marks for one in officers] == [["unreachable"], []]
    assert shift.tell == []
    again = office.take_in(row("全体机关干部", "H1", channels=("mail:h2@b.cn",), since="2026-01-01"))
    assert again is not None
    assert assigned(again.entry.facts) == [], "another address changes nothing that is said"


def test_whoever_comes_later_in_the_shift_is_marked_anew_too(office: Office) -> None:
    office.take_in(
        row("全体机关干部", "H1", name="甲", channels=("mail:h1@b.cn",), since="2026-01-01"),
        row("全体机关干部", "H2", name="乙", channels=("mail:h2@b.cn",), since="2026-01-01"),
    )
    later = "H2" if office.who("watch")["officer.1"] == "H1" else "H1"
    office.override("watch", later, post="officer.1", since="2026-03-01 05:00", until="2026-03-01 08:00")
    outcome = office.take_in(row("全体机关干部", later, channels=("-",), since="2026-01-01"))
    assert outcome is not None
    (shift,) = assigned(outcome.entry.facts)
    marks = [(one.holder, one.since, one.marks) for one in shift.pieces if one.post == "officer.1"]
    assert marks[-1] == (later, "2026-02-28T21:00:00Z", ["unreachable"])
    assert [one for _holder, _since, one in marks].count(["unreachable"]) == 1


def test_another_version_of_the_plan_whose_seat_has_another_holder_is_followed_by_who_is_on_duty(
    office: Office,
) -> None:
    office.after(hours=1)
    assert office.who("watch")["lead"] == "P1"
    duty = office.playbook.groups["duty"]
    seats = {**duty.seats, "leader": replace(duty.seats["leader"], holders=["P77", "P2"])}
    other = replace(office.playbook, groups={**office.playbook.groups, "duty": replace(duty, seats=seats)})
    adoption = adopt(office.store, other, Who(by="drill"), now=office.clock, chance=fixed_chance)

    assert [kind_of(fact) for fact in adoption.facts] == ["PlaybookAdopted", "DutyAssigned"]
    (shift,) = assigned(adoption.facts)
    leaders = [(one.since, one.holder) for one in shift.pieces if one.post == "lead"]
    assert leaders == [("2026-02-28T18:40:00Z", "P1"), ("2026-02-28T19:40:00Z", "P77")]
    office.after(hours=1)
    assert office.who("watch", "2026-03-01 03:00")["lead"] == "P1", "what was stays as it was"
    assert office.who("watch")["lead"] == "P77"
