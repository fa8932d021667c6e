"""What two versions of a playbook differ in."""

from __future__ import annotations

from msgspec.structs import replace

from incident.domain.organisation import Text
from incident.domain.playbook import State
from incident.views.versions import ChangedValue, compared
from tests.playbooks import BAISHI


def test_a_version_does_not_differ_from_itself() -> None:
    found = compared(BAISHI, BAISHI)

    assert found.states == []
    assert found.values == []


def test_what_stands_otherwise_is_a_line_and_every_value_is_named() -> None:
    emergency = BAISHI.states["emergency"]
    key, roster = next(iter(emergency.rosters.items()))
    changed = replace(emergency, rosters={**emergency.rosters, key: replace(roster, pattern="12h")})
    after = replace(BAISHI, answer="30m", states={**BAISHI.states, "emergency": changed})

    found = compared(BAISHI, after)

    assert [(one.key, one.op) for one in found.states] == [("emergency", "~")]
    assert [(line.op, line.kind, line.key) for line in found.states[0].changes] == [("~", "roster", key)]
    assert ChangedValue(path="answer", before="never", after="30m") in found.values
    before = None if roster.pattern == "24h" else roster.pattern  # what is the default is not written
    assert (
        ChangedValue(path=f"states.emergency.rosters.{key}.pattern", before=before, after="12h")
        in found.values
    )
    assert len(found.values) == 2


def test_a_state_that_is_new_is_gone_the_other_way() -> None:
    drill = State(name=Text("演练", "Drill"), bodies=BAISHI.states["emergency"].bodies)
    after = replace(BAISHI, states={**BAISHI.states, "drill": drill})

    there, back = compared(BAISHI, after), compared(after, BAISHI)

    assert [(one.key, one.op) for one in there.states] == [("drill", "+")]
    assert [(one.key, one.op) for one in back.states] == [("drill", "-")]
    assert {line.op for line in there.states[0].changes} == {"+"}
    assert {line.op for line in back.states[0].changes} == {"-"}
    assert [(one.path, one.after, one.before) for one in back.values] == [
        (one.path, one.before, one.after) for one in there.values
    ]
