"""Which language to speak, and saying things in it.

A process has one, chosen by `--lang`, else `INCIDENT_LANG`, `LANGUAGE`, `LC_ALL`, `LC_MESSAGES`, `LANG`; else
English. It has to be known before commands are declared, for their help is part of it, so the arguments are
looked through first. Threads that begin later speak it too: a worker's do.

What is done for somebody else is said in their language: `speaking` holds for its block alone, and for what
is called there, also in tasks and threads that begin with a copy of its context. So two requests of a server
never hear each other. To whom it is said decides how an input is called there (`say.Input`): a command line
has an option for it, a form a label, a request of a program a member.
"""

from __future__ import annotations

import gettext
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final, Literal

from incident.domain import say

LANGUAGES = ("zh", "en")
#: Who asks: somebody at a terminal, somebody before a page, a program.
Asker = Literal["terminal", "page", "program"]
_CALLS: Final[dict[Asker, say.Call]] = {
    "terminal": say.option_of,
    "page": say.label_of,
    "program": say.member_of,
}
_CATALOGUES = str(Path(__file__).parent / "locale")

#: The language of the process.
_chosen = "en"
#: The language of a block that speaks another; unset elsewhere.
_asked: ContextVar[str] = ContextVar("language")
#: Who asks in a block; a process is one of the command line.
_asker: ContextVar[Asker] = ContextVar("asker", default="terminal")


def choose(arguments: Sequence[str]) -> str:
    """Choose the language of this process; click's own words follow it."""
    global _chosen  # noqa: PLW0603 - one language a process, set before anything speaks
    _chosen = _wanted(arguments)
    os.environ["LANGUAGE"] = _chosen
    gettext.bindtextdomain("incident", _CATALOGUES)
    gettext.textdomain("incident")
    return _chosen


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Speak another language for a while; one of `LANGUAGES`."""
    assert wanted in LANGUAGES, wanted
    before = _asked.set(wanted)
    try:
        yield
    finally:
        _asked.reset(before)


@contextmanager
def answering(asker: Asker) -> Iterator[None]:
    """Call inputs for a while as whoever asks calls them."""
    before = _asker.set(asker)
    try:
        yield
    finally:
        _asker.reset(before)


def spoken() -> str:
    """Give the language in force."""
    return _asked.get(_chosen)


@cache
def _catalogue(wanted: str) -> gettext.NullTranslations:
    """Read a catalogue; a damaged one costs the language, never the command."""
    try:
        return gettext.translation("incident", _CATALOGUES, languages=[wanted], fallback=True)
    except (OSError, ValueError, struct.error):
        return gettext.NullTranslations()


def _wanted(arguments: Sequence[str]) -> str:
    for at, argument in enumerate(arguments):
        if argument == "--":
            break
        given = argument.removeprefix("--lang=") if argument.startswith("--lang=") else None
        if argument == "--lang" and at + 1 < len(arguments):
            given = arguments[at + 1]
        if given in LANGUAGES:
            return given
    for name in ("INCIDENT_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def _(msgid: str) -> str:
    """Translate a fixed text."""
    return _catalogue(spoken()).gettext(msgid) if msgid else ""


def in_each(words: say.Words) -> list[str]:
    """Put words into each language."""
    return [speaker(one)(words) for one in LANGUAGES]


def speak(words: say.Words) -> str:
    """Put words into the language in force, for whoever asks."""
    return say.render(words, spoken(), _, _CALLS[_asker.get()])


def speaker(wanted: str) -> Callable[[say.Words], str]:
    """Give what puts words into a language, whichever is in force."""
    translate = _catalogue(wanted).gettext
    return lambda words: say.render(words, wanted, translate)
