"""Coverage of the rings that decide is measured while those tests run that are there for them.

To be measured makes Python two to three times slower. So it is not done while databases, crashes, channels,
documents and the other commands are tried: the rings are passed through there, but hardly anything of them
there alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import coverage
import pytest

TESTS: Final = Path(__file__).parent
#: How the names of those begin: a ring's own tests, the checks of playbooks, kits, journals made anew,
#: commands that show or change what is on record.
MEASURED: Final = (
    *("domain/", "service/", "kit/", "playbook_rules/", "schedule/", "tamper/", "test_playbook"),
    *("cli/test_account.py", "cli/test_auditor.py", "cli/test_calling_desk.py", "cli/test_directives.py"),
    *("cli/test_duty_desk.py", "cli/test_evidence.py", "cli/test_extend.py", "cli/test_filing.py"),
    *("cli/test_history.py", "cli/test_journal_", "cli/test_log_book.py", "cli/test_looking.py"),
    *("cli/test_people_desk.py", "cli/test_proofs.py", "cli/test_recover", "cli/test_refusals.py"),
    *("cli/test_rep", "cli/test_restore_drill.py", "cli/test_roster_chart.py", "cli/test_worker"),
)
#: Files of them that try so much that measuring costs far more than it shows: nearly all that they pass
#: through is passed by others too, and the figure holds without them.
LAWS: Final = (
    "domain/test_agenda.py",
    "domain/test_clock_cronsim.py",
    "domain/test_roster_laws.py",
    "domain/test_tree_proofs.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run a test, its fixtures too, measured or not."""
    if is_measured(item.path):
        return (yield)
    with unmeasured():
        return (yield)


def is_measured(path: Path) -> bool:
    """Tell whether the tests of a file are there for a ring, and few enough."""
    name = path.relative_to(TESTS).as_posix()
    return name.startswith(MEASURED) and name not in LAWS


@contextmanager
def unmeasured() -> Iterator[None]:
    """Measure nothing for a while.

    In a worker of xdist there are two that measure, one begun by the plugin before it knew that it is in
    a worker: whenever the second stops, the first goes on.
    """
    stopped = []
    while (measuring := coverage.Coverage.current()) is not None:
        measuring.stop()
        stopped.append(measuring)
    try:
        yield
    finally:
        for measuring in reversed(stopped):
            measuring.start()
