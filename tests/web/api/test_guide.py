"""The guide to the API is true: each `sh curl` block of docs/api.md is sent, and answered as it shows.

A block is one `curl`, with `-H`, `-X` and `-d`; `# 201` behind it is the status. The `json` block that
follows must be in the answer: an object with these members at least, a list with these items in front.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any, Final

from incident.service import tokens
from incident.service.access import NOBODY
from incident.web.errors import FAMILIES, PROBLEM
from incident.web.security.limits import USUAL
from tests.web.api.calling import AT, Caller
from tests.web.serving import TOWN, Served

GUIDE: Final = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
BLOCK: Final = re.compile(
    r"^```sh curl\n(?P<typed>.*?)```\n(?:```json\n(?P<shown>.*?)```)?", re.MULTILINE | re.DOTALL
)
STATUS: Final = re.compile(r"\s+# (?P<status>\d{3})\s*$")


def sent(client: Caller, typed: str) -> Any:
    """Send what a line of the shell would send."""
    words = shlex.split(typed.replace("\\\n", " "))
    assert words.pop(0) == "curl"
    headers, body, method, address = dict[str, str](), None, None, ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _colon, value = words.pop(0).partition(":")
            headers[name] = value.strip()
        elif word == "-d":
            body = words.pop(0)
        elif word == "-X":
            method = words.pop(0)
        else:
            address = word
    return client.request(
        method or ("GET" if body is None else "POST"), address, content=body, headers=headers
    )


def is_in(shown: Any, found: Any) -> bool:
    """Tell whether what is shown is in what was found."""
    if isinstance(shown, dict):
        return isinstance(found, dict) and all(
            name in found and is_in(one, found[name]) for name, one in shown.items()
        )
    if isinstance(shown, list):
        is_long = isinstance(found, list) and len(found) >= len(shown)
        return is_long and all(is_in(*pair) for pair in zip(shown, found, strict=False))
    return bool(shown == found)


def test_what_the_guide_shows_happens(served: Served) -> None:
    scopes = ["look", "act", "file"]
    made = tokens.make(served.gate, "duty_officer", "LIMS", scopes, NOBODY, root=TOWN)
    blocks = [*BLOCK.finditer(GUIDE)]
    assert len(blocks) > 7
    with served.client() as client:
        for block in blocks:
            typed = block["typed"].strip().replace("$TOKEN", made.plain).replace("$AT", AT)
            status = STATUS.search(typed)
            found = sent(client, STATUS.sub("", typed))
            assert found.status_code == (200 if status is None else int(status["status"])), (
                typed,
                found.text,
            )
            if block["shown"]:
                assert is_in(json.loads(block["shown"]), found.json()), (typed, found.text)


def test_the_guide_names_every_problem_and_every_resource(officer_api: Caller) -> None:
    for status, name in FAMILIES.values():
        assert f"| `{PROBLEM}{name}` | {status} |" in GUIDE
    for path in officer_api.get("/api/openapi.json").json()["paths"]:
        last = [word for word in path.split("/") if word and "{" not in word][-1]
        assert last in GUIDE, path


def test_the_guide_says_how_often_one_may_ask() -> None:
    token, stranger = USUAL.signed_in, USUAL.stranger
    assert f"{token.burst} requests at once and {token.each_second:.0f} a second" in GUIDE
    assert f"without one {stranger.burst} and {stranger.each_second:.0f}" in GUIDE
