"""Robots of WeCom, DingTalk and Feishu, led to a server here: they refuse with status 200.

apprise takes that for success. What counts is what they answer.
"""

from __future__ import annotations

import pytest

from incident.channels.apprise_outlet import apprise_outlet
from incident.service.letters import Letter, UndeliverableError
from tests.channels.servers import Answer, closed_port, lead_robots, web_server

KEY = "330681111-000012-0-group"
SUBJECT = "马剑镇：Ⅱ级响应已启动"
TEXT = "社区封控组即刻到岗。\n\n第二行 <b>&amp; *x* \\n :smile:"


def letter(address: str) -> Letter:
    return Letter(key=KEY, address=address, subject=SUBJECT, text=TEXT)


ROBOTS = {
    "wecom": ("wecombot://{address}", '{"errcode":0,"errmsg":"ok"}', "/send?key=a1b2"),
    "dingtalk": ("dingtalk://{address}", '{"errcode":0,"errmsg":"ok"}', "/send?access_token=a1b2"),
    "feishu": (
        "feishu://{address}",
        '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}',
        "/hook/a1b2/",
    ),
}


@pytest.mark.parametrize("name", ROBOTS)
def test_robot_says_all_of_the_letter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    template, taken, path = ROBOTS[name]
    with web_server(Answer(body=taken)) as server:
        lead_robots(monkeypatch, server.port)
        apprise_outlet(template)(letter("a1b2"))

    [arrived] = server.requests
    assert arrived.path == path
    said = arrived.json().get("text") or arrived.json()["content"]
    first, *rest = (said.get("content") or said["text"]).splitlines()
    assert first == SUBJECT
    assert rest == [*TEXT.splitlines(), "", KEY]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("wecom", '{"errcode":45009,"errmsg":"api freq out of limit"}'),
        ("wecom", '{"errcode":93000,"errmsg":"Invalid input : content exceed max length"}'),
        ("dingtalk", '{"errcode":310000,"errmsg":"sign not match"}'),
        ("feishu", '{"code":11232,"msg":"frequency limited"}'),
        ("feishu", '{"code":9499,"msg":"Bad Request"}'),
    ],
)
def test_robot_that_refuses_with_status_200_has_not_taken_it(
    name: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server(Answer(body=answer)) as server:
        lead_robots(monkeypatch, server.port)
        with pytest.raises(OSError, match=r"\d+ \w+"):
            apprise_outlet(ROBOTS[name][0])(letter("a1b2"))


@pytest.mark.parametrize("body", ["", "<html>Please log in</html>", "[]", "{}", '{"ok":true}', "null"])
@pytest.mark.parametrize("name", ROBOTS)
def test_what_does_not_answer_like_the_robot_has_not_taken_it(
    name: str, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server(Answer(body=body)) as server:
        lead_robots(monkeypatch, server.port)
        with pytest.raises(OSError, match="no answer of such a robot"):
            apprise_outlet(ROBOTS[name][0])(letter("a1b2"))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("wecom", '{"errcode":93000,"errmsg":"invalid webhook url, hint: [1592], from ip: 192.0.2.1"}'),
        ("dingtalk", '{"errcode":300005,"errmsg":"token is not exist"}'),
        ("feishu", '{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}'),
    ],
)
def test_robot_that_is_no_more_will_never_take_it(
    name: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_server(Answer(body=answer)) as server:
        lead_robots(monkeypatch, server.port)
        with pytest.raises(UndeliverableError):
            apprise_outlet(ROBOTS[name][0])(letter("a1b2"))


def test_robot_that_is_away_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as port:
        lead_robots(monkeypatch, port)
        with pytest.raises(OSError, match="refused"):
            apprise_outlet("wecombot://{address}")(letter("a1b2"))


def test_address_that_no_robot_can_have_is_never_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server(Answer()) as server:
        lead_robots(monkeypatch, server.port)
        with pytest.raises(UndeliverableError, match="does not take"):
            apprise_outlet("wecombot://{address}")(letter("a@b.cn"))
    assert server.requests == []
