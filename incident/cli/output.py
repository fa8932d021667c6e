"""How results look: one JSON object (or one a line), a table on a terminal, plain text in a pipe.

Results go to stdout, talk and errors to stderr. rich is imported on a terminal only.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from incident.domain.errors import IncidentError, RequestError
from incident.domain.problem import Problem
from incident.domain.say import Words, say
from incident.language import speak
from incident.views import errors

#: What of a context says what the question that stands on the screen is about.
ABOUT = "incident.about"
#: Colours of the lines of a plan, by what happens.
_COLOURS = {"+": "green", "~": "yellow", "-": "red", "!": "bold magenta", "=": "dim"}


def wants_json() -> bool:
    """Tell whether stdout is to hold JSON alone."""
    context = click.get_current_context(silent=True)
    return bool(context and context.find_root().meta.get("json"))


def put_json(value: Any) -> None:
    """Print one JSON object on a line of its own: a structure of `incident.views`, or plain data."""
    try:
        line = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # a file's name may hold half characters; the stream shows them escaped
        import json

        line = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    click.echo(line)


def put(words: Words = "") -> None:
    """Print a sentence of the result."""
    click.echo(speak(words))


def put_file(file: str, body: str, option: str, kind: str, said: Words, **more: Any) -> int:
    """Write a result into the file that an option names, or to stdout for `-`. Raises `RequestError`.

    With JSON stdout holds an object all the same: `more`, and the result as a `kind` where there is no file.
    """
    if file == "-":
        if wants_json():
            put_json({"file": None, **more, kind: body})
        else:
            click.echo(body, nl=False)
        return 0
    try:
        Path(file).write_bytes(body.encode())
    except (OSError, ValueError) as error:  # a path with a null in it is no path
        raise RequestError(
            where=option,
            expected=say("a file that can be written"),
            found=str(error),
            do=say("name another"),
        ) from error
    if wants_json():
        put_json({"file": file, **more})
    else:
        put(said)
    return 0


def talk(words: Words) -> None:
    """Say something that is not a result."""
    click.echo(speak(words), err=True)


def table(rows: Iterable[Sequence[Words]], heads: Sequence[Words] = ()) -> None:
    """Print rows in columns, aligned also where Chinese stands."""
    spoken = [[speak(cell) for cell in row] for row in rows]
    titles = [speak(head) for head in heads]
    if sys.stdout is not None and sys.stdout.isatty():
        _rich_table(spoken, titles)
        return
    lines = [titles, *spoken] if titles else spoken
    widths = [
        max((width(line[at]) for line in lines), default=0) for at in range(max(map(len, lines), default=0))
    ]
    for line in lines:
        cells = [cell + " " * (widths[at] - width(cell)) for at, cell in enumerate(line[:-1])]
        click.echo("  ".join([*cells, *line[-1:]]).rstrip())


def _rich_table(rows: list[list[str]], titles: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, show_header=bool(titles), pad_edge=False, header_style="bold")
    for title in titles or [""] * max(map(len, rows), default=0):
        grid.add_column(title, overflow="fold")
    for row in rows:
        # Text, not markup: a name such as [一(八)] is no style
        grid.add_row(*(Text(cell) for cell in row), style=_COLOURS.get(row[0], "") if row else "")
    Console().print(grid)


def width(text: str) -> int:
    """Give the columns a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def put_error(error: IncidentError) -> None:
    """Show an error: where, expected, found, what to do; as JSON when that is wanted."""
    if wants_json():
        put_json(errors.failure(error))
    else:
        for problem in error.problems:
            talk(problem_line(problem))
    for words in error_lines(error):
        talk(words)


def error_lines(error: IncidentError) -> list[Words]:
    """Give an error as lines for a person."""
    trouble = errors.trouble(error)
    lines: list[Words] = [say("error: {where}", where=trouble.where)]
    if trouble.expected:
        lines.append(say("  expected: {expected}", expected=trouble.expected))
    if trouble.found:
        lines.append(say("  found:    {found}", found=trouble.found))
    if trouble.do:
        lines.append(say("  do:       {do}", do=trouble.do))
    return lines


def problem_line(problem: Problem) -> Words:
    """Give a playbook's problem as one line, in the form editors know."""
    return say(
        "{mark}: {severity} {rule}: expected {expected}; found {found}; {do}",
        mark=str(problem.mark or ""),
        severity=say("error") if problem.severity == "error" else say("warning"),
        rule=problem.rule,
        expected=errors.brief(problem.expected),
        found=errors.brief(problem.found),
        do=errors.brief(problem.do),
    )


def yes_or_no(question: Words, about: str = "") -> bool:
    """Ask on the terminal; `about` is the hash of the plan that was shown."""
    click.get_current_context().find_root().meta[ABOUT] = about
    return click.confirm(speak(question), err=True)
