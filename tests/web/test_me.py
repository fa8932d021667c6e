"""One's own page is a person's matter: a program with a token changes nothing there."""

from __future__ import annotations

import re
from typing import Final

import pytest

from incident.service import sessions, tokens, users
from incident.service.access import NOBODY
from tests.web.api.calling import bearer
from tests.web.serving import PASSWORD, Served

NEW: Final = "four other words in mind"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/me/sessions/end", {}),
        ("/me/password", {"old": PASSWORD, "password": NEW, "again": NEW}),
        ("/me/tokens", {"name": "another", "scope-look": "on", "days": "1"}),
        ("/me/tokens/end", {"token": "x"}),
    ],
)
def test_a_token_signs_nobody_out_and_makes_and_ends_no_other(
    served: Served, path: str, form: dict[str, str]
) -> None:
    served.session("duty_officer")
    there = sessions.sessions(served.gate, _user(served))
    with served.client() as program:
        found = program.post(path, data=form, headers=bearer(served, "duty_officer"))

    assert found.status_code == 422
    assert "somebody who has signed in" in found.text
    assert there
    assert sessions.sessions(served.gate, _user(served)) == there


def test_a_token_of_ones_own_can_decide_and_any_in_ones_name_is_taken_back(served: Served) -> None:
    lent = tokens.make(served.gate, "decider", "sensor", ["look"], NOBODY).token
    with served.client("decider") as client:
        form = {"_csrf": re.findall(r'name="_csrf" value="([^"]+)"', client.get("/me").text)[0]}
        wanted = {**form, "name": "laptop", "scope-look": "on", "scope-decide": "on", "days": "30"}
        text = client.post("/me/tokens", data=wanted).text
        plain = re.findall(r'id="secret" class="code" readonly value="(inc_[^"]+)"', text)
        wrong = client.post("/me/tokens", data={**wanted, "days": "never"})
        assert (wrong.status_code, "laptop" in wrong.text) == (422, True)
        assert client.post("/me/tokens/end", data={**form, "token": lent.id}).status_code == 200
        assert client.post("/me/tokens/end", data={**form, "token": lent.id}).status_code == 404
        assert "themselves" in client.get("/me").text
    (made,) = tokens.tokens(served.gate, "decider")
    person = tokens.person_of(served.gate, *plain)
    assert person is not None
    assert (made.name, made.scopes, made.is_own) == ("laptop", ("look", "decide"), True)
    assert person.token is not None
    assert person.token.is_own


def test_nobody_takes_back_what_comes_in_the_name_of_another(served: Served) -> None:
    (theirs,) = [tokens.make(served.gate, "decider", "sensor", ["look"], NOBODY).token]
    with served.client("duty_officer") as client:
        form = {"_csrf": re.findall(r'name="_csrf" value="([^"]+)"', client.get("/me").text)[0]}
        assert client.post("/me/tokens/end", data={**form, "token": theirs.id}).status_code == 404
    assert tokens.tokens(served.gate, "decider") == [theirs]


def test_an_administrator_makes_no_token_that_decides_for_another(served: Served) -> None:
    with served.client("administrator") as client:
        form = {"_csrf": re.findall(r'name="_csrf" value="([^"]+)"', client.get("/me").text)[0]}
        wanted = {**form, "name": "laptop", "scope-decide": "on", "days": "30"}
        answer = client.post("/admin/users/decider/token", data=wanted)
    assert answer.status_code == 403
    assert "one that Decider makes, who has signed in" in answer.text
    assert tokens.tokens(served.gate, "decider") == []


def _user(served: Served) -> str:
    with served.gate.identity.reading() as tx:
        return users.find(tx, "duty_officer").id
