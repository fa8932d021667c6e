"""The option by which somebody says whose signatures count."""

from __future__ import annotations

import click

from incident.cli.language import _

#: Public keys one of which has to have signed.
pubkey = click.option(
    "--pubkey",
    multiple=True,
    metavar="KEY",
    help=_("Public key that has to have signed: its text or a file; repeat (INCIDENT_PUBKEY)."),
)
