"""Promised times follow from facts alone: laws over random plans and what people do with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain import clock, schedule
from incident.domain.agenda import Agenda
from incident.domain.facts import (
    ActivationConfirmed,
    AnyFact,
    EventNoted,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    PlannedEndMoved,
    PlaybookAdopted,
    RequestRefused,
    StateEntered,
    TimerEnded,
)
from incident.domain.firing import Case, fire, hold
from incident.domain.journal import Came
from incident.domain.owing import senders, timing
from incident.domain.playbook import EACH_GROUP, Obligation, Playbook, Roster, Tier
from incident.domain.promised import Promise, promised
from incident.domain.situation import BrokenRecordError, Situation, Standing, evolve, stand
from incident.domain.timer import Directive, Timer, id_of, item_of
from tests.domain.life import Life, ask, begun, found
from tests.domain.strategies import Walk, step_on, walks, way_home
from tests.playbooks import DAY, HASH, HOUR, NIGHT, text

LAWS = settings(max_examples=40)
WALKED = ("deadline", "call", "handover")


class Story(NamedTuple):
    """A random plan, what people do hour by hour, who files meanwhile, and how long it goes on."""

    plan: Playbook
    steps: list[Walk]
    filing: list[str | None]
    days: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    plan, steps = draw(walks())
    filer = st.sampled_from([None, "alpha", "command", "staff"])
    filing = draw(st.lists(filer, min_size=len(steps), max_size=len(steps)))
    return Story(plan, steps, filing, draw(st.integers(0, 4)))


def live(story: Story, pass_time: Callable[[Life, int], None]) -> Iterable[tuple[Life, int]]:
    """Live a story, looking after each of its hours."""
    life, at = begun(story.plan), NIGHT
    for step, sender in zip(story.steps, story.filing, strict=True):
        at = step.now
        pass_time(life, at)
        ask(life, step)
        if sender is not None:
            life.catch_up(at)
            life.file(at, sender)
        yield life, at
    at += story.days * DAY + HOUR // 2
    pass_time(life, at)
    yield life, at


def promise(one: Timer) -> Promise:
    return Promise(one.what, one.key, one.of, one.due)


def by_series(found: Iterable[Promise]) -> Mapping[tuple[str, str, str], list[int]]:
    series = defaultdict[tuple[str, str, str], list[int]](list)
    for one in sorted(found):
        series[one[:3]].append(one.due)
    return dict(series)


@LAWS
@given(stories())
def test_what_is_open_is_what_the_schedules_promise_next(story: Story) -> None:
    """Walked anew from the journal, without a look at any timer."""
    for life, at in live(story, Life.tick):
        ended = Counter(promise(one) for one in life.rows.values() if one.end is not None)
        left = by_series((Counter(promised(life.entries, at + 9 * DAY)) - ended).elements())
        found = by_series(promise(one) for one in life.open if one.what in WALKED)
        assert found.keys() == left.keys()
        assert {key: left[key][: len(dues)] for key, dues in found.items()} == found


@LAWS
@given(stories())
def test_every_promised_time_has_one_row_and_one_end(story: Story) -> None:
    """That a row that ended is let be, `Life.put` asserts at each entry."""
    for life, at in live(story, Life.tick):
        life.catch_up(at)
        rows = Counter(promise(one) for one in life.rows.values() if one.what in WALKED and one.due <= at)
        assert rows == Counter(promised(life.entries, at + 1))
        facts = [fact for entry in life.entries for fact in entry.facts if isinstance(fact, TimerEnded)]
        ended = [one for one in life.rows.values() if one.end not in (None, "cancelled")]
        assert len(facts) == len(ended)
        assert {(one.seq, one.n) for one in life.open} == {
            place for place, one in life.rows.items() if one.end is None
        }


@LAWS
@given(stories())
def test_what_follows_step_by_step_follows_anew_from_the_journal(story: Story) -> None:
    *_, (life, _at) = live(story, Life.tick)
    anew, situation, standing = Agenda(), None, Standing()
    for entry in life.entries:
        before, situation = situation, evolve(situation, life.code, clock.read_stamp(entry.at), entry.facts)
        stand(standing, entry.seq, entry.facts)
        anew.follow(entry, before, situation, standing)

    assert anew.open == life.agenda.open
    assert {(one.seq, one.n): one for one in anew.settled()} == life.rows
    assert anew.closings == life.closings


@LAWS
@given(stories())
def test_catching_up_in_one_go_ends_what_ticking_through_ends(story: Story) -> None:
    *_, (ticked, _) = live(story, Life.tick)
    *_, (caught_up, _) = live(story, Life.catch_up)

    def came(life: Life) -> Counter[Promise]:
        return Counter(promise(one) for one in life.rows.values() if one.what in WALKED and one.end)

    assert came(caught_up) == came(ticked)
    for what in (*WALKED, "reminder", "planned_end", "confirmation"):
        left = [{promise(one) for one in life.open if one.what == what} for life in (caught_up, ticked)]
        assert left[0] == left[1], what


@LAWS
@given(stories())
def test_nothing_stays_open_of_what_stands_no_longer(story: Story) -> None:
    for life, _at in live(story, Life.tick):
        assert life.situation is not None
        for one in life.open:
            item = item_of(one)
            if item is None:
                assert one.key == life.situation.state
                continue
            stood = life.standing[item]
            if item[0] == "obligation" and stood.since <= one.opened:
                assert one.of in senders(msgspec.convert(stood.item, Obligation), life.standing)


@LAWS
@given(stories())
def test_what_goes_with_another_time_goes_with_one_that_is_there(story: Story) -> None:
    for life, _at in live(story, Life.tick):
        assert life.situation is not None
        due = {(one.key, one.of, one.due) for one in life.open if one.what == "deadline"}
        missed = {(one.key, one.of, one.due) for one in life.rows.values() if one.result == "missed"}
        closed = {(one.key, one.of, one.due) for one in life.closings}
        about = {
            what: [one for one in life.open if one.what == what]
            for what in ("reminder", "escalation", "step_down")
        }
        assert {(one.key, one.of, one.about) for one in about["reminder"]} <= due - closed
        assert {(one.key, one.of, one.about) for one in about["escalation"]} <= missed - closed
        assert Counter(one.key for one in about["step_down"]).most_common(1)[:1] in (
            [],
            [(about["step_down"][0].key if about["step_down"] else "", 1)],
        )
        ends = {one.due for one in life.open if one.what == "planned_end"}
        assert ends <= {life.situation.planned_end}


@LAWS
@given(stories())
def test_standing_down_leaves_what_stood_before(story: Story) -> None:
    *_, (life, at) = live(story, Life.tick)
    assert life.situation is not None
    if life.situation.state != story.plan.initial:
        situation = replace(life.situation, jurisdiction=life.code)
        home = step_on(story.plan, situation, dict(life.standing), way_home(story.plan, situation), at + 60)
        life.tick(at + 60)
        ask(life, home)
    fresh = begun(story.plan)

    def recurring(of: Life) -> set[tuple[str, str, str]]:
        return {
            (one.what, one.key, one.of)
            for one in of.open
            if one.what == "handover"
            or (
                one.what in WALKED
                and schedule.recurs(msgspec.convert(of.standing["obligation", one.key].item, Obligation))
            )
        }

    assert recurring(life) == recurring(fresh)
    assert not [one for one in life.open if one.what in ("step_down", "confirmation")]


# -- by example

REPORT = Obligation(
    name=text("日报", "daily"),
    senders=[EACH_GROUP],
    every="day",
    at=["15:00"],
    grace="10m",
    escalate=[Tier(after="1h", to=["command"])],
)
GROUPS = [ItemStarted(kind="group", key=key, after={}) for key in ("alpha", "beta")]


def started(kind: str, key: str, item: Any) -> ItemStarted:
    return ItemStarted(kind=kind, key=key, after=msgspec.to_builtins(item))


def changed(kind: str, key: str, before: Any, after: Any) -> ItemChanged:
    return ItemChanged(
        kind=kind, key=key, before=msgspec.to_builtins(before), after=msgspec.to_builtins(after)
    )


def living(*facts: AnyFact) -> Life:
    life = Life()
    life.put(NIGHT, PlaybookAdopted(name="x", playbook=HASH, state="calm"), *facts)
    return life


def shown(life: Life, *whats: str) -> list[tuple[str, str, str]]:
    """Give (key, of, day and hour in China) of what is open."""
    return sorted(
        (one.key, one.of, f"{clock.local(one.due, 'Asia/Shanghai'):%d %H:%M}")
        for one in life.open
        if one.what in (whats or WALKED)
    )


def test_group_that_ends_takes_along_what_was_still_to_be_escalated() -> None:
    once = replace(REPORT, every=None, at=[], within="1h", of="entry", grace=None)
    life = living(*GROUPS, started("obligation", "report", once))
    life.tick(NIGHT + HOUR)
    assert [one[1] for one in shown(life, "escalation")] == ["alpha", "beta"]
    life.put(NIGHT + HOUR + 60, ItemEnded(kind="group", key="beta", before={}))
    assert [one[1] for one in shown(life, "escalation")] == ["alpha"]


def test_report_in_its_grace_is_still_missed_when_the_rhythm_changes() -> None:
    life = living(*GROUPS, started("obligation", "report", REPORT))
    at = NIGHT + 12 * HOUR + 25 * 60  # 15:05
    life.tick(at)
    life.put(at, changed("obligation", "report", REPORT, replace(REPORT, every="4h", at=[])))
    assert [when for _, of, when in shown(life) if of == "alpha"] == ["01 15:00", "01 19:05"]
    life.tick(at + HOUR)
    assert [when for _, of, when in shown(life) if of == "alpha"] == ["01 19:05"]


@pytest.mark.parametrize("what", ["handover", "step_down"])
def test_what_could_not_be_carried_out_before_a_change_does_not_go_on_after_it(what: str) -> None:
    """It failed, and somebody activated all the same: its series is replaced, and would come twice."""
    roster = Roster(name=text("值班", "watch"), of="command", pattern="24h")
    clocked = {"name": {"zh": "x", "en": "x"}, "days": 1, "reset_by": [], "proposes": "home"}
    kind, before, after = {
        "handover": ("roster", msgspec.to_builtins(roster), {**msgspec.to_builtins(roster), "pattern": "8h"}),
        "step_down": ("clock", clocked, {**clocked, "days": 2}),
    }[what]
    life = living(ItemStarted(kind=kind, key="k", after=before))
    at = NIGHT + 2 * DAY
    life.put(at, ItemChanged(kind=kind, key="k", before=before, after=after))
    old, new = sorted(life.open, key=lambda one: one.due)
    life.put(at + 60, *fire([old], Case(_sure(life), life.standing, {}, at + 60, found)))
    # the handover that came late is to be signed all the same
    assert [one for one in life.open if one.what != "signature"] == [new]


def _sure(life: Life) -> Situation:
    assert life.situation is not None
    return life.situation


def test_what_is_held_for_a_person_does_not_end_its_series() -> None:
    life = living(*GROUPS, started("obligation", "report", REPORT))
    life.put(NIGHT + DAY, hold(life.open[0], NIGHT + DAY, "fault"))
    assert sorted(of for _, of, _ in shown(life)) == ["alpha", "beta"]
    assert Counter(one.end for one in life.rows.values()) == {None: 2, "held": 1}


def test_planned_end_that_is_moved_leaves_one() -> None:
    entered = StateEntered(
        origin="calm",
        target="grave",
        since=clock.stamp(NIGHT),
        planned_end=clock.stamp(NIGHT + DAY),
        confirm_by=clock.stamp(NIGHT + HOUR),
    )
    life = living()
    life.put(NIGHT, entered)
    assert shown(life, "planned_end", "confirmation") == [
        ("grave", "", "01 03:40"),
        ("grave", "", "02 02:40"),
    ]
    life.put(NIGHT + 60, PlannedEndMoved(planned_end=clock.stamp(NIGHT + 2 * DAY)))
    life.put(NIGHT + 90, ActivationConfirmed(state="grave"))
    assert shown(life, "planned_end", "confirmation") == [("grave", "", "03 02:40")]
    assert [one.reason for one in life.rows.values() if one.end] == ["moved", "confirmed"]


def test_directive_is_due_once_and_ends_with_its_item() -> None:
    order = Directive(by="county", to="command", due=clock.stamp(NIGHT + HOUR), remind="10m")
    life = living(started("directive", "order", order))
    assert shown(life, "deadline", "reminder") == [
        ("order", "command", "01 03:30"),
        ("order", "command", "01 03:40"),
    ]
    life.put(NIGHT + 60, ItemEnded(kind="directive", key="order", before=msgspec.to_builtins(order)))
    assert life.open == []


def test_refused_request_starts_no_clock_that_counts_from_receipt() -> None:
    first = replace(REPORT, every=None, at=[], within="2h", of="receipt", on=["rain"])
    life = living(*GROUPS, started("obligation", "first", first))
    came = Came(id="1", source="test", type="rain", time=clock.stamp(NIGHT), data={})
    life.put(NIGHT, RequestRefused(rule="authority"), came=came, step="rise")
    assert life.open == []
    for _ in range(2):  # within one second
        life.put(NIGHT, EventNoted(event="rain"), came=came, step="rise")
    assert [of for _, of, _ in shown(life)] == ["alpha", "beta"]


def test_end_of_what_is_not_open_is_no_fact() -> None:
    life = living(started("obligation", "report", replace(REPORT, senders=["command"])))
    end = hold(life.open[0], NIGHT, "fault")
    for wrong in (
        replace(end, of="county"),
        replace(end, due=clock.stamp(NIGHT)),
        replace(end, about=clock.stamp(NIGHT)),
        replace(end, what="call"),
    ):
        with pytest.raises(BrokenRecordError, match="was not open"):
            life.put(NIGHT, wrong)


def test_what_only_says_an_item_otherwise_leaves_its_times() -> None:
    plain = msgspec.to_builtins(REPORT)
    assert timing("obligation", plain) == timing("obligation", {**plain, "to": ["county"], "source": "五"})
    life = living(*GROUPS, started("obligation", "report", REPORT))
    before = {id_of(one) for one in life.open}
    life.put(NIGHT + HOUR, changed("obligation", "report", REPORT, replace(REPORT, receivers=["county"])))
    assert {id_of(one) for one in life.open} == before
    assert {one.opened for one in life.open} == {1}
