"""The author's commands: playbooks listed, checked, shown with their origins, drawn; the schema fits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, SequenceNode

from tests.cli.desk import CHECKOUT, Desk, in_both_languages
from tests.cli.writing import MAJIAN_TEXT, changed_majian, small_town

SHIPPED = sorted(path.stem for path in (CHECKOUT / "playbooks").glob("*.yaml"))
FILES = sorted((CHECKOUT / "playbooks").rglob("*.yaml"))


def test_shipped_playbooks_are_listed(empty_desk: Desk) -> None:
    listed = empty_desk.done("playbook", "list", "--json").objects()

    assert [one["playbook"] for one in listed] == SHIPPED
    assert len(SHIPPED) == 5
    for one in listed:
        assert len(one["hash"]) == 64
        assert one["jurisdiction"].keys() == {"code", "name"}
    assert "330681111" in empty_desk.done("playbook", "list").out


def test_shipped_playbooks_have_no_errors(empty_desk: Desk) -> None:
    checked = empty_desk.done("playbook", "check", "--json").objects()

    assert {one["playbook"]: one["errors"] for one in checked} == {name: [] for name in SHIPPED}
    for one in checked:
        for warning in one["warnings"]:
            assert re.fullmatch(r"P\d{3}", warning["rule"])
            assert warning["line"] > 0
            assert warning["expected"]
            assert warning["do"]


def test_warnings_of_majian_are_told_with_their_place(empty_desk: Desk) -> None:
    for said in in_both_languages(empty_desk, "playbook", "check", "majian"):
        assert re.search(r"playbooks/majian\.yaml:\d+:\d+: .*P401", said.out)


def test_faults_are_told_all_at_once(empty_desk: Desk) -> None:
    path = changed_majian(empty_desk.file.parent)
    faulty = MAJIAN_TEXT.replace("extends: epidemic", "extends: epidemic\nnonsense: 1\nzone: []", 1)
    path.write_text(faulty, encoding="utf-8")

    checked = empty_desk.run("playbook", "check", str(path), "--json")

    assert checked.code == 1
    errors = checked.object()["errors"]
    assert len(errors) == 2
    assert {error["file"] for error in errors} == {str(path)}
    first = faulty.splitlines().index("nonsense: 1") + 1
    assert {error["line"] for error in errors} == {first, first + 1}
    for said in in_both_languages(empty_desk, "playbook", "check", str(path)):
        assert f"{path}:{first}:" in said.out


def test_values_are_shown_with_their_origin(empty_desk: Desk) -> None:
    shown = empty_desk.done("playbook", "show", "majian", "--json").object()

    assert shown["resolved"]["playbook"] == "majian"
    origins = shown["provenance"]
    place = "states.local_positive_detected.rosters.regional_cocheck_watch.name.zh"
    assert (origins[place]["file"], origins[place]["source"]) == ("majian.yaml", "一(八)+")
    # the base's, so the project's own
    base = origins["states.local_positive_detected.obligations.first_report.within"]
    assert (base["file"], base["source"]) == ("epidemic.yaml", None)
    lines = MAJIAN_TEXT.splitlines()
    assert "区域协查24小时工作" in lines[origins[place]["line"] - 1]


def test_part_is_shown_alone(empty_desk: Desk) -> None:
    lines = empty_desk.done("playbook", "show", "majian", "--section", "groups.duty").out.splitlines()

    assert lines
    assert [line for line in lines if not line.startswith("groups.duty.")] == []


DRAWINGS = {
    "text": "local_positive_detected",
    "mermaid": "stateDiagram",
    "dot": "digraph",
    "svg": "<svg",
}


@pytest.mark.parametrize("form", DRAWINGS)
def test_states_are_drawn(empty_desk: Desk, form: str) -> None:
    words = ("playbook", "diagram", "majian", "--format", form)
    chinese, english = in_both_languages(empty_desk, *words)

    for drawn, state in ((chinese.out, "发现本土阳性"), (english.out, "Local positive detected")):
        assert DRAWINGS[form] in drawn
        assert state in drawn


def test_drawing_is_one_object_with_json(empty_desk: Desk) -> None:
    drawn = empty_desk.done("playbook", "diagram", "majian", "--json").object()

    assert drawn.keys() == {"playbook", "format", "diagram"}
    assert DRAWINGS["text"] in drawn["diagram"]


def test_playbook_with_errors_is_not_drawn(empty_desk: Desk) -> None:
    path = empty_desk.file.with_suffix(".yaml")
    path.write_text("playbook: nothing\n", encoding="utf-8")

    drawn = empty_desk.run("playbook", "diagram", str(path), "--json")

    assert drawn.code == 1
    assert drawn.object()["problems"]
    in_both_languages(empty_desk, "playbook", "diagram", str(path))


def test_author_opens_no_database(empty_desk: Desk) -> None:
    for words in (("check", "majian"), ("show", "majian"), ("diagram", "majian"), ("schema",)):
        empty_desk.done("playbook", *words)

    assert not empty_desk.file.exists()


def written(path: Path) -> dict[str, Any]:
    """Read a file as it is written; a date is text for us."""
    node = YAML(typ="safe", pure=True).compose(path)

    def plain(node: Any) -> Any:
        match node:
            case MappingNode():
                return {key.value: plain(value) for key, value in node.value}
            case SequenceNode():
                return [plain(one) for one in node.value]
            case _:
                kind = node.tag.rpartition(":")[2]
                read: dict[str, Callable[[str], Any]] = {
                    "int": int,
                    "bool": lambda text: text == "true",
                    "null": lambda _: None,
                }
                return read.get(kind, str)(node.value)

    found: dict[str, Any] = plain(node)
    return found


@cache
def schema() -> dict[str, Any]:
    """Give the schema as the command prints it."""
    found: dict[str, Any] = json.loads(Desk("sqlite:///nowhere").done("playbook", "schema").out)
    return found


def faults(value: Any, rule: dict[str, Any], place: str = "") -> list[str]:
    """Hold a value against the schema; knows the words that this schema uses, and no others."""
    known = {
        "$ref",
        "anyOf",
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "const",
    }
    about = {"$schema", "$defs", "title", "description", "default", "propertyNames"}
    unknown = (
        set(rule)
        - known
        - about
        - {"pattern", "minimum", "maximum", "minLength", "minItems", "format", "maxLength"}
    )
    assert not unknown, f"the schema uses {unknown}"
    if "$ref" in rule:
        return faults(value, schema()["$defs"][rule["$ref"].rpartition("/")[2]], place)
    if "anyOf" in rule:
        each = [faults(value, option, place) for option in rule["anyOf"]]
        said = [found for found in each if not any(fault.endswith("is no null") for fault in found)]
        return [] if [] in each else min(said or each, key=len)
    if "const" in rule or "enum" in rule:
        allowed = rule.get("enum", [rule.get("const")])
        return [] if value in allowed else [f"{place}: {value!r} is none of {allowed}"]
    return _faults_of_type(value, rule, place)


TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def _faults_of_type(value: Any, rule: dict[str, Any], place: str) -> list[str]:
    kind = rule.get("type")
    is_flag = isinstance(value, bool)
    if kind is not None and (not isinstance(value, TYPES[kind]) or (kind == "integer" and is_flag)):
        return [f"{place}: {value!r} is no {kind}"]
    if "pattern" in rule and not re.search(rule["pattern"], value):
        return [f"{place}: {value!r} does not fit {rule['pattern']}"]
    if isinstance(value, list):
        return [
            fault
            for at, item in enumerate(value)
            for fault in faults(item, rule.get("items", {}), f"{place}[{at}]")
        ]
    if not isinstance(value, dict):
        return []
    found = [f"{place}: no {name}" for name in rule.get("required", []) if name not in value]
    for name, item in value.items():
        inner = rule.get("properties", {}).get(name, rule.get("additionalProperties", {}))
        if inner is False:
            found.append(f"{place}: {name} is unknown")
        elif isinstance(inner, dict):
            found += faults(item, inner, f"{place}.{name}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_schema_fits_every_playbook(path: Path) -> None:
    assert faults(written(path), schema()) == []


def test_schema_finds_what_is_wrong(tmp_path: Path) -> None:
    small = written(small_town(tmp_path))
    wrong = [
        # a name that there is not
        {**small, "nonsense": 1},
        # a level that there is not
        {**small, "jurisdiction": {**small["jurisdiction"], "level": "galaxy"}},
        # text where a map stands
        {**small, "groups": "none"},
        # a number where text stands
        {**small, "initial": 1},
        # words in one language only
        {**small, "jurisdiction": {**small["jurisdiction"], "name": {"zh": "某镇"}}},
    ]

    assert faults(small, schema()) == []
    assert [one for one in wrong if not faults(one, schema())] == []


def test_schema_is_named_for_editors() -> None:
    for path in FILES:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        if path.parent.name == "playbooks":
            assert first.startswith("# yaml-language-server: $schema=")
