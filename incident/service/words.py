"""Words that are recorded: text that any database and journal holds, that is read as it was written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from incident.domain import letters
from incident.domain.errors import RequestError
from incident.domain.say import Words, say

#: Characters of one text at the most. What is recorded stays for good; more than that is a file to attach.
MOST: Final = 100_000
#: Characters of an identity, or of where it comes from: indexes of databases hold no more.
LONGEST_IDENTITY: Final = 1024


def must_be_kept(said: Iterable[str | None], source: str, key: str) -> None:
    """Refuse half characters, what lets words be read otherwise, text without end. Raises `RequestError`."""
    texts = [words for words in said if words]
    for words in (*texts, source, key):
        must_be_whole(words)
    for words in texts:
        must_be_plain(say("words of the request"), words)
    for words in (source, key):
        must_be_plain(say("words of the request"), words, is_line=True)
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


def must_be_whole(words: str) -> None:
    """Refuse half characters. Raises `RequestError`."""
    try:
        words.encode()
    except UnicodeEncodeError as error:
        raise RequestError(
            where=say("words of the request"),
            expected=say("text"),
            found=repr(error.object[error.start : error.end]),
            do=say("write it again; the terminal may not use UTF-8"),
        ) from error


def must_be_plain(where: Words, words: str, *, is_line: bool = False) -> None:
    """Refuse control characters, and marks that turn the direction of text. Raises `RequestError`.

    Tabs and line breaks stand in a text, and in no line.
    """
    found = letters.misleading(words, is_line=is_line)
    if found is not None:
        raise RequestError(
            where=where,
            expected=say("text without control characters and without marks of direction"),
            found=found,
            do=say("type it again by hand; what is copied can hold characters that are not seen"),
        )
