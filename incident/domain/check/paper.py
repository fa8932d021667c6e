"""Rules of the paper: its dates, what it must not contain, and the contradictions its author knows.

P501  a contradiction that the playbook records (warning), unless a rule finds it by itself
P502  a contradiction said to be found by a rule that does not find it
P503  a telephone number
P504  a date that is not in the calendar
P505  a document published before the date it bears

A conflict with `rule:` adds its words to the rule's own problem, so each contradiction is reported once.
`about:` is then a step of that problem's path, or a word of what it found (`P2`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from incident.domain.check.report import error, warning
from incident.domain.check.walk import all_texts
from incident.domain.organisation import Text
from incident.domain.paper import Conflict
from incident.domain.playbook import Playbook
from incident.domain.problem import Problem
from incident.domain.say import Input, Say, Words, say

TITLES = {
    "P501": say("the paper contradicts itself"),
    "P502": say("a contradiction that no rule finds"),
    "P503": say("a telephone number"),
    "P504": say("not a date"),
    "P505": say("published before its date"),
}

#: Mobile numbers, landlines, service numbers of mainland China; a year and a number (2021-0012345) is none.
_TELEPHONE = re.compile(
    r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"
    r"|(?<![\d-])(?!(?:19|20)\d\d-)\d{3,4}-\d{7,8}(?![\d-])"
    r"|\(0\d{2,3}\) ?\d{7,8}(?!\d)"
    r"|(?<!\d)[48]00-?\d{3}-?\d{4}(?!\d)",
    re.ASCII,
)
#: Codes are numbers by nature.
_CODES = (("jurisdiction", "code"), ("jurisdiction", "parent"))


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find telephone numbers and impossible dates."""
    for path, text in all_texts(playbook):
        match = _TELEPHONE.search(unicodedata.normalize("NFKC", text))
        if match is not None and path not in _CODES:
            yield error(
                "P503",
                path,
                expected=say("no telephone numbers in a playbook"),
                found=say("what looks like one, at character {n}", n=match.start() + 1),
                do=say("remove it; people and numbers belong in the directory: incident people import"),
            )
    yield from _dates(playbook)


def _dates(playbook: Playbook) -> Iterator[Problem]:
    document = playbook.document
    real: dict[str, date] = {}
    for name in ("date", "published", "effective_from"):
        written = getattr(document, name)
        if written is None:
            continue
        try:
            real[name] = date.fromisoformat(written)
        except ValueError:
            yield error(
                "P504",
                ("document", name),
                expected=say("a day of the calendar"),
                found=f"`{written}`",
                do=say("correct the date"),
            )
    if "date" in real and "published" in real and real["published"] < real["date"]:
        yield warning(
            "P505",
            ("document", "published"),
            expected=say("{date} or later, for the document bears that date", date=str(document.date)),
            found=str(document.published),
            do=say("compare with the register; if it is the paper that errs, say so under `conflicts:`"),
        )


def with_conflicts(playbook: Playbook, found: Sequence[Problem]) -> list[Problem]:
    """Join the contradictions that the playbook records with what the rules found."""
    problems = list(found)
    own: list[Problem] = []
    for at, conflict in enumerate(playbook.conflicts):
        if conflict.rule is None:
            own.append(_recorded(at, conflict))
            continue
        matching = [index for index, one in enumerate(found) if _finds(one, conflict)]
        if not matching:
            own.append(_not_found(at, conflict))
        for index in matching:
            one = problems[index]
            problems[index] = replace(one, do=_words_of(conflict, one.do))
    return problems + own


def _finds(one: Problem, conflict: Conflict) -> bool:
    if one.rule != conflict.rule:
        return False
    return conflict.about is None or conflict.about in one.path or _says(one.found, conflict.about)


def _says(words: Words, about: str) -> bool:
    match words:
        case Say():
            return any(_says(value, about) for value in words.values.values())
        case Text():
            return about in (words.zh, words.en)
        case str():
            return about in (words, words.strip("`"))
        case int() | None | Input():
            return False
        case _:
            return any(_says(word, about) for word in words)


def _words_of(conflict: Conflict, before: Words) -> Words:
    """Say the recorded contradiction; several for one problem are all said."""
    known = say("the paper itself says so: {text}", text=conflict.text)
    already = isinstance(before, Say) and before.msgid in (known.msgid, "{one}; {other}")
    return say("{one}; {other}", one=before, other=known) if already else known


def _recorded(at: int, conflict: Conflict) -> Problem:
    return warning(
        "P501",
        ("conflicts", at),
        expected=say("a paper that agrees with itself"),
        found=say("{clause}: {text}", clause=conflict.source, text=conflict.text)
        if conflict.source
        else conflict.text,
        do=say("ask who issued the paper to settle it"),
    )


def _not_found(at: int, conflict: Conflict) -> Problem:
    return error(
        "P502",
        ("conflicts", at, "rule"),
        expected=say("{rule} to find it", rule=conflict.rule)
        if conflict.about is None
        else say("{rule} to find it for {about}", rule=conflict.rule, about=conflict.about),
        found=say("nothing that {rule} finds", rule=conflict.rule),
        do=say("remove `rule:` (the contradiction is then reported as it is written), or correct `about:`"),
    )
