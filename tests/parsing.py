"""What the parser of YAML says of a text is asked once in a worker.

Nine tenths of the time in which a playbook is read are the parser's, and hundreds of tests begin by reading
the same few. Its events depend on nothing but the text and are only looked at; what is made of them is made
anew for each test. A text at which the parser fails is parsed each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from unittest import mock

import pytest
from ruamel.yaml.events import Event

from incident.playbook_text import nodes

#: Longer texts are of those tests that try the bounds, each once.
LONGEST: Final = 100_000
#: How many texts are remembered: the shipped ones and what a file of tests goes on with.
MOST: Final = 32

_asked = nodes._Builder._events
_said: dict[str, tuple[Event, ...]] = {}


@pytest.fixture(autouse=True, scope="session")
def parsed_once() -> Iterator[None]:
    """Remember what the parser said, for all tests."""
    with mock.patch.object(nodes._Builder, "_events", _events):
        yield


def _events(builder: nodes._Builder, text: str) -> Iterator[Event]:
    """Give the events of a text, as the parser does: one after the other."""
    if text in _said:
        _said[text] = said = _said.pop(text)  # the newest is the last
        yield from said
        return
    heard = []
    for event in _asked(builder, text):
        heard.append(event)
        yield event
    if len(text) <= LONGEST:
        _said[text] = tuple(heard)
        while len(_said) > MOST:
            del _said[next(iter(_said))]
