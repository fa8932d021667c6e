"""The top command: global options, commands imported on call, errors turned into exit codes."""

from __future__ import annotations

import errno
import gc
import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from incident import __version__
from incident.cli import exits
from incident.cli.lazy import LazyGroup, shared
from incident.cli.output import error_lines, put_error, put_json, talk
from incident.domain.errors import IncidentError, StoreAway, StoreError
from incident.domain.say import say
from incident.language import _
from incident.views.errors import Failure, Trouble

#: Commands by name: the module and attribute that hold each.
_COMMANDS = {
    "activate": "incident.cli.officer:activate",
    "stand-down": "incident.cli.officer:stand_down",
    "signal": "incident.cli.officer:signal",
    "propose": "incident.cli.officer:propose",
    "proposals": "incident.cli.approving:proposals",
    "approve": "incident.cli.approving:approve",
    "reject": "incident.cli.approving:reject",
    "withdraw": "incident.cli.approving:withdraw",
    "review": "incident.cli.approving:review",
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
    "journal": "incident.cli.journal:journal",
    "playbook": "incident.cli.author:playbook",
    "adopt": "incident.cli.operator:adopt",
    "db": "incident.cli.database:db",
    "user": "incident.cli.user:user",
    "access": "incident.cli.access:access",
    "doctor": "incident.cli.operator:doctor",
    "run": "incident.cli.worker:run",
    "serve": "incident.cli.serve:serve",
}


class Root(LazyGroup):
    """The top command."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, with the global options on it and on whatever it holds."""
        command = super().get_command(ctx, cmd_name)
        if not gc.isenabled():  # `main` put it off until here
            gc.freeze()
            gc.enable()
        return command


incident = shared(
    Root(
        "incident",
        places=_COMMANDS,
        help=_("The emergency plan, executable: activate it, look at it, prove it."),
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
)
incident = click.version_option(__version__, prog_name="incident", message="%(prog)s %(version)s")(incident)


def run(arguments: Sequence[str], permit: Callable[[click.Context], None] | None = None) -> int:
    """Run a command line and give its exit code; shows every error in the user's language.

    `permit` is asked before the command itself, and raises where it may not.
    """
    meta: dict[str, Any] = {}

    def invoked() -> int:
        with incident.make_context("incident", list(arguments), obj=permit) as context:
            meta.update(context.meta)
            try:
                return _code(incident.invoke(context))
            except IncidentError as error:  # told while it is known in which form
                put_error(error)
                return exits.code_of(error)
            finally:
                meta.update(context.meta)

    return ended(invoked, as_json="--json" in arguments, is_verbose=lambda: bool(meta.get("verbose")))


def ended(work: Callable[[], int], *, as_json: bool, is_verbose: Callable[[], bool]) -> int:
    """Do something and give its exit code; whatever ends it is shown, and none of it as a traceback."""
    try:
        return work()
    except IncidentError as error:
        put_error(error)
        return exits.code_of(error)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        return _usage(error, as_json=as_json)
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
    except MemoryError:
        put_error(_no_memory())
        return exits.STORAGE
    except OSError as error:  # what we wrote to is full or gone; files and databases tell it themselves
        for words in error_lines(_no_room(error)):
            talk(words)  # and nothing on stdout
        return exits.STORAGE
    except Exception as error:  # noqa: BLE001 - the last border: a bug, told as one
        return _bug(error, verbose=is_verbose(), as_json=as_json)


def _no_memory() -> StoreAway:
    return StoreAway(
        where=say("memory"),
        expected=say("enough of it for the command"),
        found=say("no more"),
        do=say("nothing half done was kept; ask for less at once, or do it at a machine that has more"),
    )


def _no_room(error: OSError) -> StoreError:
    """Say that what was written to is full or gone; at a server, that there was more than it answers."""
    if error.errno == errno.EFBIG:
        return StoreError(
            where="stdout",
            expected=say("no more than can be written there"),
            found=str(error),
            do=say("ask for less at once, or do it at the machine of the database; look: incident status"),
        )
    return StoreError(where="stdout", found=str(error), do=say("look: incident status"))


def _usage(error: click.ClickException, *, as_json: bool) -> int:
    """Show an error of the command line itself in click's words, which follow the language."""
    if as_json:
        context = getattr(error, "ctx", None)
        trouble = Trouble(
            where=context.command_path if context else "incident",
            expected=context.get_usage() if context else "",
            found=error.format_message(),
            do="incident --help",
        )
        put_json(Failure(error=trouble))
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
        trouble = Trouble(where="incident", expected="", found=fault, do="incident --verbose")
        put_json(Failure(error=trouble))
    talk(
        say(
            "error: a fault of this program: {error}\n"
            "  do:       run again with --verbose and send the output to its maintainers; "
            "nothing half done was kept",
            error=f"{type(error).__name__}: {error}",
        )
    )
    return exits.BUG
