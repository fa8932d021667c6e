"""The top command: global options, commands imported on call, errors turned into exit codes."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from incident import __version__
from incident.cli import exits
from incident.cli.language import LANGUAGES, _
from incident.cli.output import put_error, put_json, talk
from incident.domain.errors import IncidentError, StoreError
from incident.domain.say import say

F = TypeVar("F", bound=Callable[..., Any])

#: Commands by name: the module and attribute that hold each.
_COMMANDS = {
    "activate": "incident.cli.officer:activate",
    "stand-down": "incident.cli.officer:stand_down",
    "signal": "incident.cli.officer:signal",
    "extend": "incident.cli.leader:extend",
    "status": "incident.cli.look:status",
    "reports": "incident.cli.reports:reports",
    "report": "incident.cli.filed:report",
    "duty": "incident.cli.duty:duty",
    "roster": "incident.cli.roster:roster",
    "people": "incident.cli.people:people",
    "ack": "incident.cli.called:ack",
    "handover": "incident.cli.called:handover",
    "messages": "incident.cli.messages:messages",
    "log": "incident.cli.log_book:log",
    "directive": "incident.cli.leader:directive",
    "history": "incident.cli.auditor:history",
    "account": "incident.cli.accounts:account_command",
    "journal": "incident.cli.auditor:journal",
    "playbook": "incident.cli.author:playbook",
    "adopt": "incident.cli.operator:adopt",
    "db": "incident.cli.operator:db",
    "doctor": "incident.cli.operator:doctor",
    "run": "incident.cli.worker:run",
}


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep a global option at the root, wherever on the line it stood; the innermost one given wins."""
    if value not in (None, False):
        context.find_root().meta[str(parameter.name)] = value


def shared(command: click.Command) -> click.Command:
    """Add the global options to a command, so that they may stand before or after its name."""
    declared = [
        click.Option(
            ["--db"],
            metavar="URL",
            expose_value=False,
            callback=_keep,
            help=_("Database; default: INCIDENT_DB, else SQLite in your data folder."),
        ),
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            expose_value=False,
            callback=_keep,
            help=_("Language; default: that of the environment."),
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_keep,
            is_eager=True,
            help=_("Print JSON alone on stdout."),
        ),
        click.Option(
            ["--log-json"],
            is_flag=True,
            expose_value=False,
            callback=_keep,
            help=_("Log lines as JSON."),
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_keep,
            help=_("Log what is done, to stderr."),
        ),
    ]
    taken = {name for option in command.params for name in option.opts}
    command.params += [option for option in declared if not taken & set(option.opts)]
    return command


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands, in the order in which a newcomer needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _colon, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        if not gc.isenabled():  # `main` put it off until here
            gc.freeze()
            gc.enable()
        if isinstance(command, click.Group):
            for child in command.commands.values():
                shared(child)
        return shared(command)


incident = shared(
    LazyGroup(
        "incident",
        help=_("The emergency plan, executable: activate it, look at it, prove it."),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
)
incident = click.version_option(__version__, prog_name="incident", message="%(prog)s %(version)s")(incident)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and give its exit code; shows every error in the user's language."""
    meta: dict[str, Any] = {}
    try:
        with incident.make_context("incident", list(arguments)) as context:
            meta = context.meta
            try:
                return _code(incident.invoke(context))
            except IncidentError as error:
                put_error(error)
                return exits.code_of(error)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        return _usage(error, as_json="--json" in arguments)
    except click.Abort:
        talk(say("stopped; nothing was changed"))
        return exits.USAGE
    except BrokenPipeError:
        # whoever read us went away; Python would complain again when it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except KeyboardInterrupt:
        talk(say("look: incident status"))  # it may have been recorded just before
        return exits.USAGE
    except OSError as error:  # what we wrote to is full or gone; files and databases tell it themselves
        put_error(StoreError(where="stdout", found=str(error), do=say("look: incident status")))
        return exits.STORAGE
    except Exception as error:  # noqa: BLE001 - the last border: a bug, told as one
        return _bug(error, verbose=bool(meta.get("verbose")), as_json="--json" in arguments)


def _usage(error: click.ClickException, *, as_json: bool) -> int:
    """Show an error of the command line itself in click's words, which follow the language."""
    if as_json:
        context = getattr(error, "ctx", None)
        put_json(
            {
                "error": {
                    "where": context.command_path if context else "incident",
                    "expected": context.get_usage() if context else "",
                    "found": error.format_message(),
                    "do": "incident --help",
                }
            }
        )
    error.show()
    return exits.USAGE


def _code(result: Any) -> int:
    return result if isinstance(result, int) else 0


def _bug(error: Exception, *, verbose: bool, as_json: bool) -> int:
    if verbose:
        import traceback

        traceback.print_exception(error)
    if as_json:
        fault = f"{type(error).__name__}: {error}"
        put_json({"error": {"where": "incident", "expected": "", "found": fault, "do": "incident --verbose"}})
    talk(
        say(
            "error: a fault of this program: {error}\n"
            "  do:       run again with --verbose and send the output to its maintainers; "
            "nothing half done was kept",
            error=f"{type(error).__name__}: {error}",
        )
    )
    return exits.BUG
