"""Strategies for what can stand: single items, postures, and states that choose from a small pool.

Single items may be unsound, for words must be found for anything that was ever recorded. What the pool has is
sound, for random plans are made of it (`strategies.py`).
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain import playbook
from incident.domain.effects import SUPERIOR
from incident.domain.organisation import Duty
from incident.domain.playbook import (
    Measure,
    Obligation,
    Roster,
    StandingBody,
    StandingGroup,
    State,
    StepDown,
    Tier,
)
from incident.domain.posture import KINDS, Posture, Standing
from incident.domain.schedule import is_filing
from tests.playbooks import text

BODIES = ("command", "staff", "county")
GROUPS = ("alpha", "beta", "gamma")
EVENTS = ("rain", "flood", "ebb")
WORDS = st.sampled_from([text("甲", "one"), text("乙 二", "two, too"), text("“丙”", "3rd 'quoted'")])
CLAUSES = st.none() | st.sampled_from(["一", "一(八)3", "preamble"])
REFS = st.sampled_from([*BODIES, *GROUPS, playbook.EACH_GROUP, "领导", "县里"])
REFS_TOLD = st.lists(REFS | st.just(SUPERIOR), unique=True, min_size=1, max_size=2)
TIMES = st.sampled_from(["00:00", "02:30", "15:30"])
ITEM: dict[str, Any] = {"source": CLAUSES, "note": st.none() | WORDS}


def _with_project(items: st.SearchStrategy[Any], *names: str) -> st.SearchStrategy[Any]:
    projects = st.lists(st.sampled_from(names), unique=True, max_size=2)
    return st.builds(lambda item, project: replace(item, project=project), items, projects)


def standing_items() -> dict[str, st.SearchStrategy[Standing]]:
    """Strategies for what can stand, by the map of a state that lists it."""
    groups = st.builds(
        StandingGroup,
        acts_as=st.none() | WORDS,
        under=st.none() | st.sampled_from(BODIES),
        duties=st.lists(st.builds(Duty, text=WORDS), max_size=2),
        led_by=st.lists(st.sampled_from(["派出所", "卫生院"]), max_size=2),
        reinforced=st.booleans(),
        co_located=st.booleans(),
        place=st.none() | WORDS,
        **ITEM,
    )
    rosters = st.builds(
        Roster,
        name=WORDS,
        of=REFS,
        pattern=st.sampled_from(["24h", "12h", "8h"]),
        handover=st.none() | TIMES,
        place=st.none() | WORDS,
        **ITEM,
    )
    return {
        "bodies": _with_project(st.builds(StandingBody, place=st.none() | WORDS, **ITEM), "place"),
        "groups": _with_project(groups, "acts_as", "under", "place"),
        "rosters": _with_project(rosters, "of", "pattern", "handover"),
        "obligations": _with_project(obligations(), "from", "to", "every", "at"),
        "measures": st.builds(Measure, name=WORDS, **ITEM),
        "clocks": _with_project(clocks(), "days", "reset_by", "proposes"),
    }


def obligations() -> st.SearchStrategy[Obligation]:
    """Strategies for duties with every kind of schedule the language has."""
    urgencies = ["at_once", "promptly", "simultaneous", "any_time", "as_needed", "regular", "continuous"]
    schedules: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.fixed_dictionaries(
            {"every": st.sampled_from(["day", "4h", "2d"])}, optional={"at": st.lists(TIMES, max_size=2)}
        ),
        st.fixed_dictionaries({"every": st.just("day"), "times_a_day": st.integers(1, 4)}),
        st.fixed_dictionaries(
            {"within": st.sampled_from(["30m", "2h"]), "of": st.sampled_from(["entry", "receipt"])}
        ),
        st.fixed_dictionaries(
            {
                "within": st.sampled_from(["30m", "2h"]),
                "of": st.just("receipt"),
                "on": st.lists(st.sampled_from([*EVENTS, "elsewhere"]), unique=True, max_size=2),
            }
        ),
        st.fixed_dictionaries(
            {
                "within": st.just("2h"),
                "of": st.just("receipt"),
                "after": st.sampled_from(["o1", "o2", "elsewhere"]),
            }
        ),
        st.fixed_dictionaries({"after": st.sampled_from(["o1", "o2", "elsewhere"])}),
        st.fixed_dictionaries({"urgency": st.sampled_from(urgencies)}),
        st.fixed_dictionaries({"times_a_day": st.integers(1, 4)}),
    )
    return st.builds(
        lambda schedule, **rest: Obligation(**schedule, **rest),
        schedules,
        name=WORDS,
        senders=st.lists(REFS, unique=True, max_size=2),
        receivers=st.lists(REFS, unique=True, max_size=2),
        zero_report=st.booleans(),
        kind=st.sampled_from(["report", "report", "notice", "meeting", "check"]),
        grace=st.none() | st.sampled_from(["10m", "1h"]),
        remind=st.none() | st.sampled_from(["10m", "30m"]),
        escalate=st.lists(st.builds(Tier, after=st.sampled_from(["2h", "1d"]), to=REFS_TOLD), max_size=2),
        **ITEM,
    )


def clocks() -> st.SearchStrategy[StepDown]:
    """Strategies for clocks that propose to step down, sound or not."""
    return st.builds(
        StepDown,
        name=WORDS,
        days=st.integers(1, 3),
        starts=st.sampled_from(["day_after", "same_day"]),
        reset_by=st.lists(st.sampled_from([*EVENTS, "elsewhere"]), unique=True, max_size=2),
        when=st.just({}) | st.just({"origin": "sea"}),
        reports_in=st.booleans(),
        gates=st.lists(st.sampled_from([*EVENTS, "elsewhere"]), unique=True, max_size=2),
        feed=st.none() | st.sampled_from(["o1", "o2", "elsewhere"]),
        proposes=st.sampled_from(["home", "step0", "elsewhere"]),
        **ITEM,
    )


ITEMS = standing_items()
_KEYS = {
    "bodies": BODIES,
    "groups": GROUPS,
    "rosters": ("r1", "r2"),
    "obligations": ("o1", "o2"),
    "measures": ("m1",),
    "clocks": ("c1",),
}


def postures() -> st.SearchStrategy[Posture]:
    """Anything that could stand, item by item."""
    items = [
        st.tuples(st.just(kind), st.sampled_from(_KEYS[of]), ITEMS[of]) for kind, (of, _) in KINDS.items()
    ]
    held = st.lists(st.one_of(items), max_size=6)
    return held.map(lambda some: {(kind, key): item for kind, key, item in some})


#: What a state of a random plan chooses from: few forms of each item, so that two states often agree.
POOL: dict[str, list[Any]] = {
    "bodies": [
        StandingBody(source="一"),
        StandingBody(place=text("大厅", "hall"), source="二"),
        StandingBody(),
    ],
    "groups": [
        StandingGroup(acts_as=acting, source=source, duties=duties)
        for acting in (None, text("专班组", "task-force group"))
        for source in (None, "三", "三(二)")
        for duties in ([], [Duty(text=text("值守", "keep watch"))])
    ],
    "rosters": [
        Roster(name=text("值班", "watch"), of=of, pattern=pattern, source="四")
        for of in ("alpha", "command")
        for pattern in ("24h", "8h")
    ],
    "obligations": [
        Obligation(name=text("报告", "report"), senders=senders, every=every, at=at, source="五")
        for senders in ([], ["command"], ["alpha", "staff"])
        for every, at in (("day", ["15:30"]), ("day", []), ("4h", []))
    ]
    + [
        Obligation(
            name=text("报告", "report"),
            senders=["command", playbook.EACH_GROUP],
            every="4h",
            grace="10m",
            remind="30m",
            escalate=[Tier(after="30m", to=["command"]), Tier(after="2h", to=[SUPERIOR])],
        ),
        Obligation(name=text("首报", "first"), senders=["alpha"], within="2h", of="receipt", on=["rain"]),
        Obligation(
            name=text("例会", "meeting"), kind="meeting", senders=["staff"], every="day", at=["09:00"]
        ),
    ],
    "measures": [
        Measure(name=text("停课", "no school"), source="六"),
        Measure(name=text("停课停工", "no school, no work")),
    ],
    "clocks": [
        StepDown(name=text("解除提议", "step-down"), days=days, reset_by=["rain"], feed=feed, proposes="home")
        for days, feed in ((1, None), (1, "o1"), (2, "o2"))
    ]
    + [
        StepDown(
            name=text("解除提议", "step-down"),
            days=1,
            reset_by=["rain"],
            when={"origin": "sea"},
            reports_in=True,
            gates=["flood"],
            proposes="home",
        )
    ],
}


def _chosen(of: str) -> st.SearchStrategy[dict[str, Any]]:
    keys = _KEYS[of]
    choices = st.lists(st.none() | st.sampled_from(POOL[of]), min_size=len(keys), max_size=len(keys))
    return choices.map(
        lambda chosen: {key: item for key, item in zip(keys, chosen, strict=True) if item is not None}
    )


def states() -> st.SearchStrategy[State]:
    """A state in which anything of the pool may stand."""
    return st.builds(State, name=WORDS, **{of: _chosen(of) for of in _KEYS}).map(_with_sound_clocks)


def _with_sound_clocks(state: State) -> State:
    """Let a clock watch a report only where that stands and is one."""
    filed = [key for key, owed in state.obligations.items() if is_filing(owed)]
    clocks = {key: one if one.feed in filed else replace(one, feed=None) for key, one in state.clocks.items()}
    return replace(state, clocks=clocks)
