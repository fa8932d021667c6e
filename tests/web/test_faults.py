"""What the log says of a fault: enough to find it, and no secret of an address."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from incident.domain.errors import StoreAway, StoreError
from incident.domain.say import say
from incident.web.app import furnish
from incident.web.faults import described
from tests.web.serving import TOWN, Served


class Broken:
    """A clock that has fallen off the wall, or whatever else raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self) -> int:
        raise self.error


def asked(served: Served, address: str, error: Exception) -> tuple[Any, dict[str, Any]]:
    """Ask a broken site for a page as the officer; gives the answer, and the last line of the log."""
    lines = list[dict[str, Any]]()
    opened, broken = served.opened, Broken(error)

    def log(_level: str, event: str, **values: Any) -> None:
        if event == "fault":  # what runs beside the pages has the same clock
            lines.append(values)

    site = opened.site._replace(now=broken, log=log)
    session = served.session("duty_officer")
    doors = opened.doors._replace(gate=opened.doors.gate._replace(now=broken))
    furnish(served.app, site, doors)
    with TestClient(served.app, cookies={"incident": session, "lang": "en"}) as client:
        answer = client.get(address)
    return answer, lines[-1]


def logged(served: Served, address: str) -> dict[str, Any]:
    """Ask for a page that has a fault; gives the last line of the log."""
    answer, line = asked(served, address, ZeroDivisionError("no time"))
    assert answer.status_code == 500
    assert "a fault of this program" in answer.text
    assert "no time" not in answer.text
    return line


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


@pytest.mark.parametrize("address", ["/", f"/api/v1/jurisdictions/{TOWN}/duty"])
def test_where_the_database_is_and_what_its_driver_says_are_for_the_log_alone(
    served: Served, address: str
) -> None:
    away = StoreAway(
        where="postgresql://incident@10.0.0.7/town",
        expected="a database that answers",
        found="connection to 10.0.0.7 refused",
        do="try again",
    )
    answer, line = asked(served, address, away)
    assert answer.status_code == 503
    assert "a database that answers" in answer.text
    assert "10.0.0.7" not in answer.text
    assert "postgresql://incident@10.0.0.7/town" in line["error"]


def test_what_is_not_known_to_be_recorded_is_said(served: Served) -> None:
    lost = StoreError(where="sqlite:///x", found=say("it is not known"))
    answer, _line = asked(served, "/", lost)
    assert "it is not known" in answer.text
