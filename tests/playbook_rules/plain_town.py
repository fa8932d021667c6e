"""The plain town, which breaks no rule; the examples are laid over it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from incident.domain.playbook import Playbook
from incident.playbook_text.load import load


def plain_town() -> Playbook:
    found = load(str(Path(__file__).parent / "base" / "town.yaml")).playbook
    assert found is not None
    return found


TOWN: Final = plain_town()
