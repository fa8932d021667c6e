"""Who may ask for what: every address, as everybody, at home and elsewhere.

`rules.txt` is written by hand and says which permission each address asks for; `MAY` says which roles have
it. Both are compared with the program, so that a new route, or a rule that was changed, is seen by whoever
reads the difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, get_args

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient

from incident.domain import commands
from incident.domain.permission import Permission, Role
from incident.testing import FakeClock
from tests.web.serving import TOWN, Served, copy

RULES: Final = Path(__file__).parent / "rules.txt"
#: Which roles a permission is for.
MAY: Final[dict[str, set[Role]]] = {
    "look": {"duty_officer", "decider", "group_lead", "auditor", "author", "administrator"},
    "act": {"duty_officer", "decider"},
    "decide": {"decider"},
    "file": {"duty_officer", "group_lead"},
    "roster": {"duty_officer"},
    "people_read": {"duty_officer", "decider", "group_lead", "auditor", "administrator"},
    "people_write": {"administrator"},
    "audit": {"auditor"},
    "adopt": {"author"},
    "administer": {"administrator"},
    "metrics": {"administrator"},
}
#: What stands in the places of an address.
PLACES: Final = {
    "code": TOWN,
    "event": "local_positive_reported",
    "seq": "0",
    "size": "1",
    "number": "0",
    "digest": "0" * 64,
    "name": "majian",
}
#: Answers that never end: that they begin is tried in a browser.
ENDLESS: Final = {"/live", "/j/{code:str}/live"}


def rules() -> list[tuple[str, str, str]]:
    """Read method, address and permission of each route."""
    lines = RULES.read_text(encoding="utf-8").splitlines()
    return [(method, path, rule) for method, path, rule in map(str.split, lines)]


def asks(app: Litestar) -> list[tuple[str, str, str]]:
    """List the same as the program has it."""
    return sorted(
        (method, route.path, str(handler.opt.get("permission")))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method != "OPTIONS"
    )


@pytest.fixture(scope="module")
def served(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One site for all of it."""
    file = copy(template, tmp_path_factory.mktemp("permissions") / "incident.db")
    with closing(Served(file, FakeClock())) as made:
        yield made


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[TestClient[Litestar]]:
    """A client that nobody has signed in with."""
    with served.client() as made:
        yield made


def is_kept_out(client: TestClient[Litestar], token: str | None, method: str, path: str) -> bool:
    """Ask, and tell whether that is not for this person; whatever else is wrong with it is not at issue."""
    address = re.sub(r"{(\w+):\w+}", lambda place: PLACES.get(place[1], "nobody"), path)
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    data: dict[str, str] | None = {} if method == "POST" else None
    found = client.request(method, address, headers=headers, data=data, follow_redirects=False)
    assert found.status_code < 500, (method, path, found.text)
    if found.status_code == 303:
        return found.headers["location"].startswith("/login?")
    return found.status_code == 401 or (found.status_code == 403 and "that is not yours to do" in found.text)


def test_every_route_says_whom_it_is_for(served: Served) -> None:
    assert asks(served.app) == sorted(rules())


def test_every_permission_has_its_roles() -> None:
    assert MAY.keys() == {*get_args(Permission)}


@pytest.mark.parametrize("role", get_args(Role))
def test_who_may_is_let_in_and_nobody_else(served: Served, client: TestClient[Litestar], role: Role) -> None:
    token = served.token(role)

    for method, path, rule in rules():
        is_admitted = rule in ("public", "signed_in") or role in MAY[rule]
        if not (is_admitted and path in ENDLESS):
            assert is_kept_out(client, token, method, path) is not is_admitted, (role, method, path)


def test_what_is_of_a_jurisdiction_is_for_nobody_from_elsewhere(
    served: Served, client: TestClient[Litestar]
) -> None:
    token = served.token("stranger")

    for method, path, rule in rules():
        if "{code" in path or rule == "administer":
            assert is_kept_out(client, token, method, path), (method, path)


def test_a_token_carries_no_more_than_its_scopes(served: Served, client: TestClient[Litestar]) -> None:
    token = served.token("decider", ["metrics"])

    for method, path, rule in rules():
        if rule not in ("public", "signed_in"):
            assert is_kept_out(client, token, method, path), (method, path)


def test_nobody_sees_anything_without_signing_in(client: TestClient[Litestar]) -> None:
    for method, path, rule in rules():
        if rule != "public":
            assert is_kept_out(client, None, method, path), (method, path)


@pytest.mark.parametrize(
    ("command", "address"),
    [
        ("account", "account"),
        ("history", "history"),
        ("journal prove", "entries/{seq:int}/proof"),
        ("proposals", "proposals"),
        ("reports", "reports"),
    ],
)
def test_a_command_line_is_told_no_more_than_the_api_tells(command: str, address: str) -> None:
    line = f"GET /api/v1/jurisdictions/{{code:str}}/{address} "
    rule = next(
        one.removeprefix(line)
        for one in RULES.read_text(encoding="utf-8").splitlines()
        if one.startswith(line)
    )
    assert commands.RULES[command].permissions == (rule,)
