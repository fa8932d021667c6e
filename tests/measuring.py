"""Coverage of the rings that decide is measured while those tests run that are there for them.

To be measured makes Python two to three times slower. So it is not done while databases, crashes, channels,
documents and most commands are tried: the rings are passed through there, but hardly anything of them there
alone. Nor is it done while one thing is tried in very many ways.
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
    *("domain/", "service/", "playbook_rules/", "schedule/", "tamper/"),
    *("test_playbook_files.py", "test_playbook_rules.py"),
    *("kit/test_export.py", "kit/test_manipulated.py", "kit/test_verify_keys.py", "kit/test_verify_laws.py"),
    *("cli/test_account.py", "cli/test_auditor.py", "cli/test_calling_desk.py", "cli/test_directives.py"),
    *("cli/test_duty_desk.py", "cli/test_evidence.py", "cli/test_extend.py", "cli/test_filing.py"),
    *("cli/test_history.py", "cli/test_journal_", "cli/test_log_book.py", "cli/test_people_desk.py"),
    *("cli/test_proofs.py", "cli/test_recover", "cli/test_reports.py", "cli/test_roster_chart.py"),
)
#: Files of them, or tests, that try so much that measuring costs far more than it shows: nearly all that they
#: pass through is passed by others too, and the figure holds without them.
LAWS: Final = (
    "domain/test_agenda.py",
    "domain/test_clock_cronsim.py",
    "domain/test_journal.py",
    "domain/test_machine.py",
    "domain/test_roster_laws.py",
    "domain/test_situation.py",
    "domain/test_tree_proofs.py",
    "service/test_account.py::test_time_of_which_no_trace_is_left_has_vanished",
    "service/test_account.py::test_time_that_nobody_promised_is_named",
    "service/test_account.py::test_whatever_happens_every_promised_time_comes_to_one_end",
    "service/test_duty_damaged.py::test_duty_that_was_moved_in_its_row_alone_keeps_nobody_from_acting",
    "service/test_missing.py",
    "service/test_rehearsal.py",
    "service/test_roster_acts.py::test_answer_of_that_night_is_the_same_a_year_later_with_the_reason",
    "service/test_time.py::test_it_asks_again_each_midnight_while_a_gate_is_open",
    "service/test_verify.py::test_every_attack_on_the_meaning_is_found_with_its_entry",
    "service/test_verify.py::test_every_column_of_the_situation_is_held_against_the_journal",
    "service/test_verify.py::test_journal_deleted_but_for_one_trace_is_missed",
    "service/test_verify_duty.py",
    "service/test_verify_parts.py::test_every_attack_on_promised_times_is_found_in_parts",
    "service/test_verify_people.py",
    "tamper/test_rows.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run a test, its fixtures too, measured or not."""
    if is_measured(item.path, item.name.partition("[")[0]):
        return (yield)
    with unmeasured():
        return (yield)


def is_measured(path: Path, test: str = "") -> bool:
    """Tell whether a file is there for a ring, and its tests, or the one named, are not too many."""
    name = path.relative_to(TESTS).as_posix()
    return name.startswith(MEASURED) and name not in LAWS and f"{name}::{test}" not in LAWS


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
