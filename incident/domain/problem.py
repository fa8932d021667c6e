"""One problem of a playbook: which rule, how grave, where, and what to do.

Rules have ids: P0xx the text, P1xx the state machine, P2xx references, P3xx clocks and rosters,
P4xx counts, P5xx the paper itself. `docs/playbook-rules.md` has an entry for each.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct

from incident.domain.say import Words

#: Keys from the top of a playbook down to the thing meant.
Path = tuple[str | int, ...]


class Mark(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Give `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


class Problem(Struct, frozen=True, kw_only=True):
    """Something in a playbook that is wrong (error) or that its author should know (warning)."""

    #: Rule id.
    rule: str
    #: Errors stop adoption; warnings are shown and recorded.
    severity: Literal["error", "warning"]
    #: Where in the playbook.
    path: Path = ()
    #: Where in a file; filled in by who read the file.
    mark: Mark | None = None
    #: What would be right.
    expected: Words
    #: What is there.
    found: Words
    #: What to do about it.
    do: Words
