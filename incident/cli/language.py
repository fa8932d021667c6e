"""Which language to speak, and saying things in it.

Chosen by `--lang`, else `INCIDENT_LANG`, `LANGUAGE`, `LC_ALL`, `LC_MESSAGES`, `LANG`; else English.
It has to be known before commands are declared, for their help is part of it, so the arguments are looked
through first.
"""

from __future__ import annotations

import gettext
import os
import struct
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from incident.domain import say

LANGUAGES = ("zh", "en")
_CATALOGUES = str(Path(__file__).parent.parent / "locale")

#: The language in force.
lang = "en"
_translations: gettext.NullTranslations = gettext.NullTranslations()


def choose(arguments: Sequence[str]) -> str:
    """Choose the language of this run; click's own words follow it."""
    global lang, _translations  # noqa: PLW0603 - one language a process, set before anything speaks
    lang = _wanted(arguments)
    _translations = _catalogue(lang)
    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain("incident", _CATALOGUES)
    gettext.textdomain("incident")
    return lang


def _catalogue(wanted: str) -> gettext.NullTranslations:
    """Read a catalogue; a damaged one costs the language, never the command."""
    try:
        return gettext.translation("incident", _CATALOGUES, languages=[wanted], fallback=True)
    except (OSError, ValueError, struct.error):
        return gettext.NullTranslations()


@cache
def _read_once(wanted: str) -> gettext.NullTranslations:
    return _catalogue(wanted)


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
    return _translations.gettext(msgid) if msgid else ""


def in_each(words: say.Words) -> list[str]:
    """Put words into each language."""
    return [say.render(words, one, _read_once(one).gettext) for one in LANGUAGES]


def speak(words: say.Words) -> str:
    """Put words into the language in force."""
    return say.render(words, lang, _)


def speaker(wanted: str) -> Callable[[say.Words], str]:
    """Give what puts words into a language, whichever is in force."""
    translate = _read_once(wanted).gettext
    return lambda words: say.render(words, wanted, translate)
