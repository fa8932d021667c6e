"""`incident journal drop-bodies`: retention. The beginning of a journal loses its words, not its hashes."""

from __future__ import annotations

import re
from pathlib import Path

import click

from incident import bootstrap
from incident.cli import acts, evidence_options
from incident.cli.output import put, put_json, talk, wants_json
from incident.domain import clock, holding
from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import FormatError, RequestError
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.language import _
from incident.service import retention as service
from incident.service.handle import Outcome
from incident.service.intake import read_time
from incident.service.ports import Reading
from incident.service.retention import Dropping
from incident.service.who import Why
from incident.views import record as views

_NUMBER = re.compile(r"[0-9]{1,18}")


@click.command(
    "drop-bodies", help=_("Drop for ever what the first entries say, and keep their hashes: retention.")
)
@click.argument("jurisdiction")
@click.option(
    "--before", metavar="ENTRY|TIME", required=True, help=_("Entries before this one, or before this time.")
)
@evidence_options.checkpoints(_("Where checkpoints are kept outside the database (INCIDENT_CHECKPOINTS)."))
@click.option(
    "--without-checkpoint",
    "uncovered",
    is_flag=True,
    help=_(
        "Though no checkpoint outside covers them: nobody can show afterwards that they were not altered."
    ),
)
@acts.agreed
@click.option("--plan", is_flag=True, help=_("Show what would go, and change nothing."))
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@acts.acting
def drop_bodies(
    jurisdiction: str,
    *,
    before: str,
    checkpoints: Path | None,
    uncovered: bool,
    plan: bool,
    yes: bool,
    by: str | None,
    event_id: str | None,
    **why: str,
) -> int:
    """Show what goes, ask, and drop it."""
    origin = acts.origin(by, event_id)
    store, code, playbook = acts.place(jurisdiction)
    with store.reading() as tx:
        until = _until(tx, code, playbook, before)
        found = None
        if tx.answered(code, origin.source, origin.id) is None:
            known = _outside(code, checkpoints)
            found = service.look(tx, code, until, known, at=bootstrap.now(), uncovered=uncovered)
    if found is not None and (plan or not yes):
        _put_plan(found)
    if plan:
        return 0
    acts.must_be_sure(say("Drop them? It cannot be undone."), yes=yes)
    outcome = service.drop(
        store,
        code,
        until,
        found,
        Why(**why),
        origin=origin,
        now=bootstrap.clock,
        chance=bootstrap.chance,
    )
    acts.told(outcome)
    acts.scrub(store)
    return _put_done(outcome)


def _until(tx: Reading, code: str, playbook: Playbook, words: str) -> int:
    """Read up to which entry: by its number, or by a time. Raises `RequestError`."""
    if _NUMBER.fullmatch(words):
        return int(words)
    now = bootstrap.now()
    at = read_time("--before", words, playbook, now)
    assert at is not None, "it was given"
    if at > now:  # said again it would mean more entries, its own among them
        raise RequestError(
            where="--before",
            expected=say("a time that has been"),
            found=clock.shown(at, playbook.jurisdiction.zone),
            do=say("name another"),
        )
    return service.until_of(tx, code, at)


def _outside(code: str, folder: Path | None) -> list[Checkpoint]:
    """Read the newest checkpoint of each origin outside; with trusted keys only what they signed."""
    found = []
    for outlet in bootstrap.outlets(folder):
        try:
            found += [bootstrap.read_note(one.note) for one in outlet.newest(code)]
        except (OSError, UnicodeDecodeError, FormatError) as error:
            raise RequestError(
                where="--checkpoints",
                expected=say("checkpoints outside that can be read"),
                found=str(error),
                do=say("mount it again, or name another: --checkpoints or INCIDENT_CHECKPOINTS"),
            ) from error
    return found


def _put_plan(found: Dropping) -> None:
    said = found.retention
    if wants_json():
        put_json(views.dropping(found))
        return
    put(
        say(
            "the bodies of entries {first} to {last} would be dropped, and {n} disclosures",
            first=found.since,
            last=said.until - 1,
            n=found.disclosures,
        )
    )
    if said.covered is None:
        put(say("! no checkpoint outside covers them"))
    else:
        put(say("a checkpoint outside covers {n} entries", n=said.covered))


def _put_done(outcome: Outcome) -> int:
    said, seq = holding.dropped(outcome.entry.facts), outcome.entry.seq
    assert said is not None, "the entry of the act says so"
    if wants_json():
        put_json(views.dropped(outcome, said))
        return 0
    put(say("entry {seq}: the bodies of the entries before {until} were dropped", seq=seq, until=said.until))
    talk(say("export a kit and put a checkpoint outside, so that others hold what is left"))
    return 0
