"""Deciding through the API: as at a page, for a program with a token."""

from __future__ import annotations

import pytest

from incident.web.security.asking import PLAIN_COOKIE
from tests.web.api.calling import AT, LIFTED, POSITIVE, Caller, bearer, caller_of, version_at
from tests.web.serving import CAREFUL, TOWN, Served

CAREFULLY = f"/api/v1/jurisdictions/{CAREFUL}"


def test_a_plan_is_shown_and_nothing_recorded(officer_api: Caller) -> None:
    found = officer_api.post(f"{AT}/plans", json=POSITIVE)

    assert found.status_code == 200
    assert found.json()["to"] == "local_positive_detected"
    assert officer_api.get(AT).headers["etag"] == '"1"'


def test_what_is_decided_is_recorded_once(officer_api: Caller) -> None:
    first = officer_api.post(f"{AT}/decisions", json=POSITIVE, headers={"Idempotency-Key": "a"})
    again = officer_api.post(f"{AT}/decisions", json=POSITIVE, headers={"Idempotency-Key": "a"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["incident"] == again.json()["incident"] == "330681111-2026-001"
    assert again.json()["repeated"] is True
    assert officer_api.get(AT).headers["etag"] == '"2"'


def test_a_refusal_says_what_is_missing_and_is_on_record(officer_api: Caller) -> None:
    found = officer_api.post(f"{AT}/decisions", json={**POSITIVE, "basis": None})

    assert found.status_code == 403
    assert found.headers["content-type"].startswith("application/problem+json")
    assert found.json()["type"] == "urn:incident:problem:refused"
    assert (found.json()["missing"], found.json()["seq"]) == (["basis"], 1)


def test_whoever_looked_at_an_older_version_is_told_so(officer_api: Caller) -> None:
    officer_api.post(f"{AT}/decisions", json=POSITIVE)

    found = officer_api.post(f"{AT}/decisions", json=LIFTED, headers={"If-Match": '"1"'})

    assert found.status_code == 412
    assert officer_api.get(AT).headers["etag"] == '"2"'


def test_the_journal_names_who_had_signed_in(officer_api: Caller, served: Served) -> None:
    seq = officer_api.post(f"{AT}/decisions", json=POSITIVE).json()["seq"]

    with served.workplace.store.reading() as tx:
        stored = next(tx.entries(TOWN, since=seq))
    assert b'"actor":"authenticated"' in stored.body


# -- acts that are no events


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("extensions", {"until": "30d", "decided_by": "领导小组", "basis": "诸市防控〔2021〕4号"}),
        ("log", {"way": "in", "said": "the laboratory called", "who": "laboratory"}),
        ("directives", {"by": "command", "to": "duty", "due": "4h", "text": "Count the beds"}),
        ("reports", {"sender": "duty", "form": "daily_report", "zero": True}),
    ],
)
def test_an_act_counts_once_and_only_for_the_version_that_was_looked_at(
    officer_api: Caller, resource: str, said: dict[str, object]
) -> None:
    officer_api.post(f"{AT}/decisions", json=POSITIVE)
    version = version_at(officer_api)
    headers = {"Idempotency-Key": "once", "If-Match": version}

    late = officer_api.post(f"{AT}/{resource}", json=said, headers={"If-Match": '"1"'})
    first = officer_api.post(f"{AT}/{resource}", json=said, headers=headers)
    again = officer_api.post(f"{AT}/{resource}", json=said, headers=headers)
    other = officer_api.post(f"{AT}/log", json={"said": "another"}, headers={"Idempotency-Key": "once"})

    assert (late.status_code, late.json()["type"]) == (412, "urn:incident:problem:moved")
    assert (first.status_code, first.json()["repeated"]) == (201, False), first.text
    assert (again.status_code, again.json()["repeated"]) == (200, True), again.text
    assert again.json()["seq"] == first.json()["seq"]
    assert first.headers["etag"] == version_at(officer_api) != version
    assert (other.status_code, other.json()["type"]) == (409, "urn:incident:problem:conflict")


def test_moving_an_end_by_another_body_is_refused_and_on_record(officer_api: Caller) -> None:
    officer_api.post(f"{AT}/decisions", json=POSITIVE)

    found = officer_api.post(f"{AT}/extensions", json={"until": "30d"})

    assert (found.status_code, found.json()["rule"]) == (403, "missing")
    assert found.json()["missing"] == ["decided_by", "basis"]
    assert found.json()["seq"] == 2


def test_whoever_was_called_out_answers_until_nobody_is_waited_for(officer_api: Caller) -> None:
    officer_api.post(f"{AT}/decisions", json=POSITIVE)
    (callout,) = officer_api.get(AT).json()["callouts"]
    first, *others = [one["key"] for one in callout["waiting"]]

    nobody = officer_api.post(f"{AT}/acknowledgements", json={})
    one = officer_api.post(f"{AT}/acknowledgements", json={"parties": [first], "said": "on the way"})
    twice = officer_api.post(f"{AT}/acknowledgements", json={"parties": [first]})
    rest = officer_api.post(f"{AT}/acknowledgements", json={"parties": others})

    assert nobody.status_code == 422
    assert [each["key"] for each in one.json()["waiting"][0]["waiting"]] == others
    assert twice.status_code == 409
    assert rest.json()["waiting"] == []
    assert officer_api.get(AT).json()["callouts"] == []


def test_a_directive_is_answered_by_a_report_or_taken_back(officer_api: Caller) -> None:
    order = {"by": "command", "to": "duty", "due": "4h", "text": "Count the beds"}
    tier = {"after": "30m", "to": "command"}
    kept = officer_api.post(f"{AT}/directives", json={**order, "remind": "1h", "escalate": [tier]}).json()
    back = officer_api.post(f"{AT}/directives", json={**order, "text": "Count again"}).json()

    assert kept["escalate"][0]["after"] == "30m"
    answered = officer_api.post(
        f"{AT}/reports", json={"sender": "duty", "form": kept["directive"], "text": "Forty"}
    )
    taken = officer_api.post(f"{AT}/directives/{back['directive']}/withdrawal", json={"reason": "not needed"})
    gone = officer_api.post(f"{AT}/directives/{back['directive']}/withdrawal", json={"reason": "not needed"})

    assert [one["key"] for one in answered.json()["closes"]] == [kept["directive"]]
    assert taken.json()["directive"] == back["directive"]
    assert gone.status_code == 404
    assert officer_api.get(AT).json()["directives"] == []


def test_a_time_that_is_none_is_said_with_its_place(officer_api: Caller) -> None:
    found = officer_api.post(f"{AT}/log", json={"said": "x", "at": "yesterday"})

    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    assert (found.json()["where"], found.json()["found"]) == ("at", "`yesterday`")
    assert found.json()["do"] == "correct the time; it is read in the zone Asia/Shanghai"


# -- two persons


def test_one_proposes_and_another_approves_the_very_plan(served: Served, officer_api: Caller) -> None:
    decider, key = bearer(served, "decider"), {"Idempotency-Key": "yes"}

    alone = officer_api.post(f"{CAREFULLY}/decisions", json=POSITIVE)
    number = officer_api.post(f"{CAREFULLY}/proposals", json=POSITIVE).json()["proposal"]
    at = f"{CAREFULLY}/proposals/{number}"
    offered = officer_api.get(at, headers=decider).json()
    own = officer_api.post(f"{at}/approval")
    done = officer_api.post(f"{at}/approval", headers={**decider, **key})
    again = officer_api.post(f"{at}/approval", headers={**decider, **key})
    late = officer_api.post(f"{at}/approval", headers=decider)
    never = officer_api.get(f"{CAREFULLY}/proposals/77")

    assert (alone.status_code, alone.json()["rule"]) == (403, "two_persons")
    assert offered["plan"]["plan"] == done.json()["plan"] == offered["proposal"]["plan"]
    assert offered["would_be_refused"] is None
    assert own.status_code == 403
    assert (done.status_code, done.json()["to"]) == (201, "local_positive_detected")
    assert (again.status_code, again.json()["repeated"]) == (200, True)
    assert late.status_code == 409
    assert (never.status_code, never.json()["type"]) == (404, "urn:incident:problem:unknown")
    assert officer_api.get(f"{CAREFULLY}/proposals").json() == []


def test_a_proposal_is_rejected_by_another_and_withdrawn_by_who_made_it(
    served: Served, officer_api: Caller
) -> None:
    decider, key, why = bearer(served, "decider"), {"Idempotency-Key": "back"}, {"reason": "a mistake"}

    first = officer_api.post(f"{CAREFULLY}/proposals", json=POSITIVE).json()["proposal"]
    others = officer_api.post(f"{CAREFULLY}/proposals/{first}/withdrawal", json=why, headers=decider)
    rejected = officer_api.post(f"{CAREFULLY}/proposals/{first}/rejection", json=why, headers=decider)
    second = officer_api.post(f"{CAREFULLY}/proposals", json=POSITIVE).json()["proposal"]
    at = f"{CAREFULLY}/proposals/{second}"
    back = [officer_api.post(f"{at}/withdrawal", json=why, headers=key) for _ in range(2)]

    assert others.status_code == 422
    assert (rejected.status_code, rejected.json()["outcome"]) == (201, "rejected")
    assert [one.status_code for one in back] == [201, 200]
    assert back[1].json()["outcome"] == "withdrawn"


def test_what_one_does_alone_is_reviewed_by_another(served: Served, officer_api: Caller) -> None:
    decider = bearer(served, "decider")
    broken = {**POSITIVE, "break_glass": True, "reason": "the line is dead"}

    done = officer_api.post(f"{CAREFULLY}/decisions", json=broken).json()
    (waits,) = officer_api.get(f"{CAREFULLY}/reviews").json()
    at = f"{CAREFULLY}/reviews/{waits['entry']}"
    reviewed = officer_api.post(at, json={"finding": "rightly done"}, headers=decider)

    assert done["break_glass"] is True
    assert waits["entry"] == done["seq"]
    assert reviewed.json()["outcome"] == "reviewed"
    assert officer_api.get(f"{CAREFULLY}/reviews").json() == []


# -- who may not, and what is not there


def test_who_may_not_is_told_so_and_nothing_is_recorded(served: Served, officer_api: Caller) -> None:
    author, stranger = bearer(served, "author"), bearer(served, "stranger")

    refused = [
        officer_api.post(f"{AT}/decisions", json=POSITIVE, headers=author),
        officer_api.get(f"{AT}/history", headers=author),
        officer_api.post(f"{AT}/proposals/1/approval", headers=author),
        officer_api.get(AT, headers=stranger),
    ]
    nobody = officer_api.get(AT, headers={"authorization": "Bearer inc_nothing"})

    assert version_at(officer_api) == '"1"'
    assert [one.status_code for one in refused] == [403] * 4
    assert {one.headers["content-type"] for one in refused} == {"application/problem+json"}
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")


def test_an_unknown_jurisdiction_is_nothing_that_is_there(served: Served) -> None:
    with caller_of(served, "administrator") as anybody:
        for resource in ("", "/duty", "/reports", "/proposals", "/playbook"):
            found = anybody.get(f"/api/v1/jurisdictions/990000{resource}")
            assert (found.status_code, found.json()["type"]) == (404, "urn:incident:problem:unknown")
        del anybody.headers["authorization"]
        anybody.cookies.set(PLAIN_COOKIE, served.session("administrator"))
        page = anybody.get("/j/990000")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_what_is_not_in_the_form_is_said_by_its_place(officer_api: Caller) -> None:
    found = officer_api.post(f"{AT}/log", json={"said": "x", "colour": "red"})

    assert (found.status_code, found.json()["type"]) == (400, "about:blank")
    assert "colour" in found.json()["errors"][0]["message"]
