"""Notes in Majian's emergency, where several rosters are on duty: whose they are, and what reading costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from incident.domain.errors import Moved
from incident.domain.facts import LogNoted
from incident.domain.journal import Entry
from incident.domain.say import say
from incident.service import log, opened, queries
from incident.service.handle import Outcome
from incident.service.ports import Stored
from incident.testing.given import fixed_chance
from tests.service.office import Office, row

WATCH, TRACING = "watch", "regional_cocheck_watch"


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    story.take_in(*(row("全体机关干部", f"H{n}", name=f"甲{n}", since="2026-01-01") for n in range(1, 5)))
    story.take_in(*(row("综合信息指挥室", f"T{n}", name=f"乙{n}", since="2026-01-01") for n in range(1, 3)))
    story.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    yield story
    story.expect_account()
    story.dump()


def note(office: Office, said: str, roster: str | None = None, at: str | None = None) -> LogNoted:
    when = None if at is None else office.at(at)
    one = log.Note("note", said, at=when, roster=roster)
    outcome = log.add(
        office.store, office.code, one, origin=office.origin(), now=office.clock, chance=fixed_chance
    )
    (fact,) = outcome.entry.facts
    assert isinstance(fact, LogNoted)
    return fact


def noted(office: Office, roster: str, at: str | None = None) -> list[str]:
    """Give the words on a sheet, of now or of another time."""
    with office.store.reading() as tx:
        sheet = log.sheet(tx, office.code, office.clock() if at is None else office.at(at), roster)
    return [one.disclosed["data.said"] for one in sheet.lines if isinstance(one.fact, LogNoted)]


def test_a_note_without_a_roster_belongs_to_every_shift_on_duty(office: Office) -> None:
    office.after(minutes=10)
    fact = note(office, "大门已封")
    assert (fact.roster, fact.shift) == (None, None)
    note(office, "流调组已出发", TRACING)

    assert noted(office, WATCH) == ["大门已封"]
    assert noted(office, TRACING) == ["大门已封", "流调组已出发"]
    office.after(hours=6)
    drafts = {
        roster: [one.disclosed["data.said"] for one in office.note(roster).notes]
        for roster in (WATCH, TRACING)
    }
    assert drafts == {WATCH: ["大门已封"], TRACING: ["大门已封", "流调组已出发"]}
    assert noted(office, WATCH) == [], "the next shift has notes of its own"


def test_a_late_note_belongs_to_the_shifts_in_which_it_happened(office: Office) -> None:
    office.after(hours=6)
    note(office, "夜里停过电", at="2026-03-01 03:10")
    assert noted(office, WATCH) == noted(office, TRACING) == []
    for roster in (WATCH, TRACING):
        assert noted(office, roster, "2026-03-01 04:00") == ["夜里停过电"]


def test_where_one_roster_alone_is_on_duty_the_note_says_which(office: Office) -> None:
    office.stand_down()
    assert note(office, "归档").roster == WATCH


def test_a_sheet_is_read_from_the_entry_on_by_which_its_shift_began(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.after(days=3, hours=7)
    first = begun_at(office)
    for n in range(1, 4):  # assigned anew within the shift, thrice
        note(office, f"之{n}")
        on = office.who(WATCH)["officer.1"]
        office.cover(str(on), until="2026-03-05 12:00")
        office.after(minutes=20)
    sheets = {roster: lines(office, roster) for roster in (WATCH, TRACING)}
    assert noted(office, WATCH) == ["之1", "之2", "之3"]

    read: list[int] = []
    real = opened.read_entry

    def watched(code: str, one: Stored) -> Entry:
        read.append(one.seq)
        return real(code, one)

    monkeypatch.setattr(opened, "read_entry", watched)
    assert lines(office, WATCH) == sheets[WATCH]
    assert min(read) == first
    monkeypatch.setattr(log, "first_entry", lambda *_: 0)
    assert {roster: lines(office, roster) for roster in (WATCH, TRACING)} == sheets, "nothing is left out"


def begun_at(office: Office) -> int:
    """Give the entry that assigned the watch's present shift, which nobody has changed yet."""
    with office.store.reading() as tx:
        return min(one.seq for one in tx.newest_duties(office.code) if one.roster == WATCH)


def lines(office: Office, roster: str) -> list[tuple[int, int]]:
    with office.store.reading() as tx:
        return [(one.at, one.entry.seq) for one in log.sheet(tx, office.code, office.clock(), roster).lines]


def test_an_act_counts_for_the_version_that_was_looked_at_or_not_at_all(office: Office) -> None:
    with office.store.reading() as tx:
        version = queries.present(tx, office.code)[0].version

    def add(said: str, version: int) -> Outcome:
        origin = office.origin()._replace(id=said, version=version)
        one = log.Note("note", said)
        return log.add(office.store, office.code, one, origin=origin, now=office.clock, chance=fixed_chance)

    first = add("first", version)
    with pytest.raises(Moved) as caught:
        add("second", version)
    assert caught.value.expected == say("version {n}", n=version)
    # what was done before is answered, whatever came since
    assert add("first", version) == replace(first, repeated=True)
