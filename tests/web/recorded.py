"""A town with a record to look at: an incident that began, was recorded late; signed in between."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from html import unescape
from typing import Any, Final, Self

from httpx import Response

from incident import bootstrap
from incident.domain.facts import StateEntered
from incident.domain.note import format_public_key
from incident.domain.request import Request
from incident.service.handle import Outcome, handle
from incident.service.notary import sign
from incident.service.sessions import session_of
from incident.web.security.asking import PLAIN_COOKIE
from tests.service.signing import notary, signer
from tests.web.serving import TOWN, Served

#: Public key of who signs here.
PUBLIC: Final = format_public_key(signer().key)
BASIS: Final = "诸市防控〔2021〕4号"


def positive(served: Served, **words: object) -> Outcome:
    """Activate, as somebody types it at the command line."""
    told = {
        "verb": "activate",
        "event": "local_positive_reported",
        "fields": {"origin": "local", "result": "preliminary_positive", "cases": 1},
        "source": "cli",
        "id": "first",
        "authority": "command",
        "decided_by": "领导小组",
        "basis": BASIS,
        "reason": "李四确诊",
        "actor": "claimed",
        "by": "王小明",
        **words,
    }
    request = Request(**told)  # type: ignore[arg-type]
    return handle(served.workplace.store, TOWN, request, now=served.clock, chance=bootstrap.chance)


def signed(served: Served) -> str:
    """Sign the record as it is, and give the note."""
    kept = sign(served.workplace.store, TOWN, notary(served.clock))
    assert kept is not None
    return kept.note


def a_night(served: Served) -> str:
    """Adopted (0), signed, activated an hour after it holds (1), signed; gives the newest note."""
    signed(served)
    served.clock.after(hours=1)
    outcome = positive(served, effective_at=served.clock.at - 3600)
    assert any(isinstance(fact, StateEntered) for fact in outcome.entry.facts)
    served.clock.after(minutes=10)
    return signed(served)


def alter(served: Served) -> None:
    """Change the hash of the first entry, with every right on the database."""
    with closing(sqlite3.connect(served.url.removeprefix("sqlite:///"))) as opened:
        opened.execute("DROP TRIGGER entry_no_update")
        opened.execute("UPDATE entry SET leaf = zeroblob(32) WHERE jurisdiction = ? AND seq = 0", (TOWN,))
        opened.commit()


class Pressing:
    """Somebody who is signed in and sends forms without a browser."""

    def __init__(self, served: Served, login: str, *, lang: str = "en") -> None:
        """Come in as somebody."""
        self._client = served.client(login, lang=lang)
        person = session_of(served.gate, self._client.cookies[PLAIN_COOKIE])
        assert person is not None
        assert person.session is not None
        self._csrf = person.session.csrf

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._client.__exit__(*error)

    def look(self, path: str, status: int = 200) -> str:
        """Give the words of a page, without its marks."""
        return words_of(self.get(path, status).text)

    def get(self, path: str, status: int = 200) -> Response:
        """Give an answer."""
        found = self._client.get(path)
        assert found.status_code == status, words_of(found.text)
        return found

    def get_as(self, token: str, path: str, status: int = 200) -> Response:
        """Give the answer that whoever has a session would get meanwhile."""
        cookie = f"{PLAIN_COOKIE}={token}; lang=en"
        found = self._client.get(path, headers={"cookie": cookie}, follow_redirects=False)
        assert found.status_code == status, words_of(found.text)
        return found

    def press(self, path: str, status: Any = 200, files: Any = None, **fields: str) -> Response:
        """Send a form, and give the page that one comes to."""
        found = self._client.post(path, data={"_csrf": self._csrf, **fields}, files=files)
        assert found.status_code == status, words_of(found.text)
        return found


def words_of(page: str) -> str:
    """Give the words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
