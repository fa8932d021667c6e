"""Errors as answers: a page for people, a problem (RFC 9457) for programs. Nobody sees a traceback.

Each family of errors has one status, as it has one exit code on the command line (`incident.cli.exits`).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.status_codes import HTTP_401_UNAUTHORIZED, HTTP_403_FORBIDDEN, HTTP_500_INTERNAL_SERVER_ERROR
from msgspec import UNSET, Struct, UnsetType

from incident.domain import errors
from incident.domain.say import Words, say
from incident.language import speak
from incident.views.naming import Who
from incident.views.plan import Refusal
from incident.web.faults import described
from incident.web.forms import address_in, go, here_of
from incident.web.text import page
from incident.web.unsent import Unsent, answer_unsent

if TYPE_CHECKING:
    from litestar.types import ExceptionHandlersMap

#: Status and name of each family, most special first.
FAMILIES: Final[dict[type[errors.IncidentError], tuple[int, str]]] = {
    errors.PlaybookError: (422, "playbook"),
    errors.Unknown: (404, "unknown"),
    errors.RequestError: (422, "request"),
    errors.Refused: (403, "refused"),
    errors.Moved: (412, "moved"),
    errors.Conflict: (409, "conflict"),
    errors.StoreError: (503, "storage"),
    errors.JournalError: (500, "journal"),
}
_OF_HTTP: Final[dict[int, Words]] = {
    400: say("the request cannot be understood"),
    401: say("sign in first"),
    403: say("that is not yours to do"),
    404: say("there is nothing here"),
    405: say("this address takes no such request"),
    409: say("somebody was first"),
    412: say("it has changed since you looked"),
    413: say("that is too much at once"),
    415: say("no such kind of content is taken here"),
    422: say("what was sent cannot be understood"),
    428: say("say which version you looked at"),
    429: say("too many requests; wait a little"),
    503: say("the database does not answer"),
}
#: Faults of one form that are told, and characters of one.
_MOST: Final = 20
_LONGEST: Final = 300
#: How msgspec ends its sentence when a body is nested too deep; what litestar says of one that never came.
_TOO_DEEP: Final = "while deserializing an object"
#: How Python begins its sentence about a charset that there is not.
_NO_CHARSET: Final = "unknown encoding"
_GONE: Final = "client disconnected prematurely"
#: How our problems are named; documented in docs/api.md.
PROBLEM: Final = "urn:incident:problem:"


class FormFault(Struct, kw_only=True):
    """What is wrong with the form of a request."""

    message: str
    #: Path in the body, or name of the parameter; where it comes from: body, query, header, path.
    key: str | UnsetType = UNSET
    source: str | UnsetType = UNSET


class Problem(Struct, kw_only=True, rename={"kind": "type"}):
    """What went wrong (RFC 9457), with the four parts of each of our errors."""

    kind: str
    title: str
    status: int
    detail: str | UnsetType = UNSET
    where: str | UnsetType = UNSET
    expected: str | UnsetType = UNSET
    found: str | UnsetType = UNSET
    do: str | UnsetType = UNSET
    #: Of a request in another form than is described: each fault, and where it is.
    errors: list[FormFault] | UnsetType = UNSET
    #: Of a refusal: the rule, what was missing, who may decide, what is possible instead.
    rule: str | UnsetType = UNSET
    missing: list[str] | UnsetType = UNSET
    who_may_decide: list[Who] | UnsetType = UNSET
    possible: list[str] | UnsetType = UNSET
    #: Entry of the journal that records it.
    seq: int | UnsetType = UNSET


class RefusedException(HTTPException):
    """A request that was understood and is not granted."""

    status_code = HTTP_403_FORBIDDEN

    def __init__(self, refusal: Refusal, *, seq: int | None = None) -> None:
        """Keep why, and the entry that records it."""
        super().__init__(detail=refusal.reason)
        self.problem = problem_of_refusal(refusal, seq)


def problem_of_refusal(refusal: Refusal, seq: int | None) -> Problem:
    """Describe a refusal."""
    return Problem(
        kind=f"{PROBLEM}refused",
        title=speak(_title("refused")),
        status=HTTP_403_FORBIDDEN,
        detail=refusal.reason,
        rule=refusal.rule,
        missing=refusal.missing,
        who_may_decide=refusal.who_may_decide,
        possible=refusal.possible,
        seq=UNSET if seq is None else seq,
    )


def problem_of(error: Exception) -> Problem:
    """Describe an error in the language in force; of a fault of ours only that it is one."""
    if isinstance(error, RefusedException):
        return error.problem
    if isinstance(error, errors.IncidentError):
        status, name = next(
            (found for family, found in FAMILIES.items() if isinstance(error, family)), (500, "fault")
        )
        where, expected, found, do = (speak(words)[:2000] or UNSET for words in _parts(error, name))
        return Problem(
            kind=PROBLEM + name,
            title=speak(_title(name)),
            status=status,
            where=where,
            expected=expected,
            found=found,
            do=do,
            rule=error.rule if isinstance(error, errors.Refused) else UNSET,
        )
    if _is_no_text(error) or (isinstance(error, RecursionError) and str(error).endswith(_TOO_DEEP)):
        return Problem(kind="about:blank", title=speak(_OF_HTTP[400]), status=400)
    if isinstance(error, HTTPException):
        known = _OF_HTTP.get(error.status_code)
        title = speak(known) if known is not None else error.detail
        more = error.detail if _says_more(error, title) else UNSET
        return Problem(
            kind="about:blank",
            title=title,
            status=error.status_code,
            detail=more,
            errors=_faults(error) or UNSET,
        )
    return Problem(kind=f"{PROBLEM}fault", title=speak(_title("fault")), status=500)


def problem_if(error: Exception | None) -> Problem | None:
    """Describe an error for the page that was asked for, if there is one."""
    return None if error is None else problem_of(error)


def _parts(error: errors.IncidentError, name: str) -> tuple[Words, ...]:
    """Give the parts of an error; where a database is and what its driver says are for the log alone."""
    where, expected, found, do = error.parts()
    if name == "storage" and isinstance(where, str):
        return say("the database"), expected, None if isinstance(found, str) else found, do
    return where, expected, found, do


def _is_no_text(error: Exception) -> bool:
    """Tell whether the framework could not read a body as text: a fault of whoever sent it, not of ours."""
    is_about_text = isinstance(error, UnicodeDecodeError) or (
        isinstance(error, LookupError) and str(error).startswith(_NO_CHARSET)
    )
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    raised_in = "" if last is None else str(last.tb_frame.f_globals.get("__name__"))
    return is_about_text and raised_in.startswith("litestar.")


def _faults(error: HTTPException) -> list[FormFault]:
    """Give what the framework says of each part of a request that is not in the form described."""
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return []
    return [
        FormFault(
            message=str(one.get("message", ""))[:_LONGEST],
            key=one.get("key", UNSET),
            source=str(getattr(source, "value", source)) if (source := one.get("source")) else UNSET,
        )
        for one in error.extra[:_MOST]
        if isinstance(one, dict)
    ]


def _says_more(error: HTTPException, title: str) -> bool:
    """Tell whether the details of an error are for others to read, and say more than that it is one."""
    usual = ("", title, HTTPStatus(error.status_code).phrase)
    return error.status_code < HTTP_500_INTERNAL_SERVER_ERROR and error.detail not in usual


def _title(name: str) -> Words:
    titles: dict[str, Words] = {
        "playbook": say("the playbook does not hold"),
        "unknown": say("there is nothing of that name here"),
        "moved": say("it has changed since you looked"),
        "request": say("the request cannot be understood"),
        "refused": say("refused"),
        "conflict": say("somebody was first"),
        "storage": say("the database cannot be used"),
        "journal": say("the record does not hold"),
        "fault": say("a fault of this program; nothing half done was kept"),
    }
    return titles[name]


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer with an error: as a problem under `/api/`, else as a page."""
    problem = problem_of(error)
    if problem.status >= HTTP_500_INTERNAL_SERVER_ERROR and getattr(error, "detail", "") != _GONE:
        _log(request, error)
    headers = dict(getattr(error, "headers", None) or {})
    if not is_api(request) and request.method == "GET":
        # who came with a token that is none is told so: no program fills a form
        if problem.status == HTTP_401_UNAUTHORIZED and "WWW-Authenticate" not in headers:
            return _ask_to_sign_in(request)
        if getattr(error, "extra", None) == ["must_change"]:
            return go("/me")
        if problem.status == HTTP_403_FORBIDDEN and "hx-request" in request.headers:
            return _stay(request, None)
    if is_api(request):
        return Response(
            msgspec.json.encode(problem),
            media_type="application/problem+json",
            status_code=problem.status,
            headers=headers,
        )
    unsent: Unsent | None = getattr(error, "unsent", None)
    if unsent is not None:
        return answer_unsent(request, unsent, problem.status)
    found = page(request, "error.html", status=problem.status, problem=problem)
    found.headers.update(headers)
    return found


def _log(request: Request[Any, Any, Any], error: Exception) -> None:
    """Log a fault. Of its address what the route says alone: one that sets a password is a secret."""
    route, code = request.scope.get("path_template"), request.scope.get("path_params", {}).get("code")
    request.app.state.site.log("error", "fault", path=route, jurisdiction=code, **described(error))


def _ask_to_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Lead to the page where one signs in; a page that only keeps itself fresh stays, and says so."""
    if "hx-request" not in request.headers:
        return go(f"/login?next={quote(address_in(request))}")
    return _stay(request, f"/login?next={quote(here_of(request))}")


def _stay(request: Request[Any, Any, Any], login: str | None) -> Response[Any]:
    """Let a page stay that keeps itself fresh no more, and say why; without `login` nothing leads back."""
    if request.url.path.endswith("/live"):  # it would take a page for a stream
        return Response(b"", status_code=HTTP_401_UNAUTHORIZED if login else HTTP_403_FORBIDDEN)
    found = page(request, "ended.html", address=login)
    found.headers.update({"HX-Retarget": "#ended", "HX-Reswap": "innerHTML", "HX-Reselect": "#ended-said"})
    return found


def is_api(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a program asks."""
    return request.url.path.startswith("/api/") or MediaType.JSON in request.headers.get("accept", "")


HANDLERS: Final[ExceptionHandlersMap] = {HTTPException: answer, Exception: answer}
