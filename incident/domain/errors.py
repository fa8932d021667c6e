"""Errors by whose turn it is to act. The edge maps each family to an exit code, in one place.

Each says where, what was expected, what was found and what to do, as data (`Say`), so that no screen has to
parse a text. Misuse of an API inside the program is a plain `TypeError` or `RuntimeError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from incident.domain.say import Words, render, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from incident.domain.problem import Problem


class IncidentError(Exception):
    """Something is in the way."""

    #: All that is wrong with a file, where it is a file that is wrong.
    problems: Sequence[Problem] = ()

    def __init__(
        self, *, where: Words, expected: Words = None, found: Words = None, do: Words = None
    ) -> None:
        """Keep the four parts of a good message."""
        super().__init__(where, expected, found, do)
        self.where = where
        self.expected = expected
        self.found = found
        self.do = do

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it pass from one process to another as it is."""
        return _made_again, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        """Give the English, for logs."""
        return "; ".join(render(words, "en", str) for words in self.parts() if words)

    def parts(self) -> tuple[Words, Words, Words, Words]:
        """Give where, expected, found, do."""
        return self.where, self.expected, self.found, self.do


def _made_again(family: type[IncidentError], args: tuple[Any, ...], parts: dict[str, Any]) -> IncidentError:
    error = family.__new__(family, *args)
    error.__dict__.update(parts)
    return error


class FormatError(ValueError):
    """Bytes or a text are not in their one canonical form; whoever reads them knows where they came from."""

    def __init__(self, *, expected: Words, found: Words) -> None:
        """Keep what should stand there and what does."""
        super().__init__(expected, found)
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        """Give the English, for logs."""
        return f"expected {render(self.expected, 'en', str)}; found {render(self.found, 'en', str)}"


class ProofError(FormatError):
    """A proof in due form does not lead to the root that it should; whoever knows the journal says where."""


def errors(n: int) -> Words:
    """Say how many errors there are."""
    return say("1 error") if n == 1 else say("{n} errors", n=n)


class PlaybookError(IncidentError):
    """A playbook does not hold; its author acts. Carries all problems at once."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        """Keep every problem found in the playbook `name`."""
        super().__init__(
            where=name,
            expected=say("a playbook without errors"),
            found=errors(len(problems)),
            do=say("mend the lines named, then run: incident playbook check {name}", name=name),
        )
        self.name = name
        self.problems = list(problems)


class RequestError(IncidentError):
    """A request cannot be understood; the caller acts."""


class Unknown(RequestError):
    """There is nothing of that name or number here; the caller looks what there is."""


class Refused(IncidentError):
    """A rule or the lack of authority forbids it; somebody else acts, or nobody."""

    def __init__(
        self,
        *,
        rule: str,
        where: Words,
        expected: Words = None,
        found: Words = None,
        do: Words = None,
        missing: Sequence[str] = (),
        who_may_decide: Sequence[str] = (),
    ) -> None:
        """Keep which rule refused, what was missing, and who could decide."""
        super().__init__(where=where, expected=expected, found=found, do=do)
        self.rule = rule
        self.missing = list(missing)
        self.who_may_decide = list(who_may_decide)


class Conflict(IncidentError):
    """Somebody was first; the caller looks again and decides anew."""


class Moved(Conflict):
    """Something was recorded since the caller looked."""


class StoreError(IncidentError):
    """The database cannot be used as it is; the operator acts."""


class StoreAway(StoreError):
    """The database as a whole cannot be used now: locked, full, read-only, or it does not answer.

    Nothing that is stored is at fault, so nothing is set aside for it; it is tried again.
    """


class JournalError(IncidentError):
    """The record does not hold; the auditor acts. Carries the entry and both values."""

    def __init__(
        self,
        *,
        jurisdiction: str,
        seq: int | None,
        expected: Words,
        found: Words,
        level: str | None = None,
    ) -> None:
        """Keep which entry of which journal is wrong, how, and at which level of verifying that was found."""
        where = (
            say("journal of {jurisdiction}", jurisdiction=jurisdiction)
            if seq is None
            else say("journal of {jurisdiction}, entry {seq}", jurisdiction=jurisdiction, seq=seq)
        )
        super().__init__(
            where=where,
            expected=expected,
            found=found,
            do=say("keep the database as it is and compare it with a backup or an outside copy"),
        )
        self.jurisdiction = jurisdiction
        self.seq = seq
        self.level = level


class KitError(JournalError):
    """An evidence kit does not hold, as a file or as a record; the auditor acts."""

    def __init__(self, *, file: str, path: Words, expected: Words, found: Words) -> None:
        """Keep which file of which kit is wrong, and how."""
        where = say("{file}, {path}", file=file, path=path) if path is not None else file
        IncidentError.__init__(
            self,
            where=where,
            expected=expected,
            found=found,
            do=say("keep this kit; get another from whoever made it and compare both"),
        )
        self.jurisdiction = ""
        self.seq = None
        self.level = None
        self.file = file
        self.path = path
