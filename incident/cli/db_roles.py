"""`incident db roles`: the SQL that parts who owns the tables on PostgreSQL from who writes."""

from __future__ import annotations

import click

from incident.cli.output import put, put_json, wants_json
from incident.domain.say import say
from incident.language import _, speak

#: Head of the script.
_ABOUT = say(
    "Who may do what in a database of incident. Run it as a superuser, in that database, after\n"
    "`incident db upgrade`, and again after each upgrade: it may be run as often as you like.\n"
    "It sets no password: do that in psql with \\password NAME. Workers and people connect as the writer,\n"
    "`incident db upgrade` runs as the owner. What the roles may, `incident doctor` says."
)


@click.command(
    help=_(
        "Print SQL that parts who owns the tables on PostgreSQL from who writes. Read it, then run it as "
        "superuser: incident db roles | psql -v ON_ERROR_STOP=1 -d NAME"
    )
)
@click.option("--owner", default="incident_owner", show_default=True, metavar="NAME", help=_("Who migrates."))
@click.option(
    "--writer", default="incident_writer", show_default=True, metavar="NAME", help=_("Who runs every day.")
)
@click.option("--reader", metavar="NAME", help=_("Who may read all and write nothing, for auditors."))
def roles(owner: str, writer: str, reader: str | None) -> None:
    """Print the script; it needs no database."""
    from incident.store.roles import script

    sql = script(owner, writer, reader)
    if wants_json():
        put_json({"owner": owner, "writer": writer, "reader": reader, "sql": sql})
        return
    for line in speak(_ABOUT).splitlines():
        put(f"-- {line}")
    click.echo(sql, nl=False)
