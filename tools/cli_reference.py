"""Prints docs/cli.md, the reference of all commands, from the commands themselves.

.venv/bin/python tools/cli_reference.py > docs/cli.md
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from incident import language

#: Options that every command has, said once.
SHARED = {"db", "lang", "json", "log_json", "verbose"}

HEAD = """\
# Commands

Made from the program by `tools/cli_reference.py`; a test keeps it in step. The same in the terminal, in
Chinese or English: `incident COMMAND --help`.

`JURISDICTION` is a code (`330681111`) or the name of its playbook (`majian`). `PLAYBOOK` and `NAME` are the
name of a shipped playbook or the path of a YAML file. `TIME` is `02:40` (today), `2026-03-01 02:40`, a date
(its first instant), or ISO 8601 with an offset; without an offset it is read in the zone of the playbook, of
`access` in Asia/Shanghai.
`--until` of an act, and `--due` of a directive, also take a duration: `30m`, `4h`, `14d`. An event, a body
and a seat are known by key, by name and by other names, in Chinese and English.

With `INCIDENT_SERVER` and a token set, a command is carried out by that server
([how](operators.md#the-command-line-against-a-server)): the same options, output and exit codes. With `--db`
it never is.

Results go to stdout, everything else to stderr. On a terminal the program asks for what is missing; elsewhere
it refuses and says what is missing; `activate`, `stand-down` and `signal` then need `--yes`.

## Exit codes

| code | meaning | whose turn |
|---|---|---|
| 0 | done; for a check: no fault | |
| 1 | a check found faults: in a playbook, a journal, the installation | author, auditor, operator |
| 2 | the command cannot be understood: a wrong name, value, time or option; or you answered no | caller |
| 3 | refused by a rule or for lack of authority | somebody who may decide |
| 4 | conflict: somebody was first; nothing was recorded | look again, decide anew |
| 5 | the database cannot be used | operator |
| 70 | a fault of this program | its maintainers |

## Options of every command

They may stand before or after the command's name.
"""


def reference() -> Iterator[str]:
    """Give the document, part by part."""
    from incident.cli.root import incident

    assert isinstance(incident, click.Group), "the program is a group of commands"
    yield HEAD
    with incident.make_context("incident", [], resilient_parsing=True) as context:
        shared = [one for one in incident.get_params(context) if one.name in {*SHARED, "version"}]
        yield _options(shared, context)
        for name in incident.list_commands(context):
            command = incident.get_command(context, name)
            assert command is not None, "a listed command is there"
            yield from _described(command, context, f"incident {name}")


def _described(command: click.Command, context: click.Context, path: str, depth: int = 2) -> Iterator[str]:
    yield f"{'#' * depth} {path}\n"
    yield f"{command.help}\n"
    with click.Context(command, info_name=path, parent=None) as own:
        if isinstance(command, click.Group):
            for name in command.list_commands(own):  # some are imported only when they are asked for
                child = command.get_command(own, name)
                assert child is not None, "a listed command is there"
                yield from _described(child, context, f"{path} {name}", depth + 1)
            return
        pieces = [piece for piece in command.collect_usage_pieces(own) if piece]
        yield f"```text\n{' '.join([path, *pieces])}\n```\n"
        params = [one for one in command.params if one.name not in SHARED]
        if any(isinstance(one, click.Option) for one in params):
            yield _options(params, own)


def _options(params: list[click.Parameter], context: click.Context) -> str:
    rows = [one.get_help_record(context) for one in params if isinstance(one, click.Option)]
    lines = [f"| `{row[0].replace('|', ', ')}` | {row[1].strip()} |" for row in rows if row]
    return "\n".join(["| option | |", "|---|---|", *lines, ""])


if __name__ == "__main__":
    language.choose(["--lang", "en"])
    print("\n".join(reference()).rstrip())
