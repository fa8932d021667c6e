"""A month of a plan in seconds: the same code on a clock that jumps from one thing to the next.

A script says who does what and when. Reports are filed as `Punctuality` says, unless the script files them
itself. Workers may be away for a while (an outage), be killed before they commit, and be several. At the end
every promised time is accounted for and the journal is verified.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, cast

from msgspec import Struct
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.decision import outline
from incident.domain.errors import Conflict, RequestError
from incident.domain.facts import RequestRefused
from incident.domain.filing import Filing
from incident.domain.names import key_of
from incident.domain.playbook import Playbook
from incident.domain.problem import Mark
from incident.domain.request import Request, Value, Verb, find_authority, find_event, read_fields
from incident.domain.timer import Timer
from incident.service import proposals, queries, verify
from incident.service.account import Account, account
from incident.service.adopt import adopt
from incident.service.filing import Contents, file
from incident.service.handle import Outcome, handle
from incident.service.history import Line, history
from incident.service.ports import Store, Writing
from incident.service.tick import sweep
from incident.service.who import Origin, Who
from incident.testing.given import FakeClock, fixed_chance

_WHO = Who(by="rehearsal")
#: Who approves what needs two persons.
_ANOTHER = Who(actor="os", by="another", os_user="another")
#: How often a node that is killed is one that was about to commit: one in so many.
_ONE_IN = 5


class Act(Struct, frozen=True, kw_only=True):
    """Something that somebody does in a rehearsal."""

    #: Seconds since 1970 UTC.
    at: int
    do: Literal["activate", "stand_down", "signal", "file"]
    #: The event; of a filing, who files.
    what: str
    values: dict[str, Value] = {}
    #: Of a filing: the form, the time it was due, and whether there is nothing to report.
    form: str | None = None
    due: int | None = None
    zero: bool = False
    #: Who decides, if not the first of those who may.
    decided_by: str | None = None
    #: Where a script of somebody's says so.
    mark: Mark | None = None


class Punctuality(NamedTuple):
    """How reports come in that the script does not file: before their time, and every so many one late."""

    before: int = 600
    late_every: int = 23
    late: int = 95 * 60


PUNCTUAL = Punctuality()


class Outage(NamedTuple):
    """No worker runs from an instant to before another."""

    since: int
    until: int


class Undone(NamedTuple):
    """An act that was not carried out, and why: what the plan refused, or what could not be understood."""

    act: Act
    why: RequestRefused | RequestError | Conflict


class Rehearsed(Struct, frozen=True, kw_only=True):
    """What came of it."""

    code: str
    playbook: Playbook
    lines: list[Line]
    account: Account
    entries: int
    #: Times a worker was killed before it could commit.
    kills: int
    #: Acts that were not carried out, in order.
    undone: list[Undone]


def rehearse(
    store: Store,
    playbook: Playbook,
    script: Sequence[Act],
    *,
    since: int,
    until: int,
    punctuality: Punctuality | None = PUNCTUAL,
    outage: Outage | None = None,
    nodes: int = 1,
    kill: bool = False,
) -> Rehearsed:
    """Rehearse a plan from its adoption at `since` to `until`. The store must be empty."""
    stage = _Stage(store, playbook, since, until, punctuality, outage, nodes, kill=kill)
    stage.play(script)
    code = playbook.jurisdiction.code
    with store.reading() as tx:
        at = stage.clock()
        verified = verify.verify(tx, code)
        return Rehearsed(
            code=code,
            playbook=playbook,
            lines=list(history(tx, code)),
            account=account(tx, code, since=since, until=until, at=at),
            entries=verified.entries,
            kills=stage.kills,
            undone=stage.undone,
        )


class _Killed(BaseException):
    """A worker was killed before it could commit; nothing catches that."""


class _Stage:
    """One rehearsal under way."""

    def __init__(
        self,
        store: Store,
        playbook: Playbook,
        since: int,
        until: int,
        punctuality: Punctuality | None,
        outage: Outage | None,
        nodes: int,
        *,
        kill: bool,
    ) -> None:
        self.store, self.playbook, self.code = store, playbook, playbook.jurisdiction.code
        self.until, self.punctuality, self.outage = until, punctuality, outage
        self.nodes = [f"node-{n + 1}" for n in range(nodes)]
        self.clock = FakeClock(clock.stamp(since))
        self.dice = random.Random(self.code) if kill else None  # noqa: S311 - a rehearsal is to be repeatable
        self.acts: list[Act] = []
        self.planned: set[tuple[int, int]] = set()
        self.done = self.kills = self.filed = 0
        self.undone: list[Undone] = []
        adopt(store, playbook, _WHO, now=self.clock, chance=fixed_chance)

    def play(self, script: Iterable[Act]) -> None:
        self.acts = sorted(script, key=lambda act: act.at)
        while True:
            self._plan_filings()
            wake, act = self._wake(), self.acts[0] if self.acts else None
            if wake is not None and wake <= self.until and (act is None or wake <= act.at):
                self.clock.reach(wake)
                self._sweep()
            elif act is not None and act.at <= self.until:
                self.clock.reach(act.at)
                self._do(self.acts.pop(0))
            else:
                break
        self.clock.reach(self.until)
        self._sweep()

    def _wake(self) -> int | None:
        """Give when a worker next has something to do; during an outage it is when that is over."""
        with self.store.reading() as tx:
            wake = tx.next_wake()
        if wake is not None and self.outage is not None and self.outage.since <= wake < self.outage.until:
            return self.outage.until
        return wake

    def _sweep(self) -> None:
        """Let each node carry out what is due; one that is killed leaves it to the next."""
        self.done += 1
        turn = self.done % len(self.nodes)
        for node in self.nodes[turn:] + self.nodes[:turn]:
            try:
                sweep(self._mortal(), now=self.clock, node=node)
            except _Killed:
                self.kills += 1
        sweep(self.store, now=self.clock, node=self.nodes[0])

    def _mortal(self) -> Store:
        return self.store if self.dice is None else _MortalStore(self.store, self.dice)

    def _plan_filings(self) -> None:
        """Plan a filing for each report that is newly asked for."""
        if self.punctuality is None:
            return
        with self.store.reading() as tx:
            timers = [one for one in tx.open_timers(self.code) if one.what == "deadline"]
        fresh = [one for one in timers if (one.seq, one.n) not in self.planned]
        if fresh:
            self.planned |= {(one.seq, one.n) for one in fresh}
            self.acts = sorted([*self.acts, *map(self._filing, fresh)], key=lambda act: act.at)

    def _filing(self, timer: Timer) -> Act:
        assert self.punctuality is not None, "filings are planned"
        self.filed += 1
        is_late = self.filed % self.punctuality.late_every == 0
        at = timer.due + (self.punctuality.late if is_late else -self.punctuality.before)
        return Act(
            at=max(self.clock(), at),
            do="file",
            what=key_of(self.playbook, timer.of) or timer.of,
            form=timer.key,
            due=timer.due,
            zero=self.filed % 2 == 0,
        )

    def _do(self, act: Act) -> None:
        why: RequestRefused | RequestError | Conflict | None = None
        try:
            if act.do == "file":
                self._file(act)
            else:
                why = self._ask(act.do, act)
        except (RequestError, Conflict) as error:
            why = error
        # what was planned here may have been filed by the script
        if why is not None and act.due is None:
            self.undone.append(Undone(act, why))

    def _file(self, act: Act) -> None:
        file(
            self.store,
            self.code,
            Filing(sender=act.what, form=act.form, zero=act.zero, due=act.due),
            Contents(text="rehearsal"),
            origin=self._origin(),
            now=self.clock,
            chance=fixed_chance,
        )

    def _ask(self, verb: Verb, act: Act) -> RequestRefused | None:
        event = find_event(self.playbook, act.what)
        values = read_fields(self.playbook.events[event], act.values)
        with self.store.reading() as tx:
            situation = queries.present(tx, self.code)[0]
        plan = outline(self.playbook, situation, event, values)
        deciders = plan.who_may_decide if plan is not None else ()
        decider = act.decided_by or next(iter(deciders), None)
        origin = self._origin()
        request = Request(
            verb=verb,
            event=event,
            fields=values,
            source=origin.source,
            id=origin.id,
            authority=None if decider is None else find_authority(self.playbook, decider),
            decided_by=decider,
            basis="rehearsal",
            reason="rehearsal",
            by=_WHO.by,
        )
        if plan is not None and self.playbook.transitions[plan.step].approval:
            return self._ask_of_two(request)
        return _refused(handle(self.store, self.code, request, now=self.clock, chance=fixed_chance))

    def _ask_of_two(self, request: Request) -> RequestRefused | None:
        """Let one person propose a step, and another approve it at once."""
        request = replace(request, actor="os", os_user=_WHO.by)
        made = proposals.propose(self.store, self.code, request, now=self.clock, chance=fixed_chance)
        origin = self._origin()._replace(who=_ANOTHER)
        return _refused(made) or _refused(
            proposals.approve(
                self.store, self.code, made.entry.seq, origin=origin, now=self.clock, chance=fixed_chance
            )
        )

    def _origin(self) -> Origin:
        self.done += 1
        return Origin(_WHO, "rehearsal", str(self.done))


def _refused(outcome: Outcome) -> RequestRefused | None:
    return next((fact for fact in outcome.entry.facts if isinstance(fact, RequestRefused)), None)


class _MortalStore:
    """A store whose user is killed now and then, before it can commit."""

    def __init__(self, store: Store, dice: random.Random) -> None:
        self._store, self._dice = store, dice
        self.reading = store.reading
        self.version = store.version
        self.writing = store.writing
        self.left_out = store.left_out

    @contextmanager
    def claiming(self, codes: Sequence[str]) -> Iterator[Writing]:
        with self._store.claiming(codes) as tx:
            yield cast("Writing", _Mortal(tx, self._dice))


class _Mortal:
    """Its transaction."""

    def __init__(self, tx: Writing, dice: random.Random) -> None:
        self._tx, self._dice = tx, dice

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def commit(self) -> None:
        if self._dice.randrange(_ONE_IN) == 0:
            raise _Killed
        self._tx.commit()
