"""Steps that two persons take: proposed, approved by another, ended otherwise, or done alone and reviewed."""

from __future__ import annotations

from typing import Any

import pytest

from incident.domain import clock
from incident.domain.approving import PROPOSAL
from incident.domain.errors import Conflict, RequestError
from incident.domain.facts import ItemEnded, ItemStarted, StateEntered, TimerEnded
from incident.service import proposals, redact
from incident.service.adopt import adopt
from incident.service.past import as_of
from incident.service.tick import sweep
from incident.testing import MemoryStore, fixed_chance
from tests.playbooks import CODE, DAY, HOUR, NIGHT
from tests.service.proposing import facts, names, refusal, standing, state
from tests.two import (
    DEPUTY,
    DISGUISED,
    OFFICER,
    OTHER,
    RENAMED,
    SIGNED,
    approve,
    case,
    night,
    of_two,
    origin,
    press,
    propose,
    reject,
)

# -- proposed and approved


def test_step_is_taken_when_another_person_approves_what_was_proposed(town: MemoryStore) -> None:
    assert refusal(press(town, case(verb="activate"))) == "two_persons"
    made = propose(town)
    assert names(made) == ["ProposalMade"]
    assert (made.entry.verb, made.entry.step, made.entry.plan) == ("propose", None, None)
    assert state(town) == "routine"

    done = approve(town, made.entry.seq)

    entry, (began,) = done.entry, made.entry.facts
    assert isinstance(began, ItemStarted)
    assert (entry.verb, entry.step, entry.proposal) == ("approve", "activate", "proposal-2")
    assert entry.plan == entry.approved == began.after["plan"]
    assert "ProposalApproved" in names(done)
    assert state(town) == "emergency"
    assert standing(town) == []


def test_approval_takes_the_words_of_the_proposal_and_none_of_its_own(town: MemoryStore) -> None:
    made = propose(town, basis="县防控办〔2026〕4号", effective_at=NIGHT - 600, until=NIGHT + 9 * DAY)
    done = approve(town, made.entry.seq, now=lambda: NIGHT + HOUR)

    entered = next(fact for fact in done.entry.facts if isinstance(fact, StateEntered))
    assert entered.since == clock.stamp(NIGHT - 600)
    assert entered.planned_end == clock.stamp(NIGHT + 9 * DAY)
    with town.reading() as tx:
        words = redact.disclosed(tx, CODE, done.entry.seq)
    assert (words["basis"], words["data.remark"], words["by"]) == ("县防控办〔2026〕4号", "张三自述", "li")
    assert done.entry.authority == "command"


def test_what_holds_from_no_stated_time_holds_from_the_approval(town: MemoryStore) -> None:
    done = approve(town, propose(town).entry.seq, now=lambda: NIGHT + HOUR)

    assert done.situation.since == NIGHT + HOUR
    assert done.entry.effective_at is None


@pytest.mark.parametrize(
    ("proposer", "approver", "is_refused"),
    [
        (OFFICER, OFFICER, True),
        (OFFICER, DISGUISED, True),
        (SIGNED, RENAMED, True),
        (SIGNED, DEPUTY, True),
        (SIGNED, OTHER, False),
        (OFFICER, DEPUTY, False),
    ],
)
def test_nobody_approves_their_own(
    town: MemoryStore, proposer: Any, approver: Any, *, is_refused: bool
) -> None:
    made = propose(town, proposer)
    done = approve(town, made.entry.seq, approver)

    assert refusal(done) == ("same_person" if is_refused else None)
    assert state(town) == ("routine" if is_refused else "emergency")
    # it waits for somebody else as before
    assert standing(town) == ([(PROPOSAL, "proposal-1")] if is_refused else [])


def test_nobody_passes_for_another_by_calling_the_transaction_itself(town: MemoryStore) -> None:
    seq = propose(town).entry.seq
    forged = case(OFFICER, verb="approve", proposal=f"proposal-{seq}", by_another=True, basis="mine")

    assert refusal(press(town, forged)) == "same_person"
    with pytest.raises(TypeError, match="approves nothing"):
        press(town, case(DEPUTY, verb="activate", proposal=f"proposal-{seq}"))
    with pytest.raises(TypeError, match="not made alone"):
        press(town, case(DEPUTY, verb="propose", break_glass=True))


def test_proposal_is_refused_as_the_step_would_be_and_that_is_recorded(town: MemoryStore) -> None:
    assert refusal(propose(town, basis=None)) == "missing"
    assert refusal(propose(town, fields={"origin": "imported"})) == "no_match"
    assert refusal(propose(town, event="ordered")) == "one_person"
    assert refusal(propose(town, authority="task_force")) == "authority"
    assert standing(town) == []


def test_one_step_is_proposed_once_at_a_time(town: MemoryStore) -> None:
    seq = propose(town).entry.seq
    with pytest.raises(Conflict, match="proposal 1"):
        propose(town, DEPUTY)
    reject(town, seq)
    assert names(propose(town, DEPUTY)) == ["ProposalMade"]


def test_same_proposal_or_approval_again_is_answered_from_the_record(town: MemoryStore) -> None:
    first = propose(town, id="call 1")
    assert propose(town, id="call 1").entry == first.entry
    with pytest.raises(Conflict):
        propose(town, id="call 1", fields={"origin": "local", "cases": 2})
    done = approve(town, first.entry.seq, known_by="yes 1")
    again = approve(town, first.entry.seq, known_by="yes 1")

    assert again.repeated
    assert again.entry == done.entry
    with pytest.raises(Conflict, match="yes 1"):
        press(town, case(DEPUTY, verb="activate", id="yes 1"))


# -- ended otherwise


def test_who_proposed_withdraws_and_another_rejects(town: MemoryStore) -> None:
    assert names(reject(town, propose(town).entry.seq, OFFICER, "看错了")) == ["ProposalWithdrawn"]
    assert names(reject(town, propose(town).entry.seq, DEPUTY)) == ["ProposalRejected"]
    assert standing(town) == []
    with pytest.raises(Conflict, match="rejected"):
        approve(town, 3)
    with pytest.raises(Conflict, match="withdrawn"):
        reject(town, 1)
    with pytest.raises(RequestError, match="why; words"):
        reject(town, 1, reason=" ")


def test_repeated_rejection_is_the_first(town: MemoryStore) -> None:
    seq = propose(town).entry.seq
    again = [
        proposals.reject(town, CODE, seq, "no", origin=origin(DEPUTY, "no 1"), now=night, chance=fixed_chance)
        for _ in range(2)
    ]
    assert [one.repeated for one in again] == [False, True]


@pytest.mark.parametrize("number", [0, 2, 99])
def test_proposal_that_never_was_is_asked_for_again(town: MemoryStore, number: int) -> None:
    propose(town)
    for ask in (approve, reject):
        with pytest.raises(RequestError, match="proposal; 1; "):
            ask(town, number)
    with town.reading() as tx, pytest.raises(RequestError):
        proposals.plan_of(tx, CODE, number, now=night)


def test_proposal_expires_in_one_row_and_who_may_decide_is_told(town: MemoryStore) -> None:
    propose(town)
    swept = sweep(town, now=lambda: NIGHT + 2 * HOUR, node="n1")

    assert swept.ended == 1
    (end,) = [one for one in facts(town, TimerEnded) if one.what == "approval"]
    assert (end.end, end.result, end.tell) == ("fired", "missed", ["command"])
    assert standing(town) == []
    with town.reading() as tx:
        rows = [one for one in tx.timers(CODE, since=0, until=NIGHT + DAY) if one.what == "approval"]
    assert [(one.key, one.due, one.end) for one in rows] == [("proposal-1", NIGHT + 2 * HOUR, "fired")]
    with pytest.raises(Conflict, match="expired"):
        approve(town, 1, now=lambda: NIGHT + 2 * HOUR)


def test_proposal_whose_term_is_over_is_not_approved_though_no_worker_ran(town: MemoryStore) -> None:
    propose(town)
    with pytest.raises(Conflict, match="expired"):
        approve(town, 1, now=lambda: NIGHT + 2 * HOUR)
    # whoever acts next records it
    assert refusal(press(town, case(verb="activate"), now=lambda: NIGHT + 3 * HOUR)) == "two_persons"
    assert [(one.outcome, one.key) for one in facts(town, ItemEnded) if one.kind == PROPOSAL] == [
        ("expired", "proposal-1")
    ]
    anew = propose(town, now=lambda: NIGHT + 3 * HOUR).entry.seq
    assert "ProposalApproved" in names(approve(town, anew, now=lambda: NIGHT + 4 * HOUR))


def test_proposal_that_cannot_be_expired_ends_when_its_timer_is_held(
    town: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from incident.domain import firing

    def spoilt(*_: object) -> list[TimerEnded]:
        raise ZeroDivisionError

    propose(town)
    with monkeypatch.context() as broken:
        broken.setitem(firing._RULES, "approval", spoilt)
        for n in range(5):
            sweep(town, now=lambda n=n: NIGHT + 2 * HOUR + 60 * n, node="n1")  # type: ignore[misc]  # bound now
            with pytest.raises(Conflict, match="expired"):
                approve(town, 1, now=lambda: NIGHT + 2 * HOUR + 300)
    assert [(one.end, one.reason) for one in facts(town, TimerEnded)] == [("held", ["fault"])]
    assert standing(town) == []


def test_proposals_end_with_the_state_or_the_playbook_they_were_for(town: MemoryStore) -> None:
    propose(town)
    press(town, case(event="ordered", verb="activate"))
    with pytest.raises(Conflict, match="superseded"):
        approve(town, 1)
    assert state(town) == "raised"

    propose(town, event="lifted")
    assert standing(town) == [(PROPOSAL, "proposal-3")]
    assert "ProposalApproved" in names(approve(town, 3))
    propose(town)
    adopt(town, of_two(approval_term="1h"), OFFICER, now=night, chance=fixed_chance)
    assert [one.outcome for one in facts(town, ItemEnded) if one.kind == PROPOSAL] == [
        "superseded",
        "approved",
        "superseded",
    ]


def test_two_steps_may_be_proposed_and_the_first_approved_supersedes_the_other(town: MemoryStore) -> None:
    press(town, case(verb="activate", break_glass=True))
    out = propose(town, event="ruled_out").entry.seq
    lift = propose(town, event="lifted").entry.seq

    assert names(approve(town, lift)).count("ProposalSuperseded") == 1
    with pytest.raises(Conflict, match="superseded"):
        approve(town, out)


# -- what can be asked


def test_what_is_shown_is_what_runs(town: MemoryStore) -> None:
    seq = propose(town).entry.seq
    with town.reading() as tx:
        offered = proposals.plan_of(tx, CODE, seq, now=night)
        (one,) = proposals.open_proposals(tx, CODE)
    assert offered.decision.plan is not None
    assert offered.decision.plan.hash == one.item.plan == approve(town, seq).entry.plan
    assert (one.said.by, one.said.os_user, one.until) == ("wang", "wang", NIGHT + 2 * HOUR)
    with town.reading() as tx:
        assert proposals.open_proposals(tx, CODE) == []
        with pytest.raises(Conflict, match="approved"):
            proposals.plan_of(tx, CODE, seq, now=night)


def test_past_shows_what_waited_then(town: MemoryStore) -> None:
    seq = propose(town).entry.seq
    reject(town, seq, now=lambda: NIGHT + 60)
    with town.reading() as tx:
        past = as_of(tx, CODE, NIGHT + 30)
        assert [one.seq for one in proposals.open_proposals(tx, CODE, past)] == [seq]
        assert proposals.unreviewed(tx, CODE, past) == []
        assert proposals.open_proposals(tx, CODE) == []
