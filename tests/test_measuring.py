"""What is measured, and while which tests."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import coverage

from tests.measuring import LAWS, MEASURED, TESTS, is_measured, unmeasured
from tools.coverage_gate import RINGS


def test_each_ring_that_is_held_to_a_figure_is_measured_by_its_own_tests() -> None:
    assert {f"{Path(ring).name}/" for ring in RINGS} <= {*MEASURED}
    assert is_measured(TESTS / "domain" / "test_tree.py")
    assert is_measured(TESTS / "service" / "test_handle.py")
    assert not is_measured(TESTS / "cli" / "test_help.py")
    assert not is_measured(TESTS / "test_docs.py")


def test_what_is_named_is_there() -> None:
    assert [name for name in MEASURED if not [*TESTS.glob(f"{name}*")]] == []
    for law in LAWS:
        name, _, test = law.partition("::")
        file = TESTS / name
        assert not test or f"def {test}(" in file.read_text(encoding="utf-8"), law
        assert file.is_file(), law
        assert not is_measured(file, test), law
        assert is_measured(file) is bool(test), f"{law}: not measured anyway"


def test_all_that_measures_stops_and_goes_on_as_before() -> None:
    with ExitStack() as stack:
        stack.enter_context(unmeasured())  # whoever runs all tests measured
        both = [coverage.Coverage(data_file=None) for _ in range(2)]
        for one in both:
            one.start()
            stack.callback(one.stop)

        with unmeasured():
            assert coverage.Coverage.current() is None
        assert coverage.Coverage.current() is both[1]
        both[1].stop()
        assert coverage.Coverage.current() is both[0]
