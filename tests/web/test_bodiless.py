"""HEAD: what watches a server, and previews links, asks so."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from incident.web.security.asking import PLAIN_COOKIE
from tests.web.api.calling import AT
from tests.web.filled import HOME
from tests.web.serving import Served

#: A page, a resource, and what tells whether the server is well.
ADDRESSES = ("/", HOME, AT, "/healthz", "/readyz", "/login", "/nothing/here", f"{HOME}/act/nothing")


@pytest.mark.parametrize("path", ADDRESSES)
def test_head_is_answered_as_get_without_a_body(served: Served, path: str) -> None:
    with served.client("duty_officer") as client:
        whole, head = client.get(path, follow_redirects=False), client.head(path, follow_redirects=False)

    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]


def test_what_takes_no_get_takes_no_head(served: Served) -> None:
    with served.client("duty_officer") as client:
        assert client.head(f"{AT}/decisions").status_code == 405


def test_head_of_a_stream_ends_and_nobody_waits(served: Served) -> None:
    headers = {"cookie": f"{PLAIN_COOKIE}={served.session('duty_officer')}"}
    with served.serving() as address, closing(HTTPConnection(urlsplit(address).netloc, timeout=5)) as one:
        for _ in range(2):  # on one connection
            one.request("HEAD", f"{HOME}/live", headers=headers)
            answer = one.getresponse()
            assert (answer.status, answer.read()) == (200, b"")
        one.request("GET", "/healthz")
        assert one.getresponse().status == 200
        assert served.opened.site.live.waiting == 0
