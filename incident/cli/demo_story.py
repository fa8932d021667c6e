"""What has happened before somebody opens the demo, told by the acts themselves on a clock of the past.

    adopted 30 hours ago → a positive that was ruled out → a positive 6 hours ago: the task force stands,
    some have answered, reports are in and one is late → the county stands up, one town follows and reports
    late, another has not followed → a step of two persons, proposed → a street that waits for answers

Nothing is written past the services: the record of the demo is one like any other, and verifies.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Concatenate, Final, Literal, NamedTuple, ParamSpec

from incident.cli.demo_cast import COUNTY, SLOW, STREET, TOWN, TWO, logins, people, plans
from incident.cli.demo_logins import Login
from incident.domain import clock
from incident.domain.errors import RequestError
from incident.domain.facts import RequestRefused
from incident.domain.filing import Filing
from incident.domain.identity import signature
from incident.domain.names import key_of
from incident.domain.request import Press
from incident.domain.timer import Timer
from incident.language import _
from incident.playbook_text.directory import parse_sheet
from incident.service import calling, filing, log, proposals, queries
from incident.service.adopt import adopt
from incident.service.filing import Contents, Order
from incident.service.handle import handle
from incident.service.intake import Said, request_of
from incident.service.log import Note
from incident.service.people import import_rows
from incident.service.ports import Chance, Store
from incident.service.tick import sweep
from incident.service.who import Origin, Who

P = ParamSpec("P")

_HOUR: Final = 3600
#: How long before its end the story begins.
LENGTH: Final = 30 * _HOUR
#: How long before its time a report comes in.
_BEFORE: Final = 20 * 60
_SOURCE: Final = "demo"
_LEADERS: Final = "领导小组"
_COMMITTEE: Final = "standing_committee"
_BASIS: Final = "诸市防控〔2021〕4号"
#: The order of a province that the street and the county act on; made up.
_ORDER: Final = "湘示例〔2026〕1号"
#: Into the house, out of it.
Way = Literal["in", "out"]
_POSITIVE: Final = {"origin": "local", "result": "preliminary_positive"}


class Told:
    """The clock of the story, which its teller moves."""

    def __init__(self, at: int) -> None:
        """Begin at an instant."""
        self.at = at

    def __call__(self) -> int:
        """Give the present instant of the story."""
        return self.at


class Stage(NamedTuple):
    """Where the story is told."""

    store: Store
    chance: Chance
    now: Told
    #: Hands on messages and signs, as workers do all the time.
    work: Callable[[], object]
    #: Promised times of reports that came in, by jurisdiction, entry and number.
    filed: set[tuple[str, int, int]]


def tell(stage: Stage) -> None:
    """Tell the story from where its clock stands; it ends `LENGTH` later."""
    start, cast = stage.now.at, {one.role: one for one in logins()}
    for playbook in plans():
        adopt(stage.store, playbook, _who(cast["author"]), now=stage.now, chance=stage.chance)
    _employ(stage, cast["administrator"])
    for hours, do in _acts(cast["duty_officer"], cast["decider"], start):
        _pass(stage, start + int(hours * _HOUR))
        do(stage)
        stage.work()
    _pass(stage, start + LENGTH)
    stage.work()


def _at(
    hours: float, do: Callable[Concatenate[Stage, P], object], *given: P.args, **named: P.kwargs
) -> tuple[float, Callable[[Stage], object]]:
    """Say what is done so many hours from the start."""
    return hours, lambda stage: do(stage, *given, **named)


def _acts(officer: Login, decider: Login, start: int) -> list[tuple[float, Callable[[Stage], object]]]:
    """List what is done, and when."""
    household = _("Two preliminary positives in one household.")
    direct_by = start + LENGTH + 3 * _HOUR
    return [
        _at(1, _ask, TOWN, officer, "activate", _positive(1, _("a test of a returning traveller"))),
        _at(1.5, _file, officer, "first_report", _("One preliminary positive; a second test runs.")),
        _at(3.5, _ask, TOWN, officer, "stand_down", _ruled_out()),
        _at(23.7, _ask, TOWN, officer, "activate", _positive(2, _("two in one household"))),
        _at(23.9, _note, officer, "in", _("Laboratory: two positives in one household.")),
        _at(24, _answer, officer, "H1", ["command", "duty"]),
        _at(24.1, _answer, decider, "P1", ["general_coordination"]),
        _at(24.2, _answer, officer, "P9", ["regional_cocheck", "social_stability"]),
        _at(24.3, _answer, officer, "P10", ["transfer_isolation"]),
        _at(24.4, _answer, officer, "H10", ["sampling"]),
        _at(24.6, _file, officer, "first_report", household),
        _at(24.7, _ask, COUNTY, officer, "activate", _first_level(_COMMITTEE, _("two positives in Majian"))),
        _at(24.8, _all_answer, officer, COUNTY),
        _at(24.9, _ask, SLOW, officer, "activate", _positive(1, _("a contact of the two"))),
        _at(24.95, _all_answer, officer, SLOW),
        _at(25, _direct, decider, direct_by),
        _at(26.5, _note, officer, "out", _("Asked the village to open the school as a test site.")),
        _at(28.8, _note, officer, "in", _("Health centre: 312 samples are on their way.")),
        _at(29.2, _ask, TWO, officer, "propose", _positive(1, _("a test at the market"))),
        _at(29.9, _ask, STREET, officer, "activate", _first_level(_LEADERS, _("an order of the province"))),
    ]


# -- what people do


def _who(one: Login) -> Who:
    return Who(actor="authenticated", by=signature(one.name, one.login))


def _origin(stage: Stage, by: Login) -> Origin:
    """Say who acts; each act is another."""
    return Origin(_who(by), _SOURCE, stage.chance(8).hex())


def _employ(stage: Stage, by: Login) -> None:
    with stage.store.reading() as tx:
        zone = queries.present(tx, TOWN)[0].zone
    since = f"{clock.local(stage.now.at, zone):%Y-%m-%d}"
    name = "people.csv"
    sheet = parse_sheet(people(since).encode(), name)
    import_rows(stage.store, TOWN, sheet, origin=_origin(stage, by), now=stage.now, chance=stage.chance)


def _positive(cases: int, reason: str) -> Said:
    return Said(
        event="local_positive_reported",
        fields={**_POSITIVE, "cases": cases},
        decided_by=_LEADERS,
        basis=_BASIS,
        reason=reason,
    )


def _ruled_out() -> Said:
    return Said(event="positive_ruled_out", decided_by=_LEADERS, basis=_BASIS, reason=_("the second test"))


def _first_level(decided_by: str, reason: str) -> Said:
    return Said(event="first_level_response_declared", decided_by=decided_by, basis=_ORDER, reason=reason)


def _ask(stage: Stage, code: str, by: Login, verb: Press, said: Said) -> None:
    with stage.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
    asked = request_of(playbook, situation, verb, said, _origin(stage, by), now=stage.now.at)
    carry_out = proposals.propose if verb == "propose" else handle
    outcome = carry_out(stage.store, code, asked, now=stage.now, chance=stage.chance)
    refusals = [fact for fact in outcome.entry.facts if isinstance(fact, RequestRefused)]
    assert not refusals, refusals


def _file(stage: Stage, by: Login, form: str, words: str) -> None:
    filed = Filing(sender="duty", form=form)
    filing.file(
        stage.store,
        TOWN,
        filed,
        Contents(text=words),
        origin=_origin(stage, by),
        now=stage.now,
        chance=stage.chance,
    )


def _answer(stage: Stage, by: Login, sign: str | None, parties: list[str], code: str = TOWN) -> None:
    calling.acknowledge(
        stage.store,
        code,
        holder=sign,
        parties=parties,
        origin=_origin(stage, by),
        now=stage.now,
        chance=stage.chance,
    )


def _all_answer(stage: Stage, by: Login, code: str) -> None:
    """Note that all who were called out somewhere have answered."""
    with stage.store.reading() as tx:
        parties = [party for one in calling.open_callouts(tx, code) for party in one.callout.waiting]
    _answer(stage, by, None, parties, code)


def _note(stage: Stage, by: Login, way: Way, words: str) -> None:
    log.add(
        stage.store, TOWN, Note(way, words), origin=_origin(stage, by), now=stage.now, chance=stage.chance
    )


def _direct(stage: Stage, by: Login, due: int) -> None:
    order = Order(
        by="command", to="sampling", due=due, text=_("Test everybody in the two villages by the evening.")
    )
    filing.issue(stage.store, TOWN, order, origin=_origin(stage, by), now=stage.now, chance=stage.chance)


# -- what comes by itself


def _pass(stage: Stage, until: int) -> None:
    """Let time pass until an instant: what falls due is carried out, and reports come in in time."""
    while True:
        with stage.store.reading() as tx:
            wake = tx.next_wake()
        owed = _next_report(stage)
        if owed is not None and owed[1].due - _BEFORE <= min(until, until if wake is None else wake):
            code, timer = owed
            stage.now.at = max(stage.now.at, timer.due - _BEFORE)
            _file_zero(stage, code, timer)
        elif wake is not None and wake <= until:
            stage.now.at = max(stage.now.at, wake)
            sweep(stage.store, now=stage.now, node=_SOURCE)
        else:
            break
    stage.now.at = until


def _next_report(stage: Stage) -> tuple[str, Timer] | None:
    """Give the report that falls due next and comes in of itself."""
    found: list[tuple[str, Timer]] = []
    with stage.store.reading() as tx:
        for code, _name in tx.codes():
            situation, playbook = queries.present(tx, code)
            is_calm = situation.state == playbook.initial
            found += [
                (code, one)
                for one in tx.open_timers(code)
                if one.what == "deadline"
                and (code, one.seq, one.n) not in stage.filed
                and (is_calm or not _is_told(code, one.key))
            ]
    return min(found, key=lambda one: (one[1].due, one[0], one[1].key, one[1].of), default=None)


def _is_told(code: str, key: str) -> bool:
    """Tell whether the story itself tells of a report in an emergency: it comes in by hand, or is late."""
    return code == TOWN or (code == SLOW and key == "daily_report")


def _file_zero(stage: Stage, code: str, timer: Timer) -> None:
    stage.filed.add((code, timer.seq, timer.n))
    with stage.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
    filed = Filing(sender=key_of(playbook, timer.of) or timer.of, form=timer.key, due=timer.due, zero=True)
    origin = Origin(Who(actor="claimed", by=_("Example duty room")), _SOURCE, stage.chance(8).hex())
    with suppress(RequestError):  # one filing closes all that ask for the same
        filing.file(stage.store, code, filed, Contents(), origin=origin, now=stage.now, chance=stage.chance)
