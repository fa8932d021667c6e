"""One look at all: what a board says of a jurisdiction is what the pages of that one say."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from msgspec.structs import replace

from incident.domain.identity import SignedIn, Token
from incident.domain.ledger import Occurrence
from incident.domain.permission import EVERYWHERE, Grant
from incident.domain.playbook import digest
from incident.service.adopt import adopt
from incident.service.glance import Glance, worst_first
from incident.service.outlines import Outlines, warm
from incident.service.overview import look as look_at_all
from incident.service.overview import within_reach
from incident.service.paths import path_of, paths
from incident.service.ports import Signed, Store
from incident.service.survey import Asked
from incident.store.sql import SqlStore
from incident.testing import Drill, MemoryStore, fixed_chance
from incident.testing.samples import append
from tests.playbooks import BAISHI, CODE, HOUR, NIGHT
from tests.service.office import Office
from tests.service.qingshi import command, drill, emergency, put_in, take_back
from tests.service.story import activate, begin, tell
from tests.service.test_handover import TRACING, people
from tests.two import OFFICER, TWO, case, press, propose, review

__all__ = ["drill", "emergency"]

#: A province, a county in it that is not adopted, two towns of that, a village, another county.
PROVINCE, COUNTY, OTHER = "33", "330999", "330888"
TOWNS = ("330999101", "330999102")
VILLAGE = "330999101201"


def look(store: Store, at: int, *roots: str, outlines: Outlines | None = None) -> dict[str, Glance]:
    with store.reading() as tx:
        found = look_at_all(tx, at, outlines or Outlines()).below(roots or (EVERYWHERE,))
    return {one.code: one for one in found}


def glance(story: Drill) -> Glance:
    (one,) = look(story.store, story.clock()).values()
    return one


def adopted(store: Store, code: str, parent: str | None) -> None:
    place = replace(BAISHI.jurisdiction, code=code, parent=parent)
    begin(store, replace(BAISHI, playbook=f"plan_{code}", jurisdiction=place))


def province(store: Store) -> None:
    adopted(store, PROVINCE, None)
    for code in (OTHER, *TOWNS):
        adopted(store, code, {OTHER: "3308"}.get(code, COUNTY))
    adopted(store, VILLAGE, TOWNS[0])


# -- where they stand


def test_each_comes_after_its_superior_however_many_between_are_not_adopted(memory: MemoryStore) -> None:
    province(memory)

    found = look(memory, NIGHT)

    assert [(code, one.depth) for code, one in found.items()] == [
        (PROVINCE, 0),
        (OTHER, 1),
        (TOWNS[0], 1),
        (VILLAGE, 2),
        (TOWNS[1], 1),
    ]


@pytest.mark.parametrize(
    ("roots", "shown"),
    [
        ((TOWNS[0],), [TOWNS[0], VILLAGE]),
        ((COUNTY,), [TOWNS[0], VILLAGE, TOWNS[1]]),  # the county is not adopted
        (("3308", VILLAGE), [OTHER, VILLAGE]),  # neither is that city
        (("44",), []),
        ((), []),
    ],
)
def test_nobody_sees_more_than_lies_below_their_roots(
    memory: MemoryStore, roots: tuple[str, ...], shown: list[str]
) -> None:
    province(memory)

    with memory.reading() as tx:
        found = look_at_all(tx, NIGHT, Outlines()).below(roots)

    assert [one.code for one in found] == shown
    assert all(one.depth == (1 if one.code == VILLAGE and TOWNS[0] in shown else 0) for one in found)


def test_a_token_sees_no_more_than_lies_below_its_own_root_too(memory: MemoryStore) -> None:
    province(memory)

    with memory.reading() as tx:
        seen = look_at_all(tx, NIGHT, Outlines())

    found, nothing = seen.below({COUNTY}, within=TOWNS[0]), seen.below({COUNTY}, within=OTHER)

    assert [one.code for one in found] == [TOWNS[0], VILLAGE]
    assert nothing == []


def test_who_is_there_sees_what_they_may_look_at_by_grants_and_token(memory: MemoryStore) -> None:
    province(memory)
    with memory.reading() as tx:
        seen = look_at_all(tx, NIGHT, Outlines())
    officer = SignedIn(
        user="1", login="wang", name="王伟", sign=None, grants=(Grant("duty_officer", COUNTY),)
    )
    paper = Token(
        id="2", user="1", name="portal", scopes=("look",), root=TOWNS[1], created_at=0, ends_at=NIGHT + 1
    )

    found = [
        [one.code for one in within_reach(person, seen)]
        for person in (
            officer,
            replace(officer, token=paper),
            replace(officer, token=replace(paper, scopes=("act",))),
            replace(officer, grants=()),
        )
    ]

    assert found == [[TOWNS[0], VILLAGE, TOWNS[1]], [TOWNS[1]], [], []]


def test_names_state_and_signature_are_told_and_the_journal_counted(memory: MemoryStore) -> None:
    begin(memory)
    code = BAISHI.jurisdiction.code
    calm = look(memory, NIGHT)[code]
    tell(memory, "ordered", verb="activate")
    with memory.writing(code) as tx:
        tx.keep_checkpoint(code, Signed(2, NIGHT + 60, 0, "note"))
        tx.commit()

    one = look(memory, NIGHT)[code]

    assert (calm.state, calm.grave, calm.incident, calm.signed_at) == ("routine", "calm", None, None)
    assert (one.name, one.level, one.parent) == (BAISHI.jurisdiction.name, "town", "330999")
    assert (one.state, one.state_name) == ("raised", BAISHI.states["raised"].name)
    assert (one.incident, one.version, one.signed_at) == (f"{code}-2026-001", 2, NIGHT + 60)
    assert one.grave == "watch", "the plan builds a graver state on this one"
    activate(memory, id="second")
    assert look(memory, NIGHT)[code].grave == "alarm"


def test_who_has_not_moved_since_a_superior_rose_is_behind_it(memory: MemoryStore) -> None:
    province(memory)
    assert not [one for one in look(memory, NIGHT).values() if one.behind or one.laggards]

    activate(memory, code=TOWNS[0], now=lambda: NIGHT + HOUR)
    later = look(memory, NIGHT + HOUR)
    assert (later[TOWNS[0]].laggards, later[VILLAGE].behind) == (1, TOWNS[0])
    assert later[TOWNS[1]].behind is None

    activate(memory, code=PROVINCE, now=lambda: NIGHT + 2 * HOUR)
    found = look(memory, NIGHT + 2 * HOUR)
    assert {code: one.behind for code, one in found.items() if one.behind} == {
        OTHER: PROVINCE,
        TOWNS[1]: PROVINCE,
        VILLAGE: TOWNS[0],
    }
    assert (found[PROVINCE].laggards, found[TOWNS[0]].laggards) == (2, 1)

    activate(memory, code=VILLAGE, now=lambda: NIGHT + 3 * HOUR)
    tell(memory, "lifted", code=VILLAGE, id="up", verb="stand_down", now=lambda: NIGHT + 4 * HOUR)
    assert look(memory, NIGHT + 4 * HOUR)[VILLAGE].behind is None, "it has moved, and that is its own matter"


def test_who_may_see_only_a_village_is_told_that_its_superior_rose(memory: MemoryStore) -> None:
    province(memory)
    activate(memory, code=TOWNS[0], now=lambda: NIGHT + HOUR)

    found = look(memory, NIGHT + HOUR, VILLAGE)

    assert [(code, one.behind) for code, one in found.items()] == [(VILLAGE, TOWNS[0])]


# -- what is open there


def late(story: Drill) -> list[Occurrence]:
    return [one for one in story.reports() if one.state == "late" and not one.key.startswith("directive-")]


def test_reports_are_late_here_whenever_the_ledger_says_so(emergency: Drill) -> None:
    seen = set()
    for _ in range(8):
        emergency.after(hours=3, minutes=20)
        assert glance(emergency).reports_late == len(late(emergency))
        assert glance(emergency).late_since == min((one.due for one in late(emergency)), default=None)
        seen.add(len(late(emergency)))
    assert len(seen) > 2, "it told something"
    missed = {one.key for one in emergency.reports() if one.state == "missed"}
    assert "group_report" in missed, "what was overtaken is not late"

    put_in(emergency, "stability", form="situation")
    put_in(emergency, "卫生院", form="core_data")

    assert glance(emergency).reports_late == len(late(emergency)) > 0
    emergency.activate("positive", origin="local")  # two receipts: each is owed a report of its own
    emergency.after(days=2)
    assert glance(emergency).reports_late == len(late(emergency))


def test_orders_that_are_not_answered_are_counted_until_they_are_or_are_taken_back(emergency: Drill) -> None:
    first, second = command(emergency), command(emergency)
    assert (glance(emergency).directives, glance(emergency).directives_late) == (2, 0)

    emergency.after(hours=2)
    assert (glance(emergency).directives, glance(emergency).directives_late) == (2, 2)
    put_in(emergency, "stability", form=first)
    assert (glance(emergency).directives, glance(emergency).directives_late) == (1, 1)
    take_back(emergency, second)
    assert (glance(emergency).directives, glance(emergency).directives_late) == (0, 0)


def test_ends_and_confirmations_that_have_passed_are_told(emergency: Drill) -> None:
    one = glance(emergency)
    assert one.planned_end is not None
    assert one.confirm_by is not None
    assert (one.is_past_end, one.is_unconfirmed) == (False, False)

    emergency.after(days=1)
    assert (glance(emergency).is_past_end, glance(emergency).is_unconfirmed) == (False, True)
    emergency.after(days=9)
    assert (glance(emergency).is_past_end, glance(emergency).is_unconfirmed) == (True, True)


def test_what_nobody_carries_out_is_overdue_after_a_minute(emergency: Drill) -> None:
    with emergency.store.reading() as tx:
        wake = tx.next_wake()
    assert wake is not None

    (at_once,) = look(emergency.store, wake + 60).values()
    (later,) = look(emergency.store, wake + 61).values()

    assert (at_once.overdue_since, at_once.overdue) == (None, 0), "a sweep takes its time"
    assert (later.overdue_since, later.overdue) == (wake, 2)


def test_who_does_not_answer_and_whom_nobody_can_reach_is_counted() -> None:
    office = Office("majian")
    assert (glance(office).waiting, glance(office).unreached) == (0, 0)
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    seen = set()
    for _ in range(6):
        (one,) = office.callouts()
        found = glance(office)
        assert (found.waiting, found.unreached) == (len(one.callout.waiting), len(one.unreached))
        seen.add(found.unreached)
        office.after(minutes=9)
        office.answer(one.callout.waiting[0])
    assert len(seen) > 2, "more and more are given up"
    assert glance(office).undelivered == len(list(_notices(office)))


def _notices(office: Office) -> list[object]:
    with office.store.reading() as tx:
        return [*tx.undelivered(10_000)]


def test_a_handover_is_unsigned_once_somebody_was_asked_for_it_and_until_both_have_signed() -> None:
    office = Office("majian")
    people(office)
    office.after(hours=5, minutes=25)
    assert glance(office).unsigned == 0, "it is five minutes old"

    office.after(minutes=30)
    assert glance(office).unsigned == 1
    one = office.note("watch").handover
    office.sign("watch", ("gave", one.gave[0]))
    assert glance(office).unsigned == 1
    office.sign("watch", ("took", one.took[0]))
    assert glance(office).unsigned == 0
    office.after(days=2)
    assert glance(office).unsigned > 0
    assert TRACING not in {one.roster for one in [office.note("watch").handover]}
    office.after(days=30)
    assert glance(office).unsigned <= 8, "a week's, no more"


def test_what_two_persons_decide_is_watched_and_what_one_did_alone_alarms(memory: MemoryStore) -> None:
    def counts(at: int = NIGHT) -> tuple[int, int, int, int]:
        (one,) = look(memory, at).values()
        return one.proposals, one.watches, one.unreviewed, one.alarms

    adopt(memory, TWO, OFFICER, now=lambda: NIGHT - HOUR, chance=fixed_chance)
    propose(memory)
    assert counts() == (1, 1, 0, 0)
    assert counts(NIGHT + 2 * HOUR)[0] == 0, "nobody may approve it any more"

    press(memory, case(verb="activate", break_glass=True))
    assert counts()[::2] == (0, 1)
    calls = look(memory, NIGHT)[CODE].alarms
    review(memory, 2)
    assert counts()[::2] == (0, 0)
    assert look(memory, NIGHT)[CODE].alarms == calls - 1


# -- what cannot be read


def damage(path: str, statement: str) -> None:
    with closing(sqlite3.connect(path.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "is_named"),
    [
        ("UPDATE situation SET since = 'yesterday' WHERE jurisdiction = '330999101'", False),
        ("UPDATE playbook SET body = 'x' WHERE jurisdiction = '330999101'", False),
        ("DELETE FROM playbook WHERE jurisdiction = '330999101'", False),
        ("INSERT INTO standing VALUES ('330999101', 'callout', 'callout-0', 0, x'00')", True),
        ("INSERT INTO standing VALUES ('330999101', 'handover', 'watch', 0, '{\"handovers\":1}')", True),
        ("INSERT INTO standing VALUES ('330999101', 'directive', 'directive-1', 0, '{}')", True),
        ("INSERT INTO standing VALUES ('330999101', 'proposal', 'proposal-1', 0, '{}')", True),
    ],
)
def test_one_that_is_damaged_says_so_and_the_others_are_shown(
    sqlite_store: SqlStore, sqlite_url: str, statement: str, *, is_named: bool
) -> None:
    adopted(sqlite_store, TOWNS[0], COUNTY)
    adopted(sqlite_store, TOWNS[1], COUNTY)
    damage(sqlite_url, "DROP TRIGGER IF EXISTS playbook_guard_update")
    for name in _triggers(sqlite_url):
        damage(sqlite_url, f"DROP TRIGGER {name}")
    damage(sqlite_url, statement)

    found = look(sqlite_store, NIGHT)

    assert {code: one.is_readable for code, one in found.items()} == {TOWNS[0]: False, TOWNS[1]: True}
    assert (found[TOWNS[0]].name is not None) is is_named
    assert [one.code for one in worst_first(found.values())] == [TOWNS[0]]


def _triggers(url: str) -> list[str]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ]


# -- order, cache, paths


def test_the_worst_come_first_and_who_is_well_not_at_all() -> None:
    calm = Glance(code="1", grave="calm")
    waits = Glance(code="2", waiting=3)
    behind = Glance(code="3", behind="1", unsigned=1)
    missing = Glance(code="4", reports_late=1)
    lost = Glance(code="5", unreached=1, waiting=1, is_past_end=True)
    longer = Glance(code="6", reports_late=1, late_since=1)
    long = Glance(code="7", directives_late=1, late_since=0)

    found = worst_first([calm, waits, behind, missing, lost, longer, long])
    assert [one.code for one in found] == ["5", "7", "6", "4", "3", "2"]


def test_what_is_adopted_is_read_once_and_what_many_have_alike_kept_once(memory: MemoryStore) -> None:
    province(memory)
    outlines = Outlines()
    warm(memory, outlines)
    assert outlines.size == 5
    with memory.reading() as tx:
        wanted = [(one.code, one.playbook) for one in tx.places().read]
        found = outlines.of(tx, wanted)
    assert len({id(one.states) for one in found.values()}) == 1

    with MemoryStore().reading() as tx:  # which has none of them
        assert outlines.of(tx, [*wanted, ("9", "0" * 64)]) == found


def test_a_playbook_of_a_later_program_is_left_out(sqlite_store: SqlStore, sqlite_url: str) -> None:
    body = b'{"a later":"language"}'
    damage(sqlite_url, f"INSERT INTO playbook VALUES ('1', '{digest(body)}', x'{body.hex()}')")

    with sqlite_store.reading() as tx:
        assert tx.bodies([("1", digest(body))]) == {("1", digest(body)): body}
        assert Outlines().of(tx, [("1", digest(body))]) == {}


def test_no_more_are_kept_than_asked_for_and_all_are_told(memory: MemoryStore) -> None:
    province(memory)
    outlines = Outlines(most=2)

    assert all(one.name for one in look(memory, NIGHT, outlines=outlines).values())
    assert outlines.size == 2


def test_warming_stops_when_the_server_does(memory: MemoryStore) -> None:
    province(memory)
    outlines = Outlines()

    warm(memory, outlines, is_stopping=lambda: True)

    assert outlines.size == 0


def test_paths_of_many_are_those_of_each(memory: MemoryStore) -> None:
    province(memory)
    outlines = Outlines()
    warm(memory, outlines)
    parents = {PROVINCE: None, OTHER: "3308", **dict.fromkeys(TOWNS, COUNTY), VILLAGE: TOWNS[0]}

    with memory.reading() as tx:
        one_by_one = {code: path_of(tx, code) for code in parents}
        assert {code: path_of(tx, code, outlines) for code in parents} == one_by_one
        assert path_of(tx, "110101", outlines) == ("110101", "1101", "11")
    assert paths(parents) == one_by_one
    assert one_by_one[VILLAGE] == (VILLAGE, TOWNS[0], COUNTY, "3309", PROVINCE)


def test_plans_that_name_each_other_as_superiors_end_somewhere(memory: MemoryStore) -> None:
    circle = {"1": "2", "2": "3", "3": "1", "4": "2", "5": "5"}
    for code, parent in circle.items():
        adopted(memory, f"{code}00", f"{parent}00")

    found = look(memory, NIGHT)

    assert paths(circle)["4"] == ("4", "2", "3", "1")
    assert {*found} == {"100", "200", "300", "400", "500"}
    with memory.reading() as tx:
        assert path_of(tx, "500") == ("500",)


def test_a_call_out_that_is_not_there_gave_nobody_up(memory: MemoryStore) -> None:
    begin(memory)
    append(memory, BAISHI.jurisdiction.code, event="e")
    with memory.reading() as tx:
        assert tx.given_up([Asked(BAISHI.jurisdiction.code, "callout-9", NIGHT, NIGHT)]) == {}
