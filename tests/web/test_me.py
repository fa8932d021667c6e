"""One's own page is a person's matter: a program with a token changes nothing there."""

from __future__ import annotations

from typing import Final

import pytest

from incident.service import sessions, users
from tests.web.api.calling import bearer
from tests.web.serving import PASSWORD, Served

NEW: Final = "four other words in mind"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/me/sessions/end", {}),
        ("/me/password", {"old": PASSWORD, "password": NEW, "again": NEW}),
    ],
)
def test_a_token_signs_nobody_out_and_changes_no_password(
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


def _user(served: Served) -> str:
    with served.gate.identity.reading() as tx:
        return users.find(tx, "duty_officer").id
