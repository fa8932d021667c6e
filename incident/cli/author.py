"""The playbook author's commands: list, show, check, diagram, schema. None of these opens a database."""

from __future__ import annotations

from pathlib import Path

import click

from incident import language
from incident.cli import exits
from incident.cli.lazy import command_at, shared
from incident.cli.output import problem_line, put, put_json, table, wants_json
from incident.domain.diagram import FORMATS
from incident.domain.errors import PlaybookError, RequestError, errors
from incident.domain.say import Words, say
from incident.language import _
from incident.playbook_text.load import Loaded, load, must_load, shipped_names
from incident.playbook_text.provenance import values
from incident.playbook_text.schema import json_schema
from incident.views import playbook as views
from incident.views.clauses import shown_clause

#: Commands that need more than the others: imported when they are called.
_PLACES = {"diff": "incident.cli.playbook_diff:diff", "rehearse": "incident.cli.rehearse:rehearse"}


class _Author(click.Group):
    """The author's group."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return [*dict.fromkeys([*super().list_commands(ctx), *_PLACES])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command."""
        if cmd_name in _PLACES and cmd_name not in self.commands:
            self.add_command(shared(command_at(_PLACES[cmd_name])))
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Author, help=_("Playbooks: paper plans as data."))
def playbook() -> None:
    """Hold the author's commands."""


@playbook.command("list", help=_("List the shipped playbooks."))
def list_() -> None:
    """Print name, code, jurisdiction and document of each shipped playbook."""
    rows: list[list[Words]] = []
    for name in shipped_names():
        read = must_load(name).playbook
        assert read is not None, "a playbook without errors was read"
        if wants_json():
            put_json(views.listed(name, read))
        rows.append([name, read.jurisdiction.code, read.jurisdiction.name, read.document.title])
    if not wants_json():
        table(rows, [say("playbook"), say("code"), say("jurisdiction"), say("document")])


@playbook.command(help=_("Check playbooks: every problem at once, with file, line and column."))
@click.argument("names", nargs=-1)
def check(names: tuple[str, ...]) -> int:
    """Check the named playbooks, or all shipped ones; exit code 1 when one has errors."""
    faulty = 0
    for name in names or shipped_names():
        loaded = load(name)
        faulty += bool(loaded.errors)
        if wants_json():
            put_json(views.checked(loaded.name, loaded.playbook, loaded.problems))
            continue
        for problem in loaded.problems:
            put(problem_line(problem))
        put(_verdict(loaded))
    return exits.FAULTS if faulty else 0


def _verdict(loaded: Loaded) -> Words:
    if loaded.playbook is None or loaded.errors:
        return say("{name}: {errors}", name=loaded.name, errors=errors(len(loaded.errors)))
    return say(
        "{name}: no errors, {n} warnings, {silences} silences of the paper on record",
        name=loaded.name,
        n=len(loaded.warnings),
        silences=len(loaded.playbook.silences),
    )


@playbook.command(help=_("Print a resolved playbook with the origin of each value."))
@click.argument("name")
@click.option("--section", metavar="PATH", help=_("Only this part, such as groups.duty or states.routine."))
def show(name: str, section: str | None) -> None:
    """Print every value with its file, line and clause, or that the project supplied it."""
    loaded = must_load(name)
    assert loaded.playbook is not None, "a playbook without errors was read"
    wanted = tuple(section.split(".")) if section else ()
    found = [one for one in values(loaded.root) if tuple(map(str, one.path[: len(wanted)])) == wanted]
    if not found:
        raise RequestError(
            where="--section",
            expected=list(loaded.root.value),
            found=f"`{section}`",
            do=say("name a part by its keys, joined with dots"),
        )
    if wants_json():
        put_json(views.shown(loaded.name, loaded.playbook, found))
        return
    for one in found:
        place = ".".join(map(str, one.path))
        origin: Words = f"[{shown_clause(one.clause)}]" if one.clause else say("[project]")
        put(
            say(
                "{place}: {value}  {origin} {file}:{line}",
                place=place,
                value=_shown(one.value),
                origin=origin,
                file=Path(one.mark.file).name,
                line=one.mark.line,
            )
        )


def _shown(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@playbook.command(help=_("Draw a playbook's states and steps."))
@click.argument("name")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help=_("How to draw."),
)
def diagram(name: str, form: str) -> None:
    """Print the diagram; a playbook with errors is not drawn."""
    loaded = load(name)
    if loaded.playbook is None or loaded.errors:
        raise PlaybookError(name, loaded.errors)
    drawn = FORMATS[form](loaded.playbook, language.spoken(), _)
    if wants_json():
        put_json(views.drawn(name, form, drawn))
    else:
        click.echo(drawn)


@playbook.command(help=_("Print the JSON Schema of playbooks, for editors."))
def schema() -> None:
    """Print the schema, always as JSON."""
    import json

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
