"""Real servers on this machine for letters to arrive at: mail, web, and such as misbehave."""

from __future__ import annotations

import asyncio
import json
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, NamedTuple

import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

with warnings.catch_warnings():
    # aiosmtpd 1.4 imports a module of asyncio that Python means to remove; what we send is not concerned
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

HERE = "127.0.0.1"


# -- mail


class MailServer:
    """Takes mail; what it answers to each receiver and to the text can be said."""

    def __init__(self, *, receiver: str = "250 OK", text: str = "250 OK") -> None:
        self.receiver, self.text = receiver, text
        self.mails: list[EmailMessage] = []
        self.receivers: list[str] = []
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.receiver.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.receiver

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.receivers += envelope.rcpt_tos
        return self.text


class _Dropping(SMTP):
    """Is gone as soon as the text begins."""

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd calls it so
        await self.push("354 go on")
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.abort()


class _On(Controller):
    """Runs a mail server in a thread, at a port that the system chooses."""

    kind: type[SMTP] = SMTP

    def factory(self) -> SMTP:
        return self.kind(self.handler, hostname="mail.test")

    def _trigger_server(self) -> None:
        """Learn the port; one connects to it to see that it runs, which must not be port 0."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's own


@contextmanager
def mail_server(handler: MailServer, *, kind: type[SMTP] = SMTP) -> Iterator[MailServer]:
    controller = _On(handler, hostname=HERE, port=0, ready_timeout=60)
    controller.kind = kind
    controller.start()
    try:
        handler.port = controller.port
        yield handler
    finally:
        controller.stop()


@contextmanager
def dropping_mail_server() -> Iterator[int]:
    with mail_server(MailServer(), kind=_Dropping) as server:
        yield server.port


# -- web


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    status: int = 200
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class WebServer(NamedTuple):
    port: int
    requests: list[Request]


#: Answers a request by itself, instead of with an `Answer`.
Misbehaviour = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def web_server(answer: Answer | Misbehaviour) -> Iterator[WebServer]:
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(Request(self.path, dict(self.headers), body))
            if not isinstance(answer, Answer):
                answer(self)
                return
            content = answer.body.encode()
            self.send_response(answer.status)
            for name, value in (*answer.headers, ("Content-Length", str(len(content)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HERE, 0), Handler)
    # where a test is over nobody waits for a poll
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield WebServer(server.server_address[1], requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def silent_web_server() -> Iterator[WebServer]:
    """Take requests and never answer."""
    is_over = Event()
    with web_server(lambda _handler: (is_over.wait(), None)[1]) as server:
        try:
            yield server
        finally:
            is_over.set()


def break_off(handler: BaseHTTPRequestHandler) -> None:
    """Close in the middle of an answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    handler.wfile.flush()
    handler.close_connection = True


# -- neither


@contextmanager
def half_open() -> Iterator[int]:
    """Accept connections and never say a word: the system does that for whoever listens."""
    with socket.create_server((HERE, 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def closed_port() -> Iterator[int]:
    """Hold a port at which nobody listens, so that nobody else takes it either."""
    with socket.socket() as held:
        held.bind((HERE, 0))
        yield held.getsockname()[1]


# -- robots


def lead_robots(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Let robots stand at a port of this machine instead of where they are."""
    here = f"http://{HERE}:{port}"
    monkeypatch.setattr(NotifyWeComBot, "notify_url", here + "/send?key={key}")
    monkeypatch.setattr(NotifyDingTalk, "notify_url", here + "/send?access_token={token}")
    monkeypatch.setattr(NotifyFeishu, "notify_url", here + "/hook/{token}/")
