"""Legal holds: what must stay, whatever somebody would erase, redact or drop, until the hold is released.

A hold is an item that stands, so it is in the record from when to when, and needs no table. Placing one takes
nothing away and needs one name; so does releasing it, for what then goes needs two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from incident.domain import holding, inputs
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, ItemEnded, ItemStarted
from incident.domain.holding import HOLD, Hold
from incident.domain.say import say
from incident.service import opened
from incident.service.act import Act, View, act
from incident.service.handle import Outcome, adopted
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin, must_say_basis


class Held(NamedTuple):
    """A hold as it stands."""

    #: Its entry, by which it is called.
    seq: int
    hold: Hold
    #: When it was placed.
    at: int
    #: What the entry still discloses: `by`, `reason`, `basis`.
    disclosed: dict[str, str]


def holds(tx: Reading, code: str) -> list[Held]:
    """List the holds that stand, by entry. Raises `RequestError` where nothing is adopted."""
    adopted(tx, code)
    return [_held(tx, code, seq, hold) for seq, hold in holding.holds(tx.standing(code)).items()]


def _held(tx: Reading, code: str, seq: int, hold: Hold) -> Held:
    stored, remaining = next(opened.with_disclosures(tx, code, since=seq))
    words = opened.disclosed(opened.read_entry(code, stored), remaining) if stored.body else {}
    return Held(seq, hold, stored.at, words)


def place(
    store: Store,
    code: str,
    hold: Hold,
    *,
    reason: str,
    basis: str,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Keep what a hold covers from going. Raises `RequestError` for what is not there."""
    _must_say_why(reason, basis)

    def find(view: View) -> list[AnyFact]:
        _must_be_there(view, hold)
        return [ItemStarted(kind=HOLD, key=str(view.situation.version), after=holding.plain(hold))]

    doing = Act(
        verb="hold",
        origin=origin,
        reason=reason.strip(),
        basis=basis.strip(),
        is_same=lambda _playbook, entry: (
            [fact.after for fact in entry.facts if isinstance(fact, ItemStarted) and fact.kind == HOLD]
            == [holding.plain(hold)]
        ),
    )
    return act(store, code, doing, find, now=now, chance=chance)


def release(
    store: Store,
    code: str,
    seq: int,
    *,
    reason: str,
    basis: str,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Let a hold stand no longer. Raises `RequestError` where none of that number does."""
    _must_say_why(reason, basis)

    def find(view: View) -> list[AnyFact]:
        stood = view.standing.get((HOLD, str(seq)))
        if stood is None:
            raise RequestError(
                where=say("hold"),
                expected=[str(one) for one in holding.holds(view.standing)]
                or say("one that stands; none does"),
                found=str(seq),
                do=say("look: incident journal hold list"),
            )
        return [ItemEnded(kind=HOLD, key=str(seq), before=stood.item)]

    doing = Act(
        verb="release",
        origin=origin,
        reason=reason.strip(),
        basis=basis.strip(),
        is_same=lambda _playbook, entry: any(
            isinstance(fact, ItemEnded) and (fact.kind, fact.key) == (HOLD, str(seq)) for fact in entry.facts
        ),
    )
    return act(store, code, doing, find, now=now, chance=chance)


def _must_say_why(reason: str, basis: str) -> None:
    must_say_basis(basis)
    if not reason.strip():
        raise RequestError(
            where=inputs.REASON, expected=say("why"), found=say("nothing"), do=say("say what it is for")
        )


def _must_be_there(view: View, hold: Hold) -> None:
    """Refuse a hold on what is not there: it would keep nothing, and seem to."""
    code = view.situation.jurisdiction
    if hold.holder is not None:
        known = [one.holder for one in view.tx.people(code) if not one.is_erased]
        if hold.holder not in known:
            raise RequestError(
                where=inputs.HOLDER,
                expected=say("the sign of somebody whom the directory names"),
                found=f"`{hold.holder}`",
                do=say("look: incident people list"),
            )
    kept = holding.retention(view.standing)
    _must_be_entries(hold.entries, 0 if kept is None else kept.until, view.situation.version)


def _must_be_entries(spans: Sequence[tuple[int, int]], begin: int, end: int) -> None:
    for first, last in spans:
        if not begin <= first <= last < end:
            raise RequestError(
                where=inputs.ENTRY,
                expected=say("entries from {first} to {last}", first=begin, last=end - 1),
                found=str(first) if first == last else f"{first}-{last}",
                do=say("look: incident history"),
            )
