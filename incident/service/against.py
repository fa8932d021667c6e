"""Outside checkpoints held against a whole journal: which hold, and between which entries it was changed.

A journal that was made anew holds in itself. A root that left the house shows it; of several, the last one
that holds and the first that does not say where and since when: nothing before was touched, and whatever was
changed stands between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from incident.domain import clock
from incident.domain.checkpoint import Checkpoint, Line, code_of
from incident.domain.say import Words, say
from incident.service import outside
from incident.service.outside import Here, Verdict
from incident.service.signed import Read, unopened


class Given(NamedTuple):
    """A checkpoint that somebody brought, and where from."""

    where: Words
    #: What it says; of a line that people pass on, the head of the root alone.
    said: Checkpoint | Line
    #: Keys by which it was signed; none when it was not looked at.
    signed_by: Sequence[str] = ()

    @property
    def size(self) -> int:
        """Give how many entries it covers."""
        return self.said.size


class Found(NamedTuple):
    """How a checkpoint that somebody brought stands to the journal."""

    given: Given
    verdict: Verdict
    given_up: int | None = None


class Span(NamedTuple):
    """Entries between two checkpoints, in which something was changed."""

    #: First entry that may be another, and the one after the last.
    since: int
    until: int
    #: When the entries before were signed or, not known, recorded last; and those up to the end.
    after: int | None
    before: int | None


class Compared(NamedTuple):
    """All checkpoints that are known, held against a journal."""

    #: Those that somebody brought from outside.
    brought: list[Found]
    #: Those kept beside the journal: who can change one can change both.
    beside: list[Found]
    #: How many of those nobody trusted signed, or say another size or time than the row beside the note.
    unsigned: int
    #: Entries that give up what was lost for a checkpoint that nobody trusted signed.
    unfounded: Sequence[int] = ()

    @property
    def wrong(self) -> list[Found]:
        """Give those beside the journal that are not of it."""
        return [one for one in self.beside if one.verdict not in ("holds", "lost")]

    @property
    def holds(self) -> bool:
        """Tell whether each holds."""
        return not (self.wrong or self.unsigned or self.unfounded) and all(
            one.verdict == "holds" for one in self.brought
        )

    @property
    def span(self) -> Span | None:
        """Say between which entries something was changed; none where nothing is forked."""
        return changed_between(sorted([*self.brought, *self.beside], key=lambda one: one.given.size))


def compare(here: Here, code: str, given: Sequence[Given], read: Read = unopened) -> list[Found]:
    """Hold checkpoints against a journal, by size. Raises `JournalError` where rows are missing.

    `read` takes a note that a trusted key signed: what was lost is given up by such a one alone.
    """
    return [_found(here, code, one, read) for one in sorted(given, key=lambda one: one.size)]


def is_of(code: str, given: Given) -> bool:
    """Tell whether a checkpoint says that it is of a jurisdiction."""
    said = given.said
    return code == (said.code if isinstance(said, Line) else code_of(said.origin))


def _found(here: Here, code: str, given: Given, read: Read) -> Found:
    said = given.said
    if not is_of(code, given):
        return Found(given, "foreign")
    one = outside.held(here, said, read)
    return Found(given, one.verdict, None if one.claim is None else one.claim.seq)


def changed_between(found: Sequence[Found]) -> Span | None:
    """Say between which entries something was changed; none where nothing is forked."""
    forked = [one for one in found if one.verdict == "forked"]
    if not forked:
        return None
    first = forked[0].given
    before = [one.given for one in found if one.verdict == "holds" and one.given.size < first.size]
    last = before[-1] if before else None
    return Span(0 if last is None else last.size, first.size, _at(last), _at(first))


def _at(given: Given | None) -> int | None:
    return given.said.at if given is not None and isinstance(given.said, Checkpoint) else None


def told(span: Span, zone: str) -> Words:
    """Say it."""
    since = say("the beginning") if span.after is None else clock.shown(span.after, zone)
    if span.before is None:
        return say("changed: entries {since} to {until}", since=span.since, until=span.until - 1)
    return say(
        "changed: entries {since} to {until}, signed between {after} and {before}",
        since=span.since,
        until=span.until - 1,
        after=since,
        before=clock.shown(span.before, zone),
    )
