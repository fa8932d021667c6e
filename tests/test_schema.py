"""The schema beside the shipped playbooks is the one that the language gives."""

from __future__ import annotations

import json

from incident.playbook_text.load import shipped
from incident.playbook_text.schema import json_schema


def test_schema_for_editors_is_in_step_with_the_language() -> None:
    """If it is not: incident playbook schema > playbooks/playbook.schema.json."""
    kept = (shipped() / "playbook.schema.json").read_text(encoding="utf-8")
    assert json.loads(kept) == json_schema()


def test_every_shipped_playbook_names_a_schema_that_is_there() -> None:
    for file in shipped().rglob("*.yaml"):
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith("# yaml-language-server: $schema="), file.name
        assert (file.parent / first.partition("=")[2]).is_file(), file.name
