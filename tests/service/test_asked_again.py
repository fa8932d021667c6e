"""What was answered is answered again as the first time: once words were erased, and by another playbook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from msgspec.structs import replace

from incident.domain.errors import Conflict, RequestError
from incident.domain.organisation import Text
from incident.domain.request import Request
from incident.service import intake, proposals, redact
from incident.service.adopt import adopt
from incident.service.handle import Outcome, handle
from incident.service.intake import Said
from incident.service.ports import Store
from incident.service.who import Origin, Who, Why
from incident.testing import fixed_chance
from tests.playbooks import BAISHI, CODE, HOUR, NIGHT
from tests.two import DEPUTY, OFFICER, STRANGER, TWO, approve, case, night, origin, press, propose, reject

#: What another program says of a positive: by the names of today.
POSITIVE: Final = Said(
    event=TWO.events["positive"].name.zh,
    fields={"origin": "local", "cases": 1, "remark": "张三自述"},
    decided_by=TWO.bodies["command"].name.zh,
    basis="县防控办〔2026〕4号",
)


@pytest.fixture
def town(store: Store) -> Store:
    """Baishi in a database, where two persons are needed."""
    adopt(store, TWO, OFFICER, now=lambda: NIGHT - 8 * HOUR, chance=fixed_chance)
    return store


def erase(store: Store, seq: int) -> None:
    """Take out all that an entry discloses."""
    with store.reading() as tx:
        parts = sorted(redact.disclosed(tx, CODE, seq))
    why = Why("second", "asked for", "PIPL 47")
    redact.redact(
        store,
        CODE,
        redact.meant(seq, parts),
        why,
        origin=origin(STRANGER),
        now=night,
        chance=fixed_chance,
    )


def end(ending: Callable[..., Outcome], store: Store, seq: int, who: Who, words: str = "看错了") -> Outcome:
    """End or review something, always as the same act."""
    known = origin(who, f"{ending.__name__} once")
    return ending(store, CODE, seq, words, origin=known, now=night, chance=fixed_chance)


def must_be_the_first(again: Outcome, first: Outcome) -> None:
    assert (again.repeated, again.entry) == (True, first.entry)


def test_proposal_and_approval_are_answered_again_after_their_words_were_erased(town: Store) -> None:
    made = propose(town, id="call 1")
    done = approve(town, made.entry.seq, known_by="yes 1")
    for outcome in (made, done):
        erase(town, outcome.entry.seq)

    must_be_the_first(propose(town, id="call 1"), made)
    must_be_the_first(approve(town, made.entry.seq, known_by="yes 1"), done)
    with pytest.raises(Conflict, match="approved"):
        approve(town, made.entry.seq, known_by="yes 2")


def test_refused_approval_is_answered_again_as_refused(town: Store) -> None:
    made = propose(town)
    refused = approve(town, made.entry.seq, OFFICER, known_by="mine")
    reject(town, made.entry.seq)
    erase(town, made.entry.seq)

    must_be_the_first(approve(town, made.entry.seq, OFFICER, known_by="mine"), refused)


def test_rejection_withdrawal_and_review_are_answered_again_after_their_words_were_erased(
    town: Store,
) -> None:
    for ending, who in ((proposals.reject, DEPUTY), (proposals.withdraw, OFFICER)):
        seq = propose(town).entry.seq
        first = end(ending, town, seq, who)
        erase(town, seq)
        erase(town, first.entry.seq)
        must_be_the_first(end(ending, town, seq, who), first)
    alone = press(town, case(verb="activate", break_glass=True)).entry.seq
    reviewed = end(proposals.review, town, alone, DEPUTY)
    erase(town, alone)
    erase(town, reviewed.entry.seq)
    must_be_the_first(end(proposals.review, town, alone, DEPUTY), reviewed)


def test_identity_of_an_approval_stands_for_no_other_and_for_no_other_act(town: Store) -> None:
    first = propose(town).entry.seq
    approve(town, first, known_by="yes 1")
    other = propose(town, event="lifted").entry.seq

    for number in (other, 99):
        with pytest.raises(Conflict, match="event yes 1 of two"):
            approve(town, number, known_by="yes 1")
    with pytest.raises(Conflict, match="event yes 1 of two"):
        proposals.reject(
            town, CODE, other, "no", origin=origin(DEPUTY, "yes 1"), now=night, chance=fixed_chance
        )
    proposals.reject(town, CODE, other, "no", origin=origin(DEPUTY, "no 1"), now=night, chance=fixed_chance)
    with pytest.raises(Conflict, match="event no 1 of two"):
        approve(town, other, known_by="no 1")


# -- sent again by another program


def sent(store: Store, said: Said = POSITIVE, *, verb: Any = "propose", by: str = "call 1") -> Request:
    """Read what another program sends."""
    with store.reading() as tx:
        return intake.received(tx, CODE, verb, said, Origin(DEPUTY, "lab", by), now=NIGHT)


def carried_out(store: Store, request: Request) -> Outcome:
    return handle(store, CODE, request, now=night, chance=fixed_chance)


def called_otherwise() -> Any:
    """Baishi's plan as it is later: the event and the body have other names."""
    positive, command = BAISHI.events["positive"], BAISHI.bodies["command"]
    named = Text(zh="后来的名称", en="later name")
    return replace(
        TWO,
        events={**TWO.events, "positive": replace(positive, name=named)},
        bodies={**TWO.bodies, "command": replace(command, name=named)},
    )


def test_what_a_program_sends_again_is_read_by_the_playbook_of_the_first_time(town: Store) -> None:
    first = carried_out(town, sent(town))
    reject(town, first.entry.seq)
    adopt(town, called_otherwise(), OFFICER, now=night, chance=fixed_chance)

    must_be_the_first(carried_out(town, sent(town)), first)
    with pytest.raises(RequestError):
        sent(town, by="call 2")


def test_the_same_body_by_another_of_its_names_is_the_same(town: Store) -> None:
    """Also where nothing was granted the first time; another body is another."""
    for verb in ("propose", "signal"):
        first = carried_out(town, sent(town, verb=verb, by=verb))
        for called in ("command", f" {POSITIVE.decided_by} "):
            again = sent(town, replace(POSITIVE, decided_by=called), verb=verb, by=verb)
            must_be_the_first(carried_out(town, again), first)
        with pytest.raises(Conflict, match=f"event {verb} of lab"):
            carried_out(town, sent(town, replace(POSITIVE, decided_by="county"), verb=verb, by=verb))


def test_another_event_by_the_same_identity_is_a_conflict_under_either_playbook(town: Store) -> None:
    reject(town, carried_out(town, sent(town)).entry.seq)
    adopt(town, called_otherwise(), OFFICER, now=night, chance=fixed_chance)

    for event, fields in (("lifted", {}), ("后来的名称", POSITIVE.fields)):
        another = replace(POSITIVE, event=event, fields=fields, decided_by=None)
        with pytest.raises(Conflict, match="event call 1 of lab"):
            carried_out(town, sent(town, another))
