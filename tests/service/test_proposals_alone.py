"""What one person does alone where two are asked for, and who it was; on every store."""

from __future__ import annotations

from contextlib import closing
from threading import Thread
from typing import Any

import pytest

from incident import bootstrap
from incident.domain.approving import GLASS
from incident.domain.errors import Conflict, IncidentError, Refused, RequestError
from incident.domain.facts import RequestRefused, StateEntered
from incident.domain.facts_record import DisclosureRedacted
from incident.domain.identity import SignedIn, Token
from incident.service import proposals, queries, redact
from incident.service.handle import Outcome
from incident.service.intake import Said as Saying
from incident.service.intake import request_of
from incident.service.ports import Store
from incident.service.tick import sweep
from incident.service.who import Who, Why, signed_in
from incident.store.sql import SqlStore
from incident.testing import FakeClock, MemoryStore, fixed_chance
from tests.playbooks import CODE, NIGHT
from tests.service.proposing import begun, facts, must_hold, names, refusal, standing, state
from tests.two import (
    DEPUTY,
    DISGUISED,
    OFFICER,
    STRANGER,
    approve,
    case,
    night,
    origin,
    press,
    propose,
    reject,
    review,
)

# -- alone


def test_who_breaks_the_glass_acts_at_once_and_another_reviews_it(town: MemoryStore) -> None:
    done = press(town, case(verb="activate", break_glass=True))

    assert names(done)[0] == "GlassBroken"
    assert done.entry.break_glass
    assert state(town) == "emergency"
    told = {notice.to for seq, notice in town.outbox(CODE) if seq == done.entry.seq}
    assert {"command.leader", "superior"} <= told
    assert standing(town) == [(GLASS, "break_glass-1")]
    assert refusal(review(town, 1, OFFICER)) == "same_person"
    assert refusal(review(town, 1, DISGUISED)) == "same_person"

    # it stays open until then, whatever state is in force
    approve(town, propose(town, event="lifted").entry.seq)
    with town.reading() as tx:
        assert [one.seq for one in proposals.unreviewed(tx, CODE)] == [1]
    assert names(review(town, 1, DEPUTY)) == ["GlassReviewed"]
    assert standing(town) == []
    with pytest.raises(RequestError, match="nothing waits"):
        review(town, 1, STRANGER)
    with pytest.raises(RequestError, match="what the review found"):
        review(town, 1, finding="")


def test_glass_is_not_broken_without_a_reason(town: MemoryStore) -> None:
    done = press(town, case(verb="activate", break_glass=True, reason="  "))

    assert [fact.missing for fact in done.entry.facts if isinstance(fact, RequestRefused)] == [["why_alone"]]
    assert done.entry.break_glass
    assert state(town) == "routine"
    with pytest.raises(RequestError, match="nothing waits"):
        review(town, done.entry.seq)


def test_broken_glass_supersedes_what_was_proposed_for_that_state(town: MemoryStore) -> None:
    seq = propose(town).entry.seq
    assert "ProposalSuperseded" in names(press(town, case(verb="activate", break_glass=True)))
    with pytest.raises(Conflict, match="superseded"):
        approve(town, seq)


#: What is said of a case.
SAYING = Saying(event="positive", fields={"origin": "local", "cases": 1})


def lent() -> Who:
    """The deputy, by a token that an administrator made for them."""
    token = Token(
        id="t", user="d", name="laptop", scopes=("decide",), root="*", created_at=0, ends_at=1, made_by="a"
    )
    return signed_in(SignedIn(user="d", login="zhou", name="周明", sign=None, grants=(), token=token))


def test_a_token_that_another_made_is_no_second_person(town: MemoryStore) -> None:
    made = propose(town)
    before = made.situation.version
    with town.reading() as tx:
        situation, playbook = queries.present(tx, CODE)
    for act in (
        lambda: approve(town, made.entry.seq, lent()),
        lambda: reject(town, made.entry.seq, lent()),
        lambda: review(town, made.entry.seq, lent()),
        lambda: request_of(playbook, situation, "propose", SAYING, origin(lent()), now=NIGHT),
        lambda: request_of(
            playbook, situation, "activate", SAYING, origin(lent()), now=NIGHT, break_glass=True
        ),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.rule == "not_in_person"
    # what one person does is done by it
    request_of(playbook, situation, "activate", SAYING, origin(lent()), now=NIGHT)
    with town.reading() as tx:
        assert queries.present(tx, CODE)[0].version == before
    approve(town, made.entry.seq)


# -- who it was is kept for as long as it matters


def take_out(store: Store, seq: int, *parts: str) -> Outcome:
    why = Why("second", "asked for", "PIPL 47")
    fact = redact.meant(seq, parts)
    return redact.redact(store, CODE, fact, why, origin=origin(STRANGER), now=night, chance=fixed_chance)


def test_nobody_takes_out_who_proposed_or_acted_alone_while_another_is_waited_for(town: MemoryStore) -> None:
    seq = propose(town).entry.seq
    with pytest.raises(Refused) as refused:
        take_out(town, seq, "by")
    assert refused.value.rule == "open"
    reject(town, seq)
    assert isinstance(take_out(town, seq, "by").entry.facts[0], DisclosureRedacted)
    alone = press(town, case(verb="activate", break_glass=True)).entry.seq
    with pytest.raises(Refused):
        take_out(town, alone, "reason")
    review(town, alone)
    take_out(town, alone, "reason", "by")


def test_proposal_whose_words_were_deleted_by_hand_is_made_anew(sqlite_store: SqlStore) -> None:
    seq = propose(begun(sqlite_store)).entry.seq
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM disclosure WHERE seq = {seq} AND name = 'data.remark'")
    with pytest.raises(Conflict, match="erased"):
        approve(sqlite_store, seq)
    assert names(reject(sqlite_store, seq)) == ["ProposalRejected"]


def test_who_proposed_is_nobody_else_once_the_name_was_deleted_by_hand(sqlite_store: SqlStore) -> None:
    seq = propose(begun(sqlite_store)).entry.seq
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM disclosure WHERE seq = {seq} AND name = 'by'")

    assert refusal(approve(sqlite_store, seq)) == "same_person"


# -- on every store


@pytest.fixture
def place(store: Any) -> Any:
    """Baishi in a database."""
    return begun(store)


def test_of_two_approvals_at_once_one_wins_and_the_other_hears_who_was_first(place: Store) -> None:
    seq = propose(place).entry.seq
    told: list[Outcome | IncidentError] = []

    def press_yes(who: Any) -> None:
        try:
            told.append(approve(place, seq, who))
        except IncidentError as error:
            told.append(error)

    both = [Thread(target=press_yes, args=(who,)) for who in (DEPUTY, STRANGER)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    (won,) = [one for one in told if isinstance(one, Outcome)]
    (lost,) = [one for one in told if not isinstance(one, Outcome)]
    assert won.situation.state == "emergency"
    assert isinstance(lost, Conflict)
    assert len(facts(place, StateEntered)) == 1
    must_hold(place)


def test_whole_story_is_in_rows_and_entries_alone(place: Store, url: str) -> None:
    """Whoever approves sits at another process, which knows nothing but the database."""
    seq = propose(place).entry.seq
    with closing(bootstrap.open_store(url)) as elsewhere:
        assert approve(elsewhere, seq).situation.state == "emergency"
        alone = press(elsewhere, case(DEPUTY, "ruled_out", verb="stand_down", break_glass=True)).entry.seq
        assert refusal(review(elsewhere, alone, DEPUTY)) == "same_person"
        review(elsewhere, alone, OFFICER)
        propose(elsewhere)
    clocked = FakeClock("2026-03-02T00:00:00Z")
    assert sweep(place, now=clocked, node="n1").ended >= 1
    assert standing(place) == []
    must_hold(place)
