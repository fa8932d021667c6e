"""Words that are recorded: text that any database and journal holds, as much as somebody reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from incident.domain.errors import RequestError
from incident.domain.say import Words, say

#: Characters of one text at the most. What is recorded stays for good; more than that is a file to attach.
MOST: Final = 100_000


def must_be_kept(said: Iterable[str | None], source: str, key: str) -> None:
    """Refuse half characters, zero bytes in an identity, and a text without end. Raises `RequestError`."""
    texts = [words for words in said if words]
    try:
        for words in (*texts, source, key):
            words.encode()
    except UnicodeEncodeError as error:
        raise _wrong(repr(error.object[error.start : error.end])) from error
    if "\0" in source + key:
        raise _wrong("\\0")
    longest = max(map(len, texts), default=0)
    if longest > MOST:
        raise RequestError(
            where=say("words of the request"),
            expected=say("text of at most {n} characters", n=MOST),
            found=say("{n} characters", n=longest),
            do=say("say it in fewer words, or attach a file to a report"),
        )


def _wrong(found: Words) -> RequestError:
    return RequestError(
        where=say("words of the request"),
        expected=say("text"),
        found=found,
        do=say("write it again; the terminal may not use UTF-8"),
    )
