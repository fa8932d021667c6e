"""One look at all: what a board says of a jurisdiction is what the pages of that one say."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from incident.domain.identity import SignedIn, Token
from incident.domain.permission import Grant
from incident.domain.playbook import digest
from incident.service.glance import Glance, worst_first
from incident.service.outlines import Outlines, warm
from incident.service.overview import look as look_at_all
from incident.service.overview import within_reach
from incident.service.paths import path_of, paths
from incident.service.ports import Signed
from incident.service.survey import Asked
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from incident.testing.samples import append
from tests.playbooks import BAISHI, HOUR, NIGHT
from tests.service.province import COUNTY, OTHER, PROVINCE, TOWNS, VILLAGE, adopted, damage, look, province
from tests.service.story import activate, begin, tell

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
