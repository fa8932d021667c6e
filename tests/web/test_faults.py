"""What the log says of a fault: enough to find it, and no secret of an address."""

from __future__ import annotations

from typing import Any

from litestar.testing import TestClient

from incident.web.app import make_app
from incident.web.faults import described
from tests.web.serving import TOWN, Served


class Broken:
    """A clock that has fallen off the wall."""

    def __call__(self) -> int:
        raise ZeroDivisionError("no time")


def logged(served: Served, address: str) -> dict[str, Any]:
    """Ask for a page of a broken site as the officer; gives the last line of the log."""
    lines = list[dict[str, Any]]()
    opened = served.opened
    site = opened.site._replace(now=Broken(), log=lambda _level, _event, **values: lines.append(values))
    session = served.session("duty_officer")
    doors = opened.doors._replace(gate=opened.doors.gate._replace(now=Broken()))
    with TestClient(make_app(site, doors), cookies={"incident": session, "lang": "en"}) as client:
        answer = client.get(address)
    assert answer.status_code == 500
    assert "a fault of this program" in answer.text
    assert "no time" not in answer.text
    return lines[-1]


def test_a_fault_is_logged_with_where_it_arose(served: Served) -> None:
    line = logged(served, f"/j/{TOWN}")
    assert line["error"] == "ZeroDivisionError: no time"
    assert line["at"].startswith("test_faults.py:")
    assert line["at"].endswith(" __call__")
    assert (line["path"], line["jurisdiction"]) == ("/j/{code}", TOWN)


def test_a_link_that_sets_a_password_stands_in_no_log(served: Served) -> None:
    line = logged(served, "/setup/a-secret-link")
    assert line["path"] == "/setup/{link}"
    assert "a-secret-link" not in repr(line)


def test_what_was_never_raised_arose_nowhere() -> None:
    assert described(ZeroDivisionError("x" * 900)) == {"error": f"ZeroDivisionError: {'x' * 481}"}
