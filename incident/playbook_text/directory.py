"""A file of the directory → rows with their places: CSV as offices save it, or YAML.

CSV may be UTF-8 or GB 18030, with commas, semicolons or tabs, its heads in English or Chinese. YAML is a list
of maps with the same heads. Several addresses are parted by spaces, or are a list.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from incident.domain.directory import COLUMNS, DirectoryError, Row, Sheet
from incident.domain.hiding import discreet, hidden
from incident.domain.problem import Mark, Problem
from incident.domain.say import Words, say
from incident.playbook_text.nodes import Node, UnreadableError, describe, read
from incident.service.files import read_file

#: Other heads that offices use.
_OTHERS = {"职务": "seat", "编号": "holder", "任职起": "since", "任职止": "until", "通讯": "channels"}
_FIELDS = _OTHERS | {head: field for field, name in COLUMNS.items() for head in (name.en, name.zh)}
#: Heads without which a file says nothing.
_NEEDED = ("seat", "holder")
#: Greatest file, in bytes.
MOST_BYTES = 4 * 1024 * 1024
#: Rows of a table, blank ones apart. A county has some thousand.
MOST_ROWS = 20_000


def read_sheet(name: str) -> Sheet:
    """Read a file; what is wrong with some rows comes with the others, so that all is told at once.

    Raises `RequestError` when there is no file, `DirectoryError` when no row of it can be read.
    """
    path = Path(name)
    expected = say("a CSV or YAML file that can be read")
    do = say("correct the name; a file to begin with: incident people template")
    return parse_sheet(read_file(path, MOST_BYTES, expected=expected, do=do).raw, name)


def parse_sheet(raw: bytes, name: str) -> Sheet:
    """Read the bytes of a file of that name, as `read_sheet` does. Raises `DirectoryError`."""
    if len(raw) > MOST_BYTES:
        found = say("more")
        raise _stopped(name, 1, say("at most {n} bytes", n=MOST_BYTES), found, say("split the file"))
    is_yaml = Path(name).suffix.lower() in (".yaml", ".yml")
    return _yaml(raw, name) if is_yaml else _csv(raw, name)


def _fault(name: str, line: int, expected: Words, found: Words, do: Words) -> Problem:
    mark = Mark(name, line, 1)
    return Problem(rule="D008", severity="error", mark=mark, expected=expected, found=found, do=do)


def _stopped(name: str, line: int, expected: Words, found: Words, do: Words) -> DirectoryError:
    return DirectoryError(name, [_fault(name, line, expected, found, do)])


# -- CSV


def _csv(raw: bytes, name: str) -> Sheet:
    text = _decoded(raw, name)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t，", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    numbered: list[tuple[int, list[str]]] = []
    begins = 1  # a record ends lines later when a value holds a line break
    try:
        for cells in reader:
            if not numbered or any(cell.strip() for cell in cells):
                numbered.append((begins, cells))
            if len(numbered) > MOST_ROWS + 1:
                raise _stopped(
                    name, begins, say("at most {n} rows", n=MOST_ROWS), say("more"), say("split the file")
                )
            begins = reader.line_num + 1
    except csv.Error as error:
        found, do = (
            say("a quote that is not closed, or does not stand alone"),
            say("check the quotes of that row"),
        )
        raise _stopped(name, begins, say("rows of CSV"), found, do) from error
    fields, faults = _heads(numbered[0][1] if numbered else [], name)
    rows = []
    for line, cells in numbered[1:]:
        if len(cells) > len(fields) and any(cell.strip() for cell in cells[len(fields) :]):
            do = say("put quotes around a value with the delimiter in it")
            faults.append(_fault(name, line, say("{n} values", n=len(fields)), str(len(cells)), do))
            continue
        said = {field: cell.strip() for field, cell in zip(fields, cells, strict=False) if field}
        rows.append(_row(Mark(name, line, 1), said))
    return Sheet(name, rows, faults)


def _decoded(raw: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    expected = say("text in UTF-8 or GB 18030")
    do = say("save it as CSV: a workbook (.xlsx) cannot be read")
    raise _stopped(name, 1, expected, say("other bytes"), do)


def _heads(cells: list[str], name: str) -> tuple[list[str | None], list[Problem]]:
    """Say which field each column gives; one with a head that is not ours gives none, and is told of."""
    fields = [_FIELDS.get(cell.strip().casefold()) for cell in cells]
    known = [field for field in fields if field is not None]
    is_right = len(known) == len(set(known)) and set(_NEEDED) <= set(known)
    if is_right and not any(cell.strip() for cell, field in zip(cells, fields, strict=True) if field is None):
        return fields, []
    expected = say("heads {heads}", heads=[*COLUMNS.values()])
    found: Words = [
        hidden(cell) if field is None else f"`{cell.strip()}`"
        for cell, field in zip(cells, fields, strict=True)
    ]
    do = say("write these heads into the first row; a file to begin with: incident people template")
    fault = _fault(name, 1, expected, found or say("nothing"), do)
    if not is_right:
        raise DirectoryError(name, [fault])
    return fields, [fault]


def _row(mark: Mark, said: Mapping[str, str]) -> Row:
    channels = tuple(said.get("channels", "").replace(";", " ").replace("；", " ").split())
    return Row(
        mark,
        seat=said.get("seat", ""),
        holder=said.get("holder", ""),
        # a line break in a cell is none in a name
        name=" ".join(said.get("name", "").split()),
        since=said.get("since", ""),
        until=said.get("until", ""),
        channels=channels,
    )


# -- YAML


def _yaml(raw: bytes, name: str) -> Sheet:
    try:
        root, problems = read(raw, name)
    except UnreadableError as error:
        # the cause would bring words of the file into a traceback
        raise DirectoryError(name, [discreet(error.problem)]) from None
    if not isinstance(root.value, list):
        do = say("begin each with `- seat:`")
        raise _stopped(name, root.mark.line, say("a list of rows"), _kind(root), do)
    problems = [*map(discreet, problems)]
    rows = []
    for node in root.value:
        row = _mapped(node, name, problems)
        if row is not None:
            rows.append(row)
    return Sheet(name, rows, problems)


def _mapped(node: Node, name: str, problems: list[Problem]) -> Row | None:
    """Read a row; what is wrong with its form is added to `problems`."""
    if not isinstance(node.value, dict):
        do = say("write each as: {example}", example="- {seat: command.leader, holder: P1}")
        problems.append(_fault(name, node.mark.line, say("a map"), _kind(node), do))
        return None
    is_whole = True
    said: dict[str, str] = {}
    for key, value in node.value.items():
        field, parts = _FIELDS.get(key), value.value if isinstance(value.value, list) else [value]
        if field is None:
            line, do = node.keys[key].line, say("remove it, or use one of those")
            problems.append(_fault(name, line, [*COLUMNS.values()], hidden(key), do))
        elif any(isinstance(part.value, dict | list) for part in parts):
            line, do = value.mark.line, say("write it as text")
            problems.append(_fault(name, line, say("text"), _kind(value), do))
            is_whole = False
        else:
            said[field] = " ".join("" if part.value is None else str(part.value) for part in parts)
    return _row(node.mark, said) if is_whole else None


def _kind(node: Node) -> Words:
    """Say what stands at a node; of a text, its form alone."""
    return describe(node) if isinstance(node.value, dict | list | None) else hidden(str(node.value))
