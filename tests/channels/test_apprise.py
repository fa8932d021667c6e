"""Letters through apprise, to real servers: what arrives, what a refusal means; and no secret is told."""

from __future__ import annotations

import io
import logging
import sys
import traceback
from collections.abc import Iterator
from urllib.parse import quote, unquote

import pytest

from incident.channels.apprise_outlet import apprise_outlet, fault
from incident.domain.errors import RequestError
from incident.service.letters import Letter, UndeliverableError
from tests.channels.servers import (
    Answer,
    MailServer,
    break_off,
    closed_port,
    dropping_mail_server,
    half_open,
    lead_robots,
    mail_server,
    silent_web_server,
    web_server,
)

KEY = "330681111-000012-0-mail"
ADDRESS = "zhang.san+duty@example.cn"
SUBJECT = "马剑镇：Ⅱ级响应已启动"
TEXT = "社区封控组即刻到岗。\n\n第二行 <b>&amp; \\n :smile:\n.\n末行"
LETTER = Letter(key=KEY, address=ADDRESS, subject=SUBJECT, text=TEXT)
SECRET = "s3cr/et@Pa:ss"


def to(address: str, *, text: str = TEXT, subject: str = SUBJECT) -> Letter:
    return Letter(key=KEY, address=address, subject=subject, text=text)


def mail(port: int, *, more: str = "") -> str:
    return f"mailto://127.0.0.1:{port}?from=duty@town.cn&to={{address}}{more}"


def webhook(port: int, *, more: str = "") -> str:
    return f"json://user:{quote(SECRET, safe='')}@127.0.0.1:{port}/alarm/{{address}}{more}"


def told(error: BaseException) -> str:
    """Give all that anybody might print of an error."""
    return f"{error!s} {error!r} {''.join(traceback.format_exception(error))}"


# -- mail


def test_mail_arrives_unharmed_with_its_key() -> None:
    with mail_server(MailServer()) as server:
        apprise_outlet(mail(server.port))(LETTER)

    [arrived] = server.mails
    assert server.receivers == [ADDRESS]
    assert arrived["Subject"] == SUBJECT
    assert arrived["To"] == ADDRESS
    assert arrived["X-Incident-Key"] == KEY
    assert arrived.get_content_type() == "text/plain"
    assert arrived.get_content().replace("\r\n", "\n").rstrip() == TEXT


def test_line_ends_in_a_subject_make_no_header() -> None:
    with mail_server(MailServer()) as server:
        apprise_outlet(mail(server.port))(to(ADDRESS, subject="one\r\nBcc: other@example.cn"))

    [arrived] = server.mails
    assert arrived["Subject"] == "one Bcc: other@example.cn"
    assert arrived["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "",
        "a@b.cn,c@d.cn",
        "a@b.cn&smtp=evil.example",
        "a@b.cn\nx@y.cn",
        "Zhang <a@b.cn>",
        "张@example.cn",
    ],
)
def test_what_is_no_one_address_of_mail_is_not_sent_at_all(address: str) -> None:
    with mail_server(MailServer()) as server, pytest.raises(UndeliverableError):
        apprise_outlet(mail(server.port))(to(address))
    assert server.mails == []


@pytest.mark.parametrize(
    "answer",
    [
        "550 no such user here",
        "550 5.1.1 unknown",
        "553 no",
        "452 5.1.1 x"[:0] or "550 5.2.1 mailbox closed",
    ],
)
def test_a_receiver_that_is_none_will_never_be_one(answer: str) -> None:
    with (
        mail_server(MailServer(receiver=answer)) as server,
        pytest.raises(UndeliverableError) as caught,
    ):
        apprise_outlet(mail(server.port))(LETTER)

    assert str(caught.value) == answer
    assert ADDRESS not in told(caught.value)


@pytest.mark.parametrize(
    "answer", ["451 4.7.1 greylisted", "550 5.7.1 relaying denied", "552 mailbox full", "421 go away"]
)
def test_a_receiver_that_is_refused_now_may_be_taken_later(answer: str) -> None:
    with (
        mail_server(MailServer(receiver=answer)) as server,
        pytest.raises(OSError, match=answer[4:]) as caught,
    ):
        apprise_outlet(mail(server.port))(LETTER)
    assert str(caught.value) == answer


def test_a_text_that_is_refused_says_nothing_of_the_receiver() -> None:
    with (
        mail_server(MailServer(text="550 looks like spam")) as server,
        pytest.raises(OSError, match="looks like spam"),
    ):
        apprise_outlet(mail(server.port))(LETTER)


def test_mail_server_that_is_not_there_is_tried_later() -> None:
    with closed_port() as port, pytest.raises(OSError, match="refused"):
        apprise_outlet(mail(port))(LETTER)


def test_mail_server_that_never_says_a_word_is_given_up_in_time() -> None:
    with half_open() as port, pytest.raises(TimeoutError, match="timed out"):
        apprise_outlet(mail(port, more="&cto=0.3"))(LETTER)


def test_mail_server_that_goes_away_within_the_text_is_tried_later() -> None:
    with dropping_mail_server() as port, pytest.raises(OSError, match=r"\w") as caught:
        apprise_outlet(mail(port))(LETTER)
    assert not isinstance(caught.value, TimeoutError)


# -- web


def test_webhook_gets_key_and_words_unharmed() -> None:
    with web_server(Answer()) as server:
        apprise_outlet(webhook(server.port))(LETTER)

    [arrived] = server.requests
    assert unquote(arrived.path) == f"/alarm/{ADDRESS}"
    body = arrived.json()
    assert (body["key"], body["title"], body["message"]) == (KEY, SUBJECT, TEXT)


@pytest.mark.parametrize("address", ["../../admin", "a?b=c&d", "值班", "a#b", "a:b@c"])
def test_address_stays_one_piece_of_the_path(address: str) -> None:
    with web_server(Answer()) as server:
        apprise_outlet(webhook(server.port))(to(address))
    pieces = server.requests[0].path.split("/")
    assert [unquote(one) for one in pieces] == ["", "alarm", address]
    assert not {"?", "#"} & set(pieces[2])


def test_letter_that_comes_twice_has_the_same_key() -> None:
    with web_server(Answer()) as server:
        send = apprise_outlet(webhook(server.port))
        send(LETTER)
        send(LETTER)
    assert [one.json()["key"] for one in server.requests] == [KEY, KEY]


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
def test_status_that_may_change_is_tried_later(status: int) -> None:
    answer = Answer(status, headers=(("Location", "/elsewhere"),))
    with web_server(answer) as server, pytest.raises(OSError, match=f"error={status}"):
        apprise_outlet(webhook(server.port))(LETTER)
    assert len(server.requests) == 1


def test_webhook_that_is_gone_for_good_is_not_tried_again() -> None:
    with web_server(Answer(410)) as server, pytest.raises(UndeliverableError, match="error=410"):
        apprise_outlet(webhook(server.port))(LETTER)


def test_web_server_that_is_not_there_is_tried_later() -> None:
    with closed_port() as port, pytest.raises(OSError, match="refused"):
        apprise_outlet(webhook(port))(LETTER)


def test_web_server_that_never_answers_is_given_up_in_time() -> None:
    with silent_web_server() as server, pytest.raises(TimeoutError, match="timed out"):
        apprise_outlet(webhook(server.port, more="?rto=0.3"))(LETTER)


def test_web_server_that_breaks_off_is_tried_later() -> None:
    with web_server(break_off) as server, pytest.raises(OSError, match=r"\w"):
        apprise_outlet(webhook(server.port))(LETTER)


def test_ntfy_says_all_of_the_letter() -> None:
    with web_server(Answer(body="{}")) as server:
        apprise_outlet(f"ntfy://127.0.0.1:{server.port}/{{address}}")(to("duty"))

    said = server.requests[0].json()
    assert (said["topic"], said["title"]) == ("duty", SUBJECT)
    assert said["message"] == f"{TEXT}\n\n{KEY}"


# -- secrets


QUOTED = quote(SECRET, safe="")
#: A secret in each place that can hold one.
HIDING = [
    f"mailto://user:{QUOTED}@127.0.0.1:{{port}}?to={{address}}&from=duty@town.cn",
    f"json://user:{QUOTED}@127.0.0.1:{{port}}/{{address}}",
    f"json://127.0.0.1:{{port}}/hooks/{QUOTED}/{{address}}",
    f"json://127.0.0.1:{{port}}/{{address}}?+Authorization={QUOTED}",
    f"json://127.0.0.1:{{port}}/{{address}}?-token={QUOTED}",
    f"ntfy://{QUOTED}@127.0.0.1:{{port}}/{{address}}",
    "dingtalk://SEC0ffee@{address}",
    "wecombot://{address}",
    "feishu://{address}",
]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that a program sees that logs all it can; pytest itself hears more than that."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(before)
    root.removeHandler(handler)


@pytest.mark.parametrize("template", HIDING)
def test_no_secret_is_told(template: str, monkeypatch: pytest.MonkeyPatch, log: io.StringIO) -> None:
    address = "a1b2c3d4@example.cn" if template.startswith("mailto") else "a1b2c3d4"
    with closed_port() as port:
        lead_robots(monkeypatch, port)
        send = apprise_outlet(template.replace("{port}", str(port)))
        with pytest.raises(OSError, match=r"\w") as caught:
            send(to(address))

    everything = told(caught.value) + log.getvalue() + repr(send)
    for hidden in (SECRET, QUOTED, "s3cr", "Pa:ss", "0ffee", address, quote(address, safe="")):
        assert hidden not in everything
    assert "社区封控组" not in everything


def test_server_that_repeats_secret_and_letter_is_not_repeated() -> None:
    echo = "wrong " + SECRET + " for " + ADDRESS
    with mail_server(MailServer(receiver=f"550 {echo}")) as server:
        template = mail(server.port, more=f"&+X-Token={quote(SECRET, safe='')}")
        with pytest.raises(UndeliverableError) as caught:
            apprise_outlet(template)(LETTER)
    assert str(caught.value) == "550 wrong *** for ***"


def test_reason_is_one_short_line() -> None:
    with (
        mail_server(MailServer(receiver=f"451 {'x ' * 200}\x1b[2J")) as server,
        pytest.raises(OSError, match="451 x x") as caught,
    ):
        apprise_outlet(mail(server.port))(LETTER)
    assert len(str(caught.value)) <= 201
    assert str(caught.value).isprintable()


# -- without apprise, and what it does not understand


def test_without_apprise_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(RequestError, match=r"pip install 'incident\[messages\]'"):
        apprise_outlet("wecombot://{address}")(to("a1b2"))


@pytest.mark.parametrize(
    "template",
    [
        "mailtos://user:secret@example.cn?smtp=smtp.example.cn&to={address}",
        "wecombot://{address}",
        "dingtalk://{address}",
        "dingtalk://SECabc@{address}",
        "feishu://{address}",
        "ntfys://tk_secret@ntfy.example.cn/{address}",
        "jsons://gateway.example.cn/{address}",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={address}",
    ],
)
def test_services_that_operators_use_are_understood(template: str) -> None:
    assert fault(template) is None


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("mailtoss://user:s3cret@example.cn?to={address}", "does not know"),
        ("mailtos://smtp.example.cn?to={address}", "Invalid ~From~"),
        ("dingtalk://s3-cret@{address}", "Invalid DingTalk Secret"),
    ],
)
def test_what_apprise_does_not_understand_is_said_without_secrets(template: str, says: str) -> None:
    found = str(fault(template))
    assert says.lower() in found.lower()
    assert "cret" not in found.replace("Secret", "")
