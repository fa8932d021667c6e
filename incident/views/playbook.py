"""Playbooks: which there are, what is wrong with one, where each of its values comes from, its diagram."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Protocol

from msgspec import Struct, to_builtins

from incident.domain import problem as domain
from incident.domain.playbook import Playbook, digest, encode
from incident.language import speak
from incident.views import errors, naming
from incident.views.errors import Problem
from incident.views.naming import Place


class Sourced(Protocol):
    """A value of a playbook with its origin."""

    @property
    def path(self) -> domain.Path:
        """Keys from the top."""
        ...

    @property
    def mark(self) -> domain.Mark:
        """Where it is written."""
        ...

    @property
    def clause(self) -> str | None:
        """Clause of the paper plan; none when the project supplied the value."""
        ...


class ListedPlaybook(Struct, frozen=True, kw_only=True):
    """A playbook that is there."""

    playbook: str
    #: SHA-256 of its resolved form.
    hash: str
    jurisdiction: Place
    #: Title of the paper plan.
    document: str


class CheckedPlaybook(Struct, frozen=True, kw_only=True):
    """What is wrong with a playbook."""

    playbook: str
    errors: list[Problem]
    warnings: list[Problem]
    #: On how many points the paper is known to be silent; null where the playbook cannot be read.
    silences: int | None
    hash: str | None


class Provenance(Struct, frozen=True, kw_only=True):
    """Where a value comes from."""

    file: str
    line: int
    #: Clause of the paper plan; null where the project supplied it.
    source: str | None


class ShownPlaybook(Struct, frozen=True, kw_only=True):
    """A resolved playbook with the origin of each value."""

    playbook: str
    hash: str
    #: As the JSON Schema of playbooks has it.
    resolved: dict[str, Any]
    #: By path, the keys joined with dots.
    provenance: dict[str, Provenance]


class Governing(Struct, frozen=True, kw_only=True):
    """The playbook that governs a jurisdiction."""

    playbook: str
    #: SHA-256 of its bytes.
    hash: str
    #: Resolved, as the JSON Schema of playbooks has it.
    resolved: dict[str, Any]


class DrawnPlaybook(Struct, frozen=True, kw_only=True):
    """The diagram of a playbook."""

    playbook: str
    format: str
    diagram: str


def listed(name: str, read: Playbook) -> ListedPlaybook:
    """Give a playbook that is there."""
    return ListedPlaybook(
        playbook=name,
        hash=digest(encode(read)),
        jurisdiction=naming.place(read),
        document=speak(read.document.title),
    )


def checked(name: str, read: Playbook | None, problems: Iterable[domain.Problem]) -> CheckedPlaybook:
    """Give what is wrong with a playbook; with none `read`, what keeps it from being read."""
    found: dict[str, list[Problem]] = {"error": [], "warning": []}
    for one in problems:
        found[one.severity].append(errors.problem(one))
    return CheckedPlaybook(
        playbook=name,
        errors=found["error"],
        warnings=found["warning"],
        silences=len(read.silences) if read else None,
        hash=digest(encode(read)) if read else None,
    )


def shown(name: str, read: Playbook, values: Iterable[Sourced]) -> ShownPlaybook:
    """Give a resolved playbook with the origin of some values."""
    return ShownPlaybook(
        playbook=name,
        hash=digest(encode(read)),
        resolved=to_builtins(read),
        provenance={
            ".".join(map(str, one.path)): Provenance(
                file=PurePath(one.mark.file).name, line=one.mark.line, source=one.clause
            )
            for one in values
        },
    )


def governing(digest: str, read: Playbook) -> Governing:
    """Give a playbook that governs, by its hash."""
    return Governing(playbook=read.playbook, hash=digest, resolved=to_builtins(read))


def drawn(name: str, form: str, diagram: str) -> DrawnPlaybook:
    """Give the diagram of a playbook."""
    return DrawnPlaybook(playbook=name, format=form, diagram=diagram)
