"""On what terms a worker works: the options that `incident run` and `incident serve` share."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from incident import bootstrap
from incident.cli import evidence_options, session
from incident.cli.beside import Beside, courier_of, dropper_of, looker_of, signer_of, taker_of
from incident.language import _
from incident.service.access_kept import KEPT, LEAST

if TYPE_CHECKING:
    from incident.bootstrap import Workplace
    from incident.schedule.log import Log

F = TypeVar("F", bound=Callable[..., Any])


class Terms(NamedTuple):
    """What the options say."""

    node: str | None
    messages: Path | None
    outgoing: Path | None
    key: Path | None
    checkpoints: Path | None
    heartbeat: int
    #: Days for which the record of access is kept.
    keep_access: int = KEPT

    @property
    def name(self) -> str:
        """Give the name of the worker in the journal."""
        return self.node or f"{socket.gethostname()}-{os.getpid()}"

    @property
    def delivers(self) -> Path | None:
        """Give where it hands messages to."""
        return self.outgoing or self.messages


def working(command: F) -> F:
    """Add the options that say on what terms a worker works."""
    declared = [
        click.option(
            "--node", metavar="NAME", help=_("Name of this worker in the journal; default: host and pid.")
        ),
        click.option(
            "--messages",
            metavar="FOLDER",
            type=evidence_options.Named(file_okay=False, path_type=Path),
            help=_("Hand messages on as files in this folder; without it none is handed on."),
        ),
        click.option(
            "--outgoing",
            metavar="FILE",
            type=evidence_options.Named(dir_okay=False, path_type=Path),
            help=_(
                "Reach people by the ways that this file sets up; what reaches nobody goes into --messages."
            ),
        ),
        evidence_options.key(_("Sign the journals with the private key in this file (INCIDENT_KEY).")),
        evidence_options.checkpoints(
            _("Put what is signed into this folder outside the database too (INCIDENT_CHECKPOINTS).")
        ),
        click.option(
            "--heartbeat",
            metavar="MINUTES",
            type=click.IntRange(1, 24 * 60),
            default=60,
            show_default=True,
            help=_(
                "Sign after so many minutes at the latest; where nothing was recorded, record that first."
            ),
        ),
        click.option(
            "--keep-access",
            metavar="DAYS",
            type=click.IntRange(LEAST, 36_500),
            default=KEPT,
            show_default=True,
            envvar="INCIDENT_KEEP_ACCESS",
            help=_("Keep the record of access for so many days (INCIDENT_KEEP_ACCESS)."),
        ),
    ]
    for option in reversed(declared):
        command = option(command)
    return command


def beside_of(workplace: Workplace, terms: Terms, log: Log) -> Beside:
    """Give what stands beside the worker. Raises `RequestError` for a setup that does not hold."""
    session.must_be_text("--node", terms.node)
    kept = bootstrap.outlets(terms.checkpoints)
    signer = None if terms.key is None else partial(bootstrap.notary, terms.key, kept)
    return Beside(
        courier_of(workplace, terms.messages, terms.outgoing, log),
        None if signer is None else signer_of(workplace, signer, terms.heartbeat, terms.name),
        taker_of(workplace, terms.name),
        dropper_of(workplace, terms.keep_access),
        looker_of(workplace, kept) if kept else None,
    )
