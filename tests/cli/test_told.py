"""What a server says that carried nothing out ends with the exit code of what it is."""

from __future__ import annotations

import json
from typing import Any, Final

import click
import pytest

from incident.cli import exits
from incident.cli.output import error_lines, put_error
from incident.cli.told import FAMILIES, error_told
from incident.domain.errors import IncidentError, Refused
from incident.web import errors as web

SERVER: Final = "https://incident.example"
PAGE: Final = b"<html><head><title>403 Forbidden</title></head></html>"


def told(status: int, problem: Any, again: str | None = None) -> IncidentError:
    raw = problem if isinstance(problem, bytes) else json.dumps(problem).encode()
    return error_told(status, raw, server=SERVER, again=again)


def blank(status: int, **said: str) -> IncidentError:
    return told(status, {"type": "about:blank", "title": "no", "status": status, **said})


@pytest.mark.parametrize(("family", "known"), web.FAMILIES.items(), ids=str)
def test_each_family_ends_as_on_the_command_line(family: type[IncidentError], known: tuple[int, str]) -> None:
    """A family that the server gets is to be known here, and has one exit code on both ways."""
    status, name = known
    parts = {"where": "there", "expected": "this", "found": "that", "do": "look"}
    error = told(status, {"type": f"{web.PROBLEM}{name}", "status": status, **parts})

    assert error.parts() == tuple(parts.values())
    assert exits.code_of(error) == exits.code_of(family.__new__(family))


def test_no_family_is_known_that_the_server_has_not() -> None:
    assert {*FAMILIES} == {name for _status, name in web.FAMILIES.values()} | {"fault"}


#: A status that stands alone → exit code: who one is, what was sent, who was first, what is away.
STATUSES: Final = {
    **dict.fromkeys((401, 403), exits.REFUSED),
    **dict.fromkeys((400, 404, 405, 413, 415, 422, 428), exits.USAGE),
    **dict.fromkeys((409, 412), exits.CONFLICT),
    **dict.fromkeys((429, 500, 502, 503), exits.STORAGE),
}


@pytest.mark.parametrize(("status", "code"), STATUSES.items())
def test_status_that_stands_alone_ends_as_what_it_means(status: int, code: int) -> None:
    error = blank(status, detail="change your password first")

    assert exits.code_of(error) == code
    assert SERVER in str(error)
    assert status == 401 or error.found == "change your password first"
    assert len(error_lines(error)) == 4


def test_fault_of_the_server_is_one() -> None:
    error = told(500, {"type": f"{web.PROBLEM}fault", "title": "a fault"})

    assert (exits.code_of(error), error.found) == (exits.BUG, "a fault")
    assert "whoever keeps the server" in str(error)


@pytest.mark.parametrize("status", [302, 401, 403, 404, 413, 422, 429, 500, 502, 504, 799])
@pytest.mark.parametrize(
    "raw",
    [
        PAGE,
        b"",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type": 1}',
        b'{"message": "Forbidden"}',
        b'{"type": "https://proxy.example/denied", "title": "no"}',
        b'{"type": "refused", "title": "no"}',
        b'{"type": "urn:incident:problem:other"}',
    ],
    ids=range(10),
)
def test_what_is_no_problem_of_ours_says_nothing_about_what_was_asked(status: int, raw: bytes) -> None:
    error = told(status, raw)

    assert exits.code_of(error) == exits.STORAGE
    assert str(status) in str(error.found)
    assert "may have been recorded" in str(error.do)


def test_who_comes_too_often_hears_when_to_come_again() -> None:
    error = told(429, {"type": "about:blank", "title": "too many"}, again="5")

    assert "try again in 5 s" in str(error)
    assert "try again later" in str(told(429, {"type": "about:blank"}, again="Wed, 21 Oct 2026 07:28:00 GMT"))


def test_refusal_keeps_its_rule_and_is_shown_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    refused = told(403, {"type": f"{web.PROBLEM}refused", "rule": "missing", "detail": "no basis"})
    errors = [refused, *(blank(status) for status in STATUSES)]
    with click.Context(click.Command("incident")) as context:
        context.meta["json"] = True
        for error in errors:
            put_error(error)

    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said[0]["refused"]["rule"] == "missing"
    assert [len(one) for one in said] == [1] * len(errors)
    assert isinstance(refused, Refused)
