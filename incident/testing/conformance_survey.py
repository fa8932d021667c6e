"""What any store must tell of many jurisdictions at once (`service/survey.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.effects import Notice
from incident.domain.facts import ItemStarted
from incident.domain.playbook import Roster, encode
from incident.domain.timer import Timer
from incident.service.notices import Settled
from incident.service.ports import Reading, Signed, Store
from incident.service.survey import Asked, Missed, Overdue, Place, Unsigned
from incident.testing import samples
from incident.testing.samples import AT, DUE, HOUR, MISSING, append, begin, came, filed, owed

_ROSTER: Final = Roster(name=samples.PLAYBOOK.jurisdiction.name, of="command", handover="08:00")


def _item(kind: str, key: str, **plain: Any) -> ItemStarted:
    return ItemStarted(kind=kind, key=key, after=plain)


def _open(tx: Reading, what: str, code: str = "1") -> Timer:
    (timer,) = [one for one in tx.open_timers(code) if one.what == what]
    return timer


def _ends(store: Store, what: str, code: str = "1", **how: Any) -> Timer:
    """Let the one open timer of a kind come to its end."""
    reason = how.pop("reason", [])
    with store.reading() as tx:
        timer = _open(tx, what, code)
    append(store, code, facts=[replace(came(timer, **how), reason=reason)])
    return timer


def places_are_told_with_their_newest_checkpoint(store: Store) -> None:
    """In the order of their codes; a checkpoint of more entries than are here counts for nothing."""
    begin(store, "2")
    begin(store, "1")
    append(store, "1", event="e")
    with store.writing("1") as tx:
        for size, at in ((1, AT + 10), (2, AT + 20), (9, AT + 90)):
            tx.keep_checkpoint("1", Signed(size, at, 0, "note"))
        tx.commit()
    one = Place("1", "sample1", samples.HASH, "Asia/Shanghai", "routine", AT, None, None, None, 2, AT + 20)
    two = one._replace(code="2", name="sample2", version=1, signed_at=None)
    with store.reading() as tx:
        assert tx.places() == ([one, two], [])


def nothing_is_open_where_nothing_is_adopted(store: Store) -> None:
    """Asking about nobody, or of an empty store, does no harm."""
    with store.reading() as tx:
        assert not any(tx.survey(at=AT))
        assert tx.places() == ([], [])
        assert tx.given_up([]) == tx.given_up([Asked("1", "callout-1", AT, AT)]) == {}
        assert tx.bodies([]) == tx.bodies([("1", samples.HASH)]) == {}


def times_that_wait_are_told_apart_from_those_set_aside(store: Store) -> None:
    """By when they should have been carried out, also while what failed is put off for a minute."""
    begin(store, "1", owed(remind=None), owed("other", every="8h", remind=None))
    begin(store, "2", owed(remind=None))
    with store.reading() as tx:
        assert tx.survey(at=MISSING - 1).overdue == {}
        assert tx.survey(at=MISSING).overdue == {"1": Overdue(MISSING, 1), "2": Overdue(MISSING, 1)}
        assert tx.survey(at=MISSING + 4 * HOUR).overdue["1"] == Overdue(MISSING, 2)
    with store.writing("1") as tx:
        tx.postpone("1", MISSING, until=MISSING + 60)
        tx.commit()
    with store.writing("2") as tx:
        tx.postpone("2", MISSING, until=None)
        tx.commit()
    with store.reading() as tx:
        found = tx.survey(at=MISSING)
        assert (found.overdue, found.aside) == ({"1": Overdue(MISSING, 1)}, {"2": 1})


def notices_and_lost_letters_are_counted(store: Store) -> None:
    """What is delivered waits no more; what is stale, or a day old, is not counted as lost."""
    for code in ("1", "2"):
        begin(store, code)
        append(store, code, event="e", effects=[Notice("command", [0]), Notice("superior", [])])
    with store.claiming(()) as tx:
        one, _other = tx.lease(2, at=AT, until=AT + 120)
        letters = [("P1", None, "mail"), ("P2", "refused", None), ("P3", "stale", None), ("", "nobody", None)]
        tx.settle(
            [Settled(one.code, 1, one.n, holder, AT + 5, way, lost) for holder, lost, way in letters],
        )
        tx.delivered([one], AT, lease=AT + 120)
        tx.commit()
    with store.reading() as tx:
        found = tx.survey(at=AT + HOUR)
        assert (found.undelivered, found.lost) == ({"1": 1, "2": 2}, {"1": 2})
        assert tx.survey(at=AT + 86_400 + HOUR).lost == {}


def items_that_wait_are_told_whole(store: Store) -> None:
    """Call-outs, directives, handovers, what two persons decide; of what else stands nothing."""
    begin(store, "2", owed(remind=None), _item("handover", "watch", handovers=[]))
    begin(store, "1", _item("callout", "callout-0", at=clock.stamp(AT), within="10m", waiting=["command"]))
    with store.reading() as tx:
        assert sorted(tx.survey(at=AT).items, key=lambda row: row[:3]) == [
            (
                "1",
                "callout",
                "callout-0",
                {"at": clock.stamp(AT), "within": "10m", "waiting": ["command"]},
            ),
            ("2", "handover", "watch", {"handovers": []}),
        ]


def reports_that_are_missing_are_counted_until_they_are_in(store: Store) -> None:
    """Each obligation by itself, and apart those after which another was due."""
    begin(store, "1", owed(remind=None))
    begin(store, "2", owed(remind=None))
    first = _ends(store, "deadline", result="missed")
    _ends(store, "deadline", "2", result="met")
    with store.reading() as tx:
        assert tx.survey(at=MISSING).missed == [
            Missed("1", "report", is_overtaken=False, since=first.due, n=1)
        ]
    second = _ends(store, "deadline", result="missed")
    with store.reading() as tx:
        found = tx.survey(at=second.wake).missed
        assert sorted(found) == [
            Missed("1", "report", is_overtaken=False, since=second.due, n=1),
            Missed("1", "report", is_overtaken=True, since=first.due, n=1),
        ]
        assert tx.survey(at=DUE + 41 * 86_400).missed == []
    append(store, "1", facts=[filed(first)])
    with store.reading() as tx:
        assert tx.survey(at=second.wake).missed == [
            Missed("1", "report", is_overtaken=False, since=second.due, n=1)
        ]
    append(store, "1", facts=[filed(second)])
    with store.reading() as tx:
        assert tx.survey(at=second.wake).missed == []


def handovers_that_were_not_signed_in_time_are_told(store: Store) -> None:
    """Of rosters that stand, for a week."""
    plain = msgspec.to_builtins(_ROSTER)
    begin(store, "1", _item("roster", "watch", **plain))
    handover = _ends(store, "handover", result="waiting")
    with store.reading() as tx:
        signature = _open(tx, "signature")
        assert tx.survey(at=signature.due).unsigned == []
    append(store, "1", facts=[came(signature, result="missed")])
    with store.reading() as tx:
        assert tx.survey(at=signature.due).unsigned == [Unsigned("1", "watch", handover.due)]
        assert tx.survey(at=signature.due - 1).unsigned == []
        assert tx.survey(at=signature.due + 8 * 86_400).unsigned == []


def whom_a_callout_gave_up_is_told(store: Store) -> None:
    """Of the call-out and the time that are asked about, not why another step was never taken."""
    asks = {"at": clock.stamp(AT), "within": "10m", "waiting": ["command", "一组"]}
    begin(store, "1", _item("callout", "callout-0", **asks))
    until = AT + 4 * 600
    _ends(store, "answer", result="missed", reason=["一组"])
    with store.reading() as tx:
        asked = Asked("1", "callout-0", AT, until)
        assert tx.given_up([asked]) == {("1", "callout-0"): {"一组"}}
        assert tx.given_up([asked._replace(since=AT + 601)]) == {}
        assert tx.given_up([asked._replace(key="callout-1")]) == {}
    _ends(store, "answer", result="unreached", reason=["一组", "command"])
    with store.reading() as tx:
        assert tx.given_up([asked]) == {("1", "callout-0"): {"一组", "command"}}


def entries_of_all_journals_are_counted(store: Store) -> None:
    """None where nothing is adopted; whatever is recorded anywhere makes them more."""
    with store.reading() as tx:
        assert tx.entries_of_all() == 0
    begin(store, "1")
    begin(store, "2")
    append(store, "2", event="e")
    with store.reading() as tx:
        assert tx.entries_of_all() == sum(place.version for place in tx.places().read) > 0


def playbooks_are_read_many_at_once(store: Store) -> None:
    """Each as it was adopted; one that nobody adopted is left out."""
    for code in ("1", "2"):
        begin(store, code)
    with store.reading() as tx:
        wanted = [("1", samples.HASH), ("2", samples.HASH), ("2", samples.OTHER_HASH), ("3", samples.HASH)]
        assert tx.bodies(wanted) == dict.fromkeys(wanted[:2], encode(samples.PLAYBOOK))


#: All of them, in the order in which they are told.
SURVEY_CHECKS: Final[tuple[Callable[[Store], None], ...]] = (
    places_are_told_with_their_newest_checkpoint,
    nothing_is_open_where_nothing_is_adopted,
    times_that_wait_are_told_apart_from_those_set_aside,
    notices_and_lost_letters_are_counted,
    items_that_wait_are_told_whole,
    reports_that_are_missing_are_counted_until_they_are_in,
    handovers_that_were_not_signed_in_time_are_told,
    whom_a_callout_gave_up_is_told,
    entries_of_all_journals_are_counted,
    playbooks_are_read_many_at_once,
)
