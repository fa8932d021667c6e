"""Handing over duty: the note drafted for it, and the signatures of both sides.

The note gathers what the shift that begins has to know: what is open, what falls due while it lasts, who
could not be reached, and what the shift before it wrote into the duty log.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from incident.domain import clock, handing, inputs
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, ItemStarted, LogNoted
from incident.domain.handing import Handing, Side
from incident.domain.people import HOLDER
from incident.domain.playbook import Playbook
from incident.domain.say import Input, say
from incident.domain.situation import Situation, Standing, stand
from incident.domain.timer import Timer
from incident.service import calling, log, queries
from incident.service.act import Act, View, act
from incident.service.asked import sides_of
from incident.service.calling import Open
from incident.service.handle import Outcome
from incident.service.log import Line
from incident.service.past import Past
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin

_SIDES: dict[Side, Input] = {"gave": inputs.GAVE, "took": inputs.TOOK}
#: What of the promised times belongs to others than those who are on duty.
_INTERNAL = ("answer", "signature", "escalation", "outlook")


class Handover(NamedTuple):
    """A handover of a roster."""

    roster: str
    #: When it came, and when the shift ends that began with it.
    at: int
    until: int
    #: Who hands over and who takes over: signs, or seats of which nobody is named.
    gave: list[str]
    took: list[str]
    signed: Handing
    #: No other has come since.
    is_newest: bool = True

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


def handovers(tx: Reading, code: str, at: int, past: Past | None = None) -> list[Handover]:
    """List the newest handover of each roster that stands, then those before it that are still to be signed.

    None is listed of a roster that was never handed over, and none older than `KEPT`. With `past` as of then.
    """
    standing = tx.standing(code) if past is None else past.standing
    rosters = [key for kind, key in sorted(standing) if kind == "roster"]
    newest_duties = tx.newest_duties(code) if past is None else past.replay.newest_duties()
    shifts = {one.roster: one.shift for one in newest_duties}
    oldest = handing.oldest_kept(at)
    since = min([oldest, *(shifts[key] for key in rosters if key in shifts)])
    if past is None:
        timers = tx.timers(code, since=since, until=at + 1)
    else:
        timers = tx.past_timers(code, since=since, until=at + 1, before=past.cut.size)
    newest: list[Handover] = []
    before: list[Handover] = []
    for key in rosters:
        came = _came(timers, key)
        newest += [_handover(tx, code, standing, key, due, newest_duties) for due in came[-1:]]
        recent = [due for due in came[:-1] if due >= oldest and not _is_signed(standing, key, due)]
        earlier = [_handover(tx, code, standing, key, due, newest_duties) for due in recent]
        before += [one._replace(is_newest=False) for one in earlier]
    return newest + sorted((one for one in before if one.missing), key=lambda one: (-one.at, one.roster))


def _came(timers: Sequence[Timer], roster: str) -> list[int]:
    """Give when a roster was handed over, in order; its first shift began otherwise."""
    mine = [one for one in timers if (one.what, one.key) == ("handover", roster)]
    return [one.due for one in mine if one.end in ("fired", "fired_late")]


def _is_signed(standing: Standing, roster: str, at: int) -> bool:
    return handing.signed(standing, roster, clock.stamp(at)).is_signed


def _handover(
    tx: Reading, code: str, standing: Standing, roster: str, at: int, newest: Sequence[Duty]
) -> Handover:
    gave, took = sides_of(tx, code, roster, at)
    signed = handing.signed(standing, roster, clock.stamp(at))
    # of a shift that is the newest it may have been told otherwise since how long it lasts
    there = [*newest, *tx.duties(code, since=at, until=at + 1)]
    until = next((one.till for one in there if (one.roster, one.shift) == (roster, at)), at)
    return Handover(roster, at, until, gave, took, signed)


def draft(tx: Reading, code: str, roster: str | None, at: int, *, of: int | None = None) -> Draft:
    """Draft the note of the newest handover, or of the one `of` an instant.

    Raises `RequestError` where there is none.
    """
    situation, playbook = queries.present(tx, code)
    one = _chosen(playbook, handovers(tx, code, at), roster, of)
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


def _chosen(playbook: Playbook, there: Sequence[Handover], roster: str | None, of: int | None) -> Handover:
    """Choose a handover: the newest, of one roster and of one minute where these are given."""
    zone, nothing = playbook.jurisdiction.zone, say("one that was handed over; none was yet")
    if roster is not None:
        roster = queries.find_roster(playbook, [one.roster for one in there], roster, nothing)
    elif not there:
        raise RequestError(
            where=say("roster"), expected=nothing, found=say("nothing"), do=say("look: incident duty")
        )
    mine = [one for one in there if roster in (None, one.roster)]
    asked = [one for one in mine if (one.is_newest if of is None else one.at // 60 == of // 60)]
    if not asked:
        raise RequestError(
            where=inputs.OF,
            expected=[clock.minute(one.at, zone) for one in mine],
            found=clock.minute(of or 0, zone),
            do=say("name one of those; what is signed, or is older than a week: incident history"),
        )
    return next((one for one in asked if one.missing), asked[0])


class Drafted(NamedTuple):
    """A note that was read, and of which handover: another may have come since."""

    at: int
    text: str


def sign(
    store: Store,
    code: str,
    roster: str | None,
    signatures: Sequence[tuple[Side, str]],
    *,
    of: int | None = None,
    note: str | None = None,
    drafted: Drafted | None = None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Sign the newest handover of a roster, or that `of` an instant, or that whose note was read (`drafted`).

    Raises `RequestError` for somebody who was not on that side, and for a side that is signed.
    """

    def find(view: View) -> list[AnyFact]:
        read = of if drafted is None else drafted.at
        one = _chosen(view.playbook, handovers(view.tx, code, view.at), roster, read)
        return signed_by(view.standing, one, signatures, seq=view.situation.version, at=view.at)

    asked = " ".join([roster or "-", *(f"{side}:{by}" for side, by in signatures)])
    if of is not None:
        asked += f" {clock.stamp(of)}"
    words = {"asked": asked} | ({"note": note} if note else {})
    drawn = {} if drafted is None else {"draft": drafted.text}
    doing = Act(verb="handover", origin=origin, words=words, drawn=drawn)
    return act(store, code, doing, find, now=now, chance=chance)


def signed_by(
    standing: Standing, one: Handover, signatures: Sequence[tuple[Side, str]], *, seq: int, at: int
) -> list[AnyFact]:
    """Give the facts by which a handover is signed in entry `seq`. Raises `RequestError`."""
    stamp, standing = clock.stamp(one.at), dict(standing)
    facts: list[AnyFact] = []
    for side, by in signatures:
        _must_be_of(one, handing.signed(standing, one.roster, stamp), side, by)
        fact = handing.sign(standing, one.roster, stamp, side, by, now=clock.stamp(at))
        facts.append(fact)
        stand(standing, seq, [fact])
    return facts


def _must_be_of(one: Handover, signed: Handing, side: Side, by: str) -> None:
    """Refuse a signature of somebody who was not there, or of one person for both sides."""
    there, others = (one.gave, one.took) if side == "gave" else (one.took, one.gave)
    before = signed.gave if side == "gave" else signed.took
    other = signed.took if side == "gave" else signed.gave
    where, do = _SIDES[side], say("look: incident handover")
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
