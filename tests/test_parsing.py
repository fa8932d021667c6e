"""What is remembered of a text is what the parser says of it."""

from __future__ import annotations

from unittest import mock

import pytest

from incident.playbook_text import nodes
from incident.playbook_text.load import shipped
from tests import parsing


def seen(node: nodes.Node) -> object:
    """Give a tree in full: values and places."""
    value = node.value
    if isinstance(value, dict):
        value = {key: seen(one) for key, one in value.items()}
    elif isinstance(value, list):
        value = [seen(one) for one in value]
    return node.mark, node.keys, value


def test_text_read_again_is_the_same_tree_and_another_object() -> None:
    raw = (shipped() / "majian.yaml").read_bytes()
    with mock.patch.object(nodes._Builder, "_events", parsing._asked):
        parsed, _ = nodes.read(raw, "majian.yaml")
    first, again = (nodes.read(raw, "majian.yaml")[0] for _ in range(2))
    assert seen(first) == seen(again) == seen(parsed)
    assert first.value["groups"] is not again.value["groups"]


def test_parser_is_asked_once_and_for_what_it_cannot_read_each_time() -> None:
    with mock.patch.object(parsing, "_asked", side_effect=parsing._asked, autospec=True) as asked:
        for _ in range(2):
            nodes.read(b"asked: once, in this test\n", "a.yaml")
        assert asked.call_count == 1
        for _ in range(2):
            with pytest.raises(nodes.UnreadableError):
                nodes.read(b"never: {closed, in this test\n", "a.yaml")
        assert asked.call_count == 3


def test_few_texts_are_remembered_the_longest_are_not() -> None:
    for n in range(2 * parsing.MOST):
        nodes.read(f"n: {n}, in this test\n".encode(), "a.yaml")
    nodes.read(b"n: " + b"x" * parsing.LONGEST, "a.yaml")
    assert len(parsing._said) == parsing.MOST
    assert max(map(len, parsing._said)) <= parsing.LONGEST
