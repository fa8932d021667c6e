"""Everything in a playbook with its path, whatever it is: for rules that look at every item or every text.

Walks the structures themselves, so that a new field needs no line here. Names are those of the file (`from`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from msgspec import Struct, structs

from incident.domain.memo import by_identity
from incident.domain.playbook import Playbook
from incident.domain.problem import Path


def all_structs(playbook: Playbook) -> list[tuple[Path, Struct]]:
    """Give every structure of a playbook, outer ones first, in the order of the file's structures."""
    return [(path, one) for path, one in _everything(playbook) if isinstance(one, Struct)]


def all_texts(playbook: Playbook) -> list[tuple[Path, str]]:
    """Give every text of a playbook, the keys of its maps included."""
    return [(path, one) for path, one in _everything(playbook) if isinstance(one, str)]


@cache
def field_names(kind: type[Struct]) -> dict[str, str]:
    """Give the fields of a structure: name in the file by name in the program."""
    return {field.name: field.encode_name for field in structs.fields(kind)}


@by_identity
def _everything(playbook: Playbook) -> tuple[tuple[Path, object], ...]:
    return tuple(_walk(playbook, ()))


def _walk(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    match value:
        case Struct():
            yield path, value
            for name, written in field_names(type(value)).items():
                yield from _walk(getattr(value, name), (*path, written))
        case dict():
            for key, child in value.items():
                yield (*path, key), key
                yield from _walk(child, (*path, key))
        case list():
            for at, child in enumerate(value):
                yield from _walk(child, (*path, at))
        case str():
            yield path, value
