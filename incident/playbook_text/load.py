"""A playbook file → a `Playbook`, with the place of every value; or all its problems at once.

Reading follows `extends` (a base is found beside the file, in `base/`, or among the shipped ones),
then the limits, then `on_top_of`, then the types, then the rules of `incident.domain.check`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path as FilePath
from typing import NamedTuple
from zoneinfo import available_timezones

import msgspec

from incident.domain.check import check
from incident.domain.errors import PlaybookError, RequestError
from incident.domain.playbook import Playbook
from incident.domain.problem import Mark, Path, Problem
from incident.domain.say import say
from incident.playbook_text.limits import too_many, too_much
from incident.playbook_text.merge import overlay, prune, stack_states
from incident.playbook_text.nodes import MAX_BYTES, Node, UnreadableError, describe, problem, read
from incident.playbook_text.typed import Walker
from incident.service.files import read_file

_BASE_NAME = re.compile(r"^[a-z][a-z0-9_]{0,63}$")


class Loaded(NamedTuple):
    """A file that was read: its playbook, its tree, and what was found."""

    name: str
    playbook: Playbook | None
    root: Node
    problems: list[Problem]

    @property
    def errors(self) -> list[Problem]:
        """Problems that stop adoption."""
        return [found for found in self.problems if found.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """Problems that are shown and recorded."""
        return [found for found in self.problems if found.severity == "warning"]


def shipped() -> FilePath:
    """Give the folder of the shipped playbooks."""
    return FilePath(str(files("incident.playbooks")))


def shipped_names() -> list[str]:
    """List the shipped playbooks, in the order of their names."""
    return sorted(path.stem for path in shipped().glob("*.yaml"))


def find(name: str) -> FilePath:
    """Find a playbook by the name of a shipped one or by path."""
    if _BASE_NAME.match(name) and (shipped() / f"{name}.yaml").is_file():
        return shipped() / f"{name}.yaml"
    path = FilePath(name)
    try:
        if path.is_file():
            return path
    except (OSError, ValueError):
        pass  # a name that no file can have
    raise RequestError(
        where=say("playbook {name}", name=name),
        expected=[*shipped_names(), say("or the path of a YAML file")],
        found=say("no such playbook"),
        do=say("run: incident playbook list"),
    )


def load(name: str) -> Loaded:
    """Read and check a playbook by name or path; never raises for what stands in the file."""
    path = find(name)
    return _loaded(name, str(path), lambda: _read_with_bases(path, ()))


def load_bytes(raw: bytes, name: str) -> Loaded:
    """Read and check a playbook that stands in no file here; `name` is what it is called in what is found.

    A base is found among the shipped ones alone.
    """
    return _loaded(name, name, lambda: _over_base(raw, name, [shipped() / "base"], ()))


def _loaded(name: str, file: str, reading: Callable[[], tuple[Node, list[Problem]]]) -> Loaded:
    try:
        root, problems = reading()
    except UnreadableError as error:
        return Loaded(name, None, Node({}, Mark(file, 1, 1)), [error.problem])
    excess = too_many(root)
    if not excess:
        problems += stack_states(root)
        excess = too_much(root)
    if excess:
        return Loaded(name, None, root, _in_order(problems + excess))
    root = prune(root)
    walker = Walker()
    plain = walker.walk(root, _form())
    problems += walker.problems
    if problems:
        return Loaded(name, None, root, _in_order(problems))
    playbook = msgspec.convert(plain, Playbook)
    checked = check(playbook)
    if not any(one.rule == "P303" for one in checked):
        checked = [*checked, *_unknown_zone(playbook)]
    found = [msgspec.structs.replace(one, mark=place(root, one.path)) for one in checked]
    return Loaded(name, playbook, root, _in_order(found))


def must_load(name: str) -> Loaded:
    """Read a playbook that has to be without errors; raises `PlaybookError` with all of them."""
    loaded = load(name)
    if loaded.errors or loaded.playbook is None:
        raise PlaybookError(name, loaded.errors)
    return loaded


def place(root: Node, path: Path) -> Mark:
    """Give the mark of the deepest node on `path` that exists."""
    node = root
    mark = root.mark
    for step in path:
        value = node.value
        if isinstance(value, dict) and step in value:
            mark = node.keys.get(str(step), value[step].mark)
            node = value[step]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            node = value[step]
            mark = node.mark
        else:
            break
    return mark


@cache
def _form() -> msgspec.inspect.Type:
    """Give what a playbook is made of; to find that out takes longer than to check a small one."""
    return msgspec.inspect.type_info(Playbook)


@cache
def _zones() -> set[str]:
    """Give the zones that this machine knows: hundreds of files are looked into for that."""
    return available_timezones()


def _unknown_zone(playbook: Playbook) -> list[Problem]:
    """Find a zone that this machine does not know: the one rule that needs files."""
    zone = playbook.jurisdiction.zone
    if zone in _zones():
        return []
    return [
        Problem(
            rule="P303",
            severity="error",
            path=("jurisdiction", "zone"),
            expected=say("an IANA time zone such as Asia/Shanghai"),
            found=f"`{zone}`",
            do=say("correct the zone"),
        )
    ]


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Sort by gravity and place; what a state inherits is reported once."""
    once = {(one.rule, one.mark, str(one.expected), str(one.found)): one for one in problems}
    return sorted(once.values(), key=lambda one: (one.severity, one.mark or Mark("", 0, 0), one.rule))


def _read_with_bases(path: FilePath, above: tuple[FilePath, ...]) -> tuple[Node, list[Problem]]:
    raw = read_file(path, MAX_BYTES, expected=say("a readable file"), do=say("check its rights")).raw
    folders = [path.parent / "base", path.parent, shipped() / "base"]
    return _over_base(raw, _shown(path), folders, (*above, path))


def _over_base(
    raw: bytes, file: str, folders: Sequence[FilePath], chain: tuple[FilePath, ...]
) -> tuple[Node, list[Problem]]:
    """Read a playbook and lay it over its base, which is found in one of the folders.

    `chain` are the files that led here, this one last.
    """
    root, problems = read(raw, file)
    if not isinstance(root.value, dict):
        raise UnreadableError(
            problem("P008", root.mark, say("a map"), say("a list or a value"), say("see docs"))
        )
    base = root.value.get("extends")
    if base is None or base.value is None:
        return root, problems
    below = _base_file(folders, base)
    if below.resolve() in (one.resolve() for one in chain):
        raise UnreadableError(
            problem(
                "P011",
                base.mark,
                say("a base that does not extend this one"),
                str(base.value),
                say("break the circle"),
            )
        )
    lower, more = _read_with_bases(below, chain)
    return overlay(lower, root), problems + more


def _shown(path: FilePath) -> str:
    """Give a path as a person would type it: relative to where they are, if it is below."""
    here = FilePath.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _base_file(folders: Sequence[FilePath], base: Node) -> FilePath:
    name = base.value
    if isinstance(name, str) and _BASE_NAME.match(name):
        for folder in folders:
            if (folder / f"{name}.yaml").is_file():
                return folder / f"{name}.yaml"
    known = sorted(file.stem for file in (shipped() / "base").glob("*.yaml"))
    raise UnreadableError(
        problem(
            "P010", base.mark, [*known, say("or a file beside this one")], describe(base), say("name a base")
        )
    )
