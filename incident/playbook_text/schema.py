"""JSON Schema of the playbook language, for editors, derived from the structures.

A file may leave to its base what it does not say, so nothing is required but both languages of a text; `null`
removes what a base or a lower state has; `groups: all` stands for every group.
"""

from __future__ import annotations

from typing import Any

import msgspec

from incident.domain.playbook import Playbook


def json_schema() -> dict[str, Any]:
    """Give the schema (JSON Schema 2020-12) of a playbook file."""
    (reference,), definitions = msgspec.json.schema_components([Playbook], ref_template="#/$defs/{name}")
    for name, definition in definitions.items():
        _loosen(name, definition)
    definitions["State"]["properties"]["groups"] = {
        "anyOf": [{"const": "all"}, definitions["State"]["properties"]["groups"]]
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "incident playbook",
        **reference,
        "$defs": definitions,
    }


def _loosen(name: str, definition: dict[str, Any]) -> None:
    if name == "Text":
        return
    definition.pop("required", None)
    definition["properties"] = {
        key: _or_null(value) for key, value in definition.get("properties", {}).items()
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow `null` for a value, and inside a map for each of its values."""
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict):
        schema = {**schema, "additionalProperties": _or_null(inner)}
    options = schema.get("anyOf", [schema])
    if {"type": "null"} in options:
        return schema
    return {"anyOf": [*options, {"type": "null"}]}
