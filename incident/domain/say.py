"""Sentences that know both languages: a message id with values, rendered late.

The core decides *what* is said and the edge in *which* language, so a refusal, a journal line and an
error read the same in the terminal, the console and a kit. A message id is its own English text;
gettext catalogues hold the Chinese. Names from a playbook (`Text`) carry both languages themselves.
What somebody gives with an act is called otherwise by each surface: `Input`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Union

from msgspec import Struct

from incident.domain.organisation import Text

#: Looks a message id up in a catalogue; the identity gives English.
Translate = Callable[[str], str]


class Say(Struct, frozen=True):
    """One sentence: a message id and the values that fill its `{names}`."""

    #: English sentence, and key of the catalogue.
    msgid: str
    #: Values for its names.
    values: Mapping[str, Words]

    def __str__(self) -> str:
        """Give the English, for logs and tracebacks."""
        return render(self, "en", lambda msgid: msgid)


class Input(Struct, frozen=True):
    """What somebody gives with an act: a label of a form, an option of a command, a member of a request."""

    #: Option of the command line, without its dashes.
    option: str
    #: What a form calls it.
    label: Say
    #: Where a request has it; without one under the name of the option.
    member: str | None = None
    #: A terminal says the label too: what is asked of somebody in a hurry.
    is_spelt: bool = False

    def __str__(self) -> str:
        """Give the English of the label, for logs and tracebacks."""
        return str(self.label)


#: Calls an input as one surface does.
Call = Callable[[Input], "Words"]

#: Whatever can stand in a sentence.
Words = Union[Say, Input, Text, str, int, None, Sequence["Words"]]  # noqa: UP007 - a recursive alias


def say(msgid: str, /, **values: Words) -> Say:
    """Make a sentence. Babel collects `msgid` by the name of this function."""
    return Say(msgid, values)


def label_of(given: Input) -> Say:
    """Call an input as a form does."""
    return given.label


def option_of(given: Input) -> Words:
    """Call an input as the command line does."""
    option = f"--{given.option}"
    return say("{label} ({option})", label=given.label, option=option) if given.is_spelt else option


def member_of(given: Input) -> str:
    """Call an input as a request of a program does."""
    return given.member or given.option.replace("-", "_")


def render(words: Words, lang: str, translate: Translate, call: Call = label_of) -> str:
    """Put `words` into `lang`; lists are joined the way that language joins them, inputs called by `call`."""
    match words:
        case None:
            return ""
        case Say():
            values = {name: render(value, lang, translate, call) for name, value in words.values.items()}
            return translate(words.msgid).format_map(values)
        case Input():
            return render(call(words), lang, translate)
        case Text():
            return visible(words.in_language(lang))
        case str():
            return visible(words)
        case int():
            return str(words)
        case _:
            return _separator(words, lang).join(render(word, lang, translate, call) for word in words)


def visible(text: str) -> str:
    """Show control and direction characters as escapes: a value must not steer a terminal or forge a line."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or unicodedata.category(char) == "Zs" else f"\\u{ord(char):04x}"
        for char in text
    )


def _separator(words: Sequence[Words], lang: str) -> str:
    """Part a list; one whose items hold lists themselves more strongly, so that both can be told apart."""
    if any(_holds_list(word) for word in words):
        return "；" if lang == "zh" else "; "
    return "、" if lang == "zh" else ", "


def _holds_list(words: Words) -> bool:
    match words:
        case Say():
            return any(_holds_list(value) for value in words.values.values())
        case None | Input() | Text() | str() | int():
            return False
        case _:
            return len(words) > 1
