"""What commands share that carry out an act which is no event: who acts, known by what, and what is said."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import click

from incident.cli import exits, session
from incident.cli.asking import SOURCE
from incident.cli.output import talk, yes_or_no
from incident.cli.plan import put_refusal
from incident.domain.errors import RequestError
from incident.domain.facts import RequestRefused
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import _
from incident.service import queries
from incident.service.handle import Outcome
from incident.service.who import Origin
from incident.store.sql import SqlStore

F = TypeVar("F", bound=Callable[..., Any])


def acting(command: F) -> F:
    """Add the options that say who acts, and by what the act is known again."""
    declared = [
        click.option("--by", metavar="NAME", help=_("Who presses; default: the user of this machine.")),
        click.option("--event-id", metavar="ID", help=_("Identity of the act; the same one counts once.")),
    ]
    for option in reversed(declared):
        command = option(command)
    return command


def agreed(command: F) -> F:
    """Add the options without which nothing is taken away for ever: a reason, a basis, a second name."""
    declared = [
        click.option("--reason", metavar="TEXT", default="", help=_("Why; needed.")),
        click.option(
            "--basis", metavar="TEXT", default="", help=_("Instrument and clause that ask for it; needed.")
        ),
        click.option(
            "--with", "second", metavar="NAME", default="", help=_("Who says so too: a second name; needed.")
        ),
    ]
    for option in reversed(declared):
        command = option(command)
    return command


def origin(by: str | None, event_id: str | None) -> Origin:
    """Say where an act comes from. Raises `RequestError` for an identity that is no text."""
    session.must_be_text("--event-id", event_id)
    return Origin(session.who(by), SOURCE, event_id or str(uuid.uuid4()))


def place(jurisdiction: str) -> tuple[SqlStore, str, Playbook]:
    """Give the store, the code of the jurisdiction meant, and the playbook that governs it."""
    store = session.store()
    with store.reading() as tx:
        code = queries.find_jurisdiction(tx, jurisdiction)
        _situation, playbook = queries.present(tx, code)
    return store, code, playbook


def must_be_sure(question: Words, *, yes: bool) -> None:
    """Ask before what cannot be undone. Raises `RequestError` where nobody can be asked."""
    if yes:
        return
    if not session.is_interactive():
        raise RequestError(
            where="--yes",
            expected=say("a terminal to ask on, or --yes"),
            found=say("neither"),
            do=say("give --yes"),
        )
    if not yes_or_no(question):
        raise click.Abort


def scrub(store: SqlStore) -> None:
    """Overwrite what was taken away where the database kept it, and say where it may be still."""
    if not store.scrub():
        talk(
            say(
                "note: the bytes may still be in free space of {place}, and are in its logs and backups; "
                "see the guide for operators: personal data",
                place=store.place,
            )
        )


def told(outcome: Outcome) -> int:
    """Note what was done, say that it was done before or refused; gives the exit code."""
    entry = outcome.entry
    refusal = next((fact for fact in entry.facts if isinstance(fact, RequestRefused)), None)
    session.note(
        "refused" if refusal else "done",
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        verb=entry.verb,
        rule=refusal.rule if refusal else None,
    )
    if outcome.repeated:
        talk(say("this was answered before, in entry {seq}; nothing changes", seq=entry.seq))
    if refusal is None:
        return 0
    put_refusal(outcome.playbook, refusal)
    if outcome.repeated:
        talk(say("to ask again, give a new --event-id or none"))
    return exits.REFUSED
