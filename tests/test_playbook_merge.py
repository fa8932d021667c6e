"""What a file says is laid over its base, and a state over the one it stands on; clauses stay true."""

from __future__ import annotations

from typing import Any

import pytest

from incident.playbook_text.merge import overlay, prune, stack_states
from incident.playbook_text.nodes import read
from incident.playbook_text.provenance import values


def tree(text: str) -> Any:
    return read(text.encode(), "p.yaml")[0]


def plain(node: Any) -> Any:
    match node.value:
        case dict():
            return {key: plain(child) for key, child in node.value.items()}
        case list():
            return [plain(child) for child in node.value]
        case value:
            return value


MERGES = [
    # maps merge by key, at every depth, and keep their order
    ("{a: {x: 1, y: 2}, b: 3}", "{a: {y: 4, z: 5}}", "{a: {x: 1, y: 4, z: 5}, b: 3}"),
    # lists and single values replace, and are replaced
    ("{a: [1, 2], b: 1}", "{a: [3], b: 2}", "{a: [3], b: 2}"),
    ("{a: {x: 1}, b: 2}", "{a: 1, b: {x: 1}}", "{a: 1, b: {x: 1}}"),
    # null removes, alone or with all that hangs on it, and what was never there
    ("{a: {x: 1, y: 2}, b: 1}", "{a: {x: null}, b: ~, c: null}", "{a: {y: 2}}"),
    ("{a: {x: {y: 1}}}", "{a: null}", "{}"),
    # nothing merges with nothing
    ("{}", "{a: 1}", "{a: 1}"),
    ("{a: 1}", "{}", "{a: 1}"),
    # a clause laid over none covers what it says; the rest is the project's
    ("{name: n, at: 1}", "{source: 一, at: 2}", "{name: n, at: 2, source: 一, project: [name]}"),
    # none laid over a clause: what is laid over is the project's
    ("{source: 一, name: n, at: 1}", "{at: 2}", "{source: 一, name: n, at: 2, project: [at]}"),
    # two clauses are both kept, if anything of the first is left
    ("{source: 一, name: n}", "{source: 二, at: 2}", "{source: 一; 二, name: n, at: 2}"),
    ("{source: 一, at: 1}", "{source: 二, at: 2}", "{source: 二, at: 2}"),
    ("{source: 一, name: n}", "{source: 一, at: 2}", "{source: 一, name: n, at: 2}"),
    ("{source: 一; 二, name: n}", "{source: 二, at: 2}", "{source: 一; 二, name: n, at: 2}"),
    # no clause at all: nothing to keep true
    ("{name: n}", "{at: 2}", "{name: n, at: 2}"),
    # fields are named once
    ("{source: 一, at: 1, project: [at]}", "{at: 2}", "{source: 一, at: 2, project: [at]}"),
    # what the project had supplied and a clause now says is the paper's
    (
        "{source: 一, name: n, at: 1, project: [at]}",
        "{source: 二, at: 2}",
        "{source: 一; 二, name: n, at: 2}",
    ),
    # what the project had supplied stays so beside what it supplies now
    (
        "{source: 一, name: n, at: 1, project: [at]}",
        "{source: 二, to: 2, project: [to]}",
        "{source: 一; 二, name: n, at: 1, project: [at, to], to: 2}",
    ),
    # things that bear these names are things, not clauses
    (
        "{fields: {source: {name: 来源}, b: {name: 乙}}}",
        "{fields: {b: {name: 丙}}}",
        "{fields: {source: {name: 来源}, b: {name: 丙}}}",
    ),
]


@pytest.mark.parametrize(("lower", "patch", "expected"), MERGES)
def test_patch_is_laid_over(lower: str, patch: str, expected: str) -> None:
    below, above = tree(lower), tree(patch)
    merged = plain(prune(overlay(below, above)))
    # whether the last name of the project is dropped or the list left empty is nobody's concern
    if merged.get("project") == []:
        del merged["project"]

    assert merged == plain(tree(expected))
    assert (plain(below), plain(above)) == (plain(tree(lower)), plain(tree(patch)))


STACKS = [
    # three high, written in any order
    (
        "{c: {on_top_of: b}, a: {bodies: {x: {p: 1}}}, b: {on_top_of: a, bodies: {y: {}}}}",
        "{on_top_of: b, bodies: {x: {p: 1}, y: {}}}",
    ),
    # two on one: neither sees the other's
    (
        "{a: {bodies: {x: {}}}, b: {on_top_of: a, bodies: {y: {}}}, c: {on_top_of: a, bodies: {z: {}}}}",
        "{on_top_of: a, bodies: {x: {}, z: {}}}",
    ),
    # an item is patched, not replaced
    (
        "{a: {rosters: {x: {p: 1, q: 1}}}, c: {on_top_of: a, rosters: {x: {q: 2}}}}",
        "{on_top_of: a, rosters: {x: {p: 1, q: 2}}}",
    ),
    # a clock too, and what resets it
    (
        "{a: {clocks: {x: {source: 一, w: {p: 1}}}}, c: {on_top_of: a, clocks: {x: {w: {q: 2}}}}}",
        "{on_top_of: a, clocks: {x: {source: 一, w: {p: 1, q: 2}, project: [w]}}}",
    ),
    # tiers of an escalation are a list and replace
    (
        "{a: {obligations: {o: {escalate: [1, 2]}}}, c: {on_top_of: a, obligations: {o: {escalate: [3]}}}}",
        "{on_top_of: a, obligations: {o: {escalate: [3]}}}",
    ),
    # what is taken away can come back further up, as it is said there
    (
        "{a: {bodies: {x: {p: 1}}}, b: {on_top_of: a, bodies: {x: ~}}, c: {on_top_of: b, bodies: {x: {}}}}",
        "{on_top_of: b, bodies: {x: {}}}",
    ),
    ("{a: {bodies: {x: {p: 1}}}, c: {on_top_of: a, bodies: {x: null}}}", "{on_top_of: a, bodies: {}}"),
    # a name and a level are each state's own
    ("{a: {name: A, level: I, measures: {m: {}}}, c: {on_top_of: a}}", "{on_top_of: a, measures: {m: {}}}"),
    # every group, each with the clause that defines it; and on top of every group
    ("{c: {groups: all}}", "{groups: {g: {source: 三}, h: {}}}"),
    (
        "{a: {groups: all}, c: {on_top_of: a, groups: {g: null, h: {place: p}}}}",
        "{on_top_of: a, groups: {h: {place: p}}}",
    ),
    # a state that is no map is somebody else's problem
    ("{c: [1], a: {on_top_of: c}}", "[1]"),
    ("{a: [1], c: {on_top_of: a, bodies: {x: {}}}}", "{on_top_of: a, bodies: {x: {}}}"),
]


@pytest.mark.parametrize(("states", "expected"), STACKS)
def test_state_stands_on_another(states: str, expected: str) -> None:
    root = tree(f"{{groups: {{g: {{source: 三}}, h: {{}}}}, states: {states}}}")

    assert stack_states(root) == []
    assert plain(prune(root))["states"]["c"] == plain(tree(expected))


def test_three_thousand_states_on_each_other_are_stacked_in_any_order() -> None:
    states = ", ".join(f"s{at}: {{on_top_of: s{at + 1}, bodies: {{b{at % 7}: {{}}}}}}" for at in range(3000))
    root = tree(f"{{states: {{{states}, s3000: {{measures: {{m: {{}}}}}}}}}}")

    assert stack_states(root) == []
    lowest = plain(root)["states"]["s0"]
    assert (len(lowest["bodies"]), lowest["measures"]) == (7, {"m": {}})


def test_circle_of_many_states_is_reported_once() -> None:
    states = ", ".join(f"s{at}: {{on_top_of: s{(at + 1) % 3000}}}" for at in range(3000))

    assert [one.path for one in stack_states(tree(f"{{states: {{{states}}}}}"))] == [
        ("states", "s2999", "on_top_of")
    ]


@pytest.mark.parametrize(
    "text", ["{}", "{states: 1}", "{states: {a: {groups: all}}}", "{groups: 1, states: {a: {groups: all}}}"]
)
def test_stacking_leaves_alone_what_is_not_there(text: str) -> None:
    assert stack_states(tree(text)) == []


def test_every_value_knows_its_line_and_its_clause() -> None:
    root = tree("a:\n  source: 一\n  at: [x]\n  to: y\n  project: [to]\nb: 1\n")

    assert [(one.path, one.value, one.mark.line, one.clause) for one in values(root)] == [
        (("a", "source"), "一", 2, "一"),
        (("a", "at", 0), "x", 3, "一"),
        # the project's, though the item is the paper's
        (("a", "to"), "y", 4, None),
        (("b",), 1, 6, None),
    ]
