"""Words that are recorded: text that any database and journal holds, as much as somebody reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from incident.domain.errors import RequestError
from incident.domain.say import Words, say

#: Characters of one text at the most. What is recorded stays for good; more than that is a file to attach.
MOST: Final = 100_000
#: Characters of an identity, or of where it comes from: indexes of databases hold no more.
LONGEST_IDENTITY: Final = 1024


def must_be_kept(said: Iterable[str | None], source: str, key: str) -> None:
    """Refuse half characters, zero bytes in an identity, and what has no end. Raises `RequestError`."""
    texts = [words for words in said if words]
    try:
        for words in (*texts, source, key):
            words.encode()
    except UnicodeEncodeError as error:
        raise _wrong(repr(error.object[error.start : error.end])) from error
    if "\0" in source + key:
        raise _wrong("\\0")
    if max(len(source), len(key)) > LONGEST_IDENTITY:
        raise _too_long(LONGEST_IDENTITY, max(len(source), len(key)))
    longest = max(map(len, texts), default=0)
    if longest > MOST:
        raise _too_long(MOST, longest)


def _too_long(most: int, found: int) -> RequestError:
    return RequestError(
        where=say("words of the request"),
        expected=say("text of at most {n} characters", n=most),
        found=say("{n} characters", n=found),
        do=say("say it in fewer words, or attach a file to a report"),
    )


def _wrong(found: Words) -> RequestError:
    return RequestError(
        where=say("words of the request"),
        expected=say("text"),
        found=found,
        do=say("write it again; the terminal may not use UTF-8"),
    )
