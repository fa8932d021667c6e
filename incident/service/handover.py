"""Handing over duty: the note drafted for it, and the signatures of both sides.

The note gathers what the shift that begins has to know: what is open, what falls due while it lasts, who
could not be reached, and what the shift before it wrote into the duty log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from incident.domain import clock, handing
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, ItemStarted, LogNoted
from incident.domain.handing import Handing, Side
from incident.domain.people import HOLDER
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.domain.situation import Situation, Standing, stand
from incident.domain.timer import Timer
from incident.service import calling, log, queries
from incident.service.act import Act, View, act
from incident.service.asked import sides_of
from incident.service.calling import Open
from incident.service.handle import Outcome
from incident.service.log import Line
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin

#: What of the promised times belongs to others than those who are on duty.
_INTERNAL = ("answer", "signature", "escalation", "outlook")


class Handover(NamedTuple):
    """The newest handover of a roster."""

    roster: str
    #: When it came, and when the shift ends that began with it.
    at: int
    until: int
    #: Who hands over and who takes over: signs, or seats of which nobody is named.
    gave: list[str]
    took: list[str]
    signed: Handing

    @property
    def missing(self) -> list[Side]:
        """Which sides are to sign and have not; where nobody was, nobody can."""
        sides: list[tuple[Side, list[str], str | None]] = [
            ("gave", self.gave, self.signed.gave),
            ("took", self.took, self.signed.took),
        ]
        return [side for side, there, by in sides if there and by is None]


class Draft(NamedTuple):
    """A handover and what has to be said at it."""

    situation: Situation
    playbook: Playbook
    handover: Handover
    #: Directives that are not answered.
    directives: list[ItemStarted]
    #: Call-outs to which not all have answered.
    callouts: list[Open]
    #: Times that were promised for before now and have not been carried out, or are held for a person.
    behind: list[Timer]
    #: What falls due while the shift lasts.
    coming: list[Timer]
    #: What the shift before noted.
    notes: list[Line]


def handovers(tx: Reading, code: str) -> list[Handover]:
    """List the newest handover of each roster that stands; none of one that was never handed over."""
    standing = tx.standing(code)
    newest: dict[str, Duty] = {}
    for one in tx.newest_duties(code):
        newest.setdefault(one.roster, one)
    return [
        _handover(tx, code, standing, one)
        for key, one in sorted(newest.items())
        if ("roster", key) in standing and _came(tx, code, key, one.shift)
    ]


def _came(tx: Reading, code: str, roster: str, at: int) -> bool:
    """Tell whether a shift began with a handover, and not with its roster or an act."""
    return any(
        (one.what, one.key) == ("handover", roster) and one.end in ("fired", "fired_late")
        for one in tx.timers(code, since=at, until=at + 1)
    )


def _handover(tx: Reading, code: str, standing: Standing, one: Duty) -> Handover:
    gave, took = sides_of(tx, code, one.roster, one.shift)
    signed = handing.signed(standing, one.roster, clock.stamp(one.shift))
    return Handover(one.roster, one.shift, one.till, gave, took, signed)


def draft(tx: Reading, code: str, roster: str | None, at: int) -> Draft:
    """Draft the note of the newest handover. Raises `RequestError` where there was none."""
    situation, playbook = queries.present(tx, code)
    one = _chosen(handovers(tx, code), roster)
    timers = tx.open_timers(code)
    return Draft(
        situation,
        playbook,
        one,
        directives=[
            ItemStarted(kind=kind, key=key, after=stood.item)
            for (kind, key), stood in sorted(tx.standing(code).items())
            if kind == "directive"
        ],
        callouts=calling.open_callouts(tx, code),
        behind=[timer for timer in timers if timer.wake <= at and timer.what not in _INTERNAL],
        coming=sorted(
            (timer for timer in timers if at < timer.due <= one.until and timer.what not in _INTERNAL),
            key=lambda timer: (timer.due, timer.key, timer.of),
        ),
        notes=[
            line
            for line in log.sheet(tx, code, one.at - 1, one.roster).lines
            if isinstance(line.fact, LogNoted)
        ],
    )


def _chosen(there: Sequence[Handover], roster: str | None) -> Handover:
    mine = [one for one in there if roster in (None, one.roster)]
    if not mine:
        raise RequestError(
            where=say("roster"),
            expected=[one.roster for one in there] or say("one that was handed over; none was yet"),
            found=f"`{roster}`" if roster else say("nothing"),
            do=say("look: incident duty"),
        )
    unsigned = [one for one in mine if one.missing]
    return (unsigned or mine)[0]


def sign(
    store: Store,
    code: str,
    roster: str | None,
    signatures: Sequence[tuple[Side, str]],
    *,
    note: str | None = None,
    drafted: str = "",
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Sign the newest handover of a roster, for one side or both; `drafted` is the note that was read.

    Raises `RequestError` for somebody who was not on that side, and for a side that is signed.
    """

    def find(view: View) -> list[AnyFact]:
        one = _chosen(handovers(view.tx, code), roster)
        stamp, standing = clock.stamp(one.at), dict(view.standing)
        facts: list[AnyFact] = []
        for side, by in signatures:
            _must_be_of(one, handing.signed(standing, one.roster, stamp), side, by)
            fact = handing.sign(standing, one.roster, stamp, side, by)
            facts.append(fact)
            stand(standing, view.situation.version, [fact])
        return facts

    asked = " ".join([roster or "-", *(f"{side}:{by}" for side, by in signatures)])
    words = {"asked": asked} | ({"note": note} if note else {})
    drawn = {"draft": drafted} if drafted else {}
    doing = Act(verb="handover", origin=origin, words=words, drawn=drawn)
    return act(store, code, doing, find, now=now, chance=chance)


def _must_be_of(one: Handover, signed: Handing, side: Side, by: str) -> None:
    """Refuse a signature of somebody who was not there, or of one person for both sides."""
    there, others = (one.gave, one.took) if side == "gave" else (one.took, one.gave)
    before = signed.gave if side == "gave" else signed.took
    other = signed.took if side == "gave" else signed.gave
    where, do = f"--{side}", say("look: incident handover")
    if before is not None:
        raise RequestError(where=where, expected=say("a side that is not signed"), found=before, do=do)
    if not there:
        nobody = say("nobody: the post was empty")
        raise RequestError(where=where, expected=nobody, found=f"`{by}`", do=do)
    is_known = by in there or (bool(HOLDER.fullmatch(by)) and not any(map(HOLDER.fullmatch, there)))
    if not is_known:
        raise RequestError(where=where, expected=[*there], found=f"`{by}`", do=do)
    if by == other and not (by in there and by in others):
        expected = say("somebody else than who signed for the other side")
        raise RequestError(where=where, expected=expected, found=f"`{by}`", do=do)
