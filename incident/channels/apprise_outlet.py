"""Letters through apprise, the library that knows mail, chat robots and webhooks: a notification each.

apprise says no more than whether it worked, and takes for success whatever a server answers with a status of
2xx. Here it is heard what the server answered and what apprise wrote into its log meanwhile. So a robot that
refuses with status 200, as those of WeCom, DingTalk and Feishu do, has not taken the letter; and whoever is
told of a failure is told why, without any part of the address, in which passwords stand.

    550, 551, 553 for the receiver, 410, a robot that is gone, no address at all   never
    anything else                                                                  not now
"""

from __future__ import annotations

import ast
import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from incident.channels.limit import ADDRESS, masked
from incident.domain.errors import RequestError
from incident.domain.say import Say, say
from incident.service.letters import Letter, Outlet, UndeliverableError

if TYPE_CHECKING:
    from apprise import NotifyBase
    from requests import PreparedRequest, Response

#: Seconds for connecting and for an answer, where the address of the service does not say otherwise.
CONNECT, ANSWER = 10, 15
#: Addresses of each kind, to try whether apprise understands what stands around them.
_SAMPLES = (
    *("duty@example.cn", "13900000000", "+8613900000000", "-1001234567890", "a1b2c3d4e5", "#duty"),
    *("0123456789abcdef" * 2, "0123456789abcdef" * 4, "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "U" * 30),
)
#: Where the key goes, by kind of service; elsewhere it is the last line of the text.
_KEY = {
    **dict.fromkeys(("mailto", "mailtos"), "+X-Incident-Key"),
    **dict.fromkeys(("json", "jsons", "form", "forms"), ":key"),
}
#: What a robot answers with status 200: 0 under one of these names, or it has not taken the message.
_ANSWERS = {
    **dict.fromkeys(("wecombot", "dingtalk"), ("errcode",)),
    **dict.fromkeys(("feishu", "lark"), ("code", "StatusCode")),
}
#: What a robot says that is no more; its number may mean other things too.
_NO_ROBOT = re.compile(r"invalid webhook url|token is not exist|webhook access token invalid", re.IGNORECASE)
#: Codes for a receiver that is none. An answer may say more exactly, in three numbers, what is meant: that a
#: mailbox is none or is closed, or that we may not send there, which the operator can mend.
_NO_RECEIVER = (550, 551, 553)
_EXACT = re.compile(r"5\.(\d{1,3}\.\d{1,3})(?![\d.])")
_EXACT_NO_RECEIVER = ("1.0", "1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "2.1")
_GONE = 410
#: What apprise writes into its log before the reason that something else gave it.
_EXCEPTION = "Socket Exception: "
_TIMED_OUT = re.compile(r"timed? ?out", re.IGNORECASE)


def apprise_outlet(template: str) -> Outlet:
    """Hand letters to the service at `template`, an address of apprise's with `{address}` in it."""

    def send(letter: Letter) -> None:
        library = _library()
        url = _url(template, letter)
        with _listening() as heard:
            taken = _notify(library, url, letter, heard)
        failure = _failure(heard, is_taken=taken)
        if failure is not None:
            kind, reason = failure
            raise kind(masked(reason, _secrets(url, letter, heard)))

    return send


def fault(template: str) -> Say | None:
    """Say what is wrong with the address of a service; None where apprise understands it.

    Raises `RequestError` when apprise is not installed.
    """
    library = _library()
    said: dict[str, None] = {}
    for sample in _SAMPLES:
        with _listening() as heard:
            if _service(library, template.replace(ADDRESS, quote(sample, safe=""))) is not None:
                return None
        # what repeats the whole address explains nothing
        said |= dict.fromkeys(one.replace(sample, ADDRESS) for one in heard.lines if "://" not in one)
    reason = masked("; ".join(said), _pieces(template))
    if not reason:
        return say("an address that apprise does not know")
    return say("an address that apprise refuses: {reason}", reason=reason)


# -- the library


class _Heard(threading.local):
    """What is heard in a thread while it listens."""

    listens = False
    #: Lines of apprise's log that say why something failed.
    lines: list[str]
    #: The last answer of a server of the web.
    answer: Response | None
    schema: str
    host: str


_here = _Heard()
_once = threading.Lock()


@contextmanager
def _listening() -> Iterator[_Heard]:
    """Hear what apprise and servers say in this thread meanwhile."""
    _here.lines, _here.answer, _here.schema, _here.host = [], None, "", ""
    _here.listens = True
    try:
        yield _here
    finally:
        _here.listens = False


class _Ear(logging.Handler):
    """Hears apprise's log: warnings, and the one remark below them that says what went wrong on the way."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line for whoever listens in this thread."""
        line = record.getMessage()
        if _here.listens and (record.levelno >= logging.WARNING or line.startswith(_EXCEPTION)):
            _here.lines.append(line)


def _library() -> ModuleType:
    """Give apprise, ready to be listened to. Raises `RequestError` when it is not installed."""
    try:
        import apprise
        import requests
    except ImportError as error:
        raise RequestError(
            where="apprise",
            expected=say("the library that sends messages"),
            found=say("not installed"),
            do=say("run: `pip install 'incident[messages]'`"),
        ) from error
    log = logging.getLogger("apprise")
    with _once:
        if not any(isinstance(one, _Ear) for one in log.handlers):
            _load_services(apprise)
            _put_ears_on(log, requests)
    return apprise


def _load_services(apprise: Any) -> None:
    with warnings.catch_warnings():
        # it asks for a module that Python means to remove, and can do without
        warnings.simplefilter("ignore", DeprecationWarning)
        apprise.Apprise.instantiate("json://localhost")


def _put_ears_on(log: logging.Logger, requests: Any) -> None:
    """Hear from now on what is logged and answered; nobody else hears what may hold secrets."""
    log.addHandler(_Ear())
    log.setLevel(logging.DEBUG)
    log.propagate = False
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    send = requests.Session.send

    @wraps(send)
    def heard(session: Any, request: PreparedRequest, **options: Any) -> Response:
        answer: Response = send(session, request, **options)
        if _here.listens:
            _here.answer = answer
        return answer

    requests.Session.send = heard


def _service(library: Any, url: str) -> NotifyBase | None:
    """Give who is reached under an address; None when it is none."""
    # no redirects: one makes of a message a mere question, which is answered well and brings nothing
    asset = library.AppriseAsset(async_mode=False, http_redirects=False, app_id="incident")
    service: NotifyBase | None = library.Apprise.instantiate(url, asset=asset)
    return service


# -- a letter


def _url(template: str, letter: Letter) -> str:
    """Fill in an address; with the key, where the service has a place for it, and times."""
    if any(char.isspace() or not char.isprintable() for char in letter.address):
        raise UndeliverableError(say("an address with spaces or control characters"))
    url = template.replace(ADDRESS, quote(letter.address, safe=""))
    given = {"cto": str(CONNECT), "rto": str(ANSWER)}
    place = _KEY.get(_schema(template))
    if place is not None:
        given[place] = letter.key
    for name, value in given.items():
        if not re.search(rf"[?&]{re.escape(name)}=", template):
            url += f"{'&' if '?' in url else '?'}{name}={quote(value, safe='')}"
    return url


def _schema(url: str) -> str:
    return url.partition("://")[0].lower()


def _notify(library: Any, url: str, letter: Letter, heard: _Heard) -> bool:
    """Let apprise send a letter; tells what it tells. Raises `UndeliverableError` when it cannot even try."""
    service = _service(library, url)
    if service is None or not _is_receiver(service, letter.address):
        raise UndeliverableError(say("an address that apprise does not take"))
    heard.schema = str(service.schema)
    heard.host = str(getattr(service, "smtp_host", "") or service.host) if heard.schema in _KEY else ""
    text = letter.text if heard.schema in _KEY else f"{letter.text.rstrip()}\n\n{letter.key}"
    try:
        return bool(
            service.notify(
                body=text if text.strip() else letter.subject,
                title=" ".join(letter.subject.split()),
                body_format=library.NotifyFormat.TEXT,
            )
        )
    except Exception as error:  # noqa: BLE001 - plug-ins raise anything, with anything in it
        heard.lines.append(f"{type(error).__name__}: {error}")
        return False


def _is_receiver(service: Any, address: str) -> bool:
    """Tell whether mail goes to this address: apprise reads what it can out of it, and drops the rest."""
    if service.schema not in ("mailto", "mailtos"):
        return True
    return address in [*(to for _name, to in service.targets), *service.cc, *service.bcc]


# -- what came of it


def _failure(heard: _Heard, *, is_taken: bool) -> tuple[type[Exception], str] | None:
    """Say what kind of failure it was and why; None when the letter was taken."""
    robot = _refusal(heard)
    if is_taken and robot is None:
        return None
    answers = _refused_receivers(heard.lines)
    if answers:
        reason = "; ".join(f"{code} {said}" for code, said in answers)
        is_final = all(_is_no_receiver(code, said) for code, said in answers)
    else:
        reason = "; ".join([*([robot] if robot else []), *map(_short, heard.lines)]) or "no reason given"
        is_gone = heard.answer is not None and heard.answer.status_code == _GONE
        is_final = is_gone or (robot is not None and _NO_ROBOT.search(robot) is not None)
    if is_final:
        return UndeliverableError, reason
    return TimeoutError if _TIMED_OUT.search(reason) else OSError, reason


def _short(line: str) -> str:
    """Give a line of the log without what comes before the reason that a library of the web gives."""
    cause = line.removeprefix(_EXCEPTION)
    return cause.rpartition(": ")[2].rstrip("\"')") if cause.startswith("HTTP") else cause


def _refusal(heard: _Heard) -> str | None:
    """Give the words in which a robot refused, None where it did not or the service is no robot."""
    names = _ANSWERS.get(heard.schema)
    if names is None or (heard.answer is None and heard.lines):
        return None  # it was not even reached
    try:
        answer = None if heard.answer is None else heard.answer.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not any(name in answer for name in names):
        return "no answer of such a robot"
    codes = [answer[name] for name in names if name in answer]
    if all(code == 0 for code in codes):
        return None
    return f"{codes[0]} {answer.get('errmsg') or answer.get('msg') or ''}"


def _refused_receivers(lines: list[str]) -> list[tuple[int, str]]:
    """Read which receivers a mail server refused: code and words of each; empty when there is more to it."""
    causes = [one.removeprefix(_EXCEPTION) for one in lines if one.startswith(_EXCEPTION)]
    try:
        return [
            (int(code), said.decode("utf-8", errors="replace"))
            for cause in causes
            for code, said in ast.literal_eval(cause).values()
        ]
    except (ValueError, SyntaxError, AttributeError, TypeError, MemoryError, RecursionError):
        return []


def _is_no_receiver(code: int, said: str) -> bool:
    exact = _EXACT.match(said)
    return code in _NO_RECEIVER if exact is None else exact[1] in _EXACT_NO_RECEIVER


# -- what must not be seen


def _secrets(url: str, letter: Letter, heard: _Heard) -> set[str]:
    """Give all that a reason must not repeat; hosts of mail and webhooks are none."""
    return (_pieces(url) | {letter.address, letter.subject, *letter.text.splitlines()}) - {heard.host}


def _pieces(url: str) -> set[str]:
    """Take an address apart; each piece may be a password or be made of one."""
    raw = re.split(r"[\s/?&=:@,;]+", url.partition("://")[2] or url)
    return {*raw, *map(unquote, raw)} - {ADDRESS}
