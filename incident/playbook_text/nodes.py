"""YAML text → a tree whose every key and value knows its place in the file.

Strict on purpose, for a playbook is a legal instrument and may come from a stranger:
YAML 1.2, UTF-8, at most 1 MiB, 64 levels and 40,000 keys and values, one document, each key once, no anchors,
aliases or tags (so nothing can be expanded, shared or constructed). Only null, true/false, whole numbers and
text exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from incident.domain import letters
from incident.domain.problem import Mark, Problem
from incident.domain.say import Words, say

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
#: Keys and values of a file. The longest plan known has 6,000; a mebibyte of commas holds 500,000, which took
#: ten seconds to read.
MAX_NODES = 40_000
#: Longer numbers stay text, which is refused where a number has to stand.
_MOST_DIGITS = 18


class Node:
    """A value and where it stands: a scalar, a list of nodes, or a dict of nodes with their keys' marks."""

    __slots__ = ("keys", "mark", "over_all", "value")

    def __init__(self, value: Any, mark: Mark, keys: dict[str, Mark] | None = None) -> None:
        """Hold a value; `keys` gives the mark of each key when it is a dict."""
        self.value = value
        self.mark = mark
        self.keys = keys or {}
        #: Mark of the `groups: all` over which a base's successor laid this map.
        self.over_all: Mark | None = None


def describe(node: Node) -> Words:
    """Say what stands at a node, for a problem."""
    match node.value:
        case dict():
            return say("a map")
        case list():
            return say("a list")
        case None:
            return say("nothing")
        case bool():
            return str(node.value).lower()
        case value:
            return f"`{value}`"


class UnreadableError(Exception):
    """The text cannot be read any further."""

    def __init__(self, problem: Problem) -> None:
        """Carry the problem that stopped the reading."""
        super().__init__(str(problem.found))
        self.problem = problem


def problem(rule: str, mark: Mark, expected: Words, found: Words, do: Words) -> Problem:
    """Make an error of the text at `mark`."""
    return Problem(rule=rule, severity="error", mark=mark, expected=expected, found=found, do=do)


def read(raw: bytes, file: str) -> tuple[Node, list[Problem]]:
    """Read one YAML document; problems that do not stop the reading come with it.

    Raises `UnreadableError` when there is no tree to speak of.
    """
    start = Mark(file, 1, 1)
    if len(raw) > MAX_BYTES:
        raise UnreadableError(
            problem(
                "P002",
                start,
                say("at most {n} bytes", n=MAX_BYTES),
                say("more"),
                say("make the file smaller"),
            )
        )
    text = _decoded(raw, file)
    try:
        return _Builder(file).build(text)
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(file, at.line + 1, at.column + 1) if at else start
        raise UnreadableError(
            problem(
                "P004",
                mark,
                say("YAML 1.2"),
                str(error.problem or error.context),
                say("check indentation, quotes and colons; put a text with such signs in quotes"),
            )
        ) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        mark = Mark(file, line, error.position - text.rfind("\n", 0, error.position))
        raise UnreadableError(
            problem("P004", mark, say("YAML 1.2"), say("a control character"), say("remove it"))
        ) from error
    except (YAMLError, ValueError, OverflowError, AssertionError) as error:
        # the parser lets some faults of escapes and directives through as they are
        raise UnreadableError(
            problem(
                "P004", start, say("YAML 1.2"), str(error), say("remove control characters and odd escapes")
            )
        ) from error


def _decoded(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        before = raw[raw.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8")) + 1
        raise UnreadableError(
            problem(
                "P001",
                Mark(file, line, column),
                say("UTF-8 text"),
                say("the byte 0x{byte}", byte=f"{raw[error.start]:02x}"),
                say("save the file as UTF-8"),
            )
        ) from error


class _Builder:
    """Builds the tree from parser events, without recursion, so depth is ours to bound."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.yaml = YAML(typ="safe", pure=True)
        #: Not the parser's, which goes by a `%YAML` line as soon as one comes, or fails on its number.
        self.resolver = YAML(typ="safe", pure=True).resolver
        self.stack: list[tuple[Node, str | None]] = []
        #: For each open node, whether it is written in braces or brackets.
        self.flow: list[bool] = []
        self.counted = 0

    def build(self, text: str) -> tuple[Node, list[Problem]]:
        root: Node | None = None
        documents = 0
        for event in self._events(text):
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop(event, "P004", say("one document"), say("a second one"), say("remove it"))
                if event.version not in (None, (1, 2)):
                    self._stop(
                        event, "P004", say("YAML 1.2"), str(event.version), say("remove the %YAML line")
                    )
            elif isinstance(event, NodeEvent):
                root = self._node(event) or root
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                self.stack.pop()
                self.flow.pop()
        if root is None:
            root = Node({}, Mark(self.file, 1, 1))
        return root, self.problems

    def _events(self, text: str) -> Iterator[Event]:
        yield from self.yaml.parse(text)

    def _mark(self, event: Event) -> Mark:
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _mark_of_value(self, event: ScalarEvent) -> Mark:
        """Give where a value stands; where there is none the parser is at whatever comes next, so its key."""
        parent, key = self.stack[-1] if self.stack else (None, None)
        return (
            self._mark(event) if parent is None or key is None or not _is_empty(event) else parent.keys[key]
        )

    def _stop(self, event: Event, rule: str, expected: Words, found: Words, do: Words) -> None:
        raise UnreadableError(problem(rule, self._mark(event), expected, found, do))

    def _node(self, event: NodeEvent) -> Node | None:
        """Place one node; returns it when it is the root."""
        self.counted += 1
        if self.counted > MAX_NODES:
            expected = say("at most {n} keys and values", n=MAX_NODES)
            self._stop(event, "P012", expected, say("more"), say("make the file smaller"))
        if isinstance(event, AliasEvent) or event.anchor or getattr(event, "tag", None):
            self._stop(
                event,
                "P006",
                say("plain values"),
                say("an anchor, alias or tag"),
                say("write the value out; put a text that begins with `&`, `*` or `!` in quotes"),
            )
        if isinstance(event, ScalarEvent):
            return self._place(event, Node(self._scalar(event), self._mark_of_value(event)))
        node = Node({} if isinstance(event, MappingStartEvent) else [], self._mark(event))
        root = self._place(event, node)
        assert isinstance(event, MappingStartEvent | SequenceStartEvent)
        self.stack.append((node, None))
        self.flow.append(bool(event.flow_style))
        if len(self.stack) > MAX_DEPTH:
            self._stop(
                event,
                "P003",
                say("at most {n} levels", n=MAX_DEPTH),
                say("more"),
                say("write fewer levels"),
            )
        return root

    def _scalar(self, event: ScalarEvent) -> Any:
        if any("\ud800" <= char <= "\udfff" for char in event.value):
            self._stop(
                event, "P004", say("whole letters"), say("half of one"), say("write the letter itself")
            )
        unseen = letters.name_of(event.value)
        if unseen is not None:
            expected = say("text without control characters and without marks of direction")
            self._stop(event, "P004", expected, unseen, say("type it again by hand"))
        if not event.implicit[0]:
            return event.value
        tag = str(self.resolver.resolve(ScalarNode, event.value, event.implicit)).rpartition(":")[2]
        match tag:
            case "null":
                return None
            case "bool":
                return event.value.lower() == "true"
            case "int" if len(event.value) <= _MOST_DIGITS and event.value.lstrip("+-").isdecimal():
                return int(event.value)
            case _:
                return event.value

    def _place(self, event: Event, node: Node) -> Node | None:
        if not self.stack:
            return node
        parent, key = self.stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif key is None:
            self._key(event, parent, node)
        else:
            if key not in parent.value:
                parent.value[key] = node
            if self.flow[-1] and node.value is None and _is_empty(event):
                self._valueless(parent, key)
            self.stack[-1] = (parent, None)
        return None

    def _valueless(self, parent: Node, key: str) -> None:
        """Report `{en: first, second}`: a comma in a text without quotes ends it, and the rest is a key."""
        expected = say("a value after `{key}`", key=key)
        do = say("put a text with commas in quotes; to remove something write `null`")
        self.problems.append(problem("P008", parent.keys[key], expected, say("nothing"), do))

    def _key(self, event: Event, parent: Node, node: Node) -> None:
        if not isinstance(node.value, str):
            self._stop(
                event,
                "P008",
                say("a name as key"),
                str(node.value),
                say("quote the key if it is meant as text"),
            )
        if node.value in parent.keys:
            self.problems.append(
                problem(
                    "P005",
                    node.mark,
                    say("each key once"),
                    say(
                        "`{key}` again; first at line {line}",
                        key=node.value,
                        line=parent.keys[node.value].line,
                    ),
                    say("remove or rename one of them"),
                )
            )
        parent.keys.setdefault(node.value, node.mark)
        self.stack[-1] = (parent, node.value)


def _is_empty(event: Event) -> bool:
    return bool(event.start_mark.index == event.end_mark.index)
