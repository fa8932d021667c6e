"""Webhooks against a real server, which holds each signature with the library of the standard."""

from __future__ import annotations

import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from standardwebhooks import Webhook, WebhookVerificationError

from incident.channels.setup import read_setup
from incident.channels.webhook import webhook_outlet, wrong_address
from incident.domain.say import render
from incident.service.deliver import Courier
from incident.service.letters import About, Letter, UndeliverableError
from tests.channels.servers import (
    Answer,
    closed_port,
    silent_web_server,
    web_server,
)
from tests.channels.test_setup import problems, setup, tree
from tests.service.office import Office
from tests.service.posting import call_out, mail, office, post_office, sms

__all__ = ["mail", "office", "setup", "sms"]

SECRET: Final = "whsec_" + b64encode(bytes(range(32))).decode()
NEW: Final = "whsec_" + b64encode(bytes(range(1, 33))).decode()
LETTER: Final = Letter(
    key="330681111-000012-0-@值班",
    address="county/1 ?",
    subject="马剑镇",
    text="即刻到岗",
    about=About(
        jurisdiction="330681111",
        seq=12,
        at=1772304000,
        to="duty",
        holder="@值班",
        kinds=["StateEntered"],
        sentences=["即刻到岗"],
        asks=12,
        parties=["duty"],
    ),
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.touch(mode=0o600)
    path.write_text(f"{SECRET}\n")
    return path


def test_a_letter_arrives_as_an_event_that_its_secret_signed(secret: Path) -> None:
    with web_server(Answer(204)) as server:
        address = f"http://127.0.0.1:{server.port}/in/{{address}}?for=us"
        webhook_outlet(address, [str(secret)])(LETTER)
    (came,) = server.requests

    assert came.path == "/in/county%2F1%20%3F?for=us"
    event = Webhook(SECRET).verify(came.body, came.headers)
    assert event["id"] == came.headers["webhook-id"] == "330681111-000012-0-@%E5%80%BC%E7%8F%AD"
    assert abs(int(came.headers["webhook-timestamp"]) - time.time()) < 60
    read = from_structured_event(HTTPMessage({"content-type": came.headers["content-type"]}, came.body))
    assert (read.get_type(), read.get_source()) == ("incident.notice", "/jurisdictions/330681111")
    assert read.get_subject() == "entries/12"
    data = read.get_data()
    assert isinstance(data, dict)
    assert (data["kinds"], data["at"], data["asks"]) == (["StateEntered"], "2026-02-28T18:40:00Z", 12)


def test_two_secrets_sign_side_by_side_until_one_is_gone(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", NEW)
    with web_server(Answer()) as server:
        send = webhook_outlet(f"http://127.0.0.1:{server.port}", [str(secret), "env:HOOK_SECRET"])
        send(LETTER)
        secret.write_text(f"{NEW}\n")  # read anew for each letter
        send(LETTER)
    first, second = server.requests

    for each in (SECRET, NEW):
        Webhook(each).verify(first.body, first.headers)
    Webhook(NEW).verify(second.body, second.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(second.body, second.headers)


def test_the_signature_is_that_of_the_library(secret: Path) -> None:
    with web_server(Answer()) as server:
        webhook_outlet(f"http://127.0.0.1:{server.port}", [str(secret)], lambda: 1772304000)(LETTER)
    (came,) = server.requests
    at = datetime.fromtimestamp(1772304000, UTC)
    expected = Webhook(SECRET).sign(came.headers["webhook-id"], at, came.body.decode())
    assert came.headers["webhook-signature"] == expected


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        # gone for good
        (Answer(410), UndeliverableError, "the webhook is gone (410)"),
        (Answer(400), OSError, "answered 400"),
        (Answer(429), OSError, "answered 429"),
        (Answer(500, "whsec_"), OSError, "answered 500"),
        # nobody is followed, with a body or without
        (Answer(302, headers=(("Location", "http://127.0.0.1:1/"),)), OSError, "led elsewhere (302)"),
        (Answer(307, headers=(("Location", "http://127.0.0.1:1/"),)), OSError, "led elsewhere (307)"),
    ],
)
def test_what_is_not_taken_is_tried_again_or_never(
    secret: Path, answer: Any, kind: type[Exception], told: str
) -> None:
    with web_server(answer) as server, pytest.raises(kind) as caught:
        webhook_outlet(f"http://127.0.0.1:{server.port}/{{address}}", [str(secret)])(LETTER)
    assert len(server.requests) == 1
    assert told in render(caught.value.args[0], "en", str)
    assert "county" not in str(caught.value)


def test_who_is_not_there_or_cannot_be_trusted_is_tried_again(secret: Path) -> None:
    with closed_port() as port, pytest.raises(OSError, match="refused"):
        webhook_outlet(f"http://127.0.0.1:{port}/{{address}}", [str(secret)])(LETTER)
    # no certificate
    with web_server(Answer()) as server, pytest.raises(OSError, match="SSL"):
        webhook_outlet(f"https://127.0.0.1:{server.port}/{{address}}", [str(secret)])(LETTER)
    assert server.requests == []


def test_without_its_secret_nothing_is_sent(secret: Path) -> None:
    with web_server(Answer()) as server:
        send = webhook_outlet(f"http://127.0.0.1:{server.port}", [str(secret)])
        secret.write_text("")
        with pytest.raises(OSError, match="a secret"):
            send(LETTER)
        secret.unlink()
        with pytest.raises(OSError, match="No such file"):
            send(LETTER)
    assert server.requests == []


def test_who_does_not_answer_is_given_up(secret: Path, setup: Path) -> None:
    with silent_web_server() as server:
        setup.write_text(f"hook: {{webhook: 'http://127.0.0.1:{server.port}', secret: {secret}, seconds: 1}}")
        with pytest.raises(TimeoutError):
            read_setup(setup, tree).ways["hook"].outlet(LETTER)


def test_an_activation_reaches_another_system(office: Office, mail: Any, sms: Any, secret: Path) -> None:
    with web_server(Answer()) as server:
        setup = secret.with_name("ways.yaml")
        setup.touch(mode=0o600)
        setup.write_text(
            f"pager: {{webhook: 'http://127.0.0.1:{server.port}/{{address}}', secret: {secret}}}"
        )
        post = post_office(office, mail, sms, ways=read_setup(setup, tree).ways)
        call_out(office)
        Courier(office.store, post, office.clock).deliver()

    told = [Webhook(SECRET).verify(one.body, one.headers) for one in server.requests]
    assert {one.path for one in server.requests} == {"/7"}
    assert {one["data"]["holder"] for one in told} == {"T2"}
    assert any(one["data"]["asks"] is not None for one in told)
    assert len({one["id"] for one in told}) == len(told)


# -- the setup


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://example.cn/in", None),
        ("http://example.cn:8080/in/{address}?a={address}", None),
        ("https://[::1]/in", None),
        ("ftp://example.cn", "another scheme"),
        ("file:///etc/passwd", "another scheme"),
        ("example.cn/in", "another scheme"),
        ("https://", "no address of the web"),
        ("https://[::1", "no address of the web"),
        ("https://example.cn:99999/", "no address of the web"),
        ("https://example.cn/a b", "no address of the web"),
        ("https://example.cn/\n", "no address of the web"),
        ("https://example.cn/#part", "no address of the web"),
        ("https://user:secret@example.cn/", "a password in the address"),
        # whoever writes the directory names no server
        ("https://{address}/in", "`{address}` where the server is named"),
    ],
)
def test_an_address_is_of_the_web_and_names_its_server(address: str, told: str | None) -> None:
    found = wrong_address(address)
    assert (None if found is None else render(found, "en", str)) == told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", "found nothing"),
        ("secret: whsec_AAAA", "found a text"),
        ("secret: relative/file", "found a text"),
        ("secret: /nowhere/secret", "found No such file or directory"),
        ("secret: env:HOOK_NOT_THERE", "expected a variable of the environment; found nothing"),
        ("secret: [env:HOOK_SHORT]", "expected `whsec_` and base64 of 24 to 64 bytes; found something else"),
        ("secret: env:HOOK_EMPTY", "expected a secret, as `whsec_…`; found nothing"),
        ("secret: []", "found nothing"),
        ("secret: 7", "found a number"),
    ],
)
def test_a_secret_that_is_none_is_told_without_it(
    setup: Path, monkeypatch: pytest.MonkeyPatch, more: str, told: str
) -> None:
    monkeypatch.setenv("HOOK_SHORT", "whsec_" + b64encode(b"short").decode())
    monkeypatch.setenv("HOOK_EMPTY", " ")
    (found,) = problems(setup, f'hook: {{webhook: "https://example.cn/in", {more}}}')
    assert "W007" in found
    assert told in found
    assert "AAAA" not in found


def test_a_secret_for_another_way_is_a_fault(setup: Path, secret: Path) -> None:
    (found,) = problems(setup, f"print: {{folder: /tmp, secret: {secret}}}")
    assert "found one for another way" in found


def test_a_way_of_webhooks_hides_its_address_and_secret(setup: Path, secret: Path) -> None:
    setup.write_text(f"hook: {{webhook: 'https://example.cn/token-hunter2', secret: [{secret}, env:PATH_X]}}")
    (found,) = problems(setup, setup.read_text())
    assert "hunter2" not in found
