"""A tree against the structures of `incident.domain`: every deviation at once, each at its place.

The structures are the one definition of the language; this walks `msgspec.inspect` of them, so a new
field needs no line here. What comes out converts into the structures without further surprise.
"""

from __future__ import annotations

import difflib
import re
from typing import Any

from msgspec import inspect

from incident.domain.problem import Path, Problem
from incident.domain.say import Say, Words, say
from incident.playbook_text.nodes import Node, describe, problem


class Walker:
    """Walks a tree along a type, turning nodes into plain values and collecting problems."""

    def __init__(self) -> None:
        """Begin with no problems."""
        self.problems: list[Problem] = []

    def walk(self, node: Node, kind: inspect.Type, path: Path = ()) -> Any:
        """Give the plain value of `node`, or None where it is wrong (and then a problem says why)."""
        described: Words = None
        if isinstance(kind, inspect.Metadata):
            description = (kind.extra_json_schema or {}).get("description")
            described = Say(description, {}) if description else None
            kind = kind.type
        match kind:
            case inspect.UnionType():
                return self._union(node, kind, described, path)
            case inspect.StructType():
                return self._struct(node, kind, path)
            case inspect.DictType():
                return self._dict(node, kind, path)
            case inspect.ListType():
                return self._list(node, kind, path)
            case inspect.LiteralType():
                if node.value not in kind.values:
                    self._wrong(node, [str(value) for value in kind.values])
                return node.value
            case inspect.StrType():
                return self._text(node, kind, described)
            case inspect.IntType():
                return self._integer(node, kind, described)
            case inspect.BoolType():
                if not isinstance(node.value, bool):
                    self._wrong(node, say("true or false"))
                return node.value
            case _:
                raise TypeError(f"the playbook language has no {kind}")

    def _wrong(self, node: Node, expected: Words) -> None:
        found = describe(node)
        self.problems.append(problem("P008", node.mark, expected, found, say("correct the value")))

    def _union(self, node: Node, kind: inspect.UnionType, described: Words, path: Path) -> Any:
        members = [member for member in kind.types if not isinstance(member, inspect.NoneType)]
        if node.value is None and len(members) < len(kind.types):
            return None
        for member in members:
            if _fits(node, member):
                return self.walk(node, member, path)
        if len(members) == 1:
            return self.walk(node, members[0], path)
        return self._wrong(node, described or [_name(member) for member in members])

    def _struct(self, node: Node, kind: inspect.StructType, path: Path) -> Any:
        if not isinstance(node.value, dict):
            return self._wrong(node, say("a map"))
        fields = {field.encode_name: field for field in kind.fields}
        plain: dict[str, Any] = {}
        for key, child in node.value.items():
            if key in fields:
                plain[key] = self.walk(child, fields[key].type, (*path, key))
            else:
                self._unknown(node, key, list(fields))
        for name, field in fields.items():
            if field.required and name not in node.value:
                self.problems.append(
                    problem(
                        "P009",
                        node.mark,
                        say("`{name}` in {place}", name=name, place=_place(path)),
                        say("nothing"),
                        say("add it"),
                    )
                )
        return plain

    def _unknown(self, node: Node, key: str, known: list[str]) -> None:
        near = difflib.get_close_matches(key, known, n=1)
        do = say("did you mean `{name}`?", name=near[0]) if near else say("remove it")
        mark = node.keys.get(key, node.mark)
        self.problems.append(problem("P007", mark, [*known], f"`{key}`", do))

    def _dict(self, node: Node, kind: inspect.DictType, path: Path) -> Any:
        if not isinstance(node.value, dict):
            return self._wrong(node, say("a map"))
        plain: dict[str, Any] = {}
        for key, child in node.value.items():
            self.walk(Node(key, node.keys.get(key, child.mark)), kind.key_type, path)
            plain[key] = self.walk(child, kind.value_type, (*path, key))
        return plain

    def _list(self, node: Node, kind: inspect.ListType, path: Path) -> Any:
        if not isinstance(node.value, list):
            return self._wrong(node, say("a list, in [ ]"))
        return [self.walk(child, kind.item_type, (*path, at)) for at, child in enumerate(node.value)]

    def _text(self, node: Node, kind: inspect.StrType, described: Words) -> Any:
        value = node.value
        if not isinstance(value, str):
            hint = say("text; put it in quotes") if isinstance(value, int) else (described or say("text"))
            return self._wrong(node, hint)
        too_short = kind.min_length is not None and len(value) < kind.min_length
        too_long = kind.max_length is not None and len(value) > kind.max_length
        no_match = kind.pattern is not None and re.fullmatch(kind.pattern, value) is None
        if too_short or too_long or no_match:
            return self._wrong(node, described or say("text"))
        return value

    def _integer(self, node: Node, kind: inspect.IntType, described: Words) -> Any:
        value = node.value
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if (
            not is_number
            or (kind.ge is not None and value < kind.ge)
            or (kind.le is not None and value > kind.le)
        ):
            return self._wrong(node, described or say("a whole number"))
        return value


def _fits(node: Node, kind: inspect.Type) -> bool:
    """Tell whether the shape of a node chooses this member of a union."""
    if isinstance(kind, inspect.Metadata):
        kind = kind.type
    match kind:
        case inspect.StructType() | inspect.DictType():
            return isinstance(node.value, dict)
        case inspect.ListType():
            return isinstance(node.value, list)
        case inspect.IntType():
            return isinstance(node.value, int) and not isinstance(node.value, bool)
        case inspect.StrType():
            return isinstance(node.value, str)
        case _:
            return False


def _name(kind: inspect.Type) -> Words:
    return {
        inspect.StrType: say("text"),
        inspect.IntType: say("a whole number"),
        inspect.ListType: say("a list, in [ ]"),
    }.get(type(kind), say("a map"))


def _place(path: Path) -> Words:
    return ".".join(str(step) for step in path) or say("the playbook")
