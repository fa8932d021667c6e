"""What a server says that carried nothing out, as the error that it is: so it ends with the exit code of one.

    urn:incident:problem:…   a family of our errors: the same here, with what it says
    about:blank              what HTTP says by its status: who one is, what was sent, that it is too much
    anything else            no problem of ours: a proxy's page, another program. The server is away

RFC 9457; `docs/api.md` lists them. What a command itself says comes with its own exit code, and not by here.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct

from incident.domain.errors import (
    Conflict,
    IncidentError,
    JournalError,
    Moved,
    PlaybookError,
    Refused,
    RequestError,
    StoreAway,
    Unknown,
)
from incident.domain.say import Words, say

#: How our problems are named, and those that are no more than their status.
_OURS, _BLANK = "urn:incident:problem:", "about:blank"
#: Families by their names. A fault of the program is of none.
FAMILIES: Final[dict[str, type[IncidentError]]] = {
    "playbook": PlaybookError,
    "unknown": Unknown,
    "request": RequestError,
    "refused": Refused,
    "moved": Moved,
    "conflict": Conflict,
    "storage": StoreAway,
    "journal": JournalError,
    "fault": IncidentError,
}
#: Which family a status is of that stands alone; else the first digit says it.
_OF_STATUS: Final[dict[int, type[IncidentError]]] = {
    HTTPStatus.UNAUTHORIZED: Refused,
    HTTPStatus.FORBIDDEN: Refused,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.PRECONDITION_FAILED: Moved,
    HTTPStatus.TOO_MANY_REQUESTS: StoreAway,
}
_DO: Final[dict[type[IncidentError], Words]] = {
    Refused: say("an administrator gives a role, or makes a token: incident user"),
    RequestError: say("look at INCIDENT_SERVER, and at what was sent"),
    StoreAway: say("it may have been recorded; look: incident status"),
    IncidentError: say("nothing half done was kept; tell whoever keeps the server: its log says more"),
}
_LOOK: Final = say("look: incident status")


class Problem(Struct, kw_only=True):
    """What is read of a problem; all of it is a stranger's words."""

    type: str
    title: str = ""
    detail: str = ""
    where: str = ""
    expected: str = ""
    found: str = ""
    do: str = ""
    rule: str = ""


def error_told(status: int, raw: bytes, *, server: str, again: str | None = None) -> IncidentError:
    """Make the error that an answer of `server` tells; `again` says in how many seconds to come again."""
    problem = _read(raw)
    where = f"INCIDENT_SERVER {server}"
    if problem is None:
        return StoreAway(
            where=where,
            expected=say("an answer of the server"),
            found=_status(status),
            do=say(
                "look whether INCIDENT_SERVER is the server itself, and what stands before it; "
                "what was asked may have been recorded"
            ),
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return Refused(
            rule="token",
            where=where,
            expected=say("the token of somebody who may come in"),
            found=say("another, or one that is over"),
            do=say("make one on the page about yourself, or ask an administrator: incident user token"),
        )
    family = _family(status, problem.type)
    do = problem.do or (_later(again) if status == HTTPStatus.TOO_MANY_REQUESTS else _DO.get(family, _LOOK))
    parts = (
        problem.where or where,
        problem.expected or say("a request that the server carries out"),
        problem.found or problem.detail or problem.title or _status(status),
        do,
    )
    return _made(family, problem.rule or "server", *parts)


def _made(
    family: type[IncidentError], rule: str, where: Words, expected: Words, found: Words, do: Words
) -> IncidentError:
    """Make an error of a family by its parts, however else it is made where it happens."""
    if family is Refused:
        return Refused(rule=rule, where=where, expected=expected, found=found, do=do)
    error = family.__new__(family)
    IncidentError.__init__(error, where=where, expected=expected, found=found, do=do)
    return error


def _later(again: str | None) -> Words:
    if again is not None and re.fullmatch("[0-9]{1,5}", again):
        return say("nothing was recorded; try again in {n} s", n=int(again))
    return say("nothing was recorded; try again later")


def _read(raw: bytes) -> Problem | None:
    """Read a problem of ours; none where it is none."""
    try:
        problem = msgspec.json.decode(raw, type=Problem)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    name = problem.type.removeprefix(_OURS)
    is_ours = problem.type == _BLANK or (name != problem.type and name in FAMILIES)
    return problem if is_ours else None


def _family(status: int, kind: str) -> type[IncidentError]:
    if kind != _BLANK:
        return FAMILIES[kind.removeprefix(_OURS)]
    usual = RequestError if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR else StoreAway
    return _OF_STATUS.get(status, usual)


def _status(status: int) -> Words:
    try:
        return say("status {status}", status=f"{status} {HTTPStatus(status).phrase}")
    except ValueError:
        return say("status {status}", status=status)
