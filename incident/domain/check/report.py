"""How a rule reports what it found: errors, warnings, and what to do about them. Decides nothing."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from incident.domain.playbook import Playbook
from incident.domain.problem import Path, Problem
from incident.domain.say import Say, Words, say

#: Finds all the problems that the rules of one family know.
Find = Callable[[Playbook], Iterator[Problem]]
#: Titles of rules by their ids.
Titles = Mapping[str, Say]


def error(rule: str, path: Path, *, expected: Words, found: Words, do: Words) -> Problem:
    """Report what stops adoption."""
    return Problem(rule=rule, severity="error", path=path, expected=expected, found=found, do=do)


def warning(rule: str, path: Path, *, expected: Words, found: Words, do: Words) -> Problem:
    """Report what the author should know."""
    return Problem(rule=rule, severity="warning", path=path, expected=expected, found=found, do=do)


#: How many names a misspelt one is compared with, and how long they may be: thousands among thousands must
#: not take hours.
_COMPARED = 200
_LONGEST = 64


def nearest(word: str, known: Iterable[str], otherwise: Words) -> Words:
    """Suggest the name that was probably meant, or say what to do when none is near."""
    compared = [name for name in islice(known, _COMPARED) if max(len(word), len(name)) <= _LONGEST]
    near = difflib.get_close_matches(word, compared, n=1)
    return say("did you mean `{name}`?", name=near[0]) if near else otherwise


def quoted(words: Iterable[str]) -> Words:
    """Show names the way they stand in the file; sets are put in order."""
    ordered = sorted(words) if isinstance(words, (set, frozenset)) else list(words)
    return [f"`{word}`" for word in ordered]
