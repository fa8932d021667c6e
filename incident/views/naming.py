"""Names as data: in both languages where others may show them, with the key by which they are known."""

from __future__ import annotations

from msgspec import Struct

from incident.domain import names
from incident.domain.organisation import Text
from incident.domain.playbook import Playbook
from incident.language import speak


class Name(Struct, frozen=True, kw_only=True):
    """A name in both languages."""

    zh: str
    en: str


class Who(Struct, frozen=True, kw_only=True):
    """A group, body, office, unit or seat of a playbook."""

    #: By what it is known; words of the paper where the playbook has nothing of that name.
    key: str
    name: Name


class Place(Struct, frozen=True, kw_only=True):
    """A jurisdiction."""

    #: Statistical code.
    code: str
    #: In the language in force.
    name: str


def name(text: Text) -> Name:
    """Give a name in both languages."""
    return Name(zh=text.zh, en=text.en)


def who(playbook: Playbook, ref: str) -> Who:
    """Give whom a reference of a playbook means."""
    return Who(key=names.key_of(playbook, ref) or ref, name=name(names.name_of(playbook, ref)))


def decider(playbook: Playbook, ref: str) -> Who:
    """Give the body or seat that decides or may decide, by the reference that the playbook has of it."""
    return Who(key=ref, name=name(names.name_of(playbook, ref)))


def place(playbook: Playbook) -> Place:
    """Give the jurisdiction of a playbook."""
    return Place(code=playbook.jurisdiction.code, name=speak(playbook.jurisdiction.name))
