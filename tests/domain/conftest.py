"""Playbooks that several tests ask for."""

import msgspec
import pytest

from incident.domain.organisation import Text
from incident.domain.playbook import Playbook, State
from incident.playbook_text.load import must_load
from tests.domain.diagrams import HOSTILE


@pytest.fixture(scope="module")
def wulipai() -> Playbook:
    playbook = must_load("wulipai").playbook
    assert playbook is not None
    return playbook


@pytest.fixture(scope="module")
def hostile(wulipai: Playbook) -> Playbook:
    """Give a playbook whose every name is an attack."""
    name = Text(zh=HOSTILE, en=HOSTILE)

    def renamed(items: dict[str, State]) -> dict[str, State]:
        return {key: msgspec.structs.replace(item, name=name) for key, item in items.items()}

    return msgspec.structs.replace(
        wulipai,
        jurisdiction=msgspec.structs.replace(wulipai.jurisdiction, name=name),
        bodies=renamed(wulipai.bodies),  # type: ignore[arg-type]  # anything with a name
        events=renamed(wulipai.events),  # type: ignore[arg-type]
        states=renamed(wulipai.states),
        transitions={
            key: msgspec.structs.replace(step, name=name, source=HOSTILE)
            for key, step in wulipai.transitions.items()
        },
    )
