"""`incident serve --demo`: a real process that shows its story, says what it is, and leaves nothing."""

from __future__ import annotations

from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from incident import bootstrap
from incident.cli.line import read_line
from incident.cli.remote import is_for_here
from incident.store.hints import identity
from tests.cli.desk import Desk
from tests.cli.test_serve import ends, serving

BANNER = "This is a demo"


def test_whoever_is_printed_signs_in_and_nothing_is_left_at_the_end(desk: Desk, tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    desk.said["XDG_RUNTIME_DIR"] = str(runtime)
    with serving(desk, "--demo", "--lang", "en") as (process, said):
        officer = said["demo"][0]
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        browser.addheaders = [("Accept-Language", "en")]
        login = browser.open(f"{said['address']}/login").read().decode()
        form = {"login": officer["login"], "password": officer["password"]}
        board = browser.open(f"{said['address']}/login", urlencode(form).encode()).read().decode()
        real = bootstrap.url_of(desk.url)
        at_work = [path.parent.name for path in runtime.rglob("*") if path.is_file()]
        code, log = ends(process)

    assert at_work
    assert identity(real) not in at_work
    assert not [path for path in runtime.rglob("*") if path.is_file() or path.parent.name == "incident"]
    assert said["setup"] is None
    assert [one["role"] for one in said["demo"]] == [
        *("duty_officer", "decider", "group_lead", "auditor", "author", "administrator")
    ]
    assert BANNER in login
    assert BANNER in board
    assert "Local positive detected" in board
    assert code == 0
    (started,) = [line for line in log if line["event"] == "started"]
    file = Path(started["database"].removeprefix("sqlite:///"))
    assert file.name == "incident.db"
    assert not file.parent.exists()


def test_a_demo_is_shown_here_whatever_server_is_named() -> None:
    demo, server = read_line(["serve", "--demo"]), read_line(["serve"])

    assert demo is not None
    assert server is not None
    assert (is_for_here(demo), is_for_here(server)) == (True, False)


@pytest.mark.parametrize(
    "words", [("--outgoing", "ways.yaml"), ("--messages", "out"), ("--key", "k"), ("--db", "sqlite:///x.db")]
)
def test_a_demo_is_led_nowhere(desk: Desk, words: tuple[str, str]) -> None:
    found = desk.run("serve", "--demo", "--port", "0", *words)

    assert found.code == 2
    assert words[0] in found.err
    assert "a demo on a database of its own that reaches nobody" in found.err
