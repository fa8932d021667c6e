"""Where something comes from: a clause of the paper plan, or the project where the paper is silent."""

from __future__ import annotations

from incident.domain import clause as clauses
from incident.domain.say import Words, say
from incident.language import speak


def sourced(words: Words, clause: str | None, *, ending: bool = False, partly: bool = False) -> Words:
    """Show a sentence with where it comes from; for what ends, under what it stood.

    `partly` says that the project supplied some of it.
    """
    origin = source(clause)
    if clause and ending:
        origin = say("[stood under {clause}]", clause=shown_clause(clause))
    elif clause and partly:
        origin = say("[{clause}; in part the project's]", clause=shown_clause(clause))
    return say("{words}  {source}", words=words, source=origin)


def source(clause: str | None) -> Words:
    """Show where something comes from."""
    return f"[{shown_clause(clause)}]" if clause else say("[project: the paper is silent]")


def shown_clause(clause: str) -> str:
    """Give a clause with its places in the language in force."""
    return clauses.shown_clause(clause, speak)
