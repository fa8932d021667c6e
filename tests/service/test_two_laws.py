"""Whatever is pressed, by whom, in whichever order: one takes no step of two, unless it is said aloud."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Any, Final, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain import approving
from incident.domain.approving import GLASS, PROPOSAL
from incident.domain.errors import IncidentError
from incident.domain.facts import ItemEnded, ItemStarted, StateEntered
from incident.domain.journal import Entry
from incident.service import proposals, queries
from incident.service.adopt import adopt
from incident.service.opened import read_entry
from incident.service.tick import sweep
from incident.service.who import Who
from incident.testing import MemoryStore, fixed_chance
from tests.playbooks import CODE, HOUR, NIGHT
from tests.service.proposing import begun, must_hold
from tests.two import (
    DEPUTY,
    DISGUISED,
    OFFICER,
    OTHER,
    RENAMED,
    SIGNED,
    STEPS,
    STRANGER,
    approve,
    case,
    of_two,
    press,
    propose,
    reject,
    review,
)

#: Who really sits there. Wang has a terminal, another name, and an account under two names.
CAST: Final[list[tuple[str, Who]]] = [
    *(("wang", who) for who in (OFFICER, DISGUISED, SIGNED, RENAMED)),
    *(("li", who) for who in (DEPUTY, OTHER)),
    ("zhao", STRANGER),
    ("nobody", Who()),
]
BUTTONS: Final = ("activate", "stand_down", *("signal",) * 3)
#: Events of each state: mostly some that are possible there, and first those that need two.
EVENTS: Final = {
    "routine": ("positive", "positive", "ordered", "lifted"),
    "raised": ("positive", "lifted", "ordered", "lifted"),
    "emergency": ("lifted", "lifted", "ruled_out", "positive"),
}


class Pressed(NamedTuple):
    """One act of somebody."""

    doing: str
    by: int
    #: Which of the events of the state.
    event: int
    verb: str
    #: Which of those that wait is approved, rejected or reviewed, if that many do.
    which: int
    minutes: int


DOINGS: Final = (
    *("press", "glass", "reject", "review", "review", "adopt"),
    *("propose", "approve") * 3,
)


def drawn(random: Random) -> Pressed:
    """Draw an act; mostly one that can go on with what stands."""
    return Pressed(
        doing=random.choice(DOINGS),
        by=random.choice([0, 0, 1, 4, 4, *range(len(CAST))]),
        event=random.randrange(4),
        verb=random.choice(BUTTONS),
        which=random.choice([0, 0, 0, 1, 2]),
        minutes=random.choice([*(0,) * 9, 1, 30, 121]),
    )


class Town:
    """Baishi, and who was truly at the keyboard of each entry."""

    def __init__(self) -> None:
        self.store = begun(MemoryStore())
        self.at = NIGHT
        self.bodies: dict[int, str] = {}

    def do(self, act: Pressed) -> None:
        """Press; whatever is refused is refused."""
        self.at += 60 * act.minutes
        body, who = CAST[act.by]
        before = self.size
        with suppress(IncidentError):
            self._do(act, who)
        self.bodies |= dict.fromkeys(range(before, self.size), body)

    def _do(self, act: Pressed, who: Who) -> None:
        now, event = (lambda: self.at), EVENTS[self.state][act.event]
        match act.doing:
            case "press" | "glass":
                press(self.store, case(who, event, verb=act.verb, break_glass=act.doing == "glass"), now)
            case "propose":
                propose(self.store, who, EVENTS[self.state][act.event % 3], now=now)
            case "approve":
                approve(self.store, self.waiting(PROPOSAL, act.which), who, now=now)
            case "reject":
                reject(self.store, self.waiting(PROPOSAL, act.which), who, now=now)
            case "review":
                review(self.store, self.waiting(GLASS, act.which), who, now=now)
            case _:
                term = f"{act.which + 1}h"
                adopt(self.store, of_two(approval_term=term), who, now=now, chance=fixed_chance)

    def waiting(self, kind: str, which: int) -> int:
        """Give one of those that wait for a second person; the newest entry, where not so many do."""
        with self.store.reading() as tx:
            found = [approving.entry_of(key) for of, key in sorted(tx.standing(CODE)) if of == kind]
        return found[which] if which < len(found) else self.size - 1

    @property
    def state(self) -> str:
        with self.store.reading() as tx:
            return queries.present(tx, CODE)[0].state

    @property
    def size(self) -> int:
        with self.store.reading() as tx:
            return sum(1 for _ in tx.entries(CODE))

    def entries(self) -> list[Entry]:
        with self.store.reading() as tx:
            return [read_entry(CODE, one) for one in tx.entries(CODE)]


def of(entry: Entry, kind: type[Any], item: str) -> list[Any]:
    return [fact for fact in entry.facts if isinstance(fact, kind) and getattr(fact, "kind", item) == item]


@settings(max_examples=20)
@given(seed=st.integers(0, 10**9))
def test_no_one_person_takes_a_step_of_two_in_silence(seed: int) -> None:
    town, random = Town(), Random(seed)
    for _ in range(40):
        town.do(drawn(random))
    entries = town.entries()
    for entry in entries:
        if entry.step in STEPS and of(entry, StateEntered, ""):
            (alone,) = of(entry, ItemStarted, GLASS) or [None]
            if alone is None:
                by = approving.entry_of(entry.proposal or "")
                assert {town.bodies[by], town.bodies[entry.seq]} <= {"wang", "li", "zhao"}
                assert town.bodies[by] != town.bodies[entry.seq]
                assert entries[by].verb == "propose"
        for ended in of(entry, ItemEnded, GLASS):
            assert town.bodies[approving.entry_of(ended.key)] != town.bodies[entry.seq]
    _nothing_is_forgotten(town, entries)


def _nothing_is_forgotten(town: Town, entries: list[Entry]) -> None:
    """What began to wait for a second person ended once, or waits still; no proposal outlives its state."""
    facts = [fact for entry in entries for kind in approving.KINDS for fact in of(entry, ItemStarted, kind)]
    ended = [fact.key for entry in entries for kind in approving.KINDS for fact in of(entry, ItemEnded, kind)]
    with town.store.reading() as tx:
        waiting = [key for kind, key in tx.standing(CODE) if kind in approving.KINDS]
        open_now = proposals.open_proposals(tx, CODE)
        epoch = max([one.seq for one in entries if of(one, StateEntered, "")], default=0)
    assert sorted([*ended, *waiting]) == sorted(fact.key for fact in facts)
    assert all(one.seq > epoch for one in open_now)
    sweep(town.store, now=lambda: town.at + 9 * HOUR, node="n1")
    with town.store.reading() as tx:
        assert not [key for kind, key in tx.standing(CODE) if kind == PROPOSAL]
    must_hold(town.store)
